//! Reviews: whether placement and plan are still right for a child, and what the child said.
//!
//! ```text
//!        hold
//!  due ────────▶ held
//!   └─ cancel ─▶ cancelled     with a reason
//! ```
//!
//! One that was entered in error is annulled, with a reason, from every state: the next one is due as if it had
//! never been.
//!
//! What holds:
//! * `RV-04`: how the child took part fits its age on the day. On the fourth birthday itself, a child may
//!   have been under four or have taken part: both are accepted.
//! * `RV-06`: the child's views are recorded, or the reason why there are none.
//! * `PL-07`: after a child's death or final adoption no review is held.
//!
//! A review that is held names the day by which the next one is due. That none is held too late, and that
//! whoever chairs it is qualified and not the child's own case manager, is for those who watch the rules:
//! [`ReviewMinutes`] has the facts. Every step locks the child's row first.
mod model;
mod routes;
pub mod store;

pub use model::{
    ChildReview, ChildReviewState, NewReview, PastReview, ReviewAnnulment, ReviewCancellation,
    ReviewChair, ReviewHolding, ReviewId, ReviewMatters, ReviewMinutes, ReviewPage, ReviewStep,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read reviews.
        ReadReviews = "reviews:read" [personal, identifying];
        /// Call, record and cancel reviews.
        ManageReviews = "reviews:manage" [personal, identifying];
    }
}
