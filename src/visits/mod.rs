//! Visits of workers to children: whether the child was seen, and whether alone.
//!
//! ```text
//!            annul
//!  recorded ───────▶ entered_in_error     with a reason
//! ```
//!
//! What holds:
//! * `VI-01`: a child is visited while it is in care, or while there is an open case of it. The day on which
//!   care or case end is in it.
//! * `PL-07`: no visit after a child's death or final adoption, none before its birth, none ahead. On the last
//!   day itself it may still have been seen.
//! * Whether it was seen alone is said of a child that was seen, and of no other.
//!
//! A visit is a fact: it has no other step than to take back what was entered in error, and no change. When
//! the child was last seen is [`store::last_seen`]. Every change locks the child's row first.
mod model;
mod routes;
pub mod store;

pub use model::{
    LastSeen, NewVisit, Visit, VisitAnnulment, VisitId, VisitPage, VisitState, VisitStep,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read visits.
        ReadVisits = "visits:read" [personal, identifying];
        /// Record visits, and take back those entered in error.
        ManageVisits = "visits:manage" [personal, identifying];
    }
}
