//! The inbox of the access log: a row for each person and answer, durable before the answer leaves.
//!
//! What answers to reads disclose goes through one writer, which commits what has gathered while its
//! last commit was under way: so a thousand readers cost little more than one. A change writes its
//! rows in its own transaction. The service cannot read them back; the log's keeper takes them out, with
//! a role of its own, and numbers, hashes and signs them.
use std::{
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};
use diesel::{connection::SimpleConnection as _, insert_into, prelude::*};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    actor::Actor,
    db,
    disclosure::Person,
    error::{Error, Result},
    purpose::Errand,
};
use crate::{schema::access_inbox, text_enum};

/// Rows that are committed together at most: a statement has room for some 5900.
const TOGETHER: usize = 1000;
/// How long an answer waits for its rows.
const PATIENCE: Duration = Duration::from_secs(3);

text_enum! {
    /// How it ended.
    pub enum Outcome {
        /// The data left.
        Released = "released",
        /// The data were changed.
        Changed = "changed",
    }
}

/// A look at one person's data.
#[derive(Debug, Insertable)]
#[diesel(table_name = access_inbox, check_for_backend(diesel::pg::Pg))]
pub struct Look {
    subject_kind: String,
    subject: Uuid,
    client: Uuid,
    organisation: Option<Uuid>,
    on_behalf_of: Option<String>,
    purpose: String,
    operation: String,
    field_classes: Vec<&'static str>,
    request_id: String,
    outcome: Outcome,
}

/// One look for each person. An answer that names persons without having been asked what for is a
/// fault of the service: it does not leave.
pub fn looks<'p>(
    actor: &Actor,
    errand: &Errand,
    classes: &[&'static str],
    outcome: Outcome,
    persons: impl IntoIterator<Item = &'p Person>,
) -> Result<Vec<Look>> {
    let nameless = || Error::internal("an operation answers persons but asks for no purpose");
    let look = |person: &Person| {
        Ok(Look {
            subject_kind: person.kind.clone(),
            subject: person.id,
            client: actor.id,
            organisation: actor.organisation,
            on_behalf_of: errand.on_behalf_of.clone(),
            purpose: errand.purpose.clone().ok_or_else(nameless)?,
            operation: errand.operation.clone(),
            field_classes: classes.to_vec(),
            request_id: errand.request_id.clone(),
            outcome,
        })
    };
    persons.into_iter().map(look).collect()
}

/// Writes looks in a transaction of the caller's.
pub fn write(conn: &mut PgConnection, looks: &[Look]) -> Result<()> {
    for some in looks.chunks(TOGETHER) {
        insert_into(access_inbox::table).values(some).execute(conn).map_err(|error| {
            match Error::from(error) {
                Error::Busy => Error::Busy,
                other => unavailable(&other),
            }
        })?;
    }
    Ok(())
}

fn unavailable(cause: &Error) -> Error {
    log::error!("the access log cannot be written: {cause:?}");
    Error::LogUnavailable
}

/// A row that was written.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = access_inbox, check_for_backend(diesel::pg::Pg))]
pub struct Written {
    pub id: i64,
    /// When, by the database's clock.
    pub at: DateTime<Utc>,
    pub subject_kind: String,
    pub subject: Uuid,
    pub client: Uuid,
    pub organisation: Option<Uuid>,
    pub on_behalf_of: Option<String>,
    pub purpose: String,
    pub legal_basis: Option<String>,
    pub operation: String,
    pub field_classes: Vec<String>,
    pub request_id: String,
    pub outcome: String,
}

/// Takes out the oldest rows, in the order in which they were written.
pub fn take(conn: &mut PgConnection, most: i64) -> Result<Vec<Written>> {
    use access_inbox::{id, table};
    let oldest: Vec<i64> = table.order(id).limit(most).select(id).load(conn)?;
    if oldest.is_empty() {
        return Ok(Vec::new());
    }
    let mut written: Vec<Written> = diesel::delete(table.filter(id.eq_any(oldest)))
        .returning(Written::as_returning())
        .get_results(conn)?;
    written.sort_by_key(|row| row.id);
    Ok(written)
}

/// The writer of what reads disclose.
#[derive(Clone)]
pub struct AccessLog {
    queue: Sender<Waiting>,
}

/// Looks of one answer, and who is to be told that they are durable.
struct Waiting {
    looks: Vec<Look>,
    done: oneshot::Sender<bool>,
}

impl AccessLog {
    /// Starts the writer on a connection of its own. Fails if it could not write.
    pub fn open(url: &str) -> Result<Self> {
        let mut conn = db::connect(url)?;
        probe(&mut conn)?;
        let (queue, waiting) = channel();
        let url = url.to_owned();
        thread::spawn(move || work(&url, conn, &waiting));
        Ok(Self { queue })
    }

    /// Returns when the looks are durable. They will be, even if nobody waits for it any more.
    pub async fn write(&self, looks: Vec<Look>) -> Result<()> {
        if looks.is_empty() {
            return Ok(());
        }
        let (done, durable) = oneshot::channel();
        let sent = self.queue.send(Waiting { looks, done });
        sent.map_err(|_| unavailable(&Error::internal("its writer has ended")))?;
        match tokio::time::timeout(PATIENCE, durable).await {
            Ok(Ok(true)) => Ok(()),
            _ => Err(Error::LogUnavailable),
        }
    }
}

/// Writes a row and takes it back.
fn probe(conn: &mut PgConnection) -> Result<()> {
    let probe = "BEGIN; INSERT INTO access_inbox \
         (subject_kind, subject, client, purpose, operation, field_classes, request_id, outcome) \
         VALUES ('nobody', gen_random_uuid(), gen_random_uuid(), 'audit', 'probe', '{}', '', 'released'); ROLLBACK";
    conn.batch_execute(probe)
        .map_err(|cause| Error::internal(format!("the access log cannot be written: {cause}")))
}

fn work(url: &str, conn: PgConnection, queue: &Receiver<Waiting>) {
    let mut conn = Some(conn);
    while let Ok(first) = queue.recv() {
        let mut batch = vec![first];
        let mut rows = batch.iter().map(|waiting| waiting.looks.len()).sum::<usize>();
        while rows < TOGETHER
            && let Ok(next) = queue.try_recv()
        {
            rows += next.looks.len();
            batch.push(next);
        }
        let written = commit(url, &mut conn, &mut batch);
        if let Err(error) = &written {
            log::error!("the access log cannot be written: {error:?}");
            // The next batch is tried on a connection that is whole.
            conn = None;
        }
        for waiting in batch {
            // Whoever hung up needs no word; the rows are there.
            let _ = waiting.done.send(written.is_ok());
        }
    }
}

fn commit(url: &str, conn: &mut Option<PgConnection>, batch: &mut [Waiting]) -> Result<()> {
    let looks: Vec<Look> =
        batch.iter_mut().flat_map(|waiting| std::mem::take(&mut waiting.looks)).collect();
    let conn = match conn {
        Some(conn) => conn,
        None => conn.insert(db::connect(url)?),
    };
    match looks.as_slice() {
        // One statement is a transaction of its own.
        looks if looks.len() <= TOGETHER => {
            insert_into(access_inbox::table).values(looks).execute(conn)?;
            Ok(())
        }
        looks => db::alone(conn, |conn| write(conn, looks)),
    }
}
