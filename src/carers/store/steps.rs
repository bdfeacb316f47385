//! The steps of a carer family.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::{add_state, approvals, lock_seen, save_progress};
use crate::{
    carers::model::{
        Approval, CarerFamily, CarerFamilyId, CarerStatePeriod, CarerStep, CarerStepRequest,
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        prepared,
        time::in_order,
        version::IfMatch,
    },
    reference::parameters,
    schema::carer_approvals,
};

/// Takes a step, if the family is still as the caller saw it. An approval is given by [`super::approve`].
pub fn take(
    tx: &mut Tx<'_>,
    id: CarerFamilyId,
    seen: &IfMatch,
    step: CarerStep,
    request: &CarerStepRequest,
) -> Result<Recorded<CarerFamily>> {
    let before = lock_seen(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let next = step_from(&before, step, request, today)?;
    if let Some(reason) = step.ends_approvals() {
        end_approvals(tx, id, request.on, reason)?;
    }
    if step == CarerStep::Expire {
        refuse_unexpired(&approvals(tx.conn, id)?, request.on)?;
    }
    let mut after = before.clone();
    add_state(tx, &mut after, next)?;
    save_progress(tx, &mut after)?;
    tx.changed(step.event(), &before, after)
}

/// Where a step leads to on a day; whatever else hangs on the step is the caller's.
pub(super) fn step_from(
    family: &CarerFamily,
    step: CarerStep,
    request: &CarerStepRequest,
    today: NaiveDate,
) -> Result<CarerStatePeriod> {
    let state = family.state.after(step)?;
    check_day("/on", request.on, family, today)?;
    Ok(CarerStatePeriod {
        state,
        valid_from: request.on,
        valid_to: None,
        reason: request.reason.clone(),
        decision_no: request.decision_no.clone(),
    })
}

/// Steps follow one another in time, too.
pub(super) fn check_day(
    pointer: &str,
    day: NaiveDate,
    family: &CarerFamily,
    today: NaiveDate,
) -> Result<()> {
    in_order(pointer, day, family.state_since, today)
}

/// Ends what is in force or still to come.
fn end_approvals(tx: &mut Tx<'_>, id: CarerFamilyId, on: NaiveDate, reason: &str) -> Result<()> {
    for before in approvals(tx.conn, id)? {
        let Some(after) = end_early(&before, on, reason) else { continue };
        prepared::update(carer_approvals::table.find(before.id))
            .set((
                carer_approvals::ended_on.eq(after.ended_on),
                carer_approvals::end_reason.eq(&after.end_reason),
                carer_approvals::version.eq(after.version),
            ))
            .execute(tx.conn)?;
        drop(tx.changed("ended", &before, after)?);
    }
    Ok(())
}

/// An approval that is in force or still to come, ended; one that had not begun never holds.
pub(super) fn end_early(before: &Approval, on: NaiveDate, reason: &str) -> Option<Approval> {
    (before.end() > on).then(|| Approval {
        ended_on: Some(on.max(before.valid_from)),
        end_reason: Some(reason.to_owned()),
        version: before.version + 1,
        ..before.clone()
    })
}

pub(super) fn refuse_unexpired(approvals: &[Approval], on: NaiveDate) -> Result<()> {
    if approvals.iter().all(|approval| approval.end() <= on) {
        return Ok(());
    }
    Err(Error::State("an approval of the family has not run out on that day".to_owned()))
}
