//! The list of visits.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    children::ChildId,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    schema::visits::{self, dsl},
    sort_fields,
    visits::model::{Visit, VisitState},
};

sort_fields! {
    /// What the list of visits can be sorted by.
    pub enum VisitField by "visits.id" {
        VisitedOn = "visited_on": "visits.visited_on" as "date",
    }
}

pub type VisitSort = Sort<VisitField>;

/// Which visits to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VisitFilter {
    /// To this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Of one of these children: for those who list by what the children have in common.
    #[serde(default, skip_deserializing)]
    #[param(ignore)]
    pub children: Option<Vec<ChildId>>,
    /// By this worker, by the id in the organisation's own system.
    #[param(nullable = false, max_length = 64, example = "worker-4711")]
    pub worker_id: Option<String>,
    /// At which the child was seen, or was not.
    #[param(nullable = false, example = true)]
    pub child_seen: Option<bool>,
    /// At which the child was seen alone, or was not.
    #[param(nullable = false, example = true)]
    pub seen_alone: Option<bool>,
    /// Whether they count; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["recorded"]))]
    pub state: Vec<VisitState>,
    /// Made on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub visited_on_min: Option<NaiveDate>,
    /// Made on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub visited_on_max: Option<NaiveDate>,
    /// Order, by id unless said.
    #[serde(default)]
    #[param(inline, max_items = 1, example = json!(["-visited_on"]))]
    pub sort: Vec<VisitSort>,
}

impl VisitFilter {
    fn query(&self) -> visits::BoxedQuery<'_, Pg> {
        let mut query = visits::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if let Some(children) = &self.children {
            query = query.filter(dsl::child_id.eq_any(children));
        }
        if let Some(worker) = &self.worker_id {
            query = query.filter(dsl::worker_id.eq(worker));
        }
        if let Some(seen) = self.child_seen {
            query = query.filter(dsl::child_seen.eq(seen));
        }
        if let Some(alone) = self.seen_alone {
            query = query.filter(dsl::seen_alone.eq(alone));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if let Some(day) = self.visited_on_min {
            query = query.filter(dsl::visited_on.ge(day));
        }
        if let Some(day) = self.visited_on_max {
            query = query.filter(dsl::visited_on.le(day));
        }
        query
    }
}

/// By id unless said: that order says nothing, but it stays.
pub fn list(
    conn: &mut PgConnection,
    filter: &VisitFilter,
    page: &PageQuery,
) -> Result<Page<Visit>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Visit::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &VisitFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
