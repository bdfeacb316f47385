//! Reviews that are taken over from elsewhere, many at a time.
use std::collections::HashMap;

use diesel::prelude::*;

use super::steps::{Held, called, held};
use crate::{
    care_plans::CarePlanId,
    children::{self, ChildId},
    insert_rows, overrides,
    placements::{CarePeriodId, CarePeriodState},
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
    },
    reviews::model::{ChildReview, PastReview, SealedColumns},
    schema::{care_periods, care_plans, reviews},
};

/// Takes over reviews that were held, all or none. Each is judged as if it had been called and held as it
/// was, and is one change.
pub fn take_over(tx: &mut Tx<'_>, past: &[PastReview]) -> Result<Recorded<Vec<ChildReview>>> {
    let children: Vec<ChildId> = past.iter().map(|past| past.child_id).collect();
    let locked = children::store::lock_together(tx, &children)?;
    check_of_children(tx.conn, past)?;
    let (mut all, mut stepped_over) = (Vec::new(), Vec::new());
    for past in past {
        let child = locked.get(&past.child_id).ok_or(Error::NotFound("child"))?;
        let called = called(tx, child, &past.review)?;
        let Held { review, overrides } = held(tx, child, &called, &past.holding)?;
        all.push(review);
        stepped_over.extend(overrides);
    }
    let mut rows = Vec::new();
    for review in &all {
        rows.push((review.clone(), SealedColumns::of(tx, review)?));
    }
    insert_rows!(reviews::table, tx.conn, rows);
    overrides::store::keep(tx, stepped_over)?;
    let mut made = Vec::new();
    for review in all {
        made.push(tx.created("taken_over", review)?);
    }
    Recorded::all(made).ok_or_else(|| Error::internal("no review was taken over"))
}

/// Refuses care periods and care plans of other children, as it is done when a review is called.
fn check_of_children(conn: &mut PgConnection, past: &[PastReview]) -> Result<()> {
    let asked: Vec<CarePeriodId> =
        past.iter().filter_map(|past| past.review.care_period_id).collect();
    let periods: Vec<(CarePeriodId, ChildId)> = care_periods::table
        .filter(care_periods::id.eq_any(asked))
        .filter(care_periods::state.ne(CarePeriodState::EnteredInError))
        .select((care_periods::id, care_periods::child_id))
        .load(conn)?;
    let periods: HashMap<_, _> = periods.into_iter().collect();
    let asked: Vec<CarePlanId> = past.iter().filter_map(|past| past.review.care_plan_id).collect();
    let plans: Vec<(CarePlanId, ChildId)> = care_plans::table
        .filter(care_plans::id.eq_any(asked))
        .select((care_plans::id, care_plans::child_id))
        .load(conn)?;
    let plans: HashMap<_, _> = plans.into_iter().collect();
    for past in past {
        let (child, review) = (Some(&past.child_id), &past.review);
        if review.care_period_id.is_some_and(|id| periods.get(&id) != child) {
            let detail = "is the id of no care period of the child";
            return Err(Error::value("/care_period_id", "unknown_reference", detail));
        }
        if review.care_plan_id.is_some_and(|id| plans.get(&id) != child) {
            let detail = "is the id of no care plan of the child";
            return Err(Error::value("/care_plan_id", "unknown_reference", detail));
        }
    }
    Ok(())
}
