//! Which records may be of one child: a comparison field by field, and pairs that somebody should look at.
//!
//! * **Matching** ([`store::matches`]) compares what somebody knows of a child with the records that the caller
//!   may read, and explains each field. Nothing that is asked is stored.
//! * A **possible duplicate** is a pair of records alike enough for an alert (DI-04). Pairs are worked out from the
//!   feed after a child was registered or its identifying facts changed ([`store::look`]): the write itself waits
//!   for nothing and is never refused. They can be worked out anew at any time, and have no history.
//! * Weights are those of Fellegi and Sunter (1969): the logarithm of how much more often a field agrees in two
//!   records of one child than in records of two. Which fields count, and how, stands in the code list
//!   `match_field`; from which weight on a record is shown or told of, in dated parameters.
//!
//! | invariant | held by |
//! |---|---|
//! | what may not be read is not confirmed | row-level security: what is hidden is no candidate |
//! | who is told of a pair may read both records | row-level security of alerts and deadlines, and of the feed |
//! | an adopted child's former record matches nothing | [`store`]: what came of it is sealed (`adoption_links`) |
//! | siblings who are recorded as such are no pair, and twins seldom | [`model::Comparison::may_be_one`] |
pub mod model;
mod routes;
pub mod store;

pub use model::{ChildToMatch, MatchAnswer};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Compare what is known of a child with the records of the registry.
        MatchChildren = "children:match" [personal, identifying];
    }
}
