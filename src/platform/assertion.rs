//! Assertions (RFC 7523): a client proves with its own key who it is, for one token request.
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{DecodingKey, Header, dangerous, decode, decode_header};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    error::Result,
    jwk::PublicJwk,
    token::{LEEWAY_SECONDS, MAX_TOKEN, is_bare, rules},
};

/// How far ahead an assertion may end: it is made for one request.
const MAX_LIFE: Duration = Duration::minutes(5);
/// An id of an assertion has at most so many characters.
const MAX_ID: usize = 255;

#[derive(Debug, Deserialize)]
struct Claims {
    iss: Uuid,
    sub: Uuid,
    #[expect(dead_code, reason = "read as one text, which the library then compares")]
    aud: String,
    jti: String,
    exp: i64,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
}

#[derive(Deserialize)]
struct Subject {
    sub: Uuid,
}

/// An assertion of which nothing is believed yet.
#[derive(Debug)]
pub struct Assertion {
    text: String,
    header: Header,
    /// The client that it claims to be of.
    pub client: Uuid,
}

/// What is left of an assertion that was checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Proven {
    /// Names the assertion among all of all clients.
    pub hash: [u8; 32],
    /// Until when it must be remembered.
    pub expires_at: DateTime<Utc>,
}

impl Assertion {
    /// Reads whose it claims to be; None if it is no assertion at all.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_TOKEN {
            return None;
        }
        let header = decode_header(text).ok()?;
        let client = dangerous::insecure_decode_claims::<Subject>(text).ok()?.sub;
        let kind = header.typ.as_deref().map(str::to_ascii_lowercase);
        let right_kind =
            kind.is_none_or(|kind| kind == "jwt" || kind == "client-authentication+jwt");
        (right_kind && is_bare(&header)).then(|| Self { text: text.to_owned(), header, client })
    }

    /// The key that it names.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Checks it with a key of the client that it claims to be of; `issuer` is whom it must be made
    /// for. The algorithm is the key's, whatever the header says.
    pub fn check(
        &self,
        key: &PublicJwk,
        issuer: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Proven>> {
        let algorithm = key.alg.of_tokens();
        let decoding = key.decoding()?;
        if self.header.alg != algorithm {
            return Ok(None);
        }
        let name = self.client.to_string();
        let mut rules = rules(algorithm, &name, issuer);
        rules.sub = Some(name);
        Ok(self.claims(&decoding, &rules).filter(|claims| in_time(claims, now)).and_then(proven))
    }

    fn claims(&self, key: &DecodingKey, rules: &jsonwebtoken::Validation) -> Option<Claims> {
        let claims = decode::<Claims>(&self.text, key, rules).ok()?.claims;
        (claims.iss == self.client && claims.sub == self.client).then_some(claims)
    }
}

fn in_time(claims: &Claims, now: DateTime<Utc>) -> bool {
    let now = now.timestamp();
    let reach = MAX_LIFE.num_seconds() + LEEWAY_SECONDS;
    let begun = |at: Option<i64>| at.is_none_or(|at| at <= now + LEEWAY_SECONDS);
    let fresh = claims.iat.is_none_or(|iat| iat >= now - reach);
    claims.exp > now && claims.exp <= now + reach && begun(claims.iat) && begun(claims.nbf) && fresh
}

fn proven(claims: Claims) -> Option<Proven> {
    let (id, expires_at) = (claims.jti.as_bytes(), DateTime::from_timestamp(claims.exp, 0)?);
    let hash = Sha256::new().chain_update(claims.sub.as_bytes()).chain_update(id).finalize();
    (1..=MAX_ID).contains(&id.len()).then(|| Proven { hash: hash.into(), expires_at })
}
