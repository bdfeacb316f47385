//! Files that lie beside the registry: its operator sends them as one of its clients.
use std::io::Read;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use uuid::Uuid;

use super::{
    cutter::Cutter,
    model::{ImportErrand, ImportId, ImportQuery, ImportVerdict, Verdict},
    store::{self, VerdictFilter},
};
use crate::platform::{
    db::{alone, change_on, maintain_on},
    error::{Error, Result},
    idempotency::PLATFORM,
    page::PageQuery,
    reach::beyond,
};

/// Bytes that are read together.
const TOGETHER: usize = 1024 * 1024;

/// What the operator wants to become of a file.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The client that sends it.
    pub client: Uuid,
    /// How it is to be taken in.
    pub asked: ImportQuery,
    /// It is a table (CSV).
    pub table: bool,
}

/// Keeps a file, so that it is taken in.
pub fn deposit(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    wish: &Wish,
    mut file: impl Read,
) -> Result<ImportId> {
    let mut cutter = if wish.table { Cutter::of_table() } else { Cutter::default() };
    let (id, mut kept) = (ImportId::generate(), 0);
    let mut buffer = vec![0; TOGETHER];
    loop {
        let read = file.read(&mut buffer).map_err(Error::internal)?;
        match buffer.get(..read) {
            Some(bytes) if read > 0 => cutter.take(bytes)?,
            _ => cutter.finish()?,
        }
        let chunks = cutter.full();
        maintain_on(conn, PLATFORM, now, |tx| store::put(tx, id, kept, &chunks))?;
        kept += i32::try_from(chunks.len()).map_err(Error::internal)?;
        if read == 0 {
            break;
        }
    }
    let errand = ImportErrand { request_id: id.to_string(), ..ImportErrand::default() };
    let sizes = (cutter.records(), kept);
    change_on(conn, wish.client, now, |tx| store::receive(tx, id, &wish.asked, sizes, &errand))?;
    Ok(id)
}

/// Some of the records that were refused.
pub fn refusals(conn: &mut PgConnection, id: ImportId, most: usize) -> Result<Vec<ImportVerdict>> {
    let filter = VerdictFilter { verdict: vec![Verdict::Refused] };
    let most = i32::try_from(most).map_err(Error::internal)?;
    let page = PageQuery::new(Some(most), None);
    alone(conn, |conn| {
        beyond(conn, |conn| {
            let import = store::find(conn, id)?;
            Ok(store::results(conn, &import, &filter, &page)?.data)
        })
    })
}
