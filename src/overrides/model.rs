//! What an override says, and what a review finds of it.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    children::ChildId,
    page_of,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    schema::overrides,
    sealed_columns, text_enum,
};

pub type OverrideId = Id<Override>;

text_enum! {
    /// How far the review of an override has come.
    pub enum OverrideState {
        /// Nobody has looked yet.
        ToReview = "to_review",
        /// It was right.
        Upheld = "upheld",
        /// It was not.
        NotUpheld = "not_upheld",
    }
}

text_enum! {
    /// How a rule came to be stepped over.
    pub enum OverrideKind {
        /// Somebody entitled said why it must be.
        Authorised = "authorised",
        /// It is history from before the registry's first day, taken over as it was.
        Legacy = "legacy",
    }
}

/// Why a soft rule is to be stepped over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOverride {
    /// Code of the rule.
    #[validate(length(min = 5, max = 6))]
    #[schema(min_length = 5, max_length = 6, example = "PL-23")]
    pub rule: String,
    /// Why, in at least 30 characters.
    #[validate(length(min = 30, max = 2000))]
    #[schema(
        min_length = 30,
        max_length = 2000,
        example = "Her aunt, whom she has known all her life, lives in the next district."
    )]
    pub justification: String,
    /// Who authorised it.
    #[validate(length(min = 1, max = 200))]
    #[schema(
        min_length = 1,
        max_length = 200,
        example = "Director, Centre for Social Work Lipov Hlad"
    )]
    pub authorised_by: String,
    /// Day on which it was authorised.
    #[schema(example = "2026-02-27")]
    pub authorised_on: NaiveDate,
    /// First day on which the rule is no longer stepped over; as late as the rule allows unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-08-01")]
    pub valid_until: Option<NaiveDate>,
    /// Number of the file that holds the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "560-87/2026")]
    pub evidence_ref: Option<String>,
}

/// A soft rule that was stepped over for one record.
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
#[diesel(table_name = overrides, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Override {
    pub id: OverrideId,
    /// Code of the rule.
    #[schema(example = "PL-23")]
    pub rule_code: String,
    /// Number of the rule's version.
    #[schema(example = 1)]
    pub rule_version: i32,
    pub child_id: ChildId,
    /// What kind of record could not be without it.
    #[schema(example = "placement")]
    pub subject_kind: String,
    /// That record.
    #[schema(example = "7d1f8a50-3c1e-4a35-9b7e-5f6a2c9d1e01")]
    pub subject_id: Uuid,
    /// How it came about.
    #[serde(default = "authorised")]
    pub kind: OverrideKind,
    /// Why.
    #[schema(example = "Her aunt, whom she has known all her life, lives in the next district.")]
    #[diesel(select_expression = (overrides::id, overrides::justification))]
    #[diesel(select_expression_type = (overrides::id, overrides::justification))]
    #[diesel(deserialize_as = Opened<overrides::justification, String>)]
    #[diesel(skip_insertion, skip_update)]
    pub justification: String,
    /// Who authorised it.
    #[schema(example = "Director, Centre for Social Work Lipov Hlad")]
    #[diesel(select_expression = (overrides::id, overrides::authorised_by))]
    #[diesel(select_expression_type = (overrides::id, overrides::authorised_by))]
    #[diesel(deserialize_as = Opened<overrides::authorised_by, String>)]
    #[diesel(skip_insertion, skip_update)]
    pub authorised_by: String,
    /// Day on which it was authorised.
    #[schema(example = "2026-02-27")]
    pub authorised_on: NaiveDate,
    /// Number of the file that holds the evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "560-87/2026")]
    pub evidence_ref: Option<String>,
    /// The client that made it.
    pub client_id: Uuid,
    /// The role that entitled it.
    #[schema(example = "case_worker")]
    pub role: String,
    /// First day on which the rule is stepped over.
    #[schema(example = "2026-03-02")]
    pub begins_on: NaiveDate,
    /// First day on which it no longer is.
    #[schema(example = "2026-08-01")]
    pub valid_until: NaiveDate,
    /// How far the review has come.
    pub state: OverrideState,
    /// Day of the review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-20")]
    pub reviewed_on: Option<NaiveDate>,
    /// The client that reviewed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reviewed_by: Option<Uuid>,
    /// What the review found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The aunt's home was visited; nothing nearer would do.")]
    #[diesel(select_expression = (overrides::id, overrides::review_note))]
    #[diesel(select_expression_type = (overrides::id, overrides::review_note))]
    #[diesel(deserialize_as = Opened<overrides::review_note, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub review_note: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some overrides, in the order asked for.
    counted OverridePage, Override
);

sealed_columns!(overrides: Identifying { justification, authorised_by, review_note });

record!(Override {
    name: "override",
    id: "OverrideId",
    example: "e2b7c1d4-5a86-4f39-8c27-3d9e0f1a6b55",
    personal: true,
    under: child_id,
});

/// What was recorded before there was history to take over.
fn authorised() -> OverrideKind {
    OverrideKind::Authorised
}

impl std::fmt::Debug for Override {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Override({})", self.id)
    }
}

/// The sealed columns of an override, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = overrides, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    justification: Vec<u8>,
    authorised_by: Vec<u8>,
    review_note: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, it: &Override) -> Result<Self> {
        let id = it.id.untyped();
        Ok(Self {
            justification: tx.seal(overrides::justification, id, &it.justification)?,
            authorised_by: tx.seal(overrides::authorised_by, id, &it.authorised_by)?,
            review_note: tx.seal_some(overrides::review_note, id, it.review_note.as_ref())?,
        })
    }
}

/// What somebody else found of an override.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideReview {
    /// Whether it was right.
    #[schema(example = true)]
    pub upheld: bool,
    /// Why, in at least 10 characters.
    #[validate(length(min = 10, max = 2000))]
    #[schema(
        min_length = 10,
        max_length = 2000,
        example = "The aunt's home was visited; nothing nearer would do."
    )]
    pub note: String,
}
