//! Who complained: a record of its own, which a named few may know.
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::ComplaintId;
use crate::{
    children::ChildId,
    platform::{id::Id, vault::Opened},
    record,
    schema::complaint_reporters,
    sealed_columns,
};

pub type ComplaintReporterId = Id<ComplaintReporter>;

/// Who complained.
#[derive(Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = complaint_reporters, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct ComplaintReporter {
    pub id: ComplaintReporterId,
    /// The complaint.
    pub complaint_id: ComplaintId,
    /// The child.
    #[diesel(select_expression = complaint_reporters::child_id.assume_not_null())]
    #[diesel(select_expression_type = diesel::dsl::AssumeNotNull<complaint_reporters::child_id>)]
    pub child_id: ChildId,
    /// Name.
    #[schema(example = "Ognjen Travar")]
    #[diesel(select_expression = (complaint_reporters::id, complaint_reporters::name))]
    #[diesel(select_expression_type = (complaint_reporters::id, complaint_reporters::name))]
    #[diesel(deserialize_as = Opened<complaint_reporters::name, String>)]
    #[diesel(skip_insertion)]
    pub name: String,
    /// How to reach the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "By letter, to the post office box 18.")]
    #[diesel(select_expression = (complaint_reporters::id, complaint_reporters::contact))]
    #[diesel(select_expression_type = (complaint_reporters::id, complaint_reporters::contact))]
    #[diesel(deserialize_as = Opened<complaint_reporters::contact, Option<String>>)]
    #[diesel(skip_insertion)]
    pub contact: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(complaint_reporters: Sealed { name, contact });

// Under no other record, so that no history of one lists it.
record!(ComplaintReporter {
    name: "complaint_reporter",
    id: "ComplaintReporterId",
    example: "e2b4d6f8-0a1c-4d3e-9f5a-7b9d1f3c5e84",
    personal: true,
});

/// Without what it says.
impl std::fmt::Debug for ComplaintReporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ComplaintReporter({})", self.id)
    }
}

/// Who complained, as it is said with the complaint.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReporter {
    /// Name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Ognjen Travar")]
    pub name: String,
    /// How to reach the person.
    #[serde(default)]
    #[validate(length(min = 3, max = 500))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 500,
        example = "By letter, to the post office box 18."
    )]
    pub contact: Option<String>,
}
