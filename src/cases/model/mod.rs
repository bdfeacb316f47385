//! What a case is and which rules hold for it. No SQL, no HTTP, no clock.
mod case;
mod request;
mod state;

pub use case::{Case, CaseId, CaseManager, CasePage, CasePriority, CaseStatePeriod, CaseWorker};
pub use request::{
    CaseClosing, CaseDuplicate, CasePatch, CaseStepRequest, CaseTakeUp, NewCase, NewCaseManager,
    PastCase,
};
pub use state::{CaseProgress, CaseState, CaseStep};
