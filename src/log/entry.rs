//! Entries: what the log keeps of one look at one person's data, and what it commits to.
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Hash, bytes::byte_string, tag::Tag, tree};
use crate::platform::error::{Error, Result};

/// No text of an entry has more characters, and no list more items.
const MAX_TEXT: usize = 200;
const MAX_ITEMS: usize = 20;

byte_string!(
    /// Makes a commitment tell nothing to whoever guesses what it commits to. Random, used once.
    Salt, 32, "YW5vdGhlciBleGFtcGxlOiB0aGlydHktdHdvIGJ5dGU="
);

byte_string!(
    /// SHA-256(salt ‖ canonical JSON): nobody can later say that it was something else.
    Commitment, 32, "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
);

impl Salt {
    /// A new random salt.
    #[must_use]
    pub fn generate() -> Self {
        Self(rand::random())
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt")
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Commitment {
    /// Commits to a value by its canonical JSON (RFC 8785).
    pub fn to(salt: &Salt, value: &impl Serialize) -> Result<Self> {
        let json = serde_json_canonicalizer::to_vec(value).map_err(Error::internal)?;
        Ok(Self(Sha256::new().chain_update(salt.0).chain_update(json).finalize().into()))
    }
}

byte_string!(
    /// Names an answer, in its entries and in its receipt. Random.
    AnswerId, 16, "b25lIGFuc3dlcidzIGlkLg=="
);

impl fmt::Debug for AnswerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whose data it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Kind of the record.
    #[schema(max_length = 200, example = "child")]
    pub kind: String,
    /// The record's id.
    pub id: Uuid,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)
    }
}

/// One answer that held data of one person, or one change of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessEntry {
    /// Whose data it was.
    pub subject: Subject,
    /// Which of the entries about this subject it is, from 1.
    #[schema(value_type = i64, minimum = 1, example = 3)]
    pub number: u64,
    /// When, by the database's clock.
    pub at: DateTime<Utc>,
    /// The system that asked.
    pub client: Uuid,
    /// The organisation it belongs to.
    pub organisation: Uuid,
    /// Commitment to the person in whose name it asked, whose salt only an auditor is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub person: Option<Commitment>,
    /// What for, a code.
    #[schema(max_length = 200, example = "case_management")]
    pub purpose: String,
    /// The law that it stands on, if one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200, example = "Family Law, art. 267")]
    pub legal_basis: Option<String>,
    /// The operation of the contract.
    #[schema(max_length = 200, example = "readChild")]
    pub operation: String,
    /// Classes of the fields that the answer held.
    #[schema(max_items = 20, example = json!(["personal", "identifying"]))]
    pub field_classes: Vec<String>,
    /// Id of the request.
    #[schema(max_length = 200, example = "018f7f6e-3c1d-7c55-8a53-2f5d0f3b9c11")]
    pub request_id: String,
    /// How it ended, a code.
    #[schema(max_length = 200, example = "released")]
    pub outcome: String,
    /// The answer that it is about, as its receipt names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answer: Option<AnswerId>,
}

impl AccessEntry {
    /// What its leaf commits to. Refuses what an extract could not hold.
    pub fn commitment(&self, salt: &Salt) -> Result<Commitment> {
        if !self.is_bounded() {
            return Err(Error::internal("an entry of the access log is too long"));
        }
        Commitment::to(salt, self)
    }

    pub(super) fn is_bounded(&self) -> bool {
        let fits = |text: &String| text.chars().count() <= MAX_TEXT;
        let texts =
            [&self.subject.kind, &self.purpose, &self.operation, &self.request_id, &self.outcome];
        (1..=tree::MAX_SIZE).contains(&self.number)
            && self.field_classes.len() <= MAX_ITEMS
            && texts.into_iter().chain(&self.legal_basis).chain(&self.field_classes).all(fits)
    }
}

/// What the log keeps in public of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    pub tag: Tag,
    pub commitment: Commitment,
}

impl Leaf {
    pub const LENGTH: usize = Tag::LENGTH + Commitment::LENGTH;

    /// The leaf's 48 bytes: tag, then commitment.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [self.tag.0.as_slice(), &self.commitment.0].concat()
    }

    /// Reads 48 bytes.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (tag, commitment) = bytes.split_at_checked(Tag::LENGTH)?;
        let (tag, commitment) = (tag.try_into().ok()?, commitment.try_into().ok()?);
        Some(Self { tag: Tag(tag), commitment: Commitment(commitment) })
    }

    /// The leaf's hash in the log's tree.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tree::leaf_hash(&self.bytes())
    }
}
