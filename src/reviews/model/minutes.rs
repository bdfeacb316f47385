//! What is said in a review, and by whom it is chaired.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{children::ChildViews, reference::organisations::OrganisationId};

/// What was said in a review.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewMinutes {
    /// Who chaired it.
    #[validate(nested)]
    pub chair: ReviewChair,
    /// What the child thinks, or why that is not known (RV-06).
    #[validate(nested)]
    pub child_views: ChildViews,
    /// What it looked at.
    #[validate(nested)]
    pub matters: ReviewMatters,
}

/// Who chaired a review (UN Guidelines ¶67).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewChair {
    /// Name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Dragana Stojadinović")]
    pub name: String,
    /// The organisation that the person works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Whether the person is qualified and authorised to review.
    #[schema(example = true)]
    pub qualified: bool,
    /// Whether the person is the child's own case manager.
    #[schema(example = false)]
    pub case_manager: bool,
}

/// What a review looked at: the heads of UN Guidelines ¶67.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewMatters {
    /// The child's development and changing needs.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "She has begun to read and sleeps well."
    )]
    pub development: String,
    /// What has changed in the family.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "The mother has come home from hospital."
    )]
    pub family: String,
    /// Whether the placement is still adequate.
    #[schema(example = true)]
    pub adequate: bool,
    /// Whether it is still necessary.
    #[schema(example = true)]
    pub necessary: bool,
    /// Why.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "The aunt cares well for her; the mother needs another month."
    )]
    pub reasons: String,
}
