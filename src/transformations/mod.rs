//! The transformation of institutions: into what, by when, and where each child goes.
//!
//! ```text
//!           approve          start               complete
//!  drafted ─────────▶ approved ─────▶ in_progress ────────▶ completed
//!   ▲ │                               ▲ │
//!   └─┘ revise                        └─┘ reach_milestone
//! ```
//!
//! A plan is abandoned, with a reason, from every state before an end. A child's transition plan goes from
//! drafted over agreed to carried out, or is abandoned.
//!
//! What holds:
//! * `FA-07`: a facility has at most one plan that is approved or in progress: by a unique index, and judged
//!   under the facility's lock.
//! * Targets lie ahead, in order, and never grow; that of a facility that closes ends at 0. How many
//!   children lived there at the approval is counted.
//! * From `admissions_stop_on` on nobody is placed there (`PL-13`), from the approval until the plan ends:
//!   the facility's own [`crate::facilities::AdmissionsStop`].
//! * `FA-08`: a child has at most one transition plan out of a facility that is drafted or agreed.
//! * `FA-05`, judged by `facilities`: a facility closes when everybody who lived there has one that was agreed.
//! * `FA-09` to `FA-11` alert where a target, a milestone or a child's day is missed: `crate::rules::deadlines`.
//! * `RV-06`: the child's views are recorded, or the reason why there are none.
//!
//! [`store::simulate`] says where everybody could go who lives in a facility, and writes nothing.
//!
//! A step of a transformation plan locks the facility first, that of a transition plan the child and then
//! the facility.
mod model;
mod routes;
pub mod store;

pub use model::{
    CapacityTarget, Milestone, MilestoneReached, NewMilestone, NewTransformationPlan,
    NewTransitionPlan, TransformationApproval, TransformationEnd, TransformationPlan,
    TransformationPlanId, TransformationStart, TransformationState, TransformationStep,
    TransitionAgreement, TransitionContent, TransitionEnd, TransitionPlan, TransitionPlanId,
    TransitionRevision, TransitionState, TransitionStep,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read transformation plans of facilities.
        ReadTransformationPlans = "transformation_plans:read";
        /// Draft, start and end transformation plans.
        ManageTransformationPlans = "transformation_plans:manage";
        /// Approve transformation plans.
        ApproveTransformationPlans = "transformation_plans:approve";
        /// Ask where everybody could go who lives in a facility.
        SimulateClosures = "closures:simulate" [personal];
        /// Read children's transition plans.
        ReadTransitionPlans = "transition_plans:read" [personal, identifying];
        /// Draft, carry out and abandon children's transition plans.
        ManageTransitionPlans = "transition_plans:manage" [personal, identifying];
        /// Agree to children's transition plans.
        AgreeTransitionPlans = "transition_plans:agree" [personal, identifying];
    }
}
