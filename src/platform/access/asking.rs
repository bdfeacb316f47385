//! What a handler may ask of the guard: who is reached, what may be copied, who may be called.
use std::{collections::BTreeSet, time::Duration};

use actix_web::web;
use diesel::PgConnection;
use uuid::Uuid;

use super::{Access, Permission};
use crate::platform::{
    copies::Copies,
    disclosure::Person,
    error::{Error, Result},
};

impl<P: Permission> Access<P> {
    /// Of what the client may keep copies.
    pub fn copies(&self) -> Result<Copies> {
        Copies::of::<P>(&self.platform.copied, &self.actor).ok_or(Error::Forbidden(P::NAME))
    }

    /// Of what the client may keep copies, who holds this permission besides.
    pub fn copies_by<Q: Permission>(&self) -> Result<Copies> {
        Copies::of::<Q>(&self.platform.copied, &self.actor).ok_or(Error::Forbidden(Q::NAME))
    }

    /// Returns when something has changed after that place of the feed, or nothing for so long.
    pub async fn passes(&self, place: i64, patience: Duration) {
        self.platform.pulse.passes(place, patience).await;
    }

    /// Refuses an address, in a member of the body, at which the service does not call anybody.
    pub async fn callable(&self, pointer: &'static str, url: String) -> Result<()> {
        let targets = self.platform.targets.clone();
        let asked = move || targets.parse(&url).and_then(|target| targets.resolve(&target));
        let told = web::block(asked).await.map_err(|_| Error::Busy)?;
        told.map(drop).map_err(|refused| {
            let (code, detail) = refused.said();
            Error::value(pointer, code, detail)
        })
    }

    /// Refuses, within a query, a record of nobody, such as a facility, to which the client does not stand as the
    /// permission asks for: by the organisation that it belongs to, and by its area.
    pub fn placing(&self) -> impl Fn(&str, Uuid, &str) -> Result<()> + Send + 'static {
        let need = self.need.clone();
        move |kind, organisation, area| need.place(kind, organisation, area)
    }

    /// Says, within a query, of which of these persons the client may know.
    pub fn reaching(
        &self,
    ) -> impl Fn(&mut PgConnection, BTreeSet<Person>) -> Result<BTreeSet<Person>> + Send + 'static
    {
        let need = self.need.clone();
        move |conn, persons| need.reached(conn, persons)
    }

    /// Whether the client reaches all records of a kind that is nobody's.
    pub fn is_everywhere(&self, kind: &str) -> bool {
        self.need.is_everywhere(kind)
    }

    /// Whether the client watches over everybody.
    pub fn watches(&self) -> bool {
        self.need.watches()
    }
}
