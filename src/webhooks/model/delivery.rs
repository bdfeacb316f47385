//! What a delivery is, its attempts, and what clients ask to be sent again.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::endpoint::WebhookEndpointId;
use crate::{
    page_of,
    platform::{
        id::{Id, Kind},
        send::SendOutcome,
    },
    record,
    schema::{webhook_attempts, webhook_deliveries},
    text_enum,
};

pub type WebhookDeliveryId = Id<WebhookDelivery>;

text_enum! {
    /// How it stands with a delivery.
    pub enum DeliveryState {
        /// It is tried as soon as it is due.
        Pending = "pending",
        /// The endpoint took it.
        Delivered = "delivered",
        /// All attempts failed, or the endpoint is gone.
        Failed = "failed",
        /// The client may no longer know of it.
        Withheld = "withheld",
    }
}

/// A message to an endpoint. Its id is the `webhook-id` of all attempts.
#[derive(Debug, Clone, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries, check_for_backend(diesel::pg::Pg))]
pub struct WebhookDelivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// Place of its event in the feed; absent if it tells of none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 4711)]
    pub position: Option<i64>,
    /// Its type: the kind of the record and what the event tells, such as `child.changed`; `webhook.test`, or
    /// `copy.ended` if the copy has to be made anew.
    #[schema(example = "child.changed")]
    pub event: String,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    #[schema(minimum = 0, example = 2)]
    pub attempts: i32,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_at: Option<DateTime<Utc>>,
    /// When it was taken, given up or withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<DateTime<Utc>>,
}

impl Kind for WebhookDelivery {
    const NAME: &'static str = "webhook_delivery";
    const ID_SCHEMA: &'static str = "WebhookDeliveryId";
    const EXAMPLE: &'static str = "0199a5b2-0012-7000-8000-000000000001";
}

page_of!(
    /// Some deliveries, newest first.
    WebhookDeliveryPage, WebhookDelivery
);

/// What came of an attempt. What was answered is not kept.
#[derive(Debug, Clone, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = webhook_attempts, check_for_backend(diesel::pg::Pg))]
pub struct WebhookAttempt {
    /// Which attempt, from 1.
    #[schema(minimum = 1, example = 1)]
    pub number: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// What came of it.
    pub outcome: SendOutcome,
    /// The status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 503)]
    pub status: Option<i32>,
    /// How long it took, in milliseconds.
    #[schema(minimum = 0, example = 142)]
    pub duration_ms: i32,
}

/// A delivery with its attempts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookDeliveryDetail {
    /// The delivery.
    pub delivery: WebhookDelivery,
    /// Its attempts, oldest first.
    pub attempts: Vec<WebhookAttempt>,
}

/// What of the feed is to be sent once more: from a place or since a moment, up to a place or all of it.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookReplayRequest {
    /// The first place; this or `since`.
    #[serde(default)]
    #[validate(range(min = 1, max = 9_007_199_254_740_991_i64))]
    #[schema(nullable = false, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 4700)]
    pub from: Option<i64>,
    /// The last place; all up to the present unless said.
    #[serde(default)]
    #[validate(range(min = 1, max = 9_007_199_254_740_991_i64))]
    #[schema(nullable = false, minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 4711)]
    pub to: Option<i64>,
    /// From what the registry learned then on; this or `from`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub since: Option<DateTime<Utc>>,
}

/// What of the feed is sent once more.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct WebhookReplay {
    /// The first place.
    #[schema(example = 4700)]
    pub from: i64,
    /// The last place; before the first one if there is nothing to send.
    #[schema(example = 4711)]
    pub to: i64,
}

pub type WebhookOrderId = Id<WebhookOrder>;

text_enum! {
    /// What a client asked to be sent.
    pub enum WebhookOrderKind {
        Test = "test",
        Replay = "replay",
        Retry = "retry",
    }
}

/// That a client asked for something to be sent: for the history of the endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WebhookOrder {
    pub id: WebhookOrderId,
    pub endpoint_id: WebhookEndpointId,
    pub kind: WebhookOrderKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    pub version: i64,
}

record!(WebhookOrder {
    name: "webhook_order",
    id: "WebhookOrderId",
    example: "0199a5b2-0013-7000-8000-000000000001",
    under: endpoint_id,
});
