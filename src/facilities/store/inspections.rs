//! Inspections of a facility.
use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use diesel::{dsl::exists, prelude::*, select};

use super::{read, staffing::all_staff_snapshots};
use crate::{
    facilities::model::{
        Facility, FacilityId, FacilityInclude, FacilityWithLists, Inspection, InspectionId,
        NewInspection,
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        id::Kind as _,
        include::Include,
        journal::{self, Recorded},
        page::{Page, PageQuery},
        time::{AsOf, not_future},
    },
    reference::{code_lists, parameters},
    schema::{facilities, facility_inspections as table},
};

/// Records what an inspector found.
pub fn record_inspection(
    tx: &mut Tx<'_>,
    facility_id: FacilityId,
    new: &NewInspection,
) -> Result<Recorded<Inspection>> {
    refuse_unknown(tx.conn, facility_id)?;
    not_future("/inspected_on", new.inspected_on, parameters::today(tx.conn, tx.now)?)?;
    code_lists::check(tx.conn, "inspection_kind", "/kind", &new.kind, new.inspected_on)?;
    if let Some(due_on) = new.due_on
        && due_on < new.inspected_on
    {
        let detail = "must not be before the visit";
        return Err(Error::value("/due_on", "out_of_order", detail));
    }
    let inspection = Inspection {
        id: InspectionId::generate(),
        facility_id,
        kind: new.kind.clone(),
        inspected_on: new.inspected_on,
        body: new.body.clone(),
        children_spoken_to: new.children_spoken_to,
        findings: new.findings.clone(),
        rating: new.rating.clone(),
        actions: new.actions.clone(),
        due_on: new.due_on,
        version: 1,
    };
    let id = inspection.id.untyped();
    let findings = tx.seal(table::findings, id, &inspection.findings)?;
    let actions = tx.seal_some(table::actions, id, inspection.actions.as_ref())?;
    diesel::insert_into(table::table)
        .values((&inspection, table::findings.eq(findings), table::actions.eq(actions)))
        .execute(tx.conn)?;
    tx.created("recorded", inspection)
}

pub(super) fn refuse_unknown(conn: &mut PgConnection, id: FacilityId) -> Result<()> {
    let known = select(exists(facilities::table.find(id))).get_result(conn)?;
    if known { Ok(()) } else { Err(Error::NotFound(Facility::NAME)) }
}

pub fn find_inspection(
    conn: &mut PgConnection,
    facility_id: FacilityId,
    id: InspectionId,
) -> Result<Inspection> {
    table::table
        .find(id)
        .filter(table::facility_id.eq(facility_id))
        .select(Inspection::as_select())
        .first(conn)
        .found::<Inspection>()
}

/// Latest visit first, as they are known now or were at an instant.
pub fn inspections(
    conn: &mut PgConnection,
    facility_id: FacilityId,
    known_at: Option<DateTime<Utc>>,
    page: &PageQuery,
) -> Result<Page<Inspection>> {
    refuse_unknown(conn, facility_id)?;
    let filters = ("facility_inspections", facility_id, known_at);
    let (bound, limit) = (page.bind(&filters), page.limit()?);
    let rows = all_inspections(conn, facility_id, known_at)?;
    bound.cut(rows, limit, |inspection| inspection.id, |_| true)
}

/// The facility as [`read`] answers it, with what is asked for of the lists under it.
pub fn read_with(
    conn: &mut PgConnection,
    id: FacilityId,
    asked: &Include<FacilityWithLists>,
    at: AsOf,
    now: DateTime<Utc>,
) -> Result<FacilityWithLists> {
    let record = read(conn, id, at, now)?;
    let inspections = || {
        let mut all = all_inspections(conn, id, at.known_at)?;
        all.retain(|inspection| at.as_of.is_none_or(|day| inspection.inspected_on <= day));
        Ok(all)
    };
    let inspections = asked.then(FacilityInclude::Inspections, inspections)?;
    let staff = || all_staff_snapshots(conn, id, at.known_at, at.as_of);
    let staff_snapshots = asked.then(FacilityInclude::StaffSnapshots, staff)?;
    Ok(FacilityWithLists { record, inspections, staff_snapshots })
}

/// All of them at once.
fn all_inspections(
    conn: &mut PgConnection,
    facility_id: FacilityId,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Inspection>> {
    let mut rows: Vec<Inspection> = match known_at {
        Some(at) => journal::known_under(conn, facility_id.untyped(), at)?,
        None => table::table
            .filter(table::facility_id.eq(facility_id))
            .select(Inspection::as_select())
            .load(conn)?,
    };
    rows.sort_by_key(|inspection| Reverse((inspection.inspected_on, inspection.id)));
    Ok(rows)
}
