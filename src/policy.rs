//! Who may do what, and to whom: the permissions of each role, the relations to a person that count, and
//! the classes of fields that they open, in tables that a reviewer can read.
//!
//! A client may be told a member of a person's record if a role of its grants the permission, one of that
//! role's ties to the person holds, and both open the member's class. What is not said here is denied.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::platform::reach::{Place, Reach, Tie};

mod fields;
mod ties;

pub use fields::RULES;
pub use ties::{PLACES, TIES};

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
            "court_cases:read",
            "reviews:manage",
            "court_cases:manage",
            "visits:read",
            "visits:manage",
            "contact:read",
            "contact:manage",
            "incidents:read",
            "incidents:manage",
            "complaints:read",
            "complaints:manage",
            "complaint_reporters:read",
            "carers:read",
            "facilities:read",
            "transformation_plans:read",
            "transition_plans:read",
            "transition_plans:manage",
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
            "court_cases:read",
            "reviews:manage",
            "court_cases:manage",
            "visits:read",
            "visits:manage",
            "contact:read",
            "contact:manage",
            "contact:restrict",
            "incidents:read",
            "incidents:manage",
            "complaints:read",
            "complaints:manage",
            "complaint_reporters:read",
            "carers:read",
            "facilities:read",
            "transformation_plans:read",
            "transition_plans:read",
            "transition_plans:manage",
            "transition_plans:agree",
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
            "facilities:staff",
            "transformation_plans:read",
            "placements:read",
        ],
    ),
    (
        "carer_support_officer",
        &[
            "organisations:read",
            "carers:read",
            "carers:manage",
            "alerts:read",
            "alerts:acknowledge",
            "deadlines:read",
        ],
    ),
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
            "court_cases:read",
            "visits:read",
            "contact:read",
            "contact:restrict",
            "incidents:read",
            "complaints:read",
            "carers:read",
            "carers:manage",
            "carers:approve",
            "facilities:read",
            "facilities:manage",
            "facilities:staff",
            "transformation_plans:read",
            "transformation_plans:manage",
            "closures:simulate",
            "transition_plans:read",
            "transition_plans:agree",
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
            "court_cases:read",
            "reviews:manage",
            "court_cases:manage",
            "visits:read",
            "visits:manage",
            "contact:read",
            "contact:manage",
            "contact:restrict",
            "incidents:read",
            "incidents:manage",
            "complaints:read",
            "complaints:manage",
            "complaint_reporters:read",
            "facility_incidents:read",
            "carers:read",
            "carers:manage",
            "carers:approve",
            "facilities:read",
            "facilities:manage",
            "facilities:register",
            "facilities:inspect",
            "facilities:staff",
            "transformation_plans:read",
            "transformation_plans:manage",
            "closures:simulate",
            "transformation_plans:approve",
            "transition_plans:read",
            "transition_plans:manage",
            "transition_plans:agree",
            "placements:read",
            "placements:manage",
            "rules:preview",
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
    (
        "inspector",
        &[
            "organisations:read",
            "facilities:read",
            "transformation_plans:read",
            "facilities:inspect",
            "facilities:staff",
            "facility_incidents:read",
        ],
    ),
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
            "court_cases:read",
            "reviews:manage",
            "court_cases:manage",
            "visits:read",
            "visits:manage",
            "contact:read",
            "contact:manage",
            "contact:restrict",
            "incidents:read",
            "incidents:manage",
            "complaints:read",
            "complaints:manage",
            "complaint_reporters:read",
            "carers:read",
            "carers:manage",
            "facilities:read",
            "facilities:manage",
            "facilities:staff",
            "transformation_plans:read",
            "transition_plans:read",
            "transition_plans:manage",
            "transition_plans:agree",
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
