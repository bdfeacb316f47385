//! The steps of a case.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::{FIRST, come_into, find, lock, managers, open_of, refuse_second, save};
use crate::{
    alerts,
    cases::model::{
        Case, CaseClosing, CaseDuplicate, CaseId, CaseState, CaseStep, CaseStepRequest, CaseTakeUp,
    },
    children::{self, Child},
    families,
    placements::{CarePeriodId, CarePeriodState},
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        rule::Refusal,
        time::not_future,
        version::IfMatch,
    },
    reference::{code_lists, organisations::OrganisationId, parameters},
    schema::care_periods,
};

/// Why the manager of a case came that was transferred: a code of the list `worker_change`.
const TRANSFERRED: &str = "transfer_process";

/// Takes a step that takes no more than its day.
pub fn advance(
    tx: &mut Tx<'_>,
    id: CaseId,
    seen: &IfMatch,
    step: CaseStep,
    request: &CaseStepRequest,
) -> Result<Recorded<Case>> {
    let before = lock(tx, id, seen)?;
    let after = stepped(tx, &before, step, (request.on, request.reason.clone()))?;
    save(tx, step.event(), &before, after)
}

/// Closes a case, unless its child is in care or in a critical alert (CA-01).
pub fn close(
    tx: &mut Tx<'_>,
    id: CaseId,
    seen: &IfMatch,
    request: &CaseClosing,
) -> Result<Recorded<Case>> {
    let before = lock(tx, id, seen)?;
    let step = CaseStep::Close;
    let mut after = stepped(tx, &before, step, (request.on, request.reason.clone()))?;
    let today = parameters::today(tx.conn, tx.now)?;
    let reason = request.closure_reason.as_str();
    code_lists::check(tx.conn, "case_closure", "/closure_reason", reason, today)?;
    refuse_in_care(tx.conn, &before)?;
    refuse_critical(tx.conn, &before)?;
    after.closed_on = Some(request.on);
    after.closure_reason = Some(request.closure_reason.clone());
    managers::relieve(tx, &mut after, request.on)?;
    save(tx, step.event(), &before, after)
}

/// Refuses to close the case of a child who is in care (CA-01).
fn refuse_in_care(conn: &mut PgConnection, case: &Case) -> Result<()> {
    let Some(child) = case.child_id else { return Ok(()) };
    let open = care_periods::table
        .filter(care_periods::child_id.eq(child))
        .filter(care_periods::state.eq(CarePeriodState::Open));
    let open: Option<CarePeriodId> = open.select(care_periods::id).first(conn).optional()?;
    let Some(period) = open else { return Ok(()) };
    let detail = "the child is in care: the case is closed when care has ended";
    Err(Refusal::conflict("CA-01", detail).fact("care_period_id", period).into())
}

/// Refuses to close the case of a child about whom a critical alert has not ended (CA-01).
fn refuse_critical(conn: &mut PgConnection, case: &Case) -> Result<()> {
    let Some(child) = case.child_id else { return Ok(()) };
    let Some((alert, rule)) = alerts::store::critical_about(conn, child)? else { return Ok(()) };
    let detail = "a critical alert about the child has not ended: the case is closed when it has";
    let refusal = Refusal::conflict("CA-01", detail);
    Err(refusal.fact("alert_id", alert).fact("alert_rule", rule).into())
}

/// Works again on a case that was closed; whoever is responsible now is responsible for it.
pub fn reopen(
    tx: &mut Tx<'_>,
    id: CaseId,
    seen: &IfMatch,
    request: &CaseTakeUp,
) -> Result<Recorded<Case>> {
    let before = lock(tx, id, seen)?;
    let step = CaseStep::Reopen;
    let mut after = stepped(tx, &before, step, (request.on, request.reason.clone()))?;
    refuse_second(tx.conn, &before)?;
    after.organisation_id = responsible(tx.conn, &before)?;
    (after.closed_on, after.closure_reason) = (None, None);
    managers::put_in_charge(tx, &mut after, &request.manager, (request.on, FIRST))?;
    save(tx, step.event(), &before, after)
}

/// Who is responsible for the child or the family of a case.
fn responsible(conn: &mut PgConnection, case: &Case) -> Result<OrganisationId> {
    let now = match (case.child_id, case.family_id) {
        (Some(child), _) => children::store::find(conn, child)?.organisation_id,
        (None, Some(family)) => families::store::find(conn, family)?.organisation_id,
        (None, None) => None,
    };
    Ok(now.unwrap_or(case.organisation_id))
}

/// Takes up a case that was transferred, by naming who is in charge.
pub fn take_up(
    tx: &mut Tx<'_>,
    id: CaseId,
    seen: &IfMatch,
    request: &CaseTakeUp,
) -> Result<Recorded<Case>> {
    let before = lock(tx, id, seen)?;
    let step = CaseStep::TakeUp;
    let mut after = stepped(tx, &before, step, (request.on, request.reason.clone()))?;
    managers::put_in_charge(tx, &mut after, &request.manager, (request.on, TRANSFERRED))?;
    save(tx, step.event(), &before, after)
}

/// Records that another case goes on in the place of this one (CA-03).
pub fn mark_duplicate(
    tx: &mut Tx<'_>,
    id: CaseId,
    seen: &IfMatch,
    request: &CaseDuplicate,
) -> Result<Recorded<Case>> {
    let before = lock(tx, id, seen)?;
    let survivor = find(tx.conn, request.survivor_id).map_err(|error| match error {
        Error::NotFound(_) => {
            Error::value("/survivor_id", "unknown_reference", "is the id of no case")
        }
        other => other,
    })?;
    let same = (survivor.child_id, survivor.family_id) == (before.child_id, before.family_id);
    if !same || survivor.id == before.id || survivor.state == CaseState::Duplicate {
        let detail = "the case that goes on must be another one of the same child or family, and no duplicate";
        return Err(Refusal::conflict("CA-03", detail).at("/survivor_id").into());
    }
    let today = parameters::today(tx.conn, tx.now)?;
    let step = CaseStep::MarkDuplicate;
    let mut after = stepped(tx, &before, step, (today, Some(request.reason.clone())))?;
    after.survivor_id = Some(survivor.id);
    managers::relieve(tx, &mut after, today)?;
    save(tx, step.event(), &before, after)
}

/// Lets the open case of a child go with it to another organisation, which takes it up by naming a manager.
/// The child is locked.
pub fn follow(
    tx: &mut Tx<'_>,
    child: &Child,
    to: OrganisationId,
) -> Result<Option<Recorded<Case>>> {
    let of_child = open_of(Some(child.id), None).select(Case::as_select());
    let Some(before) = of_child.first(tx.conn).optional()? else { return Ok(None) };
    let today = parameters::today(tx.conn, tx.now)?;
    let step = CaseStep::Transfer;
    let mut after = stepped(tx, &before, step, (today, None))?;
    after.organisation_id = to;
    managers::relieve(tx, &mut after, today)?;
    save(tx, step.event(), &before, after).map(Some)
}

/// The case after a step on a day; whatever else hangs on the step is the caller's.
fn stepped(
    tx: &mut Tx<'_>,
    before: &Case,
    step: CaseStep,
    (on, reason): (NaiveDate, Option<String>),
) -> Result<Case> {
    let state = before.state.after(step)?;
    let today = parameters::today(tx.conn, tx.now)?;
    not_future("/on", on, today)?;
    let ends = !state.is_managed();
    let manager = before.managers.last().filter(|manager| ends && manager.valid_to.is_none());
    let first = manager.map_or(before.state_since, |it| it.valid_from.max(before.state_since));
    if on < first {
        let detail = "must not be before the last step, nor end the work of whoever is in charge before it began";
        return Err(Error::value("/on", "out_of_order", detail));
    }
    let mut after = before.clone();
    come_into(tx, &mut after, state, on)?;
    after.state_reason = reason;
    Ok(after)
}
