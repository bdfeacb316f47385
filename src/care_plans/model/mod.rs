//! What a care plan is, what it says, and its rules.
mod content;
mod plan;
mod requests;
mod state;

pub use content::{CarePlanContent, CarePlanGoal, CarePlanParticipant, GoalState, ParticipantRole};
pub use plan::{CarePlan, CarePlanId, CarePlanPage, SealedColumns};
pub use requests::{
    CarePlanApproval, CarePlanEnd, CarePlanReason, CarePlanSubmission, NewCarePlan, PastCarePlan,
};
pub use state::{CarePlanState, CarePlanStep};
