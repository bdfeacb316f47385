//! The case: work with one child, or with one family before any separation, from the first referral to its
//! end, with one person in charge of it at every moment.
//!
//! ```text
//!  new ─register─▶ registered ─assess─▶ assessing ─draft_plan─▶ plan_drafting ─approve_plan─▶ plan_approved
//!                                        ▲  ▲  ▲                                                   │
//!        closed ──reopen─────────────────┘  │  │                                              implement
//!        transferred ──take_up──────────────┘  │                                                   ▼
//!        closing ──assess──────────────────────┘                    reviewing ◀──review── implementing
//!                                                                       └────implement──────▶
//!  registered, assessing, plan_drafting, plan_approved, implementing, reviewing ─begin_closing─▶ closing
//!  closing ─close─▶ closed
//!  any that is open ─transfer─▶ transferred          any ─mark_duplicate─▶ duplicate
//! ```
//!
//! * A case that is **transferred** goes with its child, in the same transaction ([`store::follow`]). It
//!   stays the same case of another organisation, which takes it up by naming who is in charge, and begins
//!   with a look of its own: `assessing`.
//! * A case that is a **duplicate** names the one that goes on; its id stays good for reading.
//! * A **manager** is a worker of the organisation that is responsible: the registry keeps no staff, so it
//!   is the name and the id by which that organisation's own system knows the worker.
//! * `primary_need` is fixed: what it was when the case was opened is never changed.
//!
//! What holds, and where it is held:
//!
//! | rule | held by |
//! |---|---|
//! | `CA-01`: a case of a child in care, or in a critical alert, is not closed | [`store`], under the child's lock |
//! | `CA-02`: one open case of a child, one of a family | unique indexes, and a check that says more |
//! | `CA-03`: a duplicate is of a case of the same child or family that goes on itself | [`store`], under that lock |
//! | `WK-01`: an open case has exactly one manager, another one none | keys that point at one another, exclusion constraint |
//!
//! Every change locks the child or the family first, never the case: its row is changed only under that lock.
mod model;
mod routes;
pub mod store;

pub use model::{
    Case, CaseClosing, CaseDuplicate, CaseId, CaseManager, CasePatch, CasePriority, CaseProgress,
    CaseState, CaseStep, CaseStepRequest, CaseTakeUp, CaseWorker, NewCase, NewCaseManager,
    PastCase,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read cases of children and of families.
        ReadCases = "cases:read" [personal, identifying];
        /// Open cases, work on them and close them.
        ManageCases = "cases:manage" [personal, identifying];
    }
}
