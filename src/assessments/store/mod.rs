//! Queries and changes of assessments. None opens a transaction, so any can be part of a larger one.
mod decisions;
mod gatekeeping;
mod judgement;
mod list;
mod steps;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

pub use decisions::{decide, take_over, take_over_all};
pub use gatekeeping::{gatekeeping_of, gatekeeping_on};
pub use list::{AssessmentFilter, list, total};
pub use steps::{annul, cancel, complete, expire, request, return_to_team, start, submit};

use super::model::{
    Assessment, AssessmentId, AssessmentOutcome, AssessmentState, Reintegration, SealedColumns,
    reintegration::REINTEGRATION,
};
use crate::{
    children::{self, Child, ChildId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        version::IfMatch,
    },
    reference::code_lists::Codes,
    schema::assessments::{self, dsl},
};

/// One assessment.
pub fn find(conn: &mut PgConnection, id: AssessmentId) -> Result<Assessment> {
    assessments::table.find(id).select(Assessment::as_select()).first(conn).found::<Assessment>()
}

/// The latest assessment of a child's return to its family that a competent body approved or modified by that
/// day, and that is valid then. Of two that were decided on one day, the one that was completed later.
pub fn reintegration_on(
    conn: &mut PgConnection,
    child: ChildId,
    day: NaiveDate,
) -> Result<Option<Reintegration>> {
    type Row = (AssessmentId, Option<NaiveDate>, Option<NaiveDate>, Option<String>);
    let row: Option<Row> = assessments::table
        .filter(dsl::child_id.eq(child).and(dsl::kind.eq(REINTEGRATION)))
        .filter(dsl::state.eq(AssessmentState::Decided))
        .filter(dsl::outcome.ne(AssessmentOutcome::Rejected))
        .filter(dsl::decided_on.le(day).and(dsl::valid_until.gt(day)))
        .order((dsl::decided_on.desc(), dsl::completed_on.desc(), dsl::id))
        .select((dsl::id, dsl::decided_on, dsl::valid_until, dsl::recommendation))
        .first(conn)
        .optional()?;
    let codes = Codes::read(conn, &["recommendation"])?;
    let returns = |code: String| codes.has("recommendation", &code, "returns", &json!(true));
    Ok(row.and_then(|(assessment_id, decided_on, valid_until, recommendation)| {
        Some(Reintegration {
            assessment_id,
            decided_on: decided_on?,
            valid_until: valid_until?,
            recommended: recommendation.is_some_and(returns),
        })
    }))
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
