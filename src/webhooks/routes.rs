//! `/v1/webhook-endpoints` and `/v1/webhook-deliveries` over HTTP.
use super::{
    model::{
        NewWebhookEndpoint, WebhookDelivery, WebhookDeliveryDetail, WebhookDeliveryId,
        WebhookDeliveryPage, WebhookEndpoint, WebhookEndpointId, WebhookEndpointPage,
        WebhookEndpointPatch, WebhookEndpointWithSecret, WebhookReplay, WebhookReplayRequest,
    },
    permission::{ManageWebhooks, ReadWebhooks},
    store::{
        self, Owner,
        deliveries::{self, WebhookDeliveryFilter},
        orders,
    },
};
use crate::{
    clients::ClientId,
    feed::permission::ReadChanges,
    platform::{
        access::{Access, Permission},
        error::Result,
        extract::{Body, Patch, Path, Query},
        http::{Address, Routes},
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        time::KnownAt,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        list_webhook_endpoints,
        read_webhook_endpoint,
        register_webhook_endpoint,
        change_webhook_endpoint,
        rotate_webhook_secret,
        read_webhook_endpoint_history,
        list_webhook_deliveries,
        read_webhook_delivery,
        send_webhook_test,
        replay_webhooks,
        retry_webhook_delivery,
    ]
}

fn client<P: Permission>(access: &Access<P>) -> ClientId {
    ClientId::from_untyped(access.actor.id)
}

fn owner(access: &Access<ManageWebhooks>) -> Result<Owner> {
    let copies = access.copies_by::<ReadChanges>()?;
    Ok(Owner { actor: access.actor.clone(), copies })
}

#[utoipa::path(get, path = "/v1/webhook-endpoints", tag = "webhooks", summary = "List the webhook endpoints",
    description = "The caller's own endpoints, in the order in which they were registered.", params(PageQuery),
    responses((status = 200, description = "Some endpoints.", body = WebhookEndpointPage)))]
async fn list_webhook_endpoints(
    access: Access<ReadWebhooks>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let own = client(&access);
    let endpoints = access.read(move |conn| store::list(conn, own, &page.0)).await?;
    access.release_page(&address, &WebhookEndpointPage::from(endpoints)).await
}

#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}", tag = "webhooks", summary = "Read a webhook endpoint",
    description = "One of the caller's own endpoints.",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint."), KnownAt),
    responses((status = 200, description = "The endpoint.", body = WebhookEndpoint)))]
async fn read_webhook_endpoint(
    access: Access<ReadWebhooks>,
    id: Path<WebhookEndpointId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let own = client(&access);
    access.read_known(when.0, &held, move |conn| store::find(conn, own, id.0)).await
}

#[utoipa::path(post, path = "/v1/webhook-endpoints", tag = "webhooks", summary = "Register a webhook endpoint",
    description = "Has the changes that `GET /v1/changes` would tell the caller sent to an address, one message for each, from now on. \
        The address must be https at a host that the operator allows. The secret is shown in this answer alone.",
    request_body = NewWebhookEndpoint,
    responses((status = 201, description = "The new endpoint, with its secret.", body = WebhookEndpointWithSecret),
        (status = 409, description = "The client has a hundred endpoints.")))]
async fn register_webhook_endpoint(
    access: Access<ManageWebhooks>,
    body: Body<NewWebhookEndpoint>,
) -> Result<Released> {
    let owner = owner(&access)?;
    access.callable("/url", body.0.url.clone()).await?;
    access.change(move |tx| store::register(tx, &owner, body.0.clone())).await
}

#[utoipa::path(patch, path = "/v1/webhook-endpoints/{id}", tag = "webhooks", summary = "Change a webhook endpoint",
    description = "Changes the members that are given; null ends what may be absent. An endpoint that becomes `active` again \
        gets what happened meanwhile, as far as the feed still tells it.",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")), request_body = WebhookEndpointPatch,
    responses((status = 200, description = "The endpoint after the change.", body = WebhookEndpoint)))]
async fn change_webhook_endpoint(
    access: Access<ManageWebhooks>,
    id: Path<WebhookEndpointId>,
    seen: IfMatch,
    patch: Patch<WebhookEndpointPatch>,
) -> Result<Released> {
    let owner = owner(&access)?;
    if let Some(url) = patch.0.url.clone() {
        // Names are resolved without a lock: first whether there is anything to change.
        let (own, tag) = (client(&access), seen.clone());
        access.read(move |conn| tag.check(&store::find(conn, own, id.0)?)).await?;
        access.callable("/url", url).await?;
    }
    access.change(move |tx| store::change(tx, &owner, id.0, &seen, &patch.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/rotate-secret", tag = "webhooks", summary = "Give a webhook endpoint a new secret",
    description = "Makes a new secret and a new key, shown in this answer alone. For a day messages are signed by the old ones too \
        (the parameter `webhook_secret_overlap_hours`): change over meanwhile.",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")),
    responses((status = 200, description = "The endpoint, with its new secret.", body = WebhookEndpointWithSecret)))]
async fn rotate_webhook_secret(
    access: Access<ManageWebhooks>,
    id: Path<WebhookEndpointId>,
    seen: IfMatch,
) -> Result<Released> {
    let own = client(&access);
    access.change(move |tx| store::rotate(tx, own, id.0, &seen)).await
}

#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}/history", tag = "webhooks", summary = "Read the history of a webhook endpoint",
    description = "Who changed what of the endpoint and when, and what was asked to be sent to it, newest first.",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_webhook_endpoint_history(
    access: Access<ReadWebhooks>,
    id: Path<WebhookEndpointId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let (own, id) = (client(&access), id.0);
    let read = access.read(move |conn| {
        store::find(conn, own, id)?;
        journal::history::<WebhookEndpoint>(conn, id.untyped(), &page.0)
    });
    access.release_page(&address, &HistoryPage::from(read.await?)).await
}

#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}/deliveries", tag = "webhooks", summary = "List the deliveries to a webhook endpoint",
    description = "What was sent and is to be sent to the endpoint, newest first; for thirty days after it ended.",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint."), WebhookDeliveryFilter, PageQuery),
    responses((status = 200, description = "Some deliveries.", body = WebhookDeliveryPage)))]
async fn list_webhook_deliveries(
    access: Access<ReadWebhooks>,
    id: Path<WebhookEndpointId>,
    filter: Query<WebhookDeliveryFilter>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let of = (client(&access), id.0);
    let found = access.read(move |conn| deliveries::list(conn, of, &filter.0, &page.0)).await?;
    access.release_page(&address, &WebhookDeliveryPage::from(found)).await
}

#[utoipa::path(get, path = "/v1/webhook-deliveries/{id}", tag = "webhooks", summary = "Read a delivery with its attempts",
    description = "A delivery to one of the caller's own endpoints, and what came of each attempt. What was answered is not kept.",
    params(("id" = WebhookDeliveryId, Path, description = "The delivery.")),
    responses((status = 200, description = "The delivery.", body = WebhookDeliveryDetail)))]
async fn read_webhook_delivery(
    access: Access<ReadWebhooks>,
    id: Path<WebhookDeliveryId>,
) -> Result<Released> {
    let own = client(&access);
    access.release(&access.read(move |conn| deliveries::read(conn, own, id.0)).await?).await
}

#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/test", tag = "webhooks", summary = "Send a test to a webhook endpoint",
    description = "Sends a message of the type `webhook.test`, which tells of nobody; also to an endpoint that nothing else is sent to, once it is active.",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")),
    responses((status = 202, description = "The delivery, which is tried at once.", body = WebhookDelivery)))]
async fn send_webhook_test(
    access: Access<ManageWebhooks>,
    id: Path<WebhookEndpointId>,
) -> Result<Released> {
    let own = client(&access);
    access.change(move |tx| orders::accepted(orders::test(tx, own, id.0)?)).await
}

#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/replay", tag = "webhooks", summary = "Have changes sent once more",
    description = "Sends what the feed tells from a place on, or since a moment, once more, as far as the caller may know of it now. \
        A message that was sent before comes with the same id.",
    params(("id" = WebhookEndpointId, Path, description = "The endpoint.")), request_body = WebhookReplayRequest,
    responses((status = 202, description = "What is sent once more.", body = WebhookReplay),
        (status = 409, description = "What was asked for before is still being sent, or the copy has to be made anew.")))]
async fn replay_webhooks(
    access: Access<ManageWebhooks>,
    id: Path<WebhookEndpointId>,
    body: Body<WebhookReplayRequest>,
) -> Result<Released> {
    let owner = owner(&access)?;
    access.change(move |tx| orders::accepted(orders::replay(tx, &owner, id.0, body.0)?)).await
}

#[utoipa::path(post, path = "/v1/webhook-deliveries/{id}/retry", tag = "webhooks", summary = "Try a delivery again",
    description = "Tries the delivery at once, and from the beginning of the schedule, whatever became of it.",
    params(("id" = WebhookDeliveryId, Path, description = "The delivery.")),
    responses((status = 202, description = "The delivery, which is tried at once.", body = WebhookDelivery)))]
async fn retry_webhook_delivery(
    access: Access<ManageWebhooks>,
    id: Path<WebhookDeliveryId>,
) -> Result<Released> {
    let own = client(&access);
    access.change(move |tx| orders::accepted(orders::retry(tx, own, id.0)?)).await
}
