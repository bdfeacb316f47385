//! The facts about every facility that is transformed: its living plan, and those of its children.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::{dsl::count_star, prelude::*};
use serde_json::Value;
use uuid::Uuid;

use super::homes::KnownFacilities;
use crate::{
    placements::PlacementState,
    platform::error::{Error, Result},
    rules::deadlines::TransformationFacts,
    schema::{placements, transformation_plans as plans, transition_plans as transitions},
    transformations::{CapacityTarget, Milestone, TransformationState, TransitionState},
};

/// What is to be carried out still.
const LIVING: [TransformationState; 2] =
    [TransformationState::Approved, TransformationState::InProgress];
const UNDER_WAY: [TransitionState; 2] = [TransitionState::Drafted, TransitionState::Agreed];

/// Adds what is known of the transformation of each of these.
pub fn add(conn: &mut PgConnection, known: &mut KnownFacilities) -> Result<()> {
    let rows: Vec<(Uuid, Uuid, Value, Value)> = plans::table
        .filter(plans::state.eq_any(LIVING))
        .select((plans::facility_id, plans::id, plans::targets, plans::milestones))
        .load(conn)?;
    if rows.is_empty() {
        return Ok(());
    }
    let facilities: Vec<Uuid> = rows.iter().map(|(facility, ..)| *facility).collect();
    let ids: Vec<Uuid> = rows.iter().map(|(_, id, ..)| *id).collect();
    let living = living(conn, &facilities)?;
    for (facility, id, targets, milestones) in rows {
        let children = living.get(&facility).copied().unwrap_or_default();
        if let Some((_, facts)) = known.get_mut(&facility) {
            let targets = targets_of(targets)?;
            let milestones = milestones_of(milestones)?;
            facts.transformation = Some(TransformationFacts { id, children, targets, milestones });
        }
    }
    let rows: Vec<(Uuid, Uuid, NaiveDate)> = transitions::table
        .filter(transitions::transformation_plan_id.eq_any(ids))
        .filter(transitions::state.eq_any(UNDER_WAY))
        .order(transitions::id)
        .select((transitions::facility_id, transitions::id, transitions::target_on))
        .load(conn)?;
    for (facility, id, target_on) in rows {
        if let Some((_, facts)) = known.get_mut(&facility) {
            facts.transitions.push((id, target_on));
        }
    }
    Ok(())
}

/// How many children live in each of these today.
fn living(conn: &mut PgConnection, facilities: &[Uuid]) -> Result<BTreeMap<Uuid, u32>> {
    let rows: Vec<(Uuid, i64)> = placements::table
        .filter(placements::facility_id.eq_any(facilities))
        .filter(placements::state.eq(PlacementState::Active))
        .group_by(placements::facility_id)
        .select((placements::facility_id.assume_not_null(), count_star()))
        .load(conn)?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(rows.into_iter().map(|(facility, count)| (facility, number(count))).collect())
}

fn targets_of(stored: Value) -> Result<Vec<(NaiveDate, u32)>> {
    let targets: Vec<CapacityTarget> = serde_json::from_value(stored).map_err(Error::internal)?;
    let most = |target: &CapacityTarget| u32::try_from(target.capacity).unwrap_or_default();
    Ok(targets.iter().map(|target| (target.on, most(target))).collect())
}

/// The days of what is not done yet.
fn milestones_of(stored: Value) -> Result<Vec<NaiveDate>> {
    let milestones: Vec<Milestone> = serde_json::from_value(stored).map_err(Error::internal)?;
    let open = milestones.into_iter().filter(|milestone| milestone.reached_on.is_none());
    Ok(open.map(|milestone| milestone.due_on).collect())
}
