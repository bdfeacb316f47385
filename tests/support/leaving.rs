//! Institutions that are transformed: requests for plans of facilities and of children, and made ones.
use kinstead::{
    children::ChildId,
    facilities::FacilityId,
    platform::version::IfMatch,
    transformations::{TransformationPlan, TransformationState, TransitionPlan, store},
};
use serde_json::{Value, json};

use super::{Country, body};

/// A plan by which a facility closes until 2031.
pub fn transformation(drafted_on: &str) -> Value {
    json!({
        "target_model": "close", "drafted_on": drafted_on,
        "targets": [{"on": "2030-06-01", "capacity": 2}, {"on": "2031-01-01", "capacity": 0}],
        "milestones": [{"name": "Every child has a plan.", "due_on": "2030-03-01"}],
        "budget_reinvestment": "Foster care allowances.",
    })
}

/// A plan of a child who is to live with a foster family.
pub fn transition(child: ChildId, drafted_on: &str) -> Value {
    json!({
        "child_id": child, "destination": "foster", "drafted_on": drafted_on, "target_on": "2030-01-01",
        "content": {"child_views": {"views": "Wants a garden."}, "preparation": "Weekends with the family."},
    })
}

impl Country {
    /// A plan of the facility that was approved on this day.
    pub fn transform(&mut self, facility: FacilityId, on: &str) -> TransformationPlan {
        let new = transformation(on);
        let plan = self.change(|tx| store::draft(tx, facility, &body(new.clone()))).unwrap();
        let decision =
            json!({"approved_on": on, "approved_by": self.authority, "decision_no": "550-1/26"});
        let seen = IfMatch::of(&plan);
        let decided = self.change(|tx| store::approve(tx, plan.id, &seen, &body(decision.clone())));
        let decided = decided.unwrap();
        assert_eq!(decided.state, TransformationState::Approved);
        decided
    }

    /// A draft of a plan for this child.
    pub fn transition(
        &mut self,
        plan: &TransformationPlan,
        child: ChildId,
        on: &str,
    ) -> TransitionPlan {
        let new = transition(child, on);
        self.change(|tx| store::draft_transition(tx, plan.id, &body(new.clone()))).unwrap()
    }

    /// Agrees to a plan of a child.
    pub fn agree(&mut self, plan: &TransitionPlan, on: &str) -> TransitionPlan {
        let request = json!({"agreed_on": on, "agreed_by": self.authority});
        let seen = IfMatch::of(plan);
        self.change(|tx| store::agree_transition(tx, plan.id, &seen, &body(request.clone())))
            .unwrap()
    }

    /// Abandons both today.
    pub fn give_up(&mut self, plan: &TransformationPlan, transition: &TransitionPlan) {
        let end = json!({"ended_on": "2026-11-22", "reason": "Nobody agrees any more."});
        let seen = IfMatch::of(transition);
        let done = self
            .change(|tx| store::abandon_transition(tx, transition.id, &seen, &body(end.clone())));
        done.unwrap();
        let seen = IfMatch::of(plan);
        self.change(|tx| store::abandon(tx, plan.id, &seen, &body(end.clone()))).unwrap();
    }
}
