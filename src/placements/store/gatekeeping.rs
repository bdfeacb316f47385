//! Gatekeeping: the rules of `crate::rules` on the way into a placement, with the facts they ask for.
use chrono::{Datelike as _, NaiveDate};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::facts;
use crate::{
    children::DatePrecision,
    placements::{
        model::{CareEntry, Placement},
        rules::{CareTypeFacts, ChildFacts},
    },
    platform::{
        error::{Error, Result},
        time::birthday,
    },
    reference::{self, code_lists, parameters},
    rules::{
        Finding, poverty,
        residential::{self, Entry, Exception, Stay},
    },
    schema::placements,
};

/// Bodies whose decision is one of the national authority.
const NATIONAL: [&str; 2] = ["ministry", "central_authority"];
/// Fewest characters of a justification that say something.
const SAYS_SOMETHING: usize = 30;

/// Refuses a placement that breaks a rule; else says what was found. `entry` is there if it opens a
/// care period. The child's row is locked.
pub fn check(
    conn: &mut PgConnection,
    child: &ChildFacts,
    placement: &Placement,
    care_type: &CareTypeFacts,
    entry: Option<&CareEntry>,
) -> Result<Vec<Finding>> {
    check_exception(conn, placement, care_type)?;
    let findings = judge(conn, child, placement, care_type, entry)?;
    match findings.iter().position(Finding::is_broken) {
        Some(place) => {
            let refusal = findings.into_iter().nth(place).map(Finding::refusal);
            Err(refusal.map_or_else(|| Error::internal("no finding"), Error::from))
        }
        None => Ok(findings),
    }
}

/// What the rules say to a placement on its first day.
pub fn judge(
    conn: &mut PgConnection,
    child: &ChildFacts,
    placement: &Placement,
    care_type: &CareTypeFacts,
    entry: Option<&CareEntry>,
) -> Result<Vec<Finding>> {
    let day = placement.started_on.unwrap_or(placement.starts_on);
    let mut findings = match entry {
        Some(entry) => judge_reasons(conn, entry, day)?,
        None => Vec::new(),
    };
    findings.extend(judge_residential(conn, child, placement, care_type, day)?);
    Ok(findings)
}

fn judge_reasons(
    conn: &mut PgConnection,
    entry: &CareEntry,
    day: NaiveDate,
) -> Result<Vec<Finding>> {
    let mut reasons = Vec::new();
    for code in std::iter::once(&entry.entry_reason).chain(&entry.other_reasons) {
        let pointer = "/care_entry/entry_reason";
        let attributes = code_lists::store::attributes(conn, "entry_reason", pointer, code, day)?;
        let alone = attributes.get("sole_ground_allowed").and_then(Value::as_bool);
        reasons.push(poverty::Reason { code, suffices: alone != Some(false) });
    }
    // What suffices is judged without asking the database for the rule: it is met.
    if reasons.iter().all(|reason| reason.suffices) {
        return Ok(Vec::new());
    }
    let book = reference::rules::store::book(conn, day, poverty::RULES, &[])?;
    Ok(poverty::judge(&reasons, &book))
}

fn judge_residential(
    conn: &mut PgConnection,
    child: &ChildFacts,
    placement: &Placement,
    care_type: &CareTypeFacts,
    day: NaiveDate,
) -> Result<Vec<Finding>> {
    if !care_type.residential {
        return Ok(Vec::new());
    }
    let Some(birth) = youngest(child, day) else { return Ok(Vec::new()) };
    let years = parameters::integer(conn, "residential_min_age_years", day)?;
    // A clock that may still run began before the age limit: much later there is nothing to judge.
    let years = u32::try_from(years).unwrap_or_default();
    if years == 0 || day >= birthday(birth, years + 2) {
        return Ok(Vec::new());
    }
    let stays = residential_stays(conn, placement, day)?;
    let book =
        reference::rules::store::book(conn, day, residential::RULES, residential::PARAMETERS)?;
    let exception = placement.exception.as_ref().map(|exception| Exception {
        kind: &exception.kind,
        findings: exception.findings.all(),
        national_decision: placement
            .decision
            .as_ref()
            .is_some_and(|decision| NATIONAL.contains(&decision.body.as_str())),
    });
    let expected_end_on = placement.expected_end_on;
    let asked = Entry { day, birth, expected_end_on, exception, stays: &stays };
    Ok(residential::judge(&asked, &book))
}

/// The exception goes with residential care, is of a known kind, was authorised by the first day, and says why.
pub fn check_exception(
    conn: &mut PgConnection,
    placement: &Placement,
    care_type: &CareTypeFacts,
) -> Result<()> {
    let Some(exception) = &placement.exception else { return Ok(()) };
    let day = placement.started_on.unwrap_or(placement.starts_on);
    if !care_type.residential {
        let detail = "goes with residential care only";
        return Err(Error::value("/exception", "no_exception_needed", detail));
    }
    code_lists::check(conn, "exception_kind", "/exception/kind", &exception.kind, day)?;
    if exception.justification.trim().chars().count() < SAYS_SOMETHING {
        let detail = "must say why in at least 30 characters, spaces around them not counted";
        return Err(Error::value("/exception/justification", "says_nothing", detail));
    }
    if exception.authorised_on > day {
        let detail = "must be authorised by the first day";
        return Err(Error::value("/exception/authorised_on", "out_of_order", detail));
    }
    Ok(())
}

/// The latest day on which the child may have been born: a date that is not known to the day counts as
/// the youngest that it may stand for.
fn youngest(child: &ChildFacts, today: NaiveDate) -> Option<NaiveDate> {
    let birth = child.birth_date?;
    let latest = match child.birth_date_precision {
        None | Some(DatePrecision::Day) => Some(birth),
        Some(DatePrecision::Month) => {
            birth.with_day(1)?.checked_add_months(chrono::Months::new(1))?.pred_opt()
        }
        Some(DatePrecision::Year | DatePrecision::Estimated) => {
            NaiveDate::from_ymd_opt(birth.year(), 12, 31)
        }
    };
    latest.map(|latest| latest.min(today))
}

/// The child's residential stays before this placement, by first day.
fn residential_stays(
    conn: &mut PgConnection,
    placement: &Placement,
    day: NaiveDate,
) -> Result<Vec<Stay>> {
    let rows: Vec<(String, Option<NaiveDate>, Option<NaiveDate>)> = placements::table
        .filter(placements::child_id.eq(placement.child_id))
        .filter(placements::id.ne(placement.id))
        .filter(placements::state.eq_any(["active", "ended"]))
        .filter(placements::started_on.lt(day))
        .order(placements::started_on)
        .select((placements::care_type, placements::started_on, placements::ended_on))
        .load(conn)?;
    let residential =
        code_lists::store::with_attribute(conn, "care_type", "group", &json!("residential"))?;
    // Where the child lives until this placement begins, it lives no longer than that.
    let stay = |(care_type, from, until): (String, Option<NaiveDate>, Option<NaiveDate>)| {
        let until = Some(until.map_or(day, |until| until.min(day)));
        residential.contains(&care_type).then_some(Stay { from: from?, until })
    };
    Ok(rows.into_iter().filter_map(stay).collect())
}

/// The rules that a correction breaks and the placement as it was kept.
pub fn newly_broken(
    conn: &mut PgConnection,
    child: &ChildFacts,
    (before, after): (&Placement, &Placement),
    care_type: &CareTypeFacts,
) -> Result<Vec<Finding>> {
    let mut findings = judge(conn, child, after, care_type, None)?;
    findings.retain(Finding::is_broken);
    if findings.is_empty() {
        return Ok(findings);
    }
    let from = before.started_on.unwrap_or(before.starts_on);
    let care_type = facts::care_type(conn, "/care_type", &before.care_type, from)?;
    let was = judge(conn, child, before, &care_type, None)?;
    let broken = |rule: &str| was.iter().any(|finding| finding.is_broken() && finding.rule == rule);
    findings.retain(|finding| !broken(&finding.rule));
    Ok(findings)
}
