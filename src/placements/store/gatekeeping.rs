//! Gatekeeping: the rules of `crate::rules` on the way into a placement, with the facts they ask for.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::facts;
use crate::{
    assessments::{self, CareOption, Gatekeeping, Suitability},
    carers,
    children::DatePrecision,
    placements::{
        model::{CareEntry, Placement},
        rules::{CareTypeFacts, ChildFacts},
    },
    platform::{
        error::{Error, Result},
        time::birthday,
    },
    reference::{self, code_lists},
    rules::{
        Finding, Rulebook, allegations,
        gatekeeping::{Admission, Assessed},
        poverty,
        residential::{self, Entry, Exception, Stay},
    },
    schema::placements,
};

/// Bodies whose decision is one of the national authority.
const NATIONAL: [&str; 2] = ["ministry", "central_authority"];
/// What cannot wait: a code of the list `planned_kind`.
const EMERGENCY: &str = "emergency";
/// Fewest characters of a justification that say something.
const SAYS_SOMETHING: usize = 30;

/// PL-22: what the reasons for an entry into care are.
pub fn judge_reasons(
    conn: &mut PgConnection,
    entry: &CareEntry,
    day: NaiveDate,
    book: &Rulebook,
) -> Result<Vec<Finding>> {
    let mut reasons = Vec::new();
    for code in std::iter::once(&entry.entry_reason).chain(&entry.other_reasons) {
        let pointer = "/care_entry/entry_reason";
        let attributes = code_lists::store::attributes(conn, "entry_reason", pointer, code, day)?;
        let alone = attributes.get("sole_ground_allowed").and_then(Value::as_bool);
        reasons.push(poverty::Reason { code, suffices: alone != Some(false) });
    }
    Ok(poverty::judge(&reasons, book))
}

/// CF-05: whether an allegation against the family is open. Whoever lives there already does not come.
pub fn judge_family(
    conn: &mut PgConnection,
    placement: &Placement,
    book: &Rulebook,
) -> Result<Option<Finding>> {
    let Some(family) = placement.provider.carer_family_id.filter(|_| !placement.same_carer) else {
        return Ok(None);
    };
    let day = placement.started_on.unwrap_or(placement.starts_on);
    let open = carers::store::under_allegation(conn, family, day)?;
    Ok(allegations::judge(open, book))
}

/// PL-16 to PL-20: whether a young child may live in residential care from its first day on.
pub fn judge_residential(
    conn: &mut PgConnection,
    child: &ChildFacts,
    placement: &Placement,
    care_type: &CareTypeFacts,
    book: &Rulebook,
) -> Result<Vec<Finding>> {
    let day = placement.started_on.unwrap_or(placement.starts_on);
    if !care_type.is_residential() {
        return Ok(Vec::new());
    }
    let Some(birth) = youngest(child, day) else { return Ok(Vec::new()) };
    let years = book.number("residential_min_age_years");
    // A clock that may still run began before the age limit: much later there is nothing to judge.
    if years == 0 || day >= birthday(birth, years + 2) {
        return Ok(Vec::new());
    }
    let stays = residential_stays(conn, placement, day)?;
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
    Ok(residential::judge(&asked, book))
}

/// The exception goes with residential care, is of a known kind, was authorised by the first day, and says why.
pub fn check_exception(
    conn: &mut PgConnection,
    placement: &Placement,
    care_type: &CareTypeFacts,
) -> Result<()> {
    let Some(exception) = &placement.exception else { return Ok(()) };
    let day = placement.started_on.unwrap_or(placement.starts_on);
    if !care_type.is_residential() {
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
pub(super) fn youngest(child: &ChildFacts, today: NaiveDate) -> Option<NaiveDate> {
    let birth = child.birth_date?;
    let precision = child.birth_date_precision.unwrap_or(DatePrecision::Day);
    Some(precision.latest(birth).min(today))
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
    let (rules, numbers) = (residential::RULES, residential::PARAMETERS);
    let from = after.started_on.unwrap_or(after.starts_on);
    let book = reference::rules::store::book(conn, from, rules, numbers)?;
    let mut findings = judge_residential(conn, child, after, care_type, &book)?;
    findings.retain(Finding::is_refused);
    if findings.is_empty() {
        return Ok(findings);
    }
    let from = before.started_on.unwrap_or(before.starts_on);
    let book = reference::rules::store::book(conn, from, rules, numbers)?;
    let care_type = facts::care_type(conn, "/care_type", &before.care_type, from)?;
    let was = judge_residential(conn, child, before, &care_type, &book)?;
    let broken = |rule: &str| was.iter().any(|finding| finding.is_broken() && finding.rule == rule);
    findings.retain(|finding| !broken(&finding.rule));
    Ok(findings)
}

/// What PL-14 and PL-15 go by: the assessment that led here, if one had to.
pub fn admission(
    conn: &mut PgConnection,
    placement: &Placement,
    care_type: &CareTypeFacts,
    (entry, before): (Option<&CareEntry>, Option<&Placement>),
) -> Result<Admission> {
    let day = placement.started_on.unwrap_or(placement.starts_on);
    let emergency = entry.map_or(placement.planned_kind == EMERGENCY, |entry| entry.emergency);
    let (residential, from_residential) = match before {
        _ if !care_type.is_residential() => (false, false),
        Some(before) => {
            (true, facts::care_type(conn, "/care_type", &before.care_type, day)?.is_residential())
        }
        None => (true, false),
    };
    let opens_care = entry.is_some();
    let asked = (opens_care && care_type.formal) || (residential && !from_residential);
    let assessment = if asked {
        assessments::store::gatekeeping_on(conn, placement.child_id, day)?
    } else {
        None
    };
    let assessed = assessment.map(|it| assessed(conn, &it, placement, care_type)).transpose()?;
    let formal = care_type.formal;
    Ok(Admission { opens_care, emergency, formal, residential, from_residential, assessed })
}

fn assessed(
    conn: &mut PgConnection,
    assessment: &Gatekeeping,
    placement: &Placement,
    care_type: &CareTypeFacts,
) -> Result<Assessed> {
    let recommended = &assessment.recommendation;
    let attributes = code_lists::store::attributes(
        conn,
        "recommendation",
        "",
        recommended,
        assessment.decided_on,
    )?;
    let names = |member: &str, wanted: &[&str]| {
        let list = attributes.get(member).and_then(Value::as_array)?;
        Some(list.iter().filter_map(Value::as_str).any(|code| wanted.contains(&code)))
    };
    let covers = names("covers", &[&care_type.code, &care_type.group]) == Some(true)
        && names("planned_kinds", &[&placement.planned_kind]) != Some(false);
    let family_based =
        code_lists::store::with_attribute(conn, "care_type", "group", &json!("family_based"))?;
    let mut considered = assessment
        .findings
        .suitability
        .iter()
        .filter(|it| family_based.contains(&it.care_type))
        .peekable();
    let option = |option| assessment.findings.names_option(option);
    Ok(Assessed {
        assessment_id: assessment.assessment_id.untyped(),
        decided_on: assessment.decided_on,
        recommendation: recommended.clone(),
        covers,
        family_based_considered: considered.peek().is_some(),
        family_based_suitable: considered
            .any(|it| matches!(it.finding, Suitability::Preferred | Suitability::Suitable)),
        kin_exhausted: option(CareOption::Kinship),
        foster_exhausted: option(CareOption::Foster),
    })
}
