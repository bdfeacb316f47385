//! Signatures of messages by Standard Webhooks: `v1` by a secret that both know, `v1a` by a key that has a
//! public half.
use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What begins a secret, and a public key.
const SECRET: &str = "whsec_";
const PUBLIC: &str = "whpk_";

/// What signs the messages to an endpoint: a secret and a key.
#[derive(Clone)]
pub struct Signer {
    secret: [u8; 32],
    key: SigningKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.public_key())
    }
}

impl Signer {
    /// A new random one.
    #[must_use]
    pub fn generate() -> Self {
        Self { secret: rand::random(), key: SigningKey::from_bytes(&rand::random()) }
    }

    /// From its two halves as they are kept.
    #[must_use]
    pub fn kept(secret: &str, key: &str) -> Option<Self> {
        let bytes = |text: &str| BASE64.decode(text).ok()?.try_into().ok();
        Some(Self { secret: bytes(secret)?, key: SigningKey::from_bytes(&bytes(key)?) })
    }

    /// Its two halves, to be kept sealed.
    #[must_use]
    pub fn to_keep(&self) -> (String, String) {
        (BASE64.encode(self.secret), BASE64.encode(self.key.to_bytes()))
    }

    /// The secret as the client is shown it, once.
    #[must_use]
    pub fn secret(&self) -> String {
        format!("{SECRET}{}", BASE64.encode(self.secret))
    }

    /// The public half of the key.
    #[must_use]
    pub fn public_key(&self) -> String {
        format!("{PUBLIC}{}", BASE64.encode(self.key.verifying_key().as_bytes()))
    }

    /// Both signatures of a message: its id, when it is sent in Unix seconds, and its text.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
        let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        mac.update(&signed);
        let by_secret = BASE64.encode(mac.finalize().into_bytes());
        let by_key = BASE64.encode(self.key.sign(&signed).to_bytes());
        Some(format!("v1,{by_secret} v1a,{by_key}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message and signature that the specification's own libraries are tested with.
    #[test]
    fn a_message_is_signed_as_the_specification_says() {
        let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let mut mac = Hmac::<Sha256>::new_from_slice(&BASE64.decode(secret).unwrap()).unwrap();
        mac.update(b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}");
        let known = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(BASE64.encode(mac.finalize().into_bytes()), known);
        let signer = Signer::generate();
        let (secret, key) = signer.to_keep();
        let again = Signer::kept(&secret, &key).unwrap();
        assert_eq!(again.sign("a", 1, b"{}"), signer.sign("a", 1, b"{}"));
        assert_ne!(again.sign("a", 2, b"{}"), signer.sign("a", 1, b"{}"));
        assert!(!format!("{signer:?}").contains(&secret));
    }
}
