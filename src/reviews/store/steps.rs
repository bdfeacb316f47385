//! The steps of a review.
use chrono::NaiveDate;
use serde_json::Value;

use super::{insert, lock, save};
use crate::{
    care_plans,
    children::{self, Child, ChildId},
    overrides::{self, Judged, Override, store::Subject},
    placements::{self, CarePeriodState},
    platform::{
        db::Tx,
        error::{Error, Result},
        id::Kind as _,
        journal::Recorded,
        rule::Refusal,
        time::{add_months, not_future},
        version::IfMatch,
    },
    reference::{code_lists, organisations, parameters, rules::store::book},
    reviews::model::{
        ChildReview, ChildReviewState, NewReview, ReviewAnnulment, ReviewCancellation, ReviewChair,
        ReviewHolding, ReviewId, ReviewStep,
        rules::{self, Ages},
    },
    rules::reviewing::{self, Chair},
};

/// The parameter that says after how many months the next review is due.
const INTERVAL: &str = "review_interval_months";
/// The outcome after which there is no next one: a code of the list `review_outcome`.
const LAST: &str = "end_care";

/// Calls a review of a child, to be held by a day.
pub fn call(tx: &mut Tx<'_>, child: ChildId, new: &NewReview) -> Result<Recorded<ChildReview>> {
    let child = children::store::lock(tx, child)?;
    let review = called(tx, &child, new)?;
    check_of_child(tx, &child, new)?;
    insert(tx, "called", review)
}

/// The review that is called, if nothing but what it looks at speaks against it.
pub(super) fn called(tx: &mut Tx<'_>, child: &Child, new: &NewReview) -> Result<ChildReview> {
    let today = parameters::today(tx.conn, tx.now)?;
    code_lists::check(tx.conn, "review_kind", "/kind", &new.kind, today)?;
    Ok(ChildReview {
        id: ReviewId::generate(),
        child_id: child.id,
        care_period_id: new.care_period_id,
        care_plan_id: new.care_plan_id,
        kind: new.kind.clone(),
        state: ChildReviewState::Due,
        due_on: new.due_on,
        held_on: None,
        participation: None,
        outcome: None,
        minutes: None,
        next_due_on: None,
        overdue_days: None,
        state_reason: None,
        version: 1,
    })
}

/// Refuses a care period and a care plan of another child.
fn check_of_child(tx: &mut Tx<'_>, child: &Child, new: &NewReview) -> Result<()> {
    if let Some(id) = new.care_period_id {
        let found = known(placements::store::find_period(tx.conn, id))?;
        let real = found.is_some_and(|period| {
            period.child_id == child.id && period.state != CarePeriodState::EnteredInError
        });
        if !real {
            let detail = "is the id of no care period of the child";
            return Err(Error::value("/care_period_id", "unknown_reference", detail));
        }
    }
    if let Some(id) = new.care_plan_id {
        let found = known(care_plans::store::find(tx.conn, id))?;
        if found.is_none_or(|plan| plan.child_id != child.id) {
            let detail = "is the id of no care plan of the child";
            return Err(Error::value("/care_plan_id", "unknown_reference", detail));
        }
    }
    Ok(())
}

/// What was found, if it is there.
fn known<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Err(Error::NotFound(_)) => Ok(None),
        found => found.map(Some),
    }
}

/// PL-07: after death or final adoption nothing is reviewed.
fn check_alive(child: &Child, day: NaiveDate) -> Result<()> {
    if child.death_date.into_iter().chain(child.adopted_on).any(|end| end <= day) {
        let detail = "after a child's death or final adoption no review is held";
        return Err(Refusal::conflict("PL-07", detail).into());
    }
    Ok(())
}

/// Records what a review came to.
pub fn hold(
    tx: &mut Tx<'_>,
    id: ReviewId,
    seen: &IfMatch,
    request: &ReviewHolding,
) -> Result<Recorded<ChildReview>> {
    let (child, before) = lock(tx, id, seen)?;
    let Held { review, overrides } = held(tx, &child, &before, request)?;
    let saved = save(tx, "held", &before, review)?;
    overrides::store::keep(tx, overrides)?;
    Ok(saved)
}

/// A review as it was held.
pub(super) struct Held {
    pub review: ChildReview,
    /// What was stepped over.
    pub overrides: Vec<Override>,
}

/// The review as it was held, if nothing speaks against it.
pub(super) fn held(
    tx: &mut Tx<'_>,
    child: &Child,
    before: &ChildReview,
    request: &ReviewHolding,
) -> Result<Held> {
    let mut after = before.clone();
    after.state = before.state.after(ReviewStep::Hold)?;
    let (today, on) = (parameters::today(tx.conn, tx.now)?, request.held_on);
    not_future("/held_on", on, today)?;
    check_alive(child, on)?;
    code_lists::check(tx.conn, "review_outcome", "/outcome", &request.outcome, today)?;
    let ages = ages(tx, &request.participation, today)?;
    rules::check_participation(ages, child.birth_date, on)?;
    request.minutes.child_views.check("/minutes/child_views")?;
    if let Some(organisation) = request.minutes.chair.organisation_id {
        organisations::store::check(tx.conn, "/minutes/chair/organisation_id", organisation)?;
    }
    let overrides = check_chair(tx, before, request)?;
    after.next_due_on = next_due_on(tx, request)?;
    after.held_on = Some(on);
    after.participation = Some(request.participation.clone());
    after.outcome = Some(request.outcome.clone());
    after.minutes = Some(request.minutes.clone());
    let late = (on - before.due_on).num_days().max(0);
    after.overdue_days = Some(i32::try_from(late).unwrap_or(i32::MAX));
    Ok(Held { review: after, overrides })
}

/// RV-02: who led it is judged by the rule as it held that day, unless that is stepped over.
fn check_chair(
    tx: &mut Tx<'_>,
    review: &ChildReview,
    request: &ReviewHolding,
) -> Result<Vec<Override>> {
    let ReviewChair { qualified, case_manager, .. } = request.minutes.chair;
    let book = book(tx.conn, request.held_on, reviewing::RULES, &[])?;
    let findings = reviewing::judge(Chair { qualified, case_manager }, &book);
    let mut judged = Judged { findings, book };
    let (kind, id, child) = (ChildReview::NAME, review.id.untyped(), review.child_id);
    let subject = Subject { kind, id, child, day: request.held_on };
    let overrides = judged.weigh(tx, subject, &request.overrides)?;
    judged.refuse()?;
    Ok(overrides)
}

/// The ages that a way of taking part is for; 422 at `/participation` if there is no such way.
fn ages(tx: &mut Tx<'_>, code: &str, today: NaiveDate) -> Result<Ages> {
    let (list, pointer) = ("participation", "/participation");
    let attributes = code_lists::store::attributes(tx.conn, list, pointer, code, today)?;
    let years = |name: &str| {
        let years = attributes.get(name).and_then(Value::as_u64);
        years.and_then(|years| u32::try_from(years).ok())
    };
    Ok(Ages { min: years("min_age"), max: years("max_age") })
}

/// The day by which the next one is due: as it was said, or by the parameter of the day.
fn next_due_on(tx: &mut Tx<'_>, request: &ReviewHolding) -> Result<Option<NaiveDate>> {
    match request.next_due_on {
        Some(day) if day <= request.held_on => {
            Err(Error::value("/next_due_on", "out_of_order", "must lie after held_on"))
        }
        Some(day) => Ok(Some(day)),
        None if request.outcome == LAST => Ok(None),
        None => {
            let months = parameters::integer(tx.conn, INTERVAL, request.held_on)?;
            Ok(Some(add_months(request.held_on, u32::try_from(months).unwrap_or(0))))
        }
    }
}

/// Cancels a review that is not held.
pub fn cancel(
    tx: &mut Tx<'_>,
    id: ReviewId,
    seen: &IfMatch,
    request: &ReviewCancellation,
) -> Result<Recorded<ChildReview>> {
    let (_, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(ReviewStep::Cancel)?;
    after.state_reason = Some(request.reason.clone());
    save(tx, "cancelled", &before, after)
}

/// Takes back a review that was entered in error.
pub fn annul(
    tx: &mut Tx<'_>,
    id: ReviewId,
    seen: &IfMatch,
    request: &ReviewAnnulment,
) -> Result<Recorded<ChildReview>> {
    let (_, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(ReviewStep::Annul)?;
    after.state_reason = Some(request.reason.clone());
    save(tx, "annulled", &before, after)
}
