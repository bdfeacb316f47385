//! What a review is, what is said in it, and its rules.
mod minutes;
mod requests;
mod review;
pub mod rules;
mod state;

pub use minutes::{ReviewChair, ReviewMatters, ReviewMinutes};
pub use requests::{NewReview, PastReview, ReviewAnnulment, ReviewCancellation, ReviewHolding};
pub use review::{ChildReview, ReviewId, ReviewPage, SealedColumns};
pub use state::{ChildReviewState, ReviewStep};
