//! Contact of a child with its family: what is agreed, what is restricted by decision, what took place.
//!
//! ```text
//!                end                          lift
//!  plan: agreed ─────▶ ended   restriction: decided ─────▶ lifted      event: recorded
//! ```
//!
//! All three can be annulled, with a reason: `entered_in_error`.
//!
//! What holds:
//! * `CT-02`: contact is restricted by decision of a body that may decide, not from before that decision,
//!   until an end, and for a reason of the closed list `contact_restriction_reason`. It has no `sanction`
//!   (UN Guidelines ¶96), and the table takes none.
//! * `CT-04`: no contact takes place, and none is agreed, with somebody with whom it is restricted on that day
//!   in that kind. What took place all the same is a fact, and a registry that refused it would hide the
//!   breach: it is recorded with `broke_restriction_id`, which names the restriction, and is found by it.
//!   Contact that did not take place is recorded as any other.
//! * `RV-06`: the child's views are recorded, or the reason why there are none, with each plan and restriction.
//! * `PL-07`: after a child's death or final adoption nothing begins.
//!
//! Whom a restriction means: everybody who is that to the child, or one person, by the child's relation
//! (`relation_id`). Where a restriction names one and the contact names nobody, it may have been this one: it
//! counts as restricted. A restriction that is decided later leaves what was recorded before as it is.
//! Every step locks the child's row first.
mod model;
mod routes;
pub mod store;

pub use model::{
    ContactAnnulment, ContactEvent, ContactEventId, ContactEventPage, ContactEventState,
    ContactEventStep, ContactFailure, ContactInterval, ContactKind, ContactPlan, ContactPlanEnd,
    ContactPlanId, ContactPlanState, ContactPlanStep, ContactRestriction, ContactRestrictionId,
    ContactRestrictionState, ContactRestrictionStep, ContactWith, NewContactEvent, NewContactPlan,
    NewContactRestriction, RestrictionDecision, RestrictionLifting,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read plans, restrictions and events of contact.
        ReadContact = "contact:read" [personal, identifying];
        /// Agree plans of contact and record what took place.
        ManageContact = "contact:manage" [personal, identifying];
        /// Record what a competent body decided on contact.
        RestrictContact = "contact:restrict" [personal, identifying];
    }
}
