//! What callers ask to be done with care plans.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::content::CarePlanContent;
use crate::{
    children::ChildId,
    placements::CarePeriodId,
    platform::error::{Error, Fault, Result},
    reference::organisations::OrganisationId,
};

/// A care plan that is drafted, or drafted anew.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCarePlan {
    /// The care period that it is for; left out for a child outside care.
    #[serde(default)]
    #[schema(nullable = false)]
    pub care_period_id: Option<CarePeriodId>,
    /// The lasting arrangement that it aims at: a code of the list `permanency_goal`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "return_6m")]
    pub permanency_goal: String,
    /// The one that is prepared beside it: a code of the list `permanency_goal`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "long_term_kin")]
    pub parallel_goal: Option<String>,
    /// Day by which the goal is to be reached.
    #[schema(example = "2026-09-01")]
    pub target_date: NaiveDate,
    /// Day on which it is drafted.
    #[schema(example = "2026-03-10")]
    pub drafted_on: NaiveDate,
    /// Day by which it is to be reviewed; unless said, so many months later as the parameter
    /// `review_interval_months` says.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-06-10")]
    pub review_due_on: Option<NaiveDate>,
    /// What it says.
    #[validate(nested)]
    pub content: CarePlanContent,
}

/// The submission of a care plan to whoever approves it.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarePlanSubmission {
    /// Day on which child and parents were told of it, and of what else there was; left out if they
    /// could not be told yet.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-03-16")]
    pub informed_on: Option<NaiveDate>,
}

/// The approval of a care plan.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarePlanApproval {
    /// Day of the approval, from which on it is active.
    #[schema(example = "2026-03-17")]
    pub approved_on: NaiveDate,
    /// The organisation that approves it.
    pub approved_by: OrganisationId,
}

/// The completion of a care plan.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarePlanEnd {
    /// Day on which it ended.
    #[schema(example = "2026-09-01")]
    pub ended_on: NaiveDate,
    /// What it came to, or why it is revoked.
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        min_length = 3,
        max_length = 1000,
        example = "She lives with her mother again; the help at home goes on."
    )]
    pub reason: String,
}

/// An active care plan as another register has it.
#[derive(Clone)]
pub struct PastCarePlan {
    pub child_id: ChildId,
    pub plan: NewCarePlan,
    pub submission: CarePlanSubmission,
    pub approval: CarePlanApproval,
}

/// Why a care plan is sent back.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarePlanReason {
    /// Why.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The measures for school are missing.")]
    pub reason: String,
}

impl NewCarePlan {
    /// Refuses impossible days, two goals that are one, and a child who was not heard (RV-06).
    pub fn check(&self, today: NaiveDate) -> Result<()> {
        let mut faults = Vec::new();
        let mut refuse = |pointer, code, detail| faults.push(Fault::new(pointer, code, detail));
        if self.drafted_on > today {
            refuse("/drafted_on", "future_date", "must not lie in the future");
        }
        if self.target_date < self.drafted_on {
            refuse("/target_date", "out_of_order", "must not lie before drafted_on");
        }
        if self.review_due_on.is_some_and(|due| due <= self.drafted_on) {
            refuse("/review_due_on", "out_of_order", "must lie after drafted_on");
        }
        if self.parallel_goal.as_ref() == Some(&self.permanency_goal) {
            refuse("/parallel_goal", "duplicate", "must be another goal than permanency_goal");
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        self.content.child_views.check("/content/child_views")
    }
}
