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
//! A header must stay short: proxies refuse long ones, and with them the answer. So the receipt of an answer
//! about more than a few dozen persons has the digest of its PERSONS, which are kept for some days and told to
//! whoever asks by the ID; whoever received them puts them behind the line:
//!
//! ```text
//! kinstead-access-receipt/2 ORIGIN TIME ID SAID SHA-256(PERSONS) SIGNATURE PERSONS
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
/// The form, and its version: one that names its persons, and one that has the digest of their list.
const FORMAT: &str = "kinstead-access-receipt/1";
const FORMAT_OF_MANY: &str = "kinstead-access-receipt/2";
/// So many persons are named in the header. It then has 800 bytes at most: the whole head of an answer stays
/// well below the 4 KiB that the tightest proxies take.
const FEW: usize = 32;
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

    /// The line, signed; of many persons, without their list.
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
        let (of_many, list) = match line.rsplit_once(' ') {
            Some((_, list)) if line.split(' ').count() == 8 => (true, list),
            _ => (false, ""),
        };
        let signed = if of_many {
            line.strip_suffix(list).and_then(|it| it.strip_suffix(' '))
        } else {
            Some(line)
        };
        let (text, signature) = signed.and_then(|it| it.rsplit_once(' ')).ok_or_else(malformed)?;
        if !of_many && text.starts_with(FORMAT_OF_MANY) {
            return Err("the list of its persons is missing".to_owned());
        }
        let read =
            Self::read(text, list).filter(|read| read.text() == text).ok_or_else(malformed)?;
        if read.origin != origin {
            return Err(format!("it is of another log than {origin}"));
        }
        let signature = BASE64.decode(signature).map_err(|_| malformed())?;
        if keys.into_iter().any(|key| key.verify(text.as_bytes(), &signature)) {
            return Ok(read);
        }
        Err("no key of the log that is believed signed it".to_owned())
    }

    /// Reads what was signed, with the list if it has its digest alone: `text` tells whether that is right.
    fn read(text: &str, list: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let mut next = || parts.next();
        let of_many = match next()? {
            FORMAT if list.is_empty() => false,
            FORMAT_OF_MANY => true,
            _ => return None,
        };
        let (origin, at) = (next()?.to_owned(), next()?.parse().ok()?);
        let bytes = |part: &str| BASE64.decode(part).ok();
        let (id, said) = (bytes(next()?)?.try_into().ok()?, bytes(next()?)?.try_into().ok()?);
        let marks = bytes(if of_many { list } else { next()? })?;
        let marks = marks.as_chunks().0.iter().copied().collect();
        Some(Self { origin, at, id, said, marks })
    }

    fn text(&self) -> String {
        let Self { origin, at, id, said, marks } = self;
        let at = at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let list = listed(marks);
        let (format, marks) = if marks.len() > FEW {
            (FORMAT_OF_MANY, BASE64.encode(Sha256::digest(&list)))
        } else {
            (FORMAT, BASE64.encode(&list))
        };
        let (id, said) = (BASE64.encode(id), BASE64.encode(said));
        format!("{format} {origin} {at} {id} {said} {marks}")
    }
}

/// The list of the persons of an answer, if they are too many for its receipt to name them; each is said as
/// `kind id`.
#[must_use]
pub fn list(id: &ReceiptId, persons: impl IntoIterator<Item = String>) -> Option<Vec<u8>> {
    let marks: BTreeSet<Mark> = persons.into_iter().map(|person| mark(id, &person)).collect();
    (marks.len() > FEW).then(|| listed(&marks))
}

fn listed(marks: &BTreeSet<Mark>) -> Vec<u8> {
    marks.iter().flatten().copied().collect()
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
