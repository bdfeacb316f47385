//! Brothers and sisters from whom those who leave are not to be parted, and where they live (PL-21).
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::ways::Place;
use crate::{
    carers::CarerFamilyId,
    children::{self, ChildId},
    facilities::FacilityId,
    placements::PlacementState,
    platform::{error::Result, reach::beyond},
    schema::placements,
};

/// Where a brother or sister lives who does not leave, or is to live.
struct Lives {
    place: Option<Place>,
    planned: bool,
}

/// Whom the children who leave are not to be parted from.
pub struct Kept {
    leaving: BTreeSet<ChildId>,
    of: BTreeMap<ChildId, BTreeSet<ChildId>>,
    homes: BTreeMap<ChildId, Vec<Lives>>,
    nobody: BTreeSet<ChildId>,
}

type Row = (ChildId, PlacementState, Option<CarerFamilyId>, Option<FacilityId>);

impl Kept {
    /// Reads it for all who leave on that day. Those who stay need not lie within the caller's reach, and
    /// nothing of them is told.
    pub fn gather(conn: &mut PgConnection, leaving: &[ChildId], on: NaiveDate) -> Result<Self> {
        let mut of: BTreeMap<ChildId, BTreeSet<ChildId>> = BTreeMap::new();
        for (child, other) in children::store::kept_together_of(conn, leaving)? {
            of.entry(child).or_default().insert(other);
        }
        let leaving: BTreeSet<ChildId> = leaving.iter().copied().collect();
        let others = of.values().flatten().filter(|other| !leaving.contains(*other));
        let others: BTreeSet<ChildId> = others.copied().collect();
        let lives = placements::state
            .eq_any([PlacementState::Active, PlacementState::Ended])
            .and(placements::started_on.le(on))
            .and(placements::ended_on.is_null().or(placements::ended_on.gt(on)));
        let query = placements::table
            .filter(placements::child_id.eq_any(others))
            .filter(lives.assume_not_null().or(placements::state.eq(PlacementState::Planned)))
            .select((
                placements::child_id,
                placements::state,
                placements::carer_family_id,
                placements::facility_id,
            ));
        let rows: Vec<Row> = beyond(conn, |conn| Ok(query.load(conn)?))?;
        let mut homes: BTreeMap<ChildId, Vec<Lives>> = BTreeMap::new();
        for (child, state, family, facility) in rows {
            let place = family.map(Place::Family).or(facility.map(Place::Facility));
            let planned = state == PlacementState::Planned;
            homes.entry(child).or_default().push(Lives { place, planned });
        }
        Ok(Self { leaving, of, homes, nobody: BTreeSet::new() })
    }

    /// Those from whom the child is not to be parted.
    pub fn of(&self, child: ChildId) -> &BTreeSet<ChildId> {
        self.of.get(&child).unwrap_or(&self.nobody)
    }

    /// Those of them who leave as well: they may come along.
    pub fn leaving_with(&self, child: ChildId) -> impl Iterator<Item = ChildId> {
        self.of(child).iter().copied().filter(|other| self.leaving.contains(other))
    }

    /// How many of them are in care, and how many of these neither live in that place, nor are planned to, nor
    /// may come along.
    pub fn around(&self, child: ChildId, place: Place) -> (usize, usize) {
        let (mut in_care, mut elsewhere) = (self.leaving_with(child).count(), 0);
        for lives in self.of(child).iter().filter_map(|other| self.homes.get(other)) {
            if lives.iter().all(|home| home.planned) {
                continue;
            }
            in_care += 1;
            elsewhere += usize::from(lives.iter().all(|home| home.place != Some(place)));
        }
        (in_care, elsewhere)
    }
}
