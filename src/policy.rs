//! Who may do what: the permissions of each role, in one table that a reviewer can read.
use std::collections::BTreeSet;

/// A role and the permissions that it grants. There is no super-user over HTTP.
pub const POLICY: &[(&str, &[&str])] = &[
    (
        "case_worker",
        &[
            "organisations:read",
            "children:read",
            "children:search",
            "children:manage",
            "carers:read",
            "facilities:read",
            "placements:read",
            "placements:manage",
        ],
    ),
    (
        "supervisor",
        &[
            "organisations:read",
            "children:read",
            "children:search",
            "children:manage",
            "carers:read",
            "facilities:read",
            "placements:read",
            "placements:manage",
            "placements:correct",
        ],
    ),
    ("facility_officer", &["organisations:read", "facilities:read"]),
    ("carer_support_officer", &["organisations:read", "carers:read", "carers:manage"]),
    (
        "regional_authority",
        &[
            "organisations:read",
            "children:read",
            "children:search",
            "carers:read",
            "carers:manage",
            "carers:approve",
            "facilities:read",
            "facilities:manage",
            "placements:read",
            "placements:manage",
            "placements:correct",
        ],
    ),
    (
        "national_authority",
        &[
            "access_log:read",
            "organisations:read",
            "organisations:manage",
            "reference:manage",
            "children:read",
            "children:search",
            "children:manage",
            "carers:read",
            "carers:manage",
            "carers:approve",
            "facilities:read",
            "facilities:manage",
            "facilities:register",
            "facilities:inspect",
            "placements:read",
            "placements:manage",
            "placements:correct",
            "clients:read",
            "clients:manage",
        ],
    ),
    ("central_adoption_authority", &["organisations:read", "carers:read"]),
    ("inspector", &["organisations:read", "facilities:read", "facilities:inspect"]),
    ("statistician", &["organisations:read"]),
    ("ngo", &["organisations:read"]),
    ("auditor", &["access_log:read", "access_log:audit", "clients:read", "organisations:read"]),
    (
        "data_protection_officer",
        &["access_log:read", "access_log:defer", "clients:read", "organisations:read"],
    ),
    (
        "sync_client",
        &[
            "organisations:read",
            "organisations:manage",
            "children:read",
            "children:search",
            "children:manage",
            "carers:read",
            "carers:manage",
            "facilities:read",
            "facilities:manage",
            "placements:read",
            "placements:manage",
            "placements:correct",
        ],
    ),
];

/// The permissions that these roles grant together; an unknown role grants none.
#[must_use]
pub fn permissions(roles: &[String]) -> BTreeSet<&'static str> {
    POLICY
        .iter()
        .filter(|(role, _)| roles.iter().any(|held| held == role))
        .flat_map(|(_, permissions)| permissions.iter().copied())
        .collect()
}
