//! What a client's key is.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::client::ClientId;
use crate::{
    page_of,
    platform::{
        id::Id,
        jwk::{KeyAlgorithm, NewJwk, PublicJwk},
    },
    record,
    schema::client_keys,
};

pub type ClientKeyId = Id<ClientKey>;

/// A public key with which a client signs its assertions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = client_keys, check_for_backend(diesel::pg::Pg))]
pub struct ClientKey {
    pub id: ClientKeyId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// Thumbprint of the key (RFC 7638): the `kid` in the header of the client's assertions.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    pub kid: String,
    /// Algorithm of its signatures.
    pub algorithm: KeyAlgorithm,
    /// The key.
    pub jwk: PublicJwk,
    /// From when on it is taken.
    pub valid_from: DateTime<Utc>,
    /// It is taken until then; for ever if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2028-01-01T00:00:00Z")]
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2027-05-01T08:00:00Z")]
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The machine it lay on was lost.")]
    pub revocation_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some keys of a client, in the order in which they were added.
    ClientKeyPage, ClientKey
);

record!(ClientKey {
    name: "client_key",
    id: "ClientKeyId",
    example: "0199a5b2-0005-7000-8000-000000000001",
    under: client_id,
});

/// A new key of a client.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClientKey {
    /// The public key: Ed25519 or P-256.
    #[validate(nested)]
    pub jwk: NewJwk,
    /// From when on it is taken; from now on if absent.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-12-01T00:00:00Z")]
    pub valid_from: Option<DateTime<Utc>>,
    /// It is taken until then; for ever if absent.
    #[serde(default)]
    #[schema(nullable = false, example = "2028-01-01T00:00:00Z")]
    pub valid_until: Option<DateTime<Utc>>,
}

impl ClientKey {
    /// Whether what it signs is taken at that moment.
    #[must_use]
    pub fn holds_at(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none()
            && self.valid_from <= now
            && self.valid_until.is_none_or(|end| now < end)
    }
}
