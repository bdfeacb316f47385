//! `/v1/complaints` over HTTP.
use crate::{
    children::ChildId,
    incidents::{
        model::{
            Complaint, ComplaintId, ComplaintPage, ComplaintReporter, ComplaintResolution,
            NewComplaint, RecordAnnulment,
        },
        permission::{ManageComplaints, ReadComplaints, ReadReporters},
        store::{self, ComplaintFilter},
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        time::KnownAt,
        total::CountQuery,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        record_complaint,
        list_complaints,
        read_complaint,
        read_complaint_history,
        resolve_complaint,
        annul_complaint,
        read_complaint_reporter
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/complaints", tag = "incidents", summary = "Record a complaint of a child, or about its care",
    description = "Records a complaint. Who complained is kept apart from it and told to nobody but the client that records it.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewComplaint,
    responses((status = 201, description = "The complaint.", body = Complaint)))]
async fn record_complaint(
    access: Access<ManageComplaints>,
    id: Path<ChildId>,
    body: Body<NewComplaint>,
) -> Result<Released> {
    access.change(move |tx| store::complain(tx, id.0, &body.0)?.created("/v1/complaints")).await
}

#[utoipa::path(get, path = "/v1/complaints", tag = "incidents", summary = "List complaints",
    description = "Complaints of the children of whom the caller may know, or about their care, by id unless said.",
    params(ComplaintFilter, PageQuery, CountQuery), responses((status = 200, description = "Some complaints.", body = ComplaintPage)))]
async fn list_complaints(
    access: Access<ReadComplaints>,
    filter: Query<ComplaintFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let complaints = access.read(move |conn| {
        let total = store::total_complaints(conn, &filter.0, count.0)?;
        Ok(store::list_complaints(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &ComplaintPage::from(complaints.await?)).await
}

#[utoipa::path(get, path = "/v1/complaints/{id}", tag = "incidents", summary = "Read a complaint",
    description = "One complaint, with the entity tag that its steps ask for.",
    params(("id" = ComplaintId, Path, description = "The complaint."), KnownAt),
    responses((status = 200, description = "The complaint.", body = Complaint)))]
async fn read_complaint(
    access: Access<ReadComplaints>,
    id: Path<ComplaintId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find_complaint(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/complaints/{id}/history", tag = "incidents", summary = "Read the history of a complaint",
    description = "Who changed what and when, newest first.",
    params(("id" = ComplaintId, Path, description = "The complaint."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_complaint_history(
    access: Access<ReadComplaints>,
    id: Path<ComplaintId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<Complaint>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/complaints/{id}/resolve", tag = "incidents", summary = "Resolve a complaint",
    description = "Records what the complaint came to, and what was answered.",
    params(("id" = ComplaintId, Path, description = "The complaint.")), request_body = ComplaintResolution,
    responses((status = 200, description = "The complaint, resolved.", body = Complaint)))]
async fn resolve_complaint(
    access: Access<ManageComplaints>,
    id: Path<ComplaintId>,
    seen: IfMatch,
    body: Body<ComplaintResolution>,
) -> Result<Released> {
    access.change(move |tx| store::resolve(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/complaints/{id}/annul", tag = "incidents", summary = "Annul a complaint that never was",
    description = "Takes back a complaint entered in error, with a reason.",
    params(("id" = ComplaintId, Path, description = "The complaint.")), request_body = RecordAnnulment,
    responses((status = 200, description = "The complaint, entered in error.", body = Complaint)))]
async fn annul_complaint(
    access: Access<ManageComplaints>,
    id: Path<ComplaintId>,
    seen: IfMatch,
    body: Body<RecordAnnulment>,
) -> Result<Released> {
    access.change(move |tx| store::annul_complaint(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/complaints/{id}/reporter", tag = "incidents", summary = "Read who complained",
    description = "Who complained, for the client that recorded the complaint; to everybody else there is nobody.",
    params(("id" = ComplaintId, Path, description = "The complaint.")),
    responses((status = 200, description = "Who complained.", body = ComplaintReporter)))]
async fn read_complaint_reporter(
    access: Access<ReadReporters>,
    id: Path<ComplaintId>,
) -> Result<Released> {
    let client = access.actor.id;
    let reporter = access.read(move |conn| store::find_reporter(conn, id.0, client)).await?;
    access.release(&reporter).await
}
