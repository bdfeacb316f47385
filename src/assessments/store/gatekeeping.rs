//! Which assessments decide on entries into care, of one child or of many.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    assessments::model::{
        Assessment, AssessmentId, AssessmentOutcome, AssessmentState, Gatekeeping,
        gatekeeping::GATEKEEPING,
    },
    children::ChildId,
    platform::error::Result,
    schema::assessments::{self, dsl},
};

/// A child, and a day.
type Asked = (ChildId, NaiveDate);
/// Assessment, child, day of the decision, first day on which it no longer holds.
type Row = (AssessmentId, ChildId, Option<NaiveDate>, Option<NaiveDate>);

/// The latest gatekeeping assessment of a child that a competent body approved or modified by that day,
/// and that is valid then. Of two that were decided on one day, the one that was completed later.
pub fn gatekeeping_on(
    conn: &mut PgConnection,
    child: ChildId,
    day: NaiveDate,
) -> Result<Option<Gatekeeping>> {
    let asked = (child, day);
    Ok(gatekeeping_of(conn, &BTreeSet::from([asked]))?.remove(&asked))
}

/// The same of many, by child and day: in as many statements as of one.
pub fn gatekeeping_of(
    conn: &mut PgConnection,
    asked: &BTreeSet<Asked>,
) -> Result<BTreeMap<Asked, Gatekeeping>> {
    let children: BTreeSet<ChildId> = asked.iter().map(|(child, _)| *child).collect();
    let rows: Vec<Row> = assessments::table
        .filter(dsl::child_id.eq_any(children).and(dsl::kind.eq(GATEKEEPING)))
        .filter(dsl::state.eq(AssessmentState::Decided))
        .filter(dsl::outcome.ne(AssessmentOutcome::Rejected))
        .order((dsl::decided_on.desc(), dsl::completed_on.desc(), dsl::id))
        .select((dsl::id, dsl::child_id, dsl::decided_on, dsl::valid_until))
        .load(conn)?;
    let mut of: BTreeMap<ChildId, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        of.entry(row.1).or_default().push(row);
    }
    let holds = |row: &Row, day: NaiveDate| {
        row.2.is_some_and(|decided| decided <= day) && row.3.is_some_and(|until| day < until)
    };
    let latest = |(child, day): &Asked| {
        let row = of.get(child)?.iter().find(|row| holds(row, *day))?;
        Some(((*child, *day), row.0))
    };
    let latest: BTreeMap<Asked, AssessmentId> = asked.iter().filter_map(latest).collect();
    if latest.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: BTreeSet<AssessmentId> = latest.values().copied().collect();
    let whole: Vec<Assessment> = assessments::table
        .filter(dsl::id.eq_any(ids))
        .select(Assessment::as_select())
        .load(conn)?;
    let whole: BTreeMap<AssessmentId, Gatekeeping> =
        whole.into_iter().filter_map(|it| Some((it.id, Gatekeeping::of(it)?))).collect();
    let found = |(asked, id): (Asked, AssessmentId)| Some((asked, whole.get(&id)?.clone()));
    Ok(latest.into_iter().filter_map(found).collect())
}
