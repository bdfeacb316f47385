//! The record of a care plan, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{content::CarePlanContent, state::CarePlanState};
use crate::{
    children::ChildId,
    page_of,
    placements::CarePeriodId,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    reference::organisations::OrganisationId,
    schema::care_plans,
    sealed_columns,
};

pub type CarePlanId = Id<CarePlan>;

/// A care plan of one child.
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
#[diesel(table_name = care_plans, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct CarePlan {
    pub id: CarePlanId,
    pub child_id: ChildId,
    /// The care period that it is for; of a child outside care, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub care_period_id: Option<CarePeriodId>,
    /// Which of the child's plans it is.
    #[schema(example = 2)]
    pub number: i32,
    /// Where it is in its life.
    pub state: CarePlanState,
    /// The lasting arrangement that it aims at: a code of the list `permanency_goal`.
    #[schema(example = "return_6m")]
    pub permanency_goal: String,
    /// The one that is prepared beside it: a code of the list `permanency_goal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "long_term_kin")]
    pub parallel_goal: Option<String>,
    /// Day by which the goal is to be reached.
    #[schema(example = "2026-09-01")]
    pub target_date: NaiveDate,
    /// Day on which it was drafted.
    #[schema(example = "2026-03-10")]
    pub drafted_on: NaiveDate,
    /// Day by which it is to be reviewed.
    #[schema(example = "2026-06-10")]
    pub review_due_on: NaiveDate,
    /// What it says.
    #[diesel(select_expression = (care_plans::id, care_plans::content))]
    #[diesel(select_expression_type = (care_plans::id, care_plans::content))]
    #[diesel(deserialize_as = Opened<care_plans::content, CarePlanContent>)]
    #[diesel(skip_insertion, skip_update)]
    pub content: CarePlanContent,
    /// Day on which child and parents were told of it, and of what else there was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-16")]
    pub informed_on: Option<NaiveDate>,
    /// Day on which it was approved, and became active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-17")]
    pub approved_on: Option<NaiveDate>,
    /// The organisation that approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approved_by: Option<OrganisationId>,
    /// Day on which it was superseded, completed or revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub ended_on: Option<NaiveDate>,
    /// The plan that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub superseded_by: Option<CarePlanId>,
    /// Why it was sent back or revoked, or what it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The measures for school are missing.")]
    #[diesel(select_expression = (care_plans::id, care_plans::state_reason))]
    #[diesel(select_expression_type = (care_plans::id, care_plans::state_reason))]
    #[diesel(deserialize_as = Opened<care_plans::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some care plans, in the order asked for.
    counted CarePlanPage, CarePlan
);

sealed_columns!(care_plans: Identifying { content, state_reason });

record!(CarePlan {
    name: "care_plan",
    id: "CarePlanId",
    example: "5e2d9b80-41c7-4f3a-8d16-b7a0c9e8f511",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for CarePlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CarePlan({})", self.id)
    }
}

impl From<Opened<care_plans::content, Self>> for CarePlanContent {
    fn from(opened: Opened<care_plans::content, Self>) -> Self {
        opened.into_value()
    }
}

/// The sealed columns of a care plan, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = care_plans, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    content: Vec<u8>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, plan: &CarePlan) -> Result<Self> {
        use care_plans as columns;
        let id = plan.id.untyped();
        Ok(Self {
            content: tx.seal(columns::content, id, &plan.content)?,
            state_reason: tx.seal_some(columns::state_reason, id, plan.state_reason.as_ref())?,
        })
    }
}
