//! Answers of very many records: read in one state of the database, covered and logged block by block.
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use actix_web::{rt, web::Bytes};
use diesel::PgConnection;
use tokio::{runtime::Handle, sync::mpsc};

use super::{Access, Permission};
use crate::platform::{
    access_log::{Outcome, looks},
    cover,
    disclosure::{Person, distinct},
    error::{Error, Result},
    need::Need,
    reach::Rules,
    released::{NDJSON, Released},
    stream::{AHEAD, Blocks},
};

/// How long a client may take to read a block: it holds a connection and keeps the database from tidying up.
pub(super) const LONGEST_READING: Duration = Duration::from_secs(10);

/// A record, with what is kept from the client besides what its permission closes.
pub struct Line {
    pub record: Vec<u8>,
    pub persons: BTreeSet<Person>,
    pub closed: BTreeSet<&'static str>,
}

impl<P: Permission> Access<P> {
    /// Answers the records that `next` reads, a line each, until it reads none. What goes wrong before the first
    /// of them is a problem; what goes wrong later ends the answer without its end.
    pub async fn stream<F>(&self, mut next: F) -> Result<Released>
    where
        F: FnMut(&mut PgConnection) -> Result<Option<Vec<Line>>> + Send + 'static,
    {
        // Who works with single persons takes no copies.
        if self.actor.most_persons.is_some() {
            return Err(Error::TooManyPersons);
        }
        let (send, blocks) = mpsc::channel::<Result<Bytes>>(AHEAD);
        let (need, errand, actor) = (self.need.clone(), self.errand.clone(), self.actor.clone());
        let (platform, runtime, told) = (self.platform.clone(), Handle::current(), send.clone());
        let read = move |conn: &mut PgConnection| {
            while let Some(lines) = next(conn)? {
                let persons = lines.iter().flat_map(|line| line.persons.iter().cloned()).collect();
                let block = covered(conn, &need, lines, &persons)?;
                // To the log each block is an answer: the persons of one are listed once.
                let (errand, persons) = (errand.anew(), distinct(&persons));
                let looks = looks(&actor, &errand, P::CLASSES, Outcome::Released, &persons)?;
                runtime.block_on(platform.access_log.write(looks))?;
                // A client that hung up, or does not read; the log has what it may have got.
                if runtime.block_on(told.send_timeout(Ok(block), LONGEST_READING)).is_err() {
                    return Err(Error::Busy);
                }
            }
            Ok(())
        };
        let (db, settings) = (self.platform.db.clone(), self.need.settings(self.now()));
        rt::spawn(async move {
            if let Err(error) = db.read_long(settings, read).await {
                let _ = send.send(Err(error)).await;
            }
        });
        Ok(Released::streamed(NDJSON, Blocks::begun(blocks).await?))
    }
}

/// A block of lines without what the client may not be told.
fn covered(
    conn: &mut PgConnection,
    need: &Need,
    lines: Vec<Line>,
    persons: &BTreeSet<Person>,
) -> Result<Bytes> {
    need.learn(conn, &need.unknown(persons))?;
    let mut block = Vec::new();
    for line in lines {
        need.learn_shelters(conn, need.may_shelter(&line.record, &line.persons))?;
        let record = need.cover(line.record, &line.persons)?;
        block.extend(close(record, &line.persons, &line.closed, need.rules())?);
        block.push(b'\n');
    }
    Ok(block.into())
}

fn close(
    record: Vec<u8>,
    persons: &BTreeSet<Person>,
    closed: &BTreeSet<&str>,
    rules: &Rules,
) -> Result<Vec<u8>> {
    if closed.is_empty() {
        return Ok(record);
    }
    let hidden: BTreeMap<_, _> = persons.iter().map(|it| (it.id, closed.clone())).collect();
    cover::cover(&record, &hidden, rules.owners)
}
