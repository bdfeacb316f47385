//! What callers send about a case.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{CaseId, CasePriority, CaseState, CaseWorker};
use crate::{children::ChildId, families::FamilyId, platform::patch::non_null};

/// A case to be opened.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "child_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90", "opened_on": "2026-03-02", "referral_source": "school",
    "referral_on": "2026-02-27", "primary_need": "family_acute_stress", "immediate_risk": false,
    "priority": "normal", "manager": {"name": "Milica Jovanović", "worker_id": "worker-4711"},
    "team": [{"name": "Petar Ilić", "worker_id": "worker-4712"}],
}))]
pub struct NewCase {
    /// The child with whom it deals; either a child or a family.
    #[serde(default)]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// The family with which it deals, before anybody thinks of separating it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub family_id: Option<FamilyId>,
    /// Day on which it is opened, not in the future; today unless said.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-03-02")]
    pub opened_on: Option<NaiveDate>,
    /// Who brought it to the notice of the organisation: a code of the list `referral_source`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "school")]
    pub referral_source: String,
    /// Day on which that was done, not after the opening.
    #[schema(example = "2026-02-27")]
    pub referral_on: NaiveDate,
    /// Why there is a need for services: a code of the list `primary_need`. It stays as it is now.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "family_acute_stress")]
    pub primary_need: String,
    /// Whether the child, or a child of the family, is in danger now.
    #[serde(default)]
    #[schema(example = false)]
    pub immediate_risk: bool,
    /// How soon it is to be worked on; `normal` unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub priority: Option<CasePriority>,
    /// Who is in charge from the first day on.
    #[validate(nested)]
    pub manager: CaseWorker,
    /// Who else works on it.
    #[serde(default)]
    #[validate(nested, length(max = 20))]
    #[schema(max_items = 20)]
    pub team: Vec<CaseWorker>,
}

/// A case as another register has it.
#[derive(Debug, Clone)]
pub struct PastCase {
    pub case: NewCase,
    /// Where it is in its life.
    pub state: CaseState,
    /// Day on which it came there.
    pub since: NaiveDate,
}

/// Other values for members of a case. Its primary need stays as it was at first.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CasePatch {
    /// Whether the child, or a child of the family, is in danger now.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false, example = true)]
    pub immediate_risk: Option<bool>,
    /// How soon it is to be worked on.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false, example = "urgent")]
    pub priority: Option<CasePriority>,
    /// All who work on it besides its manager.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested, length(max = 20))]
    #[schema(nullable = false, max_items = 20)]
    pub team: Option<Vec<CaseWorker>>,
}

/// When a step was taken, and why.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseStepRequest {
    /// Day of the step: not in the future, and not before the case's last one.
    #[schema(example = "2026-03-04")]
    pub on: NaiveDate,
    /// Why, in words.
    #[serde(default)]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "The family was visited and agrees."
    )]
    pub reason: Option<String>,
}

/// Another worker who is in charge.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCaseManager {
    /// Who is in charge from then on.
    #[validate(nested)]
    pub manager: CaseWorker,
    /// First day: not in the future, and not before that of the one in charge now.
    #[schema(example = "2026-07-01")]
    pub on: NaiveDate,
    /// Why it is another one: a code of the list `worker_change`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "left_role")]
    pub reason: String,
}

/// A case that is worked on again, and who is in charge.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseTakeUp {
    /// Who is in charge from then on.
    #[validate(nested)]
    pub manager: CaseWorker,
    /// First day: not in the future, and not before the case's last step.
    #[schema(example = "2026-07-01")]
    pub on: NaiveDate,
    /// Why, in words.
    #[serde(default)]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "The school tells that the boy is absent again."
    )]
    pub reason: Option<String>,
}

/// The end of a case.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseClosing {
    /// Day on which it is closed: not in the future, and not before the case's last step.
    #[schema(example = "2026-11-02")]
    pub on: NaiveDate,
    /// Why: a code of the list `case_closure`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "services_ceased")]
    pub closure_reason: String,
    /// Why, in words.
    #[serde(default)]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "The father has come back and works again."
    )]
    pub reason: Option<String>,
}

/// The case that goes on in the place of this one.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseDuplicate {
    /// The case that goes on: of the same child or family, and not a duplicate itself.
    pub survivor_id: CaseId,
    /// Why it is the same.
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        min_length = 3,
        max_length = 2000,
        example = "The same referral came from the school and from the police."
    )]
    pub reason: String,
}
