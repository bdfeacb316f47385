//! Exports: whole lists as files, for those who work with many records at once.
//!
//! ```text
//!  GET /v1/exports/{list}.csv ──▶ GET /v1/{list}, page by page ──▶ log ──▶ a block of the answer
//!     (as the client)              (one state of the database)
//! ```
//!
//! * There is one way to read a list. An export asks the service itself for its pages, as the client that wants it:
//!   permissions, need to know, masking, purposes, row-level security and access log are those of the list.
//! * All pages are read in one transaction that sees one state of the database.
//! * A block leaves once everybody in it is in the access log; whoever does not read is cut off, and an answer that
//!   breaks off has no end.
//! * Every list at the top of the contract can be exported; lists under a record are read with the record.
mod export;
mod model;
mod routes;
mod rows;

pub use model::ExportedList;
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Take whole lists out. What is in them is read by the permissions that the lists need.
        ExportLists = "exports:read" [personal, identifying];
    }
}
