//! The keeper of the access log: takes what the service wrote, gives it its place, signs what there is,
//! and shows it: to everybody the proofs, to the person concerned who looked.
//!
//! * [`sequencer`] empties the inbox into the log, one keeper at a time, and signs checkpoints.
//! * [`Keeper`] does that every few seconds, beside the service.
//! * [`witnesses`] asks others to cosign the checkpoints, and says which one is shown.
//! * [`store`] reads the log back: entries, extracts, proofs.
//!
//! The keeper has a role of its own in the database. It may add to the log and read it; it may change
//! nothing that is there. What the log is made of and what it proves: [`crate::log`].
mod model;
mod routes;
mod running;
pub mod sequencer;
pub mod store;
mod witness;
pub mod witnesses;

pub use routes::routes;
pub use running::{Keeper, Keeping};
pub use witness::{Said, Witness, WitnessFault, read_witnesses};

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read who saw the data of a person.
        ReadAccessLog = "access_log:read" [personal];
        /// See which of the staff looked, in whose name the clients asked.
        AuditAccessLog = "access_log:audit" [personal];
        /// Put off telling a person who saw its data.
        DeferAccessLog = "access_log:defer" [personal];
    }
}
