//! The dry run of a placement: every rule is judged as the write would judge it, and none stops the
//! others.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::{
    checks::{check_decision, check_entry, check_plan, unknown_child},
    drafts::planned,
    facts, judgement,
    judgement::Step,
    periods_of,
    row::PlacementRow,
};
use crate::{
    carers::{
        self,
        store::{CarerFamilyFilter, ListedCarerFamily},
    },
    children::ChildId,
    placements::{
        model::{NewPlacement, Placement, PlacementEvaluation},
        rules::ChildFacts,
    },
    platform::{db::Tx, error::Result, page::PageQuery, time::age_on},
    reference::{areas, parameters},
    rules::Finding,
    schema::placements,
};

/// Most families that are named.
const OPTIONS: usize = 10;

/// What would come of a placement. Takes the locks that the write would take.
pub fn evaluate(tx: &mut Tx<'_>, new: &NewPlacement) -> Result<PlacementEvaluation> {
    let child = facts::lock_child(tx, new.child_id).map_err(unknown_child)?;
    let day = new.starts_on;
    let care_type = facts::care_type(tx.conn, "/care_type", &new.care_type, day)?;
    facts::check_provider_kind(&care_type, &new.provider, "/provider")?;
    check_plan(tx.conn, day, &new.planned_kind, new.expected_end_on, "")?;
    let body = new.decision.as_ref().map(|decision| decision.body.as_str());
    check_decision(tx.conn, body, day, "")?;
    let mut placement = planned(new);
    placement.started_on = Some(day);
    if let Some(entry) = &new.care_entry {
        check_entry(tx.conn, entry, day)?;
    }
    let today = parameters::today(tx.conn, tx.now)?;
    let periods = periods_of(tx.conn, child.id)?;
    let before = match new.care_entry {
        Some(_) => None,
        None => lives_in(tx.conn, child.id)?,
    };
    let step = Step {
        child: &child,
        placement: &placement,
        care_type: &care_type,
        entry: new.care_entry.as_ref(),
        before: before.as_ref(),
        periods: &periods,
        // What is only planned may lie ahead.
        latest: if new.care_entry.is_some() { today } else { today.max(day) },
    };
    let mut judged = judgement::judge(tx, &step)?;
    let _overrides = judged.weigh(tx, step.subject(), &new.overrides)?;
    let mut findings = judged.findings;
    findings.sort_by_key(|finding| (!finding.is_broken(), finding.rule.clone()));
    Ok(PlacementEvaluation {
        child_id: child.id,
        possible: !findings.iter().any(Finding::is_refused),
        findings,
        family_options: family_options(tx.conn, &child, today)?,
    })
}

/// Where a child in care lives.
fn lives_in(conn: &mut PgConnection, child: ChildId) -> Result<Option<Placement>> {
    let row: Option<PlacementRow> = placements::table
        .filter(placements::child_id.eq(child).and(placements::state.eq("active")))
        .select(PlacementRow::as_select())
        .first(conn)
        .optional()?;
    row.map(TryInto::try_into).transpose()
}

/// Families that could take the child, as far as the caller may know of them.
fn family_options(
    conn: &mut PgConnection,
    child: &ChildFacts,
    today: NaiveDate,
) -> Result<Vec<ListedCarerFamily>> {
    let home = areas::find(conn, &child.area_code)?;
    let filter = CarerFamilyFilter {
        purpose: vec!["foster".to_owned(), "emergency".to_owned()],
        near: home.lat.zip(home.lon).map(|(lat, lon)| format!("{lat:.5},{lon:.5}")),
        within_km: home.lat.map(|_| 500.0),
        age: child.birth_date.map(|birth| age_on(birth, today).min(25)),
        sex: Some(child.sex.clone()),
        places_min: Some(1),
        ..CarerFamilyFilter::default()
    };
    let mut found = carers::store::list(conn, &filter, &PageQuery::default(), today)?;
    found.data.truncate(OPTIONS);
    Ok(found.data)
}
