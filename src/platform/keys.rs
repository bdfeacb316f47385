//! Ed25519 keys: made, kept in PEM files that only their owner reads, named by their thumbprint.
use std::{fs, io::Write as _, path::Path};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{
    SIGNATURE_LENGTH, Signature, Signer as _, SigningKey, VerifyingKey,
    pkcs8::{
        DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey,
        spki::der::pem::LineEnding,
    },
};
use sha2::{Digest, Sha256};

use super::error::{Error, Result};

/// A key that signs.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

/// A key that checks signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey({})", self.public().id())
    }
}

impl PrivateKey {
    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        Self(SigningKey::from_bytes(&rand::random()))
    }

    /// Reads a PKCS#8 PEM file.
    pub fn read(path: &Path) -> Result<Self> {
        let pem = fs::read_to_string(path).map_err(|cause| unreadable(path, &cause))?;
        SigningKey::from_pkcs8_pem(&pem).map(Self).map_err(|cause| unreadable(path, &cause))
    }

    /// Reads the file, or makes it with a new key that only its owner may read.
    pub fn read_or_create(path: &Path) -> Result<Self> {
        if path.exists() {
            return Self::read(path);
        }
        let key = Self::generate();
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(|cause| unreadable(path, &cause))?;
        file.write_all(key.pem()?.as_bytes()).map_err(|cause| unreadable(path, &cause))?;
        Ok(key)
    }

    /// The key as PKCS#8 PEM.
    pub fn pem(&self) -> Result<String> {
        Ok(self.0.to_pkcs8_pem(LineEnding::LF).map_err(Error::internal)?.to_string())
    }

    /// The key as PKCS#8 DER.
    pub fn der(&self) -> Result<Vec<u8>> {
        Ok(self.0.to_pkcs8_der().map_err(Error::internal)?.as_bytes().to_vec())
    }

    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a message (RFC 8032).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LENGTH] {
        self.0.sign(message).to_bytes()
    }
}

impl PublicKey {
    /// Reads an SPKI PEM file.
    pub fn read(path: &Path) -> Result<Self> {
        let pem = fs::read_to_string(path).map_err(|cause| unreadable(path, &cause))?;
        VerifyingKey::from_public_key_pem(&pem).map(Self).map_err(|cause| unreadable(path, &cause))
    }

    /// The key from its 32 bytes (RFC 8032), if they are one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        VerifyingKey::try_from(bytes).ok().map(Self)
    }

    /// The key's 32 bytes (RFC 8032).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether the message was signed with this key; keys and signatures of small order are refused.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }

    /// The key as SPKI PEM.
    pub fn pem(&self) -> Result<String> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(Error::internal)
    }

    /// The raw key in base64url: the `x` of its JWK.
    #[must_use]
    pub fn x(&self) -> String {
        BASE64.encode(self.0.as_bytes())
    }

    /// Thumbprint of the key (RFC 7638), which names it in tokens.
    #[must_use]
    pub fn id(&self) -> String {
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        BASE64.encode(Sha256::digest(jwk.as_bytes()))
    }
}

fn unreadable(path: &Path, cause: &dyn std::fmt::Display) -> Error {
    Error::internal(format!("the key file {} cannot be used: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 8037, appendix A.3.
    #[test]
    fn thumbprint_is_that_of_the_standard() {
        let x = BASE64.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let key = PublicKey(VerifyingKey::from_bytes(&x.try_into().unwrap()).unwrap());
        assert_eq!(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_key_file_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let made = PrivateKey::read_or_create(&path).unwrap();
        assert_eq!(made.public(), PrivateKey::read_or_create(&path).unwrap().public());
        let rights =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(rights & 0o777, 0o600);
    }
}
