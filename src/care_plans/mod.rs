//! Care plans: what is to become of a child, and who does what by when.
//!
//! ```text
//!          submit               approve                        supersede
//!  draft ─────────▶ submitted ──────────▶ approved ─▶ active ───────────▶ superseded
//!   ▲ │                 │                               │
//!   │ └ revise          │                               └── complete ───▶ completed
//!   └──── send back ────┘
//! ```
//!
//! It is revoked, with a reason, from every state before an end.
//!
//! What holds:
//! * `CP-01`: a care period has at most one active plan; so has a child outside care. By unique indexes,
//!   and judged under the child's lock.
//! * The plan that is approved becomes active, and the one before it is superseded, in one transaction.
//! * `RV-06`: the child's views are recorded, or the reason why there are none.
//! * The plans of a child are numbered: 1, 2, 3.
//!
//! Every step locks the child's row first.
mod model;
mod routes;
pub mod store;

pub use model::{
    CarePlan, CarePlanApproval, CarePlanContent, CarePlanGoal, CarePlanId, CarePlanPage,
    CarePlanParticipant, CarePlanState, CarePlanStep, CarePlanSubmission, GoalState, NewCarePlan,
    ParticipantRole, PastCarePlan,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read care plans.
        ReadCarePlans = "care_plans:read" [personal, identifying];
        /// Draft, submit and end care plans.
        ManageCarePlans = "care_plans:manage" [personal, identifying];
        /// Approve care plans, or send them back.
        ApproveCarePlans = "care_plans:approve" [personal, identifying];
    }
}
