//! What inspectors read of a facility: incidents and complaints without the child (AC-01).
//!
//! No member says who the child was, and there is no free text, in which it could stand.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Complainant, ComplaintChannel, ComplaintId, ComplaintOutcome, ComplaintState, IncidentId,
    IncidentKind, IncidentOutcome, IncidentSeverity, IncidentState,
};
use crate::{
    facilities::FacilityId,
    page_of,
    schema::{complaints, incidents},
};

/// An incident in a facility, without the child.
#[derive(Debug, Clone, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = incidents, check_for_backend(diesel::pg::Pg))]
pub struct FacilityIncident {
    pub id: IncidentId,
    /// The facility in which the child lived that day.
    #[diesel(select_expression = incidents::facility_id.assume_not_null())]
    #[diesel(select_expression_type = diesel::dsl::AssumeNotNull<incidents::facility_id>)]
    pub facility_id: FacilityId,
    /// What happened.
    pub kind: IncidentKind,
    /// How grave it is.
    pub severity: IncidentSeverity,
    /// Day on which it happened.
    #[schema(example = "2026-05-18")]
    pub occurred_on: NaiveDate,
    /// Day on which the police was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-05-19")]
    pub police_on: Option<NaiveDate>,
    /// Day on which the inspectorate was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-05-19")]
    pub inspectorate_on: Option<NaiveDate>,
    /// Where it is in its life.
    pub state: IncidentState,
    /// Day on which the investigation began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-05-20")]
    pub started_on: Option<NaiveDate>,
    /// Day on which it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-30")]
    pub closed_on: Option<NaiveDate>,
    /// What the investigation came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<IncidentOutcome>,
}

page_of!(
    /// Some incidents in facilities, by id.
    FacilityIncidentPage, FacilityIncident
);

/// A complaint about a facility, without the child that it may be about.
#[derive(Debug, Clone, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = complaints, check_for_backend(diesel::pg::Pg))]
pub struct FacilityComplaint {
    pub id: ComplaintId,
    /// Whether it is of one child, or about its care; one that is not is read at `/v1/facility-complaints/{id}`.
    #[diesel(select_expression = complaints::child_id.is_not_null())]
    #[diesel(select_expression_type = diesel::dsl::IsNotNull<complaints::child_id>)]
    #[schema(example = true)]
    pub about_child: bool,
    /// The facility that it is about, or in which the child lived on the day that it concerns.
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
    /// Where it is in its life.
    pub state: ComplaintState,
    /// Day on which it was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-03")]
    pub resolved_on: Option<NaiveDate>,
    /// What it came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<ComplaintOutcome>,
}

page_of!(
    /// Some complaints about facilities, by id.
    FacilityComplaintPage, FacilityComplaint
);
