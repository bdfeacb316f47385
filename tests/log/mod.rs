//! The access log without its database: an operator who keeps one in memory, and may cheat.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
mod attacks;
mod command;
mod notes;
mod proofs;
mod receipts;
mod tree;
pub mod verifiers;

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use kinstead::{
    log::{
        checkpoint::Checkpoint,
        entry::{AccessEntry, AnswerId, Leaf, Salt, Subject},
        extract::{AccessLogExtract, Deferral, Found, Opening, Shown, Source},
        key::{Role, VerifierKey},
        tag::{SortedTags, SubjectKey, Tag},
        tree::Nodes,
        witness,
    },
    platform::{
        disclosure::Person,
        keys::PrivateKey,
        receipt::{Receipt, Said},
    },
};
use uuid::Uuid;

pub const ORIGIN: &str = "registry.example/access-log";
const WITNESS: &str = "witness.example/w1";

/// The keeper of a log.
pub struct Operator {
    pub key: Arc<PrivateKey>,
    pub witness: PrivateKey,
    pub nodes: Nodes,
    pub leaves: Vec<Leaf>,
    /// The tags to sort, which an honest operator takes from the leaves.
    pub tags: Vec<Tag>,
    pub subjects: BTreeMap<Uuid, (SubjectKey, Vec<Found>)>,
    pub now: DateTime<Utc>,
}

impl Operator {
    pub fn new() -> Self {
        Self {
            key: Arc::new(PrivateKey::generate()),
            witness: PrivateKey::generate(),
            nodes: Nodes::default(),
            leaves: Vec::new(),
            tags: Vec::new(),
            subjects: BTreeMap::new(),
            now: "2026-11-22T07:30:12Z".parse().unwrap(),
        }
    }

    /// A log with `many` entries about the first child and twice as many about others, in turn.
    pub fn with_entries(many: usize) -> (Self, Uuid) {
        let (mut operator, child) = (Self::new(), Uuid::new_v4());
        let others = [Uuid::new_v4(), Uuid::new_v4()];
        for _ in 0..many {
            for subject in [others[0], child, others[1]] {
                operator.log(subject);
            }
        }
        (operator, child)
    }

    pub fn another(&self, child: Uuid) -> Uuid {
        *self.subjects.keys().find(|id| **id != child).unwrap()
    }

    fn entry(&self, subject: Uuid, number: u64) -> AccessEntry {
        AccessEntry {
            subject: Subject { kind: "child".to_owned(), id: subject },
            number,
            at: self.now,
            client: Uuid::from_u128(1),
            organisation: Uuid::from_u128(2),
            person: None,
            purpose: "case_management".to_owned(),
            legal_basis: Some("Zakon o porodici, čl. 267 – “§ 𝄞”\u{7f}\n".to_owned()),
            operation: "getChild".to_owned(),
            field_classes: vec!["personal".to_owned(), "identifying".to_owned()],
            request_id: Uuid::new_v4().to_string(),
            outcome: "released".to_owned(),
            answer: Some(AnswerId(rand::random())),
        }
    }

    /// One more look at a person's data.
    pub fn log(&mut self, subject: Uuid) {
        self.now += Duration::milliseconds(61_001);
        let number = self.subjects.get(&subject).map_or(0, |(_, found)| found.len()) + 1;
        let opening = Opening {
            salt: Salt::generate(),
            entry: self.entry(subject, number.try_into().unwrap()),
        };
        let commitment = opening.entry.commitment(&opening.salt).unwrap();
        let index = self.nodes.size();
        let (key, found) =
            self.subjects.entry(subject).or_insert_with(|| (SubjectKey::generate(), Vec::new()));
        let tag = key.tag(number.try_into().unwrap());
        found.push(Found { index, shown: Shown::Told(Box::new(opening)) });
        let leaf = Leaf { tag, commitment };
        self.nodes.push(leaf.hash()).unwrap();
        self.leaves.push(leaf);
        self.tags.push(tag);
    }

    /// Defers an entry: from now on extracts count it only.
    pub fn defer(&mut self, subject: Uuid, number: usize) {
        let found = &mut self.subjects.get_mut(&subject).unwrap().1[number - 1];
        let deferral = Deferral {
            ground: "criminal_investigation".to_owned(),
            until: "2027-05-01".parse().unwrap(),
        };
        let index = usize::try_from(found.index).unwrap();
        found.shown = Shown::Deferred(self.leaves[index].commitment, deferral);
    }

    pub fn sorted(&self) -> SortedTags {
        SortedTags::of(self.tags.clone()).unwrap()
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            origin: ORIGIN.to_owned(),
            size: self.nodes.size(),
            root: self.nodes.root().unwrap(),
            tags: self.sorted().root().unwrap(),
            at: DateTime::from_timestamp(self.now.timestamp(), 0).unwrap(),
        }
    }

    pub fn note(&self) -> String {
        self.checkpoint().sign(&self.key).unwrap()
    }

    pub fn cosigned(&self) -> String {
        witness::cosign(&self.note(), WITNESS, &self.witness, 1_795_000_000).unwrap()
    }

    pub fn log_key(&self) -> VerifierKey {
        VerifierKey::new(ORIGIN, Role::Log, self.key.public()).unwrap()
    }

    pub fn witness_key(&self) -> VerifierKey {
        VerifierKey::new(WITNESS, Role::Witness, self.witness.public()).unwrap()
    }

    /// All that there is about a subject.
    pub fn extract(&self, subject: Uuid, since: Option<u64>) -> AccessLogExtract {
        let (key, found) = &self.subjects[&subject];
        self.extract_of(subject, *key, found.clone(), &self.cosigned(), since)
    }

    pub fn extract_of(
        &self,
        subject: Uuid,
        key: SubjectKey,
        found: Vec<Found>,
        note: &str,
        since: Option<u64>,
    ) -> AccessLogExtract {
        let (tags, mut log) = (self.sorted(), |places: &[u64]| self.nodes.read(places));
        let source = Source { note, log: &mut log, tags: &tags };
        let subject = Subject { kind: "child".to_owned(), id: subject };
        AccessLogExtract::build(subject, key, found, source, since).unwrap()
    }

    /// The receipt that came with the answer of an entry.
    pub fn receipt(&self, subject: Uuid, number: usize) -> String {
        let Shown::Told(opening) = &self.subjects[&subject].1[number - 1].shown else { panic!() };
        receipt(&opening.entry).sign(&self.key)
    }

    /// The leaves, as a mirror keeps them.
    pub fn mirror(&self) -> Vec<u8> {
        self.leaves.iter().flat_map(Leaf::bytes).collect()
    }
}

/// What a service that does not cheat says of an entry.
fn receipt(entry: &AccessEntry) -> Receipt {
    let classes: Vec<&str> = entry.field_classes.iter().map(String::as_str).collect();
    let said = Said {
        client: entry.client,
        organisation: entry.organisation,
        purpose: &entry.purpose,
        legal_basis: entry.legal_basis.as_deref(),
        operation: &entry.operation,
        field_classes: &classes,
        request_id: &entry.request_id,
    };
    let persons = [
        Person { kind: entry.subject.kind.clone(), id: entry.subject.id, mentioned: false },
        Person { kind: "carer_family".to_owned(), id: Uuid::from_u128(7), mentioned: false },
    ];
    Receipt::new(ORIGIN, entry.at, entry.answer.unwrap().0, &said, &persons).unwrap()
}
