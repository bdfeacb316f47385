//! What endpoints, deliveries and their signatures are.
mod delivery;
mod endpoint;
mod schedule;
mod signature;

pub use delivery::{
    DeliveryState, WebhookAttempt, WebhookDelivery, WebhookDeliveryDetail, WebhookDeliveryId,
    WebhookDeliveryPage, WebhookOrder, WebhookOrderId, WebhookOrderKind, WebhookReplay,
    WebhookReplayRequest,
};
pub use endpoint::{
    DisabledReason, EndpointState, NewWebhookEndpoint, WebhookEndpoint, WebhookEndpointId,
    WebhookEndpointPage, WebhookEndpointPatch, WebhookEndpointWithSecret,
};
pub use schedule::{SCHEDULE, delay, earliest};
pub use signature::Signer;
