//! The record of a review, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{minutes::ReviewMinutes, state::ChildReviewState};
use crate::{
    care_plans::CarePlanId,
    children::ChildId,
    page_of,
    placements::CarePeriodId,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    schema::reviews,
    sealed_columns,
};

pub type ReviewId = Id<ChildReview>;

/// A review of what is done for one child.
#[derive(
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = reviews, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ChildReview {
    pub id: ReviewId,
    pub child_id: ChildId,
    /// The care period that it looks at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub care_period_id: Option<CarePeriodId>,
    /// The care plan that it looks at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub care_plan_id: Option<CarePlanId>,
    /// What it looks at: a code of the list `review_kind`.
    #[schema(example = "placement")]
    pub kind: String,
    /// Where it is in its life.
    pub state: ChildReviewState,
    /// Day by which it is to be held.
    #[schema(example = "2026-06-02")]
    pub due_on: NaiveDate,
    /// Day on which it was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-05-28")]
    pub held_on: Option<NaiveDate>,
    /// How the child took part: a code of the list `participation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "attended_spoke")]
    pub participation: Option<String>,
    /// What it came to: a code of the list `review_outcome`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "continue")]
    pub outcome: Option<String>,
    /// What was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[diesel(select_expression = (reviews::id, reviews::minutes))]
    #[diesel(select_expression_type = (reviews::id, reviews::minutes))]
    #[diesel(deserialize_as = Opened<reviews::minutes, Option<ReviewMinutes>>)]
    #[diesel(skip_insertion, skip_update)]
    pub minutes: Option<ReviewMinutes>,
    /// Day by which the next one is to be held; none after the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-08-28")]
    pub next_due_on: Option<NaiveDate>,
    /// How many days late it was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 0)]
    pub overdue_days: Option<i32>,
    /// Why it was cancelled or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The child went home before it.")]
    #[diesel(select_expression = (reviews::id, reviews::state_reason))]
    #[diesel(select_expression_type = (reviews::id, reviews::state_reason))]
    #[diesel(deserialize_as = Opened<reviews::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some reviews, in the order asked for.
    counted ReviewPage, ChildReview
);

sealed_columns!(reviews: Identifying { minutes, state_reason });

record!(ChildReview {
    name: "review",
    id: "ReviewId",
    example: "c1f0a7d2-6b39-4e58-92d4-0a8b7c6d5e22",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for ChildReview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChildReview({})", self.id)
    }
}

impl From<Opened<reviews::minutes, Option<ReviewMinutes>>> for Option<ReviewMinutes> {
    fn from(opened: Opened<reviews::minutes, Self>) -> Self {
        opened.into_value()
    }
}

/// The sealed columns of a review, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = reviews, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    minutes: Option<Vec<u8>>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, review: &ChildReview) -> Result<Self> {
        use reviews as columns;
        let id = review.id.untyped();
        Ok(Self {
            minutes: tx.seal_some(columns::minutes, id, review.minutes.as_ref())?,
            state_reason: tx.seal_some(columns::state_reason, id, review.state_reason.as_ref())?,
        })
    }
}
