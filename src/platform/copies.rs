//! Copies of records that other systems keep: of which kinds there are some, and how far each client reaches.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    access::Permission,
    actor::Actor,
    disclosure::{self, Person},
    error::{Error, Result},
    journal::Subject,
    reach::{Classes, Reach, Standing},
};

/// A kind of records that copies are kept of, and the permission by which they are read.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    pub kind: &'static str,
    pub permission: &'static str,
    /// Where one is read.
    pub address: &'static str,
    classes: &'static [&'static str],
    reread: Reread,
}

/// Reads a record as the journal keeps it, and writes it as this release does; says whose data it holds.
type Reread = fn(Value) -> Result<(Vec<u8>, BTreeSet<Person>)>;

impl Copied {
    #[must_use]
    pub fn of<T: Subject + DeserializeOwned, P: Permission>(address: &'static str) -> Self {
        let reread = |kept| {
            let record: T = serde_json::from_value(kept).map_err(Error::internal)?;
            disclosure::json(&record)
        };
        Self { kind: T::NAME, permission: P::NAME, address, classes: P::CLASSES, reread }
    }
}

/// How far a client reaches with each kind of which it may keep a copy.
#[derive(Debug, Clone)]
pub struct Copies {
    /// By the permission to keep copies at all.
    own: Arc<Reach>,
    /// By the permission to read the kind.
    kinds: BTreeMap<&'static str, (Arc<Reach>, Copied)>,
    /// Whether nobody and nothing is kept from the client.
    whole: bool,
}

impl Copies {
    /// What this client may keep, who holds the permission `P` to keep copies.
    #[must_use]
    pub fn of<P: Permission>(copied: &[Copied], actor: &Actor) -> Option<Self> {
        let reach = |permission| actor.reaches.get(permission).map(Arc::clone);
        let kinds = copied.iter().filter_map(|it| {
            let reach = reach(it.permission)?;
            Some((it.kind, (reach, *it)))
        });
        let (own, kinds) = (reach(P::NAME)?, kinds.collect::<BTreeMap<_, _>>());
        // What opens no data of persons is about nobody.
        let open = |(reach, Copied { classes, .. }): &(Arc<Reach>, Copied)| {
            let told = |class| classes.is_empty() || classes.contains(&class);
            reach.is_open(classes) && reach.rules.fields.iter().all(|field| told(field.class))
        };
        let whole = own.is_open(&[]) && kinds.values().all(open);
        Some(Self { own, kinds, whole })
    }

    /// The kinds, by name.
    #[must_use]
    pub fn kinds(&self) -> Vec<&'static str> {
        self.kinds.keys().copied().collect()
    }

    /// Whether nobody and nothing is kept from it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// What of a person's data in a record of that kind it may be told; absent if nothing. Whoever may
    /// know for a time keeps no copy.
    #[must_use]
    pub fn classes(&self, kind: &str, standing: &Standing) -> Option<Classes> {
        let standing = Standing { granted: false, ..standing.clone() };
        let (reach, Copied { classes: opened, .. }) = self.kinds.get(kind)?;
        let _reached = self.own.classes(&standing)?;
        let classes = reach.classes(&standing)?;
        Some(classes.into_iter().filter(|class| opened.contains(class)).collect())
    }

    /// The members of a record of that kind about these persons that it may not be told of; absent if it
    /// may not be told of the record.
    #[must_use]
    pub fn closed<'s>(
        &self,
        kind: &str,
        persons: &BTreeSet<Person>,
        standing: impl Fn(&Person) -> Option<&'s Standing>,
    ) -> Option<BTreeSet<&'static str>> {
        let mut closed = BTreeSet::new();
        if self.whole {
            return Some(closed);
        }
        for person in persons.iter().filter(|person| !person.mentioned) {
            let classes = self.classes(kind, standing(person)?)?;
            let fields = self.own.rules.fields.iter();
            let fields = fields.filter(|it| it.kind == person.kind && !classes.contains(it.class));
            closed.extend(fields.flat_map(|field| field.members));
        }
        Some(closed)
    }

    /// A record of that kind, as the journal keeps it, as it is told; and whose data it holds.
    pub fn reread(&self, kind: &str, kept: Value) -> Result<(Vec<u8>, BTreeSet<Person>)> {
        let (_, copied) = self.kinds.get(kind).ok_or(Error::NotFound("kind"))?;
        (copied.reread)(kept)
    }

    /// Where a record of that kind is read, by its id and that of the record under which it is listed.
    #[must_use]
    pub fn address(&self, kind: &str, id: Uuid, of: Option<Uuid>) -> Option<String> {
        let (_, Copied { address, .. }) = self.kinds.get(kind)?;
        let of = of.map(|of| of.to_string());
        let address = if address.contains("{of}") {
            address.replace("{of}", of.as_deref()?)
        } else {
            (*address).to_owned()
        };
        (!address.is_empty()).then(|| address.replace("{id}", &id.to_string()))
    }

    /// Names how far it reaches: a copy that was made with another reach has to be made anew.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        let mut digest = Sha256::new();
        for (name, (reach, copied)) in &self.kinds {
            digest.update(format!("{name} {:?} {}\n", copied.classes, reach.scope()));
        }
        digest.update(self.own.scope());
        digest.finalize().iter().take(12).copied().collect()
    }
}
