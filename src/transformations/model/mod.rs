//! What the transformation of an institution is: its plan, the plans of the children who live there, and
//! what a simulation of its closing says.
mod plan;
mod requests;
mod simulation;
mod state;
mod transition;
mod transition_requests;
mod transition_state;

pub use plan::{
    CapacityTarget, Milestone, TransformationPlan, TransformationPlanId, TransformationPlanPage,
};
pub use requests::{
    MilestoneReached, NewMilestone, NewTransformationPlan, TransformationApproval,
    TransformationEnd, TransformationStart,
};
pub use simulation::{ClosureChild, ClosureSimulation, ClosureSimulationRequest, ReturnGround};
pub use state::{TransformationState, TransformationStep};
pub use transition::{
    SealedColumns, TransitionContent, TransitionPlan, TransitionPlanId, TransitionPlanPage,
};
pub use transition_requests::{
    NewTransitionPlan, TransitionAgreement, TransitionEnd, TransitionRevision,
};
pub use transition_state::{TransitionState, TransitionStep};
