//! The steps of a carer family.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::{add_state, approvals, lock_seen, save_progress};
use crate::{
    carers::model::{
        CarerFamily, CarerFamilyId, CarerStatePeriod, CarerStep, CarerStepRequest, not_future,
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        prepared,
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
    let state = before.state.after(step)?;
    let today = parameters::today(tx.conn, tx.now)?;
    check_day("/on", request.on, &before, today)?;
    match step {
        CarerStep::Revoke => end_approvals(tx, id, request.on, "revoked")?,
        CarerStep::Resign => end_approvals(tx, id, request.on, "resigned")?,
        CarerStep::Expire => refuse_unexpired(tx, id, request.on)?,
        CarerStep::Submit
        | CarerStep::BeginChecks
        | CarerStep::BeginHomeStudy
        | CarerStep::BeginTraining
        | CarerStep::ConvenePanel
        | CarerStep::Approve
        | CarerStep::Refuse
        | CarerStep::Appeal
        | CarerStep::Suspend
        | CarerStep::Reinstate
        | CarerStep::Close
        | CarerStep::Withdraw => {}
    }
    let mut after = before.clone();
    let next = CarerStatePeriod {
        state,
        valid_from: request.on,
        valid_to: None,
        reason: request.reason.clone(),
        decision_no: request.decision_no.clone(),
    };
    add_state(tx, &mut after, next)?;
    save_progress(tx, &mut after)?;
    tx.changed(step.event(), &before, after)
}

/// Steps follow one another in time, too.
pub(super) fn check_day(
    pointer: &str,
    day: NaiveDate,
    family: &CarerFamily,
    today: NaiveDate,
) -> Result<()> {
    not_future(pointer, day, today)?;
    if day >= family.state_since {
        return Ok(());
    }
    Err(Error::value(pointer, "out_of_order", "must not be before the family's last step"))
}

/// Ends what is in force or still to come; an approval that had not begun never holds.
fn end_approvals(tx: &mut Tx<'_>, id: CarerFamilyId, on: NaiveDate, reason: &str) -> Result<()> {
    for before in approvals(tx.conn, id)?.into_iter().filter(|approval| approval.end() > on) {
        let mut after = before.clone();
        after.ended_on = Some(on.max(before.valid_from));
        after.end_reason = Some(reason.to_owned());
        after.version += 1;
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

fn refuse_unexpired(tx: &mut Tx<'_>, id: CarerFamilyId, on: NaiveDate) -> Result<()> {
    if approvals(tx.conn, id)?.iter().all(|approval| approval.end() <= on) {
        return Ok(());
    }
    Err(Error::State("an approval of the family has not run out on that day".to_owned()))
}
