//! What a simulation of the closing of a facility says.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    assessments::AssessmentId,
    care_plans::CarePlanId,
    children::ChildId,
    facilities::FacilityId,
    placements::{NextHome, NoNextHome},
};

/// On which day a facility is thought to close.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureSimulationRequest {
    /// The day: today or later.
    #[schema(example = "2030-01-01")]
    pub on: NaiveDate,
}

/// Why a child could return to its family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReturnGround {
    /// The active care plan that aims at the return.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub care_plan_id: Option<CarePlanId>,
    /// The decided assessment, valid on that day, that recommends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub assessment_id: Option<AssessmentId>,
}

/// Where a child could go who lives in the facility.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClosureChild {
    pub child_id: ChildId,
    /// Why its return to its family is an option; absent if it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub return_ground: Option<ReturnGround>,
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
    /// What stands against each kind of home of which there is no option.
    pub none_because: Vec<NoNextHome>,
}

/// Where everybody could go who lives in a facility on a day, by the rules and by the places that are free. No
/// home is proposed to more children than it may take; the youngest are served first, and siblings who are to
/// be kept together get one home if one takes them all. Nothing is written.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClosureSimulation {
    pub facility_id: FacilityId,
    /// The day.
    #[schema(example = "2030-01-01")]
    pub on: NaiveDate,
    /// Children who live there on that day.
    #[schema(example = 43)]
    pub living_there: i32,
    /// Those of them of whom the caller may not know: nothing is said of them.
    #[schema(example = 0)]
    pub beyond_reach: i32,
    /// Children for whom there is an option.
    #[schema(example = 39)]
    pub with_option: i32,
    /// Children for whom there is none.
    #[schema(example = 4)]
    pub without_option: i32,
    /// Children for whom a home is left beside all the others.
    #[schema(example = 36)]
    pub with_home: i32,
    /// These children by the kind of that home.
    #[schema(example = json!({"reunification": 9, "kinship": 3, "foster": 20, "small_group_home": 4}))]
    pub by_kind: BTreeMap<String, i32>,
    /// The children, by id.
    pub children: Vec<ClosureChild>,
}

impl ClosureSimulation {
    /// Counts what was found.
    #[must_use]
    pub fn of(
        facility_id: FacilityId,
        on: NaiveDate,
        living_there: i32,
        children: Vec<ClosureChild>,
    ) -> Self {
        let count = |fits: &dyn Fn(&&ClosureChild) -> bool| {
            i32::try_from(children.iter().filter(fits).count()).unwrap_or(i32::MAX)
        };
        let mut by_kind = BTreeMap::new();
        for home in children.iter().filter_map(|child| child.proposed.as_ref()) {
            *by_kind.entry(home.kind.as_str().to_owned()).or_default() += 1;
        }
        Self {
            facility_id,
            on,
            living_there,
            beyond_reach: living_there.saturating_sub(count(&|_| true)).max(0),
            with_option: count(&|child| !child.options.is_empty()),
            without_option: count(&|child| child.options.is_empty()),
            with_home: count(&|child| child.proposed.is_some()),
            by_kind,
            children,
        }
    }
}
