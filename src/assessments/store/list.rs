//! The list of assessments.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    assessments::model::{Assessment, AssessmentState},
    children::ChildId,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    schema::assessments::{self, dsl},
    sort_fields,
};

sort_fields! {
    /// What the list of assessments can be sorted by. One that is not decided counts as the last.
    pub enum AssessmentField by "assessments.id" {
        RequestedOn = "requested_on": "assessments.requested_on" as "date",
        DecidedOn = "decided_on": "COALESCE(assessments.decided_on, 'infinity'::date)" as "date",
    }
}

pub type AssessmentSort = Sort<AssessmentField>;

/// Which assessments to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AssessmentFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Of one of these children: for those who list by what the children have in common.
    #[serde(default, skip_deserializing)]
    #[param(ignore)]
    pub children: Option<Vec<ChildId>>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["submitted"]))]
    pub state: Vec<AssessmentState>,
    /// What they are for: a code of the list `assessment_kind`. Repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["gatekeeping"]))]
    pub kind: Vec<String>,
    /// Decided on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub decided_on_min: Option<NaiveDate>,
    /// Decided on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub decided_on_max: Option<NaiveDate>,
    /// Order, by id unless said. One that is not decided counts as the last of all. Repeat it: the first
    /// field decides first.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["-requested_on"]))]
    pub sort: Vec<AssessmentSort>,
}

impl AssessmentFilter {
    fn query(&self) -> assessments::BoxedQuery<'_, Pg> {
        let mut query = assessments::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if let Some(children) = &self.children {
            query = query.filter(dsl::child_id.eq_any(children));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if !self.kind.is_empty() {
            query = query.filter(dsl::kind.eq_any(&self.kind));
        }
        if let Some(day) = self.decided_on_min {
            query = query.filter(dsl::decided_on.ge(day));
        }
        if let Some(day) = self.decided_on_max {
            query = query.filter(dsl::decided_on.le(day));
        }
        query
    }
}

/// By id unless said: that order says nothing, but it stays.
pub fn list(
    conn: &mut PgConnection,
    filter: &AssessmentFilter,
    page: &PageQuery,
) -> Result<Page<Assessment>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Assessment::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &AssessmentFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
