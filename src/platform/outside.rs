//! Outside issuers: other providers whose tokens are believed (OIDC), with keys from a file or an
//! address.
//!
//! Their keys are kept. They are read again every few minutes, and when a token names one that is not
//! known, but never more than once a minute: nobody can make this service ask an issuer more often.
//! While an issuer does not answer, the keys that are known go on.
use std::{
    collections::HashMap,
    path::Path,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

use super::{
    actor::Caller,
    error::{Error, Result},
    jwk::{KeyAlgorithm, KeyCurve, KeyType, KeyUse, PublicJwk},
    token::{Checked, is_access_token, is_bare, rules},
};
use crate::text_enum;

/// How long keys are kept before they are read again.
const KEPT: Duration = Duration::minutes(5);
/// How often an unknown key makes them be read again at most.
const SELDOM: Duration = Duration::minutes(1);
/// Largest set of keys, in bytes and in keys.
pub const MAX_SET: usize = 256 * 1024;
const MAX_KEYS: usize = 100;
/// Bytes of the modulus of an RSA key: 2048 to 8192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

text_enum! {
    /// Algorithm of an outside issuer's signatures.
    pub enum OutsideAlgorithm {
        EdDsa = "EdDSA",
        Es256 = "ES256",
        Rs256 = "RS256",
        Ps256 = "PS256",
    }
}

/// An issuer as the operator configures it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideIssuer {
    /// `iss` of its tokens.
    pub issuer: String,
    /// `aud` that its tokens for this service have.
    pub audience: String,
    /// Algorithm of its signatures: the one that is taken.
    pub algorithm: OutsideAlgorithm,
    /// Its set of keys: a path, or an address that begins with https.
    pub keys: String,
    /// `typ` of its tokens: `at+jwt` (RFC 9068) unless said, or `JWT`.
    #[serde(default)]
    pub token_type: TokenType,
}

/// What an issuer calls its access tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum TokenType {
    #[default]
    #[serde(rename = "at+jwt")]
    AccessToken,
    #[serde(rename = "JWT")]
    Jwt,
}

/// Fetches what lies at an address: bounded in size and time, without redirects.
pub type Fetch = dyn Fn(&str) -> Result<Vec<u8>, String> + Send + Sync;

/// An issuer with the keys that are known of it.
pub struct Outside {
    config: OutsideIssuer,
    keys: RwLock<HashMap<String, DecodingKey>>,
    tried: RwLock<Option<DateTime<Utc>>>,
    /// Whether a token named a key that is not known.
    missed: AtomicBool,
    changed: AtomicBool,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: Audience,
    iat: i64,
    exp: i64,
    nbf: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Reads the file that lists the outside issuers.
pub fn read_issuers(path: &Path) -> Result<Vec<OutsideIssuer>> {
    let wrong = |cause: &dyn std::fmt::Display| {
        Error::internal(format!("the file of issuers {} cannot be used: {cause}", path.display()))
    };
    let text = std::fs::read(path).map_err(|cause| wrong(&cause))?;
    let issuers: Vec<OutsideIssuer> =
        serde_json::from_slice(&text).map_err(|cause| wrong(&cause))?;
    for (at, issuer) in issuers.iter().enumerate() {
        if issuer.issuer.is_empty() || issuer.audience.is_empty() {
            return Err(wrong(&"an issuer needs its name and an audience"));
        }
        if issuer.keys.starts_with("http:") {
            return Err(wrong(&"keys come from a file, or over https"));
        }
        if issuers.iter().take(at).any(|other| other.issuer == issuer.issuer) {
            return Err(wrong(&format!("{} is there twice", issuer.issuer)));
        }
    }
    Ok(issuers)
}

impl Outside {
    #[must_use]
    pub fn new(config: OutsideIssuer) -> Self {
        Self {
            config,
            keys: RwLock::default(),
            tried: RwLock::default(),
            missed: AtomicBool::new(false),
            changed: AtomicBool::new(false),
        }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.config.issuer
    }

    /// Whether its keys changed since this was asked last.
    pub(super) fn has_changed(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }

    /// Reads its keys if they are old, or if a token asked for another one, and not too often.
    pub fn renew(&self, now: DateTime<Utc>, fetch: &Fetch) -> Result<()> {
        let tried = *self.tried.read().unwrap_or_else(PoisonError::into_inner);
        let age = tried.map_or(Duration::MAX, |tried| now - tried);
        let wanted = self.missed.load(Ordering::Acquire) && age >= SELDOM;
        if age < KEPT && !wanted {
            return Ok(());
        }
        *self.tried.write().unwrap_or_else(PoisonError::into_inner) = Some(now);
        self.missed.store(false, Ordering::Release);
        let from = &self.config.keys;
        let fault = |cause: String| {
            Error::internal(format!("the keys of {} from {from}: {cause}", self.name()))
        };
        let bytes = if from.starts_with("https:") {
            fetch(from).map_err(fault)?
        } else {
            std::fs::read(from).map_err(|cause| fault(cause.to_string()))?
        };
        let keys = read_set(&bytes, self.config.algorithm).map_err(fault)?;
        let mut known = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *known = keys;
        self.changed.store(true, Ordering::Release);
        Ok(())
    }

    /// Whom one of its tokens names; None if it is not good.
    pub(super) fn check(&self, token: &str) -> Option<Checked> {
        let header = decode_header(token).ok()?;
        let algorithm = algorithm(self.config.algorithm);
        if !is_bare(&header) || !self.is_right_kind(&header) || header.alg != algorithm {
            return None;
        }
        let kid = header.kid.as_deref()?;
        let key = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned();
        let Some(key) = key else {
            self.missed.store(true, Ordering::Release);
            return None;
        };
        let rules = rules(algorithm, self.name(), &self.config.audience);
        let claims = decode::<Claims>(token, &key, &rules).ok()?.claims;
        let ours = match &claims.aud {
            Audience::One(one) => *one == self.config.audience,
            Audience::Several(all) => all.contains(&self.config.audience),
        };
        let caller = Caller::Outside { issuer: self.name().to_owned(), subject: claims.sub };
        ours.then_some(Checked { caller, iat: claims.iat, exp: claims.exp, nbf: claims.nbf })
    }

    fn is_right_kind(&self, header: &jsonwebtoken::Header) -> bool {
        match self.config.token_type {
            TokenType::AccessToken => is_access_token(header),
            TokenType::Jwt => {
                header.typ.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("jwt"))
            }
        }
    }
}

fn algorithm(configured: OutsideAlgorithm) -> Algorithm {
    match configured {
        OutsideAlgorithm::EdDsa => Algorithm::EdDSA,
        OutsideAlgorithm::Es256 => Algorithm::ES256,
        OutsideAlgorithm::Rs256 => Algorithm::RS256,
        OutsideAlgorithm::Ps256 => Algorithm::PS256,
    }
}

/// The keys of a set (RFC 7517) that fit the algorithm. Others are passed over: issuers publish keys of
/// all sorts side by side.
fn read_set(
    bytes: &[u8],
    algorithm: OutsideAlgorithm,
) -> Result<HashMap<String, DecodingKey>, String> {
    if bytes.len() > MAX_SET {
        return Err(format!("more than {MAX_SET} bytes"));
    }
    let set: Value = serde_json::from_slice(bytes).map_err(|cause| cause.to_string())?;
    let listed = set.get("keys").and_then(Value::as_array).ok_or("no set of keys")?;
    let fitting = listed.iter().take(MAX_KEYS).filter_map(|key| fitting(key, algorithm));
    let keys: HashMap<String, DecodingKey> = fitting.collect();
    if keys.is_empty() {
        Err("no key of the algorithm, or none with a kid".to_owned())
    } else {
        Ok(keys)
    }
}

fn fitting(key: &Value, wanted: OutsideAlgorithm) -> Option<(String, DecodingKey)> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let for_signing = text("use").is_none_or(|used| used == "sig");
    let of_algorithm = text("alg").is_none_or(|alg| alg == wanted.as_str());
    let (kid, kty) = (text("kid")?.to_owned(), text("kty")?);
    if !for_signing || !of_algorithm {
        return None;
    }
    let point = |kty, crv, alg| {
        let (x, y) = (text("x")?.to_owned(), text("y").map(ToOwned::to_owned));
        let (kid, r#use) = (kid.clone(), KeyUse::Sig);
        PublicJwk { kty, crv, x, y, kid, r#use, alg }.decoding().ok()
    };
    let key = match (wanted, kty, text("crv")) {
        (OutsideAlgorithm::EdDsa, "OKP", Some("Ed25519")) => {
            point(KeyType::Okp, KeyCurve::Ed25519, KeyAlgorithm::EdDsa)?
        }
        (OutsideAlgorithm::Es256, "EC", Some("P-256")) => {
            point(KeyType::Ec, KeyCurve::P256, KeyAlgorithm::Es256)?
        }
        (OutsideAlgorithm::Rs256 | OutsideAlgorithm::Ps256, "RSA", _) => {
            let (modulus, exponent) =
                (BASE64.decode(text("n")?).ok()?, BASE64.decode(text("e")?).ok()?);
            let fits = MODULUS.contains(&modulus.len()) && (1..=8).contains(&exponent.len());
            fits.then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))?
        }
        _ => return None,
    };
    Some((kid, key))
}
