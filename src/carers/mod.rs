//! Carer families: foster, kinship, adoptive and guardian households, from their first question to
//! approval, and how many children they could take.
//!
//! ```text
//! enquiry ─submit─▶ application_submitted ─begin_checks─▶ checks ─begin_home_study─▶ home_study
//!                                                            ▲                           │
//!   withdraw, from any of these and from panel ─▶ withdrawn  │ begin_checks        begin_training
//!                                                            │                           ▼
//!   appeal ◀─appeal─ refused ◀─refuse─ panel ◀─convene_panel─┼─────────────────────── training
//!     └──convene_panel──▶ panel          │ approve           │
//!                                        ▼                expired ◀─expire─┐
//!                           ┌──────── approved ─suspend─▶ suspended ───────┤
//!                           │  ▲  │ ▲      │  ◀─reinstate─┘ └─revoke─▶ revoked
//!                        resign │ └─┘      └───────────────expire──────────┘
//!                           ▼   approve (renewal)
//!                        resigned
//!
//!   refused, appeal, withdrawn, revoked, expired, resigned ─close─▶ closed
//! ```
//!
//! Invariants:
//!
//! * A family is approved only if every adult's checks are passed and valid, every applicant is
//!   trained, the home study is completed and the panel decided (CF-01): [`model`], `readiness`.
//! * A family that fosters is approved for no more children than the parameter `foster_max_children`
//!   says on the day of the decision (PL-12); siblings and named exemptions come on top when placed.
//! * Approvals of one family do not overlap: a constraint. They are half-open, so that on `valid_to`
//!   an approval holds no longer.
//! * Every state has its day, so that a placement of the past can be judged:
//!   [`CarerTerms::active_for`].
//! * A review is held every year after the approval and changes nothing by itself; it lies on a day since which
//!   the family was approved.
//! * Free places are derived from the approval in force and from the placements of the day, and are
//!   never stored. Placements are counted here and written by the domain above.
pub mod model;
mod routes;
pub mod store;

pub use model::{
    Approval, ApprovalId, CarerFamily, CarerFamilyId, CarerReview, CarerState, CarerTerms,
    Exemption, WhyNot,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read and search carer families.
        ReadCarers = "carers:read" [personal, identifying];
        /// Register carer families and work on their applications.
        ManageCarers = "carers:manage" [personal, identifying];
        /// Decide about approvals.
        ApproveCarers = "carers:approve" [personal, identifying];
    }
}
