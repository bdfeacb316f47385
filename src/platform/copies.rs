//! Copies of records that other systems keep: of which kinds there are some, and how far each client reaches.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sha2::{Digest as _, Sha256};

use super::{
    access::Permission,
    actor::Actor,
    disclosure::Person,
    id::Kind,
    reach::{Classes, Reach, Standing},
};

/// A kind of records that copies are kept of, and the permission by which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    pub kind: &'static str,
    pub permission: &'static str,
    classes: &'static [&'static str],
}

impl Copied {
    #[must_use]
    pub fn of<T: Kind, P: Permission>() -> Self {
        Self { kind: T::NAME, permission: P::NAME, classes: P::CLASSES }
    }
}

/// How far a client reaches with each kind of which it may keep a copy.
#[derive(Debug, Clone)]
pub struct Copies {
    /// By the permission to keep copies at all.
    own: Arc<Reach>,
    /// By the permission to read the kind.
    kinds: BTreeMap<&'static str, (Arc<Reach>, &'static [&'static str])>,
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
            Some((it.kind, (reach, it.classes)))
        });
        let (own, kinds) = (reach(P::NAME)?, kinds.collect::<BTreeMap<_, _>>());
        // What opens no data of persons is about nobody.
        let open = |(reach, classes): &(Arc<Reach>, &[&str])| {
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
        let (reach, opened) = self.kinds.get(kind)?;
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

    /// Names how far it reaches: a copy that was made with another reach has to be made anew.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        let mut digest = Sha256::new();
        for (name, (reach, classes)) in &self.kinds {
            digest.update(format!("{name} {classes:?} {}\n", reach.scope()));
        }
        digest.update(self.own.scope());
        digest.finalize().iter().take(12).copied().collect()
    }
}
