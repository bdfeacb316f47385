//! Alerts: what is due or late by a rule, whose it is to act, and who has seen it.
//!
//! ```text
//!          acknowledge                    resolve: the data no longer give it
//!    open ─────────────▶ acknowledged ─┬─▶ resolved ─┐
//!     ▲ ◀──── escalate ──────┘         └─▶ expired   │   expire: time has passed it by
//!     └──────────────────── raise ───────────────────┘
//! ```
//!
//! * The registry alone raises, escalates and ends alerts, when it works the deadlines out; people
//!   acknowledge them. Nobody can close one without doing what it asks for.
//! * One that becomes more urgent is **open** again: who has seen a warning has not seen that it is critical.
//! * Its owner is the organisation that is responsible and, where there is a case, whoever is in charge of it.
//!
//! | invariant | held by |
//! |---|---|
//! | one alert for a rule, a subject and a day | unique constraint: who looks twice tells once |
//! | it is about one child, one carer family or one facility, or the work of an organisation | check constraint |
//! | what is acknowledged says when and by whom | check constraints |
//!
//! This domain names no other that works with children, so that any of them may ask it.
mod model;
mod routes;
pub mod store;

pub use model::{Acknowledgement, Alert, AlertId, AlertState, AlertStep};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read alerts.
        ReadAlerts = "alerts:read" [personal, identifying];
        /// Acknowledge alerts.
        AcknowledgeAlerts = "alerts:acknowledge" [personal, identifying];
    }
}
