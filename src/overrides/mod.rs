//! Overrides: a soft rule is stepped over by somebody entitled, who says why and until when.
//!
//! ```text
//!               review
//!  to_review ───────────▶ upheld | not_upheld
//! ```
//!
//! An override is made in the same transaction as the record that could not be without it, and names that
//! record. Whoever made it does not review it.
//!
//! What holds:
//! * only a soft rule is stepped over, and only where it was broken: [`crate::rules::overriding`];
//! * one of the caller's roles is among those that the rule's version names;
//! * it ends, by `valid_until`, no later than that version allows; who needs it longer decides anew;
//! * a rule is stepped over once by one step; a step that is done anew is judged, and stepped over, anew.
mod judged;
mod model;
mod routes;
pub mod store;

pub use judged::Judged;
pub use model::{NewOverride, Override, OverrideId, OverrideKind, OverrideReview, OverrideState};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read overrides.
        ReadOverrides = "overrides:read" [personal, identifying];
        /// Review overrides.
        ReviewOverrides = "overrides:review" [personal, identifying];
    }
}
