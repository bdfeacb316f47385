//! With whom and how a child has contact.
use crate::{
    children::{RelationId, RelationKind},
    text_enum,
};

text_enum! {
    /// With whom.
    pub enum ContactWith {
        Mother = "mother",
        Father = "father",
        Sibling = "sibling",
        Relative = "relative",
        Guardian = "guardian",
    }
}

text_enum! {
    /// How.
    pub enum ContactKind {
        Visit = "visit",
        Phone = "phone",
        Video = "video",
        Letter = "letter",
        Overnight = "overnight",
    }
}

text_enum! {
    /// In what time.
    pub enum ContactInterval {
        Week = "week",
        Month = "month",
        Year = "year",
    }
}

text_enum! {
    /// Why contact did not take place.
    pub enum ContactFailure {
        ChildRefused = "child_refused",
        PersonAbsent = "person_absent",
        PersonRefused = "person_refused",
        Illness = "illness",
        CarerPrevented = "carer_prevented",
        Transport = "transport",
        Restricted = "restricted",
        Other = "other",
    }
}

impl ContactWith {
    /// Whether somebody who is that to the child can be meant.
    #[must_use]
    pub const fn can_be(self, relation: RelationKind) -> bool {
        use RelationKind::{
            AdoptiveFather, AdoptiveMother, AdoptiveSibling, Father, FullSibling, HalfSibling,
            Mother, OwnChild, StepSibling, Stepfather, Stepmother,
        };
        match relation {
            FullSibling | HalfSibling | StepSibling | AdoptiveSibling => {
                matches!(self, Self::Sibling)
            }
            Mother | Stepmother | AdoptiveMother => matches!(self, Self::Mother),
            Father | Stepfather | AdoptiveFather => matches!(self, Self::Father),
            OwnChild => matches!(self, Self::Relative),
        }
    }
}

/// With whom, who exactly if it is said, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contact {
    pub with: ContactWith,
    pub relation: Option<RelationId>,
    pub kind: ContactKind,
}
