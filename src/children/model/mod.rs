//! What a child's records are, and their rules.
mod child;
mod days;
mod input;
mod legal;
mod lists;
mod relation;
pub mod rules;
mod search;
mod views;

pub use child::{Child, ChildId, ChildName, DatePrecision, YesNoUnknown};
pub use input::{ChildPatch, NewChild};
pub use legal::{
    LegalAxis, LegalDecision, LegalDecisionKind, LegalStatus, LegalStatusEnd, LegalStatusId,
    LegalStatusPage, LegalStatusRow, NewLegalStatus,
};
pub use lists::{ChildInclude, ChildWithLists};
pub use relation::{
    NewRelation, RelatedPerson, Relation, RelationId, RelationKind, RelationPage, RelationPatch,
    SiblingWish,
};
pub use search::{
    ChildIdentifier, ChildMatch, ChildMatchPage, ChildPage, ChildSearch, ChildSummary, ListedChild,
};
pub use views::ChildViews;
