//! Queries and changes of assessments. None opens a transaction, so any can be part of a larger one.
mod decisions;
mod gatekeeping;
mod list;
mod steps;

use diesel::prelude::*;

pub use decisions::{decide, take_over};
pub use gatekeeping::{gatekeeping_of, gatekeeping_on};
pub use list::{AssessmentFilter, list, total};
pub use steps::{annul, cancel, complete, expire, request, return_to_team, start, submit};

use super::model::{Assessment, AssessmentId, SealedColumns};
use crate::{
    children::{self, Child},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        version::IfMatch,
    },
    schema::assessments,
};

/// One assessment.
pub fn find(conn: &mut PgConnection, id: AssessmentId) -> Result<Assessment> {
    assessments::table.find(id).select(Assessment::as_select()).first(conn).found::<Assessment>()
}

/// The child first, as for every change of what hangs on one, then the assessment as it has become.
fn lock(tx: &mut Tx<'_>, id: AssessmentId, seen: &IfMatch) -> Result<(Child, Assessment)> {
    let child = find(tx.conn, id)?.child_id;
    let locked = children::store::lock(tx, child);
    let child = locked.map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound("assessment"),
        other => other,
    })?;
    let assessment = find(tx.conn, id)?;
    seen.check(&assessment)?;
    Ok((child, assessment))
}

fn insert(tx: &mut Tx<'_>, event: &str, new: Assessment) -> Result<Recorded<Assessment>> {
    let sealed = SealedColumns::of(tx, &new)?;
    diesel::insert_into(assessments::table).values((&new, sealed)).execute(tx.conn)?;
    tx.created(event, new)
}

/// Writes an assessment whose row is covered by the child's lock; counts its version up.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &Assessment,
    mut after: Assessment,
) -> Result<Recorded<Assessment>> {
    after.version = before.version + 1;
    let sealed = SealedColumns::of(tx, &after)?;
    prepared::update(assessments::table.find(after.id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed(event, before, after)
}
