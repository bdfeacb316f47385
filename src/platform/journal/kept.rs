//! The record in an entry of the journal: where it is sealed for, and how a query opens it.
use diesel::{
    deserialize,
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Binary, Uuid as SqlUuid},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    platform::vault::{Class, Seat, sealed},
    schema::journal,
};

/// What tells an entry from all others: its place is known only once it is written.
pub fn seat_row(subject: Uuid, version: i64) -> Vec<u8> {
    [subject.as_bytes().as_slice(), &version.to_be_bytes()].concat()
}

pub fn seat(row: &[u8]) -> Seat<'_> {
    Seat { table: "journal", column: "after", row }
}

/// The record of an entry, opened.
pub struct Record(pub Value);

impl Queryable<(SqlUuid, BigInt, Binary), Pg> for Record {
    type Row = (Uuid, i64, Vec<u8>);

    fn build((subject, version, sealed): Self::Row) -> deserialize::Result<Self> {
        let row = seat_row(subject, version);
        Ok(Self(sealed::open_json(Class::Journal, seat(&row), &sealed)?))
    }
}

impl From<Record> for Value {
    fn from(record: Record) -> Self {
        record.0
    }
}

/// What a record is opened with and from.
pub type Kept = (journal::subject, journal::version, journal::after);
pub const KEPT: Kept = (journal::subject, journal::version, journal::after);
