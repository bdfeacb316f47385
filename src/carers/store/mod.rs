//! Queries and changes of carer families. None opens a transaction.
mod approvals;
mod availability;
mod household;
mod sealed;
mod search;
mod steps;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use diesel::prelude::*;

pub use approvals::{approval, approvals, approve, list_approvals};
pub use availability::{CarerAvailability, availability};
pub use household::{add_check, add_checks, add_training};
pub use sealed::KeptStatePeriod;
pub use search::{
    CarerFamilyFilter, CarerFamilyPage, CarerFamilySummary, CarerSort, ListedCarerFamily, list,
    total,
};
pub use steps::take;

use sealed::{SealedColumns, seal_reason};

use super::model::{
    CarerFamily, CarerFamilyId, CarerFamilyPatch, CarerPersonDetails, CarerSex, CarerState,
    CarerStatePeriod, CarerTerms, NewCarerFamily, Stages, not_future,
};
use crate::{
    external_ids,
    platform::{
        check_digit::with_check,
        db::Tx,
        error::{Found as _, Result},
        journal::{self, Recorded},
        prepared,
        version::IfMatch,
    },
    reference::{areas, code_lists, organisations, parameters},
    schema::{carer_families, carer_state_changes},
};

diesel::define_sql_function! {
    /// The next number of a sequence.
    fn nextval(sequence: diesel::sql_types::Text) -> diesel::sql_types::BigInt;
}

external_ids!(carer_external_ids, carer_family_id: CarerFamilyId, "carer family");

pub fn find(conn: &mut PgConnection, id: CarerFamilyId) -> Result<CarerFamily> {
    carer_families::table
        .find(id)
        .select(CarerFamily::as_select())
        .first(conn)
        .found::<CarerFamily>()
}

/// The family as the registry knew it at an instant, or as it knows it now.
pub fn find_at(
    conn: &mut PgConnection,
    id: CarerFamilyId,
    known_at: Option<DateTime<Utc>>,
) -> Result<CarerFamily> {
    match known_at {
        Some(at) => journal::known(conn, id.untyped(), at),
        None => find(conn, id),
    }
}

/// The family, kept from changing until the transaction ends. Every change of a family and of its
/// approvals takes this lock first, so that who holds it sees all of them.
fn lock(tx: &mut Tx<'_>, id: CarerFamilyId) -> Result<CarerFamily> {
    let row = carer_families::table.find(id).select((CarerFamily::as_select(), begun(id)));
    let (family, begun): (CarerFamily, Option<i64>) =
        row.for_update().first(tx.conn).found::<CarerFamily>()?;
    if begun == Some(family.version) { Ok(family) } else { find(tx.conn, id) }
}

/// What a placement with the family is judged on, kept from changing in the same way.
pub fn lock_terms(tx: &mut Tx<'_>, id: CarerFamilyId) -> Result<CarerTerms> {
    let of_family = carer_families::table.find(id);
    let (Stages { mut states, version }, begun): (Stages, Option<i64>) = of_family
        .select((Stages::as_select(), begun(id)))
        .for_update()
        .first(tx.conn)
        .found::<CarerFamily>()?;
    if begun != Some(version) {
        states = of_family.select(Stages::as_select()).first(tx.conn)?.states;
    }
    Ok(CarerTerms { states, approvals: approvals(tx.conn, id)? })
}

diesel::alias!(const BEGUN: Alias<Begun> = carer_families as begun);

/// The version of the family when the statement began. A statement that waits for a lock reads the
/// locked row as it has become meanwhile, but its parts as they were: they fit this version.
#[diesel::dsl::auto_type]
fn begun(id: CarerFamilyId) -> _ {
    let of_family = BEGUN.filter(BEGUN.field(carer_families::id).eq(id));
    of_family.select(BEGUN.field(carer_families::version)).single_value()
}

/// The family as the caller saw it, locked.
fn lock_seen(tx: &mut Tx<'_>, id: CarerFamilyId, seen: &IfMatch) -> Result<CarerFamily> {
    let family = lock(tx, id)?;
    seen.check(&family)?;
    Ok(family)
}

/// Registers a family that asks to become carers.
pub fn register(tx: &mut Tx<'_>, new: &NewCarerFamily) -> Result<Recorded<CarerFamily>> {
    let today = parameters::today(tx.conn, tx.now)?;
    let mut family = enquiry(new, today);
    family.organisation_id = organisations::store::responsible(tx, new.organisation_id)?;
    not_future("/enquired_on", family.state_since, today)?;
    let persons: Vec<_> = new.persons.iter().map(CarerPersonDetails::from).collect();
    family.persons = household::people(&[], &persons, today)?;
    family.check()?;
    check_references(tx.conn, &family, today)?;
    let serial: i64 = diesel::select(nextval("carer_family_numbers")).get_result(tx.conn)?;
    family.family_no = with_check("CF", today.year(), serial);
    let row = (&family, SealedColumns::of(tx, &family)?);
    diesel::insert_into(carer_families::table).values(row).execute(tx.conn)?;
    write_external_ids(tx, family.id, &family.external_ids, false)?;
    household::add_people(tx, family.id, &family.persons)?;
    let first = CarerStatePeriod {
        state: family.state,
        valid_from: family.state_since,
        valid_to: None,
        reason: None,
        decision_no: None,
    };
    add_state(tx, &mut family, first)?;
    tx.created("registered", family)
}

fn enquiry(new: &NewCarerFamily, today: NaiveDate) -> CarerFamily {
    CarerFamily {
        id: CarerFamilyId::generate(),
        family_no: String::new(),
        external_ids: new.external_ids.clone(),
        state: CarerState::Enquiry,
        state_since: new.enquired_on.unwrap_or(today),
        purposes: tidy(&new.purposes),
        organisation_id: None,
        area_code: new.area_code.clone(),
        address_lines: new.address_lines.clone(),
        locality: new.locality.clone(),
        postcode: new.postcode.clone(),
        lat: new.lat,
        lon: new.lon,
        languages: new.languages.clone(),
        preferred_age_min: new.preferred_age_min,
        preferred_age_max: new.preferred_age_max,
        preferred_sex: new.preferred_sex.unwrap_or(CarerSex::Any),
        sibling_group_max: new.sibling_group_max,
        accepts_disability: new.accepts_disability,
        disability_types: tidy(&new.disability_types),
        emergency: new.emergency,
        on_hold_from: None,
        on_hold_to: None,
        on_hold_reason: None,
        supported_by_centre: new.supported_by_centre,
        persons: Vec::new(),
        checks: Vec::new(),
        trainings: Vec::new(),
        states: Vec::new(),
        version: 1,
    }
}

/// Changes a family that is still as the caller saw it.
pub fn change(
    tx: &mut Tx<'_>,
    id: CarerFamilyId,
    seen: &IfMatch,
    patch: &CarerFamilyPatch,
) -> Result<Recorded<CarerFamily>> {
    let before = lock_seen(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut after = before.clone();
    patch.apply(&mut after);
    after.purposes = tidy(&after.purposes);
    after.disability_types = tidy(&after.disability_types);
    if let Some(persons) = &patch.persons {
        after.persons = household::people(&before.persons, persons, today)?;
    }
    after.check()?;
    check_references(tx.conn, &after, today)?;
    if patch.persons.is_some() {
        household::replace_people(tx, &before, &after, today)?;
        after = find(tx.conn, id).map(|read| CarerFamily {
            checks: read.checks,
            trainings: read.trainings,
            ..after
        })?;
    }
    if before.external_ids != after.external_ids {
        write_external_ids(tx, id, &after.external_ids, true)?;
    }
    save(tx, &mut after)?;
    tx.changed("changed", &before, after)
}

/// Each code once, in order.
fn tidy(codes: &[String]) -> Vec<String> {
    let mut codes = codes.to_vec();
    codes.sort();
    codes.dedup();
    codes
}

fn check_references(conn: &mut PgConnection, family: &CarerFamily, today: NaiveDate) -> Result<()> {
    areas::check(conn, "/area_code", &family.area_code)?;
    let purposes = family.purposes.iter().map(|code| ("carer_purpose", "/purposes", code));
    let disabilities =
        family.disability_types.iter().map(|code| ("disability", "/disability_types", code));
    let codes: Vec<_> = purposes
        .chain(disabilities)
        .map(|(list, pointer, code)| (list, pointer.to_owned(), code.as_str()))
        .collect();
    code_lists::check_all(conn, &codes, today)
}

/// Writes the family's own row as its next version.
fn save(tx: &mut Tx<'_>, family: &mut CarerFamily) -> Result<()> {
    family.version += 1;
    let row = (&*family, SealedColumns::of(tx, family)?);
    prepared::update(carer_families::table.find(family.id)).set(row).execute(tx.conn)?;
    Ok(())
}

/// Writes how far the family has come, of its own row, as its next version; the rest stays as it was.
fn save_progress(tx: &mut Tx<'_>, family: &mut CarerFamily) -> Result<()> {
    family.version += 1;
    prepared::update(carer_families::table.find(family.id))
        .set((
            carer_families::state.eq(family.state),
            carer_families::state_since.eq(family.state_since),
            carer_families::version.eq(family.version),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Adds the state that the family has come into; its own row is the caller's to write.
fn add_state(tx: &mut Tx<'_>, family: &mut CarerFamily, next: CarerStatePeriod) -> Result<()> {
    let place = i32::try_from(family.states.len()).unwrap_or(i32::MAX);
    let reason = seal_reason(tx, family.id, place, next.reason.as_ref())?;
    diesel::insert_into(carer_state_changes::table)
        .values((
            carer_state_changes::carer_family_id.eq(family.id),
            carer_state_changes::place.eq(place),
            carer_state_changes::state.eq(next.state),
            carer_state_changes::valid_from.eq(next.valid_from),
            carer_state_changes::reason.eq(reason),
            carer_state_changes::decision_no.eq(&next.decision_no),
        ))
        .execute(tx.conn)?;
    if let Some(last) = family.states.last_mut() {
        last.valid_to = Some(next.valid_from);
    }
    (family.state, family.state_since) = (next.state, next.valid_from);
    family.states.push(next);
    Ok(())
}
