//! Care periods of the past, as an older register or a file holds them.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    period::CareEntry,
    placement::{Decision, Provider, TemporaryApproval},
};
use crate::children::ChildId;

/// A care period that is taken over from an older register, with all its placements. Each lasts
/// until the next one begins, and the last one until the exit; without an exit the child still
/// lives there.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "child_id": "7d2f1c94-3b60-4a5e-9c1d-0f8e6b2a4d13",
    "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": false},
    "placements": [
        {"starts_on": "2014-03-03", "care_type": "emergency_shelter", "planned_kind": "emergency", "expected_end_on": "2014-04-03",
         "provider": {"kind": "facility", "facility_id": "0b9d7f3e-5c2a-4e81-9a64-7d1f2e3b4c50"},
         "legal_basis": "Family Act, art. 113", "end_reason": "care_plan"},
        {"starts_on": "2014-04-01", "care_type": "foster_long_term", "planned_kind": "long_term",
         "provider": {"kind": "carer_family", "carer_family_id": "5b0e7a44-9d2f-4c1b-8f3a-6a1d2e3f4a01"},
         "legal_basis": "Family Act, art. 113", "end_reason": "care_plan"}
    ],
    "exit": {"ended_on": "2016-09-01", "exit_reason": "reunified_planned", "planned_exit": true}
}))]
pub struct PastCarePeriod {
    /// The child.
    pub child_id: ChildId,
    /// How the child came into care.
    #[validate(nested)]
    pub care_entry: CareEntry,
    /// Its placements, one after the other; the first one opens the period.
    #[validate(nested, length(min = 1, max = 100))]
    #[schema(min_items = 1, max_items = 100)]
    pub placements: Vec<PastPlacement>,
    /// How care ended; left out if the child is in care still.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub exit: Option<CareExit>,
}

/// A placement of a care period that is taken over.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PastPlacement {
    /// The first day, on which the placement before it ended.
    #[schema(example = "2014-03-03")]
    pub starts_on: NaiveDate,
    /// Type of care: a code of the list `care_type`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "foster_long_term")]
    pub care_type: String,
    /// For how long it was meant: a code of the list `planned_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "long_term")]
    pub planned_kind: String,
    /// With whom the child lived.
    pub provider: Provider,
    /// Day by which it was expected to end; needed for `emergency` and `short_term`.
    #[serde(default)]
    #[schema(nullable = false, example = "2016-09-02")]
    pub expected_end_on: Option<NaiveDate>,
    /// The law that it rested on.
    #[validate(length(min = 3, max = 500))]
    #[schema(min_length = 3, max_length = 500, example = "Family Act, art. 113")]
    pub legal_basis: String,
    /// The decision that it rested on.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub decision: Option<Decision>,
    /// Leave for kin who were not yet approved, in an emergency.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub temporary_approval: Option<TemporaryApproval>,
    /// Why it ended: a code of the list `move_reason`. Only a placement that lasts has none.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "care_plan")]
    pub end_reason: Option<String>,
}

/// How a child left care.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CareExit {
    /// First day no longer in care; today or earlier.
    #[schema(example = "2016-09-01")]
    pub ended_on: NaiveDate,
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
}

impl PastCarePeriod {
    /// The placements, each with the day on which it ended.
    pub fn stays(&self) -> impl Iterator<Item = (&PastPlacement, Option<NaiveDate>)> {
        let next = self.placements.iter().skip(1).map(|placement| Some(placement.starts_on));
        let last = self.exit.as_ref().map(|exit| exit.ended_on);
        self.placements.iter().zip(next.chain([last]))
    }
}
