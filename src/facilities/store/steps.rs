//! Steps of a facility: registration, measures, closing.
use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::{closing, lock, save};
use crate::{
    facilities::model::{
        Facility, FacilityId, FacilityRegistration, FacilityState, FacilityStep,
        FacilityStepRequest, Registration, StatePeriod,
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        rule::Refusal,
        time::not_future,
        version::IfMatch,
    },
    reference::{organisations, parameters},
    schema::{facility_registrations, facility_states},
};

/// Takes a step, except for the registration itself: [`register`].
pub fn take_step(
    tx: &mut Tx<'_>,
    id: FacilityId,
    seen: &IfMatch,
    step: FacilityStep,
    request: &FacilityStepRequest,
) -> Result<Recorded<Facility>> {
    let before = lock(tx, id)?;
    seen.check(&before)?;
    let mut after = moved(tx, &before, step, request)?;
    match step {
        FacilityStep::Expire => refuse_valid(&before, request.on)?,
        FacilityStep::Revoke => revoke(tx, &mut after, request.on)?,
        FacilityStep::BeginClosing => closing::refuse_without_plan(tx, id, request.on)?,
        FacilityStep::Close => {
            closing::refuse_inhabited(tx, id, request.on)?;
            closing::refuse_unplanned(tx, &before, request.on)?;
            after.closed_on = Some(request.on);
        }
        FacilityStep::Register => {
            return Err(Error::internal("a registration has terms: use register"));
        }
        FacilityStep::Inspect
        | FacilityStep::ImposeConditions
        | FacilityStep::StopAdmissions
        | FacilityStep::Suspend
        | FacilityStep::Restore => {}
    }
    save(tx, step.event(), &before, after)
}

/// Registers a facility, or renews its registration.
pub fn register(
    tx: &mut Tx<'_>,
    id: FacilityId,
    seen: &IfMatch,
    new: &FacilityRegistration,
) -> Result<Recorded<Facility>> {
    let before = lock(tx, id)?;
    seen.check(&before)?;
    let request = FacilityStepRequest {
        on: new.on,
        reason: new.reason.clone(),
        decision_no: new.decision_no.clone(),
    };
    let mut after = moved(tx, &before, FacilityStep::Register, &request)?;
    let registration = Registration {
        id: Uuid::now_v7(),
        number: new.number.clone(),
        granted_by: new.granted_by,
        valid_from: new.valid_from.unwrap_or(new.on),
        valid_to: new.valid_to,
        revoked_on: None,
        conditions: new.conditions.clone(),
        decision_no: new.decision_no.clone(),
    };
    check_registration(tx, &before, &registration)?;
    diesel::insert_into(facility_registrations::table)
        .values((facility_registrations::facility_id.eq(id), &registration))
        .execute(tx.conn)?;
    after.registrations.push(registration);
    after.registrations.sort_by_key(|registration| registration.valid_from);
    save(tx, FacilityStep::Register.event(), &before, after)
}

fn check_registration(tx: &mut Tx<'_>, before: &Facility, new: &Registration) -> Result<()> {
    organisations::store::check(tx.conn, "/granted_by", new.granted_by)?;
    if let Some(valid_to) = new.valid_to
        && valid_to <= new.valid_from
    {
        return Err(Error::value("/valid_to", "out_of_order", "must be after valid_from"));
    }
    let other =
        before.registrations.iter().find(|other| other.overlaps(new.valid_from, new.valid_to));
    other.map_or(Ok(()), |other| {
        let detail = "the facility has a registration for some of these days already: a renewal \
                      begins when it ends";
        let refusal = Refusal::conflict("FA-01", detail).fact("valid_from", other.valid_from);
        Err(other.ends_on().map_or(refusal.clone(), |end| refusal.fact("valid_to", end)).into())
    })
}

/// The facility after the step: its state and the history of its states, nothing else.
fn moved(
    tx: &mut Tx<'_>,
    before: &Facility,
    step: FacilityStep,
    request: &FacilityStepRequest,
) -> Result<Facility> {
    let mut after = before.clone();
    after.state = before.state.after(step)?;
    not_future("/on", request.on, parameters::today(tx.conn, tx.now)?)?;
    if after.state == before.state {
        return Ok(after);
    }
    if let Some(last) = after.states.last_mut() {
        if request.on < last.valid_from {
            let detail = "must not be before the day of the step before";
            return Err(Error::value("/on", "out_of_order", detail));
        }
        last.valid_to = Some(request.on);
        diesel::update(facility_states::table.find(last.id))
            .set(facility_states::valid_to.eq(last.valid_to))
            .execute(tx.conn)?;
    }
    let period = StatePeriod {
        reason: request.reason.clone(),
        decision_no: request.decision_no.clone(),
        ..StatePeriod::begin(after.state, request.on)
    };
    add_period(tx, before.id, &period)?;
    after.states.push(period);
    Ok(after)
}

pub(super) fn add_period(tx: &mut Tx<'_>, id: FacilityId, period: &StatePeriod) -> Result<()> {
    diesel::insert_into(facility_states::table)
        .values((facility_states::facility_id.eq(id), period))
        .execute(tx.conn)?;
    Ok(())
}

/// A registration expires by itself: nobody ends one early under that name.
fn refuse_valid(facility: &Facility, on: NaiveDate) -> Result<()> {
    if facility.registrations.iter().any(|registration| registration.covers(on)) {
        return Err(Error::State("the registration is still valid on that day".to_owned()));
    }
    Ok(())
}

/// Ends every registration that would hold on that day or later.
fn revoke(tx: &mut Tx<'_>, after: &mut Facility, on: NaiveDate) -> Result<()> {
    let holds = |registration: &Registration| registration.ends_on().is_none_or(|end| end > on);
    for registration in after.registrations.iter_mut().filter(|it| holds(it)) {
        registration.revoked_on = Some(on.max(registration.valid_from));
        diesel::update(facility_registrations::table.find(registration.id))
            .set(facility_registrations::revoked_on.eq(registration.revoked_on))
            .execute(tx.conn)?;
    }
    Ok(())
}

impl StatePeriod {
    pub(super) fn begin(state: FacilityState, on: NaiveDate) -> Self {
        Self {
            id: Uuid::now_v7(),
            state,
            valid_from: on,
            valid_to: None,
            reason: None,
            decision_no: None,
        }
    }
}

impl FacilityStep {
    /// What the journal calls the step.
    const fn event(self) -> &'static str {
        match self {
            Self::Inspect => "inspected",
            Self::Register => "registered",
            Self::ImposeConditions => "conditions_imposed",
            Self::StopAdmissions => "admissions_stopped",
            Self::Suspend => "suspended",
            Self::Restore => "restored",
            Self::Revoke => "revoked",
            Self::Expire => "expired",
            Self::BeginClosing => "closing_begun",
            Self::Close => "closed",
        }
    }
}
