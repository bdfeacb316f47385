//! What an inspector found.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::FacilityId;
use crate::{
    page_of,
    platform::{id::Id, vault::Opened},
    record,
    schema::facility_inspections,
    sealed_columns,
};

pub type InspectionId = Id<Inspection>;

/// An inspection of a facility (UN Guidelines ¶128: scheduled and unannounced visits, with discussion
/// with children).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = facility_inspections, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
#[schema(as = FacilityInspection)]
pub struct Inspection {
    pub id: InspectionId,
    /// The facility.
    pub facility_id: FacilityId,
    /// Whether it was announced: a code of the list `inspection_kind`.
    #[schema(example = "unannounced")]
    pub kind: String,
    /// The day of the visit.
    #[schema(example = "2026-02-17")]
    pub inspected_on: NaiveDate,
    /// Who inspected.
    #[schema(example = "Inspectorate for Social Protection")]
    pub body: String,
    /// How many children the inspectors spoke to.
    #[schema(example = 9)]
    pub children_spoken_to: i32,
    /// What was found; it names no child.
    #[schema(example = "Night shift of one for 24 children.")]
    #[diesel(select_expression = (facility_inspections::id, facility_inspections::findings))]
    #[diesel(select_expression_type = (facility_inspections::id, facility_inspections::findings))]
    #[diesel(deserialize_as = Opened<facility_inspections::findings, String>)]
    #[diesel(skip_insertion)]
    pub findings: String,
    /// The rating, in the words of the inspectorate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "requires_improvement")]
    pub rating: Option<String>,
    /// What the facility has to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "A second carer on every night shift.")]
    #[diesel(select_expression = (facility_inspections::id, facility_inspections::actions))]
    #[diesel(select_expression_type = (facility_inspections::id, facility_inspections::actions))]
    #[diesel(deserialize_as = Opened<facility_inspections::actions, Option<String>>)]
    #[diesel(skip_insertion)]
    pub actions: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-05-17")]
    pub due_on: Option<NaiveDate>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(facility_inspections: Identifying { findings, actions });

page_of!(
    /// Some inspections, latest first.
    FacilityInspectionPage, Inspection
);

record!(Inspection {
    name: "facility_inspection",
    id: "FacilityInspectionId",
    example: "0199a5b2-0042-7000-8000-000000000001",
    under: facility_id,
});

/// A new inspection.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFacilityInspection)]
pub struct NewInspection {
    /// Whether it was announced: a code of the list `inspection_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "unannounced")]
    pub kind: String,
    /// The day of the visit, today at the latest.
    #[schema(example = "2026-02-17")]
    pub inspected_on: NaiveDate,
    /// Who inspected.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Inspectorate for Social Protection")]
    pub body: String,
    /// How many children the inspectors spoke to.
    #[validate(range(min = 0, max = 2000))]
    #[schema(minimum = 0, maximum = 2000, example = 9)]
    pub children_spoken_to: i32,
    /// What was found; it must name no child.
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "Night shift of one for 24 children.")]
    pub findings: String,
    /// The rating, in the words of the inspectorate.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "requires_improvement")]
    pub rating: Option<String>,
    /// What the facility has to do.
    #[serde(default)]
    #[validate(length(min = 1, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 4000,
        example = "A second carer on every night shift."
    )]
    pub actions: Option<String>,
    /// Until when; not before the visit.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-05-17")]
    pub due_on: Option<NaiveDate>,
}
