//! What a competent body decides on an assessment.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use super::{
    insert,
    judgement::{self, Asked},
    lock, save, steps,
};
use crate::{
    assessments::model::{
        Assessment, AssessmentDecision, AssessmentId, AssessmentOutcome, AssessmentStep,
        NewDecision, PastAssessment, SealedColumns, rules,
    },
    children::{self, Child, ChildId},
    insert_rows,
    overrides::{self, Override},
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        version::IfMatch,
    },
    reference::{
        code_lists,
        organisations::{self, Organisation},
        parameters,
    },
    rules::assessing::{Body, Separation},
    schema::assessments,
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
    let (after, overrides) = decided(tx, &before, request)?;
    let saved = save(tx, "decided", &before, after)?;
    overrides::store::keep(tx, overrides)?;
    Ok(saved)
}

/// The assessment as it was decided, and what was stepped over.
fn decided(
    tx: &mut Tx<'_>,
    before: &Assessment,
    request: &NewDecision,
) -> Result<(Assessment, Vec<Override>)> {
    let mut after = before.clone();
    after.state = before.state.after(AssessmentStep::Decide)?;
    let today = parameters::today(tx.conn, tx.now)?;
    rules::check_decision(request, today)?;
    rules::check_decided_in_time(request.decided_on, before.completed_on, before.valid_until)?;
    if before.submitted_on.is_some_and(|submitted| request.decided_on < submitted) {
        let detail = "must not lie before the step before it";
        return Err(Error::value("/decided_on", "out_of_order", detail));
    }
    let fitting_kinds = fitting_kinds(tx, &request.body, today)?;
    let body = deciding(tx, request)?;
    let mut instead_of = None;
    let mut separation = None;
    if let (AssessmentOutcome::Modified, Some(code)) = (request.outcome, &request.recommendation) {
        let recommended = steps::recommended(tx, code, today)?;
        separation = Some(found(before)?).filter(|_| recommended.separates);
        instead_of = after.recommendation.replace(code.clone());
        after.separates = Some(recommended.separates);
    }
    let body = Body {
        kind: &body.kind,
        fitting_kinds: &fitting_kinds,
        assessed_alone: before.team.iter().all(|member| member.organisation_id == body.id),
    };
    let asked = Asked { separation, body: Some(body) };
    let overrides = judgement::judge(tx, before, request.decided_on, &asked, &request.overrides)?;
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
    Ok((after, overrides))
}

/// Takes over an assessment that was made and decided elsewhere: each of its steps is judged as if it had
/// been recorded on its day, and all are written in one change.
pub fn take_over(
    tx: &mut Tx<'_>,
    child: ChildId,
    past: &PastAssessment,
) -> Result<Recorded<Assessment>> {
    let child = children::store::lock(tx, child)?;
    let (assessment, overrides) = taken_over(tx, &child, past)?;
    let made = insert(tx, "taken_over", assessment)?;
    overrides::store::keep(tx, overrides)?;
    Ok(made)
}

/// Takes over several assessments, all or none.
pub fn take_over_all(
    tx: &mut Tx<'_>,
    past: &[(ChildId, PastAssessment)],
) -> Result<Recorded<Vec<Assessment>>> {
    let children: Vec<ChildId> = past.iter().map(|(child, _)| *child).collect();
    let locked = children::store::lock_together(tx, &children)?;
    let (mut all, mut stepped_over) = (Vec::new(), Vec::new());
    for (child, past) in past {
        let child = locked.get(child).ok_or(Error::NotFound("child"))?;
        let (assessment, overrides) = taken_over(tx, child, past)?;
        all.push(assessment);
        stepped_over.extend(overrides);
    }
    let mut rows = Vec::new();
    for assessment in &all {
        rows.push((assessment.clone(), SealedColumns::of(tx, assessment)?));
    }
    insert_rows!(assessments::table, tx.conn, rows);
    overrides::store::keep(tx, stepped_over)?;
    let mut made = Vec::new();
    for assessment in all {
        made.push(tx.created("taken_over", assessment)?);
    }
    Recorded::all(made).ok_or_else(|| Error::internal("no assessment was taken over"))
}

/// The assessment as it was decided, after all its steps, and what was stepped over in them.
fn taken_over(
    tx: &mut Tx<'_>,
    child: &Child,
    past: &PastAssessment,
) -> Result<(Assessment, Vec<Override>)> {
    let requested =
        steps::requested(tx, child, &past.request).map_err(|it| it.below("/request"))?;
    let started =
        steps::started(tx, &requested, &past.start).map_err(|error| error.below("/start"))?;
    let (completed, mut overrides) = steps::completed(tx, child, &started, &past.completion)
        .map_err(|error| error.below("/completion"))?;
    let submitted = steps::submitted(tx, &completed, &past.submission)
        .map_err(|error| error.below("/submission"))?;
    let (decided, others) =
        decided(tx, &submitted, &past.decision).map_err(|error| error.below("/decision"))?;
    overrides.extend(others);
    Ok((decided, overrides))
}

/// The kinds of organisations that such a body may be; 422 at `/body` if there is no such body.
fn fitting_kinds(tx: &mut Tx<'_>, body: &str, today: NaiveDate) -> Result<Vec<String>> {
    let (list, pointer) = ("decision_body", "/body");
    let attributes = code_lists::store::attributes(tx.conn, list, pointer, body, today)?;
    let kinds = attributes.get("organisation_kinds").and_then(Value::as_array);
    let kinds = kinds.into_iter().flatten().filter_map(Value::as_str);
    Ok(kinds.map(ToOwned::to_owned).collect())
}

/// The organisation that decides; 422 at `/decided_by` if there is none.
fn deciding(tx: &mut Tx<'_>, request: &NewDecision) -> Result<Organisation> {
    organisations::store::check(tx.conn, "/decided_by", request.decided_by)?;
    organisations::store::find(tx.conn, request.decided_by)
}

/// What the rules on separations go by in an assessment that was submitted.
fn found(assessment: &Assessment) -> Result<Separation> {
    let lost = || Error::internal("an assessment that was submitted has no findings");
    let findings = assessment.findings.as_ref().ok_or_else(lost)?;
    Ok(judgement::separation(findings, assessment.poverty_only == Some(true)))
}
