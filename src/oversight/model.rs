//! Accesses in an emergency, and notices.
use std::fmt;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    page_of,
    platform::{id::Id, vault::Opened},
    record,
    reference::organisations::OrganisationId,
    schema::{emergency_accesses, notices},
    sealed_columns, text_enum,
};

pub type EmergencyAccessId = Id<EmergencyAccess>;
pub type NoticeId = Id<Notice>;

text_enum! {
    /// How far the review of an access has come.
    pub enum ReviewState {
        /// Nobody has looked yet.
        ToReview = "to_review",
        /// It was needed.
        Justified = "justified",
        /// It was not.
        NotJustified = "not_justified",
    }
}

text_enum! {
    /// What a notice tells of.
    pub enum NoticeKind {
        /// A child's record was opened in an emergency.
        EmergencyAccess = "emergency_access",
        /// A client asked for more children in an hour than anybody needs.
        Trawling = "trawling",
        /// A record was written with a number that another has, of which its writer may not know.
        ContestedIdentifier = "contested_identifier",
    }
}

/// An access to a child's record in an emergency, and its review.
#[derive(
    Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = emergency_accesses, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct EmergencyAccess {
    pub id: EmergencyAccessId,
    /// The child.
    pub child_id: ChildId,
    /// The client that opened the record.
    pub client_id: Uuid,
    /// Its organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Why: a code of the list `emergency_reason`.
    #[schema(example = "urgent_placement")]
    pub reason_code: String,
    /// Why, in words.
    #[schema(
        example = "Found alone at the bus station at night; the centre on duty must place her."
    )]
    #[diesel(select_expression = (emergency_accesses::id, emergency_accesses::reason))]
    #[diesel(select_expression_type = (emergency_accesses::id, emergency_accesses::reason))]
    #[diesel(deserialize_as = Opened<emergency_accesses::reason, String>)]
    #[diesel(skip_insertion, skip_update)]
    pub reason: String,
    /// When the record was opened.
    #[schema(example = "2026-03-02T22:10:00Z")]
    pub opened_at: DateTime<Utc>,
    /// From then on it is closed again.
    #[schema(example = "2026-03-02T23:10:00Z")]
    pub valid_until: DateTime<Utc>,
    /// By then somebody else must have reviewed it.
    #[schema(example = "2026-03-05T22:10:00Z")]
    pub review_due_at: DateTime<Utc>,
    /// How far the review has come.
    pub state: ReviewState,
    /// When it was reviewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-03T09:00:00Z")]
    pub reviewed_at: Option<DateTime<Utc>>,
    /// The client that reviewed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reviewed_by: Option<Uuid>,
    /// What the review found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "The duty officer needed her allergies and her last carers."
    )]
    #[diesel(select_expression = (emergency_accesses::id, emergency_accesses::findings))]
    #[diesel(select_expression_type = (emergency_accesses::id, emergency_accesses::findings))]
    #[diesel(deserialize_as = Opened<emergency_accesses::findings, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub findings: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(emergency_accesses: Identifying { reason, findings });

/// Without what it says.
impl fmt::Debug for EmergencyAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmergencyAccess({})", self.id)
    }
}

page_of!(
    /// Some accesses, in the order asked for.
    counted EmergencyAccessPage, EmergencyAccess
);

record!(EmergencyAccess {
    name: "emergency_access",
    id: "EmergencyAccessId",
    example: "0199a5b2-0021-7000-8000-000000000001",
    under: child_id,
});

/// A request to open a child's record. The child is named by its id or by its registry number.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "registry_no": "CH-2026-000123-07", "reason_code": "urgent_placement",
    "reason": "Found alone at the bus station at night; the centre on duty must place her.", "minutes": 60,
}))]
pub struct NewEmergencyAccess {
    /// The child.
    #[serde(default)]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// The child's registry number.
    #[serde(default)]
    #[validate(length(min = 10, max = 40))]
    #[schema(nullable = false, min_length = 10, max_length = 40, example = "CH-2026-000123-07")]
    pub registry_no: Option<String>,
    /// Why: a code of the list `emergency_reason`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "urgent_placement")]
    pub reason_code: String,
    /// Why, in words.
    #[validate(length(min = 10, max = 1000))]
    #[schema(
        min_length = 10,
        max_length = 1000,
        example = "Found alone at the bus station at night."
    )]
    pub reason: String,
    /// For how many minutes; 60 unless said.
    #[serde(default)]
    #[validate(range(min = 1, max = 60))]
    #[schema(nullable = false, minimum = 1, maximum = 60, example = 60)]
    pub minutes: Option<i32>,
}

/// What a review found.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Whether the access was needed.
    #[schema(example = true)]
    pub justified: bool,
    /// What was found, in words.
    #[validate(length(min = 10, max = 1000))]
    #[schema(
        min_length = 10,
        max_length = 1000,
        example = "The duty officer needed her allergies and her last carers."
    )]
    pub findings: String,
}

/// A notice to an organisation. It tells no more of a person than its record's id.
#[derive(
    Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = notices, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Notice {
    pub id: NoticeId,
    /// What it tells of.
    pub kind: NoticeKind,
    /// Whom it is for; those who watch over the whole country if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// The access that it tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub emergency_access_id: Option<EmergencyAccessId>,
    /// The client that it tells of.
    pub client_id: Uuid,
    /// When it was written.
    #[schema(example = "2026-03-02T22:10:00Z")]
    pub at: DateTime<Utc>,
    /// When somebody took note of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-03T07:30:00Z")]
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// The client that took note of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub acknowledged_by: Option<Uuid>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
    /// The child whose identifier is contested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// The carer family whose identifier is contested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
}

page_of!(
    /// Some notices, in the order asked for.
    counted NoticePage, Notice
);

record!(Notice { name: "notice", id: "NoticeId", example: "0199a5b2-0022-7000-8000-000000000001" });

/// The records that share a contested identifier: the one that the notice names, and those that have the
/// same. None once one of them has lost it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct ContestedRecords {
    /// The children.
    pub children: Vec<ChildId>,
    /// The carer families.
    pub carer_families: Vec<CarerFamilyId>,
}
