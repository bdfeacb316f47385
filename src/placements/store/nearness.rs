//! How near a placement is to the child's brothers and sisters, and to its home (PL-21, PL-23).
use diesel::prelude::*;

use crate::{
    carers::CarerFamilyId,
    children::{self, ChildId},
    facilities::FacilityId,
    placements::{
        model::{Placement, Provider},
        rules::ChildFacts,
    },
    platform::{error::Result, near::Near, reach::beyond},
    rules::nearness::Nearness,
    schema::{areas, carer_families, facilities, placements},
};

/// What PL-21 and PL-23 go by. Neither brothers and sisters nor the home need lie within the caller's
/// reach, and nothing of them is told but numbers.
pub fn of(conn: &mut PgConnection, child: &ChildFacts, placement: &Placement) -> Result<Nearness> {
    beyond(conn, |conn| {
        let (siblings_in_care, siblings_elsewhere) = siblings(conn, child.id, placement)?;
        let home = place_of_area(conn, &child.area_code)?;
        let there = place_of(conn, &placement.provider)?;
        let distance_km = home.zip(there).map(|((lat, lon), there)| {
            Near { lat, lon, within_km: 0.0 }.distance_km(there.0, there.1)
        });
        Ok(Nearness { siblings_in_care, siblings_elsewhere, distance_km })
    })
}

/// Where a brother or sister lives or is to live.
#[derive(Queryable, Selectable)]
#[diesel(table_name = placements, check_for_backend(diesel::pg::Pg))]
struct Home {
    child_id: ChildId,
    state: String,
    provider_kind: String,
    carer_family_id: Option<uuid::Uuid>,
    facility_id: Option<uuid::Uuid>,
}

/// How many brothers and sisters are in care from whom the child is not to be parted, and how many of
/// them neither live where it is to live nor are planned to.
fn siblings(
    conn: &mut PgConnection,
    child: ChildId,
    placement: &Placement,
) -> Result<(usize, usize)> {
    let day = placement.started_on.unwrap_or(placement.starts_on);
    let kept = children::store::kept_together(conn, child)?;
    if kept.is_empty() {
        return Ok((0, 0));
    }
    let lives = placements::state
        .eq_any(["active", "ended"])
        .and(placements::started_on.le(day))
        .and(placements::ended_on.is_null().or(placements::ended_on.gt(day)));
    let homes: Vec<Home> = placements::table
        .filter(placements::child_id.eq_any(&kept))
        .filter(lives.assume_not_null().or(placements::state.eq("planned")))
        .select(Home::as_select())
        .load(conn)?;
    let same = |home: &Home| {
        let provider = &placement.provider;
        home.provider_kind == provider.kind.as_str()
            && home.carer_family_id == provider.carer_family_id.map(CarerFamilyId::untyped)
            && home.facility_id == provider.facility_id.map(FacilityId::untyped)
    };
    let of = |sibling: ChildId| homes.iter().filter(move |home| home.child_id == sibling);
    let in_care = kept.iter().filter(|it| of(**it).any(|home| home.state != "planned"));
    let in_care: Vec<ChildId> = in_care.copied().collect();
    let elsewhere = in_care.iter().filter(|it| !of(**it).any(same)).count();
    Ok((in_care.len(), elsewhere))
}

pub(super) type Point = (f64, f64);

fn place_of_area(conn: &mut PgConnection, code: &str) -> Result<Option<Point>> {
    let known = areas::lat.is_not_null().and(areas::lon.is_not_null());
    let place = areas::table
        .filter(areas::code.eq(code))
        .filter(known)
        .select((areas::lat.assume_not_null(), areas::lon.assume_not_null()));
    Ok(place.first(conn).optional()?)
}

/// Where a home is: its own place, else that of its area.
fn place_of(conn: &mut PgConnection, provider: &Provider) -> Result<Option<Point>> {
    type Row = (Option<f64>, Option<f64>, String);
    let row: Option<Row> = if let Some(id) = provider.carer_family_id {
        let family = carer_families::table.find(id);
        family
            .select((carer_families::lat, carer_families::lon, carer_families::area_code))
            .first(conn)
            .optional()?
    } else if let Some(id) = provider.facility_id {
        let facility = facilities::table.find(id);
        facility
            .select((facilities::lat, facilities::lon, facilities::area_code))
            .first(conn)
            .optional()?
    } else {
        None
    };
    match row {
        Some((Some(lat), Some(lon), _)) => Ok(Some((lat, lon))),
        Some((.., area)) => place_of_area(conn, &area),
        None => Ok(None),
    }
}
