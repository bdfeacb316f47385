//! The list of carer families, which is also the search for one that has room.
use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{BoxedSqlQuery, SqlQuery},
    sql_query,
    sql_types::{
        Array, BigInt, Binary, Bool, Date, Double, Integer, Nullable, Text, Timestamptz,
        Uuid as SqlUuid,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::availability::PLACED;
use crate::{
    carers::model::{BoundingBox, CarerFamily, CarerFamilyId, CarerState},
    listed, page_of,
    platform::{
        error::{Error, Result},
        external_id,
        near::Near,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
        view::{View, alike},
    },
    reference::areas,
    schema::carer_families,
    sort_fields,
};

/// Largest radius of a search, in kilometres.
const MOST_KM: f64 = 500.0;

sort_fields! {
    /// What the list of carer families can be sorted by.
    pub enum CarerField by "f.id" {
        Distance = "distance": "d.distance_km" as "double precision",
        FamilyNo = "family_no": "f.family_no" as "text",
        PlacesFree = "places_free": "p.places_free" as "integer",
        ApprovalValidTo = "approval_valid_to": "coalesce(a.valid_to, 'infinity')" as "date",
    }
}

pub type CarerSort = Sort<CarerField>;

/// Which carer families to list. Ages, sexes and groups are judged by the approval in force today
/// and by the family's own wishes; by its wishes alone if it has no approval.
#[derive(Debug, Default, Clone, Deserialize, Serialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CarerFamilyFilter {
    /// Kind of care, a code of the list `carer_purpose`, that the approval in force covers or, without
    /// one, the family offers; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["foster"]))]
    pub purpose: Vec<String>,
    /// State; repeat it for one of several.
    #[serde(default)]
    pub state: Vec<CarerState>,
    /// Code of the area in which the family lives, or of one above it; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["RS-20"]))]
    pub area_code: Vec<String>,
    /// A point, as latitude and longitude in degrees.
    #[param(
        nullable = false,
        example = "43.32,21.90",
        pattern = r"^-?\d{1,2}(\.\d{1,9})?,-?\d{1,3}(\.\d{1,9})?$"
    )]
    pub near: Option<String>,
    /// Greatest distance from that point in kilometres, as the crow flies; 50 unless
    /// said.
    #[param(nullable = false, minimum = 0, maximum = 500, example = 50)]
    pub within_km: Option<f64>,
    /// Age of the child, in whole years.
    #[param(nullable = false, minimum = 0, maximum = 25, example = 4)]
    pub age: Option<i32>,
    /// Sex of the child, a code of the list `sex`.
    #[param(nullable = false, example = "female")]
    pub sex: Option<String>,
    /// How many siblings are to stay together.
    #[param(nullable = false, minimum = 1, maximum = 12, example = 2)]
    pub sibling_group: Option<i32>,
    /// Least number of free places today. Leaves out families approved only for children named in
    /// their approval.
    #[param(nullable = false, minimum = 0, maximum = 12, example = 2)]
    pub places_min: Option<i32>,
    /// Whether the family takes children with a disability.
    #[param(nullable = false, example = true)]
    pub disability: Option<bool>,
    /// Whether the family takes children in an emergency, day and night.
    #[param(nullable = false, example = true)]
    pub emergency: Option<bool>,
    /// A system, as a URI, in which it has or had a number.
    #[param(nullable = false, max_length = 200, example = "urn:example:old-register")]
    pub external_system: Option<String>,
    /// The number that it has or had there.
    #[param(nullable = false, max_length = 64, example = "N-0417")]
    pub external_value: Option<String>,
    /// First day no longer covered by the approval in force is this day or a later one.
    #[param(nullable = false, example = "2027-01-01")]
    pub approval_valid_to_min: Option<NaiveDate>,
    /// First day no longer covered by the approval in force is this day or an earlier one.
    #[param(nullable = false, example = "2027-06-30")]
    pub approval_valid_to_max: Option<NaiveDate>,
    /// Changed after that instant. A convenience: a change that is committed late may be missed.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub modified_after: Option<DateTime<Utc>>,
    /// Order: by distance if `near` is given, else by registry number, unless said. Families without
    /// an approval in force count as those whose approval ends last. Repeat it: the first field
    /// decides first.
    #[serde(default)]
    #[param(inline, max_items = 4, example = json!(["-places_free"]))]
    pub sort: Vec<CarerSort>,
    /// How much of each family to show: a `summary`, unless said, or the `full` record as well.
    #[serde(default, serialize_with = "alike")]
    #[param(nullable = false, inline)]
    pub view: Option<View>,
}

/// A carer family in a list.
#[derive(Debug, Clone, Serialize, ToSchema, QueryableByName)]
#[diesel(check_for_backend(Pg))]
pub struct CarerFamilySummary {
    #[diesel(sql_type = SqlUuid)]
    pub id: CarerFamilyId,
    /// Registry number, with a check.
    #[diesel(sql_type = Text)]
    #[schema(example = "CF-2026-000123-48")]
    pub family_no: String,
    /// Where the family stands.
    #[diesel(sql_type = Text)]
    pub state: CarerState,
    /// Kinds of care that it offers: codes of the list `carer_purpose`.
    #[diesel(sql_type = Array<Text>)]
    #[schema(example = json!(["foster", "emergency"]))]
    pub purposes: Vec<String>,
    /// Code of the area in which it lives.
    #[diesel(sql_type = Text)]
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// Languages spoken at home (BCP 47).
    #[diesel(sql_type = Array<Text>)]
    #[schema(example = json!(["sr", "rom"]))]
    pub languages: Vec<String>,
    /// Whether it would take a child with a disability.
    #[diesel(sql_type = Bool)]
    #[schema(example = true)]
    pub accepts_disability: bool,
    /// Whether it takes children in an emergency, day and night.
    #[diesel(sql_type = Bool)]
    #[schema(example = true)]
    pub emergency: bool,
    /// Free places today: 0 without an approval in force, while suspended and while on hold.
    #[diesel(sql_type = Integer)]
    #[schema(example = 2)]
    pub places_free: i32,
    /// Whether the approval in force is only for children named in it.
    #[diesel(sql_type = Bool)]
    #[schema(example = false)]
    pub named_children_only: bool,
    /// First day on which the approval in force holds no longer.
    #[diesel(sql_type = Nullable<Date>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2029-03-01")]
    pub approval_valid_to: Option<NaiveDate>,
    /// Distance from the point asked for, in kilometres; good to about one, because the exact place of
    /// a home is sealed.
    #[diesel(sql_type = Nullable<Double>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 12.4)]
    pub distance_km: Option<f64>,
    /// Version of the record.
    #[diesel(sql_type = BigInt)]
    #[schema(example = 1)]
    pub version: i64,
}

listed!(
    "A carer family in a list: its summary, in the full view with all members of its record.",
    ListedCarerFamily,
    CarerFamilySummary,
    CarerFamily
);

page_of!(
    /// Some carer families, in the order asked for.
    counted CarerFamilyPage, ListedCarerFamily
);

/// A family that was found, and its keys in the order of the list.
#[derive(QueryableByName)]
#[diesel(check_for_backend(Pg))]
struct Found {
    #[diesel(embed)]
    family: CarerFamilySummary,
    #[diesel(sql_type = Array<Text>)]
    keys: Vec<String>,
}

impl CarerFamilyFilter {
    /// The place to look near, if one is asked for; 400 for what is out of bounds.
    fn check(&self) -> Result<Option<Near>> {
        let bounds = [
            ("age", self.age, 0..=25),
            ("sibling_group", self.sibling_group, 1..=12),
            ("places_min", self.places_min, 0..=12),
        ];
        for (name, value, range) in bounds {
            if value.is_some_and(|value| !range.contains(&value)) {
                let detail = format!("must be {} to {}", range.start(), range.end());
                return Err(Error::query(name, "out_of_range", &detail));
            }
        }
        external_id::check_filter(self.external_system.as_deref(), self.external_value.as_deref())?;
        let place = Near::parse(self.near.as_deref(), self.within_km)?;
        if place.is_some_and(|near| near.within_km > MOST_KM) {
            return Err(Error::query("within_km", "out_of_range", "must be 0 to 500"));
        }
        let by_distance = self.sort.iter().any(|sort| sort.field == CarerField::Distance);
        if by_distance && place.is_none() {
            return Err(Error::query("sort", "needs_near", "by distance needs near"));
        }
        Ok(place)
    }

    fn order(&self) -> Result<Order> {
        let usual = if self.near.is_some() { CarerField::Distance } else { CarerField::FamilyNo };
        Order::of(&self.sort, &[Sort::ascending(usual)])
    }

    /// The conditions that are asked for. Their values are bound in [`list`], by these numbers.
    fn conditions(&self) -> String {
        let conditions = [
            (!self.purpose.is_empty(), "AND coalesce(a.purposes, f.purposes) && $2"),
            (!self.area_code.is_empty(), "AND f.area_code = ANY ($3)"),
            (!self.state.is_empty(), "AND f.state = ANY ($4)"),
            (
                self.age.is_some(),
                "AND $5 BETWEEN coalesce(a.age_min, 0) AND coalesce(a.age_max, $5) \
                AND $5 BETWEEN coalesce(f.preferred_age_min, 0) AND coalesce(f.preferred_age_max, $5)",
            ),
            (
                self.sex.is_some(),
                "AND coalesce(a.sex, 'any') IN ('any', $6) AND f.preferred_sex IN ('any', $6)",
            ),
            (
                self.sibling_group.is_some(),
                "AND ($7 = 1 OR coalesce(a.siblings_allowed, true)) \
                AND coalesce(f.sibling_group_max, $7) >= $7",
            ),
            (
                self.places_min.is_some(),
                "AND places_free >= $8 AND coalesce(cardinality(a.named_children), 0) = 0",
            ),
            (self.disability.is_some(), "AND f.accepts_disability = $9"),
            (self.emergency.is_some(), "AND f.emergency = $10"),
            (self.approval_valid_to_min.is_some(), "AND a.valid_to >= $20"),
            (self.approval_valid_to_max.is_some(), "AND a.valid_to <= $21"),
            (
                self.modified_after.is_some(),
                "AND f.id IN (SELECT subject FROM journal WHERE kind = 'carer_family' AND recorded_at > $22)",
            ),
            (
                self.external_system.is_some(),
                "AND EXISTS (SELECT FROM carer_external_ids i WHERE i.carer_family_id = f.id \
                AND i.system = $23 AND ($24 IS NULL OR i.blind = ANY ($24)))",
            ),
            (
                self.near.is_some(),
                "AND f.lat BETWEEN $14 AND $15 \
                AND (f.lon BETWEEN $16 AND $17 OR f.lon BETWEEN $18 AND $19) AND distance_km <= $13",
            ),
        ];
        let wanted = conditions.iter().filter(|(wanted, _)| *wanted);
        wanted.map(|(_, condition)| *condition).collect::<Vec<_>>().join("\n")
    }
}

/// Kilometres between a family and the point, by the haversine formula on the mean sphere.
const DISTANCE: &str = "(2 * 6371.0088 * asin(sqrt(least(1, power(sin(radians(f.lat - $11) / 2), 2) \
    + cos(radians($11)) * cos(radians(f.lat)) * power(sin(radians(f.lon - $12) / 2), 2)))))";

/// The families that fit, with their free places on `today`.
pub fn list(
    conn: &mut PgConnection,
    filter: &CarerFamilyFilter,
    page: &PageQuery,
    today: NaiveDate,
) -> Result<Page<ListedCarerFamily>> {
    let (bound, limit, order) = (page.bind(filter), page.limit()?, filter.order()?);
    let place = filter.check()?;
    let last = bound.place(&order)?;
    let rest = last.as_ref().map(|_| format!("AND {}", order.after("$25"))).unwrap_or_default();
    let (found, by) = (statement(filter, &order.keys()), order.by());
    let text = format!("{found} {rest} ORDER BY {by} LIMIT {}", limit + 1);
    let rows: Vec<Found> = bound_to(conn, filter, place, today, text)?
        .bind::<Nullable<Array<Text>>, _>(last)
        .load(conn)?;
    let rows = rows.into_iter().map(|found| (found.family, found.keys)).collect();
    let families = bound.sorted(rows, limit);
    let ids: Vec<CarerFamilyId> = families.data.iter().map(|family| family.id).collect();
    let mut records = HashMap::new();
    if filter.view == Some(View::Full) {
        let query = carer_families::table.filter(carer_families::id.eq_any(ids));
        let whole: Vec<CarerFamily> = query.select(CarerFamily::as_select()).load(conn)?;
        records.extend(whole.into_iter().map(|family| (family.id, family)));
    }
    Ok(families.map(|family| {
        let record = records.remove(&family.id);
        ListedCarerFamily::new(family, record)
    }))
}

/// How many families fit, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &CarerFamilyFilter,
    count: CountQuery,
    today: NaiveDate,
) -> Result<Option<i64>> {
    count.total(conn, |conn| {
        let (place, text) = (filter.check()?, statement(filter, "NULL::text[]"));
        Ok(bound_to(conn, filter, place, today, text)?
            .bind::<Nullable<Array<Text>>, _>(None::<Vec<String>>))
    })
}

/// The statement with its values, by the numbers that it names them by; the 25th, where the page
/// before ended, is still to be bound.
fn bound_to<'f>(
    conn: &mut PgConnection,
    filter: &'f CarerFamilyFilter,
    place: Option<Near>,
    today: NaiveDate,
    text: String,
) -> Result<BoxedSqlQuery<'f, Pg, SqlQuery>> {
    let areas = areas::subtrees(conn, &filter.area_code)?;
    let states: Vec<&str> = filter.state.iter().map(|state| state.as_str()).collect();
    let near = place.unwrap_or(Near { lat: 0.0, lon: 0.0, within_km: 0.0 });
    let area = BoundingBox::around(near);
    let [west, east] = area.lon;
    let (system, value) = (filter.external_system.as_deref(), filter.external_value.as_deref());
    let blinds = external_id::blinds(conn, "carer_external_ids", system, value)?;
    // PostgreSQL knows no instant as early as chrono's first.
    let modified = filter.modified_after.map(|after| after.max(DateTime::UNIX_EPOCH));
    Ok(sql_query(text)
        .into_boxed()
        .bind::<Date, _>(today)
        .bind::<Array<Text>, _>(&filter.purpose)
        .bind::<Array<Text>, _>(areas)
        .bind::<Array<Text>, _>(states)
        .bind::<Nullable<Integer>, _>(filter.age)
        .bind::<Nullable<Text>, _>(&filter.sex)
        .bind::<Nullable<Integer>, _>(filter.sibling_group)
        .bind::<Nullable<Integer>, _>(filter.places_min)
        .bind::<Nullable<Bool>, _>(filter.disability)
        .bind::<Nullable<Bool>, _>(filter.emergency)
        .bind::<Double, _>(near.lat)
        .bind::<Double, _>(near.lon)
        .bind::<Double, _>(near.within_km)
        .bind::<Double, _>(area.lat.0)
        .bind::<Double, _>(area.lat.1)
        .bind::<Double, _>(west.0)
        .bind::<Double, _>(west.1)
        .bind::<Double, _>(east.0)
        .bind::<Double, _>(east.1)
        .bind::<Nullable<Date>, _>(filter.approval_valid_to_min)
        .bind::<Nullable<Date>, _>(filter.approval_valid_to_max)
        .bind::<Nullable<Timestamptz>, _>(modified)
        .bind::<Nullable<Text>, _>(&filter.external_system)
        .bind::<Nullable<Array<Binary>>, _>(blinds))
}

/// The families that fit, with their keys in the order of the list; `ORDER BY` is still to come.
fn statement(filter: &CarerFamilyFilter, keys: &str) -> String {
    let conditions = filter.conditions();
    let distance_km = if filter.near.is_some() { DISTANCE } else { "NULL::double precision" };
    format!(
        "SELECT f.id, f.family_no, f.state, f.purposes, f.area_code, f.languages,
             f.accepts_disability, f.emergency, places_free, coalesce(cardinality(a.named_children), 0) > 0 AS named_children_only,
             a.valid_to AS approval_valid_to,
             round(d.distance_km::numeric, 1)::double precision AS distance_km, f.version, {keys} AS keys
         FROM carer_families f
         LEFT JOIN carer_approvals a ON a.carer_family_id = f.id
             AND a.valid_from <= $1 AND $1 < coalesce(a.ended_on, a.valid_to)
         CROSS JOIN LATERAL (SELECT {distance_km} AS distance_km) d
         CROSS JOIN LATERAL (SELECT CASE
             WHEN a.id IS NULL OR f.state = 'suspended' THEN 0
             WHEN f.on_hold_from <= $1 AND $1 < coalesce(f.on_hold_to, 'infinity')
                 OR f.id = ANY ((SELECT families_held_back($1))::uuid[]) THEN 0
             ELSE greatest(0, a.max_children - ({PLACED}))
         END AS places_free) p
         WHERE true {conditions}"
    )
}
