//! The steps of a transformation plan.
use chrono::NaiveDate;
use serde_json::Value;

use super::{insert, living, lock, next_number, save};
use crate::{
    facilities::{self, Facility, FacilityId, FacilityState},
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        rule::Refusal,
        version::IfMatch,
    },
    reference::{
        code_lists, organisations,
        parameters::{self, check_day},
    },
    transformations::model::{
        MilestoneReached, NewTransformationPlan, TransformationApproval, TransformationEnd,
        TransformationPlan, TransformationPlanId, TransformationStart, TransformationState,
        TransformationStep,
    },
};

const MODEL: &str = "transformation_model";

/// Drafts a transformation plan for a facility.
pub fn draft(
    tx: &mut Tx<'_>,
    facility: FacilityId,
    new: &NewTransformationPlan,
) -> Result<Recorded<TransformationPlan>> {
    let facility = facilities::store::lock(tx, facility)?;
    check(tx, &facility, new)?;
    let plan = TransformationPlan {
        id: TransformationPlanId::generate(),
        facility_id: facility.id,
        number: next_number(tx, facility.id)?,
        state: TransformationState::Drafted,
        target_model: new.target_model.clone(),
        drafted_on: new.drafted_on,
        targets: new.targets.clone(),
        admissions_stop_on: new.admissions_stop_on,
        milestones: new.milestones.iter().cloned().map(Into::into).collect(),
        budget_reinvestment: new.budget_reinvestment.clone(),
        baseline_children: None,
        approved_on: None,
        approved_by: None,
        decision_no: None,
        started_on: None,
        ended_on: None,
        state_reason: None,
        version: 1,
    };
    insert(tx, "drafted", plan)
}

/// Drafts a transformation plan anew, as long as it is a draft.
pub fn revise(
    tx: &mut Tx<'_>,
    id: TransformationPlanId,
    seen: &IfMatch,
    new: &NewTransformationPlan,
) -> Result<Recorded<TransformationPlan>> {
    let (facility, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(TransformationStep::Revise)?;
    check(tx, &facility, new)?;
    after.target_model.clone_from(&new.target_model);
    after.drafted_on = new.drafted_on;
    after.targets.clone_from(&new.targets);
    after.admissions_stop_on = new.admissions_stop_on;
    after.milestones = new.milestones.iter().cloned().map(Into::into).collect();
    after.budget_reinvestment.clone_from(&new.budget_reinvestment);
    save(tx, "revised", &before, after)
}

/// Refuses what a plan cannot be.
fn check(tx: &mut Tx<'_>, facility: &Facility, new: &NewTransformationPlan) -> Result<()> {
    let never = [FacilityState::Application, FacilityState::Inspected, FacilityState::Closed];
    if never.contains(&facility.state) {
        let state = facility.state.as_str();
        return Err(Error::State(format!("a facility that is {state} is not transformed")));
    }
    let today = parameters::today(tx.conn, tx.now)?;
    let closes = closes(tx, &new.target_model, today)?;
    let places = facility.terms().capacity_on(today).map(|capacity| capacity.total);
    new.check(today, places, closes)
}

/// Whether the facility is gone in the end, by the code list.
fn closes(tx: &mut Tx<'_>, model: &str, day: NaiveDate) -> Result<bool> {
    let attributes = code_lists::store::attributes(tx.conn, MODEL, "/target_model", model, day)?;
    Ok(attributes.get("closes").and_then(Value::as_bool) == Some(true))
}

/// Approves a transformation plan: counts who lives there, and stops admissions from the plan's day on.
pub fn approve(
    tx: &mut Tx<'_>,
    id: TransformationPlanId,
    seen: &IfMatch,
    request: &TransformationApproval,
) -> Result<Recorded<TransformationPlan>> {
    let (facility, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(TransformationStep::Approve)?;
    let on = request.approved_on;
    check_day(tx, "/approved_on", on, before.drafted_on)?;
    check_competent(tx, request)?;
    if before.targets.first().is_some_and(|target| target.on <= on) {
        return Err(Error::State("a target of the plan has passed: revise it first".to_owned()));
    }
    if let Some(other) = living(tx.conn, facility.id)? {
        let detail =
            "another plan of the facility is being carried out: complete or abandon it first";
        return Err(Refusal::conflict("FA-07", detail).fact("number", other.number).into());
    }
    let children = facilities::store::living_there(tx.conn, &[facility.id], on)?;
    after.baseline_children = Some(children.get(&facility.id).copied().unwrap_or_default());
    (after.approved_on, after.approved_by) = (Some(on), Some(request.approved_by));
    after.decision_no = Some(request.decision_no.clone());
    if let Some(day) = before.admissions_stop_on {
        let number = Some(request.decision_no.as_str());
        let _stopped = facilities::store::stop_admissions_from(tx, &facility, day.max(on), number)?;
    }
    save(tx, "approved", &before, after)
}

/// An authority decides.
fn check_competent(tx: &mut Tx<'_>, request: &TransformationApproval) -> Result<()> {
    organisations::store::check(tx.conn, "/approved_by", request.approved_by)?;
    let body = organisations::store::find(tx.conn, request.approved_by)?;
    if body.kind == "authority" {
        return Ok(());
    }
    let detail = "must be an authority: no other body decides on institutions";
    Err(Error::value("/approved_by", "not_competent", detail))
}

/// Records that an approved plan begins to be carried out.
pub fn start(
    tx: &mut Tx<'_>,
    id: TransformationPlanId,
    seen: &IfMatch,
    request: &TransformationStart,
) -> Result<Recorded<TransformationPlan>> {
    let (_, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(TransformationStep::Start)?;
    let approved = before.approved_on.unwrap_or(before.drafted_on);
    check_day(tx, "/started_on", request.started_on, approved)?;
    after.started_on = Some(request.started_on);
    save(tx, "started", &before, after)
}

/// Records that a milestone was reached.
pub fn reach_milestone(
    tx: &mut Tx<'_>,
    id: TransformationPlanId,
    seen: &IfMatch,
    request: &MilestoneReached,
) -> Result<Recorded<TransformationPlan>> {
    let (_, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(TransformationStep::ReachMilestone)?;
    let place = usize::try_from(request.number - 1).unwrap_or(usize::MAX);
    let Some(milestone) = after.milestones.get_mut(place) else {
        let detail = "is the number of no milestone of the plan";
        return Err(Error::value("/number", "unknown_reference", detail));
    };
    if milestone.reached_on.is_some() {
        return Err(Error::State("the milestone was reached before".to_owned()));
    }
    let earliest = before.approved_on.unwrap_or(before.drafted_on);
    check_day(tx, "/reached_on", request.reached_on, earliest)?;
    milestone.reached_on = Some(request.reached_on);
    save(tx, "milestone_reached", &before, after)
}

/// Completes a transformation plan: no more children live there than its last target says, and a facility
/// that was to close has closed. A stop of admissions that the plan set ends with it.
pub fn complete(
    tx: &mut Tx<'_>,
    id: TransformationPlanId,
    seen: &IfMatch,
    request: &TransformationEnd,
) -> Result<Recorded<TransformationPlan>> {
    let (facility, before) = lock(tx, id, seen)?;
    let state = before.state.after(TransformationStep::Complete)?;
    let on = request.ended_on;
    let children = facilities::store::living_there(tx.conn, &[facility.id], on)?;
    let children = children.get(&facility.id).copied().unwrap_or_default();
    if before.last_target().is_some_and(|most| children > most) {
        return Err(Error::State(format!(
            "{children} children live there on that day, more than the last target of the plan"
        )));
    }
    if closes(tx, &before.target_model, on)?
        && facility.terms().state_on(on) != Some(FacilityState::Closed)
    {
        return Err(Error::State("the facility has not closed by that day".to_owned()));
    }
    end(tx, (&facility, &before), (state, "completed"), request)
}

/// Abandons a transformation plan. A stop of admissions that it set ends with it.
pub fn abandon(
    tx: &mut Tx<'_>,
    id: TransformationPlanId,
    seen: &IfMatch,
    request: &TransformationEnd,
) -> Result<Recorded<TransformationPlan>> {
    let (facility, before) = lock(tx, id, seen)?;
    let state = before.state.after(TransformationStep::Abandon)?;
    end(tx, (&facility, &before), (state, "abandoned"), request)
}

fn end(
    tx: &mut Tx<'_>,
    (facility, before): (&Facility, &TransformationPlan),
    (state, event): (TransformationState, &str),
    request: &TransformationEnd,
) -> Result<Recorded<TransformationPlan>> {
    let earliest = before.started_on.or(before.approved_on).unwrap_or(before.drafted_on);
    check_day(tx, "/ended_on", request.ended_on, earliest)?;
    if before.state.is_living() && before.admissions_stop_on.is_some() {
        facilities::store::lift_stop(tx, facility, request.ended_on)?;
    }
    let mut after = before.clone();
    after.state = state;
    after.ended_on = Some(request.ended_on);
    after.state_reason = Some(request.reason.clone());
    save(tx, event, before, after)
}
