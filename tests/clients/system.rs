//! A client's system: it has a private key, signs assertions, asks for tokens.
use actix_web::{http::Method, test::TestRequest};
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kinstead::platform::{clock::Clock as _, keys::PrivateKey};
use p256::{elliptic_curve::sec1::ToEncodedPoint as _, pkcs8::EncodePrivateKey as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Reply, World};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

pub const ISSUER: &str = "https://kinstead.example";
pub const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client signs with.
pub enum Signer {
    Ed25519(PrivateKey),
    P256(p256::SecretKey),
}

impl Signer {
    pub fn ed25519() -> Self {
        Self::Ed25519(PrivateKey::generate())
    }

    pub fn p256() -> Self {
        let secret: [u8; 32] = rand::random();
        Self::P256(p256::SecretKey::from_slice(&secret).unwrap())
    }

    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::EdDSA,
            Self::P256(_) => Algorithm::ES256,
        }
    }

    pub fn jwk(&self) -> Value {
        match self {
            Self::Ed25519(key) => json!({"kty": "OKP", "crv": "Ed25519", "x": key.public().x()}),
            Self::P256(key) => {
                let point = key.public_key().to_encoded_point(false);
                let part = |bytes: Option<_>| BASE64.encode::<&p256::FieldBytes>(bytes.unwrap());
                json!({"kty": "EC", "crv": "P-256", "x": part(point.x()), "y": part(point.y())})
            }
        }
    }

    pub fn key(&self) -> EncodingKey {
        match self {
            Self::Ed25519(key) => EncodingKey::from_ed_der(&key.der().unwrap()),
            Self::P256(key) => EncodingKey::from_ec_der(key.to_pkcs8_der().unwrap().as_bytes()),
        }
    }
}

/// A registered client and its key.
pub struct System {
    pub id: Uuid,
    pub path: String,
    /// Address and tag of its key.
    pub key: (String, String),
    pub signer: Signer,
    pub kid: String,
    pub now: DateTime<Utc>,
}

impl System {
    /// Registers one that is a case worker's.
    pub async fn new(world: &World, name: &str, signer: Signer) -> Self {
        let authority = world.persona("national_authority");
        let new = json!({"name": name, "roles": ["case_worker"]});
        let made = authority.post("/v1/clients", new).await;
        let path = made.header("location").to_owned();
        let key = authority.post(&format!("{path}/keys"), json!({"jwk": signer.jwk()})).await;
        let kid = key.ok()["kid"].as_str().unwrap().to_owned();
        world.refresh();
        Self {
            id: made.ok()["id"].as_str().unwrap().parse().unwrap(),
            path,
            key: (key.header("location").to_owned(), key.etag().to_owned()),
            signer,
            kid,
            now: world.clock.now(),
        }
    }

    pub fn header(&self) -> Header {
        let mut header = Header::new(self.signer.algorithm());
        header.kid = Some(self.kid.clone());
        header
    }

    pub fn claims(&self) -> Value {
        let now = self.now.timestamp();
        json!({"iss": self.id, "sub": self.id, "aud": ISSUER, "jti": Uuid::new_v4(), "iat": now, "exp": now + 60})
    }

    pub fn assertion(&self) -> String {
        encode(&self.header(), &self.claims(), &self.signer.key()).unwrap()
    }

    /// An assertion with another claim; null takes it away.
    pub fn with(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        encode(&self.header(), &claims, &self.signer.key()).unwrap()
    }

    /// A token that it gets for a new assertion.
    pub async fn token(&self, world: &World) -> String {
        let granted = ask(world, &form(&self.assertion())).await.ok();
        granted["access_token"].as_str().unwrap().to_owned()
    }
}

/// A request for a token with this assertion.
pub fn form(assertion: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "client_credentials"),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion),
    ]
}

pub fn request(form: &[(&str, &str)]) -> TestRequest {
    TestRequest::with_uri("/oauth/token").method(Method::POST).set_form(form)
}

pub async fn ask(world: &World, form: &[(&str, &str)]) -> Reply {
    world.send(request(form)).await
}

/// Fails unless this is a refusal in the form of RFC 6749.
#[track_caller]
pub fn refused(reply: &Reply, code: &str) {
    let status = if code == "invalid_client" { 401 } else { 400 };
    assert_eq!(reply.status.as_u16(), status, "{reply:?}");
    assert_eq!(reply.json()["error"], code, "{reply:?}");
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(!reply.header("x-request-id").is_empty());
}
