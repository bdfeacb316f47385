//! Access tokens (RFC 9068): who signed them, for whom, until when. They carry no rights.
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, dangerous, decode, decode_header,
    encode,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    actor::Caller,
    error::{Error, Result},
    jwk::PublicJwk,
    keys::PrivateKey,
    outside::Outside,
    ring::{KeySource, Ring},
};

/// Longer tokens are refused unread.
pub(super) const MAX_TOKEN: usize = 4096;
/// How far clocks may differ.
pub(super) const LEEWAY_SECONDS: i64 = 5;
/// Checked tokens that are remembered; the memory is emptied when it is full.
const REMEMBERED: usize = 4096;
/// How long a token lives that a client gets for an assertion.
const LIFE: Duration = Duration::minutes(5);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    /// The same again, as RFC 9068 wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<Uuid>,
    jti: String,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    /// The client's key by which it got the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_key: Option<Uuid>,
}

#[derive(Deserialize)]
struct Issuer {
    iss: String,
}

/// A token that was checked.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub caller: Caller,
    pub iat: i64,
    pub exp: i64,
    pub nbf: Option<i64>,
}

/// Checks the tokens of this service and of outside issuers, and signs those of this service.
pub struct Verifier {
    issuer: String,
    audience: String,
    max_life: Duration,
    source: KeySource,
    own: RwLock<Arc<Own>>,
    outside: Vec<Arc<Outside>>,
    /// Tokens whose signature was checked, by the token's hash: the signature is most of the work, the
    /// times are looked at again on every use.
    checked: RwLock<Memory>,
}

/// What is remembered of checked tokens. It is forgotten when a key goes; what was checked by the keys
/// before is not remembered after that.
#[derive(Default)]
struct Memory {
    generation: u64,
    tokens: HashMap<[u8; 32], Checked>,
}

/// The service's own keys as they are now.
struct Own {
    ring: Ring,
    believed: HashMap<String, DecodingKey>,
}

impl Own {
    fn read(source: &KeySource, now: DateTime<Utc>, life: Duration) -> Result<Self> {
        let ring = source.read(now, life)?;
        let named = |key: &PublicJwk| Ok((key.kid.clone(), key.decoding()?));
        let believed = ring.published.iter().map(named).collect::<Result<_>>()?;
        Ok(Self { ring, believed })
    }
}

impl Verifier {
    /// The algorithm is ours to choose, `EdDSA`, or the outside issuer's as it is configured: what a
    /// token's header claims is never believed. Tokens that live longer than `max_life` are refused.
    pub fn new(
        source: KeySource,
        (issuer, audience): (&str, &str),
        max_life: Duration,
        outside: Vec<Arc<Outside>>,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let own = RwLock::new(Arc::new(Own::read(&source, now, max_life)?));
        let (issuer, audience) = (issuer.to_owned(), audience.to_owned());
        Ok(Self { issuer, audience, max_life, source, own, outside, checked: RwLock::default() })
    }

    /// Reads the service's own keys again; what was checked by a key that is gone is forgotten.
    pub fn renew(&self, now: DateTime<Utc>) -> Result<()> {
        let new = Own::read(&self.source, now, self.max_life)?;
        let old = std::mem::replace(
            &mut *self.own.write().unwrap_or_else(PoisonError::into_inner),
            Arc::new(new),
        );
        let stays = self.own().believed.len() >= old.believed.len()
            && old.believed.keys().all(|kid| self.own().believed.contains_key(kid));
        let outside = self.outside.iter().any(|issuer| issuer.has_changed());
        if !stays || outside {
            let mut memory = self.checked.write().unwrap_or_else(PoisonError::into_inner);
            memory.generation = memory.generation.wrapping_add(1);
            memory.tokens.clear();
        }
        Ok(())
    }

    fn own(&self) -> Arc<Own> {
        self.own.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The name of this service as an issuer: the audience of assertions.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The issuers elsewhere whose tokens are believed too.
    #[must_use]
    pub fn outside(&self) -> &[Arc<Outside>] {
        &self.outside
    }

    /// The keys that are published.
    #[must_use]
    pub fn published(&self) -> Vec<PublicJwk> {
        self.own().ring.published.clone()
    }

    /// A token for a client that came with an assertion, and how long it lives. None if this service
    /// signs no tokens.
    pub fn issue(
        &self,
        client: Uuid,
        key: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Option<(String, Duration)>> {
        let own = self.own();
        let Some(signer) = &own.ring.signing else { return Ok(None) };
        let life = LIFE.min(self.max_life);
        let claims = Claims::new((&self.issuer, &self.audience), client, now, life);
        let token = claims.sign(signer, Some(key))?;
        Ok(Some((token, life)))
    }

    /// Whom the token names.
    pub fn caller(&self, token: &str, now: DateTime<Utc>) -> Result<Caller> {
        if token.len() > MAX_TOKEN {
            return Err(Error::Unauthenticated);
        }
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let (known, generation) = {
            let memory = self.checked.read().unwrap_or_else(PoisonError::into_inner);
            (memory.tokens.get(&digest).cloned(), memory.generation)
        };
        let checked = match known {
            Some(checked) => checked,
            None => self.check(token, digest, generation)?,
        };
        if self.in_time(&checked, now) { Ok(checked.caller) } else { Err(Error::Unauthenticated) }
    }

    fn check(&self, token: &str, digest: [u8; 32], generation: u64) -> Result<Checked> {
        let said = dangerous::insecure_decode_claims::<Issuer>(token);
        let said = said.map_err(|_| Error::Unauthenticated)?.iss;
        let outside = self.outside.iter().find(|issuer| issuer.name() == said);
        let found = match outside {
            Some(outside) => outside.check(token),
            None => self.check_own(token),
        };
        let found = found.ok_or(Error::Unauthenticated)?;
        let mut memory = self.checked.write().unwrap_or_else(PoisonError::into_inner);
        if memory.tokens.len() >= REMEMBERED {
            memory.tokens.clear();
        }
        if memory.generation == generation {
            memory.tokens.insert(digest, found.clone());
        }
        Ok(found)
    }

    fn check_own(&self, token: &str) -> Option<Checked> {
        let header = decode_header(token).ok()?;
        if !is_bare(&header) || !is_access_token(&header) || header.alg != Algorithm::EdDSA {
            return None;
        }
        let own = self.own();
        let key = own.believed.get(header.kid.as_deref()?)?;
        let rules = rules(Algorithm::EdDSA, &self.issuer, &self.audience);
        let claims = decode::<Claims>(token, key, &rules).ok()?.claims;
        let caller = Caller::Client { id: claims.sub, key: claims.client_key };
        Some(Checked { caller, iat: claims.iat, exp: claims.exp, nbf: claims.nbf })
    }

    fn in_time(&self, checked: &Checked, now: DateTime<Utc>) -> bool {
        let now = now.timestamp();
        let life = checked.exp.saturating_sub(checked.iat);
        checked.exp > now
            && checked.iat <= now + LEEWAY_SECONDS
            && checked.nbf.is_none_or(|nbf| nbf <= now + LEEWAY_SECONDS)
            && (1..=self.max_life.num_seconds()).contains(&life)
    }
}

/// What the library is to check: all but the times, which are looked at against the clock that is
/// passed in.
pub(super) fn rules(algorithm: Algorithm, issuer: &str, audience: &str) -> Validation {
    let mut rules = Validation::new(algorithm);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[audience]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules
}

/// Whether the header asks for nothing else: no key of its own, no extension.
pub(super) fn is_bare(header: &Header) -> bool {
    let keys = header.jwk.is_some()
        || header.jku.is_some()
        || header.x5u.is_some()
        || header.x5c.is_some()
        || header.x5t.is_some()
        || header.x5t_s256.is_some();
    let more = header.crit.is_some()
        || header.cty.is_some()
        || header.enc.is_some()
        || header.zip.is_some()
        || header.extras.inner().contains_key("b64");
    !keys && !more
}

/// Whether the header is that of an access token.
pub(super) fn is_access_token(header: &Header) -> bool {
    let kind = header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
    kind == "at+jwt" || kind == "application/at+jwt"
}

impl Claims {
    fn new(
        (issuer, audience): (&str, &str),
        sub: Uuid,
        now: DateTime<Utc>,
        life: Duration,
    ) -> Self {
        Self {
            iss: issuer.to_owned(),
            aud: audience.to_owned(),
            sub,
            client_id: Some(sub),
            jti: Uuid::new_v4().to_string(),
            iat: now.timestamp(),
            exp: (now + life).timestamp(),
            nbf: Some(now.timestamp()),
            client_key: None,
        }
    }

    fn sign(mut self, by: &PrivateKey, client_key: Option<Uuid>) -> Result<String> {
        self.client_key = client_key;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(by.public().id());
        let signer = EncodingKey::from_ed_der(&by.der()?);
        encode(&header, &self, &signer).map_err(Error::internal)
    }
}

/// Signs an access token for a client, as the demo and the command line do.
pub fn sign(
    key: &PrivateKey,
    issuer: &str,
    audience: &str,
    subject: Uuid,
    now: DateTime<Utc>,
    life: Duration,
) -> Result<String> {
    Claims::new((issuer, audience), subject, now, life).sign(key, None)
}
