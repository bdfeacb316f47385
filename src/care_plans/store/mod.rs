//! Queries and changes of care plans. None opens a transaction, so any can be part of a larger one.
mod list;
mod past;
mod steps;

use diesel::{dsl::max, prelude::*};

pub use list::{CarePlanFilter, list, total};
pub use past::take_over;
pub use steps::{approve, complete, draft, revise, revoke, send_back, submit};

use super::model::{CarePlan, CarePlanId, CarePlanState, SealedColumns};
use crate::{
    children::{self, Child, ChildId},
    placements::CarePeriodId,
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        version::IfMatch,
    },
    schema::care_plans::{self, dsl},
};

/// One care plan.
pub fn find(conn: &mut PgConnection, id: CarePlanId) -> Result<CarePlan> {
    care_plans::table.find(id).select(CarePlan::as_select()).first(conn).found::<CarePlan>()
}

/// The plan that is active for a care period of a child, or for the child outside care.
pub fn active(
    conn: &mut PgConnection,
    child: ChildId,
    period: Option<CarePeriodId>,
) -> Result<Option<CarePlan>> {
    let mut query = care_plans::table
        .filter(dsl::child_id.eq(child).and(dsl::state.eq(CarePlanState::Active)))
        .into_boxed();
    query = match period {
        Some(period) => query.filter(dsl::care_period_id.eq(period)),
        None => query.filter(dsl::care_period_id.is_null()),
    };
    Ok(query.select(CarePlan::as_select()).first(conn).optional()?)
}

/// Numbers the plans of a locked child so many higher, or lower, so that they can stand beside those of another record.
/// Whoever does so says it of each.
pub fn renumber(tx: &mut Tx<'_>, child: ChildId, by: i32) -> Result<()> {
    let plans = care_plans::table.filter(dsl::child_id.eq(child)).select((dsl::id, dsl::number));
    let mut plans: Vec<(CarePlanId, i32)> = plans.order(dsl::number).load(tx.conn)?;
    // Each takes a number that is free by then.
    if by > 0 {
        plans.reverse();
    }
    for (id, number) in plans {
        let number = number.saturating_add(by);
        prepared::update(care_plans::table.find(id))
            .set(dsl::number.eq(number))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// The number of a child's last plan; none if it has no plan.
pub fn last_number(conn: &mut PgConnection, child: ChildId) -> Result<i32> {
    let of_child = care_plans::table.filter(dsl::child_id.eq(child));
    let last: Option<i32> = of_child.select(max(dsl::number)).first(conn)?;
    Ok(last.unwrap_or(0))
}

/// The number of a child's next plan.
fn next_number(tx: &mut Tx<'_>, child: ChildId) -> Result<i32> {
    Ok(last_number(tx.conn, child)?.saturating_add(1))
}

/// The child first, as for every change of what hangs on one, then the plan as it has become.
fn lock(tx: &mut Tx<'_>, id: CarePlanId, seen: &IfMatch) -> Result<(Child, CarePlan)> {
    let child = find(tx.conn, id)?.child_id;
    let locked = children::store::lock(tx, child);
    let child = locked.map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound("care_plan"),
        other => other,
    })?;
    let plan = find(tx.conn, id)?;
    seen.check(&plan)?;
    Ok((child, plan))
}

fn insert(tx: &mut Tx<'_>, event: &str, new: CarePlan) -> Result<Recorded<CarePlan>> {
    let sealed = SealedColumns::of(tx, &new)?;
    diesel::insert_into(care_plans::table).values((&new, sealed)).execute(tx.conn)?;
    tx.created(event, new)
}

/// Writes a plan whose row is covered by the child's lock; counts its version up.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &CarePlan,
    mut after: CarePlan,
) -> Result<Recorded<CarePlan>> {
    after.version = before.version + 1;
    let sealed = SealedColumns::of(tx, &after)?;
    prepared::update(care_plans::table.find(after.id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed(event, before, after)
}
