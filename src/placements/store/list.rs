//! Lists of placements and care periods.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::row::PlacementRow;
use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    placements::model::{
        CarePeriod, CarePeriodId, CarePeriodState, Placement, PlacementId, PlacementState,
    },
    platform::{
        error::{Error, Result},
        journal,
        page::{Page, PageQuery},
        time::within,
    },
    schema::{care_periods, placements},
};

/// Which placements to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlacementFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
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
    /// Those in which the child lived on that day.
    #[param(nullable = false, example = "2026-03-01")]
    pub as_of: Option<NaiveDate>,
    /// As the registry knew them at that instant; needs `child_id`.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub known_at: Option<DateTime<Utc>>,
}

/// By id: the order says nothing, but it stays.
pub fn list(
    conn: &mut PgConnection,
    filter: &PlacementFilter,
    page: &PageQuery,
) -> Result<Page<Placement>> {
    if let Some(at) = filter.known_at {
        return known(conn, filter, page, at);
    }
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let mut query = placements::table.into_boxed().order(placements::id).limit(limit + 1);
    if let Some(child) = filter.child_id {
        query = query.filter(placements::child_id.eq(child));
    }
    if let Some(family) = filter.carer_family_id {
        query = query.filter(placements::carer_family_id.eq(family));
    }
    if let Some(facility) = filter.facility_id {
        query = query.filter(placements::facility_id.eq(facility));
    }
    if !filter.state.is_empty() {
        query = query.filter(placements::state.eq_any(&filter.state));
    }
    if !filter.care_type.is_empty() {
        query = query.filter(placements::care_type.eq_any(&filter.care_type));
    }
    if let Some(day) = filter.started_on_min {
        query = query.filter(placements::started_on.ge(day));
    }
    if let Some(day) = filter.started_on_max {
        query = query.filter(placements::started_on.le(day));
    }
    if let Some(day) = filter.as_of {
        query = query
            .filter(placements::state.eq_any(["active", "ended"]))
            .filter(placements::started_on.le(day))
            .filter(placements::ended_on.is_null().or(placements::ended_on.gt(day)));
    }
    if let Some(last) = bound.after::<PlacementId>()? {
        query = query.filter(placements::id.gt(last));
    }
    let rows: Vec<PlacementRow> = query.select(PlacementRow::as_select()).load(conn)?;
    let rows = rows.into_iter().map(Placement::try_from).collect::<Result<Vec<_>>>()?;
    let page = bound.page(rows, limit, |placement| placement.id);
    let as_true = |placement: Placement| match filter.as_of {
        Some(day) => placement.on(day),
        None => Some(placement),
    };
    Ok(Page {
        data: page.data.into_iter().filter_map(as_true).collect(),
        next_cursor: page.next_cursor,
    })
}

/// From the journal, which knows what each record was at that instant.
fn known(
    conn: &mut PgConnection,
    filter: &PlacementFilter,
    page: &PageQuery,
    at: DateTime<Utc>,
) -> Result<Page<Placement>> {
    let Some(child) = filter.child_id else {
        return Err(Error::query(
            "known_at",
            "needs_child_id",
            "is answered for one child at a time: give child_id",
        ));
    };
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let last = bound.after::<PlacementId>()?;
    let mut rows: Vec<Placement> = journal::known_under(conn, child.untyped(), at)?;
    rows.sort_by_key(|placement| placement.id);
    let rows = rows
        .into_iter()
        .filter(|placement| filter.matches(placement))
        .filter(|placement| last.is_none_or(|last| placement.id > last))
        .filter_map(|placement| match filter.as_of {
            Some(day) => placement.on(day),
            None => Some(placement),
        })
        .collect();
    Ok(bound.page(rows, limit, |placement| placement.id))
}

impl PlacementFilter {
    fn matches(&self, placement: &Placement) -> bool {
        let provider = &placement.provider;
        self.carer_family_id.is_none_or(|id| provider.carer_family_id == Some(id))
            && self.facility_id.is_none_or(|id| provider.facility_id == Some(id))
            && (self.state.is_empty() || self.state.contains(&placement.state))
            && (self.care_type.is_empty() || self.care_type.contains(&placement.care_type))
            && self
                .started_on_min
                .is_none_or(|day| placement.started_on.is_some_and(|from| from >= day))
            && self
                .started_on_max
                .is_none_or(|day| placement.started_on.is_some_and(|from| from <= day))
            && self.as_of.is_none_or(|day| {
                placement.started_on.is_some_and(|from| within(day, from, placement.ended_on))
            })
    }
}

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
    /// Those that included that day.
    #[param(nullable = false, example = "2026-03-01")]
    pub as_of: Option<NaiveDate>,
}

/// By id: the order says nothing, but it stays.
pub fn list_periods(
    conn: &mut PgConnection,
    filter: &CarePeriodFilter,
    page: &PageQuery,
) -> Result<Page<CarePeriod>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let mut query = care_periods::table.into_boxed().order(care_periods::id).limit(limit + 1);
    if let Some(child) = filter.child_id {
        query = query.filter(care_periods::child_id.eq(child));
    }
    if !filter.state.is_empty() {
        query = query.filter(care_periods::state.eq_any(&filter.state));
    }
    if let Some(day) = filter.as_of {
        query = query
            .filter(care_periods::state.ne(CarePeriodState::EnteredInError))
            .filter(care_periods::started_on.le(day))
            .filter(care_periods::ended_on.is_null().or(care_periods::ended_on.gt(day)));
    }
    if let Some(last) = bound.after::<CarePeriodId>()? {
        query = query.filter(care_periods::id.gt(last));
    }
    let rows: Vec<CarePeriod> = query.select(CarePeriod::as_select()).load(conn)?;
    let page = bound.page(rows, limit, |period| period.id);
    let as_true = |period: CarePeriod| match filter.as_of {
        Some(day) => period.on(day),
        None => Some(period),
    };
    Ok(Page {
        data: page.data.into_iter().filter_map(as_true).collect(),
        next_cursor: page.next_cursor,
    })
}
