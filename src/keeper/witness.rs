//! A witness of the log, as the operator configures it: where it is, and what it says when it is asked
//! (c2sp.org/tlog-witness, `add-checkpoint`).
use std::path::Path;

use serde::Deserialize;

use crate::{
    log::{
        Hash,
        key::{Role, VerifierKey},
        witness::{self, Cosignature},
    },
    platform::{
        error::{Error, Result},
        fetch::{Answer, Post},
    },
    text_enum,
};

/// No log has more witnesses: a checkpoint with all their cosignatures must stay short.
const MOST: usize = 32;
/// No log is longer: sizes are exact in every reader of JSON.
const MOST_LEAVES: i64 = (1 << 53) - 1;
/// The longest name of a witness.
const LONGEST_NAME: usize = 100;

text_enum! {
    /// Why a witness did not cosign.
    pub enum WitnessFault {
        /// It does not answer.
        Unreachable = "unreachable",
        /// It does not know the log by its name.
        UnknownLog = "unknown_log",
        /// It does not believe the log's key.
        UnknownKey = "unknown_key",
        /// What it cosigned before is not what this log was then.
        OtherHistory = "other_history",
        /// It has cosigned a longer log than this one.
        Ahead = "ahead",
        /// What it answered is no cosignature of its own.
        WrongCosignature = "wrong_cosignature",
        /// It answers something else.
        Unexpected = "unexpected",
    }
}

impl WitnessFault {
    /// Whether the log itself may be wrong: then whoever runs it must look at once.
    #[must_use]
    pub fn is_grave(self) -> bool {
        matches!(self, Self::OtherHistory | Self::Ahead)
    }

    /// What it is and what to do, after the name of the witness.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unreachable => "does not answer: is its address right, and does it run?",
            Self::UnknownLog => {
                "does not know this log: give whoever runs it the log's name and key"
            }
            Self::UnknownKey => {
                "does not believe this log's key: give whoever runs it the right one"
            }
            Self::OtherHistory => {
                "saw ANOTHER HISTORY of this log: entries were changed or taken out, or two logs have one \
                 name; find out which before anybody relies on the log"
            }
            Self::Ahead => {
                "has seen a LONGER LOG than this one: entries are gone, as after a restore from an old \
                 backup; what it cosigned last shows how many"
            }
            Self::WrongCosignature => {
                "answers what is no cosignature of its own: is its key right?"
            }
            Self::Unexpected => "answers what no witness should: is its address right?",
        }
    }
}

/// Somebody who cosigns checkpoints.
#[derive(Debug)]
pub struct Witness {
    /// What its cosignatures are checked with.
    pub key: VerifierKey,
    post: Post,
}

/// What a witness says of a checkpoint.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    Cosigned(Cosignature),
    /// It did not cosign that state last, but the log when it had so many leaves, if it says how many.
    Saw(Option<i64>),
    Refused(WitnessFault),
}

/// A witness in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Configured {
    key: String,
    address: String,
    #[serde(default)]
    loopback: bool,
}

/// Reads the file that lists the witnesses.
pub fn read_witnesses(path: &Path) -> Result<Vec<Witness>> {
    let wrong = |cause: &dyn std::fmt::Display| {
        Error::internal(format!("the file of witnesses {} cannot be used: {cause}", path.display()))
    };
    let text = std::fs::read(path).map_err(|cause| wrong(&cause))?;
    let listed: Vec<Configured> = serde_json::from_slice(&text).map_err(|cause| wrong(&cause))?;
    if listed.len() > MOST {
        return Err(wrong(&format!("a log has {MOST} witnesses at most")));
    }
    let mut witnesses: Vec<Witness> = Vec::new();
    for one in listed {
        let witness = Witness::of(&one).map_err(|cause| wrong(&cause))?;
        if witnesses.iter().any(|other| other.key.is_alike(&witness.key)) {
            return Err(wrong(&format!(
                "{} is there twice, by name or by key",
                witness.key.name()
            )));
        }
        witnesses.push(witness);
    }
    Ok(witnesses)
}

impl Witness {
    fn of(Configured { key, address, loopback }: &Configured) -> Result<Self, String> {
        let key: VerifierKey = key.parse()?;
        if key.role() != Role::Witness {
            return Err(format!("the key of {} is not that of a witness", key.name()));
        }
        if key.name().len() > LONGEST_NAME {
            return Err(format!("a witness has a name of {LONGEST_NAME} bytes at most"));
        }
        let url = format!("{}/add-checkpoint", address.trim_end_matches('/'));
        Ok(Self { key, post: Post::to(&url, *loopback)? })
    }

    /// Asks for a cosignature. It is said to have cosigned `old` leaves last, which the path proves that the
    /// checkpoint continues.
    #[must_use]
    pub fn add(&self, old: u64, path: &[Hash], note: &str, log: &VerifierKey) -> Said {
        match self.post.send(&witness::request(old, path, note)) {
            Ok(answer) => self.understand(&answer, note, log),
            Err(why) => {
                log::debug!("the witness {} was not reached: {why}", self.key.name());
                Said::Refused(WitnessFault::Unreachable)
            }
        }
    }

    fn understand(&self, Answer { status, body }: &Answer, note: &str, log: &VerifierKey) -> Said {
        Said::Refused(match status {
            200 => match witness::taken(note, body, log, &self.key) {
                Ok(cosignature) => return Said::Cosigned(cosignature),
                Err(_) => WitnessFault::WrongCosignature,
            },
            403 => WitnessFault::UnknownKey,
            404 => WitnessFault::UnknownLog,
            409 => {
                let size = body.trim_end().parse().ok();
                return Said::Saw(size.filter(|size| (0..=MOST_LEAVES).contains(size)));
            }
            422 => WitnessFault::OtherHistory,
            _ => WitnessFault::Unexpected,
        })
    }
}
