//! What callers say to plan, start, move, end, cancel and correct placements.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{
    exception::PlacementException,
    period::CareEntry,
    placement::{Decision, Placement, PlacementId, Provider, TemporaryApproval},
};
use crate::{children::ChildId, overrides::NewOverride, text_enum};

text_enum! {
    /// Whether a new placement is only planned or has started.
    pub enum PlacementIntent {
        Plan = "plan",
        Start = "start",
    }
}

/// A new placement: planned, or started at once.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlacement {
    /// The child.
    pub child_id: ChildId,
    /// Whether it is only planned or has started.
    pub intent: PlacementIntent,
    /// Type of care: a code of the list `care_type`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "foster_short_term")]
    pub care_type: String,
    /// For how long it is meant: a code of the list `planned_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "short_term")]
    pub planned_kind: String,
    /// With whom the child will live.
    pub provider: Provider,
    /// The first day; in the future only if it is planned.
    #[schema(example = "2026-03-02")]
    pub starts_on: NaiveDate,
    /// Day by which it is expected to end; needed for `emergency` and `short_term`.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-09-02")]
    pub expected_end_on: Option<NaiveDate>,
    /// The law that it rests on.
    #[validate(length(min = 3, max = 500))]
    #[schema(min_length = 3, max_length = 500, example = "Family Act, art. 113")]
    pub legal_basis: String,
    /// The decision that it rests on.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub decision: Option<Decision>,
    /// Leave for kin who are not yet approved, in an emergency.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub temporary_approval: Option<TemporaryApproval>,
    /// Why it may be although a rule on young children in residential care bars it.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub exception: Option<PlacementException>,
    /// How the child came into care; only with `start`, and only if no care period is open.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub care_entry: Option<CareEntry>,
    /// Soft rules that are stepped over, each with its reason.
    #[serde(default)]
    #[validate(nested, length(max = 5))]
    #[schema(max_items = 5)]
    pub overrides: Vec<NewOverride>,
}

/// Placements of siblings, made together or not at all.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"placements": [
    {"child_id": "7d2f1c94-3b60-4a5e-9c1d-0f8e6b2a4d13", "intent": "plan", "care_type": "foster_long_term",
     "planned_kind": "long_term", "starts_on": "2026-12-01", "legal_basis": "Family Act, art. 113",
     "provider": {"kind": "carer_family", "carer_family_id": "5b0e7a44-9d2f-4c1b-8f3a-6a1d2e3f4a01"}},
    {"child_id": "c4a90e17-58d2-4f3b-8b7e-2d6a1f9c3e58", "intent": "plan", "care_type": "foster_long_term",
     "planned_kind": "long_term", "starts_on": "2026-12-01", "legal_basis": "Family Act, art. 113",
     "provider": {"kind": "carer_family", "carer_family_id": "5b0e7a44-9d2f-4c1b-8f3a-6a1d2e3f4a01"}}
]}))]
pub struct SiblingPlacements {
    /// One for each sibling.
    #[validate(nested, length(min = 2, max = 12))]
    #[schema(min_items = 2, max_items = 12)]
    pub placements: Vec<NewPlacement>,
}

/// The placements that were made together.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiblingPlacementsMade {
    /// One for each sibling, in the order of the request.
    pub data: Vec<Placement>,
}

/// The start of a planned placement.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// The first day; today or earlier.
    #[schema(example = "2026-03-02")]
    pub started_on: NaiveDate,
    /// How the child came into care. A planned placement of a child in care starts by a move.
    #[validate(nested)]
    pub care_entry: CareEntry,
    /// Soft rules that are stepped over, each with its reason.
    #[serde(default)]
    #[validate(nested, length(max = 5))]
    #[schema(max_items = 5)]
    pub overrides: Vec<NewOverride>,
}

/// Where a child moves to.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveTarget {
    /// Type of care: a code of the list `care_type`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "foster_long_term")]
    pub care_type: String,
    /// For how long it is meant: a code of the list `planned_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "long_term")]
    pub planned_kind: String,
    /// With whom the child will live.
    pub provider: Provider,
    /// Day by which it is expected to end; needed for `emergency` and `short_term`.
    #[serde(default)]
    #[schema(nullable = false, example = "2030-09-02")]
    pub expected_end_on: Option<NaiveDate>,
    /// The law that it rests on.
    #[validate(length(min = 3, max = 500))]
    #[schema(min_length = 3, max_length = 500, example = "Family Act, art. 113")]
    pub legal_basis: String,
    /// The decision that it rests on.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub decision: Option<Decision>,
    /// Leave for kin who are not yet approved, in an emergency.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub temporary_approval: Option<TemporaryApproval>,
    /// Why it may be although a rule on young children in residential care bars it.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub exception: Option<PlacementException>,
}

/// A move: the placement ends and the next one starts on the same day, in one transaction. Either
/// `to` or `planned_placement_id` says where.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "one_target"))]
#[schema(example = json!({
    "moved_on": "2026-06-15", "reason": "care_plan",
    "to": {"care_type": "foster_long_term", "planned_kind": "long_term", "legal_basis": "Family Act, art. 113",
           "provider": {"kind": "carer_family", "carer_family_id": "5b0e7a44-9d2f-4c1b-8f3a-6a1d2e3f4a01"}}
}))]
pub struct MoveRequest {
    /// The last day's morning: the first day in the new home.
    #[schema(example = "2026-06-15")]
    pub moved_on: NaiveDate,
    /// Why the child moves: a code of the list `move_reason` (PL-09).
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "care_plan")]
    pub reason: String,
    /// Where the child moves to.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub to: Option<MoveTarget>,
    /// The planned placement that starts.
    #[serde(default)]
    #[schema(nullable = false)]
    pub planned_placement_id: Option<PlacementId>,
    /// Soft rules that are stepped over, each with its reason.
    #[serde(default)]
    #[validate(nested, length(max = 5))]
    #[schema(max_items = 5)]
    pub overrides: Vec<NewOverride>,
}

fn one_target(request: &MoveRequest) -> Result<(), ValidationError> {
    if request.to.is_some() != request.planned_placement_id.is_some() {
        return Ok(());
    }
    Err(ValidationError::new("one_target")
        .with_message("either to or planned_placement_id is needed".into()))
}

/// The end of a placement and of the care period that it is the last of.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// First day no longer in care; today or earlier.
    #[schema(example = "2026-09-01")]
    pub ended_on: NaiveDate,
    /// Why the placement ended: a code of the list `move_reason`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "care_plan")]
    pub reason: String,
    /// Why care ended: a code of the list `exit_reason`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "reunified_planned")]
    pub exit_reason: String,
    /// Whether the exit was planned.
    #[schema(example = true)]
    pub planned_exit: bool,
    /// Code of the area that the child went to.
    #[serde(default)]
    #[validate(length(min = 2, max = 32))]
    #[schema(nullable = false, min_length = 2, max_length = 32, example = "RS-20")]
    pub exit_area_code: Option<String>,
    /// Day on which the child is visited first after its return to the family; needed where that was planned, within
    /// so many days as the parameter `return_visit_days` says (PLN-01).
    #[serde(default)]
    #[schema(nullable = false, example = "2026-09-15")]
    pub first_visit_on: Option<NaiveDate>,
    /// Soft rules that are stepped over, each with its reason.
    #[serde(default)]
    #[validate(nested, length(max = 5))]
    #[schema(max_items = 5)]
    pub overrides: Vec<NewOverride>,
}

/// The end of a plan.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    /// Why it will not happen.
    #[validate(length(min = 3, max = 2000))]
    #[schema(min_length = 3, max_length = 2000, example = "The family withdrew its offer.")]
    pub reason: String,
}

/// A correction of what was recorded wrongly. The neighbours of a placement whose dates change are
/// changed with it, so that no gap opens.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"started_on": "2026-03-01", "reason": "The child had moved a day earlier."}))]
pub struct CorrectRequest {
    /// The true first day.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-03-01")]
    pub started_on: Option<NaiveDate>,
    /// The true first day that is no longer in it; only for a placement that has ended.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-09-02")]
    pub ended_on: Option<NaiveDate>,
    /// The true type of care.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "foster_short_term")]
    pub care_type: Option<String>,
    /// For how long it is truly meant.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "short_term")]
    pub planned_kind: Option<String>,
    /// With whom the child truly lives.
    #[serde(default)]
    #[schema(nullable = false)]
    pub provider: Option<Provider>,
    /// Day by which it is expected to end.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-09-02")]
    pub expected_end_on: Option<NaiveDate>,
    /// The law that it truly rests on.
    #[serde(default)]
    #[validate(length(min = 3, max = 500))]
    #[schema(nullable = false, min_length = 3, max_length = 500, example = "Family Act, art. 113")]
    pub legal_basis: Option<String>,
    /// The decision that it truly rests on.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub decision: Option<Decision>,
    /// What was wrong, in at least 10 characters.
    #[validate(length(min = 10, max = 2000))]
    #[schema(min_length = 10, max_length = 2000, example = "The child had moved a day earlier.")]
    pub reason: String,
}

/// Why something recorded is undone.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionReason {
    /// What was wrong, in at least 10 characters.
    #[validate(length(min = 10, max = 2000))]
    #[schema(
        min_length = 10,
        max_length = 2000,
        example = "The exit was entered for the wrong child."
    )]
    pub reason: String,
}
