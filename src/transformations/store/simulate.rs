//! Where everybody could go who lives in a facility, if it closed on a day. Nothing is written, and nothing is
//! locked.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use crate::{
    assessments::{AssessmentId, AssessmentOutcome, AssessmentState},
    care_plans::{CarePlanId, CarePlanState},
    children::ChildId,
    facilities::{self, FacilityId},
    placements::store::{Leaving, next_homes},
    platform::{
        db::Tx,
        error::{Error, Result},
    },
    reference::{code_lists::Codes, parameters},
    schema::{assessments, care_plans, placements},
    transformations::model::{
        ClosureChild, ClosureSimulation, ClosureSimulationRequest, ReturnGround,
    },
};

/// Says for each child who lives there which homes are an option, and which is left for it.
pub fn simulate(
    tx: &mut Tx<'_>,
    id: FacilityId,
    request: &ClosureSimulationRequest,
) -> Result<ClosureSimulation> {
    let facility = facilities::store::find(tx.conn, id)?;
    facilities::store::place(tx, &facility)?;
    let on = request.on;
    if on < parameters::today(tx.conn, tx.now)? {
        return Err(Error::value("/on", "past_date", "must not lie in the past"));
    }
    let living_there = facilities::store::living_there(tx.conn, &[id], on)?;
    let children = living(tx.conn, id, on)?;
    let mut grounds = grounds(tx.conn, &children, on)?;
    let going_home: BTreeSet<ChildId> = grounds.keys().copied().collect();
    let leaving = Leaving { facility: id, on, children: &children, going_home: &going_home };
    let homes = next_homes(tx.conn, &leaving)?;
    let child = homes.into_iter().map(|homes| ClosureChild {
        child_id: homes.child_id,
        return_ground: grounds.remove(&homes.child_id),
        options: homes.options,
        proposed: homes.proposed,
        parts_siblings: homes.parts_siblings,
        none_because: homes.none_because,
    });
    let children: Vec<ClosureChild> = child.collect();
    let living_there = living_there.get(&id).copied().unwrap_or_default();
    Ok(ClosureSimulation::of(id, on, living_there, children))
}

/// Those who live there on that day, as far as the caller may know of them.
fn living(conn: &mut PgConnection, id: FacilityId, on: NaiveDate) -> Result<Vec<ChildId>> {
    Ok(placements::table
        .filter(placements::facility_id.eq(id))
        .filter(placements::state.eq_any(["active", "ended"]))
        .filter(placements::started_on.le(on))
        .filter(placements::ended_on.is_null().or(placements::ended_on.gt(on)))
        .order(placements::child_id)
        .select(placements::child_id)
        .load(conn)?)
}

/// Why these children could return to their families: those who could not are left out.
fn grounds(
    conn: &mut PgConnection,
    ids: &[ChildId],
    on: NaiveDate,
) -> Result<BTreeMap<ChildId, ReturnGround>> {
    let codes = Codes::read(conn, &["permanency_goal", "recommendation"])?;
    let goals = codes.with("permanency_goal", "reunification", &json!(true));
    let plans: Vec<(ChildId, CarePlanId)> = care_plans::table
        .filter(care_plans::child_id.eq_any(ids))
        .filter(care_plans::state.eq(CarePlanState::Active))
        .filter(
            care_plans::permanency_goal
                .eq_any(&goals)
                .or(care_plans::parallel_goal.eq_any(&goals).assume_not_null()),
        )
        .order((care_plans::child_id, care_plans::number))
        .select((care_plans::child_id, care_plans::id))
        .load(conn)?;
    // The latest decision counts: what was recommended before it does not.
    let decided: Vec<(ChildId, AssessmentId, Option<String>)> = assessments::table
        .filter(assessments::child_id.eq_any(ids))
        .filter(assessments::state.eq(AssessmentState::Decided))
        .filter(
            assessments::outcome.eq_any([AssessmentOutcome::Approved, AssessmentOutcome::Modified]),
        )
        .filter(assessments::valid_until.gt(on))
        .distinct_on(assessments::child_id)
        .order((assessments::child_id, assessments::decided_on.desc(), assessments::id.desc()))
        .select((assessments::child_id, assessments::id, assessments::recommendation))
        .load(conn)?;
    let mut grounds: BTreeMap<ChildId, ReturnGround> = BTreeMap::new();
    for (child, plan) in plans {
        ground(&mut grounds, child).care_plan_id = Some(plan);
    }
    for (child, assessment, recommended) in decided {
        if recommended.is_some_and(|it| codes.has("recommendation", &it, "returns", &json!(true))) {
            ground(&mut grounds, child).assessment_id = Some(assessment);
        }
    }
    Ok(grounds)
}

fn ground(grounds: &mut BTreeMap<ChildId, ReturnGround>, child: ChildId) -> &mut ReturnGround {
    let none = ReturnGround { care_plan_id: None, assessment_id: None };
    grounds.entry(child).or_insert(none)
}
