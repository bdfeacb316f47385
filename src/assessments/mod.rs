//! Assessments of children: what was found, what is recommended, and what a competent body decided.
//!
//! ```text
//!               start             complete            submit              decide
//!  requested ─────────▶ in_progress ──────▶ completed ──────▶ submitted ──────────▶ decided
//!                            ▲                  │                 │ return       (approved,
//!                            │ start            │ expire          ▼               modified,
//!                            └──────────────────┼─────────── returned             rejected)
//!                                               ▼
//!                                            expired
//! ```
//!
//! It is cancelled, with a reason, from every state before a decision. Only one that was approved or
//! modified, and is valid still, may authorise a placement: [`store::gatekeeping_on`] finds it; or a return to the
//! family: [`store::reintegration_on`] does.
//!
//! One that was entered in error is annulled, from every state: it counts for nothing any more. A placement that
//! began on it stays, as the child does live there; its care period is one without an assessment, of which
//! `PL-14` tells as it does after an emergency.
//!
//! What holds:
//! * `RV-06`: the child's views are recorded, or the reason why there are none.
//! * `PL-22`: where poverty is the only ground, nothing that separates child and family is recommended.
//! * `AS-01`, prevention first: what separates child and family names what was tried to prevent it.
//! * `AS-02`: what separates child and family was found necessary.
//! * `AS-03`: it is decided on or after the day on which it was completed: 422 `decision_predated`.
//! * `AS-04`: what is no longer valid is neither submitted nor decided.
//! * `AS-05`: a body decides whose organisation is of a fitting kind, and not that of the whole team.
//!
//! `PL-22`, `AS-01`, `AS-02` and `AS-05` hold as their versions of the day say: one that is soft is stepped over by
//! `overrides` of the step.
//!
//! Necessity and suitability are findings apart: whether the child must live elsewhere, and, for each
//! type of care that was considered, whether it would be right. `valid_until` is, as every end, the first
//! day on which it no longer holds. Every step locks the child's row first.
mod model;
mod routes;
pub mod store;

pub use model::{
    Assessment, AssessmentAnnulment, AssessmentCompletion, AssessmentDecision, AssessmentId,
    AssessmentOutcome, AssessmentPage, AssessmentReason, AssessmentStart, AssessmentState,
    AssessmentStep, AssessmentSubmission, CareOption, Findings, GATEKEEPING, Gatekeeping,
    Necessity, NewAssessment, NewDecision, OptionEffort, OptionFinding, PastAssessment, Prevention,
    REINTEGRATION, Reintegration, ResidentialFinding, ResidentialFindings, Suitability,
    SuitabilityFinding, TeamMember,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read assessments.
        ReadAssessments = "assessments:read" [personal, identifying];
        /// Request and make assessments.
        ManageAssessments = "assessments:manage" [personal, identifying];
        /// Record what a competent body decided.
        DecideAssessments = "assessments:decide" [personal, identifying];
    }
}
