//! The child with the lists under it.
use super::{Child, LegalStatus, Relation};
use crate::included;

included! {
    /// A child with what is asked for of the lists under it.
    pub struct ChildWithLists of Child, asked by ChildInclude {
        /// Its relations to other children and to adults, by id.
        Relations: relations = "relations" of Relation,
        /// Its legal statuses, by first day; with `as_of` those that held on that day.
        LegalStatuses: legal_statuses = "legal_statuses" of LegalStatus,
    }
}
