//! Two records of one child become one, and two again if that was an error (DI-03).
//!
//! ```text
//!  two records ── merge ──▶ merged ── undo ──▶ undone: two records again
//! ```
//!
//! * Everything that hangs on the other record moves to the survivor: what that is, the migrations say in `walls.hung`,
//!   and `platform::journal` moves it, of whatever kind it is, each record with its version and its entry. Names and
//!   numbers, which are parts of the child's own record, are added to the survivor's. What else differs is the
//!   survivor's.
//! * What both records say alike is kept once: what the other one said stays with it, is shown no more, and comes back.
//! * What contradicts is refused, with both records, so that somebody corrects one of them first. So is what the rules
//!   for placements would not have let begin, had it been one record: they are asked by the function that asks them when
//!   a placement begins, before and after, and what they say anew counts.
//! * The other record is read no more: its address leads to the survivor, by the guards, for whoever may know of that.
//! * A merge is undone for what moved. What was recorded since stays with the survivor unless it is named; nothing that
//!   goes may refer to what stays.
//!
//! | invariant | held by |
//! |---|---|
//! | a record is merged into one other at a time | unique index `di_03_one_merge_of_a_record` |
//! | whoever merges may change both | guards; row-level security of children, and `check_merge` |
//! | nothing about a child is left behind | `tests/merges` compares the tables of the database with `walls.hung` |
mod model;
mod routes;
pub mod store;

pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Merge two records of one child, and undo it.
        MergeChildren = "children:merge" [personal, identifying];
    }
}
