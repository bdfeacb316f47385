//! `/v1/transfers` over HTTP: the offer, its answers, and the lists of both sides.

use super::{
    model::{Acceptance, NewTransfer, StepReason, Transfer, TransferId, TransferPage},
    permission::{DecideTransfers, OfferTransfers},
    store::{self, TransferFilter},
};
use crate::{
    children::{ChildId, permission::ReadChildren},
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
    reference::organisations::OrganisationId,
    routes,
};

pub fn routes() -> Routes {
    routes![
        offer_transfer,
        list_transfers,
        read_transfer,
        read_transfer_history,
        accept_transfer,
        refuse_transfer,
        revoke_transfer,
        end_transfer
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/transfers", tag = "transfers", summary = "Offer a child to another organisation",
    description = "Refers the child to another organisation, which is asked to help, or offers to transfer it: then that organisation becomes responsible when it accepts, and not before. The organisation that is asked may read about the child until it has answered or the offer has run out.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewTransfer,
    responses((status = 201, description = "The offer.", body = Transfer),
        (status = 409, description = "`TR-01`: the child is offered already. `TR-02`: another organisation is responsible.")))]
async fn offer_transfer(
    access: Access<OfferTransfers>,
    id: Path<ChildId>,
    body: Body<NewTransfer>,
) -> Result<Released> {
    access.change(move |tx| store::offer(tx, id.0, &body.0)?.created("/v1/transfers")).await
}

#[utoipa::path(get, path = "/v1/transfers", tag = "transfers", summary = "List referrals and transfers",
    description = "Referrals and transfers of the children of whom the caller may know, by id unless said.",
    params(TransferFilter, PageQuery, CountQuery), responses((status = 200, description = "Some referrals and transfers.", body = TransferPage)))]
async fn list_transfers(
    access: Access<ReadChildren>,
    filter: Query<TransferFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let own = access.actor.organisation.map(OrganisationId::from_untyped);
    let transfers = access.read(move |conn| {
        let total = store::total(conn, &filter.0, own, count.0)?;
        Ok(store::list(conn, &filter.0, own, &page.0)?.of(total))
    });
    access.release_page(&address, &TransferPage::from(transfers.await?)).await
}

#[utoipa::path(get, path = "/v1/transfers/{id}", tag = "transfers", summary = "Read a referral or transfer",
    description = "One referral or transfer, with the entity tag that its steps ask for.",
    params(("id" = TransferId, Path, description = "The referral or transfer."), KnownAt),
    responses((status = 200, description = "The referral or transfer.", body = Transfer)))]
async fn read_transfer(
    access: Access<ReadChildren>,
    id: Path<TransferId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/transfers/{id}/history", tag = "transfers", summary = "Read the history of a referral or transfer",
    description = "Who changed what and when, newest first.",
    params(("id" = TransferId, Path, description = "The referral or transfer."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_transfer_history(
    access: Access<ReadChildren>,
    id: Path<TransferId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<Transfer>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/transfers/{id}/accept", tag = "transfers", summary = "Accept a child that is offered",
    description = "The organisation that was asked accepts. By a transfer it becomes responsible for the child at once, and the former organisation reads about the child for some days more (the parameter `former_authority_access_days`). By a referral it may read about the child until the referral is ended.",
    params(("id" = TransferId, Path, description = "The referral or transfer.")), request_body = Acceptance,
    responses((status = 200, description = "The referral or transfer, accepted.", body = Transfer),
        (status = 409, description = "`TR-02`: another organisation was asked. `TR-03`: the offer has run out. Or the state does not allow it.")))]
async fn accept_transfer(
    access: Access<DecideTransfers>,
    id: Path<TransferId>,
    seen: IfMatch,
    body: Body<Acceptance>,
) -> Result<Released> {
    access.change(move |tx| store::accept(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transfers/{id}/refuse", tag = "transfers", summary = "Refuse a child that is offered",
    description = "The organisation that was asked refuses, with a reason, and may no longer read about the child. The request, sent again, finds nothing: 404.",
    params(("id" = TransferId, Path, description = "The referral or transfer.")), request_body = StepReason,
    responses((status = 200, description = "The referral or transfer, refused.", body = Transfer),
        (status = 409, description = "`TR-02`: another organisation was asked. `TR-03`: the offer has run out. Or the state does not allow it.")))]
async fn refuse_transfer(
    access: Access<DecideTransfers>,
    id: Path<TransferId>,
    seen: IfMatch,
    body: Body<StepReason>,
) -> Result<Released> {
    access.change(move |tx| store::refuse(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transfers/{id}/revoke", tag = "transfers", summary = "Take back the offer of a child",
    description = "The organisation that offered takes it back, with a reason. The one that was asked may no longer read about the child.",
    params(("id" = TransferId, Path, description = "The referral or transfer.")), request_body = StepReason,
    responses((status = 200, description = "The referral or transfer, revoked.", body = Transfer),
        (status = 409, description = "`TR-02`: another organisation is responsible. `TR-03`: the offer has run out. Or the state does not allow it.")))]
async fn revoke_transfer(
    access: Access<OfferTransfers>,
    id: Path<TransferId>,
    seen: IfMatch,
    body: Body<StepReason>,
) -> Result<Released> {
    access.change(move |tx| store::revoke(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/transfers/{id}/end", tag = "transfers", summary = "End a referral",
    description = "Either side ends a referral that was accepted, with a reason. The organisation that helped may no longer read about the child.",
    params(("id" = TransferId, Path, description = "The referral.")), request_body = StepReason,
    responses((status = 200, description = "The referral, ended.", body = Transfer),
        (status = 409, description = "`TR-02`: the referral is between other organisations. Or it is no referral that was accepted.")))]
async fn end_transfer(
    access: Access<DecideTransfers>,
    id: Path<TransferId>,
    seen: IfMatch,
    body: Body<StepReason>,
) -> Result<Released> {
    access.change(move |tx| store::end(tx, id.0, &seen, &body.0)?.ok()).await
}
