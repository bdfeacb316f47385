//! Who sends requests: the registered clients, their roles, and what these allow.
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::purpose::Purpose;

/// Whoever sent the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub id: Uuid,
    pub organisation: Option<Uuid>,
    pub roles: Vec<String>,
    /// Names of the permissions that the roles grant.
    pub permissions: BTreeSet<&'static str>,
    /// What it may ask about persons for.
    pub purposes: Vec<Purpose>,
    /// What it asks for unless it says so.
    pub default_purpose: Option<Purpose>,
    /// The client may act until then; for ever if absent.
    pub valid_until: Option<DateTime<Utc>>,
}

/// A copy in memory of the clients that may act, so that the guard needs no database.
///
/// Tokens carry no rights: whoever is not in here, or no longer, may do nothing. The server
/// refreshes it every few seconds, which bounds how long a revoked client can go on.
#[derive(Debug, Clone, Default)]
pub struct Directory(Arc<RwLock<HashMap<Uuid, Arc<Actor>>>>);

impl Directory {
    /// The active client with this id.
    #[must_use]
    pub fn find(&self, id: Uuid, now: DateTime<Utc>) -> Option<Arc<Actor>> {
        let actors = self.0.read().unwrap_or_else(PoisonError::into_inner);
        actors.get(&id).filter(|actor| actor.valid_until.is_none_or(|end| now < end)).cloned()
    }

    /// Replaces all clients.
    pub fn replace(&self, actors: Vec<Actor>) {
        let actors = actors.into_iter().map(|actor| (actor.id, Arc::new(actor))).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = actors;
    }
}
