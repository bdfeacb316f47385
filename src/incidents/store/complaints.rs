//! Complaints: received, resolved; and who complained.
use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::{home_on, lock_child};
use crate::{
    children::{self, Child, ChildId},
    incidents::model::{
        Complaint, ComplaintId, ComplaintReporter, ComplaintReporterId, ComplaintResolution,
        ComplaintState, ComplaintStep, NewComplaint, NewReporter, RecordAnnulment, SealedComplaint,
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        time::in_order,
        version::IfMatch,
    },
    reference::parameters,
    schema::{complaint_reporters, complaints},
};

/// One complaint.
pub fn find_complaint(conn: &mut PgConnection, id: ComplaintId) -> Result<Complaint> {
    let of_children = complaints::table.find(id).filter(complaints::child_id.is_not_null());
    of_children.select(Complaint::as_select()).first(conn).found::<Complaint>()
}

/// Records a complaint, and apart from it who complained.
pub fn complain(
    tx: &mut Tx<'_>,
    child: ChildId,
    new: &NewComplaint,
) -> Result<Recorded<Complaint>> {
    let child = children::store::lock(tx, child)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let concerns_on = new.concerns_on.unwrap_or(new.received_on);
    check_days(&child, new.received_on, concerns_on, today)?;
    let (facility_id, carer_family_id) = home_on(tx.conn, child.id, concerns_on)?;
    let complaint = Complaint {
        id: ComplaintId::generate(),
        child_id: child.id,
        complainant: new.complainant,
        channel: new.channel,
        received_on: new.received_on,
        concerns_on,
        facility_id,
        carer_family_id,
        description: new.description.clone(),
        reporter_kept: new.reporter.is_some(),
        state: ComplaintState::Received,
        resolved_on: None,
        outcome: None,
        conclusion: None,
        state_reason: None,
        version: 1,
    };
    let sealed = sealed(tx, &complaint)?;
    diesel::insert_into(complaints::table).values((&complaint, sealed)).execute(tx.conn)?;
    if let Some(reporter) = &new.reporter {
        let _kept = keep_reporter(tx, &complaint, reporter)?;
    }
    tx.created("received", complaint)
}

/// A complaint may come after the child's death or adoption; what it concerns was in its life.
fn check_days(
    child: &Child,
    received_on: NaiveDate,
    concerns_on: NaiveDate,
    today: NaiveDate,
) -> Result<()> {
    in_order("/received_on", received_on, concerns_on, today)?;
    if child.birth_date.is_none_or(|birth| concerns_on < birth) {
        let detail = "must not lie before the child was born";
        return Err(Error::value("/concerns_on", "before_birth", detail));
    }
    Ok(())
}

fn keep_reporter(
    tx: &mut Tx<'_>,
    complaint: &Complaint,
    new: &NewReporter,
) -> Result<Recorded<ComplaintReporter>> {
    use complaint_reporters as columns;
    let reporter = ComplaintReporter {
        id: ComplaintReporterId::generate(),
        complaint_id: complaint.id,
        child_id: complaint.child_id,
        name: new.name.clone(),
        contact: new.contact.clone(),
        version: 1,
    };
    let id = reporter.id.untyped();
    let sealed = (
        columns::recorded_by.eq(tx.actor),
        columns::name.eq(tx.seal(columns::name, id, &reporter.name)?),
        columns::contact.eq(tx.seal_some(columns::contact, id, reporter.contact.as_ref())?),
    );
    diesel::insert_into(columns::table).values((&reporter, sealed)).execute(tx.conn)?;
    tx.created("kept", reporter)
}

/// Who complained, for the client that recorded it (AC-03). To everybody else there is none.
pub fn find_reporter(
    conn: &mut PgConnection,
    id: ComplaintId,
    client: Uuid,
) -> Result<ComplaintReporter> {
    let complaint = find_complaint(conn, id)?;
    complaint_reporters::table
        .filter(complaint_reporters::complaint_id.eq(complaint.id))
        .filter(complaint_reporters::recorded_by.eq(client))
        .select(ComplaintReporter::as_select())
        .first(conn)
        .found::<ComplaintReporter>()
}

/// Records what a complaint came to.
pub fn resolve(
    tx: &mut Tx<'_>,
    id: ComplaintId,
    seen: &IfMatch,
    request: &ComplaintResolution,
) -> Result<Recorded<Complaint>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(ComplaintStep::Resolve)?;
    let today = parameters::today(tx.conn, tx.now)?;
    in_order("/resolved_on", request.resolved_on, before.received_on, today)?;
    after.resolved_on = Some(request.resolved_on);
    after.outcome = Some(request.outcome);
    after.conclusion = Some(request.conclusion.clone());
    save(tx, "resolved", &before, after)
}

/// Takes back a complaint that was entered in error.
pub fn annul_complaint(
    tx: &mut Tx<'_>,
    id: ComplaintId,
    seen: &IfMatch,
    request: &RecordAnnulment,
) -> Result<Recorded<Complaint>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(ComplaintStep::Annul)?;
    after.state_reason = Some(request.reason.clone());
    save(tx, "annulled", &before, after)
}

fn lock(tx: &mut Tx<'_>, id: ComplaintId, seen: &IfMatch) -> Result<Complaint> {
    let child = find_complaint(tx.conn, id)?.child_id;
    lock_child::<Complaint>(tx, child)?;
    let complaint = find_complaint(tx.conn, id)?;
    seen.check(&complaint)?;
    Ok(complaint)
}

fn sealed(tx: &mut Tx<'_>, of: &Complaint) -> Result<SealedComplaint> {
    let texts = (&*of.description, of.conclusion.as_ref(), of.state_reason.as_ref());
    SealedComplaint::of(tx, of.id.untyped(), texts)
}

fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &Complaint,
    mut after: Complaint,
) -> Result<Recorded<Complaint>> {
    after.version = before.version + 1;
    let sealed = sealed(tx, &after)?;
    prepared::update(complaints::table.find(after.id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed(event, before, after)
}
