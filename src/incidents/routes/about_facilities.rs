//! `/v1/facility-complaints/{id}` over HTTP: complaints about a facility that are about no child.
use crate::{
    facilities::FacilityId,
    incidents::{
        model::{
            ComplaintAboutFacility, ComplaintAboutFacilityPage, ComplaintResolution,
            FacilityComplaintId, FacilityComplaintReporter, NewComplaintAboutFacility,
            RecordAnnulment,
        },
        permission::{
            ReadFacilityComplaints, ReadReporters, RecordFacilityComplaints,
            ResolveFacilityComplaints,
        },
        store::about_facilities as store,
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        journal::HistoryPage,
        page::PageQuery,
        released::Released,
        time::KnownAt,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        record_facility_complaint,
        list_complaints_about_facility,
        read_facility_complaint,
        read_facility_complaint_history,
        resolve_facility_complaint,
        annul_facility_complaint,
        read_facility_complaint_reporter
    ]
}

#[utoipa::path(post, path = "/v1/facilities/{id}/complaints", tag = "incidents", summary = "Record a complaint about a facility",
    description = "Records a complaint that is about no child, about a facility wherever it is. It goes to those who watch over the facility, and not to the facility. Who complained is kept apart from it and told to nobody but the client that records it.",
    params(("id" = FacilityId, Path, description = "The facility.")), request_body = NewComplaintAboutFacility,
    responses((status = 201, description = "The complaint.", body = ComplaintAboutFacility)))]
async fn record_facility_complaint(
    access: Access<RecordFacilityComplaints>,
    id: Path<FacilityId>,
    body: Body<NewComplaintAboutFacility>,
) -> Result<Released> {
    let made = "/v1/facility-complaints";
    access.change(move |tx| store::complain(tx, id.0, &body.0)?.created(made)).await
}

#[utoipa::path(get, path = "/v1/facilities/{id}/complaints", tag = "incidents", summary = "List the complaints about a facility that are about no child",
    description = "Complaints about the facility itself, latest day first.",
    params(("id" = FacilityId, Path, description = "The facility."), KnownAt, PageQuery),
    responses((status = 200, description = "Some complaints.", body = ComplaintAboutFacilityPage)))]
async fn list_complaints_about_facility(
    access: Access<ReadFacilityComplaints>,
    id: Path<FacilityId>,
    when: Query<KnownAt>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let (at, placing) = (when.0.instant(access.now())?, access.placing());
    let found = access.read(move |conn| store::list(conn, id.0, at, &page.0, placing)).await?;
    access.release_page(&address, &ComplaintAboutFacilityPage::from(found)).await
}

#[utoipa::path(get, path = "/v1/facility-complaints/{id}", tag = "incidents", summary = "Read a complaint about a facility",
    description = "One complaint that is about no child, with the entity tag that its steps ask for.",
    params(("id" = FacilityComplaintId, Path, description = "The complaint."), KnownAt),
    responses((status = 200, description = "The complaint.", body = ComplaintAboutFacility)))]
async fn read_facility_complaint(
    access: Access<ReadFacilityComplaints>,
    id: Path<FacilityComplaintId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let placing = access.placing();
    access.read_known(when.0, &held, move |conn| store::read(conn, id.0, placing)).await
}

#[utoipa::path(get, path = "/v1/facility-complaints/{id}/history", tag = "incidents", summary = "Read the history of a complaint about a facility",
    description = "Who changed what and when, newest first.",
    params(("id" = FacilityComplaintId, Path, description = "The complaint."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_facility_complaint_history(
    access: Access<ReadFacilityComplaints>,
    id: Path<FacilityComplaintId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let placing = access.placing();
    let history = access.read(move |conn| store::history(conn, id.0, &page.0, placing)).await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/facility-complaints/{id}/resolve", tag = "incidents", summary = "Resolve a complaint about a facility",
    description = "Records what the complaint came to, and what was answered.",
    params(("id" = FacilityComplaintId, Path, description = "The complaint.")), request_body = ComplaintResolution,
    responses((status = 200, description = "The complaint, resolved.", body = ComplaintAboutFacility)))]
async fn resolve_facility_complaint(
    access: Access<ResolveFacilityComplaints>,
    id: Path<FacilityComplaintId>,
    seen: IfMatch,
    body: Body<ComplaintResolution>,
) -> Result<Released> {
    access.change(move |tx| store::resolve(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/facility-complaints/{id}/annul", tag = "incidents", summary = "Annul a complaint about a facility that never was",
    description = "Takes back a complaint entered in error, with a reason.",
    params(("id" = FacilityComplaintId, Path, description = "The complaint.")), request_body = RecordAnnulment,
    responses((status = 200, description = "The complaint, entered in error.", body = ComplaintAboutFacility)))]
async fn annul_facility_complaint(
    access: Access<ResolveFacilityComplaints>,
    id: Path<FacilityComplaintId>,
    seen: IfMatch,
    body: Body<RecordAnnulment>,
) -> Result<Released> {
    access.change(move |tx| store::annul(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/facility-complaints/{id}/reporter", tag = "incidents", summary = "Read who complained about a facility",
    description = "Who complained, for the client that recorded the complaint; to everybody else there is nobody.",
    params(("id" = FacilityComplaintId, Path, description = "The complaint.")),
    responses((status = 200, description = "Who complained.", body = FacilityComplaintReporter)))]
async fn read_facility_complaint_reporter(
    access: Access<ReadReporters>,
    id: Path<FacilityComplaintId>,
) -> Result<Released> {
    let client = access.actor.id;
    let reporter = access.read(move |conn| store::find_reporter(conn, id.0, client)).await?;
    access.release(&reporter).await
}
