//! Webhooks: the changes of the feed, sent to addresses that clients named (Standard Webhooks).
//!
//! ```text
//!  feed ──[follow]──▶ deliveries ──[attempt]──▶ 2xx: delivered
//!                        ▲              └─ else ──▶ due again: ten attempts in about 75 hours ──▶ failed
//!                        └──────────────────────────────┘
//!
//!  endpoint: active ──by_client, gone (410), attempts_failed──▶ disabled ──by the client──▶ active
//! ```
//!
//! * Each endpoint follows the feed by a place of its own. A message is one event, thin, and has the id of its
//!   delivery however often it is tried: who gets it twice, as one may, knows it again.
//! * What a message tells is read from the feed at each attempt, as far as the client reaches then. What it may
//!   no longer know is withheld; a client that may not act is sent nothing.
//! * A copy that cannot go on, as the feed says, is told so by a message, and goes on from the present.
//! * Deliveries are kept for thirty days after they ended.
//!
//! | invariant | held by |
//! |---|---|
//! | nothing is lost when a service is killed | places and deliveries lie in the database, each with the other |
//! | a message is one for each event and endpoint | unique constraint |
//! | nothing is told before the access log has it | [`Telling`](crate::platform::telling::Telling) |
//! | nobody inside is called | [`Targets`](crate::platform::target::Targets), at registration and at each attempt |
//! | one endpoint is served by one service at a time | a lease in `webhook_progress` |
//! | a slow endpoint delays no other one | [`posting`]: a place for each, few for the slow |
mod announced;
mod model;
pub mod posting;
mod routes;
pub mod store;

pub use announced::announced;
pub use model::{
    DeliveryState, DisabledReason, EndpointState, NewWebhookEndpoint, SCHEDULE, Signer,
    WebhookDelivery, WebhookDeliveryId, WebhookEndpoint, WebhookEndpointId, delay, earliest,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read one's own webhook endpoints and what was sent to them.
        ReadWebhooks = "webhooks:read";
        /// Register and change one's own webhook endpoints, and have things sent again.
        ManageWebhooks = "webhooks:manage";
    }
}
