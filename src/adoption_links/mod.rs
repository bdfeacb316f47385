//! Adoption links: after an adoption a child has a new record, and the registry holds which one it had
//! before. Nobody learns of a link but the central adoption authority, which writes and reads it.
//!
//! * The two records carry no trace of it, and no other operation tells of it. Both ids and the decision
//!   are sealed, with the key for what a named few may know; a link is found by the blind index of
//!   either child's id.
//! * The authority reaches neither of the records: it learns their ids, and what it may read of them it
//!   asks for like anybody. Each answer is in the access log of both children, and a question about a
//!   child that has no link in the log of that child: so that an entry tells that it was asked.
//! * A link is made once and stays. A record is the former one of one link at most, and the new one of one
//!   at most (`AD-10`): by a unique index, and a check that says more.
mod model;
mod routes;
pub mod store;

pub use model::{AdoptionLink, AdoptionLinkId, LinksOfChild, NewAdoptionLink};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read which record a child had before its adoption, and which it has since.
        ReadAdoptionLinks = "adoption_links:read" [sealed];
        /// Link the record that a child had before its adoption with that which it has since.
        ManageAdoptionLinks = "adoption_links:manage" [sealed];
    }
}
