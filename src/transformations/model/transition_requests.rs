//! What callers ask to be done with transition plans.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::TransitionContent;
use crate::{
    children::ChildId,
    platform::{
        error::{Error, Result},
        time::not_future,
    },
    reference::organisations::OrganisationId,
};

/// A transition plan for a child who lives in the facility, or did when its transformation was approved.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransitionPlan {
    /// The child.
    pub child_id: ChildId,
    /// Where the child is to live: a code of the list `transition_destination`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "foster")]
    pub destination: String,
    /// Day on which it is drafted.
    #[schema(example = "2026-04-10")]
    pub drafted_on: NaiveDate,
    /// Day by which the child is to live there.
    #[schema(example = "2026-09-01")]
    pub target_on: NaiveDate,
    /// What it says.
    #[validate(nested)]
    pub content: TransitionContent,
}

/// What a draft says instead.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionRevision {
    /// Where the child is to live: a code of the list `transition_destination`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "kinship")]
    pub destination: String,
    /// Day by which the child is to live there.
    #[schema(example = "2026-10-01")]
    pub target_on: NaiveDate,
    /// What it says.
    #[validate(nested)]
    pub content: TransitionContent,
}

/// The agreement to a transition plan.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionAgreement {
    /// Day of the agreement: today at the latest.
    #[schema(example = "2026-04-20")]
    pub agreed_on: NaiveDate,
    /// The organisation that agrees to it.
    pub agreed_by: OrganisationId,
}

/// The end of a transition plan.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionEnd {
    /// The day: today at the latest.
    #[schema(example = "2026-08-28")]
    pub ended_on: NaiveDate,
    /// What it came to, or why it is abandoned.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "She lives with her foster family.")]
    pub reason: String,
}

impl NewTransitionPlan {
    /// Refuses impossible days, and a child who was not heard (RV-06).
    pub fn check(&self, today: NaiveDate) -> Result<()> {
        not_future("/drafted_on", self.drafted_on, today)?;
        check(self.target_on, self.drafted_on, &self.content)
    }
}

impl TransitionRevision {
    /// The same for a draft of that day.
    pub fn check(&self, drafted_on: NaiveDate) -> Result<()> {
        check(self.target_on, drafted_on, &self.content)
    }
}

fn check(target: NaiveDate, drafted: NaiveDate, content: &TransitionContent) -> Result<()> {
    if target < drafted {
        let detail = "must not lie before drafted_on";
        return Err(Error::value("/target_on", "out_of_order", detail));
    }
    content.child_views.check("/content/child_views")
}
