//! The list of court cases.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    children::ChildId,
    court_cases::model::{CourtCase, CourtCaseState},
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    schema::court_cases::{self, dsl},
    sort_fields,
};

sort_fields! {
    /// What the list of court cases can be sorted by. A day that is not there counts as the last.
    pub enum CourtCaseField by "court_cases.id" {
        FiledOn = "filed_on": "court_cases.filed_on" as "date",
        NextHearingOn = "next_hearing_on": "COALESCE(court_cases.next_hearing_on, 'infinity'::date)" as "date",
        DecidedOn = "decided_on": "COALESCE(court_cases.decided_on, 'infinity'::date)" as "date",
    }
}

pub type CourtCaseSort = Sort<CourtCaseField>;

/// Which court cases to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CourtCaseFilter {
    /// About this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["filed"]))]
    pub state: Vec<CourtCaseState>,
    /// What they are about: a code of the list `court_case_kind`. Repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["deprivation_of_parental_rights"]))]
    pub kind: Vec<String>,
    /// Filed on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub filed_on_min: Option<NaiveDate>,
    /// Filed on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub filed_on_max: Option<NaiveDate>,
    /// With the next hearing on or after this day.
    #[param(nullable = false, example = "2026-10-01")]
    pub next_hearing_on_min: Option<NaiveDate>,
    /// With the next hearing on or before this day.
    #[param(nullable = false, example = "2026-10-31")]
    pub next_hearing_on_max: Option<NaiveDate>,
    /// Decided on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub decided_on_min: Option<NaiveDate>,
    /// Decided on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub decided_on_max: Option<NaiveDate>,
    /// Order, by id unless said. A day that is not there counts as the last of all. Repeat it: the first
    /// field decides first.
    #[serde(default)]
    #[param(inline, max_items = 3, example = json!(["next_hearing_on"]))]
    pub sort: Vec<CourtCaseSort>,
}

impl CourtCaseFilter {
    fn query(&self) -> court_cases::BoxedQuery<'_, Pg> {
        let mut query = court_cases::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if !self.kind.is_empty() {
            query = query.filter(dsl::kind.eq_any(&self.kind));
        }
        if let Some(day) = self.filed_on_min {
            query = query.filter(dsl::filed_on.ge(day));
        }
        if let Some(day) = self.filed_on_max {
            query = query.filter(dsl::filed_on.le(day));
        }
        if let Some(day) = self.next_hearing_on_min {
            query = query.filter(dsl::next_hearing_on.ge(day));
        }
        if let Some(day) = self.next_hearing_on_max {
            query = query.filter(dsl::next_hearing_on.le(day));
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
    filter: &CourtCaseFilter,
    page: &PageQuery,
) -> Result<Page<CourtCase>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((CourtCase::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &CourtCaseFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
