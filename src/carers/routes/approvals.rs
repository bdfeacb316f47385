//! Approvals of carer families, and their free places.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use super::look;
use crate::{
    carers::{
        model::{Approval, ApprovalId, CarerApprovalPage, CarerFamilyId, NewCarerApproval},
        permission::{ApproveCarers, ReadCarers},
        store::{self, CarerAvailability},
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
    reference::parameters,
    routes,
};

pub fn routes() -> Routes {
    routes![
        list_carer_approvals,
        approve_carer_family,
        read_carer_approval,
        read_carer_availability
    ]
}

#[utoipa::path(get, path = "/v1/carer-families/{id}/approvals", tag = "carers", operation_id = "list_carer_approvals",
    summary = "List the approvals of a carer family",
    description = "All approvals by first day; with `as_of` the one in force on that day, with `known_at` as the registry knew them at that instant.",
    params(("id" = CarerFamilyId, Path, description = "The carer family."), AsOf, PageQuery),
    responses((status = 200, description = "Some approvals.", body = CarerApprovalPage)))]
async fn list_carer_approvals(
    access: Access<ReadCarers>,
    id: Path<CarerFamilyId>,
    past: Query<AsOf>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let (day, instant) = look(past.0, access.now())?;
    let approvals =
        access.read(move |conn| store::list_approvals(conn, id.0, day, instant, &page.0)).await?;
    access.release_page(&address, &CarerApprovalPage::from(approvals)).await
}

#[utoipa::path(post, path = "/v1/carer-families/{id}/approvals", tag = "carers", operation_id = "approve_carer_family",
    summary = "Approve a carer family, or renew its approval",
    description = "Gives an approval with its terms and takes the family from `panel` to `approved`; in `approved` it is a renewal. `If-Match` names the family.",
    params(("id" = CarerFamilyId, Path, description = "The carer family.")), request_body = NewCarerApproval,
    responses((status = 201, description = "The approval.", body = Approval),
        (status = 409, description = "`CF-01`: a check, the training or the home study is missing. Or the family's state does not allow it, or another approval overlaps."),
        (status = 422, description = "`CF-01`: the home study was completed after the decision.")))]
async fn approve_carer_family(
    access: Access<ApproveCarers>,
    id: Path<CarerFamilyId>,
    seen: IfMatch,
    body: Body<NewCarerApproval>,
) -> Result<Released> {
    let collection = format!("/v1/carer-families/{}/approvals", id.0);
    access.change(move |tx| store::approve(tx, id.0, &seen, &body.0)?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/carer-families/{id}/approvals/{approval_id}", tag = "carers", operation_id = "read_carer_approval",
    summary = "Read an approval of a carer family",
    description = "One approval with its terms.",
    params(("id" = CarerFamilyId, Path, description = "The carer family."), ("approval_id" = ApprovalId, Path, description = "The approval."), KnownAt),
    responses((status = 200, description = "The approval.", body = Approval)))]
async fn read_carer_approval(
    access: Access<ReadCarers>,
    path: Path<(CarerFamilyId, ApprovalId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (id, approval) = path.0;
    access.read_known(when.0, &held, move |conn| store::approval(conn, id, approval)).await
}

/// The day of an availability.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CarerDay {
    /// The day; today unless said.
    #[param(nullable = false, example = "2026-03-02")]
    as_of: Option<NaiveDate>,
}

#[utoipa::path(get, path = "/v1/carer-families/{id}/availability", tag = "carers", operation_id = "read_carer_availability",
    summary = "Read how many children a carer family could take",
    description = "Free places on a day: the most children of the approval in force less the children who live there; none without an approval in force, while suspended and while on hold.",
    params(("id" = CarerFamilyId, Path, description = "The carer family."), CarerDay),
    responses((status = 200, description = "The availability.", body = CarerAvailability)))]
async fn read_carer_availability(
    access: Access<ReadCarers>,
    id: Path<CarerFamilyId>,
    day: Query<CarerDay>,
) -> Result<Released> {
    let now = access.now();
    let (day, _) = look(AsOf { as_of: day.0.as_of, known_at: None }, now)?;
    let availability = access
        .read(move |conn| {
            let today = parameters::today(conn, now)?;
            store::availability(conn, id.0, day.unwrap_or(today))
        })
        .await?;
    access.release(&availability).await
}
