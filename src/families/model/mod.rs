//! What a family of origin is and which rules hold for it. No SQL, no HTTP, no clock.
mod family;
mod request;
mod state;

pub use family::{
    Family, FamilyId, FamilyMember, FamilyPage, FamilyRiskFactor, FamilyRiskLevel, FamilySupport,
    RiskSubject, SupportOutcome,
};
pub use request::{
    EndRiskFactor, EndSupport, FamilyMemberDetails, FamilyPatch, FamilyStepRequest, NewFamily,
    NewRiskFactor, NewRiskLevel, NewSupport, PastFamily,
};
pub use state::{FamilyState, FamilyStep};
