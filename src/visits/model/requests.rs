//! What callers say of visits, and when a child was last seen.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::Visit;
use crate::{
    children::ChildId,
    platform::error::{Error, Result},
    reference::organisations::OrganisationId,
};

/// A visit that was made.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "visited_on": "2026-05-11", "worker_name": "Milica Vetrić", "worker_id": "worker-4711", "child_seen": true,
    "seen_alone": true, "place": "At the foster family's.", "note": "Talked about school and her brother.",
}))]
pub struct NewVisit {
    /// Day of the visit.
    #[schema(example = "2026-05-11")]
    pub visited_on: NaiveDate,
    /// The worker's name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Milica Vetrić")]
    pub worker_name: String,
    /// The worker's id in the organisation's own system.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "worker-4711")]
    pub worker_id: String,
    /// The organisation that the worker works for; the caller's unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Whether the child was seen.
    #[schema(example = true)]
    pub child_seen: bool,
    /// Whether it was seen alone; needed where it was seen, and only there.
    #[serde(default)]
    #[schema(nullable = false, example = true)]
    pub seen_alone: Option<bool>,
    /// Where the visit was.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "At the foster family's.")]
    pub place: String,
    /// What was seen and said.
    #[serde(default)]
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 4000,
        example = "Talked about school and her brother."
    )]
    pub note: Option<String>,
}

impl NewVisit {
    /// Whether it was seen alone is said of a child that was seen.
    pub fn check(&self) -> Result<()> {
        let (code, detail) = match (self.child_seen, self.seen_alone) {
            (true, None) => ("required", "is needed of a child that was seen"),
            (false, Some(_)) => ("not_wanted", "is said of a child that was seen only"),
            (true, Some(_)) | (false, None) => return Ok(()),
        };
        Err(Error::value("/seen_alone", code, detail))
    }
}

/// Why a visit is taken back.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitAnnulment {
    /// What was wrong.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The visit was to her brother.")]
    pub reason: String,
}

/// Up to which day it is asked.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeenBy {
    /// Answers when it was last seen by that day; by today unless said.
    #[param(nullable = false, example = "2026-06-01")]
    pub as_of: Option<NaiveDate>,
}

/// When a child was last seen by a worker.
#[derive(Clone, Serialize, ToSchema)]
pub struct LastSeen {
    /// The child.
    pub child_id: ChildId,
    /// Day on which it was last seen; absent if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-05-11")]
    pub last_seen_on: Option<NaiveDate>,
    /// Days since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 21)]
    pub days_since: Option<i64>,
    /// The visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub visit: Option<Visit>,
}

impl LastSeen {
    /// The answer on a day, from the last visit at which the child was seen by then.
    #[must_use]
    pub fn of(child_id: ChildId, visit: Option<Visit>, day: NaiveDate) -> Self {
        let last_seen_on = visit.as_ref().map(|visit| visit.visited_on);
        let days_since = last_seen_on.map(|seen| (day - seen).num_days());
        Self { child_id, last_seen_on, days_since, visit }
    }
}
