//! Families of origin and families at risk: who belongs to them, what endangers their children, and what was
//! done to help before anybody thought of separating them (UN Guidelines ¶32–¶38).
//!
//! ```text
//!            monitor                 close
//!   open ──────────────▶ monitored ─────────▶ closed
//!    ▲ ◀──── reopen ─────────┘                │  ▲
//!    └────────────────────── reopen ──────────┘  │
//!    └────────────────────── close ──────────────┘
//! ```
//!
//! * A family is a *person* in the sense of need to know, as a household of carers is: an organisation is
//!   responsible for it, it lives in an area, and it may ask who saw its record.
//! * Members who are children of the registry are named by their id and mentioned only: what is known of
//!   them stands in their own record. Adults have names where they are needed, and nothing else that would
//!   lead to them.
//! * `parental_rights` is what a member holds now; the history, with its decisions, is a legal status of
//!   the child. What all members were before stands in the journal.
//! * The level of risk has its history; every new level has its reason.
//!
//! What holds, and where it is held:
//!
//! | invariant | held by |
//! |---|---|
//! | a child is a member of a family once | unique constraint, and [`model`] |
//! | a member of the registry has no name here | check constraint, and [`model`] |
//! | risk levels follow one another in time | [`store`], under the family's lock |
//! | support has an outcome when it has ended, and not before | check constraint |
//!
//! Every change locks the family's row first. Whoever needs children, too, locks them before.
mod model;
mod routes;
pub mod store;

pub use model::{
    Family, FamilyId, FamilyMember, FamilyMemberDetails, FamilyPatch, FamilyRiskFactor,
    FamilyState, FamilyStep, FamilySupport, NewFamily, NewRiskFactor, PastFamily, RiskSubject,
    SupportOutcome,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read families of origin and at risk.
        ReadFamilies = "families:read" [personal, identifying];
        /// Register families of origin and at risk, and record what is found and done.
        ManageFamilies = "families:manage" [personal, identifying];
    }
}
