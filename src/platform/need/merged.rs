//! Requests for records that were merged into others: they are pointed there.
use std::collections::BTreeSet;

use actix_web::HttpRequest;
use diesel::PgConnection;

use super::Need;
use crate::platform::{
    disclosure::Person,
    error::{Error, Merged, Result},
    journal,
};

/// What happened to a record, and who saw it, stays at its address.
pub fn stays(path: &str) -> bool {
    path.ends_with("/history") || path.contains("/access-log")
}

/// What becomes of a request for a record that was merged into another one.
#[derive(Clone)]
pub(super) enum Asks {
    /// What happened to the record stays with it.
    Past,
    /// At this address.
    Reads(String),
    Changes,
}

impl Asks {
    pub(super) fn of(req: &HttpRequest) -> Self {
        if req.match_pattern().is_some_and(|pattern| stays(&pattern)) {
            Self::Past
        } else if req.method().is_safe() {
            Self::Reads(req.uri().path_and_query().map(ToString::to_string).unwrap_or_default())
        } else {
            Self::Changes
        }
    }
}

impl Need {
    /// Points whoever names a record that was merged into another one to that, if it may know of that.
    pub(super) fn point_on(&self, conn: &mut PgConnection, named: &BTreeSet<Person>) -> Result<()> {
        let kind = self.reach.rules.counted;
        let own = self.subject.filter(|subject| subject.kind == kind).map(|subject| subject.id);
        let others = named.iter().filter(|person| person.kind == kind).map(|person| person.id);
        if matches!(self.asks, Asks::Past) {
            return Ok(());
        }
        let merged = journal::merged(conn, own.into_iter().chain(others).collect())?;
        let first = own.and_then(|own| merged.get_key_value(&own)).or_else(|| merged.iter().next());
        let Some((gone, into)) = first else { return Ok(()) };
        let into = into.as_ref().ok_or_else(|| self.nobody())?;
        let survivor = Person { kind: kind.to_owned(), id: *into, mentioned: false };
        if self.reached(conn, BTreeSet::from([survivor]))?.is_empty() {
            return Err(self.nobody());
        }
        let location = match &self.asks {
            Asks::Reads(address) if own == Some(*gone) => {
                Some(address.replace(&gone.to_string(), &into.to_string()))
            }
            _ => None,
        };
        Err(Error::Merged(Box::new(Merged { into: *into, location })))
    }
}
