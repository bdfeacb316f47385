//! A link between the record that an adopted child had and the one that it has.
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::{
    children::ChildId,
    platform::{
        disclosure::{Person, name_all},
        id::Id,
    },
    record, sealed_columns,
};

pub type AdoptionLinkId = Id<AdoptionLink>;

/// The link between two records of one child. Its ids are plain ones, so that the journal, which says in
/// clear whom an entry names, names nobody: [`Told`] tells the access log.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct AdoptionLink {
    pub id: AdoptionLinkId,
    /// The record that the child had before its adoption.
    #[schema(value_type = ChildId)]
    pub former_child_id: Uuid,
    /// The record that it has since.
    #[schema(value_type = ChildId)]
    pub new_child_id: Uuid,
    /// The decision by which it was adopted: court, number and day.
    #[schema(example = "Basic Court of Nišava, P-14/2026 of 2 March 2026")]
    pub decision: String,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(adoption_links: Sealed { decision });

/// Without what it says.
impl fmt::Debug for AdoptionLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AdoptionLink({})", self.id)
    }
}

record!(AdoptionLink {
    name: "adoption_link",
    id: "AdoptionLinkId",
    example: "6b1f0c52-7d3e-4b8a-9c61-2f4e8d7a1b90",
    personal: true,
});

/// A link that is to be made. The ids are plain ones: a refusal says no more about who is there.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdoptionLink {
    /// The record that the child had before its adoption.
    #[schema(value_type = ChildId)]
    pub former_child_id: Uuid,
    /// The record that it has since.
    #[schema(value_type = ChildId)]
    pub new_child_id: Uuid,
    /// The decision by which it was adopted: court, number and day.
    #[validate(length(min = 3, max = 300))]
    #[schema(
        min_length = 3,
        max_length = 300,
        example = "Basic Court of Nišava, P-14/2026 of 2 March 2026"
    )]
    pub decision: String,
}

/// Whose links are asked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LinkQuery {
    /// The child, by either of its records.
    #[param(value_type = ChildId)]
    pub child_id: Uuid,
}

/// The links of a child, by either of its records.
#[derive(Clone, Serialize, ToSchema)]
pub struct LinksOfChild {
    /// The child that was asked for.
    #[schema(value_type = ChildId)]
    pub child_id: Uuid,
    /// Its links: none, or one for each adoption.
    pub data: Vec<AdoptionLink>,
}

/// What names children by plain ids.
pub trait Names {
    fn children(&self) -> Vec<Uuid>;
}

impl Names for AdoptionLink {
    fn children(&self) -> Vec<Uuid> {
        vec![self.former_child_id, self.new_child_id]
    }
}

impl Names for LinksOfChild {
    fn children(&self) -> Vec<Uuid> {
        let linked = self.data.iter().flat_map(Names::children);
        std::iter::once(self.child_id).chain(linked).collect()
    }
}

/// An answer, which tells the access log whom it names. They are mentioned: nothing of their records is
/// in it, and the authority needs to reach neither.
pub struct Told<'t, T>(pub &'t T);

impl<T: Names + Serialize> Serialize for Told<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let person = |id| Person { mentioned: true, ..Person::of(ChildId::from_untyped(id)) };
        name_all(|| self.0.children().into_iter().map(person));
        self.0.serialize(to)
    }
}
