//! How near placements are to the children's brothers and sisters, and to their homes (PL-21, PL-23).
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::entering::{Entering, Facts};

use crate::{
    carers::CarerFamilyId,
    children::{self, ChildId},
    facilities::FacilityId,
    placements::{
        PlacementState,
        model::{Provider, ProviderKind},
    },
    platform::{error::Result, near::Near, reach::beyond, time::within},
    rules::nearness::Nearness,
    schema::{areas, carer_families, facilities, placements},
};

/// Adds what PL-21 and PL-23 go by to what is known of these. Neither brothers and sisters nor the homes need lie
/// within the caller's reach, and nothing of them is told but numbers.
pub fn add(conn: &mut PgConnection, facts: &mut [Facts<'_>]) -> Result<()> {
    let (siblings, places) =
        beyond(conn, |conn| Ok((Siblings::gather(conn, facts)?, Places::gather(conn, facts)?)))?;
    for it in facts {
        let (siblings_in_care, siblings_elsewhere) = siblings.around(&it.of);
        let distance_km = places.distance_of(&it.of);
        it.near = Nearness { siblings_in_care, siblings_elsewhere, distance_km };
    }
    Ok(())
}

/// Where a brother or sister lives, lived or is to live.
#[derive(Queryable, Selectable)]
#[diesel(table_name = placements, check_for_backend(diesel::pg::Pg))]
struct Home {
    child_id: ChildId,
    state: PlacementState,
    provider_kind: ProviderKind,
    carer_family_id: Option<CarerFamilyId>,
    facility_id: Option<FacilityId>,
    started_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
}

impl Home {
    fn is_planned(&self) -> bool {
        self.state == PlacementState::Planned
    }

    fn is_with(&self, provider: &Provider) -> bool {
        self.provider_kind == provider.kind
            && self.carer_family_id == provider.carer_family_id
            && self.facility_id == provider.facility_id
    }

    /// Whether somebody lives there on a day, or is to live there some time.
    fn counts_on(&self, day: NaiveDate) -> bool {
        let lives = self.started_on.is_some_and(|from| within(day, from, self.ended_on));
        self.is_planned() || lives
    }
}

/// Brothers and sisters from whom children are not to be parted, and their homes.
struct Siblings {
    of: BTreeMap<ChildId, Vec<ChildId>>,
    homes: BTreeMap<ChildId, Vec<Home>>,
}

impl Siblings {
    fn gather(conn: &mut PgConnection, facts: &[Facts<'_>]) -> Result<Self> {
        let children: Vec<ChildId> = facts.iter().map(|it| it.of.child.id).collect();
        let mut siblings = Self { of: BTreeMap::new(), homes: BTreeMap::new() };
        for (child, sibling) in children::store::kept_together_of(conn, &children)? {
            siblings.of.entry(child).or_default().push(sibling);
        }
        let kept: BTreeSet<ChildId> = siblings.of.values().flatten().copied().collect();
        if kept.is_empty() {
            return Ok(siblings);
        }
        let states = [PlacementState::Active, PlacementState::Ended, PlacementState::Planned];
        let homes: Vec<Home> = placements::table
            .filter(placements::child_id.eq_any(kept))
            .filter(placements::state.eq_any(states))
            .select(Home::as_select())
            .load(conn)?;
        for home in homes {
            siblings.homes.entry(home.child_id).or_default().push(home);
        }
        Ok(siblings)
    }

    /// How many of them are in care on the first day, and how many of these neither live where the child is to live
    /// nor are planned to.
    fn around(&self, of: &Entering<'_>) -> (usize, usize) {
        let (mut in_care, mut elsewhere) = (0, 0);
        for sibling in self.of.get(&of.child.id).into_iter().flatten() {
            let homes = self.homes.get(sibling).into_iter().flatten();
            let homes: Vec<&Home> = homes.filter(|home| home.counts_on(of.day())).collect();
            if homes.iter().all(|home| home.is_planned()) {
                continue;
            }
            in_care += 1;
            let together = homes.iter().any(|home| home.is_with(&of.placement.provider));
            elsewhere += usize::from(!together);
        }
        (in_care, elsewhere)
    }
}

pub(super) type Point = (f64, f64);
type PlaceRow<I> = (I, Option<f64>, Option<f64>, String);

/// Where children come from, and where homes are: their own places, else those of their areas.
struct Places {
    areas: BTreeMap<String, Point>,
    families: BTreeMap<CarerFamilyId, Point>,
    facilities: BTreeMap<FacilityId, Point>,
}

impl Places {
    fn gather(conn: &mut PgConnection, facts: &[Facts<'_>]) -> Result<Self> {
        let providers = || facts.iter().map(|it| &it.of.placement.provider);
        let families: BTreeSet<_> = providers().filter_map(|it| it.carer_family_id).collect();
        let facilities: BTreeSet<_> = providers().filter_map(|it| it.facility_id).collect();
        let families = families_at(conn, families)?;
        let facilities = facilities_at(conn, facilities)?;
        let of_homes = families.iter().map(|row| &row.3).chain(facilities.iter().map(|row| &row.3));
        let of_children = facts.iter().map(|it| &it.of.child.area_code);
        let codes: BTreeSet<&String> = of_homes.chain(of_children).collect();
        let rows: Vec<(String, Option<f64>, Option<f64>)> = areas::table
            .filter(areas::code.eq_any(codes))
            .select((areas::code, areas::lat, areas::lon))
            .load(conn)?;
        let areas: BTreeMap<String, Point> =
            rows.into_iter().filter_map(|(code, lat, lon)| Some((code, (lat?, lon?)))).collect();
        let families = families.into_iter().filter_map(|row| placed(row, &areas)).collect();
        let facilities = facilities.into_iter().filter_map(|row| placed(row, &areas)).collect();
        Ok(Self { areas, families, facilities })
    }

    /// From the child's home to the new one as the crow flies, if both are known.
    fn distance_of(&self, of: &Entering<'_>) -> Option<f64> {
        let (lat, lon) = self.areas.get(&of.child.area_code).copied()?;
        let provider = &of.placement.provider;
        let there = match (provider.carer_family_id, provider.facility_id) {
            (Some(family), _) => self.families.get(&family),
            (None, Some(facility)) => self.facilities.get(&facility),
            (None, None) => None,
        };
        let (to_lat, to_lon) = there.copied()?;
        Some(Near { lat, lon, within_km: 0.0 }.distance_km(to_lat, to_lon))
    }
}

fn placed<I>(row: PlaceRow<I>, areas: &BTreeMap<String, Point>) -> Option<(I, Point)> {
    let (id, lat, lon, area) = row;
    Some((id, lat.zip(lon).or_else(|| areas.get(&area).copied())?))
}

fn families_at(
    conn: &mut PgConnection,
    ids: BTreeSet<CarerFamilyId>,
) -> Result<Vec<PlaceRow<CarerFamilyId>>> {
    use carer_families as table;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let place = (table::id, table::lat, table::lon, table::area_code);
    Ok(table::table.filter(table::id.eq_any(ids)).select(place).load(conn)?)
}

fn facilities_at(
    conn: &mut PgConnection,
    ids: BTreeSet<FacilityId>,
) -> Result<Vec<PlaceRow<FacilityId>>> {
    use facilities as table;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let place = (table::id, table::lat, table::lon, table::area_code);
    Ok(table::table.filter(table::id.eq_any(ids)).select(place).load(conn)?)
}
