//! Queries of deadlines, and the work that makes them.
mod children;
mod compare;
mod contact;
mod homes;
mod list;
mod reconciliation;
mod staffing;
mod sweep;
mod transformations;
mod workers;

pub use list::{DeadlineFilter, list, total};
pub use reconciliation::{DiscrepancyFilter, reconcile};
pub use sweep::{Progress, Scope, Swept, Transactions, sweep};
