//! Where children could live who must leave a facility.
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::{FacilityId, UnitId},
    text_enum,
};

text_enum! {
    /// What kind of home a child could go to: the first ones are better than those after them.
    pub enum NextHomeKind {
        /// Its own family.
        Reunification = "reunification",
        /// A family that is approved as kin for this very child.
        Kinship = "kinship",
        /// A foster family near its home.
        Foster = "foster",
        /// A small group home near its home.
        SmallGroupHome = "small_group_home",
    }
}

/// A home that a child could go to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NextHome {
    /// What kind of home it is.
    pub kind: NextHomeKind,
    /// The family; only of kinship and foster care.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
    /// The facility; only of a small group home.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// The unit of the facility, if it has units.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facility_unit_id: Option<UnitId>,
    /// Kilometres from where the child comes from, if both places are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 12.4)]
    pub distance_km: Option<f64>,
}

/// Why homes of a kind are no option for a child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoNextHome {
    /// The kind of home.
    pub kind: NextHomeKind,
    /// The rule that stands against it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PL-12")]
    pub rule: Option<String>,
    /// What stands against it: `no_goal` where nobody plans the return, `none_known` where there is no such
    /// home, `too_far`, `siblings_elsewhere`, `no_room`, `age_limit`, `days_in_residential_care`, a term of an
    /// approval, `age`, `sex`, `disability` or `siblings` where a home does not take such children, or what
    /// else keeps a home from taking the child.
    #[schema(example = "no_room")]
    pub why: String,
    /// Of how many homes this is so.
    #[schema(example = 14)]
    pub homes: i32,
}

/// Where a child could live.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NextHomes {
    pub child_id: ChildId,
    /// Homes that could take it, if it were the only one: best kind first, of each kind the nearest. Of a kind
    /// at most ten are named.
    pub options: Vec<NextHome>,
    /// The home that is left for it beside all the others; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub proposed: Option<NextHome>,
    /// Whether that home parts it from a brother or sister with whom it is to stay and who leaves as well: it
    /// needs an override (PL-21).
    #[schema(example = false)]
    pub parts_siblings: bool,
    /// What stands against each kind of which there is no option.
    pub none_because: Vec<NoNextHome>,
}
