//! Brothers, sisters and parents.
use std::fmt;

use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::child::ChildId;
use crate::{
    page_of,
    platform::{
        disclosure::mention,
        error::{Error, Fault, Result},
        id::{Id, Kind},
        patch::{non_null, present},
        vault::Opened,
    },
    record,
    schema::child_relations,
    sealed_columns, text_enum,
};

pub type RelationId = Id<Relation>;

text_enum! {
    /// What the related person is to the child.
    pub enum RelationKind {
        FullSibling = "full_sibling",
        HalfSibling = "half_sibling",
        StepSibling = "step_sibling",
        AdoptiveSibling = "adoptive_sibling",
        Mother = "mother",
        Father = "father",
        Stepmother = "stepmother",
        Stepfather = "stepfather",
        AdoptiveMother = "adoptive_mother",
        AdoptiveFather = "adoptive_father",
        OwnChild = "own_child",
    }
}

text_enum! {
    /// Whether siblings are to be kept together (UN Guidelines ¶17, ¶62).
    pub enum SiblingWish {
        Yes = "yes",
        No = "no",
        Undecided = "undecided",
    }
}

/// How a person is related to a child. Of two children of the registry each has a relation to the
/// other; both change together.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = child_relations, check_for_backend(Pg), treat_none_as_default_value = false)]
#[schema(example = json!({
    "id": Relation::EXAMPLE, "child_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90", "kind": "full_sibling",
    "related_child_id": "c2b9d3f4-6a1e-4f57-8d20-9b7c5e3a1f64", "to_be_kept_together": "yes",
    "existing_bond": true, "version": 1,
}))]
pub struct Relation {
    pub id: RelationId,
    /// The child under whom the relation is listed.
    pub child_id: ChildId,
    /// What the related person is to the child.
    pub kind: RelationKind,
    /// The related person, if a child of the registry.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "mention")]
    #[schema(value_type = Option<ChildId>, nullable = false)]
    pub related_child_id: Option<ChildId>,
    /// The related person, if not in the registry.
    #[diesel(embed)]
    #[serde(default, skip_serializing_if = "RelatedPerson::is_nobody")]
    pub person: RelatedPerson,
    /// Whether these siblings are to be kept together; of siblings only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub to_be_kept_together: Option<SiblingWish>,
    /// Why they are or are not to be kept together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "They grew up together and ask for it.")]
    #[diesel(select_expression = (child_relations::id, child_relations::keep_together_reason))]
    #[diesel(select_expression_type = (child_relations::id, child_relations::keep_together_reason))]
    #[diesel(deserialize_as = Opened<child_relations::keep_together_reason, Option<String>>)]
    #[diesel(skip_insertion)]
    pub keep_together_reason: Option<String>,
    /// Whether there is a bond between the two.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    pub existing_bond: Option<bool>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(child_relations: Identifying { keep_together_reason });

page_of!(
    /// Some relations of a child, by id.
    RelationPage, Relation
);

/// Somebody who is not in the registry.
#[derive(
    Clone,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Validate,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
)]
#[diesel(table_name = child_relations, check_for_backend(Pg), treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
pub struct RelatedPerson {
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Marija")]
    pub given: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Đorđević")]
    pub family: Option<String>,
}

/// A relation to be recorded: to a child of the registry, or to a person who is not in it.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "full_sibling", "related_child_id": "c2b9d3f4-6a1e-4f57-8d20-9b7c5e3a1f64",
    "to_be_kept_together": "yes", "existing_bond": true,
}))]
pub struct NewRelation {
    /// What the related person is to the child.
    pub kind: RelationKind,
    /// The related person, if a child of the registry.
    #[serde(default)]
    #[schema(nullable = false)]
    pub related_child_id: Option<ChildId>,
    /// The related person, if not in the registry: at least one of the names.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub person: Option<RelatedPerson>,
    /// Whether these siblings are to be kept together; of siblings only, `undecided` unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub to_be_kept_together: Option<SiblingWish>,
    /// Why; required where they are not to be kept together.
    #[serde(default)]
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 1000,
        example = "They grew up together and ask for it."
    )]
    pub keep_together_reason: Option<String>,
    /// Whether there is a bond between the two.
    #[serde(default)]
    #[schema(nullable = false, example = true)]
    pub existing_bond: Option<bool>,
}

/// Another decision on whether siblings are to be kept together. It holds for both.
#[derive(Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "to_be_kept_together": "no", "keep_together_reason": "The court forbids contact between the two.",
}))]
pub struct RelationPatch {
    /// Whether these siblings are to be kept together.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub to_be_kept_together: Option<SiblingWish>,
    /// Why; required where they are not to be kept together.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        value_type = Option<String>,
        min_length = 3,
        max_length = 1000,
        example = "The court forbids contact between the two."
    )]
    pub keep_together_reason: Option<Option<String>>,
    /// Whether there is a bond between the two.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>, example = false)]
    pub existing_bond: Option<Option<bool>>,
}

impl RelationKind {
    #[must_use]
    pub const fn is_sibling(self) -> bool {
        match self {
            Self::FullSibling | Self::HalfSibling | Self::StepSibling | Self::AdoptiveSibling => {
                true
            }
            Self::Mother
            | Self::Father
            | Self::Stepmother
            | Self::Stepfather
            | Self::AdoptiveMother
            | Self::AdoptiveFather
            | Self::OwnChild => false,
        }
    }

    /// What the child is to the related person; `sex` is the child's. None if it cannot be told: a
    /// parent whose sex is not known.
    #[must_use]
    pub fn mirror(self, sex: &str) -> Option<Self> {
        match self {
            Self::FullSibling | Self::HalfSibling | Self::StepSibling | Self::AdoptiveSibling => {
                Some(self)
            }
            Self::Mother
            | Self::Father
            | Self::Stepmother
            | Self::Stepfather
            | Self::AdoptiveMother
            | Self::AdoptiveFather => Some(Self::OwnChild),
            Self::OwnChild => match sex {
                "female" => Some(Self::Mother),
                "male" => Some(Self::Father),
                _ => None,
            },
        }
    }
}

impl RelatedPerson {
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        *self == Self::default()
    }
}

impl NewRelation {
    /// The relation that this makes, seen from `child_id`.
    pub fn into_relation(self, child_id: ChildId) -> Result<Relation> {
        let wish = self.kind.is_sibling().then_some(SiblingWish::Undecided);
        let relation = Relation {
            id: RelationId::generate(),
            child_id,
            kind: self.kind,
            related_child_id: self.related_child_id,
            person: self.person.unwrap_or_default(),
            to_be_kept_together: self.to_be_kept_together.or(wish),
            keep_together_reason: self.keep_together_reason,
            existing_bond: self.existing_bond,
            version: 1,
        };
        relation.check().map(|()| relation)
    }
}

impl RelationPatch {
    /// The relation with these changes.
    pub fn apply(&self, relation: &Relation) -> Result<Relation> {
        let after = Relation {
            to_be_kept_together: self.to_be_kept_together.or(relation.to_be_kept_together),
            keep_together_reason: self
                .keep_together_reason
                .clone()
                .unwrap_or_else(|| relation.keep_together_reason.clone()),
            existing_bond: self.existing_bond.unwrap_or(relation.existing_bond),
            version: relation.version + 1,
            ..relation.clone()
        };
        after.check().map(|()| after)
    }
}

impl Relation {
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        if self.related_child_id.is_some() != self.person.is_nobody() {
            let detail = "needs a child of the registry or a person, and not both";
            faults.push(Fault::new("/related_child_id", "one_of_two", detail));
        }
        if self.related_child_id == Some(self.child_id) {
            let detail = "nobody is related to themselves";
            faults.push(Fault::new("/related_child_id", "self", detail));
        }
        if self.to_be_kept_together.is_some() != self.kind.is_sibling() {
            let detail = "is said of siblings only";
            faults.push(Fault::new("/to_be_kept_together", "not_siblings", detail));
        }
        if self.to_be_kept_together == Some(SiblingWish::No) && self.keep_together_reason.is_none()
        {
            let detail = "is required where siblings are not to be kept together";
            faults.push(Fault::new("/keep_together_reason", "missing_member", detail));
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

record!(Relation {
    name: "relation",
    id: "RelationId",
    example: "8e1d6b0a-3c57-4f92-b7e4-6a0d9c2f5183",
    personal: true,
    under: child_id,
});

impl fmt::Debug for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Relation({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn a_relation_has_two_sides() {
        let mut table = String::new();
        for kind in RelationKind::ALL {
            let sides = ["female", "male", "unknown"]
                .map(|sex| kind.mirror(sex).map_or("-", RelationKind::as_str));
            writeln!(table, "{:<17} {}", kind.as_str(), sides.join(" ")).unwrap();
        }
        insta::assert_snapshot!(table, @r"
        full_sibling      full_sibling full_sibling full_sibling
        half_sibling      half_sibling half_sibling half_sibling
        step_sibling      step_sibling step_sibling step_sibling
        adoptive_sibling  adoptive_sibling adoptive_sibling adoptive_sibling
        mother            own_child own_child own_child
        father            own_child own_child own_child
        stepmother        own_child own_child own_child
        stepfather        own_child own_child own_child
        adoptive_mother   own_child own_child own_child
        adoptive_father   own_child own_child own_child
        own_child         mother father -
        ");
    }
}
