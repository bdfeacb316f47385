//! Keys that checkpoints are checked with: verifier keys of C2SP signed notes, of the log and of its witnesses.
use std::{collections::BTreeSet, fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use signed_note::{Verifier, VerifierList, is_key_name_valid, key_id};

use super::witness;
use crate::platform::keys::PublicKey;

/// What a key's signatures say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Signs the checkpoints of the log it is named after.
    Log,
    /// Cosigns checkpoints that it found consistent.
    Witness,
}

impl Role {
    /// The type of signature in a note (c2sp.org/signed-note).
    fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }
}

/// A key with the name it signs under. Its text is `name+id+key`, as other tools write it: the id
/// in hexadecimal, then the type and the key in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    role: Role,
    key: PublicKey,
}

impl VerifierKey {
    /// Refuses names that a note cannot hold: empty, with a space or a plus.
    pub fn new(name: &str, role: Role, key: PublicKey) -> Result<Self, String> {
        if !is_key_name_valid(name) || name.chars().any(char::is_control) {
            return Err("the name of a key has no spaces and no plus".to_owned());
        }
        Ok(Self { name: name.to_owned(), role, key })
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether it has the name or the key of another one.
    #[must_use]
    pub fn is_alike(&self, other: &Self) -> bool {
        self.name == other.name || self.key == other.key
    }

    /// The number that names the key in a signature.
    #[must_use]
    pub fn id(&self) -> u32 {
        key_id(&self.name, &self.typed())
    }

    fn typed(&self) -> Vec<u8> {
        [&[self.role.byte()], self.key.as_bytes()].concat()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id(), BASE64.encode(self.typed()))
    }
}

impl FromStr for VerifierKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed =
            || format!("`{text}` is no verifier key: those look like name+1a2b3c4d+AbCd…");
        let mut parts = text.splitn(3, '+');
        let (name, _, key) = (parts.next(), parts.next(), parts.next());
        let bytes = BASE64.decode(key.ok_or_else(malformed)?).map_err(|_| malformed())?;
        let role = match bytes.first() {
            Some(0x01) => Role::Log,
            Some(0x04) => Role::Witness,
            _ => return Err(format!("`{text}` is of a type that is not known (01 and 04 are)")),
        };
        let key = bytes.get(1..).and_then(PublicKey::from_bytes).ok_or_else(malformed)?;
        let read = Self::new(name.unwrap_or_default(), role, key)?;
        if read.to_string() == text {
            Ok(read)
        } else {
            Err(format!("the id of `{text}` is not that of its name and key: was it copied whole?"))
        }
    }
}

impl Verifier for VerifierKey {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id()
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.role {
            Role::Log => self.key.verify(message, signature),
            Role::Witness => witness::verify(&self.key, message, signature),
        }
    }
}

/// The keys that somebody believes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(Vec<VerifierKey>);

impl Keys {
    /// One key a line; empty lines and lines that begin with `#` say nothing.
    pub fn read(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(str::parse).collect::<Result<Vec<_>, _>>().map(|keys| keys.into_iter().collect())
    }

    pub fn extend(&mut self, others: Self) {
        for key in others.0 {
            if !self.0.contains(&key) {
                self.0.push(key);
            }
        }
    }

    /// Whether there is a key of the log's own: without one nothing can be believed.
    #[must_use]
    pub fn know_the_log(&self) -> bool {
        self.0.iter().any(|key| key.role == Role::Log)
    }

    /// The names of the witnesses, each once: one that changes its key has two for a while.
    #[must_use]
    pub fn witnesses(&self) -> BTreeSet<&str> {
        let witnesses = self.0.iter().filter(|key| key.role == Role::Witness);
        witnesses.map(|key| key.name.as_str()).collect()
    }

    /// The keys of the log with this name.
    pub(super) fn of_log(&self, name: &str) -> impl Iterator<Item = &PublicKey> {
        let own = move |key: &&VerifierKey| key.role == Role::Log && key.name == name;
        self.0.iter().filter(own).map(|key| &key.key)
    }

    pub(super) fn find(&self, name: &str, id: u32) -> Option<&VerifierKey> {
        self.0.iter().find(|key| key.name == name && key.id() == id)
    }

    pub(super) fn verifiers(&self) -> VerifierList {
        let boxed = |key: &VerifierKey| -> Box<dyn Verifier> { Box::new(key.clone()) };
        VerifierList::new(self.0.iter().map(boxed).collect())
    }
}

impl FromIterator<VerifierKey> for Keys {
    fn from_iter<I: IntoIterator<Item = VerifierKey>>(keys: I) -> Self {
        let mut unique = Self::default();
        unique.extend(Self(keys.into_iter().collect()));
        unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of the example in golang.org/x/mod/sumdb/note.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_key_is_read_as_other_tools_write_it() {
        let key: VerifierKey = PETER.parse().unwrap();
        assert_eq!((key.name(), key.role(), key.id()), ("PeterNeumann", Role::Log, 0xc74f_20a3));
        assert_eq!(key.to_string(), PETER);
    }

    #[test]
    fn a_key_that_is_not_whole_is_refused() {
        for wrong in [
            "",
            "PeterNeumann",
            "PeterNeumann+c74f20a3",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T=",
            "PeterNeumann+c74f20a3+AxPc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_of_keys_has_one_a_line() {
        let keys = Keys::read(&format!("# the log\n{PETER}\n\n{PETER}\n")).unwrap();
        assert_eq!(keys, [PETER.parse().unwrap()].into_iter().collect());
        assert!(keys.know_the_log() && keys.witnesses().is_empty());
        assert!(Keys::read("nonsense").is_err());
    }
}
