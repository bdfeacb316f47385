//! Checkpoints: the state of the log at one size, signed. A C2SP signed note (c2sp.org/tlog-checkpoint):
//!
//! ```text
//! registry.example/access-log                         origin, also the name of the log's key
//! 1042                                                leaves
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=        root of the log's tree
//! tags 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=   root of the tree of sorted tags, as large
//! time 2026-11-22T07:30:12Z                           when it was made
//!
//! — registry.example/access-log Az3grlgtzPIC…         signatures, the log's own and the witnesses'
//! ```
use chrono::{DateTime, SecondsFormat, Utc};
use signed_note::{Note, NoteError, Signature};
use tlog_tiles::Checkpoint as TreeHead;

use super::{
    Hash,
    key::{Keys, Role, VerifierKey},
    tree::MAX_SIZE,
    witness,
};
use crate::platform::{
    error::{Error, Result},
    keys::PrivateKey,
};

/// No checkpoint is longer, with all its signatures.
pub const MAX_NOTE: usize = 16 * 1024;

/// What the log says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// Root of the tree of its leaves.
    pub root: Hash,
    /// Root of the tree of their tags, sorted.
    pub tags: Hash,
    /// When it was made, in whole seconds.
    pub at: DateTime<Utc>,
}

/// A checkpoint with those who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub checkpoint: Checkpoint,
    /// Witnesses whose cosignatures are right, with the times of these.
    pub witnesses: Vec<(String, DateTime<Utc>)>,
}

impl Checkpoint {
    /// The note, signed with the log's key under the log's name.
    pub fn sign(&self, key: &PrivateKey) -> Result<String> {
        let text = self.text();
        if Self::parse(text.as_bytes()).as_ref() != Ok(self) {
            return Err(Error::internal("the checkpoint cannot be written as a note"));
        }
        let verifier =
            VerifierKey::new(&self.origin, Role::Log, key.public()).map_err(Error::internal)?;
        let signature =
            Signature::new(self.origin.clone(), verifier.id(), key.sign(text.as_bytes()).to_vec())
                .map_err(Error::internal)?;
        let note = Note::new(text.as_bytes(), &[signature]).map_err(Error::internal)?;
        String::from_utf8(note.to_bytes()).map_err(Error::internal)
    }

    /// Reads a note whose signatures nobody checked.
    pub fn read(note: &str) -> Result<Self, String> {
        Self::parse(opened(note)?.text())
    }

    /// Reads a note that the log signed, and that nobody among the keys signed wrongly.
    pub fn verify(note: &str, keys: &Keys) -> Result<Signed, String> {
        let note = opened(note)?;
        let checkpoint = Self::parse(note.text())?;
        let (signatures, _) = note.verify(&keys.verifiers()).map_err(|error| match error {
            NoteError::UnverifiedNote => stranger(&checkpoint),
            NoteError::InvalidSignature { name, .. } => {
                format!("the signature of {name} is not that of this checkpoint")
            }
            other => format!("the checkpoint's signatures cannot be checked: {other}"),
        })?;
        let mut witnesses = Vec::new();
        let mut by_the_log = false;
        for signature in signatures {
            match keys.find(signature.name(), signature.id()).map(VerifierKey::role) {
                Some(Role::Log) => by_the_log |= signature.name() == checkpoint.origin,
                Some(Role::Witness) => {
                    let time = witness::time(signature.signature()).and_then(instant);
                    let time = time.ok_or("a witness cosigned at a time that there is not")?;
                    witnesses.push((signature.name().to_owned(), time));
                }
                None => {}
            }
        }
        if by_the_log { Ok(Signed { checkpoint, witnesses }) } else { Err(stranger(&checkpoint)) }
    }

    fn text(&self) -> String {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let Self { origin, size, root, tags, .. } = self;
        format!("{origin}\n{size}\n{root}\ntags {tags}\ntime {at}\n")
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let malformed = || "the checkpoint does not have the lines it must have".to_owned();
        let head = TreeHead::from_bytes(text).map_err(|_| malformed())?;
        let (tags, time) = head.extension().split_once('\n').ok_or_else(malformed)?;
        let tags = tags.strip_prefix("tags ").and_then(|tags| tags.parse().ok());
        let at = time.strip_prefix("time ").and_then(|time| time.trim_end().parse().ok());
        let read = Self {
            origin: head.origin().to_owned(),
            size: head.size(),
            root: (*head.hash()).into(),
            tags: tags.ok_or_else(malformed)?,
            at: at.ok_or_else(malformed)?,
        };
        if read.size <= MAX_SIZE && read.text().as_bytes() == text {
            Ok(read)
        } else {
            Err(malformed())
        }
    }
}

fn opened(note: &str) -> Result<Note, String> {
    if note.len() > MAX_NOTE {
        return Err("the checkpoint is too long".to_owned());
    }
    Note::from_bytes(note.as_bytes()).map_err(|_| "the checkpoint is not a signed note".to_owned())
}

fn stranger(checkpoint: &Checkpoint) -> String {
    format!("the checkpoint of {} is signed by none of the keys of that log", checkpoint.origin)
}

fn instant(seconds: u64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)
}
