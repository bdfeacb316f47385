//! Queries and changes of facilities. None opens a transaction, so any can be part of a larger one.
mod capacity;
mod closing;
mod inspections;
mod occupancy;
mod search;
mod staffing;
mod steps;
mod stops;
mod terms;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use diesel::prelude::*;

pub use capacity::set_capacity;
pub use inspections::{find_inspection, inspections, read_with, record_inspection};
pub use occupancy::{living_there, occupancy, stays};
pub use search::{FacilityFilter, list, total};
pub use staffing::{find_staff, record_staff, staff_snapshots};
pub use steps::{register, take_step};
pub use stops::{lift_stop, stop_admissions_from};
pub use terms::{terms, terms_of};

use super::model::{
    AcceptedSex, Facility, FacilityAccepts, FacilityId, FacilityPatch, FacilityState,
    FacilityTerms, LargeFacilityException, NewFacility, StatePeriod, check_whole,
};
use crate::{
    external_ids,
    platform::{
        check_digit,
        db::Tx,
        error::{Error, Found as _, Result},
        external_id::{self, ExternalId, KeptExternalId},
        gathered::{Gathered, Parts},
        id::Kind as _,
        journal::{self, Recorded},
        rule::Refusal,
        time::{AsOf, not_future},
        version::IfMatch,
    },
    reference::{
        areas, code_lists,
        organisations::{self, OrganisationId},
        parameters,
    },
    schema::facilities,
};

/// The types that nobody may open anew without the national authority's exception.
const LARGE: [&str; 2] = ["institution_large", "infant_home"];

diesel::define_sql_function! {
    fn nextval(sequence: diesel::sql_types::Text) -> diesel::sql_types::BigInt;
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = facilities, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
struct FacilityRow {
    id: FacilityId,
    facility_no: String,
    #[diesel(select_expression = external_id::gathered("facility_external_ids", "facility_id", "facilities"))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<KeptExternalId>)]
    #[diesel(skip_insertion, skip_update)]
    external_ids: Vec<ExternalId>,
    name: String,
    facility_type: String,
    ownership: String,
    operator_id: OrganisationId,
    area_code: String,
    address: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    opened_on: Option<NaiveDate>,
    closed_on: Option<NaiveDate>,
    accepts_age_min: i32,
    accepts_age_max: i32,
    accepts_sex: AcceptedSex,
    accepts_disability: bool,
    accepts_emergency: bool,
    accepts_siblings: bool,
    statement_of_purpose: Option<String>,
    large_exception_justification: Option<String>,
    large_exception_decision_no: Option<String>,
    state: FacilityState,
    version: i64,
}

impl FacilityRow {
    fn of(facility: &Facility) -> Self {
        let Facility { accepts, large_facility_exception: exception, .. } = facility;
        Self {
            id: facility.id,
            facility_no: facility.facility_no.clone(),
            external_ids: facility.external_ids.clone(),
            name: facility.name.clone(),
            facility_type: facility.facility_type.clone(),
            ownership: facility.ownership.clone(),
            operator_id: facility.operator_id,
            area_code: facility.area_code.clone(),
            address: facility.address.clone(),
            lat: facility.lat,
            lon: facility.lon,
            opened_on: facility.opened_on,
            closed_on: facility.closed_on,
            accepts_age_min: accepts.age_min,
            accepts_age_max: accepts.age_max,
            accepts_sex: accepts.sex,
            accepts_disability: accepts.disability,
            accepts_emergency: accepts.emergency,
            accepts_siblings: accepts.siblings,
            statement_of_purpose: facility.statement_of_purpose.clone(),
            large_exception_justification: exception.as_ref().map(|it| it.justification.clone()),
            large_exception_decision_no: exception.as_ref().map(|it| it.decision_no.clone()),
            state: facility.state,
            version: facility.version,
        }
    }

    fn accepts(&self) -> FacilityAccepts {
        FacilityAccepts {
            age_min: self.accepts_age_min,
            age_max: self.accepts_age_max,
            sex: self.accepts_sex,
            disability: self.accepts_disability,
            emergency: self.accepts_emergency,
            siblings: self.accepts_siblings,
        }
    }

    fn with(self, terms: FacilityTerms) -> Facility {
        let accepts = self.accepts();
        let exception = self.large_exception_justification.zip(self.large_exception_decision_no);
        Facility {
            id: self.id,
            facility_no: self.facility_no,
            external_ids: self.external_ids,
            name: self.name,
            facility_type: self.facility_type,
            ownership: self.ownership,
            operator_id: self.operator_id,
            area_code: self.area_code,
            address: self.address,
            lat: self.lat,
            lon: self.lon,
            opened_on: self.opened_on,
            closed_on: self.closed_on,
            accepts,
            statement_of_purpose: self.statement_of_purpose,
            large_facility_exception: exception.map(|(justification, decision_no)| {
                LargeFacilityException { justification, decision_no }
            }),
            state: self.state,
            states: terms.states,
            registrations: terms.registrations,
            admissions_stops: terms.stops,
            capacities: terms.capacities,
            version: self.version,
        }
    }
}

external_ids!(facility_external_ids, facility_id: FacilityId, "facility");

pub fn find(conn: &mut PgConnection, id: FacilityId) -> Result<Facility> {
    let row: FacilityRow = facilities::table
        .find(id)
        .select(FacilityRow::as_select())
        .first(conn)
        .found::<Facility>()?;
    Ok(row.with(terms(conn, id)?))
}

/// The facility, held against all other changes of it and all placements in it until the
/// transaction ends. Refuses whoever wants to change it from elsewhere.
pub fn lock(tx: &mut Tx<'_>, id: FacilityId) -> Result<Facility> {
    let row: FacilityRow = facilities::table
        .find(id)
        .for_update()
        .select(FacilityRow::as_select())
        .first(tx.conn)
        .found::<Facility>()?;
    let facility = row.with(terms(tx.conn, id)?);
    place(tx, &facility)?;
    Ok(facility)
}

/// Refuses whoever wants to work on it from elsewhere.
pub fn place(tx: &Tx<'_>, facility: &Facility) -> Result<()> {
    tx.place(Facility::NAME, facility.operator_id.untyped(), &facility.area_code)
}

/// The facility as it was on a day, as the registry knew it at an instant; as it is now unless said.
pub fn read(
    conn: &mut PgConnection,
    id: FacilityId,
    at: AsOf,
    now: DateTime<Utc>,
) -> Result<Facility> {
    let facility = match at.known_at {
        Some(known_at) if known_at > now => {
            return Err(Error::query("known_at", "future", "must not lie in the future"));
        }
        // Nothing was known before there were computers, nor does PostgreSQL know all such years.
        Some(known_at) if known_at.year() < 1900 => return Err(Error::NotFound("facility")),
        Some(known_at) => journal::known::<Facility>(conn, id.untyped(), known_at)?,
        None => find(conn, id)?,
    };
    at.as_of.map_or(Ok(facility.clone()), |day| facility.on(day))
}

/// Enters an application for registration. `may_except` says whether the caller may decide about new
/// large institutions and infant homes (`FA-04`).
pub fn apply(tx: &mut Tx<'_>, new: &NewFacility, may_except: bool) -> Result<Recorded<Facility>> {
    let today = parameters::today(tx.conn, tx.now)?;
    let applied_on = new.applied_on.unwrap_or(today);
    not_future("/applied_on", applied_on, today)?;
    let period = StatePeriod::begin(FacilityState::Application, applied_on);
    let exception = new.large_facility_exception.clone();
    let mut facility = Facility {
        id: FacilityId::generate(),
        facility_no: String::new(),
        external_ids: new.external_ids.clone(),
        name: new.name.clone(),
        facility_type: new.facility_type.clone(),
        ownership: new.ownership.clone(),
        operator_id: new.operator_id,
        area_code: new.area_code.clone(),
        address: new.address.clone(),
        lat: new.lat,
        lon: new.lon,
        opened_on: new.opened_on,
        closed_on: None,
        accepts: new.accepts.clone(),
        statement_of_purpose: new.statement_of_purpose.clone(),
        large_facility_exception: exception.clone().filter(|_| is_large(&new.facility_type)),
        state: period.state,
        states: vec![period.clone()],
        registrations: Vec::new(),
        admissions_stops: Vec::new(),
        capacities: Vec::new(),
        version: 1,
    };
    check(tx.conn, &facility, today)?;
    place(tx, &facility)?;
    if is_large(&new.facility_type) {
        refuse_large(&facility.facility_type, exception.is_some(), may_except)?;
    }
    let serial: i64 = diesel::select(nextval("facility_numbers")).get_result(tx.conn)?;
    facility.facility_no = check_digit::with_check("FA", today.year(), serial);
    diesel::insert_into(facilities::table).values(FacilityRow::of(&facility)).execute(tx.conn)?;
    write_external_ids(tx, facility.id, &facility.external_ids, false)?;
    steps::add_period(tx, facility.id, &period)?;
    tx.created("applied", facility)
}

/// Changes a facility that is still as the caller saw it.
pub fn change(
    tx: &mut Tx<'_>,
    id: FacilityId,
    seen: &IfMatch,
    patch: &FacilityPatch,
    may_except: bool,
) -> Result<Recorded<Facility>> {
    let before = lock(tx, id)?;
    seen.check(&before)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut after = patched(&before, patch);
    check(tx.conn, &after, today)?;
    if is_large(&after.facility_type) && after.facility_type != before.facility_type {
        let exception = patch.large_facility_exception.clone();
        refuse_large(&after.facility_type, exception.is_some(), may_except)?;
        after.large_facility_exception = exception;
    }
    if before.external_ids != after.external_ids {
        write_external_ids(tx, id, &after.external_ids, true)?;
    }
    save(tx, "changed", &before, after)
}

/// Writes the facility's own row under its next version, and the journal's entry.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &Facility,
    mut after: Facility,
) -> Result<Recorded<Facility>> {
    // Nobody moves one out of reach either.
    place(tx, &after)?;
    after.version = before.version + 1;
    diesel::update(facilities::table.find(after.id))
        .set(FacilityRow::of(&after))
        .execute(tx.conn)?;
    tx.changed(event, before, after)
}

fn patched(before: &Facility, patch: &FacilityPatch) -> Facility {
    let mut after = before.clone();
    let texts = [
        (&mut after.name, &patch.name),
        (&mut after.facility_type, &patch.facility_type),
        (&mut after.ownership, &patch.ownership),
        (&mut after.area_code, &patch.area_code),
    ];
    for (member, given) in texts {
        if let Some(given) = given {
            member.clone_from(given);
        }
    }
    after.operator_id = patch.operator_id.unwrap_or(after.operator_id);
    after.lat = patch.lat.unwrap_or(after.lat);
    after.lon = patch.lon.unwrap_or(after.lon);
    after.opened_on = patch.opened_on.unwrap_or(after.opened_on);
    if let Some(ids) = &patch.external_ids {
        after.external_ids.clone_from(ids);
    }
    if let Some(address) = &patch.address {
        after.address.clone_from(address);
    }
    if let Some(statement) = &patch.statement_of_purpose {
        after.statement_of_purpose.clone_from(statement);
    }
    if let Some(accepts) = &patch.accepts {
        after.accepts = accepts.apply(&after.accepts);
    }
    after
}

/// Refuses what refers to nothing or fits together badly.
fn check(conn: &mut PgConnection, facility: &Facility, today: NaiveDate) -> Result<()> {
    check_whole(&facility.accepts, facility.lat, facility.lon)?;
    external_id::check_whole(&facility.external_ids)?;
    code_lists::check(conn, "facility_type", "/facility_type", &facility.facility_type, today)?;
    code_lists::check(conn, "ownership", "/ownership", &facility.ownership, today)?;
    areas::check(conn, "/area_code", &facility.area_code)?;
    organisations::store::check(conn, "/operator_id", facility.operator_id)
}

fn is_large(facility_type: &str) -> bool {
    LARGE.contains(&facility_type)
}

fn refuse_large(facility_type: &str, reasoned: bool, may_except: bool) -> Result<()> {
    if reasoned && may_except {
        return Ok(());
    }
    let detail = "large institutions and infant homes are not opened any more: only the national \
                  authority can make an exception, with its reasons and the number of its decision \
                  in large_facility_exception";
    let refusal = Refusal::conflict("FA-04", detail);
    Err(refusal
        .fact("facility_type", facility_type)
        .fact("exception_stated", reasoned)
        .fact("may_make_exceptions", may_except)
        .into())
}
