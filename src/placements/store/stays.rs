//! The residential stays by which PL-16 to PL-20 judge young children who enter an institution.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use super::{
    entering::{Entering, Facts},
    facts::Care,
};
use crate::{
    children::{ChildId, DatePrecision},
    placements::{PlacementState, model::PlacementId, rules::ChildFacts},
    platform::{error::Result, time::birthday},
    reference::code_lists::Codes,
    rules::{
        Finding, Rulebook,
        residential::{self, Entry, Exception, Stay},
    },
    schema::placements,
};

/// Bodies whose decision is one of the national authority.
const NATIONAL: [&str; 2] = ["ministry", "central_authority"];

/// A young child on its way into residential care, or within it.
pub struct Young<'a> {
    day: NaiveDate,
    birth: NaiveDate,
    expected_end_on: Option<NaiveDate>,
    exception: Option<Exception<'a>>,
    stays: Vec<Stay>,
}

impl Young<'_> {
    /// What the rules say to it.
    pub fn judge(&self, book: &Rulebook) -> Vec<Finding> {
        let (exception, stays) = (self.exception.clone(), self.stays.as_slice());
        let Self { day, birth, expected_end_on, .. } = *self;
        residential::judge(&Entry { day, birth, expected_end_on, exception, stays }, book)
    }
}

/// Adds it to what is known of these, with the stays before.
pub fn add(
    conn: &mut PgConnection,
    facts: &mut [Facts<'_>],
    codes: &Codes,
    book: &Rulebook,
) -> Result<()> {
    for it in facts.iter_mut() {
        it.young = young(&it.of, codes, book)?;
    }
    let children = facts.iter().filter(|it| it.young.is_some()).map(|it| it.of.child.id);
    let stays = stays(conn, children.collect(), codes)?;
    for it in facts {
        let (id, own) = (it.of.placement.id, stays.get(&it.of.child.id));
        let Some(young) = &mut it.young else { continue };
        let day = young.day;
        let before = own.into_iter().flatten().filter(|(of, stay)| *of != id && stay.from < day);
        // Where the child lives until this placement begins, it lives no longer than that.
        let until = |stay: &Stay| stay.until.map_or(day, |until| until.min(day));
        young.stays =
            before.map(|(_, stay)| Stay { from: stay.from, until: Some(until(stay)) }).collect();
    }
    Ok(())
}

/// Nobody, if there is nothing to judge.
fn young<'a>(of: &Entering<'a>, codes: &Codes, book: &Rulebook) -> Result<Option<Young<'a>>> {
    let (day, placement) = (of.day(), of.placement);
    if !Care::of(codes, &placement.care_type, day)?.is_residential() {
        return Ok(None);
    }
    let Some(birth) = youngest(of.child, day) else { return Ok(None) };
    let years = book.number("residential_min_age_years");
    // A clock that may still run began before the age limit: much later there is nothing to judge.
    if years == 0 || day >= birthday(birth, years + 2) {
        return Ok(None);
    }
    let body = placement.decision.as_ref().map(|decision| decision.body.as_str());
    let exception = placement.exception.as_ref().map(|exception| Exception {
        kind: &exception.kind,
        findings: exception.findings.all(),
        national_decision: body.is_some_and(|body| NATIONAL.contains(&body)),
    });
    let expected_end_on = placement.expected_end_on;
    Ok(Some(Young { day, birth, expected_end_on, exception, stays: Vec::new() }))
}

/// The latest day on which the child may have been born: a date that is not known to the day counts as
/// the youngest that it may stand for.
pub fn youngest(child: &ChildFacts, today: NaiveDate) -> Option<NaiveDate> {
    let birth = child.birth_date?;
    let precision = child.birth_date_precision.unwrap_or(DatePrecision::Day);
    Some(precision.latest(birth).min(today))
}

type Stays = BTreeMap<ChildId, Vec<(PlacementId, Stay)>>;
type Row = (ChildId, PlacementId, String, Option<NaiveDate>, Option<NaiveDate>);

/// The residential stays of these children, by first day.
fn stays(conn: &mut PgConnection, children: BTreeSet<ChildId>, codes: &Codes) -> Result<Stays> {
    let mut of = Stays::new();
    if children.is_empty() {
        return Ok(of);
    }
    let rows: Vec<Row> = placements::table
        .filter(placements::child_id.eq_any(children))
        .filter(placements::state.eq_any([PlacementState::Active, PlacementState::Ended]))
        .order(placements::started_on)
        .select((
            placements::child_id,
            placements::id,
            placements::care_type,
            placements::started_on,
            placements::ended_on,
        ))
        .load(conn)?;
    let group = json!(residential::GROUP);
    for (child, id, care_type, from, until) in rows {
        if let Some(from) = from.filter(|_| codes.has("care_type", &care_type, "group", &group)) {
            of.entry(child).or_default().push((id, Stay { from, until }));
        }
    }
    Ok(of)
}
