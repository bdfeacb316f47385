//! The list of transformation plans.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    facilities::FacilityId,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    schema::transformation_plans::{self, dsl},
    sort_fields,
    transformations::model::{TransformationPlan, TransformationState},
};

sort_fields! {
    /// What the list of transformation plans can be sorted by.
    pub enum TransformationPlanField by "transformation_plans.id" {
        DraftedOn = "drafted_on": "transformation_plans.drafted_on" as "date",
    }
}

pub type TransformationPlanSort = Sort<TransformationPlanField>;

/// Which transformation plans to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TransformationPlanFilter {
    /// Of this facility.
    #[param(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["in_progress"]))]
    pub state: Vec<TransformationState>,
    /// Drafted on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub drafted_on_min: Option<NaiveDate>,
    /// Drafted on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub drafted_on_max: Option<NaiveDate>,
    /// Order, by id unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 1, example = json!(["drafted_on"]))]
    pub sort: Vec<TransformationPlanSort>,
}

impl TransformationPlanFilter {
    fn query(&self) -> transformation_plans::BoxedQuery<'_, Pg> {
        let mut query = transformation_plans::table.into_boxed();
        if let Some(facility) = self.facility_id {
            query = query.filter(dsl::facility_id.eq(facility));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if let Some(day) = self.drafted_on_min {
            query = query.filter(dsl::drafted_on.ge(day));
        }
        if let Some(day) = self.drafted_on_max {
            query = query.filter(dsl::drafted_on.le(day));
        }
        query
    }
}

/// By id unless said: that is the order in which they were drafted.
pub fn list(
    conn: &mut PgConnection,
    filter: &TransformationPlanFilter,
    page: &PageQuery,
) -> Result<Page<TransformationPlan>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((TransformationPlan::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &TransformationPlanFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
