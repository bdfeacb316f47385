//! What an assessment is, what it finds, and its rules.
mod assessment;
mod findings;
pub mod gatekeeping;
pub mod reintegration;
mod requests;
pub mod rules;
mod state;

pub use assessment::{
    Assessment, AssessmentDecision, AssessmentId, AssessmentPage, SealedColumns, TeamMember,
};
pub use findings::{
    CareOption, Findings, Necessity, OptionEffort, OptionFinding, Prevention, ResidentialFinding,
    ResidentialFindings, Suitability, SuitabilityFinding,
};
pub use gatekeeping::{GATEKEEPING, Gatekeeping};
pub use reintegration::{REINTEGRATION, Reintegration};
pub use requests::{
    AssessmentAnnulment, AssessmentCompletion, AssessmentReason, AssessmentStart,
    AssessmentSubmission, NewAssessment, NewDecision, PastAssessment,
};
pub use state::{AssessmentOutcome, AssessmentState, AssessmentStep};
