//! The list of placements.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{known, row::PlacementRow};
use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    placements::model::{CarePeriodId, Placement, PlacementState},
    platform::{
        error::Result,
        journal,
        order::{Order, Sort},
        page::{Page, PageQuery},
        time::{AsOf, between, within},
        total::CountQuery,
    },
    schema::{care_periods, placements},
    sort_fields,
};

sort_fields! {
    /// What the list of placements can be sorted by. A day that is not there counts as the last.
    pub enum PlacementField by "placements.id" {
        StartsOn = "starts_on": "placements.starts_on" as "date",
        StartedOn = "started_on": "COALESCE(placements.started_on, 'infinity'::date)" as "date",
        EndedOn = "ended_on": "COALESCE(placements.ended_on, 'infinity'::date)" as "date",
        ExpectedEndOn = "expected_end_on": "COALESCE(placements.expected_end_on, 'infinity'::date)" as "date",
    }
}

pub type PlacementSort = Sort<PlacementField>;

/// Which placements to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlacementFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// In this care period.
    #[param(nullable = false)]
    pub care_period_id: Option<CarePeriodId>,
    /// With this carer family.
    #[param(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
    /// In this facility.
    #[param(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["active"]))]
    pub state: Vec<PlacementState>,
    /// Type of care: a code of the list `care_type`; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["foster_short_term"]))]
    pub care_type: Vec<String>,
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
    /// Expected to end on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub expected_end_on_min: Option<NaiveDate>,
    /// Expected to end on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub expected_end_on_max: Option<NaiveDate>,
    /// Changed after that instant. A convenience: a change that is committed late may be missed.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub modified_after: Option<DateTime<Utc>>,
    /// Those in which the child lived on that day.
    #[param(nullable = false, example = "2026-03-01")]
    pub as_of: Option<NaiveDate>,
    /// As the registry knew them at that instant; needs `child_id`.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub known_at: Option<DateTime<Utc>>,
    /// Order, by id unless said. A day that is not there, as the end of an active placement, counts as
    /// the last of all. Repeat it: the first field decides first. Not together with `known_at`.
    #[serde(default)]
    #[param(inline, max_items = 4, example = json!(["-started_on"]))]
    pub sort: Vec<PlacementSort>,
}

/// By id unless said: that order says nothing, but it stays.
pub fn list(
    conn: &mut PgConnection,
    filter: &PlacementFilter,
    page: &PageQuery,
) -> Result<Page<Placement>> {
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
    let rows: Vec<(PlacementRow, _)> =
        query.select((PlacementRow::as_select(), order.selection())).load(conn)?;
    let of_row = |(row, keys)| Ok((Placement::try_from(row)?, keys));
    let page = bound.sorted(rows.into_iter().map(of_row).collect::<Result<_>>()?, limit);
    let as_true = |placement: Placement| match filter.as_of {
        Some(day) => placement.on(day),
        None => Some(placement),
    };
    let data = page.data.into_iter().filter_map(as_true).collect();
    Ok(Page { data, next_cursor: page.next_cursor, total: None })
}

/// How many placements the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &PlacementFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    match filter.known_at {
        Some(at) => known::total(&known_rows(conn, filter, at)?, count),
        None => count.total(conn, |_| Ok(filter.query())),
    }
}

/// What the registry knew then of a child's placements, by id.
fn known_rows(
    conn: &mut PgConnection,
    filter: &PlacementFilter,
    at: DateTime<Utc>,
) -> Result<Vec<Placement>> {
    let mut rows: Vec<Placement> = known::rows(conn, filter.child_id, at)?;
    rows.retain(|placement| filter.matches(placement));
    let as_true = |placement: Placement| match filter.as_of {
        Some(day) => placement.on(day),
        None => Some(placement),
    };
    Ok(rows.into_iter().filter_map(as_true).collect())
}

impl PlacementFilter {
    /// The look into the past that it asks for.
    pub fn asked(&self) -> AsOf {
        AsOf { as_of: self.as_of, known_at: self.known_at }
    }

    fn query(&self) -> placements::BoxedQuery<'_, Pg> {
        let mut query = placements::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(placements::child_id.eq(child));
        }
        if let Some(period) = self.care_period_id {
            // By its child, whose placements have an index.
            let child = care_periods::table.find(period).select(care_periods::child_id);
            query = query.filter(placements::child_id.eq_any(child));
            query = query.filter(placements::care_period_id.eq(period));
        }
        if let Some(family) = self.carer_family_id {
            query = query.filter(placements::carer_family_id.eq(family));
        }
        if let Some(facility) = self.facility_id {
            query = query.filter(placements::facility_id.eq(facility));
        }
        if !self.state.is_empty() {
            query = query.filter(placements::state.eq_any(&self.state));
        }
        if !self.care_type.is_empty() {
            query = query.filter(placements::care_type.eq_any(&self.care_type));
        }
        if let Some(after) = self.modified_after {
            query = query.filter(placements::id.eq_any(journal::changed_after::<Placement>(after)));
        }
        self.on_days(query)
    }

    fn on_days<'a>(
        &self,
        mut query: placements::BoxedQuery<'a, Pg>,
    ) -> placements::BoxedQuery<'a, Pg> {
        if let Some(day) = self.started_on_min {
            query = query.filter(placements::started_on.ge(day));
        }
        if let Some(day) = self.started_on_max {
            query = query.filter(placements::started_on.le(day));
        }
        if let Some(day) = self.ended_on_min {
            query = query.filter(placements::ended_on.ge(day));
        }
        if let Some(day) = self.ended_on_max {
            query = query.filter(placements::ended_on.le(day));
        }
        if let Some(day) = self.expected_end_on_min {
            query = query.filter(placements::expected_end_on.ge(day));
        }
        if let Some(day) = self.expected_end_on_max {
            query = query.filter(placements::expected_end_on.le(day));
        }
        if let Some(day) = self.as_of {
            query = query
                .filter(placements::state.eq_any(["active", "ended"]))
                .filter(placements::started_on.le(day))
                .filter(placements::ended_on.is_null().or(placements::ended_on.gt(day)));
        }
        query
    }

    fn matches(&self, placement: &Placement) -> bool {
        let provider = &placement.provider;
        self.care_period_id.is_none_or(|id| placement.care_period_id == Some(id))
            && self.carer_family_id.is_none_or(|id| provider.carer_family_id == Some(id))
            && self.facility_id.is_none_or(|id| provider.facility_id == Some(id))
            && (self.state.is_empty() || self.state.contains(&placement.state))
            && (self.care_type.is_empty() || self.care_type.contains(&placement.care_type))
            && between(placement.started_on, self.started_on_min, self.started_on_max)
            && between(placement.ended_on, self.ended_on_min, self.ended_on_max)
            && between(
                placement.expected_end_on,
                self.expected_end_on_min,
                self.expected_end_on_max,
            )
            && self.as_of.is_none_or(|day| {
                placement.started_on.is_some_and(|from| within(day, from, placement.ended_on))
            })
    }
}
