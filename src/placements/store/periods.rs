//! The list of care periods.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::known;
use crate::{
    children::ChildId,
    placements::model::{CarePeriod, CarePeriodState},
    platform::{
        error::Result,
        journal,
        order::{Order, Sort},
        page::{Page, PageQuery},
        time::{AsOf, between, within},
        total::CountQuery,
    },
    schema::care_periods,
    sort_fields,
};

sort_fields! {
    /// What the list of care periods can be sorted by. An end that is not there counts as the last.
    pub enum CarePeriodField by "care_periods.id" {
        StartedOn = "started_on": "care_periods.started_on" as "date",
        EndedOn = "ended_on": "COALESCE(care_periods.ended_on, 'infinity'::date)" as "date",
    }
}

pub type CarePeriodSort = Sort<CarePeriodField>;

/// Which care periods to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CarePeriodFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["open"]))]
    pub state: Vec<CarePeriodState>,
    /// First day on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub started_on_min: Option<NaiveDate>,
    /// First day on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub started_on_max: Option<NaiveDate>,
    /// Ended on or after this day, the first that is no longer in it.
    #[param(nullable = false, example = "2026-01-01")]
    pub ended_on_min: Option<NaiveDate>,
    /// Ended on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub ended_on_max: Option<NaiveDate>,
    /// Those that included that day.
    #[param(nullable = false, example = "2026-03-01")]
    pub as_of: Option<NaiveDate>,
    /// Changed after that instant. A convenience: a change that is committed late may be missed.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub modified_after: Option<DateTime<Utc>>,
    /// As the registry knew them at that instant; needs `child_id`.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub known_at: Option<DateTime<Utc>>,
    /// Order, by id unless said. The end of an open period counts as the last of all. Repeat it: the
    /// first field decides first. Not together with `known_at`.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["-started_on"]))]
    pub sort: Vec<CarePeriodSort>,
}

impl CarePeriodFilter {
    /// The look into the past that it asks for.
    pub fn asked(&self) -> AsOf {
        AsOf { as_of: self.as_of, known_at: self.known_at }
    }

    fn query(&self) -> care_periods::BoxedQuery<'_, Pg> {
        let mut query = care_periods::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(care_periods::child_id.eq(child));
        }
        if !self.state.is_empty() {
            query = query.filter(care_periods::state.eq_any(&self.state));
        }
        if let Some(day) = self.started_on_min {
            query = query.filter(care_periods::started_on.ge(day));
        }
        if let Some(day) = self.started_on_max {
            query = query.filter(care_periods::started_on.le(day));
        }
        if let Some(day) = self.ended_on_min {
            query = query.filter(care_periods::ended_on.ge(day));
        }
        if let Some(day) = self.ended_on_max {
            query = query.filter(care_periods::ended_on.le(day));
        }
        if let Some(day) = self.as_of {
            query = query
                .filter(care_periods::state.ne(CarePeriodState::EnteredInError))
                .filter(care_periods::started_on.le(day))
                .filter(care_periods::ended_on.is_null().or(care_periods::ended_on.gt(day)));
        }
        if let Some(after) = self.modified_after {
            let changed = journal::changed_after::<CarePeriod>(after);
            query = query.filter(care_periods::id.eq_any(changed));
        }
        query
    }

    fn matches(&self, period: &CarePeriod) -> bool {
        (self.state.is_empty() || self.state.contains(&period.state))
            && between(Some(period.started_on), self.started_on_min, self.started_on_max)
            && between(period.ended_on, self.ended_on_min, self.ended_on_max)
            && self.as_of.is_none_or(|day| within(day, period.started_on, period.ended_on))
    }
}

/// By id unless said: that order says nothing, but it stays.
pub fn list_periods(
    conn: &mut PgConnection,
    filter: &CarePeriodFilter,
    page: &PageQuery,
) -> Result<Page<CarePeriod>> {
    if let Some(at) = filter.known_at {
        let rows = known_rows(conn, filter, at)?;
        return known::page(rows, filter, !filter.sort.is_empty(), page);
    }
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows: Vec<(CarePeriod, _)> =
        query.select((CarePeriod::as_select(), order.selection())).load(conn)?;
    let page = bound.sorted(rows, limit);
    let as_true = |period: CarePeriod| match filter.as_of {
        Some(day) => period.on(day),
        None => Some(period),
    };
    let data = page.data.into_iter().filter_map(as_true).collect();
    Ok(Page { data, next_cursor: page.next_cursor, total: None })
}

/// How many care periods the list has, if that is asked for.
pub fn total_periods(
    conn: &mut PgConnection,
    filter: &CarePeriodFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    match filter.known_at {
        Some(at) => known::total(&known_rows(conn, filter, at)?, count),
        None => count.total(conn, |_| Ok(filter.query())),
    }
}

/// What the registry knew then of a child's care periods, by id.
fn known_rows(
    conn: &mut PgConnection,
    filter: &CarePeriodFilter,
    at: DateTime<Utc>,
) -> Result<Vec<CarePeriod>> {
    let mut rows: Vec<CarePeriod> = known::rows(conn, filter.child_id, at)?;
    rows.retain(|period| filter.matches(period));
    let as_true = |period: CarePeriod| match filter.as_of {
        Some(day) => period.on(day),
        None => Some(period),
    };
    Ok(rows.into_iter().filter_map(as_true).collect())
}
