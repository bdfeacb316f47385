//! Public keys as JSON (RFC 7517): read strictly, named by their thumbprint, and what they verify with.
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, Output, ToSql},
    sql_types::Jsonb,
};
use ed25519_dalek::{VerifyingKey, pkcs8::DecodePublicKey as _};
use jsonwebtoken::{Algorithm, DecodingKey};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    error::{Error, Result},
    keys::PublicKey,
};
use crate::text_enum;

text_enum! {
    /// Kind of a key (RFC 7518, RFC 8037).
    pub enum KeyType {
        Okp = "OKP",
        Ec = "EC",
    }
}

text_enum! {
    /// Curve of a key.
    pub enum KeyCurve {
        Ed25519 = "Ed25519",
        P256 = "P-256",
    }
}

text_enum! {
    /// What a key is for.
    pub enum KeyUse {
        Sig = "sig",
    }
}

text_enum! {
    /// Algorithm of a signature.
    pub enum KeyAlgorithm {
        EdDsa = "EdDSA",
        Es256 = "ES256",
    }
}

impl KeyAlgorithm {
    /// The same for the library of tokens.
    #[must_use]
    pub fn of_tokens(self) -> Algorithm {
        match self {
            Self::EdDsa => Algorithm::EdDSA,
            Self::Es256 => Algorithm::ES256,
        }
    }
}

/// A public key that verifies signatures.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Jsonb)]
#[schema(example = json!({
    "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "use": "sig", "alg": "EdDSA",
}))]
pub struct PublicJwk {
    /// Kind of the key.
    pub kty: KeyType,
    /// Its curve.
    pub crv: KeyCurve,
    /// The key, or the first coordinate of its point, in base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// The second coordinate of its point, in base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub y: Option<String>,
    /// Thumbprint of the key (RFC 7638), which names it in the header of what it signs.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    pub kid: String,
    /// What it is for.
    pub r#use: KeyUse,
    /// Algorithm of its signatures.
    pub alg: KeyAlgorithm,
}

/// A public key that somebody sends: Ed25519 or P-256, without its private half.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "use": "sig",
}))]
pub struct NewJwk {
    /// Kind of the key: `OKP` for Ed25519, `EC` for P-256.
    pub kty: KeyType,
    /// Its curve.
    pub crv: KeyCurve,
    /// The key, or the first coordinate of its point, in base64url.
    #[validate(length(min = 43, max = 43))]
    #[schema(
        min_length = 43,
        max_length = 43,
        example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    )]
    pub x: String,
    /// The second coordinate of its point, in base64url: of a P-256 key.
    #[serde(default)]
    #[validate(length(min = 43, max = 43))]
    #[schema(nullable = false, min_length = 43, max_length = 43)]
    pub y: Option<String>,
    /// Its thumbprint (RFC 7638), if it is named at all: the registry knows no other name for it.
    #[serde(default)]
    #[validate(length(min = 43, max = 43))]
    #[schema(nullable = false, min_length = 43, max_length = 43)]
    pub kid: Option<String>,
    /// What it is for.
    #[serde(default)]
    #[schema(nullable = false)]
    pub r#use: Option<KeyUse>,
    /// Algorithm of its signatures: the one that goes with its curve.
    #[serde(default)]
    #[schema(nullable = false)]
    pub alg: Option<KeyAlgorithm>,
    /// The private half, which nobody else may ever see.
    #[serde(default)]
    #[schema(ignore)]
    d: Option<Secret>,
}

/// Something that was sent and must not be kept, not even in a message.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "IgnoredAny")]
struct Secret;

impl From<IgnoredAny> for Secret {
    fn from(_: IgnoredAny) -> Self {
        Self
    }
}

impl NewJwk {
    /// A key that was read from a file: JSON, or PEM as `openssl pkey -pubout` writes it.
    pub fn from_text(text: &str) -> Result<Self> {
        if text.contains("PRIVATE KEY") {
            return Err(no_key(
                "",
                "is a private key, which stays where it is: give its public half",
            ));
        }
        if text.contains("BEGIN PUBLIC KEY") {
            return Self::from_pem(text);
        }
        let read = serde_json::from_str::<Self>(text).map_err(|_| {
            Error::value("", "wrong_form", "is no public key as JSON: kty, crv, x and, of P-256, y")
        })?;
        read.validate().map_err(|_| no_key("", "x and y must have 43 characters of base64url"))?;
        Ok(read)
    }

    fn from_pem(text: &str) -> Result<Self> {
        let bare =
            |kty, crv, x, y| Self { kty, crv, x, y, kid: None, r#use: None, alg: None, d: None };
        if let Ok(key) = VerifyingKey::from_public_key_pem(text) {
            let x = BASE64.encode(key.as_bytes());
            return Ok(bare(KeyType::Okp, KeyCurve::Ed25519, x, None));
        }
        let point = text.parse::<p256::PublicKey>().ok().map(|key| key.to_encoded_point(false));
        let part = |part: Option<&p256::FieldBytes>| part.map(|part| BASE64.encode(part));
        let (x, y) = point.map_or((None, None), |point| (part(point.x()), part(point.y())));
        let x = x.ok_or_else(|| no_key("", "is no key of Ed25519 or P-256"))?;
        Ok(bare(KeyType::Ec, KeyCurve::P256, x, y))
    }

    /// The key, if it is one that can be relied on; `at` is where it stands.
    pub fn check(&self, at: &str) -> Result<PublicJwk> {
        let member = |name: &str| format!("{at}/{name}");
        if self.d.is_some() {
            let detail = "is the private half, which is no secret any more: make another key";
            return Err(Error::value(&member("d"), "private_key", detail));
        }
        let alg = match (self.kty, self.crv, &self.y) {
            (KeyType::Okp, KeyCurve::Ed25519, None) => KeyAlgorithm::EdDsa,
            (KeyType::Ec, KeyCurve::P256, Some(_)) => KeyAlgorithm::Es256,
            (KeyType::Ec, KeyCurve::P256, None) => {
                return Err(Error::value(&member("y"), "missing_member", "is required"));
            }
            (KeyType::Okp, KeyCurve::Ed25519, Some(_)) => {
                return Err(Error::value(&member("y"), "unknown_member", "is none of Ed25519"));
            }
            _ => return Err(Error::value(&member("crv"), "wrong_curve", "does not go with kty")),
        };
        if self.alg.is_some_and(|said| said != alg) {
            return Err(Error::value(&member("alg"), "wrong_algorithm", "does not go with crv"));
        }
        let kid = thumbprint(self.kty, self.crv, &self.x, self.y.as_deref());
        if self.kid.as_ref().is_some_and(|said| *said != kid) {
            let detail = "must be the key's thumbprint (RFC 7638), or be left out";
            return Err(Error::value(&member("kid"), "wrong_thumbprint", detail));
        }
        let (x, y) = (self.x.clone(), self.y.clone());
        let key = PublicJwk { kty: self.kty, crv: self.crv, x, y, kid, r#use: KeyUse::Sig, alg };
        if key.is_sound() {
            Ok(key)
        } else {
            Err(no_key(&member("x"), "is no point of its curve, or a weak one"))
        }
    }
}

fn no_key(at: &str, detail: &str) -> Error {
    Error::value(at, "wrong_form", detail)
}

/// RFC 7638: the members that matter, in the order of the alphabet, without spaces.
fn thumbprint(kty: KeyType, crv: KeyCurve, x: &str, y: Option<&str>) -> String {
    let (kty, crv) = (kty.as_str(), crv.as_str());
    let text = match y {
        None => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"}}"#),
        Some(y) => format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#),
    };
    BASE64.encode(Sha256::digest(text.as_bytes()))
}

impl PublicJwk {
    /// The JWK of an Ed25519 key of ours.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        Self {
            kty: KeyType::Okp,
            crv: KeyCurve::Ed25519,
            x: key.x(),
            y: None,
            kid: key.id(),
            r#use: KeyUse::Sig,
            alg: KeyAlgorithm::EdDsa,
        }
    }

    /// Whether it is a point of its curve, written in its one way, and of full order.
    fn is_sound(&self) -> bool {
        let part = |text: &str| <[u8; 32]>::try_from(BASE64.decode(text).ok()?).ok();
        let Some(x) = part(&self.x) else { return false };
        match (self.alg, self.y.as_deref().map(part)) {
            (KeyAlgorithm::EdDsa, None) => {
                VerifyingKey::from_bytes(&x).is_ok_and(|key| !key.is_weak() && key.to_bytes() == x)
            }
            (KeyAlgorithm::Es256, Some(Some(y))) => {
                let point = [&[4], x.as_slice(), y.as_slice()].concat();
                p256::PublicKey::from_sec1_bytes(&point).is_ok()
            }
            _ => false,
        }
    }

    /// The key for the library of tokens. That one panics at keys of another length, so that only
    /// those that were looked at get there.
    pub fn decoding(&self) -> Result<DecodingKey> {
        if !self.is_sound() {
            return Err(Error::internal(format!("the key {} is none", self.kid)));
        }
        match (self.alg, &self.y) {
            (KeyAlgorithm::Es256, Some(y)) => DecodingKey::from_ec_components(&self.x, y),
            _ => DecodingKey::from_ed_components(&self.x),
        }
        .map_err(Error::internal)
    }
}

impl ToSql<Jsonb, Pg> for PublicJwk {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let value = serde_json::to_value(self)?;
        <Value as ToSql<Jsonb, Pg>>::to_sql(&value, &mut out.reborrow())
    }
}

impl FromSql<Jsonb, Pg> for PublicJwk {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_value(<Value as FromSql<Jsonb, Pg>>::from_sql(bytes)?)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{BASE64, Engine as _, NewJwk, PublicJwk};
    use crate::platform::{error::Error, keys::PrivateKey};

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    /// The key of RFC 7515, appendix A.3.
    const PX: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const PY: &str = concat!("x_FEzRu9m36HLN_tue659LNpXW6pCySt", "ikYjKIWI5a0");

    fn ed(member: &str, value: Value) -> Value {
        let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": X});
        key[member] = value;
        key
    }

    fn taken(key: &Value) -> Result<PublicJwk, String> {
        let code = |error: Error| match error {
            Error::Invalid(faults) => format!("{} {}", faults[0].pointer, faults[0].code),
            other => other.to_string(),
        };
        NewJwk::from_text(&key.to_string()).and_then(|key| key.check("/jwk")).map_err(code)
    }

    /// The examples of RFC 8037, appendix A.3, and of RFC 7515, appendix A.3.
    #[test]
    fn keys_of_both_curves_are_named_by_their_thumbprint() {
        let key = taken(&ed("use", json!("sig"))).unwrap();
        assert_eq!(key.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let own = PrivateKey::generate().public();
        assert_eq!(PublicJwk::of(&own).kid, own.id());
        let p256 = json!({"kty": "EC", "crv": "P-256", "x": PX, "y": PY, "alg": "ES256"});
        assert_eq!(taken(&p256).unwrap().kid, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    }

    #[test]
    fn what_is_no_good_public_key_is_refused() {
        let zero = BASE64.encode([0; 32]);
        let one = BASE64.encode([[1].as_slice(), &[0; 31]].concat());
        let ec = |x: &str, y: &str| json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        let wrong: Vec<String> = [
            ed("d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")),
            ed("use", json!("enc")),
            ed("alg", json!("ES256")),
            ed("kid", json!("A".repeat(43))),
            ed("crv", json!("X25519")),
            ed("crv", json!("P-256")),
            ed("y", json!(PY)),
            ed("k", json!("AAAA")),
            ed("x", json!(zero)),
            ed("x", json!(one)),
            ed("x", json!("A".repeat(42))),
            ed("x", json!(format!("{}=", &X[..42]))),
            ec(PX, PX),
            ec(&zero, &zero),
            json!({"kty": "EC", "crv": "P-256", "x": PX}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
            json!({"kty": "oct", "k": "AAAA"}),
        ]
        .iter()
        .map(|key| taken(key).unwrap_err())
        .collect();
        insta::assert_snapshot!(wrong.join("\n"));
    }
}
