//! Queries and changes of court cases. None opens a transaction, so any can be part of a larger one.
mod list;
mod steps;

use diesel::prelude::*;

pub use list::{CourtCaseFilter, list, total};
pub use steps::{appeal, decide, file, hear, make_final, withdraw};

use super::model::{CourtCase, CourtCaseId, SealedColumns};
use crate::{
    children,
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        version::IfMatch,
    },
    schema::court_cases,
};

/// One court case.
pub fn find(conn: &mut PgConnection, id: CourtCaseId) -> Result<CourtCase> {
    court_cases::table.find(id).select(CourtCase::as_select()).first(conn).found::<CourtCase>()
}

/// The child first, as for every change of what hangs on one, then the case as it has become.
fn lock(tx: &mut Tx<'_>, id: CourtCaseId, seen: &IfMatch) -> Result<CourtCase> {
    let child = find(tx.conn, id)?.child_id;
    children::store::lock(tx, child).map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound("court_case"),
        other => other,
    })?;
    let case = find(tx.conn, id)?;
    seen.check(&case)?;
    Ok(case)
}

fn insert(tx: &mut Tx<'_>, event: &str, new: CourtCase) -> Result<Recorded<CourtCase>> {
    let sealed = SealedColumns::of(tx, &new)?;
    diesel::insert_into(court_cases::table).values((&new, sealed)).execute(tx.conn)?;
    tx.created(event, new)
}

/// Writes a case whose row is covered by the child's lock; counts its version up.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &CourtCase,
    mut after: CourtCase,
) -> Result<Recorded<CourtCase>> {
    after.version = before.version + 1;
    let sealed = SealedColumns::of(tx, &after)?;
    prepared::update(court_cases::table.find(after.id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed(event, before, after)
}
