//! Queries and changes of transformation plans and transition plans. None opens a transaction, so any can
//! be part of a larger one.
mod list;
mod simulate;
mod steps;
mod transition_list;
mod transitions;

use diesel::{dsl::max, prelude::*};
use serde_json::Value;

pub use list::{TransformationPlanFilter, list, total};
pub use simulate::simulate;
pub use steps::{abandon, approve, complete, draft, reach_milestone, revise, start};
pub use transition_list::{TransitionPlanFilter, list_transitions, total_transitions};
pub use transitions::{
    abandon_transition, agree_transition, carry_out_transition, draft_transition, find_transition,
    revise_transition,
};

use super::model::{TransformationPlan, TransformationPlanId, TransformationState};
use crate::{
    facilities::{self, Facility, FacilityId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        version::IfMatch,
    },
    schema::transformation_plans::{self, dsl},
};

/// One transformation plan.
pub fn find(conn: &mut PgConnection, id: TransformationPlanId) -> Result<TransformationPlan> {
    transformation_plans::table
        .find(id)
        .select(TransformationPlan::as_select())
        .first(conn)
        .found::<TransformationPlan>()
}

/// The plan of a facility that is approved or in progress.
pub fn living(conn: &mut PgConnection, facility: FacilityId) -> Result<Option<TransformationPlan>> {
    let states = [TransformationState::Approved, TransformationState::InProgress];
    Ok(transformation_plans::table
        .filter(dsl::facility_id.eq(facility).and(dsl::state.eq_any(states)))
        .select(TransformationPlan::as_select())
        .first(conn)
        .optional()?)
}

/// The number of a facility's next plan.
fn next_number(tx: &mut Tx<'_>, facility: FacilityId) -> Result<i32> {
    let of_facility = transformation_plans::table.filter(dsl::facility_id.eq(facility));
    let last: Option<i32> = of_facility.select(max(dsl::number)).first(tx.conn)?;
    Ok(last.unwrap_or(0).saturating_add(1))
}

/// The facility first, which refuses whoever works elsewhere, then the plan as it has become.
fn lock(
    tx: &mut Tx<'_>,
    id: TransformationPlanId,
    seen: &IfMatch,
) -> Result<(Facility, TransformationPlan)> {
    let facility = find(tx.conn, id)?.facility_id;
    let facility = facilities::store::lock(tx, facility)?;
    let plan = find(tx.conn, id)?;
    seen.check(&plan)?;
    Ok((facility, plan))
}

/// The lists of a plan, as they are written beside its other columns.
fn lists(plan: &TransformationPlan) -> Result<(Value, Value)> {
    let json = |list: serde_json::Result<Value>| list.map_err(Error::internal);
    Ok((json(serde_json::to_value(&plan.targets))?, json(serde_json::to_value(&plan.milestones))?))
}

fn insert(
    tx: &mut Tx<'_>,
    event: &str,
    new: TransformationPlan,
) -> Result<Recorded<TransformationPlan>> {
    let (targets, milestones) = lists(&new)?;
    diesel::insert_into(transformation_plans::table)
        .values((&new, dsl::targets.eq(targets), dsl::milestones.eq(milestones)))
        .execute(tx.conn)?;
    tx.created(event, new)
}

/// Writes a plan whose row is covered by the facility's lock; counts its version up.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &TransformationPlan,
    mut after: TransformationPlan,
) -> Result<Recorded<TransformationPlan>> {
    after.version = before.version + 1;
    let (targets, milestones) = lists(&after)?;
    prepared::update(transformation_plans::table.find(after.id))
        .set((&after, dsl::targets.eq(targets), dsl::milestones.eq(milestones)))
        .execute(tx.conn)?;
    tx.changed(event, before, after)
}
