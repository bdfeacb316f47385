//! The dry run of a placement: every rule is judged as the write would judge it, and none stops the
//! others.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::{
    checks::{check_decision, check_entry, check_plan, unknown_child},
    drafts::planned,
    facts, gatekeeping, periods_of,
    provider::{self, Newcomer},
    steps::opened,
};
use crate::{
    carers::{
        self,
        store::{CarerFamilyFilter, ListedCarerFamily},
    },
    placements::{
        model::{CareEntry, NewPlacement, Placement, PlacementEvaluation},
        rules::{self, CareTypeFacts, ChildFacts},
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        page::PageQuery,
        time::age_on,
    },
    reference::{self, areas, parameters},
    rules::{Finding, Outcome, Rulebook},
    schema::children,
};

/// The rules that are judged besides those of `crate::rules`, by who judges them.
const OF_DAY: &[&str] = &["PL-05", "PL-06", "PL-07"];
const OF_AGE: &[&str] = &["PL-10"];
const OF_PERIOD: &[&str] = &["PL-01", "PL-04"];
const OF_PROVIDER: &[&str] = &["PL-11", "PL-12", "PL-13"];
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
    let mut findings = judged(tx, &child, &placement, &care_type, new.care_entry.as_ref())?;
    findings.sort_by_key(|finding| (!finding.is_broken(), finding.rule.clone()));
    let today = parameters::today(tx.conn, tx.now)?;
    Ok(PlacementEvaluation {
        child_id: child.id,
        possible: !findings.iter().any(Finding::is_broken),
        findings,
        family_options: family_options(tx.conn, &child, today)?,
    })
}

fn judged(
    tx: &mut Tx<'_>,
    child: &ChildFacts,
    placement: &Placement,
    care_type: &CareTypeFacts,
    entry: Option<&CareEntry>,
) -> Result<Vec<Finding>> {
    let day = placement.starts_on;
    let (today, limits) = (parameters::today(tx.conn, tx.now)?, facts::limits(tx.conn, day)?);
    let codes = [OF_DAY, OF_AGE, OF_PERIOD, OF_PROVIDER].concat();
    let book = reference::rules::store::book(tx.conn, day, &codes, &[])?;
    let periods = periods_of(tx.conn, child.id)?;
    let in_care = entry.is_none() && periods.iter().any(|period| period.ended_on.is_none());
    // What is only planned may lie ahead.
    let latest = if entry.is_some() { today } else { today.max(day) };
    gatekeeping::check_exception(tx.conn, placement, care_type)?;
    let mut findings = gatekeeping::judge(tx.conn, child, placement, care_type, entry)?;
    let first_day = rules::check_first_day(child, day, latest, limits, in_care);
    findings.extend(said(&book, OF_DAY, first_day.map_err(Error::from))?);
    let age = rules::check_age_for(care_type, child, day).map_err(Error::from);
    findings.extend(said(&book, OF_AGE, age)?);
    if let Some(entry) = entry {
        check_entry(tx.conn, entry, day)?;
        let opened = opened(&periods, child.id, day, entry).map(drop);
        findings.extend(said(&book, OF_PERIOD, opened)?);
    }
    let newcomer = Newcomer::of(placement, child, care_type);
    let taken = provider::judge(tx, &placement.provider, &newcomer, limits);
    findings.extend(said(&book, OF_PROVIDER, taken)?);
    Ok(findings)
}

/// The findings of a check that stops at the first rule that is broken: the others of its rules were
/// met, or not asked any more.
fn said(book: &Rulebook, codes: &[&str], judged: Result<()>) -> Result<Vec<Finding>> {
    match judged {
        Ok(()) => Ok(codes.iter().filter_map(|code| book.judge(code, [], None)).collect()),
        Err(Error::Rule(refusal)) => Ok(vec![Finding {
            rule: refusal.rule,
            rule_version: refusal.version,
            outcome: Outcome::Broken,
            legal_basis: refusal.legal_basis.into(),
            detail: Some(refusal.detail),
            needed: None,
            facts: refusal.facts,
            pointer: refusal.pointer,
        }]),
        Err(other) => Err(other),
    }
}

/// Families that could take the child, as far as the caller may know of them.
fn family_options(
    conn: &mut PgConnection,
    child: &ChildFacts,
    today: NaiveDate,
) -> Result<Vec<ListedCarerFamily>> {
    let code: String = children::table.find(child.id).select(children::area_code).first(conn)?;
    let home = areas::find(conn, &code)?;
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
