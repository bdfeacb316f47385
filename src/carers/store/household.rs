//! Changes of a carer family's household: its people, their checks and training.
use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::{lock_seen, save_progress};
use crate::{
    carers::model::{
        CarerCheck, CarerFamily, CarerFamilyId, CarerPerson, CarerPersonDetails, CarerTraining,
        NewCarerCheck, NewCarerTraining, not_future,
    },
    platform::{
        db::Tx,
        error::{Error, Fault, Result},
        journal::Recorded,
        prepared,
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

/// Writes the people of a household that is new.
pub(super) fn add_people(
    tx: &mut Tx<'_>,
    family: CarerFamilyId,
    people: &[CarerPerson],
) -> Result<()> {
    for (place, person) in (0_i32..).zip(people) {
        add_person(tx, family, place, person)?;
    }
    Ok(())
}

fn add_person(
    tx: &mut Tx<'_>,
    family: CarerFamilyId,
    place: i32,
    person: &CarerPerson,
) -> Result<()> {
    use carer_persons as columns;
    diesel::insert_into(columns::table)
        .values((
            columns::id.eq(person.id),
            columns::carer_family_id.eq(family),
            columns::place.eq(place),
            columns::role.eq(person.role),
            columns::given_name.eq(&person.given_name),
            columns::family_name.eq(&person.family_name),
            columns::birth_date.eq(person.birth_date),
        ))
        .execute(tx.conn)?;
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
            add_person(tx, after.id, place, person)?;
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
    let mut rows = Vec::new();
    for new in new {
        let check = checked(tx, &before, new, today)?;
        rows.push((
            carer_checks::id.eq(check.id),
            carer_checks::carer_family_id.eq(id),
            carer_checks::kind.eq(check.kind.clone()),
            carer_checks::person_id.eq(check.person_id),
            carer_checks::completed_on.eq(check.completed_on),
            carer_checks::result.eq(check.result),
            carer_checks::valid_until.eq(check.valid_until),
        ));
        after.checks.push(check);
    }
    diesel::insert_into(carer_checks::table).values(rows).execute(tx.conn)?;
    after.checks.sort_by_key(|check| (check.completed_on, check.id));
    save_progress(tx, &mut after)?;
    tx.changed("check_added", &before, after)
}

/// The check, if it can be one of this household.
fn checked(
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
    let today = parameters::today(tx.conn, tx.now)?;
    not_future("/completed_on", new.completed_on, today)?;
    check_person(&before, new.person_id)?;
    let training = CarerTraining {
        id: Uuid::now_v7(),
        programme: new.programme.clone(),
        kind: new.kind,
        person_id: new.person_id,
        hours: new.hours,
        completed_on: new.completed_on,
    };
    diesel::insert_into(carer_trainings::table)
        .values((
            carer_trainings::id.eq(training.id),
            carer_trainings::carer_family_id.eq(id),
            carer_trainings::programme.eq(&training.programme),
            carer_trainings::kind.eq(training.kind),
            carer_trainings::person_id.eq(training.person_id),
            carer_trainings::hours.eq(training.hours),
            carer_trainings::completed_on.eq(training.completed_on),
        ))
        .execute(tx.conn)?;
    let mut after = before.clone();
    after.trainings.push(training);
    after.trainings.sort_by_key(|training| (training.completed_on, training.id));
    save_progress(tx, &mut after)?;
    tx.changed("training_added", &before, after)
}

fn check_person(family: &CarerFamily, person: Option<Uuid>) -> Result<()> {
    if person.is_none_or(|id| family.persons.iter().any(|person| person.id == id)) {
        return Ok(());
    }
    Err(Error::value("/person_id", "unknown_reference", "is the id of nobody in this household"))
}
