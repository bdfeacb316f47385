//! Writing how institutions are transformed: the plan by which one closes, and those of its children.
use chrono::{Datelike as _, NaiveDate};
use diesel::prelude::*;

use super::{Writer, lost};
use crate::{
    children::{self, ChildId, ChildViews},
    platform::{db::Tx, error::Result, version::IfMatch},
    reference::parameters,
    schema::{children as children_table, placements},
    seed::{dice::after, plan::Ix},
    transformations::{
        CapacityTarget, MilestoneReached, NewMilestone, NewTransformationPlan, NewTransitionPlan,
        TransformationApproval, TransformationEnd, TransformationPlan, TransformationStart,
        TransitionAgreement, TransitionContent, TransitionEnd, TransitionPlan, store,
    },
};

/// Where they go, in turn.
const DESTINATIONS: [&str; 5] =
    ["foster", "kinship", "foster", "reunification", "small_group_home"];

/// The plan of a facility that closes, and those of the children who live there.
pub(super) struct Leaving {
    plan: TransformationPlan,
    children: Vec<TransitionPlan>,
}

impl Writer<'_> {
    /// Plans how a facility closes, before it begins to.
    pub(super) fn transform(&mut self, tx: &mut Tx<'_>, facility: Ix, on: NaiveDate) -> Result<()> {
        let record = self.facilities.get(&facility).ok_or_else(|| lost("facility"))?;
        let today = parameters::today(tx.conn, tx.now)?;
        let new = NewTransformationPlan {
            target_model: "close".to_owned(),
            drafted_on: after(on, -40),
            targets: vec![CapacityTarget { on: after(on.max(today), 365), capacity: 0 }],
            admissions_stop_on: None,
            milestones: vec![NewMilestone {
                name: "Every child has an individual transition plan.".to_owned(),
                due_on: after(on, 60),
            }],
            budget_reinvestment: Some("Foster care allowances and services at home.".to_owned()),
        };
        let drafted = store::draft(tx, record.id, &new)?.into_value();
        let number = self.decision(on);
        let decision = TransformationApproval {
            approved_on: on,
            approved_by: self.country.national,
            decision_no: number,
        };
        let plan = store::approve(tx, drafted.id, &IfMatch::of(&drafted), &decision)?.into_value();
        let start = TransformationStart { started_on: on };
        let plan = store::start(tx, plan.id, &IfMatch::of(&plan), &start)?.into_value();
        let mut children = Vec::new();
        for child in self.living_in(facility) {
            children.push(self.transition(tx, &plan, child, on)?);
        }
        let reached = MilestoneReached { number: 1, reached_on: on };
        let seen = IfMatch::of(&plan);
        let plan = store::reach_milestone(tx, plan.id, &seen, &reached)?.into_value();
        self.leaving.insert(facility, Leaving { plan, children });
        Ok(())
    }

    /// Who lives in a facility, as the plan goes.
    fn living_in(&self, facility: Ix) -> Vec<Ix> {
        let record = self.facilities.get(&facility).map(|record| record.id);
        let there = self
            .placements
            .iter()
            .filter(|(_, placement)| record.is_some() && placement.provider.facility_id == record);
        let mut living: Vec<Ix> = there.map(|(child, _)| *child).collect();
        living.sort_unstable();
        living
    }

    fn transition(
        &mut self,
        tx: &mut Tx<'_>,
        plan: &TransformationPlan,
        child: Ix,
        on: NaiveDate,
    ) -> Result<TransitionPlan> {
        let destination = DESTINATIONS.get(child % DESTINATIONS.len()).copied().unwrap_or("foster");
        let born = self.plan.people.at(child).born;
        let speaks = on.year() - born.year() > 3;
        let said = |text: &str| Some(text.to_owned());
        let child_views = ChildViews {
            views: said("Would like to know the new home before the move.").filter(|_| speaks),
            method: said("Conversation.").filter(|_| speaks),
            none_because: said("The child does not speak yet.").filter(|_| !speaks),
        };
        let new = NewTransitionPlan {
            child_id: self.child(child)?,
            destination: destination.to_owned(),
            drafted_on: on,
            target_on: after(on, 150),
            content: TransitionContent {
                child_views,
                preparation: "Visits, then weekends there; the key worker comes along.".to_owned(),
                support: None,
            },
        };
        let drafted = store::draft_transition(tx, plan.id, &new)?.into_value();
        let home = self.plan.people.at(child).home;
        let agreement = TransitionAgreement { agreed_on: on, agreed_by: self.authority(home) };
        let seen = IfMatch::of(&drafted);
        Ok(store::agree_transition(tx, drafted.id, &seen, &agreement)?.into_value())
    }

    /// Plans for those who lived there as well when the registry began, before the facility closes.
    pub(super) fn plan_the_rest(
        &mut self,
        tx: &mut Tx<'_>,
        facility: Ix,
        on: NaiveDate,
    ) -> Result<()> {
        let record = self.facilities.get(&facility).ok_or_else(|| lost("facility"))?;
        let began = record.states.last().map(|period| period.valid_from);
        let Some(Leaving { plan, mut children }) = self.leaving.remove(&facility) else {
            return Ok(());
        };
        let planned: Vec<ChildId> = children.iter().map(|transition| transition.child_id).collect();
        let lived: Vec<ChildId> = placements::table
            .inner_join(children_table::table)
            .filter(placements::facility_id.eq(record.id))
            .filter(placements::state.eq("ended").and(placements::ended_on.gt(began)))
            .filter(children_table::death_date.is_null().and(children_table::adopted_on.is_null()))
            .filter(placements::child_id.ne_all(planned))
            .distinct()
            .select(placements::child_id)
            .load(tx.conn)?;
        let mut rest: Vec<Ix> = self
            .children
            .iter()
            .filter(|(_, id)| lived.contains(id))
            .map(|(child, _)| *child)
            .collect();
        rest.sort_unstable();
        for child in rest {
            children.push(self.transition(tx, &plan, child, on)?);
        }
        self.leaving.insert(facility, Leaving { plan, children });
        Ok(())
    }

    /// Says what became of the plans once the facility has closed.
    pub(super) fn transformed(
        &mut self,
        tx: &mut Tx<'_>,
        facility: Ix,
        on: NaiveDate,
    ) -> Result<()> {
        let Some(Leaving { plan, children }) = self.leaving.remove(&facility) else {
            return Ok(());
        };
        for transition in children {
            let seen = IfMatch::of(&transition);
            let end = |reason: &str| TransitionEnd { ended_on: on, reason: reason.to_owned() };
            let _ended = if has_died(tx, transition.child_id)? {
                let end = end("The child has died.");
                store::abandon_transition(tx, transition.id, &seen, &end)?
            } else {
                let end = end("The child lives elsewhere.");
                store::carry_out_transition(tx, transition.id, &seen, &end)?
            };
        }
        let end = TransformationEnd {
            ended_on: on,
            reason: "The institution has closed; all children live elsewhere.".to_owned(),
        };
        let _completed = store::complete(tx, plan.id, &IfMatch::of(&plan), &end)?;
        Ok(())
    }
}

fn has_died(tx: &mut Tx<'_>, child: ChildId) -> Result<bool> {
    Ok(children::store::find(tx.conn, child)?.death_date.is_some())
}
