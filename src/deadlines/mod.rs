//! Deadlines: every statutory clock that runs, worked out of the records, and the alerts that it gives.
//!
//! * A **sweep** ([`store::sweep`]) gathers the facts of many children, families, facilities and workers, asks
//!   [`crate::rules::deadlines`] what is due, compares that with what stands, and writes the differences:
//!   deadlines as rows that can be worked out anew, alerts as records with a history. It works as the registry
//!   itself, in blocks of one transaction each. Two that run at once take turns by an advisory lock, and the
//!   one that comes second stops.
//! * The first one of a day looks at everybody. Later ones look at those whose records changed since, which the
//!   journal tells, and those of whom something else is to be told from this day on: each deadline knows its
//!   next day. So they cost next to nothing, and the service can make one every minute; what a change gives
//!   is known a minute later.
//! * The **reconciliation** ([`store::reconcile`]) is worked out on the spot: children whose whereabouts or
//!   legal status are not covered, and facilities whose numbers do not add up.
mod model;
mod routes;
pub mod store;

pub use model::{Deadline, DeadlineId, Discrepancy, DiscrepancyKind};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read deadlines.
        ReadDeadlines = "deadlines:read" [personal];
        /// Read what does not add up.
        ReadReconciliation = "reconciliation:read" [personal];
    }
}
