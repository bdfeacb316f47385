//! Telling a client what it did not just ask for: as far as it reaches at that moment, and never before the
//! access log has it. What leaves so goes the way of an answer.
use std::{collections::BTreeSet, marker::PhantomData, sync::Arc};

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::Serialize;
use uuid::Uuid;

use super::{
    access::{Permission, Platform},
    access_log::{Outcome, looks},
    actor::{Actor, Caller},
    copies::Copies,
    disclosure::{self, distinct},
    error::{Error, Result},
    need::Need,
    purpose::Errand,
};

/// The way to a client that holds `P`, for one message.
pub struct Telling<'p, P> {
    platform: &'p Platform,
    actor: Arc<Actor>,
    need: Need,
    now: DateTime<Utc>,
    permission: PhantomData<P>,
}

impl<'p, P: Permission> Telling<'p, P> {
    /// To this client, if it may act now and holds `P`. Whoever was revoked is told nothing from the next copy
    /// of the clients on, as on every other way.
    pub fn to(platform: &'p Platform, client: Uuid, now: DateTime<Utc>) -> Result<Self> {
        if platform.directory.is_stale() {
            return Err(Error::Busy);
        }
        let actor = platform.directory.find(&Caller::client(client), now);
        let actor = actor.ok_or(Error::Unauthenticated)?;
        let need = Need::unasked::<P>(&actor)?;
        Ok(Self { platform, actor, need, now, permission: PhantomData })
    }

    /// Of what the client may keep copies.
    pub fn copies(&self) -> Result<Copies> {
        Copies::of::<P>(&self.platform.copied, &self.actor).ok_or(Error::Forbidden(P::NAME))
    }

    /// The purpose that it is told for: the one that was named, if it may still ask for it, else its usual one.
    pub fn purpose(&self, named: Option<&str>) -> Result<String> {
        match named {
            Some(named) if self.actor.purposes.iter().any(|it| it == named) => Ok(named.to_owned()),
            Some(_) => Err(Error::Purpose(self.actor.purposes.clone())),
            None => self.actor.default_purpose.clone().ok_or(Error::Forbidden(P::NAME)),
        }
    }

    /// Runs a query in a read-only transaction, as far as the client reaches.
    pub fn read<T>(&self, query: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
        self.platform.db.read_here(&self.need.settings(self.now), query)
    }

    /// The text of a value as far as the client may be told of the persons in it, once the log has them all.
    /// Waits for that on this thread.
    pub fn release(
        &self,
        purpose: &str,
        said: (&str, &str),
        body: &impl Serialize,
    ) -> Result<Vec<u8>> {
        let (body, persons) = disclosure::json(body)?;
        let unknown = self.need.unknown(&persons);
        let shelters = self.need.may_shelter(&body, &persons);
        if !unknown.is_empty() || !shelters.is_empty() {
            self.read(|conn| {
                self.need.learn(conn, &unknown)?;
                self.need.learn_shelters(conn, shelters)
            })?;
        }
        let body = self.need.cover(body, &persons)?;
        self.log(purpose, said, &distinct(&persons))?;
        Ok(body)
    }

    fn log(
        &self,
        purpose: &str,
        (operation, message): (&str, &str),
        persons: &BTreeSet<disclosure::Person>,
    ) -> Result<()> {
        let errand = Errand {
            purpose: Some(purpose.to_owned()),
            on_behalf_of: None,
            legal_basis: None,
            operation: operation.to_owned(),
            request_id: message.to_owned(),
            answer: rand::random(),
        };
        let looks = looks(&self.actor, &errand, P::CLASSES, Outcome::Released, persons)?;
        let clock = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let clock = clock.map_err(Error::internal)?;
        clock.block_on(self.platform.access_log.write(looks)).map(drop)
    }
}
