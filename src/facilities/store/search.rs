//! Lists of facilities: by area, type, state, whom they take, free places, distance.
use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    dsl::sql,
    pg::Pg,
    prelude::*,
    sql_types::{Bool, Date, Double, Integer},
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{FacilityRow, living_there, terms_of};
use crate::{
    facilities::model::{
        AcceptedSex, Facility, FacilityId, FacilityState, FacilitySummary, ListedFacility,
        places_free,
    },
    platform::{
        error::{Error, Result},
        external_id, journal,
        near::{DISTANCE_KM, Near},
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
        view::{View, alike},
    },
    reference::{areas, organisations::OrganisationId, parameters},
    schema::{
        facilities, facility_admission_stops as stops, facility_capacities as capacities,
        facility_external_ids as ids, facility_registrations as registrations,
    },
    sort_fields,
};

sort_fields! {
    /// What the list of facilities can be sorted by. Those without a capacity today have no places.
    pub enum FacilityField by "facilities.id" {
        FacilityNo = "facility_no": "facilities.facility_no" as "text",
        Name = "name": "facilities.name COLLATE \"und-x-icu\"" as "text",
        Places = "places": "COALESCE((SELECT c.total FROM facility_capacities c \
            WHERE c.facility_id = facilities.id AND c.valid_from <= {today} \
            AND (c.valid_to IS NULL OR c.valid_to > {today})), 0)" as "integer",
    }
}

pub type FacilitySort = Sort<FacilityField>;

/// Which facilities to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FacilityFilter {
    /// Code of an area; its facilities and those of the areas below it. Repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["RS-20"]))]
    pub area_code: Vec<String>,
    /// Type, a code of the list `facility_type`; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["small_group_home"]))]
    pub facility_type: Vec<String>,
    /// State; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["registered"]))]
    pub state: Vec<FacilityState>,
    /// The organisation that runs it.
    #[param(nullable = false)]
    pub operator_id: Option<OrganisationId>,
    /// A system, as a URI, in which it has or had a number.
    #[param(nullable = false, max_length = 200, example = "urn:example:old-register")]
    pub external_system: Option<String>,
    /// The number that it has or had there.
    #[param(nullable = false, max_length = 64, example = "N-0417")]
    pub external_value: Option<String>,
    /// Takes children of this age in whole years.
    #[param(nullable = false, minimum = 0, maximum = 26, example = 9)]
    pub accepts_age: Option<i32>,
    /// Takes children of this sex; `any`: of both.
    #[param(nullable = false)]
    pub accepts_sex: Option<AcceptedSex>,
    /// Can care for children with disabilities, or cannot.
    #[param(nullable = false, example = true)]
    pub accepts_disability: Option<bool>,
    /// Takes children in an emergency, day and night, or does not.
    #[param(nullable = false, example = true)]
    pub accepts_emergency: Option<bool>,
    /// Takes siblings together, or does not.
    #[param(nullable = false, example = true)]
    pub accepts_siblings: Option<bool>,
    /// May take at least so many children today. With 1 or more, only facilities that may take any.
    #[param(nullable = false, minimum = 0, maximum = 2000, example = 2)]
    pub places_min: Option<i32>,
    /// Latitude and longitude in degrees (WGS 84), with a comma; needed for `within_km`.
    #[param(
        nullable = false,
        pattern = r"^-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?$",
        example = "43.3209,21.8958"
    )]
    pub near: Option<String>,
    /// Within so many kilometres of `near`, as the crow flies; 50 unless said.
    #[param(nullable = false, minimum = 0, maximum = 20040, example = 30.0)]
    pub within_km: Option<f64>,
    /// Changed after that instant. A convenience: a change that is committed late may be missed.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub modified_after: Option<DateTime<Utc>>,
    /// Order, by number unless said; `places` are those authorised today. Repeat it: the first field
    /// decides first.
    #[serde(default)]
    #[param(inline, max_items = 3, example = json!(["name"]))]
    pub sort: Vec<FacilitySort>,
    /// How much of each facility to show: a `summary`, unless said, or the `full` record as well.
    #[serde(default, serialize_with = "alike")]
    #[param(nullable = false, inline)]
    pub view: Option<View>,
}

type Query<'a> = facilities::BoxedQuery<'a, Pg>;

/// By number unless said, each with its free places today.
pub fn list(
    conn: &mut PgConnection,
    filter: &FacilityFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<ListedFacility>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let today = parameters::today(conn, now)?;
    let near = Near::parse(filter.near.as_deref(), filter.within_km)?;
    let usual = [Sort::ascending(FacilityField::FacilityNo)];
    let order = Order::of(&filter.sort, &usual)?.on(today);
    let mut query = chosen(conn, filter, today)?.order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows: Vec<(FacilityRow, _)> =
        query.select((FacilityRow::as_select(), order.selection())).load(conn)?;
    let mut page = bound.sorted(rows, limit);
    let rows = std::mem::take(&mut page.data);
    let data = listed(conn, rows, near, today, filter.view == Some(View::Full))?;
    Ok(Page { data, next_cursor: page.next_cursor, total: None })
}

/// How many facilities the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &FacilityFilter,
    count: CountQuery,
    now: DateTime<Utc>,
) -> Result<Option<i64>> {
    count.total(conn, |conn| {
        let today = parameters::today(conn, now)?;
        chosen(conn, filter, today)
    })
}

/// The facilities that all filters let through.
fn chosen<'a>(
    conn: &mut PgConnection,
    filter: &'a FacilityFilter,
    today: NaiveDate,
) -> Result<Query<'a>> {
    let mut query = taking(filter, of_kind(conn, filter)?)?;
    query = with_places(filter, query, today)?;
    if let Some(near) = Near::parse(filter.near.as_deref(), filter.within_km)? {
        query = query.filter(within(near));
    }
    if let Some(after) = filter.modified_after {
        query = query.filter(facilities::id.eq_any(journal::changed_after::<Facility>(after)));
    }
    Ok(query)
}

fn of_kind<'a>(conn: &mut PgConnection, filter: &'a FacilityFilter) -> Result<Query<'a>> {
    let mut query = facilities::table.into_boxed();
    if !filter.area_code.is_empty() {
        let codes = areas::subtrees(conn, &filter.area_code)?;
        query = query.filter(facilities::area_code.eq_any(codes));
    }
    if !filter.facility_type.is_empty() {
        query = query.filter(facilities::facility_type.eq_any(&filter.facility_type));
    }
    if !filter.state.is_empty() {
        query = query.filter(facilities::state.eq_any(&filter.state));
    }
    external_id::check_filter(filter.external_system.as_deref(), filter.external_value.as_deref())?;
    if let Some(system) = &filter.external_system {
        let mut known = ids::table.filter(ids::system.eq(system)).into_boxed();
        let value = filter.external_value.as_deref();
        let blinds = external_id::blinds(conn, "facility_external_ids", Some(system), value)?;
        if let Some(blinds) = blinds {
            known = known.filter(ids::blind.eq_any(blinds));
        }
        query = query.filter(facilities::id.eq_any(known.select(ids::facility_id)));
    }
    if let Some(operator) = filter.operator_id {
        query = query.filter(facilities::operator_id.eq(operator));
    }
    Ok(query)
}

fn taking<'a>(filter: &'a FacilityFilter, mut query: Query<'a>) -> Result<Query<'a>> {
    if let Some(age) = filter.accepts_age {
        if !(0..=26).contains(&age) {
            return Err(Error::query("accepts_age", "out_of_range", "must be 0 to 26"));
        }
        query = query.filter(facilities::accepts_age_min.le(age));
        query = query.filter(facilities::accepts_age_max.ge(age));
    }
    if let Some(sex) = filter.accepts_sex {
        query = query.filter(facilities::accepts_sex.eq_any([sex, AcceptedSex::Any]));
    }
    if let Some(disability) = filter.accepts_disability {
        query = query.filter(facilities::accepts_disability.eq(disability));
    }
    if let Some(emergency) = filter.accepts_emergency {
        query = query.filter(facilities::accepts_emergency.eq(emergency));
    }
    if let Some(siblings) = filter.accepts_siblings {
        query = query.filter(facilities::accepts_siblings.eq(siblings));
    }
    Ok(query)
}

/// The registrations that are valid on a day.
macro_rules! valid_registrations {
    ($day:expr) => {
        registrations::table
            .filter(registrations::valid_from.le($day))
            .filter(registrations::valid_to.is_null().or(registrations::valid_to.gt($day)))
            .filter(registrations::revoked_on.is_null().or(registrations::revoked_on.gt($day)))
    };
}

/// The stops of admission that hold on a day.
macro_rules! stops_on {
    ($day:expr) => {
        stops::table
            .filter(stops::valid_from.le($day))
            .filter(stops::valid_to.is_null().or(stops::valid_to.gt($day)))
    };
}

/// Counts as [`places_free`] does. Steps take effect today at the latest, so the state of the row is
/// today's.
fn with_places<'a>(
    filter: &FacilityFilter,
    mut query: Query<'a>,
    today: NaiveDate,
) -> Result<Query<'a>> {
    let Some(least) = filter.places_min else { return Ok(query) };
    if !(0..=2000).contains(&least) {
        return Err(Error::query("places_min", "out_of_range", "must be 0 to 2000"));
    }
    if least == 0 {
        return Ok(query);
    }
    query = query.filter(facilities::state.eq_any(ADMITTING)).filter(
        facilities::id.eq_any(valid_registrations!(today).select(registrations::facility_id)),
    );
    query = query.filter(diesel::dsl::not(
        facilities::id.eq_any(stops_on!(today).select(stops::facility_id)),
    ));
    let free = sql::<Bool>(
        "(SELECT c.total - (SELECT count(*) FROM placements p WHERE p.facility_id = c.facility_id \
            AND p.state IN ('active', 'ended') AND p.started_on <= ",
    )
    .bind::<Date, _>(today)
    .sql(" AND (p.ended_on IS NULL OR p.ended_on > ")
    .bind::<Date, _>(today)
    .sql(")) FROM facility_capacities c WHERE c.facility_id = facilities.id AND c.valid_from <= ")
    .bind::<Date, _>(today)
    .sql(" AND (c.valid_to IS NULL OR c.valid_to > ")
    .bind::<Date, _>(today)
    .sql(")) >= ")
    .bind::<Integer, _>(least);
    Ok(query.filter(free))
}

/// The states in which a facility may take children.
const ADMITTING: [FacilityState; 2] = [FacilityState::Registered, FacilityState::ConditionsImposed];

fn within(near: Near) -> Box<dyn BoxableExpression<facilities::table, Pg, SqlType = Bool>> {
    let [begin, lat, lon, end] = DISTANCE_KM;
    let circle = sql::<Bool>("(lat IS NOT NULL AND ")
        .sql(begin)
        .bind::<Double, _>(near.lat)
        .sql(lat)
        .bind::<Double, _>(near.lat)
        .sql(lon)
        .bind::<Double, _>(near.lon)
        .sql(end)
        .sql(" <= ")
        .bind::<Double, _>(near.within_km)
        .sql(")");
    Box::new(circle)
}

fn listed(
    conn: &mut PgConnection,
    rows: Vec<FacilityRow>,
    near: Option<Near>,
    today: NaiveDate,
    full: bool,
) -> Result<Vec<ListedFacility>> {
    let ids: Vec<FacilityId> = rows.iter().map(|row| row.id).collect();
    let children = living_there(conn, &ids, today)?;
    let places: HashMap<FacilityId, i32> = capacities::table
        .filter(capacities::facility_id.eq_any(&ids))
        .filter(capacities::valid_from.le(today))
        .filter(capacities::valid_to.is_null().or(capacities::valid_to.gt(today)))
        .select((capacities::facility_id, capacities::total))
        .load(conn)?
        .into_iter()
        .collect();
    let registered: Vec<FacilityId> = valid_registrations!(today)
        .filter(registrations::facility_id.eq_any(&ids))
        .select(registrations::facility_id)
        .load(conn)?;
    let stopped: Vec<FacilityId> = stops_on!(today)
        .filter(stops::facility_id.eq_any(&ids))
        .select(stops::facility_id)
        .load(conn)?;
    let mut terms = if full { terms_of(conn, &ids)? } else { HashMap::new() };
    let listed = |row: FacilityRow| {
        let admits = ADMITTING.contains(&row.state)
            && registered.contains(&row.id)
            && !stopped.contains(&row.id);
        let places = places.get(&row.id).copied();
        let living_there = children.get(&row.id).copied().unwrap_or_default();
        let summary = row.summary(places, living_there, admits, near);
        let record = full.then(|| terms.remove(&row.id).unwrap_or_default());
        ListedFacility::new(summary, record.map(|terms| row.with(terms)))
    };
    Ok(rows.into_iter().map(listed).collect())
}

impl FacilityRow {
    fn summary(
        &self,
        places: Option<i32>,
        living_there: i32,
        admits: bool,
        near: Option<Near>,
    ) -> FacilitySummary {
        let place = self.lat.zip(self.lon);
        let distance = near.zip(place).map(|(near, (lat, lon))| near.distance_km(lat, lon));
        FacilitySummary {
            accepts: self.accepts(),
            id: self.id,
            facility_no: self.facility_no.clone(),
            name: self.name.clone(),
            facility_type: self.facility_type.clone(),
            ownership: self.ownership.clone(),
            operator_id: self.operator_id,
            area_code: self.area_code.clone(),
            lat: self.lat,
            lon: self.lon,
            distance_km: distance.map(|km| (km * 10.0).round() / 10.0),
            state: self.state,
            admits,
            places,
            living_there,
            places_free: places_free(places, living_there, admits),
            version: self.version,
        }
    }
}
