//! Sealed text: what clients carry for the registry without being able to read or change it.
use std::sync::OnceLock;

use chacha20poly1305::{AeadInOut, Key, KeyInit, XChaCha20Poly1305, XNonce};
/// Bytes before the sealed text: random, so that the same text never looks the same.
const NONCE: usize = 24;

static KEY: OnceLock<[u8; 32]> = OnceLock::new();

/// Takes the key of the database, so that what one process sealed is opened by the others and after
/// a restart. A process that never asks seals with a key of its own.
pub fn install(key: [u8; 32]) {
    KEY.get_or_init(|| key);
}

fn cipher() -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*KEY.get_or_init(rand::random)))
}

/// Seals a text so that it opens only together with `context`.
pub fn seal(text: &[u8], context: &[u8]) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE] = rand::random();
    let mut sealed = text.to_vec();
    cipher().encrypt_in_place(&XNonce::from(nonce), context, &mut sealed).ok()?;
    Some([nonce.as_slice(), &sealed].concat())
}

/// The text, if it was sealed by this registry with the same `context`.
pub fn open(sealed: &[u8], context: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let mut text = sealed.to_vec();
    cipher().decrypt_in_place(&XNonce::from(*nonce), context, &mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::{NONCE, open, seal};

    #[test]
    fn what_is_sealed_opens_whole_and_with_its_context_only() {
        let sealed = seal(b"2017-05-14", b"filters").unwrap();
        assert_eq!(open(&sealed, b"filters").unwrap(), b"2017-05-14");
        assert_eq!(open(&sealed, b"others"), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(open(&changed, b"filters"), None, "{place}");
        }
        for length in [0, 1, NONCE, sealed.len() - 1] {
            assert_eq!(open(&sealed[..length], b"filters"), None, "{length}");
        }
        assert_ne!(seal(b"2017-05-14", b"filters").unwrap(), sealed);
    }
}
