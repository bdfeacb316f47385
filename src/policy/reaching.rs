//! What the tables come to for a client: its permissions, and for whose data each is good.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{PLACES, POLICY, RULES, TIES};
use crate::platform::reach::{Place, Reach, Tie};

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
