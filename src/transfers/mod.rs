//! Children between organisations: one offers, the other answers.
//!
//! A **referral** asks another organisation to help: once accepted, it knows of the child until the
//! referral is ended. A **transfer** asks it to become responsible: authority moves at acceptance, in the
//! same transaction, and not before.
//!
//! ```text
//!             accept               end (a referral)
//!  offered ───────────▶ accepted ──────────────────▶ ended
//!     │
//!     ├── refuse ─▶ refused      by whoever was asked, with a reason
//!     ├── revoke ─▶ revoked      by whoever offered, with a reason
//!     └── expire ─▶ expired      by itself, after `transfer_offer_days`
//! ```
//!
//! What holds:
//! * `TR-01`: at most one offer for a child is open; by a unique index, and judged under the child's lock.
//! * `TR-02`: only who is answerable for the child by its role offers it and takes the offer back, and only
//!   the organisation that was asked answers. Who knows of a child by a grant alone passes it on to nobody.
//! * `TR-03`: an offer that has run out is not answered, whether or not that was recorded yet.
//! * An offer lets the organisation that is asked know of the child, by a grant with the id of the transfer:
//!   it ends with the offer. After a transfer the former organisation knows of the child for
//!   `former_authority_access_days` more, by a grant of its own.
//! * Who knows of the child knows of its transfers: they are behind the same two walls.
//!
//! Every step locks the child's row first.
mod model;
mod routes;
pub mod store;

pub use model::{
    Acceptance, NewTransfer, StepReason, Transfer, TransferDirection, TransferId, TransferKind,
    TransferState, TransferStep,
};
pub use routes::routes;

/// Permissions of this domain. Transfers are read by whoever may read children.
pub mod permission {
    crate::permissions! {
        /// Offer children to other organisations, and take offers back.
        OfferTransfers = "transfers:offer" [personal, identifying];
        /// Accept and refuse children that are offered, and end referrals.
        DecideTransfers = "transfers:decide" [personal, identifying];
    }
}
