//! What a merge says, asks and answers.
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct as _};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    children::{Child, ChildId, store::Joined},
    families::{Family, FamilyId},
    overrides::NewOverride,
    page_of,
    placements::PlacementId,
    platform::{
        disclosure::{Person, mention, name_all},
        error::{Error, Result},
        id::{Id, Kind as _},
    },
    record,
    rules::Finding,
    text_enum,
};

pub type ChildMergeId = Id<ChildMerge>;

text_enum! {
    /// Whether two records are one.
    pub enum MergeState {
        Merged = "merged",
        Undone = "undone",
    }
}

text_enum! {
    /// What can be done with a merge.
    pub enum MergeStep {
        Undo = "undo",
    }
}

impl MergeState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: MergeStep) -> Result<Self> {
        match (self, step) {
            (Self::Merged, MergeStep::Undo) => Ok(Self::Undone),
            (Self::Undone, MergeStep::Undo) => {
                Err(Error::State("the merge was undone already".to_owned()))
            }
        }
    }
}

/// Records of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
pub struct RecordsOfKind {
    /// Their kind.
    #[schema(example = "placement")]
    pub kind: String,
    /// Their ids.
    pub ids: Vec<Uuid>,
}

/// A family that moved, as one that has the child among its members, is only mentioned.
impl Serialize for RecordsOfKind {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        if self.kind == Family::NAME {
            name_all(|| {
                let family = |id: &Uuid| Person::of(FamilyId::from_untyped(*id));
                self.ids.iter().map(move |id| Person { mentioned: true, ..family(id) })
            });
        }
        let mut members = to.serialize_struct("RecordsOfKind", 2)?;
        members.serialize_field("kind", &self.kind)?;
        members.serialize_field("ids", &self.ids)?;
        members.end()
    }
}

/// That two records of one child became one: what moved from one to the other, and whether it was undone.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChildMerge {
    pub id: ChildMergeId,
    /// The record that is the child's.
    pub child_id: ChildId,
    /// The record that was merged into it.
    #[serde(serialize_with = "mention_one")]
    #[schema(value_type = ChildId)]
    pub merged_child_id: ChildId,
    /// Whether they are one.
    pub state: MergeState,
    /// Why they are one.
    #[schema(
        example = "Registered twice: the birth certificate shows the same number in both files."
    )]
    pub reason: String,
    /// The records that moved.
    pub moved: Vec<RecordsOfKind>,
    /// The records that say what one of the survivor's says: they are shown no more, and come back.
    pub kept: Vec<RecordsOfKind>,
    /// When they became one.
    pub merged_at: DateTime<Utc>,
    /// The client that merged them.
    pub merged_by: Uuid,
    /// When they became two again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub undone_at: Option<DateTime<Utc>>,
    /// The client that undid it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub undone_by: Option<Uuid>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "They are twins: the hospital found both births.")]
    pub undo_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

fn mention_one<S: Serializer>(id: &ChildId, to: S) -> std::result::Result<S::Ok, S::Error> {
    mention(&Some(*id), to)
}

page_of!(
    /// Some merges, by id.
    ChildMergePage, ChildMerge
);

record!(ChildMerge {
    name: "child_merge",
    id: "ChildMergeId",
    example: "8d1f3b70-2c4e-4a95-b6d8-0e7a9c5f2143",
    personal: true,
    under: child_id,
});

impl fmt::Debug for ChildMerge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChildMerge({})", self.id)
    }
}

/// Records by kind.
pub type Records = BTreeMap<String, BTreeSet<Uuid>>;

/// What moved, as it is kept for the way back.
#[derive(Clone, Serialize, Deserialize)]
pub struct Moved {
    pub records: Records,
    /// Rows that belong to no record, by table.
    pub rows: BTreeMap<String, BTreeSet<String>>,
    pub kept: Records,
    /// By how much the numbers of care plans are higher.
    pub renumbered: i32,
    pub joined: Joined,
}

/// As they are told.
#[must_use]
pub fn listed(records: &Records) -> Vec<RecordsOfKind> {
    let of_kind = |(kind, ids): (&String, &BTreeSet<Uuid>)| RecordsOfKind {
        kind: kind.clone(),
        ids: ids.iter().copied().collect(),
    };
    records.iter().map(of_kind).collect()
}

/// Why soft rules are to be stepped over for a placement.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementOverrides {
    /// The placement.
    pub placement_id: PlacementId,
    /// Why, rule by rule.
    #[validate(nested, length(min = 1, max = 10))]
    #[schema(min_items = 1, max_items = 10)]
    pub overrides: Vec<NewOverride>,
}

/// A record of the same child that is to be merged into the one that the address names. What differs in the two records
/// themselves, but for names and numbers, is as the survivor's says.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "child_id": Child::EXAMPLE, "version": 3,
    "reason": "Registered twice: the birth certificate shows the same number in both files.",
}))]
pub struct MergeRequest {
    /// The other record of the child.
    pub child_id: ChildId,
    /// Its version, as it was read.
    #[validate(range(min = 1))]
    #[schema(minimum = 1, example = 3)]
    pub version: i64,
    /// Why the two are records of one child.
    #[validate(length(min = 10, max = 2000))]
    #[schema(min_length = 10, max_length = 2000)]
    pub reason: String,
    /// Why soft rules are to be stepped over that placements break now that they are of one child.
    #[serde(default)]
    #[validate(nested, length(max = 100))]
    #[schema(max_items = 100, example = json!([]))]
    pub overrides: Vec<PlacementOverrides>,
}

/// One record.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Validate, ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct RecordNamed {
    /// Its kind.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "visit")]
    pub kind: String,
    /// Its id.
    #[schema(example = "6b1f0c9e-3d2a-4f57-9e81-5c7d0a4b8e36")]
    pub id: Uuid,
}

/// Why two records are to be two again.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "They are twins: the hospital found both births."}))]
pub struct UndoRequest {
    /// Why.
    #[validate(length(min = 10, max = 2000))]
    #[schema(min_length = 10, max_length = 2000)]
    pub reason: String,
    /// Records that were made since the merge and are the other child's.
    #[serde(default)]
    #[validate(nested, length(max = 1000))]
    #[schema(max_items = 1000, example = json!([]))]
    pub records: Vec<RecordNamed>,
}

/// Two records that cannot both be of one child as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Contradiction {
    /// Code of the rule.
    #[schema(example = "PL-01")]
    pub rule: String,
    /// What contradicts.
    #[schema(example = "two homes on one day")]
    pub detail: String,
    /// Kind of both records.
    #[schema(example = "placement")]
    pub kind: String,
    /// The survivor's.
    #[schema(example = "6b1f0c9e-3d2a-4f57-9e81-5c7d0a4b8e36")]
    pub record_id: Uuid,
    /// The other one.
    #[schema(example = "1c9e6b1f-3d2a-4f57-9e81-8e365c7d0a4b")]
    pub other_record_id: Uuid,
}

/// What a rule says anew to a placement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlacementFinding {
    /// The placement.
    pub placement_id: PlacementId,
    /// What the rule says.
    pub finding: Finding,
}

/// What would come of a merge.
#[derive(Clone, Serialize, ToSchema)]
pub struct MergeEvaluation {
    /// The record that would be the child's.
    pub child_id: ChildId,
    /// The record that would be merged into it.
    #[serde(serialize_with = "mention_one")]
    #[schema(value_type = ChildId)]
    pub merged_child_id: ChildId,
    /// Whether it would be done.
    pub possible: bool,
    /// What has to be corrected first.
    pub contradictions: Vec<Contradiction>,
    /// What the rules would say that they did not say of the two records.
    pub findings: Vec<PlacementFinding>,
    /// The records that would move.
    pub moved: Vec<RecordsOfKind>,
    /// The records that say what one of the survivor's says.
    pub kept: Vec<RecordsOfKind>,
}
