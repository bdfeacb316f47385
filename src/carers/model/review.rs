//! What a review of a carer family found, as it is held every year after the approval.
use std::fmt;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::CarerFamilyId;
use crate::{
    page_of,
    platform::{id::Id, vault::Opened},
    record,
    reference::organisations::OrganisationId,
    schema::carer_reviews,
    sealed_columns,
};

pub type CarerReviewId = Id<CarerReview>;

/// A review of a carer family: whether it still suits, and what it needs.
#[derive(
    Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable,
)]
#[diesel(table_name = carer_reviews, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct CarerReview {
    pub id: CarerReviewId,
    /// The family.
    pub carer_family_id: CarerFamilyId,
    /// Day of the review.
    #[schema(example = "2026-03-02")]
    pub reviewed_on: NaiveDate,
    /// The organisation that held it.
    pub reviewed_by: OrganisationId,
    /// What came of it: a code of the list `carer_review_outcome`.
    #[schema(example = "support_needed")]
    pub outcome: String,
    /// What the family is to do or to be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "A course on children who have lost somebody.")]
    #[diesel(select_expression = (carer_reviews::id, carer_reviews::recommendations))]
    #[diesel(select_expression_type = (carer_reviews::id, carer_reviews::recommendations))]
    #[diesel(deserialize_as = Opened<carer_reviews::recommendations, Option<String>>)]
    #[diesel(skip_insertion)]
    pub recommendations: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(carer_reviews: Identifying { recommendations });

page_of!(
    /// Some reviews of a family, latest first.
    CarerReviewPage, CarerReview
);

record!(CarerReview {
    name: "carer_review",
    id: "CarerReviewId",
    example: "4b7e2f19-6c3d-4a85-9e10-8d2c5f7a6b31",
    personal: true,
    under: carer_family_id,
});

/// Without its recommendations.
impl fmt::Debug for CarerReview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarerReview({})", self.id)
    }
}

/// A review that was held.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCarerReview {
    /// Day of the review: not in the future, and not before the family was first approved.
    #[schema(example = "2026-03-02")]
    pub reviewed_on: NaiveDate,
    /// The organisation that held it.
    pub reviewed_by: OrganisationId,
    /// What came of it: a code of the list `carer_review_outcome`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "support_needed")]
    pub outcome: String,
    /// What the family is to do or to be given.
    #[serde(default)]
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 4000,
        example = "A course on children who have lost somebody."
    )]
    pub recommendations: Option<String>,
}
