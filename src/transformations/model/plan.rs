//! The record of a transformation plan, and how it lies in its table.
use chrono::NaiveDate;
use diesel::{
    deserialize,
    pg::{Pg, PgValue},
    prelude::*,
    sql_types::Jsonb,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::TransformationState;
use crate::{
    facilities::FacilityId, page_of, platform::id::Id, record,
    reference::organisations::OrganisationId, schema::transformation_plans,
};

pub type TransformationPlanId = Id<TransformationPlan>;

/// How many places a facility is to have left from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TransformationTarget)]
pub struct CapacityTarget {
    /// The day.
    #[schema(example = "2027-09-01")]
    pub on: NaiveDate,
    /// Most children who are to live there from that day on.
    #[validate(range(min = 0, max = 2000))]
    #[schema(minimum = 0, maximum = 2000, example = 0)]
    pub capacity: i32,
}

/// Something that is to be done on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = TransformationMilestone)]
pub struct Milestone {
    /// What.
    #[schema(example = "Every child has an individual transition plan.")]
    pub name: String,
    /// By when.
    #[schema(example = "2027-01-31")]
    pub due_on: NaiveDate,
    /// Day on which it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2027-01-20")]
    pub reached_on: Option<NaiveDate>,
}

/// How an institution is transformed: into what, and how many children live there by when.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = transformation_plans, check_for_backend(Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct TransformationPlan {
    pub id: TransformationPlanId,
    pub facility_id: FacilityId,
    /// Which of the facility's plans it is.
    #[schema(example = 1)]
    pub number: i32,
    /// Where it is in its life.
    pub state: TransformationState,
    /// What becomes of the facility: a code of the list `transformation_model`.
    #[schema(example = "close")]
    pub target_model: String,
    /// Day on which it was drafted.
    #[schema(example = "2026-03-10")]
    pub drafted_on: NaiveDate,
    /// How many children are to live there by when, earliest first; never more than before.
    #[diesel(deserialize_as = Targets, skip_insertion, skip_update)]
    pub targets: Vec<CapacityTarget>,
    /// Day from which the facility takes no more children, once the plan is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-01")]
    pub admissions_stop_on: Option<NaiveDate>,
    /// What is to be done on the way.
    #[diesel(deserialize_as = Milestones, skip_insertion, skip_update)]
    pub milestones: Vec<Milestone>,
    /// Where the money goes that the institution no longer needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Foster care allowances and the family centre in Niš.")]
    pub budget_reinvestment: Option<String>,
    /// Children who lived there on the day of the approval; counted, not typed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 43)]
    pub baseline_children: Option<i32>,
    /// Day on which it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-17")]
    pub approved_on: Option<NaiveDate>,
    /// The body that approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approved_by: Option<OrganisationId>,
    /// Number of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "550-01-31/2026")]
    pub decision_no: Option<String>,
    /// Day on which it began to be carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-04-01")]
    pub started_on: Option<NaiveDate>,
    /// Day on which it was completed or abandoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2027-09-15")]
    pub ended_on: Option<NaiveDate>,
    /// What it came to, or why it was abandoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "All children live with families.")]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some transformation plans, in the order asked for.
    counted TransformationPlanPage, TransformationPlan
);

record!(TransformationPlan {
    name: "transformation_plan",
    id: "TransformationPlanId",
    example: "0199a5b2-0060-7000-8000-000000000001",
});

impl TransformationPlan {
    /// How many children are to live there in the end.
    #[must_use]
    pub fn last_target(&self) -> Option<i32> {
        self.targets.last().map(|target| target.capacity)
    }
}

/// Targets as they are stored.
#[derive(Debug, diesel::FromSqlRow)]
pub struct Targets(Vec<CapacityTarget>);

/// Milestones as they are stored.
#[derive(Debug, diesel::FromSqlRow)]
pub struct Milestones(Vec<Milestone>);

/// Reads a list from its column.
macro_rules! stored {
    ($stored:ident of $item:ident) => {
        impl deserialize::FromSql<Jsonb, Pg> for $stored {
            fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
                let value =
                    <serde_json::Value as deserialize::FromSql<Jsonb, Pg>>::from_sql(bytes)?;
                Ok(Self(serde_json::from_value(value)?))
            }
        }

        impl From<$stored> for Vec<$item> {
            fn from(stored: $stored) -> Self {
                stored.0
            }
        }
    };
}

stored!(Targets of CapacityTarget);
stored!(Milestones of Milestone);
