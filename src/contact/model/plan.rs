//! The record of what contact is agreed, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ContactInterval, ContactKind, ContactPlanState, ContactWith};
use crate::{
    children::{ChildId, ChildViews, RelationId},
    page_of,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    schema::contact_plans,
    sealed_columns,
};

pub type ContactPlanId = Id<ContactPlan>;

/// What contact with a child is agreed.
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
#[diesel(table_name = contact_plans, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ContactPlan {
    pub id: ContactPlanId,
    pub child_id: ChildId,
    /// With whom.
    pub contact_with: ContactWith,
    /// Who exactly: a relation of the child; whoever is that to it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub relation_id: Option<RelationId>,
    /// How.
    pub kind: ContactKind,
    /// How often, in the time that `per` says.
    #[schema(example = 2)]
    pub times: i32,
    /// In what time.
    pub per: ContactInterval,
    /// Whether somebody is to be present.
    #[schema(example = false)]
    pub supervised: bool,
    /// First day on which it holds.
    #[schema(example = "2026-03-02")]
    pub valid_from: NaiveDate,
    /// First day on which it no longer holds; until it is ended if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-02")]
    pub valid_to: Option<NaiveDate>,
    /// What the child thinks of it, or why that is not known.
    #[diesel(select_expression = (contact_plans::id, contact_plans::child_views))]
    #[diesel(select_expression_type = (contact_plans::id, contact_plans::child_views))]
    #[diesel(deserialize_as = Opened<contact_plans::child_views, ChildViews>)]
    #[diesel(skip_insertion, skip_update)]
    pub child_views: ChildViews,
    /// What else is agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The aunt brings her to the mother on Saturdays.")]
    #[diesel(select_expression = (contact_plans::id, contact_plans::arrangements))]
    #[diesel(select_expression_type = (contact_plans::id, contact_plans::arrangements))]
    #[diesel(deserialize_as = Opened<contact_plans::arrangements, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub arrangements: Option<String>,
    /// Where it is in its life.
    pub state: ContactPlanState,
    /// Why it was ended or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The mother moved abroad.")]
    #[diesel(select_expression = (contact_plans::id, contact_plans::state_reason))]
    #[diesel(select_expression_type = (contact_plans::id, contact_plans::state_reason))]
    #[diesel(deserialize_as = Opened<contact_plans::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some plans of contact, in the order asked for.
    counted ContactPlanPage, ContactPlan
);

sealed_columns!(contact_plans: Identifying { child_views, arrangements, state_reason });

record!(ContactPlan {
    name: "contact_plan",
    id: "ContactPlanId",
    example: "2f8b6d14-93ae-4c07-b5d1-6e0a7c9f3b85",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for ContactPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContactPlan({})", self.id)
    }
}

impl From<Opened<contact_plans::child_views, Self>> for ChildViews {
    fn from(opened: Opened<contact_plans::child_views, Self>) -> Self {
        opened.into_value()
    }
}

/// The sealed columns of a plan, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = contact_plans, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    child_views: Vec<u8>,
    arrangements: Option<Vec<u8>>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, plan: &ContactPlan) -> Result<Self> {
        use contact_plans as columns;
        let id = plan.id.untyped();
        Ok(Self {
            child_views: tx.seal(columns::child_views, id, &plan.child_views)?,
            arrangements: tx.seal_some(columns::arrangements, id, plan.arrangements.as_ref())?,
            state_reason: tx.seal_some(columns::state_reason, id, plan.state_reason.as_ref())?,
        })
    }
}
