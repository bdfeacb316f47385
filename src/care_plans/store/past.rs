//! Care plans that are taken over from elsewhere, many at a time.
use std::collections::HashMap;

use diesel::prelude::*;

use super::steps::{approved, drafted, submitted, unknown_period};
use crate::{
    care_plans::model::{CarePlan, CarePlanState, CarePlanStep, PastCarePlan, SealedColumns},
    children::{self, ChildId},
    insert_rows,
    placements::{CarePeriodId, CarePeriodState},
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
    },
    schema::{
        care_periods,
        care_plans::{self, dsl},
    },
};

/// Takes over plans that are active, of children whose care goes on, all or none. The steps of each are
/// judged as if they had been recorded on their days, and are one change.
pub fn take_over(tx: &mut Tx<'_>, past: &[PastCarePlan]) -> Result<Recorded<Vec<CarePlan>>> {
    let children: Vec<ChildId> = past.iter().map(|past| past.child_id).collect();
    let locked = children::store::lock_together(tx, &children)?;
    let periods = open_periods(tx.conn, &children)?;
    let mut known = numbers(tx.conn, &children)?;
    let mut all: Vec<CarePlan> = Vec::new();
    for past in past {
        let unknown = || Error::NotFound("child");
        let child = locked.get(&past.child_id).ok_or_else(unknown)?;
        let open = periods.get(&past.child_id).copied();
        if past.plan.care_period_id != open {
            return Err(unknown_period());
        }
        let (number, active) = known.entry(past.child_id).or_default();
        if *active {
            return Err(Error::State("the child has an active plan already".to_owned()));
        }
        (*number, *active) = (number.saturating_add(1), true);
        let draft = drafted(tx, child, &past.plan, *number)?;
        let submitted = submitted(tx, &draft, &past.submission)?;
        let mut plan = approved(tx, &submitted, &past.approval)?;
        plan.state = plan.state.after(CarePlanStep::Activate)?;
        all.push(plan);
    }
    let mut rows = Vec::new();
    for plan in &all {
        rows.push((plan.clone(), SealedColumns::of(tx, plan)?));
    }
    insert_rows!(care_plans::table, tx.conn, rows);
    let mut made = Vec::new();
    for plan in all {
        made.push(tx.created("taken_over", plan)?);
    }
    Recorded::all(made).ok_or_else(|| Error::internal("no plan was taken over"))
}

/// The care periods of these children that are open.
fn open_periods(
    conn: &mut PgConnection,
    children: &[ChildId],
) -> Result<HashMap<ChildId, CarePeriodId>> {
    let open: Vec<(ChildId, CarePeriodId)> = care_periods::table
        .filter(care_periods::child_id.eq_any(children))
        .filter(care_periods::state.eq(CarePeriodState::Open))
        .select((care_periods::child_id, care_periods::id))
        .load(conn)?;
    Ok(open.into_iter().collect())
}

/// The number of each child's last plan, and whether one of its plans is active.
fn numbers(conn: &mut PgConnection, children: &[ChildId]) -> Result<HashMap<ChildId, (i32, bool)>> {
    let plans: Vec<(ChildId, i32, CarePlanState)> = care_plans::table
        .filter(dsl::child_id.eq_any(children))
        .select((dsl::child_id, dsl::number, dsl::state))
        .load(conn)?;
    let mut known: HashMap<ChildId, (i32, bool)> = HashMap::new();
    for (child, number, state) in plans {
        let (last, active) = known.entry(child).or_default();
        *last = number.max(*last);
        *active |= state == CarePlanState::Active;
    }
    Ok(known)
}
