//! What a competent body decides on an assessment.
use chrono::NaiveDate;
use serde_json::Value;

use super::{insert, lock, save, steps};
use crate::{
    assessments::model::{
        Assessment, AssessmentDecision, AssessmentId, AssessmentOutcome, AssessmentStep,
        NewDecision, PastAssessment, rules,
    },
    children::{self, ChildId},
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        version::IfMatch,
    },
    reference::{code_lists, organisations, parameters, rules::store::refused_by},
};

/// Records what a competent body decided: not before the assessment was completed (AS-03), while it is
/// valid (AS-04), and not the organisation of the whole team (AS-05).
pub fn decide(
    tx: &mut Tx<'_>,
    id: AssessmentId,
    seen: &IfMatch,
    request: &NewDecision,
) -> Result<Recorded<Assessment>> {
    let (_, before) = lock(tx, id, seen)?;
    let after = decided(tx, &before, request)?;
    save(tx, "decided", &before, after)
}

fn decided(tx: &mut Tx<'_>, before: &Assessment, request: &NewDecision) -> Result<Assessment> {
    let mut after = before.clone();
    after.state = before.state.after(AssessmentStep::Decide)?;
    let today = parameters::today(tx.conn, tx.now)?;
    rules::check_decision(request, today)?;
    rules::check_decided_in_time(request.decided_on, before.completed_on, before.valid_until)?;
    if before.submitted_on.is_some_and(|submitted| request.decided_on < submitted) {
        let detail = "must not lie before the step before it";
        return Err(Error::value("/decided_on", "out_of_order", detail));
    }
    check_body(tx, before, request, today)?;
    let mut instead_of = None;
    if let (AssessmentOutcome::Modified, Some(code)) = (request.outcome, &request.recommendation) {
        let recommended = steps::recommended(tx, code, today)?;
        let lost = || Error::internal("an assessment that was submitted has no findings");
        let findings = before.findings.as_ref().ok_or_else(lost)?;
        let poverty = before.poverty_only == Some(true);
        for refusal in rules::against_separation(findings, poverty, recommended) {
            refused_by(tx.conn, request.decided_on, refusal.into())?;
        }
        instead_of = after.recommendation.replace(code.clone());
        after.separates = Some(recommended.separates);
    }
    after.outcome = Some(request.outcome);
    after.decided_by = Some(request.decided_by);
    after.decided_on = Some(request.decided_on);
    after.decision = Some(AssessmentDecision {
        body: request.body.clone(),
        reference_no: request.reference_no.clone(),
        legal_basis: request.legal_basis.clone(),
        appeal_until: request.appeal_until,
        instead_of,
        reason: request.reason.clone(),
    });
    Ok(after)
}

/// Takes over an assessment that was made and decided elsewhere: each of its steps is judged as if it had
/// been recorded on its day, and all are written in one change.
pub fn take_over(
    tx: &mut Tx<'_>,
    child: ChildId,
    past: &PastAssessment,
) -> Result<Recorded<Assessment>> {
    let child = children::store::lock(tx, child)?;
    let requested =
        steps::requested(tx, &child, &past.request).map_err(|it| it.below("/request"))?;
    let started =
        steps::started(tx, &requested, &past.start).map_err(|error| error.below("/start"))?;
    let completed = steps::completed(tx, &child, &started, &past.completion)
        .map_err(|error| error.below("/completion"))?;
    let submitted = steps::submitted(tx, &completed, &past.submission)
        .map_err(|error| error.below("/submission"))?;
    let decided =
        decided(tx, &submitted, &past.decision).map_err(|error| error.below("/decision"))?;
    insert(tx, "taken_over", decided)
}

fn check_body(
    tx: &mut Tx<'_>,
    assessment: &Assessment,
    request: &NewDecision,
    today: NaiveDate,
) -> Result<()> {
    let (list, pointer) = ("decision_body", "/body");
    let attributes = code_lists::store::attributes(tx.conn, list, pointer, &request.body, today)?;
    let kinds = attributes.get("organisation_kinds").and_then(Value::as_array);
    let kinds = kinds.into_iter().flatten().filter_map(Value::as_str);
    let fitting: Vec<String> = kinds.map(ToOwned::to_owned).collect();
    organisations::store::check(tx.conn, "/decided_by", request.decided_by)?;
    let body = organisations::store::find(tx.conn, request.decided_by)?;
    rules::check_competent(body.id, &body.kind, &fitting, &assessment.team)
        .or_else(|error| refused_by(tx.conn, request.decided_on, error))
}
