//! The record of a complaint about a facility that is about no child, and of who made it.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{Complainant, ComplaintChannel, ComplaintOutcome, ComplaintState, NewReporter};
use crate::{
    facilities::FacilityId,
    page_of,
    platform::{id::Id, vault::Opened},
    record,
    schema::{complaint_reporters, complaints},
};

pub type FacilityComplaintId = Id<ComplaintAboutFacility>;

/// A complaint about a facility, and about no child.
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
#[diesel(table_name = complaints, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ComplaintAboutFacility {
    pub id: FacilityComplaintId,
    /// The facility.
    #[diesel(select_expression = complaints::facility_id.assume_not_null())]
    #[diesel(select_expression_type = diesel::dsl::AssumeNotNull<complaints::facility_id>)]
    pub facility_id: FacilityId,
    /// From whom it is.
    pub complainant: Complainant,
    /// The way on which it came.
    pub channel: ComplaintChannel,
    /// Day on which it was received.
    #[schema(example = "2026-05-20")]
    pub received_on: NaiveDate,
    /// Day that it concerns.
    #[schema(example = "2026-05-18")]
    pub concerns_on: NaiveDate,
    /// What it says.
    #[schema(example = "There is no heating on the second floor.")]
    #[diesel(select_expression = (complaints::id, complaints::description))]
    #[diesel(select_expression_type = (complaints::id, complaints::description))]
    #[diesel(deserialize_as = Opened<complaints::description, String>)]
    #[diesel(skip_insertion, skip_update)]
    pub description: String,
    /// Whether it is kept who complained.
    #[schema(example = true)]
    pub reporter_kept: bool,
    /// Where it is in its life.
    pub state: ComplaintState,
    /// Day on which it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-03")]
    pub resolved_on: Option<NaiveDate>,
    /// What it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<ComplaintOutcome>,
    /// What was answered, and what follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The boiler was repaired the same week.")]
    #[diesel(select_expression = (complaints::id, complaints::conclusion))]
    #[diesel(select_expression_type = (complaints::id, complaints::conclusion))]
    #[diesel(deserialize_as = Opened<complaints::conclusion, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub conclusion: Option<String>,
    /// Why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "It was recorded twice.")]
    #[diesel(select_expression = (complaints::id, complaints::state_reason))]
    #[diesel(select_expression_type = (complaints::id, complaints::state_reason))]
    #[diesel(deserialize_as = Opened<complaints::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some complaints about a facility, latest day first.
    ComplaintAboutFacilityPage, ComplaintAboutFacility
);

record!(ComplaintAboutFacility {
    name: "facility_complaint",
    id: "FacilityComplaintId",
    example: "6d1b8f3a-5e27-4c90-b4a6-2c8e0f7d9b15",
    personal: true,
    under: facility_id,
});

impl std::fmt::Debug for ComplaintAboutFacility {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ComplaintAboutFacility({})", self.id)
    }
}

/// A complaint about a facility that was received.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "complainant": "other", "channel": "telephone", "received_on": "2026-05-20", "concerns_on": "2026-05-18",
    "description": "There is no heating on the second floor.",
    "reporter": {"name": "Ognjen Travar", "contact": "By letter, to the post office box 18."},
}))]
pub struct NewComplaintAboutFacility {
    /// From whom it is.
    pub complainant: Complainant,
    /// The way on which it came.
    pub channel: ComplaintChannel,
    /// Day on which it was received.
    #[schema(example = "2026-05-20")]
    pub received_on: NaiveDate,
    /// Day that it concerns; that on which it was received unless said.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-05-18")]
    pub concerns_on: Option<NaiveDate>,
    /// What it says, without the name of a child: what is about a child is recorded with the child. Nor who
    /// complained: that is `reporter`.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "There is no heating on the second floor."
    )]
    pub description: String,
    /// Who complained, if it is to be kept: told to nobody but the client that records it.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub reporter: Option<NewReporter>,
}

pub type FacilityComplaintReporterId = Id<FacilityComplaintReporter>;

/// Who complained about a facility.
#[derive(Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = complaint_reporters, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct FacilityComplaintReporter {
    pub id: FacilityComplaintReporterId,
    /// The complaint.
    pub complaint_id: FacilityComplaintId,
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

// Under no other record, so that no history of one lists it.
record!(FacilityComplaintReporter {
    name: "facility_complaint_reporter",
    id: "FacilityComplaintReporterId",
    example: "a3c5e7f9-1b2d-4f60-8a4c-6e8f0b2d4c71",
    personal: true,
});

/// Without what it says.
impl std::fmt::Debug for FacilityComplaintReporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FacilityComplaintReporter({})", self.id)
    }
}
