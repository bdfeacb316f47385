//! `/v1/visits` over HTTP, and when a child was last seen.
use super::{
    model::{LastSeen, NewVisit, SeenBy, Visit, VisitAnnulment, VisitId, VisitPage},
    permission::{ManageVisits, ReadVisits},
    store::{self, VisitFilter},
};
use crate::{
    children::ChildId,
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
    routes![record_visit, read_last_seen, list_visits, read_visit, read_visit_history, annul_visit]
}

#[utoipa::path(post, path = "/v1/children/{id}/visits", tag = "visits", summary = "Record a visit to a child",
    description = "Records that a worker visited the child, whether it was seen, and whether alone.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewVisit,
    responses((status = 201, description = "The visit.", body = Visit),
        (status = 409, description = "`VI-01`: the child was neither in care nor was there an open case of it. `PL-07`: it had died or was adopted by then.")))]
async fn record_visit(
    access: Access<ManageVisits>,
    id: Path<ChildId>,
    body: Body<NewVisit>,
) -> Result<Released> {
    access.change(move |tx| store::record(tx, id.0, &body.0)?.created("/v1/visits")).await
}

#[utoipa::path(get, path = "/v1/children/{id}/last-seen", tag = "visits", summary = "Read when a child was last seen",
    description = "The last visit at which the child was seen, by today or by a day. Visits entered in error do not count.",
    params(("id" = ChildId, Path, description = "The child."), SeenBy),
    responses((status = 200, description = "When it was last seen, if it ever was.", body = LastSeen)))]
async fn read_last_seen(
    access: Access<ReadVisits>,
    id: Path<ChildId>,
    by: Query<SeenBy>,
) -> Result<Released> {
    let now = access.now();
    let seen = access.read(move |conn| store::last_seen(conn, id.0, by.0.as_of, now)).await?;
    access.release(&seen).await
}

#[utoipa::path(get, path = "/v1/visits", tag = "visits", summary = "List visits",
    description = "Visits to the children of whom the caller may know, by id unless said.",
    params(VisitFilter, PageQuery, CountQuery), responses((status = 200, description = "Some visits.", body = VisitPage)))]
async fn list_visits(
    access: Access<ReadVisits>,
    filter: Query<VisitFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let visits = access.read(move |conn| {
        let total = store::total(conn, &filter.0, count.0)?;
        Ok(store::list(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &VisitPage::from(visits.await?)).await
}

#[utoipa::path(get, path = "/v1/visits/{id}", tag = "visits", summary = "Read a visit",
    description = "One visit, with the entity tag that its step asks for.",
    params(("id" = VisitId, Path, description = "The visit."), KnownAt),
    responses((status = 200, description = "The visit.", body = Visit)))]
async fn read_visit(
    access: Access<ReadVisits>,
    id: Path<VisitId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/visits/{id}/history", tag = "visits", summary = "Read the history of a visit",
    description = "Who changed what and when, newest first.",
    params(("id" = VisitId, Path, description = "The visit."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_visit_history(
    access: Access<ReadVisits>,
    id: Path<VisitId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history =
        access.read(move |conn| journal::history::<Visit>(conn, id.0.untyped(), &page.0)).await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/visits/{id}/annul", tag = "visits", summary = "Annul a visit that never was",
    description = "Takes back a visit entered in error, with a reason.",
    params(("id" = VisitId, Path, description = "The visit.")), request_body = VisitAnnulment,
    responses((status = 200, description = "The visit, entered in error.", body = Visit)))]
async fn annul_visit(
    access: Access<ManageVisits>,
    id: Path<VisitId>,
    seen: IfMatch,
    body: Body<VisitAnnulment>,
) -> Result<Released> {
    access.change(move |tx| store::annul(tx, id.0, &seen, &body.0)?.ok()).await
}
