//! Incidents that facilities report of the children who live there.
use diesel::{dsl::exists, prelude::*, select};

use super::{LIVED, about_facilities::place_of, incidents::write};
use crate::{
    children,
    facilities::{Facility, FacilityId},
    incidents::model::{Incident, NewFacilityIncident},
    platform::{
        db::Tx,
        error::{Error, Result},
        id::Kind as _,
        journal::Recorded,
    },
    schema::placements,
};

/// Reports an incident of a child from the facility in which it lived that day. Of a day on which the child moved,
/// each of both facilities may say that it happened there.
pub fn report_from(
    tx: &mut Tx<'_>,
    facility: FacilityId,
    new: &NewFacilityIncident,
) -> Result<Recorded<Incident>> {
    let (operator, area) = place_of(tx.conn, facility)?;
    tx.place(Facility::NAME, operator.untyped(), &area)?;
    let child = children::store::lock(tx, new.child_id).map_err(unknown_child)?;
    let day = new.incident.occurred_on;
    let lived_there = placements::table
        .filter(placements::child_id.eq(child.id))
        .filter(placements::facility_id.eq(facility))
        .filter(placements::state.eq_any(LIVED))
        .filter(placements::started_on.le(day))
        .filter(placements::ended_on.is_null().or(placements::ended_on.ge(day)));
    if !select(exists(lived_there)).get_result::<bool>(tx.conn)? {
        let detail = "the child did not live in the facility on that day";
        return Err(Error::value("/incident/occurred_on", "lived_elsewhere", detail));
    }
    let home = (Some(facility), None);
    let written = write(tx, &child, &new.incident, home, Some(operator));
    written.map_err(|error| error.below("/incident"))
}

fn unknown_child(error: Error) -> Error {
    match error {
        Error::NotFound(_) => {
            Error::value("/child_id", "unknown_reference", "is the id of no child")
        }
        other => other,
    }
}
