//! The list of care plans.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    care_plans::model::{CarePlan, CarePlanState},
    children::ChildId,
    placements::CarePeriodId,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    schema::care_plans::{self, dsl},
    sort_fields,
};

sort_fields! {
    /// What the list of care plans can be sorted by.
    pub enum CarePlanField by "care_plans.id" {
        DraftedOn = "drafted_on": "care_plans.drafted_on" as "date",
        ReviewDueOn = "review_due_on": "care_plans.review_due_on" as "date",
    }
}

pub type CarePlanSort = Sort<CarePlanField>;

/// Which care plans to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CarePlanFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Of one of these children: for those who list by what the children have in common.
    #[serde(default, skip_deserializing)]
    #[param(ignore)]
    pub children: Option<Vec<ChildId>>,
    /// For this care period.
    #[param(nullable = false)]
    pub care_period_id: Option<CarePeriodId>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["active"]))]
    pub state: Vec<CarePlanState>,
    /// To be reviewed on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub review_due_on_min: Option<NaiveDate>,
    /// To be reviewed on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub review_due_on_max: Option<NaiveDate>,
    /// Order, by id unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["review_due_on"]))]
    pub sort: Vec<CarePlanSort>,
}

impl CarePlanFilter {
    fn query(&self) -> care_plans::BoxedQuery<'_, Pg> {
        let mut query = care_plans::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if let Some(children) = &self.children {
            query = query.filter(dsl::child_id.eq_any(children));
        }
        if let Some(period) = self.care_period_id {
            query = query.filter(dsl::care_period_id.eq(period));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if let Some(day) = self.review_due_on_min {
            query = query.filter(dsl::review_due_on.ge(day));
        }
        if let Some(day) = self.review_due_on_max {
            query = query.filter(dsl::review_due_on.le(day));
        }
        query
    }
}

/// By id unless said: that order says nothing, but it stays.
pub fn list(
    conn: &mut PgConnection,
    filter: &CarePlanFilter,
    page: &PageQuery,
) -> Result<Page<CarePlan>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((CarePlan::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &CarePlanFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
