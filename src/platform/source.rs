//! Where records come from: the number of each in the system that sends it, and what was taken last.
use std::collections::{BTreeMap, HashMap};

use diesel::{
    pg::upsert::excluded,
    prelude::*,
    query_dsl::methods::FilterDsl,
    sql_query,
    sql_types::{Array, Bytea, Text},
};
use uuid::Uuid;

use super::{
    db::Tx,
    error::{Error, Result},
    external_id::ExternalId,
    joint::Joint,
    reach::beyond,
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

/// The number of a record of some kind, in the system of whoever sends it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    pub kind: String,
    pub system: String,
    pub value: String,
}

/// What is known of some numbers: nothing of those that nobody sent yet.
pub type Known = HashMap<Number, Option<Taken>>;

/// What a transaction knows of numbers, and what it has still to write of them.
#[derive(Default)]
pub(super) struct Numbers {
    known: Known,
    sent: BTreeMap<Number, (Source, Uuid)>,
}

/// The record of this kind that has the number in that system, if it was ever sent with it by the same: a
/// matter of the registry's own.
pub fn taken(joint: &Joint, number: &Number) -> Result<Option<Taken>> {
    let known = joint.numbers().known.get(number).cloned();
    known.map_or_else(|| look_up(joint, number), Ok)
}

/// Likewise, as it is now, whatever was known before.
pub fn look_up(joint: &Joint, number: &Number) -> Result<Option<Taken>> {
    let Number { kind, system, value } = number;
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

/// Looks many up at once, also among those that this transaction sent.
pub fn look_up_all(joint: &Joint, wanted: impl Iterator<Item = Number>) -> Result<Known> {
    #[derive(QueryableByName)]
    #[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
    struct Row {
        kind: String,
        blind: Vec<u8>,
        record: Uuid,
        source_version: Option<i64>,
        digest: Vec<u8>,
    }
    joint.write_numbers()?;
    let (mut known, mut sought) = (Known::new(), HashMap::new());
    for number in wanted {
        let Number { kind, system, value } = &number;
        for blind in joint.keys()?.all(Sought { table: TABLE, system, value })? {
            sought.insert((kind.clone(), blind), number.clone());
        }
        known.insert(number, None);
    }
    let (kinds, blinds): (Vec<&String>, Vec<&Vec<u8>>) =
        sought.keys().map(|(kind, blind)| (kind, blind)).unzip();
    // The limit has each looked for by the whole key of the index, and not all of a sender.
    let found = sql_query(
        "SELECT found.* FROM unnest($2, $3) AS wanted (kind, blind) CROSS JOIN LATERAL \
         (SELECT kind, blind, record, source_version, digest FROM record_external_ids known \
         WHERE known.sender = $1 AND known.kind = wanted.kind AND known.blind = wanted.blind LIMIT 1) found",
    );
    let found = found
        .bind::<Text, _>(joint.sender().to_string())
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<Bytea>, _>(blinds);
    for row in joint.work(|conn| Ok(found.load::<Row>(conn)?))? {
        let Row { kind, blind, record, source_version: version, digest } = row;
        if let Some(number) = sought.get(&(kind, blind)) {
            known.insert(number.clone(), Some(Taken { record, version, digest }));
        }
    }
    Ok(known)
}

impl Source {
    fn number(&self) -> Number {
        let (kind, system, value) = (self.kind.clone(), self.system.clone(), self.value.clone());
        Number { kind, system, value }
    }
}

impl Numbers {
    /// Knows of these numbers, and of those before no more.
    pub(super) fn know(&mut self, known: Known) {
        self.known = known;
    }

    /// Remembers which record it is, and what was sent of it.
    pub(super) fn remember(&mut self, source: Source, record: Uuid) {
        let (number, version, digest) = (source.number(), source.version, source.digest.clone());
        self.known.insert(number.clone(), Some(Taken { record, version, digest }));
        self.sent.insert(number, (source, record));
    }

    /// What was remembered and not written.
    pub(super) fn unwritten(&mut self) -> Vec<(Source, Uuid)> {
        std::mem::take(&mut self.sent).into_values().collect()
    }
}

/// Writes which records they are, and what was sent of them, in the transaction of their changes. Whoever comes
/// second with a number for another record, or after a newer version, has lost a race.
pub(super) fn write(tx: &mut Tx<'_>, sent: &[(Source, Uuid)]) -> Result<()> {
    let mut rows = Vec::new();
    for (source, record) in sent {
        let (system, value) = (source.system.clone(), source.value.clone());
        let id = ExternalId { system, value, valid_from: None, valid_to: None };
        let sealed = id.sealed(tx, TABLE, *record)?;
        rows.push((
            (
                table::sender.eq(source.sender.to_string()),
                table::kind.eq(&source.kind),
                table::record.eq(record),
                table::system.eq(&source.system),
            ),
            (table::value.eq(sealed.value), table::blind.eq(sealed.blind)),
            (table::source_version.eq(source.version), table::digest.eq(&source.digest)),
        ));
    }
    let written = beyond(tx.conn, |conn| {
        let insert = diesel::insert_into(table::table).values(rows);
        let known = insert.on_conflict((table::sender, table::kind, table::blind)).do_update();
        let newer = known.set((
            table::source_version.eq(excluded(table::source_version)),
            table::digest.eq(excluded(table::digest)),
        ));
        let newer = FilterDsl::filter(
            newer,
            table::record.eq(excluded(table::record)).and(
                table::source_version
                    .is_null()
                    .or(excluded(table::source_version).is_null())
                    .or(table::source_version.le(excluded(table::source_version))),
            ),
        );
        Ok(newer.execute(conn)?)
    })?;
    if written == sent.len() { Ok(()) } else { Err(Error::Busy) }
}
