//! Changes of a carer family's household: its people, their checks and training.
use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::{lock_seen, save_progress};
use crate::{
    carers::model::{
        CarerCheck, CarerFamily, CarerFamilyId, CarerPerson, CarerPersonDetails, CarerTraining,
        NewCarerCheck, NewCarerTraining,
    },
    insert_rows,
    platform::{
        db::Tx,
        error::{Error, Fault, Result},
        journal::Recorded,
        prepared,
        time::not_future,
        version::IfMatch,
    },
    reference::{code_lists, parameters},
    schema::{carer_checks, carer_persons, carer_trainings},
};

/// The household that is meant: people known by their id, and new ones.
pub(super) fn people(
    known: &[CarerPerson],
    details: &[CarerPersonDetails],
    today: NaiveDate,
) -> Result<Vec<CarerPerson>> {
    let mut people: Vec<CarerPerson> = Vec::with_capacity(details.len());
    for (index, person) in details.iter().enumerate() {
        not_future(&format!("/persons/{index}/birth_date"), person.birth_date, today)?;
        let of = |people: &[CarerPerson], id| people.iter().any(|person| person.id == id);
        if person.id.is_some_and(|id| !of(known, id) || of(&people, id)) {
            let pointer = format!("/persons/{index}/id");
            let detail = "must be the id of a person of this household, once";
            return Err(Error::Invalid(vec![Fault::new(pointer, "unknown_reference", detail)]));
        }
        people.push(CarerPerson {
            id: person.id.unwrap_or_else(Uuid::new_v4),
            role: person.role,
            given_name: person.given_name.clone(),
            family_name: person.family_name.clone(),
            birth_date: person.birth_date,
        });
    }
    Ok(people)
}

/// Writes the people of households that are new.
pub(super) fn add_all_people(tx: &mut Tx<'_>, families: &[CarerFamily]) -> Result<()> {
    let people: Vec<_> = families
        .iter()
        .flat_map(|family| {
            (0_i32..).zip(&family.persons).map(|(place, person)| (family.id, place, person))
        })
        .collect();
    add_people(tx, &people)
}

fn add_people(tx: &mut Tx<'_>, people: &[(CarerFamilyId, i32, &CarerPerson)]) -> Result<()> {
    use carer_persons as columns;
    let row = |(family, place, person): &(CarerFamilyId, i32, &CarerPerson)| {
        (
            columns::id.eq(person.id),
            columns::carer_family_id.eq(*family),
            columns::place.eq(*place),
            columns::role.eq(person.role),
            columns::given_name.eq(person.given_name.clone()),
            columns::family_name.eq(person.family_name.clone()),
            columns::birth_date.eq(person.birth_date),
        )
    };
    insert_rows!(columns::table, tx.conn, people.iter().map(row).collect::<Vec<_>>());
    Ok(())
}

fn change_person(tx: &mut Tx<'_>, place: i32, person: &CarerPerson) -> Result<()> {
    use carer_persons as columns;
    prepared::update(columns::table.find(person.id))
        .set((
            columns::place.eq(place),
            columns::role.eq(person.role),
            columns::given_name.eq(&person.given_name),
            columns::family_name.eq(&person.family_name),
            columns::birth_date.eq(person.birth_date),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Writes the household as it is now; who is in it no longer has left today.
pub(super) fn replace_people(
    tx: &mut Tx<'_>,
    before: &CarerFamily,
    after: &CarerFamily,
    today: NaiveDate,
) -> Result<()> {
    let gone: Vec<Uuid> = before
        .persons
        .iter()
        .map(|person| person.id)
        .filter(|id| after.persons.iter().all(|person| person.id != *id))
        .collect();
    if !gone.is_empty() {
        prepared::update(carer_persons::table.filter(carer_persons::id.eq_any(gone)))
            .set(carer_persons::left_on.eq(today))
            .execute(tx.conn)?;
    }
    for (place, person) in (0_i32..).zip(&after.persons) {
        if before.persons.iter().any(|known| known.id == person.id) {
            change_person(tx, place, person)?;
        } else {
            add_people(tx, &[(after.id, place, person)])?;
        }
    }
    Ok(())
}

/// Adds a check to a family that is still as the caller saw it.
pub fn add_check(
    tx: &mut Tx<'_>,
    id: CarerFamilyId,
    seen: &IfMatch,
    new: &NewCarerCheck,
) -> Result<Recorded<CarerFamily>> {
    add_checks(tx, id, seen, std::slice::from_ref(new))
}

/// Adds several checks as one change, as an import does.
pub fn add_checks(
    tx: &mut Tx<'_>,
    id: CarerFamilyId,
    seen: &IfMatch,
    new: &[NewCarerCheck],
) -> Result<Recorded<CarerFamily>> {
    let before = lock_seen(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut after = before.clone();
    let mut added = Vec::new();
    for new in new {
        added.push(checked(tx, &before, new, today)?);
    }
    write_checks(tx, &added.iter().map(|check| (id, check)).collect::<Vec<_>>())?;
    after.checks.extend(added);
    after.checks.sort_by_key(|check| (check.completed_on, check.id));
    save_progress(tx, &mut after)?;
    tx.changed("check_added", &before, after)
}

/// Writes all checks of families that are new.
pub(super) fn add_all_checks(tx: &mut Tx<'_>, families: &[CarerFamily]) -> Result<()> {
    let checks: Vec<_> = families
        .iter()
        .flat_map(|family| family.checks.iter().map(|check| (family.id, check)))
        .collect();
    write_checks(tx, &checks)
}

fn write_checks(tx: &mut Tx<'_>, checks: &[(CarerFamilyId, &CarerCheck)]) -> Result<()> {
    use carer_checks as columns;
    let row = |(family, check): &(CarerFamilyId, &CarerCheck)| {
        (
            columns::id.eq(check.id),
            columns::carer_family_id.eq(*family),
            columns::kind.eq(check.kind.clone()),
            columns::person_id.eq(check.person_id),
            columns::completed_on.eq(check.completed_on),
            columns::result.eq(check.result),
            columns::valid_until.eq(check.valid_until),
        )
    };
    insert_rows!(columns::table, tx.conn, checks.iter().map(row).collect::<Vec<_>>());
    Ok(())
}

/// The check, if it can be one of this household.
pub(super) fn checked(
    tx: &mut Tx<'_>,
    family: &CarerFamily,
    new: &NewCarerCheck,
    today: NaiveDate,
) -> Result<CarerCheck> {
    not_future("/completed_on", new.completed_on, today)?;
    code_lists::check(tx.conn, "carer_check_kind", "/kind", &new.kind, today)?;
    check_person(family, new.person_id)?;
    if let Some(until) = new.valid_until
        && until <= new.completed_on
    {
        return Err(Error::value("/valid_until", "out_of_order", "must be after completed_on"));
    }
    Ok(CarerCheck {
        id: Uuid::now_v7(),
        kind: new.kind.clone(),
        person_id: new.person_id,
        completed_on: new.completed_on,
        result: new.result,
        valid_until: new.valid_until,
    })
}

/// Adds training to a family that is still as the caller saw it.
pub fn add_training(
    tx: &mut Tx<'_>,
    id: CarerFamilyId,
    seen: &IfMatch,
    new: &NewCarerTraining,
) -> Result<Recorded<CarerFamily>> {
    let before = lock_seen(tx, id, seen)?;
    let training = trained(&before, new, parameters::today(tx.conn, tx.now)?)?;
    write_trainings(tx, &[(id, &training)])?;
    let mut after = before.clone();
    after.trainings.push(training);
    after.trainings.sort_by_key(|training| (training.completed_on, training.id));
    save_progress(tx, &mut after)?;
    tx.changed("training_added", &before, after)
}

/// The training, if it can be one of this household.
pub(super) fn trained(
    family: &CarerFamily,
    new: &NewCarerTraining,
    today: NaiveDate,
) -> Result<CarerTraining> {
    not_future("/completed_on", new.completed_on, today)?;
    check_person(family, new.person_id)?;
    Ok(CarerTraining {
        id: Uuid::now_v7(),
        programme: new.programme.clone(),
        kind: new.kind,
        person_id: new.person_id,
        hours: new.hours,
        completed_on: new.completed_on,
    })
}

/// Writes all training of families that are new.
pub(super) fn add_all_trainings(tx: &mut Tx<'_>, families: &[CarerFamily]) -> Result<()> {
    let trainings: Vec<_> = families
        .iter()
        .flat_map(|family| family.trainings.iter().map(|training| (family.id, training)))
        .collect();
    write_trainings(tx, &trainings)
}

fn write_trainings(tx: &mut Tx<'_>, trainings: &[(CarerFamilyId, &CarerTraining)]) -> Result<()> {
    use carer_trainings as columns;
    let row = |(family, training): &(CarerFamilyId, &CarerTraining)| {
        (
            columns::id.eq(training.id),
            columns::carer_family_id.eq(*family),
            columns::programme.eq(training.programme.clone()),
            columns::kind.eq(training.kind),
            columns::person_id.eq(training.person_id),
            columns::hours.eq(training.hours),
            columns::completed_on.eq(training.completed_on),
        )
    };
    insert_rows!(columns::table, tx.conn, trainings.iter().map(row).collect::<Vec<_>>());
    Ok(())
}

fn check_person(family: &CarerFamily, person: Option<Uuid>) -> Result<()> {
    if person.is_none_or(|id| family.persons.iter().any(|person| person.id == id)) {
        return Ok(());
    }
    Err(Error::value("/person_id", "unknown_reference", "is the id of nobody in this household"))
}
