//! Imports: files of records that other systems send, each taken in as if it had come alone.
//!
//! ```text
//!  POST /v1/imports ──▶ lines, sealed ──[importer]──▶ the operation that writes such a record
//!     (streamed)        (some together)   (one by one, each in a savepoint)
//!  PUT /v1/{kind}/external/… ─────────────────────▶ (one alone, at once)
//! ```
//!
//! * There is one way to write a record. A line is a request that the service makes to itself, as the client that
//!   sent the file: permissions, need to know, rules, journal and access log are those of the single write, and so
//!   is what is said of a refusal.
//! * A record is known by its number in the system that sends it. The same again, and an older version, change
//!   nothing, so a file that is sent twice is taken once.
//! * Lines of a chunk that have no record in common are taken in at the same time. Those of a lane, their verdicts and the
//!   progress are kept in one transaction: whatever is killed goes on where it was.
//!
//! | invariant | held by |
//! |---|---|
//! | a number is one record's, for whoever sends it | unique key of `record_external_ids` |
//! | an import is worked on once at a time | advisory lock of the transaction |
//! | nobody is told by a number what it may not know | numbers are known to whoever sent them, others by what it may read |
mod apply;
mod cutter;
mod kinds;
mod lanes;
mod local;
mod model;
mod persons;
mod record;
mod routes;
mod running;
mod single;
mod store;
mod table;
mod upload;
mod work;

pub use kinds::{Imported, KINDS};
pub use local::{Wish, deposit, refusals};
pub use model::{
    Chunk, Import, ImportAtomic, ImportId, ImportMode, ImportOnRule, ImportQuery, ImportState,
    ImportStep, ImportVerdict,
};
pub use routes::routes;
pub use running::{Importer, Importing, sweep};
pub use store::VerdictFilter;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Import files of records. What is in them is written by the permissions that single writes need.
        WriteImports = "imports:write" [personal, identifying];
    }
}
