//! What callers ask to be done with assessments.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{Findings, TeamMember, state::AssessmentOutcome};
use crate::{overrides::NewOverride, reference::organisations::OrganisationId};

/// An assessment that is asked for.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssessment {
    /// What it is for: a code of the list `assessment_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "gatekeeping")]
    pub kind: String,
    /// Day on which it is requested.
    #[schema(example = "2026-02-20")]
    pub requested_on: NaiveDate,
    /// Why.
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        min_length = 3,
        max_length = 2000,
        example = "The mother is in hospital, and nobody else is at home."
    )]
    pub reason: String,
    /// Day by which it is to be completed.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-03-20")]
    pub due_on: Option<NaiveDate>,
}

/// The beginning of an assessment, or of the next attempt at one that was returned.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentStart {
    /// First day of work on it.
    #[schema(example = "2026-02-23")]
    pub started_on: NaiveDate,
    /// Who makes it.
    #[validate(nested, length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    pub team: Vec<TeamMember>,
}

/// What an assessment comes to.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentCompletion {
    /// Day on which it was completed.
    #[schema(example = "2026-03-02")]
    pub completed_on: NaiveDate,
    /// What was found.
    #[validate(nested)]
    pub findings: Findings,
    /// What is recommended: a code of the list `recommendation`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "kinship")]
    pub recommendation: String,
    /// Whether poverty is the only ground; then nothing that separates child and family is recommended
    /// (PL-22).
    #[schema(example = false)]
    pub poverty_only: bool,
    /// First day on which it no longer holds; unless said, so many months later as the parameter
    /// `assessment_validity_months` says.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-09-02")]
    pub valid_until: Option<NaiveDate>,
    /// Why soft rules are stepped over.
    #[serde(default)]
    #[validate(length(max = 5), nested)]
    #[schema(max_items = 5)]
    pub overrides: Vec<NewOverride>,
}

/// The submission of an assessment to the body that decides.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentSubmission {
    /// Day on which it is submitted.
    #[schema(example = "2026-03-03")]
    pub submitted_on: NaiveDate,
}

/// What a competent body decided.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// What was decided.
    pub outcome: AssessmentOutcome,
    /// Day of the decision: not before the assessment was completed.
    #[schema(example = "2026-03-09")]
    pub decided_on: NaiveDate,
    /// The body that decided.
    pub decided_by: OrganisationId,
    /// The kind of body: a code of the list `decision_body`. It says of which kinds the organisation
    /// may be (AS-05).
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "gatekeeping_commission")]
    pub body: String,
    /// Number of the decision.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "56-114/2026")]
    pub reference_no: String,
    /// The law that it rests on.
    #[validate(length(min = 3, max = 500))]
    #[schema(min_length = 3, max_length = 500, example = "Family Act, art. 113")]
    pub legal_basis: String,
    /// The last day on which it can be appealed against.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-04-07")]
    pub appeal_until: Option<NaiveDate>,
    /// What was decided instead of what was recommended: a code of the list `recommendation`; needed
    /// with `modified`, and with nothing else.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "kinship")]
    pub recommendation: Option<String>,
    /// Why it was decided so; needed unless it was approved.
    #[serde(default)]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "The aunt came forward at the hearing."
    )]
    pub reason: Option<String>,
    /// Why soft rules are stepped over.
    #[serde(default)]
    #[validate(length(max = 5), nested)]
    #[schema(max_items = 5)]
    pub overrides: Vec<NewOverride>,
}

/// Why an assessment is returned or cancelled.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentReason {
    /// Why.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The views of the father are missing.")]
    pub reason: String,
}

/// Why an assessment is taken back.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentAnnulment {
    /// What was wrong.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "It was made of her brother.")]
    pub reason: String,
}

/// An assessment that was made and decided elsewhere.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PastAssessment {
    /// What was asked for.
    #[validate(nested)]
    pub request: NewAssessment,
    /// Who made it.
    #[validate(nested)]
    pub start: AssessmentStart,
    /// What it came to.
    #[validate(nested)]
    pub completion: AssessmentCompletion,
    /// When it was submitted.
    #[validate(nested)]
    pub submission: AssessmentSubmission,
    /// What was decided.
    #[validate(nested)]
    pub decision: NewDecision,
}
