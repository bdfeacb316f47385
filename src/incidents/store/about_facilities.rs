//! Complaints about a facility that are about no child: received, resolved; and who complained.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    facilities::{Facility, FacilityId},
    incidents::model::{
        ComplaintAboutFacility, ComplaintResolution, ComplaintState, ComplaintStep,
        FacilityComplaintId, FacilityComplaintReporter, FacilityComplaintReporterId,
        NewComplaintAboutFacility, NewReporter, RecordAnnulment, SealedComplaint,
    },
    platform::{
        db::Tx,
        error::{Found as _, Result},
        id::Kind as _,
        journal::{self, HistoryEntry, Recorded},
        page::{Page, PageQuery},
        prepared,
        time::in_order,
        version::IfMatch,
    },
    reference::{organisations::OrganisationId, parameters},
    schema::{complaint_reporters, complaints, facilities},
};

/// Whose a facility is, and where it lies; 404 if it is not there.
pub(super) fn place_of(
    conn: &mut PgConnection,
    id: FacilityId,
) -> Result<(OrganisationId, String)> {
    facilities::table
        .find(id)
        .select((facilities::operator_id, facilities::area_code))
        .first(conn)
        .found::<Facility>()
}

/// One complaint about a facility.
fn find(conn: &mut PgConnection, id: FacilityComplaintId) -> Result<ComplaintAboutFacility> {
    complaints::table
        .find(id)
        .filter(complaints::child_id.is_null())
        .select(ComplaintAboutFacility::as_select())
        .first(conn)
        .found::<ComplaintAboutFacility>()
}

/// One complaint about a facility, for whoever stands to the facility as `placing` asks for.
pub fn read(
    conn: &mut PgConnection,
    id: FacilityComplaintId,
    placing: impl Fn(&str, Uuid, &str) -> Result<()>,
) -> Result<ComplaintAboutFacility> {
    let found = find(conn, id)?;
    let (operator, area) = place_of(conn, found.facility_id)?;
    placing(Facility::NAME, operator.untyped(), &area)?;
    Ok(found)
}

/// What became of a complaint about a facility, newest first, for whoever may read it.
pub fn history(
    conn: &mut PgConnection,
    id: FacilityComplaintId,
    page: &PageQuery,
    placing: impl Fn(&str, Uuid, &str) -> Result<()>,
) -> Result<Page<HistoryEntry>> {
    read(conn, id, placing)?;
    journal::history::<ComplaintAboutFacility>(conn, id.untyped(), page)
}

/// The complaints about a facility alone, latest day first, as they are known now or were at an instant.
pub fn list(
    conn: &mut PgConnection,
    facility: FacilityId,
    known_at: Option<DateTime<Utc>>,
    page: &PageQuery,
    placing: impl Fn(&str, Uuid, &str) -> Result<()>,
) -> Result<Page<ComplaintAboutFacility>> {
    let (operator, area) = place_of(conn, facility)?;
    placing(Facility::NAME, operator.untyped(), &area)?;
    let filters = ("facility_complaints", facility, known_at);
    let (bound, limit) = (page.bind(&filters), page.limit()?);
    let mut rows: Vec<ComplaintAboutFacility> = match known_at {
        Some(at) => journal::known_under(conn, facility.untyped(), at)?,
        None => complaints::table
            .filter(complaints::facility_id.eq(facility).and(complaints::child_id.is_null()))
            .select(ComplaintAboutFacility::as_select())
            .load(conn)?,
    };
    rows.sort_by_key(|complaint| std::cmp::Reverse((complaint.received_on, complaint.id)));
    bound.cut(rows, limit, |complaint| complaint.id, |_| true)
}

/// Records a complaint about a facility, and apart from it who complained.
pub fn complain(
    tx: &mut Tx<'_>,
    facility_id: FacilityId,
    new: &NewComplaintAboutFacility,
) -> Result<Recorded<ComplaintAboutFacility>> {
    let (operator, area) = place_of(tx.conn, facility_id)?;
    tx.place(Facility::NAME, operator.untyped(), &area)?;
    let concerns_on = new.concerns_on.unwrap_or(new.received_on);
    let today = parameters::today(tx.conn, tx.now)?;
    in_order("/received_on", new.received_on, concerns_on, today)?;
    let complaint = ComplaintAboutFacility {
        id: FacilityComplaintId::generate(),
        facility_id,
        complainant: new.complainant,
        channel: new.channel,
        received_on: new.received_on,
        concerns_on,
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
        let _kept = keep_reporter(tx, complaint.id, reporter)?;
    }
    tx.created("received", complaint)
}

fn keep_reporter(
    tx: &mut Tx<'_>,
    complaint_id: FacilityComplaintId,
    new: &NewReporter,
) -> Result<Recorded<FacilityComplaintReporter>> {
    use complaint_reporters as columns;
    let reporter = FacilityComplaintReporter {
        id: FacilityComplaintReporterId::generate(),
        complaint_id,
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
    id: FacilityComplaintId,
    client: Uuid,
) -> Result<FacilityComplaintReporter> {
    complaint_reporters::table
        .filter(complaint_reporters::complaint_id.eq(id))
        .filter(complaint_reporters::child_id.is_null())
        .filter(complaint_reporters::recorded_by.eq(client))
        .select(FacilityComplaintReporter::as_select())
        .first(conn)
        .found::<FacilityComplaintReporter>()
}

/// Records what a complaint about a facility came to.
pub fn resolve(
    tx: &mut Tx<'_>,
    id: FacilityComplaintId,
    seen: &IfMatch,
    request: &ComplaintResolution,
) -> Result<Recorded<ComplaintAboutFacility>> {
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

/// Takes back a complaint about a facility that was entered in error.
pub fn annul(
    tx: &mut Tx<'_>,
    id: FacilityComplaintId,
    seen: &IfMatch,
    request: &RecordAnnulment,
) -> Result<Recorded<ComplaintAboutFacility>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(ComplaintStep::Annul)?;
    after.state_reason = Some(request.reason.clone());
    save(tx, "annulled", &before, after)
}

/// It hangs on no person: its own row is what two steps at once wait for.
fn lock(
    tx: &mut Tx<'_>,
    id: FacilityComplaintId,
    seen: &IfMatch,
) -> Result<ComplaintAboutFacility> {
    let _locked: Option<Uuid> =
        complaints::table.find(id).select(complaints::id).for_update().first(tx.conn).optional()?;
    let complaint = find(tx.conn, id)?;
    let (operator, area) = place_of(tx.conn, complaint.facility_id)?;
    tx.place(Facility::NAME, operator.untyped(), &area)?;
    seen.check(&complaint)?;
    Ok(complaint)
}

fn sealed(tx: &mut Tx<'_>, of: &ComplaintAboutFacility) -> Result<SealedComplaint> {
    let texts = (&*of.description, of.conclusion.as_ref(), of.state_reason.as_ref());
    SealedComplaint::of(tx, of.id.untyped(), texts)
}

fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &ComplaintAboutFacility,
    mut after: ComplaintAboutFacility,
) -> Result<Recorded<ComplaintAboutFacility>> {
    after.version = before.version + 1;
    let sealed = sealed(tx, &after)?;
    prepared::update(complaints::table.find(after.id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed(event, before, after)
}
