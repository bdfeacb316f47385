//! Gatekeeping: the rules of `crate::rules` on the way into a placement, with the facts they ask for.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::PgConnection;
use serde_json::{Value, json};

use super::{
    entering::{self, Entering, Facts},
    facts::Care,
};
use crate::{
    assessments::{self, CareOption, Gatekeeping, Suitability},
    placements::{
        model::Placement,
        rules::{CareTypeFacts, ChildFacts},
    },
    platform::error::{Error, Result},
    reference::{
        self,
        code_lists::{self, Codes},
    },
    rules::{
        Finding,
        gatekeeping::{Admission, Assessed},
        residential,
    },
};

/// What cannot wait: a code of the list `planned_kind`.
const EMERGENCY: &str = "emergency";
/// Fewest characters of a justification that say something.
const SAYS_SOMETHING: usize = 30;

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

/// The rules that a correction breaks and the placement as it was kept.
pub fn newly_broken(
    conn: &mut PgConnection,
    child: &ChildFacts,
    (before, after): (&Placement, &Placement),
) -> Result<Vec<Finding>> {
    let mut findings = of_the_young(conn, child, after)?;
    findings.retain(Finding::is_refused);
    if findings.is_empty() {
        return Ok(findings);
    }
    let was = of_the_young(conn, child, before)?;
    let broken = |rule: &str| was.iter().any(|finding| finding.is_broken() && finding.rule == rule);
    findings.retain(|finding| !broken(&finding.rule));
    Ok(findings)
}

/// PL-16 to PL-20 alone: what they say to a placement on its first day.
fn of_the_young(
    conn: &mut PgConnection,
    child: &ChildFacts,
    placement: &Placement,
) -> Result<Vec<Finding>> {
    let entering = Entering { child, placement, entry: None, left: None };
    let (rules, numbers) = (residential::RULES, residential::PARAMETERS);
    let book = reference::rules::store::book(conn, entering.day(), rules, numbers)?;
    Ok(entering::judge(conn, &[entering], &book)?.into_iter().flatten().collect())
}

/// What PL-14 and PL-15 go by is added to what is known of these: with the assessment that led there, if one
/// had to.
pub fn add(conn: &mut PgConnection, facts: &mut [Facts<'_>], codes: &Codes) -> Result<()> {
    for it in facts.iter_mut() {
        it.admission = Some(admission(&it.of, codes)?);
    }
    let asked = |it: &Facts<'_>| {
        let asks = it.admission.as_ref().is_some_and(asks_for_assessment);
        asks.then(|| (it.of.child.id, it.of.day()))
    };
    let all: BTreeSet<_> = facts.iter().filter_map(asked).collect();
    if all.is_empty() {
        return Ok(());
    }
    let found = assessments::store::gatekeeping_of(conn, &all)?;
    for it in facts {
        let assessment = asked(it).and_then(|asked| found.get(&asked));
        let assessed = assessment.map(|found| assessed(found, it.of.placement, codes, it.of.day()));
        let assessed = assessed.transpose()?;
        if let Some(admission) = &mut it.admission {
            admission.assessed = assessed;
        }
    }
    Ok(())
}

fn admission(of: &Entering<'_>, codes: &Codes) -> Result<Admission> {
    let (placement, day) = (of.placement, of.day());
    let care = Care::of(codes, &placement.care_type, day)?;
    let residential = care.is_residential();
    let from_residential = match of.left.filter(|_| residential) {
        Some(left) => Care::of(codes, left, day)?.is_residential(),
        None => false,
    };
    let of_plan = placement.planned_kind == EMERGENCY;
    Ok(Admission {
        opens_care: of.entry.is_some(),
        emergency: of.entry.map_or(of_plan, |entry| entry.emergency),
        formal: care.formal,
        residential,
        from_residential,
        assessed: None,
    })
}

/// Whether an assessment must have led there.
fn asks_for_assessment(admission: &Admission) -> bool {
    let enters = admission.residential && !admission.from_residential;
    (admission.opens_care && admission.formal) || enters
}

fn assessed(
    assessment: &Gatekeeping,
    placement: &Placement,
    codes: &Codes,
    day: NaiveDate,
) -> Result<Assessed> {
    let (recommended, decided_on) = (&assessment.recommendation, assessment.decided_on);
    let attributes = codes.attributes("recommendation", "", recommended, decided_on)?;
    let names = |member: &str, wanted: &[&str]| {
        let list = attributes.get(member).and_then(Value::as_array)?;
        Some(list.iter().filter_map(Value::as_str).any(|code| wanted.contains(&code)))
    };
    let group = Care::of(codes, &placement.care_type, day)?.group;
    let covers = names("covers", &[&placement.care_type, group]) == Some(true)
        && names("planned_kinds", &[&placement.planned_kind]) != Some(false);
    let family_based = json!("family_based");
    let of_family = |code: &str| codes.has("care_type", code, "group", &family_based);
    let suitability = assessment.findings.suitability.iter();
    let mut considered = suitability.filter(|it| of_family(&it.care_type)).peekable();
    let option = |option| assessment.findings.names_option(option);
    Ok(Assessed {
        assessment_id: assessment.assessment_id.untyped(),
        decided_on,
        recommendation: recommended.clone(),
        covers,
        family_based_considered: considered.peek().is_some(),
        family_based_suitable: considered
            .any(|it| matches!(it.finding, Suitability::Preferred | Suitability::Suitable)),
        kin_exhausted: option(CareOption::Kinship),
        foster_exhausted: option(CareOption::Foster),
    })
}
