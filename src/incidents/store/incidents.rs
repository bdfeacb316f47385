//! Incidents: reported, investigated, closed.
use chrono::NaiveDate;
use diesel::{dsl::exists, prelude::*, select};

use super::{Home, home_on, lock_child};
use crate::{
    children::{self, Child, ChildId},
    incidents::model::{
        Incident, IncidentClosing, IncidentId, IncidentKind, IncidentNotification, IncidentStart,
        IncidentState, IncidentStep, InvestigationFinding, NewIncident, RecordAnnulment,
        SealedIncident,
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        rule::Refusal,
        time::in_order,
        version::IfMatch,
    },
    reference::{organisations::OrganisationId, parameters},
    schema::incidents,
};

/// How many findings an investigation may have.
const MOST_FINDINGS: usize = 200;

/// One incident.
pub fn find_incident(conn: &mut PgConnection, id: IncidentId) -> Result<Incident> {
    let incident = incidents::table.find(id).select(Incident::as_select());
    incident.first(conn).found::<Incident>()
}

/// Reports an incident of a child, where it lived that day.
pub fn report(tx: &mut Tx<'_>, child: ChildId, new: &NewIncident) -> Result<Recorded<Incident>> {
    let child = children::store::lock(tx, child)?;
    let home = home_on(tx.conn, child.id, new.occurred_on)?;
    write(tx, &child, new, home, None)
}

/// Writes an incident of a child that lived there that day, if nothing else speaks against it.
pub(super) fn write(
    tx: &mut Tx<'_>,
    child: &Child,
    new: &NewIncident,
    (facility_id, carer_family_id): Home,
    reported_by: Option<OrganisationId>,
) -> Result<Recorded<Incident>> {
    let today = parameters::today(tx.conn, tx.now)?;
    child.check_happened("/occurred_on", new.occurred_on, today)?;
    if new.kind == IncidentKind::Death {
        check_death(tx.conn, child, new.occurred_on)?;
    }
    check_told((new.police_on, new.inspectorate_on), new.occurred_on, today)?;
    let incident = Incident {
        id: IncidentId::generate(),
        child_id: child.id,
        kind: new.kind,
        severity: new.severity,
        occurred_on: new.occurred_on,
        facility_id,
        carer_family_id,
        reported_by,
        place: new.place.clone(),
        description: new.description.clone(),
        police_on: new.police_on,
        inspectorate_on: new.inspectorate_on,
        state: IncidentState::Reported,
        started_on: None,
        investigation: Vec::new(),
        closed_on: None,
        outcome: None,
        conclusion: None,
        state_reason: None,
        version: 1,
    };
    let sealed = SealedIncident::of(tx, &incident)?;
    diesel::insert_into(incidents::table).values((&incident, sealed)).execute(tx.conn)?;
    tx.created("reported", incident)
}

/// IN-01: the child's record says that it died that day. IN-02: no other incident is of that death.
fn check_death(conn: &mut PgConnection, child: &Child, day: NaiveDate) -> Result<()> {
    if child.death_date != Some(day) {
        let detail =
            "the child's death on that day is not recorded: record it with the child first";
        return Err(Refusal::conflict("IN-01", detail).at("/occurred_on").into());
    }
    let told = incidents::table
        .filter(incidents::child_id.eq(child.id))
        .filter(incidents::kind.eq(IncidentKind::Death))
        .filter(incidents::state.ne(IncidentState::EnteredInError));
    if select(exists(told)).get_result(conn)? {
        let detail = "there is an incident of the child's death already";
        return Err(Refusal::conflict("IN-02", detail).at("/kind").into());
    }
    Ok(())
}

/// The days on which the police and the inspectorate were told.
fn check_told(
    told: (Option<NaiveDate>, Option<NaiveDate>),
    occurred_on: NaiveDate,
    today: NaiveDate,
) -> Result<()> {
    for (pointer, day) in [("/police_on", told.0), ("/inspectorate_on", told.1)] {
        if let Some(day) = day {
            in_order(pointer, day, occurred_on, today)?;
        }
    }
    Ok(())
}

/// Records that the police or the inspectorate was told.
pub fn notify(
    tx: &mut Tx<'_>,
    id: IncidentId,
    seen: &IfMatch,
    request: &IncidentNotification,
) -> Result<Recorded<Incident>> {
    let (before, today) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(IncidentStep::Notify)?;
    if request.police_on.is_none() && request.inspectorate_on.is_none() {
        let detail = "needs the day of one of both";
        return Err(Error::value("/police_on", "required", detail));
    }
    check_told((request.police_on, request.inspectorate_on), before.occurred_on, today)?;
    after.police_on = request.police_on.or(before.police_on);
    after.inspectorate_on = request.inspectorate_on.or(before.inspectorate_on);
    save(tx, "notified", &before, after)
}

/// Begins the investigation.
pub fn investigate(
    tx: &mut Tx<'_>,
    id: IncidentId,
    seen: &IfMatch,
    request: &IncidentStart,
) -> Result<Recorded<Incident>> {
    let (before, today) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(IncidentStep::Investigate)?;
    in_order("/started_on", request.started_on, before.occurred_on, today)?;
    after.started_on = Some(request.started_on);
    save(tx, "investigated", &before, after)
}

/// Adds what was done to find out what happened.
pub fn add_finding(
    tx: &mut Tx<'_>,
    id: IncidentId,
    seen: &IfMatch,
    finding: &InvestigationFinding,
) -> Result<Recorded<Incident>> {
    let (before, today) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(IncidentStep::AddFinding)?;
    in_order("/on", finding.on, before.occurred_on, today)?;
    if before.investigation.len() >= MOST_FINDINGS {
        return Err(Error::State(format!("an investigation has {MOST_FINDINGS} findings at most")));
    }
    after.investigation.push(finding.clone());
    save(tx, "found", &before, after)
}

/// Closes the investigation with what it came to.
pub fn close(
    tx: &mut Tx<'_>,
    id: IncidentId,
    seen: &IfMatch,
    request: &IncidentClosing,
) -> Result<Recorded<Incident>> {
    let (before, today) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(IncidentStep::Close)?;
    let begun = before.started_on.unwrap_or(before.occurred_on);
    in_order("/closed_on", request.closed_on, begun, today)?;
    after.closed_on = Some(request.closed_on);
    after.outcome = Some(request.outcome);
    after.conclusion = Some(request.conclusion.clone());
    save(tx, "closed", &before, after)
}

/// Takes back an incident that was entered in error.
pub fn annul_incident(
    tx: &mut Tx<'_>,
    id: IncidentId,
    seen: &IfMatch,
    request: &RecordAnnulment,
) -> Result<Recorded<Incident>> {
    let (before, _) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(IncidentStep::Annul)?;
    after.state_reason = Some(request.reason.clone());
    save(tx, "annulled", &before, after)
}

/// The incident as it has become under the child's lock, and today.
fn lock(tx: &mut Tx<'_>, id: IncidentId, seen: &IfMatch) -> Result<(Incident, NaiveDate)> {
    let child = find_incident(tx.conn, id)?.child_id;
    lock_child::<Incident>(tx, child)?;
    let incident = find_incident(tx.conn, id)?;
    seen.check(&incident)?;
    Ok((incident, parameters::today(tx.conn, tx.now)?))
}

fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &Incident,
    mut after: Incident,
) -> Result<Recorded<Incident>> {
    after.version = before.version + 1;
    let sealed = SealedIncident::of(tx, &after)?;
    prepared::update(incidents::table.find(after.id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed(event, before, after)
}
