//! The providers of many placements, locked together, and who lives there.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{
    facts::{self, File},
    provider::{self, Newcomer},
};
use crate::{
    carers::{self, CarerFamilyId, CarerTerms},
    children::ChildId,
    facilities::{self, FacilityId, FacilityTerms, Stay, UnitId},
    placements::{
        model::{Placement, Provider},
        rules::{CareTypeFacts, FamilyStay, Limits},
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        id::Kind as _,
        reach::beyond,
    },
    schema::{children, placements},
};

type FamilyRow = (Option<CarerFamilyId>, ChildId, Option<NaiveDate>, Option<NaiveDate>);
type FacilityRow = (
    (Option<FacilityId>, Option<UnitId>, ChildId, String),
    (Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>),
);

/// Families and facilities with everything that a new placement there is judged on. A placement
/// that was taken in counts for the next ones before it is written.
pub struct Homes {
    families: BTreeMap<CarerFamilyId, (CarerTerms, Vec<FamilyStay>)>,
    facilities: BTreeMap<FacilityId, (FacilityTerms, Vec<(ChildId, Stay)>)>,
}

impl Homes {
    /// Locks the providers of these placements, families first, each kind in the order of ids. The
    /// children are locked before.
    pub fn lock<'p>(
        tx: &mut Tx<'_>,
        placements: impl Iterator<Item = &'p Placement> + Clone,
    ) -> Result<Self> {
        let first = placements.clone().filter_map(|placement| placement.started_on).min();
        let first = first.unwrap_or(NaiveDate::MAX);
        let families: BTreeSet<CarerFamilyId> =
            placements.clone().filter_map(|placement| placement.provider.carer_family_id).collect();
        let facilities: BTreeSet<FacilityId> =
            placements.filter_map(|placement| placement.provider.facility_id).collect();
        let ids: Vec<CarerFamilyId> = families.into_iter().collect();
        let terms = carers::store::lock_all_terms(tx, &ids)?;
        let mut homes = Self { families: BTreeMap::new(), facilities: BTreeMap::new() };
        homes.families = terms.into_iter().map(|(id, terms)| (id, (terms, Vec::new()))).collect();
        for id in facilities {
            match facilities::store::lock(tx, id) {
                Ok(facility) => {
                    homes.facilities.insert(id, (facility.terms(), Vec::new()));
                }
                // Whoever names it is told.
                Err(Error::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        homes.read_families(tx.conn, first)?;
        homes.read_facilities(tx.conn, first)?;
        Ok(homes)
    }

    fn read_families(&mut self, conn: &mut PgConnection, from: NaiveDate) -> Result<()> {
        let ids: Vec<CarerFamilyId> = self.families.keys().copied().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let query = placements::table
            .filter(placements::carer_family_id.eq_any(ids))
            .filter(placements::state.eq_any(["active", "ended"]))
            .filter(placements::ended_on.is_null().or(placements::ended_on.gt(from)))
            .select((
                placements::carer_family_id,
                placements::child_id,
                placements::started_on,
                placements::ended_on,
            ));
        let rows: Vec<FamilyRow> = beyond(conn, |conn| Ok(query.load(conn)?))?;
        for (family, child, started_on, ended_on) in rows {
            let home = family.and_then(|family| self.families.get_mut(&family));
            if let (Some((_, stays)), Some(started_on)) = (home, started_on) {
                stays.push(FamilyStay { child, started_on, ended_on });
            }
        }
        Ok(())
    }

    fn read_facilities(&mut self, conn: &mut PgConnection, from: NaiveDate) -> Result<()> {
        let ids: Vec<FacilityId> = self.facilities.keys().copied().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let query = placements::table
            .inner_join(children::table)
            .filter(placements::facility_id.eq_any(ids))
            .filter(placements::until.gt(from))
            .select((
                (
                    placements::facility_id,
                    placements::facility_unit_id,
                    placements::child_id,
                    children::sex,
                ),
                (children::birth_date, placements::started_on, placements::ended_on),
            ));
        let rows: Vec<FacilityRow> = beyond(conn, |conn| Ok(query.load(conn)?))?;
        for ((facility, unit_id, child, sex), (birth_date, started_on, ended_on)) in rows {
            let home = facility.and_then(|facility| self.facilities.get_mut(&facility));
            if let (Some((_, stays)), Some(started_on)) = (home, started_on) {
                stays.push((child, Stay { unit_id, sex, birth_date, started_on, ended_on }));
            }
        }
        Ok(())
    }

    /// These families and facilities as they are, without locks: for asking, not for placing.
    pub fn unlocked(
        conn: &mut PgConnection,
        families: Vec<(CarerFamilyId, CarerTerms)>,
        facilities: impl IntoIterator<Item = (FacilityId, FacilityTerms)>,
        from: NaiveDate,
    ) -> Result<Self> {
        let families = families.into_iter().map(|(id, terms)| (id, (terms, Vec::new())));
        let facilities = facilities.into_iter().map(|(id, terms)| (id, (terms, Vec::new())));
        let mut homes = Self { families: families.collect(), facilities: facilities.collect() };
        homes.read_families(conn, from)?;
        homes.read_facilities(conn, from)?;
        Ok(homes)
    }

    /// Refuses a provider that may not take the child, or has no room for it; else the child counts
    /// there from now on.
    pub fn take_in(
        &mut self,
        conn: &mut PgConnection,
        file: &File,
        placement: &Placement,
        care_type: &CareTypeFacts,
    ) -> Result<()> {
        let newcomer = Newcomer::of(placement, &file.child, care_type);
        let limits = facts::limits(conn, newcomer.span.from)?;
        self.judge(&placement.provider, &newcomer, &file.siblings, limits)?;
        self.add(&placement.provider, &newcomer);
        Ok(())
    }

    /// Refuses a provider that may not take the child, or has no room for it.
    pub fn judge(
        &self,
        provider: &Provider,
        newcomer: &Newcomer<'_>,
        siblings: &BTreeSet<ChildId>,
        limits: Limits,
    ) -> Result<()> {
        let (child, span) = (newcomer.child.id, newcomer.span);
        if let Some(id) = provider.carer_family_id {
            let (terms, stays) = self
                .families
                .get(&id)
                .ok_or(Error::NotFound(carers::CarerFamily::NAME))
                .map_err(|error| provider::unknown(error, "/provider/carer_family_id"))?;
            return provider::family_takes(terms, stays, newcomer, siblings, limits);
        }
        let Some(id) = provider.facility_id else { return Ok(()) };
        let (terms, stays) = self
            .facilities
            .get(&id)
            .ok_or(Error::NotFound(facilities::Facility::NAME))
            .map_err(|error| provider::unknown(error, "/provider/facility_id"))?;
        let beside = |stay: &Stay| stay.ended_on.is_none_or(|end| end > span.from);
        let others: Vec<Stay> = stays
            .iter()
            .filter(|(other, stay)| *other != child && beside(stay))
            .map(|(_, stay)| stay.clone())
            .collect();
        provider::facility_takes(terms, &others, provider.facility_unit_id, newcomer)
    }

    /// Counts the child there from now on.
    pub fn add(&mut self, provider: &Provider, newcomer: &Newcomer<'_>) {
        let (child, span) = (newcomer.child.id, newcomer.span);
        let family = provider.carer_family_id.and_then(|id| self.families.get_mut(&id));
        if let Some((_, stays)) = family {
            stays.push(FamilyStay { child, started_on: span.from, ended_on: span.until });
        }
        let facility = provider.facility_id.and_then(|id| self.facilities.get_mut(&id));
        if let Some((_, stays)) = facility {
            stays.push((child, newcomer.stay(provider.facility_unit_id)));
        }
    }

    /// Takes back the last that was counted there.
    pub fn take_back(&mut self, provider: &Provider) {
        let family = provider.carer_family_id.and_then(|id| self.families.get_mut(&id));
        if let Some((_, stays)) = family {
            stays.pop();
        }
        let facility = provider.facility_id.and_then(|id| self.facilities.get_mut(&id));
        if let Some((_, stays)) = facility {
            stays.pop();
        }
    }

    /// The terms of a family.
    pub fn family(&self, id: CarerFamilyId) -> Option<&CarerTerms> {
        self.families.get(&id).map(|(terms, _)| terms)
    }

    /// The units that a facility has on a day.
    pub fn units_on(&self, id: FacilityId, day: NaiveDate) -> Vec<UnitId> {
        let terms = self.facilities.get(&id).map(|(terms, _)| terms);
        let capacity = terms.and_then(|terms| terms.capacity_on(day));
        capacity.into_iter().flat_map(|it| &it.units).map(|unit| unit.id).collect()
    }
}
