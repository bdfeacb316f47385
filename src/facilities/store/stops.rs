//! Stops of admission that were decided beforehand, for a day to come.
use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::save;
use crate::{
    facilities::model::{AdmissionsStop, Facility},
    platform::{db::Tx, error::Result, journal::Recorded},
    schema::facility_admission_stops::{self as table, dsl},
};

/// Stops admissions from a day on, whatever the facility's state allows then. The facility is locked.
pub fn stop_admissions_from(
    tx: &mut Tx<'_>,
    before: &Facility,
    on: NaiveDate,
    decision_no: Option<&str>,
) -> Result<Recorded<Facility>> {
    let decision_no = decision_no.map(ToOwned::to_owned);
    let stop = AdmissionsStop { id: Uuid::now_v7(), valid_from: on, valid_to: None, decision_no };
    diesel::insert_into(table::table)
        .values((dsl::facility_id.eq(before.id), &stop))
        .execute(tx.conn)?;
    let mut after = before.clone();
    after.admissions_stops.push(stop);
    save(tx, "admissions_stop_set", before, after)
}

/// Lets the stop end on a day: on its own first day, if it would have begun later. Nothing is done if none
/// holds or is to come. The facility is locked.
pub fn lift_stop(tx: &mut Tx<'_>, before: &Facility, on: NaiveDate) -> Result<()> {
    let mut after = before.clone();
    let Some(stop) = after.admissions_stops.iter_mut().find(|stop| stop.valid_to.is_none()) else {
        return Ok(());
    };
    stop.valid_to = Some(on.max(stop.valid_from));
    diesel::update(table::table.find(stop.id))
        .set(dsl::valid_to.eq(stop.valid_to))
        .execute(tx.conn)?;
    let _lifted = save(tx, "admissions_stop_lifted", before, after)?;
    Ok(())
}
