//! What a carer family is and which rules hold for it. No SQL, no HTTP, no clock.
mod approval;
mod distance;
mod family;
mod household;
mod lists;
mod past;
mod readiness;
mod request;
mod review;
mod state;

pub use approval::{
    Approval, ApprovalId, CarerApprovalPage, CarerSex, Exemption, Exemptions, NamedChild,
    NamedChildId, NewCarerApproval,
};
pub use distance::BoundingBox;
pub use family::{CarerFamily, CarerFamilyId, CarerStatePeriod, CarerTerms, Stages, WhyNot};
pub use household::{
    CarerCheck, CarerCheckResult, CarerPerson, CarerRole, CarerTraining, CarerTrainingKind,
};
pub use lists::{CarerFamilyInclude, CarerFamilyWithLists};
pub use past::{PastCarerCheck, PastCarerFamily, PastCarerStep, PastCarerTraining};
pub use readiness::check_max_children;
pub use request::{
    CarerFamilyPatch, CarerPersonDetails, CarerStepRequest, NewCarerCheck, NewCarerFamily,
    NewCarerPerson, NewCarerTraining,
};
pub use review::{CarerReview, CarerReviewId, CarerReviewPage, NewCarerReview};
pub use state::{CarerFamilyStep, CarerState, CarerStep};
