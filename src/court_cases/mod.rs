//! Court cases about a child: filed, heard, decided, appealed, final.
//!
//! ```text
//!            decide              make_final
//!  filed ──────────▶ decided ────────────────▶ final
//!   │ ▲               │  ▲
//!   │ │ decide:       │  │ decide, withdraw
//!   │ │ returned      ▼  │
//!   │ └──────────── appealed        `hear` leads nowhere else: in filed and appealed
//!   └─ withdraw ──▶ withdrawn
//! ```
//!
//! What holds:
//! * `RV-06`: at every hearing the child's views are recorded, or the reason why there are none
//!   (Convention on the Rights of the Child, art. 12(2)).
//! * No step lies before the one that led to it, nor ahead.
//! * A legal status that a decision is said to have set is one of the child's that rests on a court
//!   (`LS-01`).
//!
//! Decisions are kept in their order, those of a court of appeal after those that it looked at. Every step
//! locks the child's row first.
mod model;
mod routes;
pub mod store;

pub use model::{CourtCase, CourtCaseId, CourtCaseState, CourtCaseStep, NewCourtCase};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read court cases.
        ReadCourtCases = "court_cases:read" [personal, identifying];
        /// File court cases and record what became of them.
        ManageCourtCases = "court_cases:manage" [personal, identifying];
    }
}
