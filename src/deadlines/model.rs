//! What a deadline is, and what does not add up.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    page_of,
    platform::id::{Id, Kind},
    reference::organisations::OrganisationId,
    rules::deadlines::Severity,
    schema::deadlines,
    text_enum,
};

pub type DeadlineId = Id<Deadline>;

/// A clock that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = deadlines, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
#[schema(example = json!({
    "id": Deadline::EXAMPLE, "rule": "PL-27", "subject_kind": "care_period",
    "subject_id": "2c7d9e10-4b5a-4f6c-8d7e-9f0a1b2c3d4e", "child_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90",
    "organisation_id": "0199a5b2-0003-7000-8000-000000000001", "area_code": "RS-20",
    "due_on": "2026-06-02", "severity": "notice", "changes_on": "2026-06-03",
}))]
pub struct Deadline {
    pub id: DeadlineId,
    /// Code of the rule.
    #[schema(example = "PL-27")]
    pub rule: String,
    /// Kind of the record that the rule asks something of.
    #[schema(example = "care_period")]
    pub subject_kind: String,
    /// That record.
    #[schema(example = "2c7d9e10-4b5a-4f6c-8d7e-9f0a1b2c3d4e")]
    pub subject_id: Uuid,
    /// The child whom it is about. Each deadline is about a child, a carer family or a facility, or about
    /// the work of the organisation where none of them is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// The record that may be of the same child (DI-04). Whoever may not read both is told of neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub other_child_id: Option<ChildId>,
    /// The carer family that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
    /// The facility that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// The organisation that must act.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Code of the area of the child, family, facility or organisation.
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// Day by which it must have happened.
    #[schema(example = "2026-06-02")]
    pub due_on: NaiveDate,
    /// How urgent the alert is that it gives; absent while it gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub severity: Option<Severity>,
    /// Day on which it gives another alert, or another severity, unless something happens before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-03")]
    pub changes_on: Option<NaiveDate>,
}

impl Kind for Deadline {
    const NAME: &'static str = "deadline";
    const ID_SCHEMA: &'static str = "DeadlineId";
    const PERSONAL: bool = true;
    const EXAMPLE: &'static str = "b3e8a1c4-5d6f-4a70-9b2e-1c0d9f8e7a65";
}

page_of!(
    /// Some deadlines, in the order asked for.
    counted DeadlinePage, Deadline
);

text_enum! {
    /// What does not add up.
    pub enum DiscrepancyKind {
        /// A child in care, of whom no placement says where it lives today.
        NoWhereabouts = "no_whereabouts",
        /// A child in care without a legal status today.
        NoLegalStatus = "no_legal_status",
        /// A facility where children live, and which has no registration today.
        NotRegistered = "not_registered",
        /// A facility where more children live than it is authorised for.
        OverCapacity = "over_capacity",
    }
}

/// A record that does not add up with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "kind": "over_capacity", "facility_id": "0199a5b2-0007-7000-8000-000000000001", "area_code": "RS-20",
    "organisation_id": "0199a5b2-0003-7000-8000-000000000001", "expected": 12, "found": 13,
}))]
pub struct Discrepancy {
    /// What does not add up.
    pub kind: DiscrepancyKind,
    /// The child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// The facility.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// The organisation that must put it right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Code of the area of the child or facility.
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// How many children the facility may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, example = 12)]
    pub expected: Option<i32>,
    /// How many it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, example = 13)]
    pub found: Option<i32>,
}

page_of!(
    /// Some discrepancies: those of children first, by id.
    DiscrepancyPage, Discrepancy
);
