//! The rules of assessments as pure functions: facts in, a refusal or nothing out.
use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{AssessmentCompletion, AssessmentOutcome, Findings, NewDecision, TeamMember};
use crate::platform::{
    error::{Error, Fault, Result},
    rule::Refusal,
    time::{check_period, in_order, not_future},
};

/// What the code list says of a recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recommended {
    /// Whether it separates child and family.
    pub separates: bool,
    /// Whether it is residential care.
    pub residential: bool,
}

/// A day of a step: not before the one before it, and not ahead.
pub fn check_day(
    pointer: &str,
    day: NaiveDate,
    not_before: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<()> {
    match not_before {
        Some(before) => in_order(pointer, day, before, today),
        None => not_future(pointer, day, today),
    }
}

/// Whether the team has two professions or more (UN Guidelines ¶57).
#[must_use]
pub fn is_multidisciplinary(team: &[TeamMember]) -> bool {
    team.iter().map(|member| member.profession.as_str()).collect::<BTreeSet<_>>().len() > 1
}

/// RV-06, and whatever in the findings contradicts itself. `young` says that the child is below the age
/// limit of residential care.
pub fn check_findings(
    completion: &AssessmentCompletion,
    recommended: Recommended,
    young: bool,
) -> Result<()> {
    let findings = &completion.findings;
    findings.child_views.check("/findings/child_views")?;
    let mut faults = Vec::new();
    check_seen(findings, &mut faults);
    check_lists(findings, completion.completed_on, &mut faults);
    let residential = findings.residential.is_some();
    if residential && !recommended.residential {
        let detail = "is only there where residential care is recommended";
        faults.push(Fault::new("/findings/residential", "not_residential", detail));
    }
    if !residential && recommended.residential && young {
        let detail = "the four findings are needed for a child below the age limit";
        faults.push(Fault::new("/findings/residential", "required", detail));
    }
    if completion.valid_until.is_some_and(|end| end <= completion.completed_on) {
        let detail = "must be after completed_on: it is the first day on which it no longer holds";
        faults.push(Fault::new("/valid_until", "out_of_order", detail));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

fn check_seen(findings: &Findings, faults: &mut Vec<Fault>) {
    if findings.child_seen_alone && !findings.child_seen {
        let detail = "a child that was not seen was not seen alone";
        faults.push(Fault::new("/findings/child_seen_alone", "not_seen", detail));
    }
    let says = findings.not_consulted_because.as_ref().is_some_and(|it| !it.trim().is_empty());
    if says == findings.parents_consulted {
        let (code, detail) = if says {
            ("not_wanted", "is only there where the parents were not consulted")
        } else {
            ("required", "is needed where the parents were not consulted")
        };
        faults.push(Fault::new("/findings/not_consulted_because", code, detail));
    }
}

fn check_lists(findings: &Findings, completed_on: NaiveDate, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for (index, finding) in findings.suitability.iter().enumerate() {
        if !seen.insert(finding.care_type.as_str()) {
            let pointer = format!("/findings/suitability/{index}/care_type");
            faults.push(Fault::new(pointer, "duplicate", "stands in the list already"));
        }
    }
    let late = "must not lie after completed_on";
    for (index, option) in findings.options_exhausted.iter().enumerate() {
        if option.considered_on > completed_on {
            let pointer = format!("/findings/options_exhausted/{index}/considered_on");
            faults.push(Fault::new(pointer, "out_of_order", late));
        }
    }
    for (index, service) in findings.prevention.iter().enumerate() {
        let at = format!("/findings/prevention/{index}");
        if service.provided_from > completed_on {
            faults.push(Fault::new(format!("{at}/provided_from"), "out_of_order", late));
        }
        let mut wrong = Vec::new();
        check_period("", Some(service.provided_from), service.provided_to, &mut wrong);
        if !wrong.is_empty() {
            let detail = "must be after provided_from: it is the first day outside the period";
            faults.push(Fault::new(format!("{at}/provided_to"), "out_of_order", detail));
        }
    }
}

/// The members of a decision that go with its outcome.
pub fn check_decision(decision: &NewDecision, today: NaiveDate) -> Result<()> {
    let mut faults = Vec::new();
    let modified = decision.outcome == AssessmentOutcome::Modified;
    if modified && decision.recommendation.is_none() {
        let detail = "what was decided instead is needed";
        faults.push(Fault::new("/recommendation", "required", detail));
    }
    if !modified && decision.recommendation.is_some() {
        let detail = "is only there where something else was decided than recommended";
        faults.push(Fault::new("/recommendation", "not_wanted", detail));
    }
    let explained = decision.reason.as_ref().is_some_and(|reason| !reason.trim().is_empty());
    if decision.outcome != AssessmentOutcome::Approved && !explained {
        faults.push(Fault::new("/reason", "required", "is needed unless it was approved"));
    }
    if decision.decided_on > today {
        faults.push(Fault::new("/decided_on", "future_date", "must not lie in the future"));
    }
    if decision.appeal_until.is_some_and(|day| day < decision.decided_on) {
        let detail = "must not lie before the decision";
        faults.push(Fault::new("/appeal_until", "out_of_order", detail));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// AS-03 and AS-04: it is decided once it is complete, and while it is valid.
pub fn check_decided_in_time(
    decided_on: NaiveDate,
    completed_on: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
) -> Result<()> {
    if completed_on.is_none_or(|completed| decided_on < completed) {
        return Err(Error::Predated("/decided_on".to_owned()));
    }
    check_valid(decided_on, valid_until)
}

/// AS-04: nothing is done with what is out of date, but to make it anew.
pub fn check_valid(day: NaiveDate, valid_until: Option<NaiveDate>) -> Result<()> {
    if valid_until.is_some_and(|end| day < end) {
        return Ok(());
    }
    let detail = "the assessment is out of date on that day: it is made anew";
    Err(Refusal::conflict("AS-04", detail).fact("valid_until", valid_until).into())
}
