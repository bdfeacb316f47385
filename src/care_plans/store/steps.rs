//! The steps of a care plan.
use chrono::NaiveDate;

use super::{active, insert, lock, next_number, save};
use crate::{
    care_plans::model::{
        CarePlan, CarePlanApproval, CarePlanEnd, CarePlanId, CarePlanReason, CarePlanState,
        CarePlanStep, CarePlanSubmission, NewCarePlan,
    },
    children::{self, Child, ChildId},
    placements::{self, CarePeriodId, CarePeriodState},
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        rule::Refusal,
        time::add_months,
        version::IfMatch,
    },
    reference::{
        code_lists, organisations,
        parameters::{self, check_day},
    },
};

/// The parameter that says after how many months a plan is reviewed.
const INTERVAL: &str = "review_interval_months";

/// Drafts a care plan for a child.
pub fn draft(tx: &mut Tx<'_>, child: ChildId, new: &NewCarePlan) -> Result<Recorded<CarePlan>> {
    let child = children::store::lock(tx, child)?;
    let number = next_number(tx, child.id)?;
    let plan = drafted(tx, &child, new, number)?;
    if let Some(period) = new.care_period_id {
        check_period(tx, child.id, period)?;
    }
    insert(tx, "drafted", plan)
}

/// The plan that is drafted, if nothing but its care period speaks against it.
pub(super) fn drafted(
    tx: &mut Tx<'_>,
    child: &Child,
    new: &NewCarePlan,
    number: i32,
) -> Result<CarePlan> {
    let today = parameters::today(tx.conn, tx.now)?;
    let over =
        child.death_date.into_iter().chain(child.adopted_on).any(|end| end <= new.drafted_on);
    if over {
        let detail = "after a child's death or final adoption nothing more begins";
        return Err(Refusal::conflict("PL-07", detail).into());
    }
    let review_due_on = check(tx, new, today)?;
    Ok(CarePlan {
        id: CarePlanId::generate(),
        child_id: child.id,
        care_period_id: new.care_period_id,
        number,
        state: CarePlanState::Draft,
        permanency_goal: new.permanency_goal.clone(),
        parallel_goal: new.parallel_goal.clone(),
        target_date: new.target_date,
        drafted_on: new.drafted_on,
        review_due_on,
        content: new.content.clone(),
        informed_on: None,
        approved_on: None,
        approved_by: None,
        ended_on: None,
        superseded_by: None,
        state_reason: None,
        version: 1,
    })
}

/// Drafts a care plan anew, as long as it is a draft.
pub fn revise(
    tx: &mut Tx<'_>,
    id: CarePlanId,
    seen: &IfMatch,
    new: &NewCarePlan,
) -> Result<Recorded<CarePlan>> {
    let (child, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(CarePlanStep::Revise)?;
    let today = parameters::today(tx.conn, tx.now)?;
    after.review_due_on = check(tx, new, today)?;
    if let Some(period) = new.care_period_id {
        check_period(tx, child.id, period)?;
    }
    after.care_period_id = new.care_period_id;
    after.permanency_goal.clone_from(&new.permanency_goal);
    after.parallel_goal.clone_from(&new.parallel_goal);
    (after.target_date, after.drafted_on) = (new.target_date, new.drafted_on);
    after.content = new.content.clone();
    save(tx, "revised", &before, after)
}

/// Refuses what a plan cannot be; gives the day by which it is to be reviewed.
fn check(tx: &mut Tx<'_>, new: &NewCarePlan, today: NaiveDate) -> Result<NaiveDate> {
    new.check(today)?;
    let list = "permanency_goal";
    code_lists::check(tx.conn, list, "/permanency_goal", &new.permanency_goal, today)?;
    if let Some(goal) = &new.parallel_goal {
        code_lists::check(tx.conn, list, "/parallel_goal", goal, today)?;
    }
    let months = parameters::integer(tx.conn, INTERVAL, new.drafted_on)?;
    let months = u32::try_from(months).unwrap_or(0);
    Ok(new.review_due_on.unwrap_or_else(|| add_months(new.drafted_on, months)))
}

/// Refuses the care period of another child, and one that never was.
fn check_period(tx: &mut Tx<'_>, child: ChildId, period: CarePeriodId) -> Result<()> {
    let found = placements::store::find_period(tx.conn, period).map_err(|error| match error {
        Error::NotFound(_) => unknown_period(),
        other => other,
    })?;
    if found.child_id != child || found.state == CarePeriodState::EnteredInError {
        return Err(unknown_period());
    }
    Ok(())
}

pub(super) fn unknown_period() -> Error {
    let detail = "is the id of no care period of the child";
    Error::value("/care_period_id", "unknown_reference", detail)
}

/// Submits a care plan to whoever approves it.
pub fn submit(
    tx: &mut Tx<'_>,
    id: CarePlanId,
    seen: &IfMatch,
    request: &CarePlanSubmission,
) -> Result<Recorded<CarePlan>> {
    let (_, before) = lock(tx, id, seen)?;
    let after = submitted(tx, &before, request)?;
    save(tx, "submitted", &before, after)
}

pub(super) fn submitted(
    tx: &mut Tx<'_>,
    before: &CarePlan,
    request: &CarePlanSubmission,
) -> Result<CarePlan> {
    let mut after = before.clone();
    after.state = before.state.after(CarePlanStep::Submit)?;
    if let Some(day) = request.informed_on {
        check_day(tx, "/informed_on", day, before.drafted_on)?;
    }
    after.informed_on = request.informed_on;
    after.state_reason = None;
    Ok(after)
}

/// Sends a care plan back to whoever drafted it.
pub fn send_back(
    tx: &mut Tx<'_>,
    id: CarePlanId,
    seen: &IfMatch,
    request: &CarePlanReason,
) -> Result<Recorded<CarePlan>> {
    let (_, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(CarePlanStep::SendBack)?;
    after.state_reason = Some(request.reason.clone());
    save(tx, "sent_back", &before, after)
}

/// Approves a care plan, which becomes active at once and supersedes the one before it (CP-01).
pub fn approve(
    tx: &mut Tx<'_>,
    id: CarePlanId,
    seen: &IfMatch,
    request: &CarePlanApproval,
) -> Result<Recorded<CarePlan>> {
    let (child, before) = lock(tx, id, seen)?;
    let on = request.approved_on;
    let approved = approved(tx, &before, request)?;
    check_open(tx, before.care_period_id)?;
    let approved = save(tx, "approved", &before, approved)?.into_value();
    if let Some(former) = active(tx.conn, child.id, before.care_period_id)? {
        if former.approved_on.is_some_and(|since| on < since) {
            let detail = "must not lie before the approval of the plan that it supersedes";
            return Err(Error::value("/approved_on", "out_of_order", detail));
        }
        let mut superseded = former.clone();
        superseded.state = former.state.after(CarePlanStep::Supersede)?;
        (superseded.ended_on, superseded.superseded_by) = (Some(on), Some(id));
        let _superseded = save(tx, "superseded", &former, superseded)?;
    }
    let mut after = approved.clone();
    after.state = approved.state.after(CarePlanStep::Activate)?;
    save(tx, "activated", &approved, after)
}

/// The plan as it is approved, if nothing but its care period speaks against it.
pub(super) fn approved(
    tx: &mut Tx<'_>,
    before: &CarePlan,
    request: &CarePlanApproval,
) -> Result<CarePlan> {
    let mut approved = before.clone();
    approved.state = before.state.after(CarePlanStep::Approve)?;
    check_day(tx, "/approved_on", request.approved_on, before.drafted_on)?;
    organisations::store::check(tx.conn, "/approved_by", request.approved_by)?;
    (approved.approved_on, approved.approved_by) =
        (Some(request.approved_on), Some(request.approved_by));
    Ok(approved)
}

/// A plan is made for a care period that goes on.
fn check_open(tx: &mut Tx<'_>, period: Option<CarePeriodId>) -> Result<()> {
    let Some(period) = period else { return Ok(()) };
    if placements::store::find_period(tx.conn, period)?.state == CarePeriodState::Open {
        return Ok(());
    }
    Err(Error::State("the care period of the plan has ended".to_owned()))
}

/// Records what an active care plan came to.
pub fn complete(
    tx: &mut Tx<'_>,
    id: CarePlanId,
    seen: &IfMatch,
    request: &CarePlanEnd,
) -> Result<Recorded<CarePlan>> {
    end(tx, id, seen, (CarePlanStep::Complete, "completed"), request)
}

/// Revokes a care plan.
pub fn revoke(
    tx: &mut Tx<'_>,
    id: CarePlanId,
    seen: &IfMatch,
    request: &CarePlanEnd,
) -> Result<Recorded<CarePlan>> {
    end(tx, id, seen, (CarePlanStep::Revoke, "revoked"), request)
}

fn end(
    tx: &mut Tx<'_>,
    id: CarePlanId,
    seen: &IfMatch,
    (step, event): (CarePlanStep, &str),
    request: &CarePlanEnd,
) -> Result<Recorded<CarePlan>> {
    let (_, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(step)?;
    let earliest = before.approved_on.unwrap_or(before.drafted_on);
    check_day(tx, "/ended_on", request.ended_on, earliest)?;
    after.ended_on = Some(request.ended_on);
    after.state_reason = Some(request.reason.clone());
    save(tx, event, &before, after)
}
