//! Where records come from: the number of each in the system that sends it, and what was taken last.
use diesel::{pg::upsert::excluded, prelude::*, query_dsl::methods::FilterDsl};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    db::Tx,
    error::{Error, Result},
    external_id::ExternalId,
    joint::Joint,
    prepared::kept,
    reach::beyond,
    reply::Reply,
    vault::blind::Sought,
};
use crate::schema::record_external_ids as table;

/// The table that keeps them.
const TABLE: &str = "record_external_ids";

/// A record as another system sends it.
#[derive(Clone)]
pub struct Source {
    /// Who sends it: numbers are known to whoever sent them.
    pub sender: Uuid,
    /// The kind of the record, or what is done to it.
    pub kind: String,
    pub system: String,
    pub value: String,
    /// The version that the other system gives it.
    pub version: Option<i64>,
    /// Digest of what is sent.
    pub digest: Vec<u8>,
}

/// What was taken last.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Taken {
    pub record: Uuid,
    pub version: Option<i64>,
    pub digest: Vec<u8>,
}

/// The record of this kind that has the number in that system, if it was ever sent with it by the same: a
/// matter of the registry's own.
pub fn taken(joint: &Joint, kind: &str, system: &str, value: &str) -> Result<Option<Taken>> {
    // Each by the whole key of its index: of several at once, or of a part of the key, the database may take it that
    // there are few, as there were when it planned, and look through all.
    for blind in joint.keys()?.all(Sought { table: TABLE, system, value })? {
        let same = table::sender.eq(joint.sender().to_string()).and(table::kind.eq(kind));
        let found = QueryDsl::filter(table::table, same.and(table::blind.eq(blind)));
        let found = QueryDsl::select(found, (table::record, table::source_version, table::digest));
        if let Some(taken) = joint.work(|conn| Ok(found.first(conn).optional()?))? {
            return Ok(Some(taken));
        }
    }
    Ok(None)
}

impl Source {
    /// Keeps what became of it, in the transaction of the change.
    pub(super) fn keep_reply(&self, tx: &mut Tx<'_>, reply: &Reply) -> Result<()> {
        #[derive(Deserialize)]
        struct Named {
            id: Uuid,
        }
        let named: Named = serde_json::from_slice(&reply.body).map_err(Error::internal)?;
        self.keep(tx, named.id)
    }

    /// Keeps which record it is, and what was sent of it. Whoever comes second with the number for another
    /// record has lost a race.
    pub fn keep(&self, tx: &mut Tx<'_>, record: Uuid) -> Result<()> {
        let (system, value) = (self.system.clone(), self.value.clone());
        let id = ExternalId { system, value, valid_from: None, valid_to: None };
        let sealed = id.sealed(tx, TABLE, record)?;
        let row = (
            (
                table::sender.eq(self.sender.to_string()),
                table::kind.eq(&self.kind),
                table::record.eq(record),
                table::system.eq(&self.system),
            ),
            (table::value.eq(sealed.value), table::blind.eq(sealed.blind)),
            (table::source_version.eq(self.version), table::digest.eq(&self.digest)),
        );
        let written = beyond(tx.conn, |conn| {
            let insert = diesel::insert_into(table::table).values(row);
            let known = insert.on_conflict((table::sender, table::kind, table::blind)).do_update();
            let newer = known.set((
                table::source_version.eq(excluded(table::source_version)),
                table::digest.eq(excluded(table::digest)),
            ));
            let newer = FilterDsl::filter(newer, table::record.eq(record));
            // What it gives back makes it a statement that can be kept.
            Ok(kept(newer.returning(table::record)).load::<Uuid>(conn)?)
        })?;
        if written.is_empty() { Err(Error::Busy) } else { Ok(()) }
    }
}
