//! Who lives where: care periods, the placements in them, absences and missing episodes.
//!
//! A **care period** is one unbroken time in formal care. It is filled by **placements**, one after
//! the other: at every instant of the period the child has exactly one. Periods are half-open: an
//! end is the first day that is no longer in it, and a move ends one placement and starts the next
//! on the same day, in one transaction.
//!
//! ```text
//!             start                end, move
//!  planned ───────────▶ active ───────────────▶ ended
//!     │                   │ ▲                      │ │
//!     │ cancel            │ └────── reopen ────────┘ │
//!     ▼                   │ annul                    │ annul
//!  cancelled              └──▶ entered_in_error ◀────┘
//! ```
//!
//! Invariants (`migrations/…_placements` says those in **bold** by constraints):
//! **no two placements of a child overlap (PL-01), an end is after its start (PL-02), the placements
//! of a period follow one another without gap (PL-03), the first opens the period and the last ends
//! with it (PL-04), an end has a reason (PL-08)**. The others are judged in the transaction of the
//! step, with the child's row locked first and the provider's row after it: no other step can change
//! what a judgement stands on.
//!
//! A care period of the past can be **taken over** from an older register with all its placements in
//! one change: nothing is planned, started and ended then, but every rule is judged for the days on
//! which it was lived.
//!
//! A final adoption order ends the care period and stands on the child's record: whatever moves or
//! takes back that end (correct, annul, reopen) moves or takes back the day of adoption with it.
mod model;
mod routes;
mod rules;
pub mod store;

pub use model::{
    CareEntry, CareExit, CarePeriod, CarePeriodId, CarePeriodState, Decision, EndMissingRequest,
    EndRequest, ExceptionFindings, MissingEpisode, MoveRequest, MoveTarget, NewAbsence,
    NewMissingEpisode, NewPlacement, NextHome, NextHomeKind, NextHomes, NoNextHome, PastCarePeriod,
    PastPlacement, Placement, PlacementException, PlacementId, PlacementIntent, PlacementState,
    Provider, ProviderKind, SiblingPlacements, StartRequest, TemporaryAbsence,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read placements, care periods and timelines.
        ReadPlacements = "placements:read" [personal, identifying];
        /// Plan, start, move and end placements.
        ManagePlacements = "placements:manage" [personal, identifying];
        /// Correct what was recorded wrongly.
        CorrectPlacements = "placements:correct" [personal, identifying];
        /// See which placements a change of a rule would touch.
        PreviewRules = "rules:preview" [personal, identifying];
    }
}
