//! What callers ask to be done with reviews.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::minutes::ReviewMinutes;
use crate::{
    care_plans::CarePlanId, children::ChildId, overrides::NewOverride, placements::CarePeriodId,
};

/// A review that is to be held.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// What it looks at: a code of the list `review_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "placement")]
    pub kind: String,
    /// Day by which it is to be held.
    #[schema(example = "2026-06-02")]
    pub due_on: NaiveDate,
    /// The care period that it looks at.
    #[serde(default)]
    #[schema(nullable = false)]
    pub care_period_id: Option<CarePeriodId>,
    /// The care plan that it looks at.
    #[serde(default)]
    #[schema(nullable = false)]
    pub care_plan_id: Option<CarePlanId>,
}

/// What a review came to.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewHolding {
    /// Day on which it was held.
    #[schema(example = "2026-05-28")]
    pub held_on: NaiveDate,
    /// How the child took part: a code of the list `participation`, which fits its age on the day
    /// (RV-04).
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "attended_spoke")]
    pub participation: String,
    /// What it came to: a code of the list `review_outcome`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "continue")]
    pub outcome: String,
    /// What was said.
    #[validate(nested)]
    pub minutes: ReviewMinutes,
    /// Day by which the next one is to be held; unless said, so many months later as the parameter
    /// `review_interval_months` says, and none where care is to end.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-08-28")]
    pub next_due_on: Option<NaiveDate>,
    /// Why soft rules are stepped over.
    #[serde(default)]
    #[validate(length(max = 5), nested)]
    #[schema(max_items = 5)]
    pub overrides: Vec<NewOverride>,
}

/// A review that was held, as another register has it.
#[derive(Clone)]
pub struct PastReview {
    pub child_id: ChildId,
    pub review: NewReview,
    pub holding: ReviewHolding,
}

/// Why a review is taken back.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewAnnulment {
    /// What was wrong.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The review was of her brother.")]
    pub reason: String,
}

/// Why a review is cancelled.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewCancellation {
    /// Why.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The child went home before it.")]
    pub reason: String,
}
