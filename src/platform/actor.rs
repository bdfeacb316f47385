//! Who sends requests: the registered clients, their roles, and what these allow.
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::reach::Reach;

/// Whoever sent the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub id: Uuid,
    pub organisation: Option<Uuid>,
    pub roles: Vec<String>,
    /// Names of the permissions that the roles grant.
    pub permissions: BTreeSet<&'static str>,
    /// Whose data each of these permissions opens to it.
    pub reaches: BTreeMap<&'static str, Arc<Reach>>,
    /// The purposes that it may ask for.
    pub purposes: Vec<String>,
    /// The purpose of its requests that name none.
    pub default_purpose: Option<String>,
    /// The outside issuer, and what it calls the client.
    pub external: Option<(String, String)>,
    /// Its keys that hold, each with the moment at which it no longer does.
    pub keys: BTreeMap<Uuid, Option<DateTime<Utc>>>,
    /// The client may act until then; for ever if absent.
    pub valid_until: Option<DateTime<Utc>>,
}

/// Whom a token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A client, in a token of ours; with the key by which it got the token, if it got it from here.
    Client { id: Uuid, key: Option<Uuid> },
    /// What an outside issuer calls a client.
    Outside { issuer: String, subject: String },
}

impl Caller {
    /// A client without more.
    #[must_use]
    pub fn client(id: Uuid) -> Self {
        Self::Client { id, key: None }
    }
}

/// A copy in memory of the clients that may act, so that the guard needs no database.
///
/// Tokens carry no rights: whoever is not in here, or no longer, may do nothing. The server
/// refreshes it every few seconds, which bounds how long a revoked client can go on.
#[derive(Debug, Clone, Default)]
pub struct Directory(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    clients: HashMap<Uuid, Arc<Actor>>,
    outside: HashMap<(String, String), Uuid>,
    /// Until when this copy is believed; for ever if nobody renews it.
    stale_at: Option<Instant>,
}

impl Directory {
    /// The active client that is named. A token lives no longer than the key that it was got by.
    #[must_use]
    pub fn find(&self, caller: &Caller, now: DateTime<Utc>) -> Option<Arc<Actor>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (id, by) = match caller {
            Caller::Client { id, key } => (*id, *key),
            Caller::Outside { issuer, subject } => {
                (*known.outside.get(&(issuer.clone(), subject.clone()))?, None)
            }
        };
        let ahead = |end: &Option<DateTime<Utc>>| end.is_none_or(|end| now < end);
        let holds = |actor: &Actor| by.is_none_or(|key| actor.keys.get(&key).is_some_and(ahead));
        known.clients.get(&id).filter(|actor| ahead(&actor.valid_until) && holds(actor)).cloned()
    }

    /// Whether the copy is too old to go by.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.stale_at.is_some_and(|at| Instant::now() >= at)
    }

    /// Replaces all clients.
    pub fn replace(&self, actors: Vec<Actor>) {
        self.put(actors, None);
    }

    /// Replaces all clients; the copy is believed for so long.
    pub fn replace_for(&self, actors: Vec<Actor>, believed: Duration) {
        self.put(actors, Instant::now().checked_add(believed));
    }

    fn put(&self, actors: Vec<Actor>, stale_at: Option<Instant>) {
        let outside = |actor: &Actor| Some((actor.external.clone()?, actor.id));
        let known = Known {
            stale_at,
            outside: actors.iter().filter_map(outside).collect(),
            clients: actors.into_iter().map(|actor| (actor.id, Arc::new(actor))).collect(),
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
}
