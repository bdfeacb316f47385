//! Staff snapshots of a facility.
use std::cmp::Reverse;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::inspections::refuse_unknown;
use crate::{
    facilities::model::{Facility, FacilityId, NewStaffSnapshot, StaffSnapshot, StaffSnapshotId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        id::Kind as _,
        journal::{self, Recorded},
        page::{Page, PageQuery},
        time::not_future,
    },
    reference::{code_lists, organisations::OrganisationId, parameters},
    schema::{facilities, facility_staff_snapshots as table},
};

/// Records who works in a facility on a day.
pub fn record_staff(
    tx: &mut Tx<'_>,
    facility_id: FacilityId,
    new: &NewStaffSnapshot,
) -> Result<Recorded<StaffSnapshot>> {
    let (operator, area): (OrganisationId, String) = facilities::table
        .find(facility_id)
        .select((facilities::operator_id, facilities::area_code))
        .first(tx.conn)
        .found::<Facility>()?;
    tx.place(Facility::NAME, operator.untyped(), &area)?;
    check(tx, new)?;
    let snapshot = StaffSnapshot {
        id: StaffSnapshotId::generate(),
        facility_id,
        taken_on: new.taken_on,
        staff: new.staff.clone(),
        shifts: new.shifts.clone(),
        vacancies: new.vacancies,
        version: 1,
    };
    let staff = json(&snapshot.staff)?;
    let shifts = json(&snapshot.shifts)?;
    diesel::insert_into(table::table)
        .values((&snapshot, table::staff.eq(staff), table::shifts.eq(shifts)))
        .execute(tx.conn)?;
    tx.created("recorded", snapshot)
}

fn json(items: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(items).map_err(Error::internal)
}

fn check(tx: &mut Tx<'_>, new: &NewStaffSnapshot) -> Result<()> {
    not_future("/taken_on", new.taken_on, parameters::today(tx.conn, tx.now)?)?;
    new.check()?;
    let roles = new.staff.iter().enumerate();
    let roles = roles.map(|(index, of)| ("staff_role", format!("/staff/{index}/role"), &*of.role));
    let shifts = new.shifts.iter().enumerate();
    let shifts =
        shifts.map(|(index, of)| ("staff_shift", format!("/shifts/{index}/shift"), &*of.shift));
    let codes: Vec<_> = roles.chain(shifts).collect();
    code_lists::check_all(tx.conn, &codes, new.taken_on)
}

pub fn find_staff(
    conn: &mut PgConnection,
    facility_id: FacilityId,
    id: StaffSnapshotId,
) -> Result<StaffSnapshot> {
    table::table
        .find(id)
        .filter(table::facility_id.eq(facility_id))
        .select(StaffSnapshot::as_select())
        .first(conn)
        .found::<StaffSnapshot>()
}

/// Latest day first, as they are known now or were at an instant.
pub fn staff_snapshots(
    conn: &mut PgConnection,
    facility_id: FacilityId,
    known_at: Option<DateTime<Utc>>,
    page: &PageQuery,
) -> Result<Page<StaffSnapshot>> {
    refuse_unknown(conn, facility_id)?;
    let filters = ("facility_staff_snapshots", facility_id, known_at);
    let (bound, limit) = (page.bind(&filters), page.limit()?);
    let rows = all_staff_snapshots(conn, facility_id, known_at, None)?;
    bound.cut(rows, limit, |snapshot| snapshot.id, |_| true)
}

/// All of them until a day at once.
pub fn all_staff_snapshots(
    conn: &mut PgConnection,
    facility_id: FacilityId,
    known_at: Option<DateTime<Utc>>,
    until: Option<NaiveDate>,
) -> Result<Vec<StaffSnapshot>> {
    let mut rows: Vec<StaffSnapshot> = match known_at {
        Some(at) => journal::known_under(conn, facility_id.untyped(), at)?,
        None => table::table
            .filter(table::facility_id.eq(facility_id))
            .select(StaffSnapshot::as_select())
            .load(conn)?,
    };
    rows.retain(|snapshot| until.is_none_or(|day| snapshot.taken_on <= day));
    rows.sort_by_key(|snapshot| Reverse((snapshot.taken_on, snapshot.id)));
    Ok(rows)
}
