//! Queries and changes of carer families. None opens a transaction.
mod approvals;
mod availability;
mod household;
mod past;
mod reviews;
mod sealed;
mod search;
mod steps;

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use diesel::prelude::*;

pub use approvals::{approval, approvals, approve, list_approvals};
pub use availability::{CarerAvailability, availability, held_back, under_allegation};
pub use household::{add_check, add_checks, add_training};
pub use past::{FamilyFile, take_over, take_over_one};
pub use reviews::{list_reviews, record_review, review};
pub use sealed::KeptStatePeriod;
pub use search::{
    CarerFamilyFilter, CarerFamilyPage, CarerFamilySummary, CarerSort, ListedCarerFamily, list,
    total,
};
pub use steps::take;

use sealed::{SealedColumns, seal_reason};

use super::model::{
    Approval, CarerFamily, CarerFamilyId, CarerFamilyInclude, CarerFamilyPatch,
    CarerFamilyWithLists, CarerPersonDetails, CarerSex, CarerState, CarerStatePeriod, CarerTerms,
    NewCarerFamily, Stages,
};
use crate::{
    insert_rows, person_ids,
    platform::{
        check_digit::with_check,
        db::Tx,
        error::{Error, Found as _, Result},
        id::Kind as _,
        include::Include,
        journal::{self, Recorded},
        prepared,
        time::{AsOf, not_future},
        version::IfMatch,
    },
    reference::{areas, code_lists, organisations, parameters},
    schema::{carer_families, carer_state_changes},
};

diesel::define_sql_function! {
    /// The next number of a sequence.
    fn nextval(sequence: diesel::sql_types::Text) -> diesel::sql_types::BigInt;
}

person_ids!(carer_external_ids, carer_family_id: CarerFamily, "carer family");

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

/// The family as it was on a day, as far as the registry knew at an instant, with what is asked for of
/// the lists under it.
pub fn find_with(
    conn: &mut PgConnection,
    id: CarerFamilyId,
    asked: &Include<CarerFamilyWithLists>,
    when: AsOf,
) -> Result<CarerFamilyWithLists> {
    let family = find_at(conn, id, when.known_at)?;
    let record = match when.as_of {
        Some(day) => family.as_of(day).ok_or(Error::NotFound(CarerFamily::NAME))?,
        None => family,
    };
    let approvals = || approvals::all_approvals(conn, id, when.as_of, when.known_at);
    let approvals = asked.then(CarerFamilyInclude::Approvals, approvals)?;
    let reviews = || reviews::all_reviews(conn, id, when.as_of, when.known_at);
    let reviews = asked.then(CarerFamilyInclude::Reviews, reviews)?;
    Ok(CarerFamilyWithLists { record, approvals, reviews })
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

/// The same of several families, those that there are, locked in the order of their ids.
pub fn lock_all_terms(
    tx: &mut Tx<'_>,
    ids: &[CarerFamilyId],
) -> Result<Vec<(CarerFamilyId, CarerTerms)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let families = carer_families::table.filter(carer_families::id.eq_any(ids));
    let locked = families.order(carer_families::id).select(carer_families::id).for_update();
    locked.load::<CarerFamilyId>(tx.conn)?;
    // What is read once the locks are held stays as it is.
    all_terms(tx.conn, ids)
}

/// The same without locks: for asking, not for placing.
pub fn all_terms(
    conn: &mut PgConnection,
    ids: &[CarerFamilyId],
) -> Result<Vec<(CarerFamilyId, CarerTerms)>> {
    let families = carer_families::table.filter(carer_families::id.eq_any(ids));
    let stages: Vec<(CarerFamilyId, Stages)> =
        families.select((carer_families::id, Stages::as_select())).load(conn)?;
    let mut approvals: HashMap<CarerFamilyId, Vec<Approval>> = HashMap::new();
    for approval in approvals::of_families(conn, ids)? {
        approvals.entry(approval.carer_family_id).or_default().push(approval);
    }
    let terms = |(id, stages): (CarerFamilyId, Stages)| {
        let approvals = approvals.remove(&id).unwrap_or_default();
        (id, CarerTerms { states: stages.states, approvals })
    };
    Ok(stages.into_iter().map(terms).collect())
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
    let mut family = draft(tx, new)?;
    let today = parameters::today(tx.conn, tx.now)?;
    family.family_no = next_number(tx, today)?;
    let row = (&family, SealedColumns::of(tx, &family)?);
    diesel::insert_into(carer_families::table).values(row).execute(tx.conn)?;
    write_external_ids(tx, family.id, &family.external_ids, false)?;
    let families = std::slice::from_ref(&family);
    household::add_all_people(tx, families)?;
    save_all_states(tx, families)?;
    tx.created("registered", family)
}

/// A new family in its first state, judged, without its number.
fn draft(tx: &mut Tx<'_>, new: &NewCarerFamily) -> Result<CarerFamily> {
    let today = parameters::today(tx.conn, tx.now)?;
    let mut family = enquiry(new, today);
    family.organisation_id = organisations::store::responsible(tx, new.organisation_id)?;
    not_future("/enquired_on", family.state_since, today)?;
    let persons: Vec<_> = new.persons.iter().map(CarerPersonDetails::from).collect();
    family.persons = household::people(&[], &persons, today)?;
    family.check()?;
    check_references(tx.conn, &family, today)?;
    let first = CarerStatePeriod {
        state: family.state,
        valid_from: family.state_since,
        valid_to: None,
        reason: None,
        decision_no: None,
    };
    come_into(&mut family, first);
    Ok(family)
}

fn next_number(tx: &mut Tx<'_>, today: NaiveDate) -> Result<String> {
    let serial: i64 = diesel::select(nextval("carer_family_numbers")).get_result(tx.conn)?;
    Ok(with_check("CF", today.year(), serial))
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
    write_states(tx, &[(family.id, family.states.len(), &next)])?;
    come_into(family, next);
    Ok(())
}

/// The family has come into a state.
fn come_into(family: &mut CarerFamily, next: CarerStatePeriod) {
    if let Some(last) = family.states.last_mut() {
        last.valid_to = Some(next.valid_from);
    }
    (family.state, family.state_since) = (next.state, next.valid_from);
    family.states.push(next);
}

/// Writes all states of families that are new.
fn save_all_states(tx: &mut Tx<'_>, families: &[CarerFamily]) -> Result<()> {
    let states: Vec<_> = families
        .iter()
        .flat_map(|family| {
            family.states.iter().enumerate().map(|(place, state)| (family.id, place, state))
        })
        .collect();
    write_states(tx, &states)
}

fn write_states(
    tx: &mut Tx<'_>,
    states: &[(CarerFamilyId, usize, &CarerStatePeriod)],
) -> Result<()> {
    use carer_state_changes as columns;
    let mut rows = Vec::new();
    for (family, place, state) in states {
        let place = i32::try_from(*place).unwrap_or(i32::MAX);
        rows.push((
            columns::carer_family_id.eq(*family),
            columns::place.eq(place),
            columns::state.eq(state.state),
            columns::valid_from.eq(state.valid_from),
            columns::reason.eq(seal_reason(tx, *family, place, state.reason.as_ref())?),
            columns::decision_no.eq(state.decision_no.clone()),
        ));
    }
    insert_rows!(columns::table, tx.conn, rows);
    Ok(())
}
