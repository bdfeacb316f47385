//! What a visit is, what callers say of it, its states.
mod requests;
mod state;
mod visit;

pub use requests::{LastSeen, NewVisit, SeenBy, VisitAnnulment};
pub use state::{VisitState, VisitStep};
pub use visit::{SealedColumns, Visit, VisitId, VisitPage};
