//! `/v1/children/{id}/legal-statuses` over HTTP.
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    children::{
        model::{
            ChildId, LegalAxis, LegalStatus, LegalStatusEnd, LegalStatusId, LegalStatusPage,
            NewLegalStatus,
        },
        permission::{ManageChildren, ReadChildren},
        store::{self, LegalStatusFilter},
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
        time::{AsOf, KnownAt},
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

/// Which legal statuses to list, and of when.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StatusQuery {
    /// What the status is about; repeat it for one of several.
    #[serde(default)]
    axis: Vec<LegalAxis>,
    /// Only the statuses that hold on that day.
    #[param(nullable = false, example = "2026-03-01")]
    as_of: Option<NaiveDate>,
    /// Answers what the registry knew at that instant.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    known_at: Option<DateTime<Utc>>,
}

pub fn routes() -> Routes {
    routes![list_legal_statuses, set_legal_status, read_legal_status, end_legal_status]
}

#[utoipa::path(get, path = "/v1/children/{id}/legal-statuses", tag = "children", operation_id = "list_legal_statuses", summary = "List a child's legal statuses",
    description = "Care authority, parental rights and guardianship through time, by first day. On each axis at most one holds a day.",
    params(("id" = ChildId, Path, description = "The child."), StatusQuery, PageQuery),
    responses((status = 200, description = "Some legal statuses.", body = LegalStatusPage)))]
async fn list_legal_statuses(
    access: Access<ReadChildren>,
    id: Path<ChildId>,
    query: Query<StatusQuery>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let StatusQuery { axis, as_of, known_at } = query.0;
    let (filter, when, now) = (LegalStatusFilter { axis }, AsOf { as_of, known_at }, access.now());
    let list = move |conn: &mut _| store::statuses(conn, id.0, &filter, when, &page.0, now);
    access.release_page(&address, &LegalStatusPage::from(access.read(list).await?)).await
}

#[utoipa::path(post, path = "/v1/children/{id}/legal-statuses", tag = "children", operation_id = "set_legal_status", summary = "Set a legal status",
    description = "Records a legal status on one axis. A status that still holds on that axis has to be ended first.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewLegalStatus,
    responses((status = 201, description = "The new legal status.", body = LegalStatus),
        (status = 409, description = "The child has another status on this axis in that period."),
        (status = 422, description = "`LS-01`: parental rights are taken and given back by a court, with number and effective day.")))]
async fn set_legal_status(
    access: Access<ManageChildren>,
    id: Path<ChildId>,
    body: Body<NewLegalStatus>,
) -> Result<Released> {
    let collection = format!("/v1/children/{}/legal-statuses", id.0);
    access.change(move |tx| store::set_status(tx, id.0, body.0.clone())?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/children/{id}/legal-statuses/{status_id}", tag = "children", operation_id = "read_legal_status", summary = "Read a legal status",
    description = "One legal status of a child.",
    params(("id" = ChildId, Path, description = "The child."), ("status_id" = LegalStatusId, Path, description = "The legal status."), KnownAt),
    responses((status = 200, description = "The legal status.", body = LegalStatus)))]
async fn read_legal_status(
    access: Access<ReadChildren>,
    path: Path<(ChildId, LegalStatusId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (child, id) = path.0;
    access.read_known(when.0, &held, move |conn| store::find_status(conn, child, id)).await
}

#[utoipa::path(post, path = "/v1/children/{id}/legal-statuses/{status_id}/end", tag = "children", operation_id = "end_legal_status", summary = "End a legal status",
    description = "Ends a legal status. It may end earlier than it would have, never later.",
    params(("id" = ChildId, Path, description = "The child."), ("status_id" = LegalStatusId, Path, description = "The legal status.")),
    request_body = LegalStatusEnd,
    responses((status = 200, description = "The legal status after its end was recorded.", body = LegalStatus),
        (status = 409, description = "The status has ended by that day already.")))]
async fn end_legal_status(
    access: Access<ManageChildren>,
    path: Path<(ChildId, LegalStatusId)>,
    seen: IfMatch,
    body: Body<LegalStatusEnd>,
) -> Result<Released> {
    let (child, id) = path.0;
    access.change(move |tx| store::end_status(tx, child, id, &seen, body.0.ended_on)?.ok()).await
}
