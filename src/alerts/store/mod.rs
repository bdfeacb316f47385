//! Queries and changes of alerts. None opens a transaction, so any can be part of a larger one.
mod compare;
mod list;

use diesel::prelude::*;

pub use compare::{About, Changes, Due, Key, compare};
pub use list::{AlertFilter, list, total};

use super::model::{Acknowledgement, Alert, AlertId, AlertState, AlertStep};
use crate::{
    children::ChildId,
    facilities::FacilityId,
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::{self, HistoryEntry, Recorded},
        page::{Page, PageQuery},
        prepared,
        version::IfMatch,
    },
    reference::organisations::OrganisationId,
    rules::deadlines::Severity,
    schema::{alerts, facilities},
};

/// One alert.
pub fn find(conn: &mut PgConnection, id: AlertId) -> Result<Alert> {
    alerts::table.find(id).select(Alert::as_select()).first(conn).found::<Alert>()
}

/// What became of one alert, newest first. It is looked for first: where it is about nobody, the journal has
/// no person to ask about.
pub fn history(
    conn: &mut PgConnection,
    id: AlertId,
    page: &PageQuery,
) -> Result<Page<HistoryEntry>> {
    find(conn, id)?;
    journal::history::<Alert>(conn, id.untyped(), page)
}

/// A critical alert about a child that has not ended, if there is one.
pub fn critical_about(
    conn: &mut PgConnection,
    child: ChildId,
) -> Result<Option<(AlertId, String)>> {
    let critical = alerts::table
        .filter(alerts::child_id.eq(child))
        .filter(alerts::severity.eq(Severity::Critical))
        .filter(alerts::state.eq_any([AlertState::Open, AlertState::Acknowledged]))
        .order((alerts::due_on, alerts::id));
    Ok(critical.select((alerts::id, alerts::rule)).first(conn).optional()?)
}

/// Records that somebody took note. An alert's row is locked alone.
pub fn acknowledge(
    tx: &mut Tx<'_>,
    id: AlertId,
    seen: &IfMatch,
    request: &Acknowledgement,
) -> Result<Recorded<Alert>> {
    let row = alerts::table.find(id).select(Alert::as_select()).for_no_key_update();
    let before: Alert = row.first(tx.conn).found::<Alert>()?;
    seen.check(&before)?;
    match (before.facility_id, before.organisation_id) {
        (Some(facility), _) => place(tx, facility)?,
        // How its own work goes is acknowledged by whoever may work on its facilities.
        (None, Some(organisation)) if is_of_organisation(&before) => {
            tx.place("facility", organisation.untyped(), &before.area_code)?;
        }
        _ => {}
    }
    let after = Alert {
        state: before.state.after(AlertStep::Acknowledge)?,
        acknowledged_at: Some(tx.now),
        acknowledged_by: Some(tx.actor),
        note: request.note.clone(),
        ..before.clone()
    };
    save(tx, "acknowledged", &before, after)
}

/// Whether it is about nobody but the organisation.
fn is_of_organisation(alert: &Alert) -> bool {
    alert.child_id.is_none() && alert.carer_family_id.is_none() && alert.facility_id.is_none()
}

/// Refuses whoever may not work on this facility.
fn place(tx: &mut Tx<'_>, id: FacilityId) -> Result<()> {
    let of = (facilities::operator_id, facilities::area_code);
    let (operator, area): (OrganisationId, String) =
        facilities::table.find(id).select(of).first(tx.conn)?;
    tx.place("facility", operator.untyped(), &area)
}

/// Writes an alert over the version that was read, and counts it up; busy, if somebody else was first.
fn save(tx: &mut Tx<'_>, event: &str, before: &Alert, mut after: Alert) -> Result<Recorded<Alert>> {
    after.version = before.version + 1;
    let note = tx.seal_some(alerts::note, after.id.untyped(), after.note.as_ref())?;
    let set = (&after, alerts::note.eq(note));
    let row = alerts::table.find(after.id).filter(alerts::version.eq(before.version));
    if prepared::update(row).set(set).execute(tx.conn)? == 0 {
        return Err(Error::Busy);
    }
    tx.changed(event, before, after)
}
