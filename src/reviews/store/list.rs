//! The list of reviews.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    care_plans::CarePlanId,
    children::ChildId,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    reviews::model::{ChildReview, ChildReviewState},
    schema::reviews::{self, dsl},
    sort_fields,
};

sort_fields! {
    /// What the list of reviews can be sorted by. One that is not held counts as the last.
    pub enum ReviewField by "reviews.id" {
        DueOn = "due_on": "reviews.due_on" as "date",
        HeldOn = "held_on": "COALESCE(reviews.held_on, 'infinity'::date)" as "date",
    }
}

pub type ReviewSort = Sort<ReviewField>;

/// Which reviews to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReviewFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Of one of these children: for those who list by what the children have in common.
    #[serde(default, skip_deserializing)]
    #[param(ignore)]
    pub children: Option<Vec<ChildId>>,
    /// Of this care plan.
    #[param(nullable = false)]
    pub care_plan_id: Option<CarePlanId>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["due"]))]
    pub state: Vec<ChildReviewState>,
    /// What they look at: a code of the list `review_kind`. Repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["placement"]))]
    pub kind: Vec<String>,
    /// Due on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub due_on_min: Option<NaiveDate>,
    /// Due on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub due_on_max: Option<NaiveDate>,
    /// Held on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub held_on_min: Option<NaiveDate>,
    /// Held on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub held_on_max: Option<NaiveDate>,
    /// Order, by id unless said. One that is not held counts as the last of all by `held_on`. Repeat it: the
    /// first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["due_on"]))]
    pub sort: Vec<ReviewSort>,
}

impl ReviewFilter {
    fn query(&self) -> reviews::BoxedQuery<'_, Pg> {
        let mut query = reviews::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if let Some(children) = &self.children {
            query = query.filter(dsl::child_id.eq_any(children));
        }
        if let Some(plan) = self.care_plan_id {
            query = query.filter(dsl::care_plan_id.eq(plan));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if !self.kind.is_empty() {
            query = query.filter(dsl::kind.eq_any(&self.kind));
        }
        if let Some(day) = self.due_on_min {
            query = query.filter(dsl::due_on.ge(day));
        }
        if let Some(day) = self.due_on_max {
            query = query.filter(dsl::due_on.le(day));
        }
        if let Some(day) = self.held_on_min {
            query = query.filter(dsl::held_on.ge(day));
        }
        if let Some(day) = self.held_on_max {
            query = query.filter(dsl::held_on.le(day));
        }
        query
    }
}

/// By id unless said: that order says nothing, but it stays.
pub fn list(
    conn: &mut PgConnection,
    filter: &ReviewFilter,
    page: &PageQuery,
) -> Result<Page<ChildReview>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((ChildReview::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &ReviewFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
