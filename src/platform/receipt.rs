//! Receipts: what a client holds of an answer about persons before the access log has its entries.
//!
//! One line, in the header `Access-Receipt`; everything before the last space is signed:
//!
//! ```text
//! kinstead-access-receipt/1 ORIGIN TIME ID SAID PERSONS SIGNATURE
//!
//! ID       16 random bytes, which stand in each of the answer's entries
//! SAID     SHA-256(ID ‖ canonical JSON of who asked what for): see `Said`
//! PERSONS  for each person SHA-256(ID ‖ "kind id")[:8], sorted, one after the other
//! ```
//!
//! Nothing can be read from it. Whoever knows a person can tell whether the answer was about it, and
//! hold the log to that: `docs/access-log.md`.
use std::collections::BTreeSet;

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    disclosure::Person,
    error::{Error, Result},
    keys::{PrivateKey, PublicKey},
};

/// The header that holds it.
pub const HEADER: &str = "access-receipt";
/// The form, and its version.
const FORMAT: &str = "kinstead-access-receipt/1";
/// A checkpoint that is so much younger has the entries of the answer.
pub const TAKEN_IN_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// No receipt has more bytes.
const MAX_LENGTH: usize = 64 << 10;

/// Names an answer in its entries.
pub type ReceiptId = [u8; 16];
type Mark = [u8; 8];

/// What the entries of an answer have in common, but for their time.
#[derive(Debug, Serialize)]
pub struct Said<'a> {
    pub client: Uuid,
    pub organisation: Uuid,
    pub purpose: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<&'a str>,
    pub operation: &'a str,
    pub field_classes: &'a [&'a str],
    pub request_id: &'a str,
}

/// A receipt that was read or is being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Name of the log that will have the entries.
    origin: String,
    /// When they were written, by the database's clock.
    pub at: DateTime<Utc>,
    pub id: ReceiptId,
    said: [u8; 32],
    marks: BTreeSet<Mark>,
}

impl Receipt {
    pub fn new<'p>(
        origin: &str,
        at: DateTime<Utc>,
        id: ReceiptId,
        said: &Said<'_>,
        persons: impl IntoIterator<Item = &'p Person>,
    ) -> Result<Self> {
        let marks = persons.into_iter().map(|person| mark(&id, &person.to_string())).collect();
        Ok(Self { origin: origin.to_owned(), at, id, said: digest(&id, said)?, marks })
    }

    /// Whether the answer held data of this person.
    #[must_use]
    pub fn is_about(&self, person: &Person) -> bool {
        self.marks.contains(&mark(&self.id, &person.to_string()))
    }

    /// Whether it was this that was said.
    #[must_use]
    pub fn says(&self, said: &Said<'_>) -> bool {
        digest(&self.id, said).is_ok_and(|digest| digest == self.said)
    }

    /// The whole line, signed.
    #[must_use]
    pub fn sign(&self, key: &PrivateKey) -> String {
        let text = self.text();
        let signature = BASE64.encode(key.sign(text.as_bytes()));
        format!("{text} {signature}")
    }

    /// Reads a line of that log; one of the keys must have signed it.
    pub fn verify<'k>(
        line: &str,
        origin: &str,
        keys: impl IntoIterator<Item = &'k PublicKey>,
    ) -> Result<Self, String> {
        let malformed = || "it is no receipt of the access log".to_owned();
        if line.len() > MAX_LENGTH {
            return Err(malformed());
        }
        let (text, signature) = line.rsplit_once(' ').ok_or_else(malformed)?;
        let read = Self::read(text).filter(|read| read.text() == text).ok_or_else(malformed)?;
        if read.origin != origin {
            return Err(format!("it is of another log than {origin}"));
        }
        let signature = BASE64.decode(signature).map_err(|_| malformed())?;
        if keys.into_iter().any(|key| key.verify(text.as_bytes(), &signature)) {
            return Ok(read);
        }
        Err("no key of the log that is believed signed it".to_owned())
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let mut next = || parts.next();
        if next()? != FORMAT {
            return None;
        }
        let (origin, at) = (next()?.to_owned(), next()?.parse().ok()?);
        let mut bytes = || BASE64.decode(parts.next()?).ok();
        let (id, said) = (bytes()?.try_into().ok()?, bytes()?.try_into().ok()?);
        let marks = bytes()?.as_chunks().0.iter().copied().collect();
        Some(Self { origin, at, id, said, marks })
    }

    fn text(&self) -> String {
        let Self { origin, at, id, said, marks } = self;
        let at = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let marks: Vec<u8> = marks.iter().flatten().copied().collect();
        let (id, said, marks) = (BASE64.encode(id), BASE64.encode(said), BASE64.encode(marks));
        format!("{FORMAT} {origin} {at} {id} {said} {marks}")
    }
}

fn mark(id: &ReceiptId, person: &str) -> Mark {
    let whole = Sha256::new().chain_update(id).chain_update(person).finalize();
    let mut mark = Mark::default();
    mark.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
    mark
}

fn digest(id: &ReceiptId, said: &Said<'_>) -> Result<[u8; 32]> {
    let json = serde_json_canonicalizer::to_vec(said).map_err(Error::internal)?;
    Ok(Sha256::new().chain_update(id).chain_update(json).finalize().into())
}

/// Whoever gives receipts: the log's own key, under the log's name.
#[derive(Debug)]
pub struct Receipts {
    pub origin: String,
    pub key: PrivateKey,
}
