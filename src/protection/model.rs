//! Protected addresses, and the links by which they are known.
use std::fmt;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    children::ChildId,
    platform::{
        id::Id,
        items::{Line, lines},
        vault::Opened,
    },
    record,
    reference::organisations::OrganisationId,
    schema::{case_links, protected_addresses},
    sealed_columns,
};

pub type ProtectedAddressId = Id<ProtectedAddress>;
pub type CaseLinkId = Id<CaseLink>;

/// Where a child lives whom somebody must not find.
#[derive(Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = protected_addresses, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct ProtectedAddress {
    pub id: ProtectedAddressId,
    /// The child.
    pub child_id: ChildId,
    /// Street and house.
    #[schema(example = json!(["Skrivena 4"]))]
    #[diesel(select_expression = (protected_addresses::id, protected_addresses::address_lines))]
    #[diesel(select_expression_type = (protected_addresses::id, protected_addresses::address_lines))]
    #[diesel(deserialize_as = Opened<protected_addresses::address_lines, Vec<String>>)]
    #[diesel(skip_insertion)]
    pub address_lines: Vec<String>,
    /// Town or village.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Lipov Hlad")]
    #[diesel(select_expression = (protected_addresses::id, protected_addresses::locality))]
    #[diesel(select_expression_type = (protected_addresses::id, protected_addresses::locality))]
    #[diesel(deserialize_as = Opened<protected_addresses::locality, Option<String>>)]
    #[diesel(skip_insertion)]
    pub locality: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "18000")]
    #[diesel(select_expression = (protected_addresses::id, protected_addresses::postcode))]
    #[diesel(select_expression_type = (protected_addresses::id, protected_addresses::postcode))]
    #[diesel(deserialize_as = Opened<protected_addresses::postcode, Option<String>>)]
    #[diesel(skip_insertion)]
    pub postcode: Option<String>,
    /// When it was recorded.
    #[schema(example = "2026-03-02T09:30:00Z")]
    pub recorded_at: DateTime<Utc>,
    /// When the protection ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-02T09:30:00Z")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(protected_addresses: Sealed { address_lines, locality, postcode });

/// Without what it says.
impl fmt::Debug for ProtectedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProtectedAddress({})", self.id)
    }
}

record!(ProtectedAddress {
    name: "protected_address",
    id: "ProtectedAddressId",
    example: "4e0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90",
    personal: true,
    under: child_id,
});

/// The protected addresses of a child, the one in force and former ones.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProtectedAddresses {
    /// The addresses, oldest first.
    pub data: Vec<ProtectedAddress>,
}

/// An address that is to be protected.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"address_lines": ["Skrivena 4"], "locality": "Lipov Hlad", "postcode": "18000"}))]
pub struct NewProtectedAddress {
    /// Street and house, in lines of 1 to 200 characters.
    #[validate(length(min = 1, max = 5), custom(function = "lines"))]
    #[schema(value_type = Vec<Line>, inline, min_items = 1, max_items = 5, example = json!(["Skrivena 4"]))]
    pub address_lines: Vec<String>,
    /// Town or village.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Lipov Hlad")]
    pub locality: Option<String>,
    /// Postal code.
    #[serde(default)]
    #[validate(length(min = 1, max = 20))]
    #[schema(nullable = false, min_length = 1, max_length = 20, example = "18000")]
    pub postcode: Option<String>,
}

/// Who is named to know a child's protected address.
#[derive(
    Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = case_links, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct CaseLink {
    pub id: CaseLinkId,
    /// The child.
    pub child_id: ChildId,
    /// The client that is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_id: Option<Uuid>,
    /// The organisation that is named, with all its clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// From when on.
    #[schema(example = "2026-03-02T09:30:00Z")]
    pub valid_from: DateTime<Utc>,
    /// Until when; until it is ended if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-02T09:30:00Z")]
    pub valid_until: Option<DateTime<Utc>>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

record!(CaseLink {
    name: "case_link",
    id: "CaseLinkId",
    example: "0199a5b2-0051-7000-8000-000000000001",
    under: child_id,
});

/// A client or an organisation that is to be named.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation_id": "0199a5b2-0002-7000-8000-000000000001", "valid_until": "2027-03-02T09:30:00Z"}))]
pub struct NewCaseLink {
    /// The client.
    #[serde(default)]
    #[schema(nullable = false)]
    pub client_id: Option<Uuid>,
    /// The organisation, with all its clients.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Until when; until it is ended if absent.
    #[serde(default)]
    #[schema(nullable = false, example = "2027-03-02T09:30:00Z")]
    pub valid_until: Option<DateTime<Utc>>,
}

/// Everybody who was ever named to know a child's protected address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseLinks {
    /// The links, oldest first.
    pub data: Vec<CaseLink>,
}
