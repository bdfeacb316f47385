//! Cosignatures: a witness says that it saw a checkpoint, at a time, after all it had seen before.
//! The form is cosignature/v1 of c2sp.org/tlog-cosignature, with Ed25519; a witness is asked for one as
//! c2sp.org/tlog-witness says.
use chrono::{DateTime, Utc};
use signed_note::{Note, Signature};

use super::{
    Hash,
    checkpoint::Checkpoint,
    key::{Keys, Role, VerifierKey},
};
use crate::platform::{
    error::{Error, Result},
    keys::{PrivateKey, PublicKey},
};

/// Bytes of a cosignature before the Ed25519 signature: the time.
const TIME: usize = 8;

/// What a witness said of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The line of the note, with its end.
    pub line: String,
    /// When it was made, as the witness says.
    pub at: DateTime<Utc>,
}

/// What a witness is sent: the size that it cosigned last, the proof that the checkpoint continues that, and
/// the checkpoint.
#[must_use]
pub fn request(old: u64, path: &[Hash], note: &str) -> String {
    let mut lines = vec![format!("old {old}")];
    lines.extend(path.iter().map(ToString::to_string));
    format!("{}\n\n{note}", lines.join("\n"))
}

/// The witness's own cosignature of a checkpoint among the lines that it answered. What others signed is
/// passed over.
pub fn taken(
    note: &str,
    answer: &str,
    log: &VerifierKey,
    witness: &VerifierKey,
) -> Result<Cosignature, String> {
    let own = |signature: &Signature| {
        signature.name() == witness.name() && signature.id() == witness.id()
    };
    let mut signatures =
        answer.lines().filter_map(|line| Signature::from_bytes(line.as_bytes()).ok());
    let missing = || format!("the answer holds no cosignature of {}", witness.name());
    let line = signatures.find(own).ok_or_else(missing)?.to_bytes();
    let line = String::from_utf8(line).map_err(|_| missing())?;
    let keys: Keys = [log.clone(), witness.clone()].into_iter().collect();
    let signed = Checkpoint::verify(&format!("{note}{line}"), &keys)?;
    let (_, at) = signed.witnesses.into_iter().next().ok_or_else(missing)?;
    Ok(Cosignature { line, at })
}

/// Adds a witness's cosignature to a checkpoint; `time` in seconds since 1970.
///
/// Whoever calls this must have checked that the checkpoint extends the last one that was cosigned.
pub fn cosign(note: &str, name: &str, key: &PrivateKey, time: u64) -> Result<String> {
    let old = Note::from_bytes(note.as_bytes()).map_err(Error::internal)?;
    let verifier = VerifierKey::new(name, Role::Witness, key.public()).map_err(Error::internal)?;
    let signed = key.sign(&message(time, old.text()));
    let signature = [time.to_be_bytes().as_slice(), &signed].concat();
    let line =
        Signature::new(name.to_owned(), verifier.id(), signature).map_err(Error::internal)?;
    let line = String::from_utf8(line.to_bytes()).map_err(Error::internal)?;
    Ok(format!("{note}{line}"))
}

/// When a cosignature was made, in seconds since 1970.
#[must_use]
pub fn time(signature: &[u8]) -> Option<u64> {
    let bytes = signature.get(..TIME)?.try_into().ok()?;
    Some(u64::from_be_bytes(bytes)).filter(|time| i64::try_from(*time).is_ok())
}

/// Whether the cosignature is that of the key over the text of a checkpoint.
pub(super) fn verify(key: &PublicKey, text: &[u8], signature: &[u8]) -> bool {
    let (Some(time), Some(signed)) = (time(signature), signature.get(TIME..)) else { return false };
    key.verify(&message(time, text), signed)
}

fn message(time: u64, text: &[u8]) -> Vec<u8> {
    [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat()
}
