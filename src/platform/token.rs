//! Access tokens (RFC 9068): who signed them, for whom, until when. They carry no rights.
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    actor::Caller,
    error::{Error, Result},
    keys::{PrivateKey, PublicKey},
};

/// Longer tokens are refused unread.
const MAX_TOKEN: usize = 4096;
/// How far clocks may differ.
const LEEWAY_SECONDS: i64 = 5;
/// Checked tokens that are remembered; the memory is emptied when it is full.
const REMEMBERED: usize = 4096;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    jti: String,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

/// Checks the tokens of one issuer.
pub struct Verifier {
    keys: HashMap<String, DecodingKey>,
    rules: Validation,
    max_life: Duration,
    /// Claims of tokens whose signature was checked, by the token's hash: the signature is most of
    /// the work, the times are looked at again on every use.
    checked: RwLock<HashMap<[u8; 32], Claims>>,
}

impl Verifier {
    /// The algorithm is ours to choose, `EdDSA`: what a token's header claims is never believed.
    /// Tokens that live longer than `max_life` are refused.
    pub fn new(
        keys: &[PublicKey],
        issuer: &str,
        audience: &str,
        max_life: Duration,
    ) -> Result<Self> {
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[issuer]);
        rules.set_audience(&[audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Times are checked by `in_time` against the clock that is passed in.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        let keys = keys
            .iter()
            .map(|key| {
                Ok((key.id(), DecodingKey::from_ed_components(&key.x()).map_err(Error::internal)?))
            })
            .collect::<Result<_>>()?;
        Ok(Self { keys, rules, max_life, checked: RwLock::default() })
    }

    /// Whom the token names.
    pub fn caller(&self, token: &str, now: DateTime<Utc>) -> Result<Caller> {
        if token.len() > MAX_TOKEN {
            return Err(Error::Unauthenticated);
        }
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let known =
            self.checked.read().unwrap_or_else(PoisonError::into_inner).get(&digest).cloned();
        let claims = match known {
            Some(claims) => claims,
            None => self.check(token, digest)?,
        };
        if self.in_time(&claims, now) {
            Ok(Caller::client(claims.sub))
        } else {
            Err(Error::Unauthenticated)
        }
    }

    fn check(&self, token: &str, digest: [u8; 32]) -> Result<Claims> {
        let header = decode_header(token).map_err(|_| Error::Unauthenticated)?;
        let key = self.key(&header).ok_or(Error::Unauthenticated)?;
        let claims =
            decode::<Claims>(token, key, &self.rules).map_err(|_| Error::Unauthenticated)?.claims;
        let mut checked = self.checked.write().unwrap_or_else(PoisonError::into_inner);
        if checked.len() >= REMEMBERED {
            checked.clear();
        }
        checked.insert(digest, claims.clone());
        Ok(claims)
    }

    /// The key that the header may use, if the header is one of an access token and asks for
    /// nothing else: no key of its own, no extension.
    fn key(&self, header: &Header) -> Option<&DecodingKey> {
        let kind = header.typ.as_deref()?.to_ascii_lowercase();
        let right_kind = kind == "at+jwt" || kind == "application/at+jwt";
        let embedded = header.jwk.is_some()
            || header.jku.is_some()
            || header.x5u.is_some()
            || header.x5c.is_some()
            || header.crit.is_some()
            || header.cty.is_some();
        if !right_kind || embedded || header.alg != Algorithm::EdDSA {
            return None;
        }
        self.keys.get(header.kid.as_deref()?)
    }

    fn in_time(&self, claims: &Claims, now: DateTime<Utc>) -> bool {
        let now = now.timestamp();
        let life = claims.exp.saturating_sub(claims.iat);
        claims.exp > now
            && claims.iat <= now + LEEWAY_SECONDS
            && claims.nbf.is_none_or(|nbf| nbf <= now + LEEWAY_SECONDS)
            && (1..=self.max_life.num_seconds()).contains(&life)
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
    let claims = Claims {
        iss: issuer.to_owned(),
        aud: audience.to_owned(),
        sub: subject,
        jti: Uuid::new_v4().to_string(),
        iat: now.timestamp(),
        exp: (now + life).timestamp(),
        nbf: Some(now.timestamp()),
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(key.public().id());
    let signer = EncodingKey::from_ed_der(&key.der()?);
    encode(&header, &claims, &signer).map_err(Error::internal)
}
