//! The record of a child's transition plan, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{TransformationPlanId, TransitionState};
use crate::{
    children::{ChildId, ChildViews},
    facilities::FacilityId,
    page_of,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    reference::organisations::OrganisationId,
    schema::transition_plans,
    sealed_columns,
};

pub type TransitionPlanId = Id<TransitionPlan>;

/// What a transition plan says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransitionContent {
    /// What the child thinks, or why that is not known (RV-06).
    #[validate(nested)]
    pub child_views: ChildViews,
    /// How the child is prepared, step by step.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "Weekends with the family from May on; a last party with her friends."
    )]
    pub preparation: String,
    /// What support follows it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "Speech therapy goes on at the family centre."
    )]
    pub support: Option<String>,
}

/// Where a child who lives in an institution that is transformed is to live, and how it gets there.
#[derive(
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
#[diesel(table_name = transition_plans, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct TransitionPlan {
    pub id: TransitionPlanId,
    pub child_id: ChildId,
    /// The facility that the child leaves.
    pub facility_id: FacilityId,
    /// The plan by which that facility is transformed.
    pub transformation_plan_id: TransformationPlanId,
    /// Where it is in its life.
    pub state: TransitionState,
    /// Where the child is to live: a code of the list `transition_destination`.
    #[schema(example = "foster")]
    pub destination: String,
    /// Day on which it was drafted.
    #[schema(example = "2026-04-10")]
    pub drafted_on: NaiveDate,
    /// Day by which the child is to live there.
    #[schema(example = "2026-09-01")]
    pub target_on: NaiveDate,
    /// What it says.
    #[diesel(select_expression = (transition_plans::id, transition_plans::content))]
    #[diesel(select_expression_type = (transition_plans::id, transition_plans::content))]
    #[diesel(deserialize_as = Opened<transition_plans::content, TransitionContent>)]
    #[diesel(skip_insertion, skip_update)]
    pub content: TransitionContent,
    /// Day on which it was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-04-20")]
    pub agreed_on: Option<NaiveDate>,
    /// The organisation that agreed to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub agreed_by: Option<OrganisationId>,
    /// Day on which it was carried out or abandoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-08-28")]
    pub ended_on: Option<NaiveDate>,
    /// What it came to, or why it was abandoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "She lives with her foster family.")]
    #[diesel(select_expression = (transition_plans::id, transition_plans::state_reason))]
    #[diesel(select_expression_type = (transition_plans::id, transition_plans::state_reason))]
    #[diesel(deserialize_as = Opened<transition_plans::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some transition plans, in the order asked for.
    counted TransitionPlanPage, TransitionPlan
);

sealed_columns!(transition_plans: Identifying { content, state_reason });

record!(TransitionPlan {
    name: "transition_plan",
    id: "TransitionPlanId",
    example: "7b0d4e92-18c6-4f5a-9a3e-d2c1b0a9f844",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for TransitionPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TransitionPlan({})", self.id)
    }
}

impl From<Opened<transition_plans::content, Self>> for TransitionContent {
    fn from(opened: Opened<transition_plans::content, Self>) -> Self {
        opened.into_value()
    }
}

/// The sealed columns of a transition plan, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = transition_plans, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    content: Vec<u8>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, plan: &TransitionPlan) -> Result<Self> {
        use transition_plans as columns;
        let id = plan.id.untyped();
        Ok(Self {
            content: tx.seal(columns::content, id, &plan.content)?,
            state_reason: tx.seal_some(columns::state_reason, id, plan.state_reason.as_ref())?,
        })
    }
}
