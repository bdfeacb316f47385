//! The feed: every change of the registry in one order, for systems that keep a true copy of what they may know.
//!
//! ```text
//!  a change ──▶ journal ──▶ inbox ──[sequencer]──▶ feed: 1, 2, 3 …  ──▶ GET /v1/changes
//!     (one transaction)                (one at a time)
//! ```
//!
//! * What is committed gets its place after it is committed: a reader that has come to a place has seen all
//!   before it, however late somebody commits. A cursor over ids or times would lose what comes late.
//! * Changes of one record come in their order: who changes it second waits for the first.
//! * Events are thin. They say what changed, and who reads the record then is told as always, and logged.
//! * If somebody else becomes responsible for a person, every record about it is told again: to whom it is
//!   in reach now as `entered_scope`, to whom it was as `left_scope`, to all others not at all.
//! * A copy is a copy of one history as far as one client reaches. A registry that was set back begins
//!   another epoch; a client that reaches farther or less far than before makes its copy anew.
//!
//! * Who follows it may have a name: a consumer, of which it is kept up to where it has applied everything, by what
//!   it asks for. So a copy that falls behind is noticed by whoever keeps it, and by whoever runs the registry.
//!
//! ```text
//!  consumer: active ──end──▶ ended
//! ```
//!
//! | invariant | held by |
//! |---|---|
//! | each change stands in the feed once | trigger of the journal, in the change's transaction |
//! | places are dense | one sequencer at a time, by row lock; primary key |
//! | a consumer goes back only with another history or reach | [`store::progress::keep`] |
//! | nobody is told of whom it may not know | [`Copies`](crate::platform::copies::Copies), and row-level security |
mod kinds;
mod model;
mod readings;
mod routes;
mod running;
mod snapshot;
pub mod store;

pub use model::{ChangeEvent, ChangeType, Consumer, ConsumerState, CopyState, Cursor};
pub use readings::readings;
pub use routes::routes;
pub use running::{Sequencer, Sequencing, forget, gather, wake};
pub use store::progress::following;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Keep a copy of what one may read.
        ReadChanges = "changes:read" [personal, identifying];
        /// Read how far consumers are: one's own, or everybody's.
        ReadConsumers = "consumers:read";
        /// Register, change and end consumers.
        ManageConsumers = "consumers:manage";
    }
}
