//! What an endpoint is.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    clients::ClientId,
    page_of,
    platform::{
        id::Id,
        items::{Code, codes},
        patch::{non_null, present},
    },
    record,
    schema::webhook_endpoints,
    text_enum,
};

pub type WebhookEndpointId = Id<WebhookEndpoint>;

text_enum! {
    /// Whether anything is sent to an endpoint.
    pub enum EndpointState {
        Active = "active",
        Disabled = "disabled",
    }
}

text_enum! {
    /// Why nothing is sent to an endpoint any more.
    pub enum DisabledReason {
        /// The client said so.
        ByClient = "by_client",
        /// The endpoint answered that it is gone (410).
        Gone = "gone",
        /// All attempts of a message failed.
        AttemptsFailed = "attempts_failed",
    }
}

/// An address to which changes are sent.
#[derive(
    Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = webhook_endpoints, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// Where messages are sent.
    #[schema(example = "https://hooks.ministry.example/kinstead")]
    pub url: String,
    /// Kinds of records whose changes are sent; all that the client may read if none.
    #[schema(example = json!(["child", "placement"]))]
    pub kinds: Vec<String>,
    /// What it is for, without any person's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Case system, production")]
    pub description: Option<String>,
    /// What the data are sent for: a code of the list `purpose`; the client's usual one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "case_management")]
    pub purpose: Option<String>,
    /// Whether anything is sent.
    pub state: EndpointState,
    /// Why nothing is sent any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub disabled_reason: Option<DisabledReason>,
    /// Since when nothing is sent any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2027-05-01T08:00:00Z")]
    pub disabled_at: Option<DateTime<Utc>>,
    /// The newest public key of its signatures (`v1a`).
    #[schema(example = "whpk_O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=")]
    pub public_key: String,
    /// Version of the record.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

page_of!(
    /// Some endpoints, in the order in which they were registered.
    WebhookEndpointPage, WebhookEndpoint
);

record!(WebhookEndpoint {
    name: "webhook_endpoint",
    id: "WebhookEndpointId",
    example: "0199a5b2-0011-7000-8000-000000000001",
});

/// A new endpoint.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhookEndpoint {
    /// Where messages are sent: an https address of a host by its name, which the operator allows.
    #[validate(length(min = 1, max = 2000))]
    #[schema(
        min_length = 1,
        max_length = 2000,
        example = "https://hooks.ministry.example/kinstead"
    )]
    pub url: String,
    /// Kinds of records whose changes are sent; all that the client may read if none.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = codes))]
    #[schema(value_type = Vec<Code>, inline, max_items = 50, example = json!(["child", "placement"]))]
    pub kinds: Vec<String>,
    /// What it is for, without any person's data.
    #[serde(default)]
    #[validate(length(min = 1, max = 500))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 500,
        example = "Case system, production"
    )]
    pub description: Option<String>,
    /// What the data are sent for: one of the client's purposes, a code of the list `purpose`; its usual one
    /// unless said.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "case_management")]
    pub purpose: Option<String>,
}

/// A change of an endpoint: members that are left out stay as they are.
#[allow(clippy::option_option, reason = "absent, null and a value are three things in a patch")]
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpointPatch {
    /// Where messages are sent.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 2000,
        example = "https://hooks.ministry.example/kinstead"
    )]
    pub url: Option<String>,
    /// Kinds of records whose changes are sent; all that the client may read if none.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 50), custom(function = codes))]
    #[schema(value_type = Option<Vec<Code>>, inline, nullable = false, max_items = 50, example = json!(["child", "placement"]))]
    pub kinds: Option<Vec<String>>,
    /// What it is for, without any person's data; null if that is not said.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 500))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500, example = "Case system, production")]
    pub description: Option<Option<String>>,
    /// What the data are sent for: one of the client's purposes, a code of the list `purpose`; null for its
    /// usual one.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 60))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60, example = "case_management")]
    pub purpose: Option<Option<String>>,
    /// Whether anything is sent. An endpoint that is active again gets what happened meanwhile.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub state: Option<EndpointState>,
}

/// An endpoint with its new secret, which is shown this once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookEndpointWithSecret {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// The secret of its signatures (`v1`): it is not shown again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    pub secret: String,
}

impl WebhookEndpointPatch {
    /// The endpoint with these members in the place of its own.
    #[must_use]
    pub fn apply(&self, before: &WebhookEndpoint, now: DateTime<Utc>) -> WebhookEndpoint {
        let mut after = WebhookEndpoint { version: before.version + 1, ..before.clone() };
        if let Some(url) = &self.url {
            after.url.clone_from(url);
        }
        if let Some(kinds) = &self.kinds {
            after.kinds.clone_from(kinds);
        }
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        if let Some(purpose) = &self.purpose {
            after.purpose.clone_from(purpose);
        }
        match self.state.filter(|state| *state != before.state) {
            Some(EndpointState::Active) => after.enabled(),
            Some(EndpointState::Disabled) => after.disabled(DisabledReason::ByClient, now),
            None => after,
        }
    }
}

impl WebhookEndpoint {
    fn enabled(self) -> Self {
        Self { state: EndpointState::Active, disabled_reason: None, disabled_at: None, ..self }
    }

    /// The same, to which nothing is sent any more.
    #[must_use]
    pub fn disabled(self, reason: DisabledReason, now: DateTime<Utc>) -> Self {
        let state = EndpointState::Disabled;
        Self { state, disabled_reason: Some(reason), disabled_at: Some(now), ..self }
    }
}
