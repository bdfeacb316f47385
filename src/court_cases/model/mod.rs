//! What a court case is, what is heard and decided in it.
mod case;
mod content;
mod requests;
mod state;

pub use case::{CourtCase, CourtCaseId, CourtCasePage, SealedColumns};
pub use content::CourtHearing;
pub use requests::{CourtAppeal, CourtFinality, CourtWithdrawal, NewCourtCase, NewCourtDecision};
pub use state::{CourtCaseState, CourtCaseStep};
