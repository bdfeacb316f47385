//! The steps of a child's transition plan.
use chrono::NaiveDate;
use diesel::{dsl::exists, prelude::*};

use super::find;
use crate::{
    children::{self, Child, ChildId},
    facilities::{self, Facility, FacilityState},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        rule::Refusal,
        version::IfMatch,
    },
    reference::{
        code_lists, organisations,
        parameters::{self, check_day},
    },
    schema::{
        placements,
        transition_plans::{self, dsl},
    },
    transformations::model::{
        NewTransitionPlan, SealedColumns, TransformationPlan, TransformationPlanId,
        TransitionAgreement, TransitionEnd, TransitionPlan, TransitionPlanId, TransitionRevision,
        TransitionState, TransitionStep,
    },
};

const DESTINATION: &str = "transition_destination";

/// One transition plan.
pub fn find_transition(conn: &mut PgConnection, id: TransitionPlanId) -> Result<TransitionPlan> {
    transition_plans::table
        .find(id)
        .select(TransitionPlan::as_select())
        .first(conn)
        .found::<TransitionPlan>()
}

/// Drafts a transition plan for a child who lives in the facility, or did since its transformation was
/// approved or its closing began.
pub fn draft_transition(
    tx: &mut Tx<'_>,
    id: TransformationPlanId,
    new: &NewTransitionPlan,
) -> Result<Recorded<TransitionPlan>> {
    let facility = find(tx.conn, id)?.facility_id;
    let child = children::store::lock(tx, new.child_id).map_err(unknown_child)?;
    let facility = facilities::store::lock(tx, facility)?;
    let plan = find(tx.conn, id)?;
    if !plan.state.is_living() {
        let state = plan.state.as_str().replace('_', " ");
        return Err(Error::State(format!("the transformation plan is {state}")));
    }
    let today = parameters::today(tx.conn, tx.now)?;
    new.check(today)?;
    code_lists::check(tx.conn, DESTINATION, "/destination", &new.destination, today)?;
    check_alive(&child, new.drafted_on)?;
    check_lived_there(tx, &facility, &plan, child.id)?;
    refuse_second(tx, child.id, &facility)?;
    let plan = TransitionPlan {
        id: TransitionPlanId::generate(),
        child_id: child.id,
        facility_id: facility.id,
        transformation_plan_id: id,
        state: TransitionState::Drafted,
        destination: new.destination.clone(),
        drafted_on: new.drafted_on,
        target_on: new.target_on,
        content: new.content.clone(),
        agreed_on: None,
        agreed_by: None,
        ended_on: None,
        state_reason: None,
        version: 1,
    };
    let sealed = SealedColumns::of(tx, &plan)?;
    diesel::insert_into(transition_plans::table).values((&plan, sealed)).execute(tx.conn)?;
    tx.created("drafted", plan)
}

/// In a body an unknown child is an unacceptable value, not a missing resource.
fn unknown_child(error: Error) -> Error {
    match error {
        Error::NotFound(_) => {
            Error::value("/child_id", "unknown_reference", "is the id of no child")
        }
        other => other,
    }
}

/// PL-07: after a child's death or final adoption nothing more is planned.
fn check_alive(child: &Child, day: NaiveDate) -> Result<()> {
    if child.death_date.into_iter().chain(child.adopted_on).any(|end| end <= day) {
        let detail = "after a child's death or final adoption nothing more begins";
        return Err(Refusal::conflict("PL-07", detail).into());
    }
    Ok(())
}

/// Those of whom `FA-05` asks for a plan, and nobody else.
fn check_lived_there(
    tx: &mut Tx<'_>,
    facility: &Facility,
    plan: &TransformationPlan,
    child: ChildId,
) -> Result<()> {
    let closing = facility.states.iter().rev().find(|it| it.state == FacilityState::Closing);
    let since = closing.map(|period| period.valid_from).into_iter().chain(plan.approved_on).min();
    let stays = placements::table
        .filter(placements::child_id.eq(child))
        .filter(placements::facility_id.eq(facility.id))
        .filter(placements::state.eq_any(["active", "ended"]))
        .filter(placements::ended_on.is_null().or(placements::ended_on.gt(since)));
    if diesel::select(exists(stays)).get_result(tx.conn)? {
        return Ok(());
    }
    let detail = "does not live in the facility, and did not when its transformation was approved";
    Err(Error::value("/child_id", "not_living_there", detail))
}

/// FA-08: one plan of a child out of a facility at a time.
fn refuse_second(tx: &mut Tx<'_>, child: ChildId, facility: &Facility) -> Result<()> {
    let states = [TransitionState::Drafted, TransitionState::Agreed];
    let other = transition_plans::table
        .filter(dsl::child_id.eq(child).and(dsl::facility_id.eq(facility.id)))
        .filter(dsl::state.eq_any(states));
    if diesel::select(exists(other)).get_result(tx.conn)? {
        let detail = "the child has a transition plan: revise, carry out or abandon it first";
        return Err(Refusal::conflict("FA-08", detail).into());
    }
    Ok(())
}

/// The child first, as for every change of what hangs on one, then the facility, whose closing goes by
/// these plans, then the plan as it has become.
fn lock(tx: &mut Tx<'_>, id: TransitionPlanId, seen: &IfMatch) -> Result<TransitionPlan> {
    let plan = find_transition(tx.conn, id)?;
    children::store::lock(tx, plan.child_id).map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound("transition_plan"),
        other => other,
    })?;
    facilities::store::lock(tx, plan.facility_id)?;
    let plan = find_transition(tx.conn, id)?;
    seen.check(&plan)?;
    Ok(plan)
}

/// Writes a plan whose row is covered by the child's lock; counts its version up.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &TransitionPlan,
    mut after: TransitionPlan,
) -> Result<Recorded<TransitionPlan>> {
    after.version = before.version + 1;
    let sealed = SealedColumns::of(tx, &after)?;
    prepared::update(transition_plans::table.find(after.id))
        .set((&after, sealed))
        .execute(tx.conn)?;
    tx.changed(event, before, after)
}

/// Drafts a transition plan anew, as long as it is a draft.
pub fn revise_transition(
    tx: &mut Tx<'_>,
    id: TransitionPlanId,
    seen: &IfMatch,
    new: &TransitionRevision,
) -> Result<Recorded<TransitionPlan>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(TransitionStep::Revise)?;
    new.check(before.drafted_on)?;
    let today = parameters::today(tx.conn, tx.now)?;
    code_lists::check(tx.conn, DESTINATION, "/destination", &new.destination, today)?;
    after.destination.clone_from(&new.destination);
    after.target_on = new.target_on;
    after.content = new.content.clone();
    save(tx, "revised", &before, after)
}

/// Agrees to a transition plan.
pub fn agree_transition(
    tx: &mut Tx<'_>,
    id: TransitionPlanId,
    seen: &IfMatch,
    request: &TransitionAgreement,
) -> Result<Recorded<TransitionPlan>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(TransitionStep::Agree)?;
    check_day(tx, "/agreed_on", request.agreed_on, before.drafted_on)?;
    organisations::store::check(tx.conn, "/agreed_by", request.agreed_by)?;
    (after.agreed_on, after.agreed_by) = (Some(request.agreed_on), Some(request.agreed_by));
    save(tx, "agreed", &before, after)
}

/// Records that the child has moved: it no longer lives in the facility on that day.
pub fn carry_out_transition(
    tx: &mut Tx<'_>,
    id: TransitionPlanId,
    seen: &IfMatch,
    request: &TransitionEnd,
) -> Result<Recorded<TransitionPlan>> {
    let before = lock(tx, id, seen)?;
    let state = before.state.after(TransitionStep::CarryOut)?;
    let on = request.ended_on;
    let lives = placements::table
        .filter(placements::child_id.eq(before.child_id))
        .filter(placements::facility_id.eq(before.facility_id))
        .filter(placements::state.eq_any(["active", "ended"]))
        .filter(placements::started_on.le(on))
        .filter(placements::ended_on.is_null().or(placements::ended_on.gt(on)));
    if diesel::select(exists(lives)).get_result(tx.conn)? {
        return Err(Error::State("the child lives in the facility on that day".to_owned()));
    }
    end(tx, &before, (state, "carried_out"), request)
}

/// Abandons a transition plan.
pub fn abandon_transition(
    tx: &mut Tx<'_>,
    id: TransitionPlanId,
    seen: &IfMatch,
    request: &TransitionEnd,
) -> Result<Recorded<TransitionPlan>> {
    let before = lock(tx, id, seen)?;
    let state = before.state.after(TransitionStep::Abandon)?;
    end(tx, &before, (state, "abandoned"), request)
}

fn end(
    tx: &mut Tx<'_>,
    before: &TransitionPlan,
    (state, event): (TransitionState, &str),
    request: &TransitionEnd,
) -> Result<Recorded<TransitionPlan>> {
    let earliest = before.agreed_on.unwrap_or(before.drafted_on);
    check_day(tx, "/ended_on", request.ended_on, earliest)?;
    let mut after = before.clone();
    after.state = state;
    after.ended_on = Some(request.ended_on);
    after.state_reason = Some(request.reason.clone());
    save(tx, event, before, after)
}
