//! The list of transition plans.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    children::ChildId,
    facilities::FacilityId,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    schema::transition_plans::{self, dsl},
    sort_fields,
    transformations::model::{TransformationPlanId, TransitionPlan, TransitionState},
};

sort_fields! {
    /// What the list of transition plans can be sorted by.
    pub enum TransitionPlanField by "transition_plans.id" {
        TargetOn = "target_on": "transition_plans.target_on" as "date",
    }
}

pub type TransitionPlanSort = Sort<TransitionPlanField>;

/// Which transition plans to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransitionPlanFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// By this transformation plan.
    #[param(nullable = false)]
    pub transformation_plan_id: Option<TransformationPlanId>,
    /// Out of this facility.
    #[param(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["agreed"]))]
    pub state: Vec<TransitionState>,
    /// To live elsewhere on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub target_on_min: Option<NaiveDate>,
    /// To live elsewhere on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub target_on_max: Option<NaiveDate>,
    /// Order, by id unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 1, example = json!(["target_on"]))]
    pub sort: Vec<TransitionPlanSort>,
}

impl TransitionPlanFilter {
    fn query(&self) -> transition_plans::BoxedQuery<'_, Pg> {
        let mut query = transition_plans::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if let Some(plan) = self.transformation_plan_id {
            query = query.filter(dsl::transformation_plan_id.eq(plan));
        }
        if let Some(facility) = self.facility_id {
            query = query.filter(dsl::facility_id.eq(facility));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if let Some(day) = self.target_on_min {
            query = query.filter(dsl::target_on.ge(day));
        }
        if let Some(day) = self.target_on_max {
            query = query.filter(dsl::target_on.le(day));
        }
        query
    }
}

/// By id unless said: that order says nothing, but it stays.
pub fn list_transitions(
    conn: &mut PgConnection,
    filter: &TransitionPlanFilter,
    page: &PageQuery,
) -> Result<Page<TransitionPlan>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((TransitionPlan::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total_transitions(
    conn: &mut PgConnection,
    filter: &TransitionPlanFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
