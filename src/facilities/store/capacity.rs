//! Capacities of a facility and their history.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::{lock, occupancy, save};
use crate::{
    facilities::model::{
        Capacity, CapacityRequest, Facility, FacilityId, Occupants, Overfull, Stay, Unit, UnitId,
    },
    platform::{
        db::Tx,
        error::{Error, Fault, Result},
        journal::Recorded,
        rule::Refusal,
        time::within,
        version::IfMatch,
    },
    schema::{facility_capacities as table, facility_units},
};

#[derive(Insertable)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
struct CapacityRow {
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    total: i32,
    by_age_band: Value,
    by_sex: Value,
    units: Value,
}

impl TryFrom<&Capacity> for CapacityRow {
    type Error = serde_json::Error;

    fn try_from(capacity: &Capacity) -> Result<Self, serde_json::Error> {
        Ok(Self {
            valid_from: capacity.valid_from,
            valid_to: capacity.valid_to,
            total: capacity.total,
            by_age_band: serde_json::to_value(&capacity.by_age_band)?,
            by_sex: serde_json::to_value(capacity.by_sex)?,
            units: serde_json::to_value(&capacity.units)?,
        })
    }
}

/// Sets the capacity from a day on, until the next one that is set already. It may not fall below
/// the children who live there on any of these days (`FA-02`).
pub fn set_capacity(
    tx: &mut Tx<'_>,
    id: FacilityId,
    seen: &IfMatch,
    request: &CapacityRequest,
) -> Result<Recorded<Facility>> {
    let before = lock(tx, id)?;
    seen.check(&before)?;
    request.check()?;
    let new = Capacity {
        valid_from: request.valid_from,
        valid_to: next_after(&before.capacities, request.valid_from),
        total: request.total,
        by_age_band: request.by_age_band.clone(),
        by_sex: request.by_sex,
        units: units(tx, id, request)?,
    };
    refuse_overfull(&new, &occupancy::stays(tx.conn, id, new.valid_from)?)?;
    let mut after = before.clone();
    after.capacities = write(tx, id, before.capacities.clone(), new)?;
    save(tx, "capacity_set", &before, after)
}

fn next_after(capacities: &[Capacity], day: NaiveDate) -> Option<NaiveDate> {
    capacities.iter().map(|capacity| capacity.valid_from).filter(|from| *from > day).min()
}

/// The units with their ids: known ones keep theirs, new ones get one.
fn units(tx: &mut Tx<'_>, id: FacilityId, request: &CapacityRequest) -> Result<Vec<Unit>> {
    let known: BTreeSet<UnitId> = facility_units::table
        .filter(facility_units::facility_id.eq(id))
        .select(facility_units::id)
        .load(tx.conn)?
        .into_iter()
        .collect();
    let mut units = Vec::new();
    for (index, unit) in request.units.iter().enumerate() {
        let unit_id = match unit.id {
            Some(unit_id) if known.contains(&unit_id) => unit_id,
            Some(_) => {
                let detail = "is the id of no unit of this facility";
                let fault = Fault::new(format!("/units/{index}/id"), "unknown_reference", detail);
                return Err(Error::Invalid(vec![fault]));
            }
            None => {
                let new = UnitId::generate();
                diesel::insert_into(facility_units::table)
                    .values((facility_units::id.eq(new), facility_units::facility_id.eq(id)))
                    .execute(tx.conn)?;
                new
            }
        };
        units.push(Unit { id: unit_id, name: unit.name.clone(), places: unit.places });
    }
    Ok(units)
}

/// Judges the first day, and each later day of the capacity on which a child moved in.
fn refuse_overfull(new: &Capacity, stays: &[Stay]) -> Result<()> {
    let mut days: BTreeSet<NaiveDate> = stays.iter().map(|stay| stay.started_on).collect();
    days.insert(new.valid_from);
    for day in days.into_iter().filter(|day| within(*day, new.valid_from, new.valid_to)) {
        if let Some(over) = new.exceeded_by(&Occupants::on(day, stays)) {
            return Err(below_occupancy(over, day).into());
        }
    }
    Ok(())
}

fn below_occupancy(over: Overfull, day: NaiveDate) -> Refusal {
    let detail = "more children live there than the new capacity allows: it can only be lowered \
                  after they have moved; until then it can be a target of a transformation plan";
    Refusal::conflict("FA-02", detail)
        .fact("limit", over.limit)
        .fact("occupied", over.occupied)
        .fact("capacity", over.capacity)
        .fact("on", day)
}

/// Writes the capacity between its neighbours: the one before ends where it begins, and one that
/// begins on the same day is replaced.
fn write(
    tx: &mut Tx<'_>,
    id: FacilityId,
    mut capacities: Vec<Capacity>,
    new: Capacity,
) -> Result<Vec<Capacity>> {
    let of_facility = table::table.filter(table::facility_id.eq(id));
    let row = CapacityRow::try_from(&new).map_err(Error::internal)?;
    let at = capacities.iter().position(|old| within(new.valid_from, old.valid_from, old.valid_to));
    match at.and_then(|at| capacities.get_mut(at)) {
        Some(old) if old.valid_from == new.valid_from => {
            diesel::update(of_facility.filter(table::valid_from.eq(new.valid_from)))
                .set((
                    table::total.eq(row.total),
                    table::by_age_band.eq(&row.by_age_band),
                    table::by_sex.eq(&row.by_sex),
                    table::units.eq(&row.units),
                ))
                .execute(tx.conn)?;
            *old = new;
            return Ok(capacities);
        }
        Some(old) => {
            diesel::update(of_facility.filter(table::valid_from.eq(old.valid_from)))
                .set(table::valid_to.eq(new.valid_from))
                .execute(tx.conn)?;
            old.valid_to = Some(new.valid_from);
        }
        None => {}
    }
    diesel::insert_into(table::table)
        .values((table::id.eq(Uuid::now_v7()), table::facility_id.eq(id), &row))
        .execute(tx.conn)?;
    capacities.push(new);
    capacities.sort_by_key(|capacity| capacity.valid_from);
    Ok(capacities)
}
