//! What plans, restrictions and events of contact are.
mod event;
mod person;
mod plan;
mod requests;
mod restriction;
mod state;

pub use event::{ContactEvent, ContactEventId, ContactEventPage, SealedColumns as SealedEvent};
pub use person::{Contact, ContactFailure, ContactInterval, ContactKind, ContactWith};
pub use plan::{ContactPlan, ContactPlanId, ContactPlanPage, SealedColumns as SealedPlan};
pub use requests::{
    ContactAnnulment, ContactPlanEnd, NewContactEvent, NewContactPlan, NewContactRestriction,
    RestrictionLifting,
};
pub use restriction::{
    ContactRestriction, ContactRestrictionId, ContactRestrictionPage, RestrictionDecision,
    SealedColumns as SealedRestriction,
};
pub use state::{
    ContactEventState, ContactEventStep, ContactPlanState, ContactPlanStep,
    ContactRestrictionState, ContactRestrictionStep,
};
