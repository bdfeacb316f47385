//! Writing what happens to institutions.
use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Writer, lost};
use crate::{
    facilities::{
        AcceptedSex, CapacityRequest, Facility, FacilityAccepts, FacilityRegistration,
        FacilityStep, FacilityStepRequest, LargeFacilityException, NewFacility, NewInspection,
        NewUnit, PlacesBySex, UnitId, store,
    },
    platform::{db::Tx, error::Result, version::IfMatch},
    seed::{
        dice::after,
        plan::{FacilityMeasure, Home, Ix, Places, Visit},
    },
};

impl Writer<'_> {
    /// A facility that was there before the registry: applied for, inspected, registered.
    pub(super) fn open(&mut self, tx: &mut Tx<'_>, facility: Ix) -> Result<()> {
        let plan = self.plan;
        let home = plan.homes.at(facility);
        let record = store::apply(tx, &self.application(home, facility), true)?.into_value();
        let day = after(home.opened, 30);
        let record = step(tx, &record, FacilityStep::Inspect, day, None)?;
        let registration = FacilityRegistration {
            on: after(day, 60),
            number: self.decision(day).replace("560", "SZ"),
            granted_by: self.country.national,
            valid_from: None,
            valid_to: None,
            conditions: None,
            reason: None,
            decision_no: None,
        };
        let record = store::register(tx, record.id, &IfMatch::of(&record), &registration)?;
        self.facilities.insert(facility, record.into_value());
        self.capacity(tx, facility, &home.first)
    }

    fn application(&self, home: &Home, facility: Ix) -> NewFacility {
        let operators = &self.country.providers;
        let operator = operators.get(facility % operators.len().max(1)).copied();
        NewFacility {
            external_ids: Vec::new(),
            name: home.name.clone(),
            facility_type: home.facility_type.to_owned(),
            ownership: if facility % 7 == 3 { "ngo" } else { "own_authority" }.to_owned(),
            operator_id: operator.unwrap_or(self.country.national),
            area_code: self.area_code(home.home),
            address: Some(home.address.clone()),
            lat: Some(home.lat),
            lon: Some(home.lon),
            applied_on: Some(home.opened),
            opened_on: Some(home.opened),
            accepts: FacilityAccepts {
                age_min: home.age_min,
                age_max: home.age_max,
                sex: AcceptedSex::Any,
                disability: home.disability,
                emergency: home.emergency,
                siblings: true,
            },
            statement_of_purpose: None,
            large_facility_exception: Some(LargeFacilityException {
                justification: "The institution is older than the ban on new ones.".to_owned(),
                decision_no: format!("550-{facility:03}/2001"),
            }),
        }
    }

    pub(super) fn area_code(&self, home: usize) -> String {
        self.plan.towns.get(home).map_or_else(|| "RS".to_owned(), |town| town.code.clone())
    }

    pub(super) fn capacity(
        &mut self,
        tx: &mut Tx<'_>,
        facility: Ix,
        places: &Places,
    ) -> Result<()> {
        let record = self.facilities.get(&facility).ok_or_else(|| lost("facility"))?;
        let number = |places: usize| i32::try_from(places).unwrap_or(0);
        let unit = |(unit, beds): &(usize, usize)| NewUnit {
            id: unit_of(record, *unit),
            name: unit_name(*unit),
            places: number(*beds),
        };
        let mut by_age_band = BTreeMap::new();
        if places.over_two_only {
            by_age_band.insert("0-2".to_owned(), 0);
        }
        let request = CapacityRequest {
            valid_from: places.from,
            total: number(places.total),
            by_age_band,
            by_sex: PlacesBySex {
                female: places.female.map(number),
                male: places.male.map(number),
            },
            units: places.units.iter().map(unit).collect(),
        };
        let made = store::set_capacity(tx, record.id, &IfMatch::of(record), &request)?;
        self.facilities.insert(facility, made.into_value());
        Ok(())
    }

    pub(super) fn measure(
        &mut self,
        tx: &mut Tx<'_>,
        facility: Ix,
        measure: FacilityMeasure,
    ) -> Result<()> {
        if let FacilityMeasure::BeginClosing(on) = measure {
            self.transform(tx, facility, on)?;
        }
        if let FacilityMeasure::Close(on) = measure {
            self.plan_the_rest(tx, facility, on)?;
        }
        let record = self.facilities.get(&facility).ok_or_else(|| lost("facility"))?;
        let (taken, on) = match measure {
            FacilityMeasure::StopAdmissions(on) => (FacilityStep::StopAdmissions, on),
            FacilityMeasure::BeginClosing(on) => (FacilityStep::BeginClosing, on),
            FacilityMeasure::Close(on) => (FacilityStep::Close, on),
        };
        let reason = "Transformation plan: children live in families.";
        let made = step(tx, record, taken, on, Some(reason))?;
        self.facilities.insert(facility, made);
        if let FacilityMeasure::Close(on) = measure {
            self.transformed(tx, facility, on)?;
        }
        Ok(())
    }

    pub(super) fn inspect(
        &mut self,
        tx: &mut Tx<'_>,
        facility: Ix,
        visit: Visit,
        on: NaiveDate,
    ) -> Result<()> {
        let record = self.facilities.get(&facility).ok_or_else(|| lost("facility"))?;
        let new = NewInspection {
            kind: if visit.announced { "scheduled" } else { "unannounced" }.to_owned(),
            inspected_on: on,
            body: "Inspekcija socijalne zaštite".to_owned(),
            children_spoken_to: visit.spoken_to,
            findings: if visit.good {
                "All standards are met."
            } else {
                "Too few carers at night; records of two stays incomplete."
            }
            .to_owned(),
            rating: Some(if visit.good { "good" } else { "requires_improvement" }.to_owned()),
            actions: (!visit.good).then(|| "A second carer on every night shift.".to_owned()),
            due_on: (!visit.good).then(|| after(on, 90)),
        };
        let _recorded = store::record_inspection(tx, record.id, &new)?;
        Ok(())
    }
}

fn step(
    tx: &mut Tx<'_>,
    record: &Facility,
    step: FacilityStep,
    on: NaiveDate,
    reason: Option<&str>,
) -> Result<Facility> {
    let request =
        FacilityStepRequest { on, reason: reason.map(ToOwned::to_owned), decision_no: None };
    Ok(store::take_step(tx, record.id, &IfMatch::of(record), step, &request)?.into_value())
}

fn unit_name(unit: usize) -> String {
    format!("Kuća {}", unit + 1)
}

/// The id of a unit, by its name in the last capacity that has it.
pub fn unit_of(record: &Facility, unit: usize) -> Option<UnitId> {
    let name = unit_name(unit);
    let units = record.capacities.iter().rev().flat_map(|capacity| &capacity.units);
    units.into_iter().find(|known| known.name == name).map(|known| known.id)
}
