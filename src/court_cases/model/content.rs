//! What is heard and decided in a court case.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::children::{ChildViews, LegalStatusId};

/// A hearing in a court case about a child.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "held_on": "2026-09-14", "child_represented": true,
    "child_views": {"views": "Wants to stay with her aunt.", "method": "Heard by the judge alone, with the psychologist."},
    "next_hearing_on": "2026-10-20",
}))]
pub struct CourtHearing {
    /// Day on which it was held.
    #[schema(example = "2026-09-14")]
    pub held_on: NaiveDate,
    /// Whether the child had a representative of its own.
    #[schema(example = true)]
    pub child_represented: bool,
    /// What the child said, or the reason why it was not heard (RV-06).
    #[validate(nested)]
    pub child_views: ChildViews,
    /// What was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 4000,
        example = "The mother and the case manager were heard."
    )]
    pub note: Option<String>,
    /// Day of the next hearing, if one was fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-10-20")]
    pub next_hearing_on: Option<NaiveDate>,
}

/// A decision in a court case about a child.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourtDecision {
    /// The court that decided.
    #[schema(example = "Court of Appeal in Niš")]
    pub court: String,
    /// Number of the decision.
    #[schema(example = "Gž2 211/2026")]
    pub number: String,
    /// Day of the decision.
    #[schema(example = "2026-10-20")]
    pub decided_on: NaiveDate,
    /// What was decided: a code of the list `court_outcome`.
    #[schema(example = "granted")]
    pub outcome: String,
    /// What it orders, in short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The father is deprived of parental rights.")]
    pub summary: Option<String>,
    /// Last day on which it could be appealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-11-04")]
    pub appeal_until: Option<NaiveDate>,
    /// The legal statuses of the child that it set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legal_status_ids: Vec<LegalStatusId>,
}
