//! Queries and changes of incidents and complaints. None opens a transaction.
pub mod about_facilities;
mod complaints;
pub mod facilities;
mod incidents;
mod list;
mod reports;

use chrono::NaiveDate;
use diesel::prelude::*;

pub use complaints::{annul_complaint, complain, find_complaint, find_reporter, resolve};
pub use incidents::{
    add_finding, annul_incident, close, find_incident, investigate, notify, report,
};
pub use list::{
    ComplaintFilter, IncidentFilter, list_complaints, list_incidents, total_complaints,
    total_incidents,
};
pub use reports::report_from;

use crate::{
    carers::CarerFamilyId,
    children::{self, Child, ChildId},
    facilities::FacilityId,
    placements::PlacementState,
    platform::{
        db::Tx,
        error::{Error, Result},
        id::Kind,
    },
    schema::placements,
};

/// Where a child lived: in a facility, with a family, or neither.
type Home = (Option<FacilityId>, Option<CarerFamilyId>);

/// The states of placements in which a child lives, or lived.
const LIVED: [PlacementState; 2] = [PlacementState::Active, PlacementState::Ended];

/// Where the child lived on a day. The new place, if it moved that day; the last one, if care ended.
fn home_on(conn: &mut PgConnection, child: ChildId, day: NaiveDate) -> Result<Home> {
    let home = placements::table
        .filter(placements::child_id.eq(child))
        .filter(placements::state.eq_any(LIVED))
        .filter(placements::started_on.le(day))
        .filter(placements::ended_on.is_null().or(placements::ended_on.ge(day)))
        .order(placements::started_on.desc())
        .select((placements::facility_id, placements::carer_family_id));
    Ok(home.first(conn).optional()?.unwrap_or_default())
}

/// Locks the child of a record; there is no such record if there is no such child.
fn lock_child<T: Kind>(tx: &mut Tx<'_>, child: ChildId) -> Result<Child> {
    children::store::lock(tx, child).map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound(T::NAME),
        other => other,
    })
}
