//! Master keys: read from a file or a setting, held by the process, never written by it elsewhere.
use std::{
    fmt, fs,
    io::Write as _,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use chacha20poly1305::{AeadInOut as _, Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Class;
use crate::platform::error::{Error, Result};

pub const KEY: usize = 32;
pub const NONCE: usize = 24;
pub const FINGERPRINT: usize = 8;

/// What is told when the master key is needed and none is held.
const NONE_HELD: &str = "the registry is encrypted and no master key is held: set KINSTEAD_MASTER_KEY_FILE or KINSTEAD_MASTER_KEY";

static HELD: RwLock<Option<Arc<MasterKeys>>> = RwLock::new(None);

/// Holds these keys from now on, in the place of those that the process held.
pub fn hold(keys: MasterKeys) {
    *HELD.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys));
}

/// The keys that the process holds.
pub fn held() -> Result<Arc<MasterKeys>> {
    let held = HELD.read().unwrap_or_else(PoisonError::into_inner);
    held.clone().ok_or_else(|| Error::internal(NONE_HELD))
}

/// Master keys, the newest first: it wraps, all unwrap.
pub struct MasterKeys(Vec<Master>);

struct Master {
    fingerprint: [u8; FINGERPRINT],
    key: [u8; KEY],
}

impl Master {
    fn new(key: [u8; KEY]) -> Self {
        let digest = Sha256::new().chain_update(b"kinstead master key").chain_update(key);
        let mut fingerprint = [0; FINGERPRINT];
        fingerprint.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
        Self { fingerprint, key }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(self.key))
    }
}

impl MasterKeys {
    /// Reads keys of 32 bytes in base64, one a line or with spaces between, the newest first.
    pub fn parse(text: &str) -> Result<Self> {
        let key = |word: &str| {
            let bytes = BASE64.decode(word).ok().and_then(|bytes| bytes.try_into().ok());
            bytes.map(Master::new).ok_or_else(|| {
                Error::internal("a master key is no 32 bytes in base64: `head -c 32 /dev/urandom | base64` makes one")
            })
        };
        let keys = text.split_whitespace().map(key).collect::<Result<Vec<_>>>()?;
        if keys.is_empty() {
            return Err(Error::internal("there is no master key in it"));
        }
        Ok(Self(keys))
    }

    /// Reads a file of keys.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|cause| unusable(path, &cause))?;
        Self::parse(&text).map_err(|cause| match cause {
            Error::Internal(cause) => unusable(path, &*cause),
            other => other,
        })
    }

    /// Reads the file, or makes it with a new key that only its owner may read.
    pub fn read_or_create(path: &Path) -> Result<Self> {
        if path.exists() {
            return Self::read(path);
        }
        let key: [u8; KEY] = rand::random();
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|cause| unusable(path, &cause))?;
        let text = format!("{}\n", BASE64.encode(key));
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|cause| unusable(path, &cause))?;
        Ok(Self(vec![Master::new(key)]))
    }

    /// The names of the keys as people read them, the newest first.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.fingerprints().map(|fingerprint| name(&fingerprint)).collect()
    }

    /// The names of the keys, the newest first.
    pub fn fingerprints(&self) -> impl Iterator<Item = [u8; FINGERPRINT]> {
        self.0.iter().map(|master| master.fingerprint)
    }

    /// Seals a data key with the newest master key; gives that one's name, too.
    pub fn wrap(
        &self,
        class: Class,
        id: Uuid,
        key: [u8; KEY],
    ) -> Result<([u8; FINGERPRINT], Vec<u8>)> {
        let newest = self.0.first().ok_or_else(|| Error::internal(NONE_HELD))?;
        let nonce: [u8; NONCE] = rand::random();
        let mut sealed = key.to_vec();
        newest
            .cipher()
            .encrypt_in_place(&XNonce::from(nonce), &context(class, id), &mut sealed)
            .map_err(|_| Error::internal("a data key cannot be wrapped"))?;
        Ok((newest.fingerprint, [nonce.as_slice(), &sealed].concat()))
    }

    /// Opens a data key, if one of these keys wrapped it.
    pub fn unwrap(&self, class: Class, id: Uuid, wrapped: &[u8]) -> Option<[u8; KEY]> {
        let (nonce, sealed) = wrapped.split_first_chunk::<NONCE>()?;
        let open = |master: &Master| {
            let mut key = sealed.to_vec();
            let nonce = XNonce::from(*nonce);
            master.cipher().decrypt_in_place(&nonce, &context(class, id), &mut key).ok()?;
            key.try_into().ok()
        };
        self.0.iter().find_map(open)
    }
}

/// The name of a master key, as people read it.
#[must_use]
pub fn name(fingerprint: &[u8]) -> String {
    use std::fmt::Write as _;
    fingerprint.iter().fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

/// What a wrapped key is bound to.
fn context(class: Class, id: Uuid) -> Vec<u8> {
    [b"data key\0", class.as_str().as_bytes(), b"\0", id.as_bytes().as_slice()].concat()
}

fn unusable(path: &Path, cause: &dyn fmt::Display) -> Error {
    Error::internal(format!("the master key file {} cannot be used: {cause}", path.display()))
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKeys({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> MasterKeys {
        let words: Vec<String> = bytes.iter().map(|byte| BASE64.encode([*byte; KEY])).collect();
        MasterKeys::parse(&words.join("\n")).unwrap()
    }

    #[test]
    fn the_newest_wraps_and_all_unwrap_what_is_theirs() {
        let (id, key) = (Uuid::new_v4(), [5; KEY]);
        let (by, wrapped) = keys(&[1]).wrap(Class::Journal, id, key).unwrap();
        assert_eq!(wrapped.len(), NONCE + KEY + 16);
        assert_eq!(Some(by), keys(&[2, 1]).fingerprints().nth(1));
        assert_eq!(keys(&[2, 1]).unwrap(Class::Journal, id, &wrapped), Some(key));
        assert_eq!(keys(&[2]).unwrap(Class::Journal, id, &wrapped), None);
        assert_eq!(keys(&[1]).unwrap(Class::Index, id, &wrapped), None);
        assert_eq!(keys(&[1]).unwrap(Class::Journal, Uuid::new_v4(), &wrapped), None);
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        for text in ["", "c2VjcmV0", "secret secret", &BASE64.encode([1; 31])] {
            let said = MasterKeys::parse(text).unwrap_err();
            let said = format!("{said:?}");
            assert!(!said.contains("secret") && !said.contains("c2VjcmV0"), "{said}");
        }
        assert_eq!(format!("{:?}", keys(&[1, 2])), "MasterKeys(2)");
    }

    #[test]
    fn a_key_file_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKeys::read_or_create(&path).unwrap();
        let again = MasterKeys::read_or_create(&path).unwrap();
        assert!(made.fingerprints().eq(again.fingerprints()));
        let rights =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(rights & 0o777, 0o600);
    }
}
