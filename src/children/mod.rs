//! The child: who it is, by which names and numbers it is found, whose it is, what its legal status is.
//!
//! * [`Child`] is one record with its names and external identifiers. A child is born (`birth_date`)
//!   or expected (`expected_birth_date`), never both. It is never deleted and outlives childhood:
//!   aftercare, adoption and death are dates on it.
//! * [`Relation`]s say who is a brother, a sister, a mother or a father. Between two children of the
//!   registry a relation is written once and seen from both; so is the wish that siblings stay
//!   together (UN Guidelines ¶17, ¶62).
//! * [`LegalStatus`]es run on four axes side by side: care authority, the rights of the mother, the
//!   rights of the father, guardianship. On one axis a child has at most one status a day.
//!
//! What holds always, and where it is held:
//!
//! | invariant | held by |
//! |---|---|
//! | DI-01: one identifier, one child, on every day | exclusion constraint, and a check that says more |
//! | DI-02: another birth date, sex or ethnicity is a correction with its reason | [`model::rules`] |
//! | LS-01: rights are taken and given back by a court, with number and effective day | check constraint and [`NewLegalStatus::check`] |
//! | one legal status an axis and day | exclusion constraint, under a lock of the child |
//! | two children are related once | unique constraint, under locks of both in order of their ids |
//!
//! Everybody who changes what hangs on a child first takes [`store::lock`]: several children in the
//! order of their ids, by [`store::lock_all`].
pub mod model;
pub mod national_id;
mod routes;
pub mod search_key;
pub mod store;

pub use model::{
    Child, ChildId, ChildName, ChildPatch, ChildSearch, ChildViews, DatePrecision, LegalAxis,
    LegalDecision, LegalDecisionKind, LegalStatus, LegalStatusId, NewChild, NewLegalStatus,
    NewRelation, RelatedPerson, Relation, RelationId, RelationKind, SiblingWish, YesNoUnknown,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read children and what hangs on them.
        ReadChildren = "children:read" [personal, identifying];
        /// Search children by name, identifier and birth date.
        SearchChildren = "children:search" [personal, identifying];
        /// Register and change children.
        ManageChildren = "children:manage" [personal, identifying];
    }
}
