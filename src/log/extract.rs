//! The extract: everything that the log holds about one person, with what it takes to check it offline.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Hash,
    checkpoint::Checkpoint,
    entry::{AccessEntry, Commitment, Salt, Subject},
    tag::{SortedTags, SubjectKey, Tag},
    tree::{self, MAX_PATH, Read},
};
use crate::platform::error::{Error, Result};

/// The form of extracts, and its version.
pub const FORMAT: &str = "kinstead-access-log/1";
/// No extract has more bytes, or more entries.
pub const MAX_BYTES: usize = 64 << 20;
pub const MAX_ENTRIES: usize = 20_000;
const MAX_GROUND: usize = 200;

/// All that the access log holds about one person, with proofs. `kinstead verify` checks it offline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLogExtract {
    /// Form of the extract, with its version.
    #[schema(example = "kinstead-access-log/1")]
    pub format: String,
    /// Whose data the entries are about.
    pub subject: Subject,
    /// The key that finds the subject's leaves in the log. Whoever has it can count them.
    pub key: SubjectKey,
    /// Every entry about the subject, in the order of the log.
    #[schema(max_items = 20_000)]
    pub entries: Vec<LoggedEntry>,
    /// Proof that there is no further entry.
    pub absent: Absence,
    /// The checkpoint that everything is proven against: a signed note (c2sp.org/tlog-checkpoint).
    #[schema(max_length = 16_384, example = "registry.example/access-log\n1042\n…")]
    pub checkpoint: String,
    /// Proof that this checkpoint continues an earlier one, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub consistency: Option<Consistency>,
}

/// An entry, with its places in the log and among the sorted tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoggedEntry {
    /// Position of its leaf in the log, from 0.
    #[schema(value_type = i64, minimum = 0, example = 17)]
    pub index: u64,
    /// Hashes from the leaf to the root.
    #[schema(max_items = 54)]
    pub path: Vec<Hash>,
    /// Position of its tag among the sorted tags, from 0.
    #[schema(value_type = i64, minimum = 0, example = 4)]
    pub tag_index: u64,
    /// Hashes from the tag to the root of the sorted tags.
    #[schema(max_items = 54)]
    pub tag_path: Vec<Hash>,
    /// What the leaf commits to.
    pub commitment: Commitment,
    /// What happened, and the salt that opens the commitment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub opening: Option<Opening>,
    /// Why it is not told yet what happened. Each entry has either this or the opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deferred: Option<Deferral>,
}

/// An entry that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Salt of the commitment.
    pub salt: Salt,
    /// What happened.
    pub entry: AccessEntry,
}

/// An entry that is counted, but not told yet. Ground and day are the registry's word, not proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deferral {
    /// Why, a code.
    #[schema(max_length = 200, example = "criminal_investigation")]
    pub ground: String,
    /// The day by which it will be told, or deferred anew.
    pub until: NaiveDate,
}

/// The two sorted tags between which the tag of one entry more would stand. There is no tag below
/// at the beginning, and none above at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// The nearest smaller tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub below: Option<Neighbour>,
    /// The nearest larger tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub above: Option<Neighbour>,
}

/// A tag with its place among the sorted ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Neighbour {
    /// The tag.
    pub tag: Tag,
    /// Its position, from 0.
    #[schema(value_type = i64, minimum = 0, example = 11)]
    pub index: u64,
    /// Hashes from the tag to the root of the sorted tags.
    #[schema(max_items = 54)]
    pub path: Vec<Hash>,
}

/// Proof that the log only grew since an earlier checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consistency {
    /// Leaves at the earlier checkpoint.
    #[schema(value_type = i64, minimum = 1, example = 900)]
    pub from: u64,
    /// The hashes of RFC 6962.
    #[schema(max_items = 54)]
    pub path: Vec<Hash>,
}

/// An entry as the log's keeper has it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Position of its leaf.
    pub index: u64,
    pub shown: Shown,
}

/// How much of an entry is told.
#[derive(Debug, Clone)]
pub enum Shown {
    Told(Box<Opening>),
    Deferred(Commitment, Deferral),
}

/// The log at one checkpoint, as its keeper has it.
pub struct Source<'a, 'r> {
    /// The checkpoint, signed.
    pub note: &'a str,
    /// Reads hashes of the log's tree.
    pub log: &'a mut Read<'r>,
    /// All tags at this checkpoint.
    pub tags: &'a SortedTags,
}

impl AccessLogExtract {
    /// Puts an extract together from all entries about a subject up to the checkpoint, in the order
    /// of their numbers; with a proof that the log continues the checkpoint of `since` leaves.
    pub fn build(
        subject: Subject,
        key: SubjectKey,
        found: Vec<Found>,
        source: Source<'_, '_>,
        since: Option<u64>,
    ) -> Result<Self> {
        let Source { note, log, tags } = source;
        let size = Checkpoint::read(note).map_err(Error::internal)?.size;
        if found.len() > MAX_ENTRIES {
            return Err(Error::internal("there are more entries than an extract can hold"));
        }
        let mut entries = Vec::with_capacity(found.len());
        for (number, Found { index, shown }) in (1..).zip(found) {
            let at = tags.find(&key.tag(number)).map_err(|_| astray())?;
            let tag_index = u64::try_from(at).map_err(Error::internal)?;
            let (commitment, opening, deferred) = match shown {
                Shown::Told(opening) => {
                    (opening.entry.commitment(&opening.salt)?, Some(*opening), None)
                }
                Shown::Deferred(commitment, deferral) => (commitment, None, Some(deferral)),
            };
            let path = tree::inclusion(size, index, log)?;
            let tag_path = tags.inclusion(tag_index)?;
            entries.push(LoggedEntry {
                index,
                path,
                tag_index,
                tag_path,
                commitment,
                opening,
                deferred,
            });
        }
        let next = u64::try_from(entries.len()).map_err(Error::internal)? + 1;
        let consistency = match since.filter(|from| (1..size).contains(from)) {
            Some(from) => Some(Consistency { from, path: tree::consistency(from, size, log)? }),
            None => None,
        };
        Ok(Self {
            format: FORMAT.to_owned(),
            subject,
            key,
            entries,
            absent: Absence::of(&key.tag(next), tags)?,
            checkpoint: note.to_owned(),
            consistency,
        })
    }

    /// Reads an extract; what else it says than it seems to say is refused: unknown or repeated
    /// members, nulls, second spellings.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err(format!("it is larger than {} MiB", MAX_BYTES >> 20));
        }
        let read: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("it is not an extract of the access log: {error}"))?;
        let plain: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if serde_json::to_value(&read).ok() != Some(plain) {
            return Err("a value is not in the one spelling it may have".to_owned());
        }
        if read.format != FORMAT {
            return Err(format!("it is not of the form {FORMAT}"));
        }
        if read.is_bounded() { Ok(read) } else { Err("a part of it is too long".to_owned()) }
    }

    fn is_bounded(&self) -> bool {
        let short = |path: &Vec<Hash>| path.len() <= MAX_PATH;
        let neighbours = self.absent.below.iter().chain(&self.absent.above);
        self.entries.len() <= MAX_ENTRIES
            && neighbours.map(|neighbour| &neighbour.path).all(short)
            && self.consistency.iter().map(|proof| &proof.path).all(short)
            && self.entries.iter().all(|entry| {
                let ground = entry.deferred.as_ref().map(|deferral| &deferral.ground);
                short(&entry.path)
                    && short(&entry.tag_path)
                    && entry.opening.as_ref().is_none_or(|opening| opening.entry.is_bounded())
                    && ground.is_none_or(|ground| ground.chars().count() <= MAX_GROUND)
            })
    }
}

impl Absence {
    /// The neighbours of a tag that is not there.
    fn of(tag: &Tag, tags: &SortedTags) -> Result<Self> {
        let Err(at) = tags.find(tag) else { return Err(astray()) };
        let neighbour = |at: Option<usize>| -> Result<Option<Neighbour>> {
            let Some((at, tag)) = at.and_then(|at| Some((at, tags.tags().get(at)?))) else {
                return Ok(None);
            };
            let index = u64::try_from(at).map_err(Error::internal)?;
            Ok(Some(Neighbour { tag: *tag, index, path: tags.inclusion(index)? }))
        };
        Ok(Self { below: neighbour(at.checked_sub(1))?, above: neighbour(Some(at))? })
    }
}

fn astray() -> Error {
    Error::internal("the entries about a subject are not those of the access log")
}
