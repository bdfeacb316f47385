//! What an organisation is.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    page_of,
    platform::{
        id::Id,
        patch::{non_null, present},
    },
    record,
    schema::organisations,
};

pub type OrganisationId = Id<Organisation>;

/// A body that acts in child care.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = organisations, check_for_backend(diesel::pg::Pg))]
pub struct Organisation {
    pub id: OrganisationId,
    /// Its kind: a code of the list `organisation_kind`.
    #[schema(example = "centre_for_social_work")]
    pub kind: String,
    /// Its name.
    #[schema(example = "Centre for Social Work Lipov Hlad")]
    pub name: String,
    /// Code of the area that it serves or sits in.
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// The organisation above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent_id: Option<OrganisationId>,
    /// First day on which it acts.
    #[schema(example = "2001-01-01")]
    pub valid_from: NaiveDate,
    /// First day on which it acts no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2030-01-01")]
    pub valid_to: Option<NaiveDate>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some organisations, in the order asked for.
    counted OrganisationPage, Organisation
);

record!(Organisation {
    name: "organisation",
    id: "OrganisationId",
    example: "0199a5b2-0003-7000-8000-000000000001",
});

/// A new organisation.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganisation {
    /// Its kind: a code of the list `organisation_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "centre_for_social_work")]
    pub kind: String,
    /// Its name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Centre for Social Work Lipov Hlad")]
    pub name: String,
    /// Code of the area that it serves or sits in.
    #[validate(length(min = 2, max = 32))]
    #[schema(min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: String,
    /// The organisation above it.
    #[serde(default)]
    #[schema(nullable = false)]
    pub parent_id: Option<OrganisationId>,
    /// First day on which it acts.
    #[schema(example = "2001-01-01")]
    pub valid_from: NaiveDate,
}

/// A change of an organisation: members that are left out stay as they are.
#[allow(clippy::option_option, reason = "absent, null and a value are three things in a patch")]
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationPatch {
    /// Its name.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 200))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        example = "Centre for Social Work Lipov Hlad"
    )]
    pub name: Option<String>,
    /// Code of the area that it serves or sits in.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 2, max = 32))]
    #[schema(nullable = false, min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: Option<String>,
    /// First day on which it acts no longer; null if it goes on.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, example = "2030-01-01")]
    pub valid_to: Option<Option<NaiveDate>>,
}
