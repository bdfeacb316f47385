//! The steps of an assessment up to its decision.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use super::{
    find, insert,
    judgement::{self, Asked},
    lock, save,
};
use crate::{
    assessments::model::{
        Assessment, AssessmentAnnulment, AssessmentCompletion, AssessmentId, AssessmentReason,
        AssessmentStart, AssessmentState, AssessmentStep, AssessmentSubmission, Findings,
        NewAssessment, TeamMember,
        rules::{self, Recommended},
    },
    children::{self, Child, ChildId},
    overrides::{self, Override},
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        rule::Refusal,
        time::{add_months, birthday},
        version::IfMatch,
    },
    reference::{
        code_lists,
        organisations::{self, OrganisationId},
        parameters,
    },
    schema::assessments::{self, dsl},
};

/// The parameter that says for how many months an assessment holds.
const VALIDITY: &str = "assessment_validity_months";
/// The parameter that says from which age on residential care needs no exception.
const AGE_LIMIT: &str = "residential_min_age_years";
/// How many assessments that are out of date are recorded as such at a time.
const AT_A_TIME: i64 = 100;

/// Asks for an assessment of a child.
pub fn request(
    tx: &mut Tx<'_>,
    child: ChildId,
    new: &NewAssessment,
) -> Result<Recorded<Assessment>> {
    let child = children::store::lock(tx, child)?;
    let assessment = requested(tx, &child, new)?;
    insert(tx, "requested", assessment)
}

pub(super) fn requested(tx: &mut Tx<'_>, child: &Child, new: &NewAssessment) -> Result<Assessment> {
    let today = parameters::today(tx.conn, tx.now)?;
    rules::check_day("/requested_on", new.requested_on, None, today)?;
    check_alive(child, new.requested_on)?;
    code_lists::check(tx.conn, "assessment_kind", "/kind", &new.kind, today)?;
    if new.due_on.is_some_and(|due| due < new.requested_on) {
        let detail = "must not lie before requested_on";
        return Err(Error::value("/due_on", "out_of_order", detail));
    }
    let own = tx.organisation.map(OrganisationId::from_untyped);
    Ok(Assessment {
        id: AssessmentId::generate(),
        child_id: child.id,
        kind: new.kind.clone(),
        state: AssessmentState::Requested,
        organisation_id: child.organisation_id.or(own),
        requested_on: new.requested_on,
        request_reason: new.reason.clone(),
        due_on: new.due_on,
        started_on: None,
        team: Vec::new(),
        multidisciplinary: false,
        completed_on: None,
        findings: None,
        recommendation: None,
        separates: None,
        poverty_only: None,
        valid_until: None,
        submitted_on: None,
        outcome: None,
        decided_by: None,
        decided_on: None,
        decision: None,
        state_reason: None,
        version: 1,
    })
}

/// PL-07: after a child's death or final adoption there is no later record.
fn check_alive(child: &Child, day: NaiveDate) -> Result<()> {
    if child.death_date.into_iter().chain(child.adopted_on).any(|end| end <= day) {
        let detail = "after a child's death or final adoption nothing more begins";
        return Err(Refusal::conflict("PL-07", detail).into());
    }
    Ok(())
}

/// Begins work on an assessment; on one that was returned, anew.
pub fn start(
    tx: &mut Tx<'_>,
    id: AssessmentId,
    seen: &IfMatch,
    request: &AssessmentStart,
) -> Result<Recorded<Assessment>> {
    let (_, before) = lock(tx, id, seen)?;
    let after = started(tx, &before, request)?;
    save(tx, "started", &before, after)
}

pub(super) fn started(
    tx: &mut Tx<'_>,
    before: &Assessment,
    request: &AssessmentStart,
) -> Result<Assessment> {
    let mut after = before.clone();
    after.state = before.state.after(AssessmentStep::Start)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let earliest = before.submitted_on.or(Some(before.requested_on));
    rules::check_day("/started_on", request.started_on, earliest, today)?;
    check_team(tx, &request.team, today)?;
    after.started_on = Some(request.started_on);
    after.team.clone_from(&request.team);
    after.multidisciplinary = rules::is_multidisciplinary(&after.team);
    // What was found before is in the journal, and what is found now is found anew.
    (after.completed_on, after.findings, after.submitted_on) = (None, None, None);
    (after.recommendation, after.separates, after.poverty_only) = (None, None, None);
    (after.valid_until, after.state_reason) = (None, None);
    Ok(after)
}

fn check_team(tx: &mut Tx<'_>, team: &[TeamMember], today: NaiveDate) -> Result<()> {
    for (index, member) in team.iter().enumerate() {
        let at = format!("/team/{index}");
        let pointer = format!("{at}/organisation_id");
        organisations::store::check(tx.conn, &pointer, member.organisation_id)?;
        let pointer = format!("{at}/profession");
        code_lists::check(tx.conn, "profession", &pointer, &member.profession, today)?;
    }
    Ok(())
}

/// Records what was found and what is recommended.
pub fn complete(
    tx: &mut Tx<'_>,
    id: AssessmentId,
    seen: &IfMatch,
    request: &AssessmentCompletion,
) -> Result<Recorded<Assessment>> {
    let (child, before) = lock(tx, id, seen)?;
    let (after, overrides) = completed(tx, &child, &before, request)?;
    let saved = save(tx, "completed", &before, after)?;
    overrides::store::keep(tx, overrides)?;
    Ok(saved)
}

/// The assessment as it was completed, and what was stepped over.
pub(super) fn completed(
    tx: &mut Tx<'_>,
    child: &Child,
    before: &Assessment,
    request: &AssessmentCompletion,
) -> Result<(Assessment, Vec<Override>)> {
    let mut after = before.clone();
    after.state = before.state.after(AssessmentStep::Complete)?;
    let (today, on) = (parameters::today(tx.conn, tx.now)?, request.completed_on);
    rules::check_day("/completed_on", on, before.started_on, today)?;
    check_codes(tx, &request.findings, today)?;
    let recommended = recommended(tx, &request.recommendation, today)?;
    let limit = parameters::integer(tx.conn, AGE_LIMIT, on)?;
    let limit = u32::try_from(limit).unwrap_or(0);
    let young = child.birth_date.is_none_or(|birth| on < birthday(birth, limit));
    rules::check_findings(request, recommended, young)?;
    let separation = judgement::separation(&request.findings, request.poverty_only);
    let asked =
        Asked { separation: recommended.separates.then_some(separation), ..Asked::default() };
    let overrides = judgement::judge(tx, before, on, &asked, &request.overrides)?;
    let months = u32::try_from(parameters::integer(tx.conn, VALIDITY, on)?).unwrap_or(0);
    after.completed_on = Some(on);
    after.findings = Some(request.findings.clone());
    after.recommendation = Some(request.recommendation.clone());
    after.separates = Some(recommended.separates);
    after.poverty_only = Some(request.poverty_only);
    after.valid_until = Some(request.valid_until.unwrap_or_else(|| add_months(on, months)));
    Ok((after, overrides))
}

fn check_codes(tx: &mut Tx<'_>, findings: &Findings, today: NaiveDate) -> Result<()> {
    for (index, finding) in findings.suitability.iter().enumerate() {
        let pointer = format!("/findings/suitability/{index}/care_type");
        code_lists::check(tx.conn, "care_type", &pointer, &finding.care_type, today)?;
    }
    for (index, service) in findings.prevention.iter().enumerate() {
        let pointer = format!("/findings/prevention/{index}/service_type");
        code_lists::check(tx.conn, "service_type", &pointer, &service.service_type, today)?;
    }
    Ok(())
}

/// What the code list says of a recommendation; 422 at `/recommendation` if it does not know it.
pub(super) fn recommended(tx: &mut Tx<'_>, code: &str, today: NaiveDate) -> Result<Recommended> {
    let (list, pointer) = ("recommendation", "/recommendation");
    let attributes = code_lists::store::attributes(tx.conn, list, pointer, code, today)?;
    let says = |name: &str| attributes.get(name) == Some(&Value::Bool(true));
    Ok(Recommended { separates: says("separation"), residential: says("residential") })
}

/// Submits an assessment to the body that decides, while it is valid (AS-04).
pub fn submit(
    tx: &mut Tx<'_>,
    id: AssessmentId,
    seen: &IfMatch,
    request: &AssessmentSubmission,
) -> Result<Recorded<Assessment>> {
    let (_, before) = lock(tx, id, seen)?;
    let after = submitted(tx, &before, request)?;
    save(tx, "submitted", &before, after)
}

pub(super) fn submitted(
    tx: &mut Tx<'_>,
    before: &Assessment,
    request: &AssessmentSubmission,
) -> Result<Assessment> {
    let mut after = before.clone();
    after.state = before.state.after(AssessmentStep::Submit)?;
    let today = parameters::today(tx.conn, tx.now)?;
    rules::check_day("/submitted_on", request.submitted_on, before.completed_on, today)?;
    rules::check_valid(request.submitted_on, before.valid_until)?;
    after.submitted_on = Some(request.submitted_on);
    Ok(after)
}

/// Gives an assessment back to those who made it, who begin anew.
pub fn return_to_team(
    tx: &mut Tx<'_>,
    id: AssessmentId,
    seen: &IfMatch,
    request: &AssessmentReason,
) -> Result<Recorded<Assessment>> {
    with_reason(tx, id, seen, (AssessmentStep::Return, "returned"), &request.reason)
}

/// Cancels an assessment on which nothing was decided.
pub fn cancel(
    tx: &mut Tx<'_>,
    id: AssessmentId,
    seen: &IfMatch,
    request: &AssessmentReason,
) -> Result<Recorded<Assessment>> {
    with_reason(tx, id, seen, (AssessmentStep::Cancel, "cancelled"), &request.reason)
}

/// Takes back an assessment that was entered in error, whatever was decided on it.
pub fn annul(
    tx: &mut Tx<'_>,
    id: AssessmentId,
    seen: &IfMatch,
    request: &AssessmentAnnulment,
) -> Result<Recorded<Assessment>> {
    with_reason(tx, id, seen, (AssessmentStep::Annul, "annulled"), &request.reason)
}

fn with_reason(
    tx: &mut Tx<'_>,
    id: AssessmentId,
    seen: &IfMatch,
    (step, event): (AssessmentStep, &str),
    reason: &str,
) -> Result<Recorded<Assessment>> {
    let (_, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(step)?;
    after.state_reason = Some(reason.to_owned());
    save(tx, event, &before, after)
}

/// Records which assessments went out of date without being submitted, in the order of their children;
/// says how many.
pub fn expire(tx: &mut Tx<'_>) -> Result<usize> {
    let today = parameters::today(tx.conn, tx.now)?;
    let due: Vec<(AssessmentId, ChildId)> = assessments::table
        .filter(dsl::state.eq(AssessmentState::Completed).and(dsl::valid_until.le(today)))
        .order(dsl::child_id)
        .limit(AT_A_TIME)
        .select((dsl::id, dsl::child_id))
        .load(tx.conn)?;
    let mut expired = 0;
    for (id, child) in due {
        let _child = children::store::lock(tx, child)?;
        let before = find(tx.conn, id)?;
        if before.has_lapsed(today) {
            let mut after = before.clone();
            after.state = before.state.after(AssessmentStep::Expire)?;
            let _expired = save(tx, "expired", &before, after)?;
            expired += 1;
        }
    }
    Ok(expired)
}
