//! Who may do what, and to whom: the permissions of each role, the relations to a person that count, and
//! the classes of fields that they open, in tables that a reviewer can read.
//!
//! A client may be told a member of a person's record if a role of its grants the permission, one of that
//! role's ties to the person holds, and both open the member's class. What is not said here is denied.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

mod fields;

pub use fields::RULES;

use crate::platform::reach::{
    Place, Reach,
    Relation::{self, Everywhere, InArea, LivesWith, OfOrganisation},
    Tie,
};

/// A role and the permissions that it grants. There is no super-user over HTTP.
pub const POLICY: &[(&str, &[&str])] = &[
    (
        "case_worker",
        &[
            "emergency_access:open",
            "organisations:read",
            "children:read",
            "children:search",
            "children:manage",
            "protected_addresses:read",
            "protected_addresses:manage",
            "assessments:read",
            "assessments:manage",
            "care_plans:read",
            "care_plans:manage",
            "reviews:read",
            "reviews:manage",
            "carers:read",
            "facilities:read",
            "placements:read",
            "placements:manage",
            "overrides:read",
            "families:read",
            "families:manage",
            "cases:read",
            "cases:manage",
            "transfers:offer",
            "alerts:read",
            "alerts:acknowledge",
            "deadlines:read",
            "reconciliation:read",
        ],
    ),
    (
        "supervisor",
        &[
            "emergency_access:open",
            "emergency_access:read",
            "emergency_access:review",
            "notices:read",
            "organisations:read",
            "children:read",
            "children:search",
            "children:manage",
            "protected_addresses:read",
            "protected_addresses:manage",
            "assessments:read",
            "assessments:manage",
            "assessments:decide",
            "care_plans:read",
            "care_plans:manage",
            "care_plans:approve",
            "reviews:read",
            "reviews:manage",
            "carers:read",
            "facilities:read",
            "placements:read",
            "placements:manage",
            "overrides:read",
            "overrides:review",
            "families:read",
            "families:manage",
            "cases:read",
            "cases:manage",
            "placements:correct",
            "transfers:offer",
            "transfers:decide",
            "alerts:read",
            "alerts:acknowledge",
            "deadlines:read",
            "reconciliation:read",
        ],
    ),
    (
        "facility_officer",
        &[
            "organisations:read",
            "children:read",
            "protected_addresses:read",
            "facilities:read",
            "placements:read",
        ],
    ),
    ("carer_support_officer", &["organisations:read", "carers:read", "carers:manage"]),
    (
        "regional_authority",
        &[
            "emergency_access:open",
            "emergency_access:read",
            "emergency_access:review",
            "notices:read",
            "organisations:read",
            "children:read",
            "children:search",
            "protected_addresses:read",
            "assessments:read",
            "assessments:decide",
            "care_plans:read",
            "care_plans:approve",
            "reviews:read",
            "carers:read",
            "carers:manage",
            "carers:approve",
            "facilities:read",
            "facilities:manage",
            "placements:read",
            "placements:manage",
            "overrides:read",
            "overrides:review",
            "families:read",
            "cases:read",
            "placements:correct",
            "transfers:offer",
            "alerts:read",
            "alerts:acknowledge",
            "deadlines:read",
            "reconciliation:read",
        ],
    ),
    (
        "national_authority",
        &[
            "emergency_access:open",
            "emergency_access:read",
            "emergency_access:review",
            "notices:read",
            "contested_identifiers:read",
            "access_log:read",
            "organisations:read",
            "organisations:manage",
            "reference:manage",
            "children:read",
            "children:search",
            "children:manage",
            "protected_addresses:read",
            "protected_addresses:manage",
            "assessments:read",
            "assessments:manage",
            "assessments:decide",
            "care_plans:read",
            "care_plans:manage",
            "care_plans:approve",
            "reviews:read",
            "reviews:manage",
            "carers:read",
            "carers:manage",
            "carers:approve",
            "facilities:read",
            "facilities:manage",
            "facilities:register",
            "facilities:inspect",
            "placements:read",
            "placements:manage",
            "overrides:read",
            "overrides:review",
            "families:read",
            "families:manage",
            "cases:read",
            "cases:manage",
            "placements:correct",
            "clients:read",
            "clients:manage",
            "transfers:offer",
            "transfers:decide",
            "alerts:read",
            "alerts:acknowledge",
            "deadlines:read",
            "reconciliation:read",
        ],
    ),
    (
        "central_adoption_authority",
        &["organisations:read", "carers:read", "adoption_links:read", "adoption_links:manage"],
    ),
    ("inspector", &["organisations:read", "facilities:read", "facilities:inspect"]),
    ("statistician", &["organisations:read"]),
    ("ngo", &["organisations:read"]),
    ("auditor", &["access_log:read", "access_log:audit", "clients:read", "organisations:read"]),
    (
        "data_protection_officer",
        &[
            "access_log:read",
            "access_log:defer",
            "clients:read",
            "emergency_access:read",
            "emergency_access:review",
            "notices:read",
            "contested_identifiers:read",
            "organisations:read",
        ],
    ),
    (
        "sync_client",
        &[
            "organisations:read",
            "organisations:manage",
            "children:read",
            "children:search",
            "children:manage",
            "assessments:read",
            "assessments:manage",
            "assessments:decide",
            "care_plans:read",
            "care_plans:manage",
            "care_plans:approve",
            "reviews:read",
            "reviews:manage",
            "carers:read",
            "carers:manage",
            "facilities:read",
            "facilities:manage",
            "placements:read",
            "placements:manage",
            "overrides:read",
            "families:read",
            "families:manage",
            "cases:read",
            "cases:manage",
            "placements:correct",
            "alerts:read",
            "deadlines:read",
            "reconciliation:read",
        ],
    ),
];

/// All that is kept about a person, except what is sealed.
const WHOLE: &[&str] = &["personal", "identifying"];
/// Without what would lead to the person's door.
const PERSONAL: &[&str] = &["personal"];

/// What only a named few may know.
const SEALED: &[&str] = &["sealed"];

/// A role, a kind of persons, how a client of the role must stand to a person, and what that opens.
pub const TIES: &[(&str, &str, Relation, &[&str])] = &[
    ("case_worker", "child", OfOrganisation, WHOLE),
    ("case_worker", "family", OfOrganisation, WHOLE),
    ("case_worker", "carer_family", OfOrganisation, WHOLE),
    // For whom there is a place may live elsewhere.
    ("case_worker", "carer_family", Everywhere, PERSONAL),
    ("supervisor", "child", OfOrganisation, WHOLE),
    ("supervisor", "family", OfOrganisation, WHOLE),
    ("supervisor", "carer_family", OfOrganisation, WHOLE),
    ("supervisor", "carer_family", Everywhere, PERSONAL),
    ("facility_officer", "child", LivesWith, PERSONAL),
    ("carer_support_officer", "carer_family", OfOrganisation, WHOLE),
    ("regional_authority", "child", InArea, WHOLE),
    ("regional_authority", "family", InArea, WHOLE),
    ("regional_authority", "carer_family", InArea, WHOLE),
    ("regional_authority", "carer_family", Everywhere, PERSONAL),
    ("national_authority", "child", Everywhere, WHOLE),
    ("national_authority", "family", Everywhere, WHOLE),
    ("national_authority", "carer_family", Everywhere, WHOLE),
    ("central_adoption_authority", "carer_family", Everywhere, WHOLE),
    // The link between two children's records, and neither record.
    ("central_adoption_authority", "adoption_link", Everywhere, SEALED),
    // They read the access log, which names persons and tells nothing else of them.
    ("auditor", "child", Everywhere, PERSONAL),
    ("auditor", "family", Everywhere, PERSONAL),
    ("auditor", "carer_family", Everywhere, PERSONAL),
    ("data_protection_officer", "child", Everywhere, PERSONAL),
    ("data_protection_officer", "family", Everywhere, PERSONAL),
    ("data_protection_officer", "carer_family", Everywhere, PERSONAL),
    ("sync_client", "child", InArea, WHOLE),
    ("sync_client", "family", InArea, WHOLE),
    ("sync_client", "carer_family", InArea, WHOLE),
    ("sync_client", "carer_family", Everywhere, PERSONAL),
];

/// Where clients of a role may change what belongs to nobody, such as a facility: the permission for it, the
/// kind of records, and how the client must stand to one. Everybody may read them.
pub const PLACES: &[(&str, &str, &str, Relation)] = &[
    ("regional_authority", "facilities:manage", "facility", InArea),
    ("regional_authority", "facilities:manage", "facility", OfOrganisation),
    ("national_authority", "facilities:manage", "facility", Everywhere),
    ("sync_client", "facilities:manage", "facility", InArea),
    ("sync_client", "facilities:manage", "facility", OfOrganisation),
    ("case_worker", "alerts:acknowledge", "facility", OfOrganisation),
    ("supervisor", "alerts:acknowledge", "facility", OfOrganisation),
    ("regional_authority", "alerts:acknowledge", "facility", InArea),
    ("national_authority", "alerts:acknowledge", "facility", Everywhere),
];

/// Roles that work with many children at once: nobody counts how many they read about.
pub const BULK: &[&str] = &[
    "supervisor",
    "regional_authority",
    "national_authority",
    "auditor",
    "data_protection_officer",
    "sync_client",
];

/// For whose data each permission of these roles is good, to a client that stands at this place.
#[must_use]
pub fn reaches(roles: &[String], place: &Place) -> BTreeMap<&'static str, Arc<Reach>> {
    let holds = |role: &&str| roles.iter().any(|held| held == role);
    permissions(roles)
        .into_iter()
        .map(|permission| {
            let granting: Vec<&str> = POLICY
                .iter()
                .filter(|(role, granted)| holds(role) && granted.contains(&permission))
                .map(|(role, _)| *role)
                .collect();
            let ties = TIES
                .iter()
                .filter(|(role, ..)| granting.contains(role))
                .map(|(_, kind, relation, classes)| Tie { kind, relation: *relation, classes });
            let places = PLACES
                .iter()
                .filter(|(role, of, ..)| granting.contains(role) && *of == permission)
                .map(|(_, _, kind, relation)| Tie { kind, relation: *relation, classes: &[] });
            let ties = ties.chain(places).collect();
            (permission, Arc::new(Reach::new(&RULES, place.clone(), ties)))
        })
        .collect()
}

/// The permissions that these roles grant together; an unknown role grants none.
#[must_use]
pub fn permissions(roles: &[String]) -> BTreeSet<&'static str> {
    POLICY
        .iter()
        .filter(|(role, _)| roles.iter().any(|held| held == role))
        .flat_map(|(_, permissions)| permissions.iter().copied())
        .collect()
}
