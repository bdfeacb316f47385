//! `/v1/consumers` over HTTP.
use crate::{
    clients::ClientId,
    feed::{
        model::{Consumer, ConsumerId, ConsumerPage, ConsumerPatch, Live, NewConsumer},
        permission::{ManageConsumers, ReadChanges, ReadConsumers},
        store::consumers::{self, Asking},
    },
    platform::{
        access::{Access, Permission},
        error::Result,
        extract::{Body, Patch, Path, Query},
        http::{Address, Routes},
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        register_consumer,
        list_consumers,
        read_consumer,
        change_consumer,
        end_consumer,
        read_consumer_history,
    ]
}

fn asking<P: Permission>(access: &Access<P>) -> Asking {
    let client = ClientId::from_untyped(access.actor.id);
    Asking { client, everybody: access.is_everywhere("consumer"), now: access.now() }
}

#[utoipa::path(post, path = "/v1/consumers", tag = "sync", operation_id = "register_consumer", summary = "Register a consumer of the feed",
    description = "Gives a reader of the feed a name: the registry keeps up to where it has applied the changes, by what it asks for with \
        `GET /v1/changes?consumer=`, and tells it and the operator how far it lags.",
    request_body = NewConsumer,
    responses((status = 201, description = "The new consumer.", body = Consumer),
        (status = 409, description = "The client has fifty consumers.")))]
async fn register_consumer(
    access: Access<ManageConsumers>,
    body: Body<NewConsumer>,
) -> Result<Released> {
    let (asking, readable) = (asking(&access), access.copies_by::<ReadChanges>()?.kinds());
    let new = body.0;
    access
        .change(move |tx| {
            consumers::register(tx, asking, new.clone(), &readable)?.created("/v1/consumers")
        })
        .await
}

#[utoipa::path(get, path = "/v1/consumers", tag = "sync", operation_id = "list_consumers", summary = "List the consumers of the feed",
    description = "The caller's own consumers, and for the national authority those of all clients, in the order in which they were \
        registered, each with how far it is.", params(PageQuery),
    responses((status = 200, description = "Some consumers.", body = ConsumerPage)))]
async fn list_consumers(
    access: Access<ReadConsumers>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let asking = asking(&access);
    let found = access.read(move |conn| asking.list(conn, &page.0)).await?;
    access.release_page(&address, &ConsumerPage::from(found)).await
}

#[utoipa::path(get, path = "/v1/consumers/{id}", tag = "sync", operation_id = "read_consumer", summary = "Read a consumer of the feed",
    description = "One consumer, and how far it is.",
    params(("id" = ConsumerId, Path, description = "The consumer.")),
    responses((status = 200, description = "The consumer.", body = Consumer)))]
async fn read_consumer(
    access: Access<ReadConsumers>,
    id: Path<ConsumerId>,
    held: IfNoneMatch,
) -> Result<Released> {
    let asking = asking(&access);
    let found = access.read(move |conn| asking.find(conn, id.0)).await?;
    access.release_with(false, &held, &Live(found)).await
}

#[utoipa::path(patch, path = "/v1/consumers/{id}", tag = "sync", operation_id = "change_consumer", summary = "Change a consumer of the feed",
    description = "Changes the members that are given; null ends what may be absent. A consumer stays where it is: whoever adds a kind \
        takes a snapshot of it then.",
    params(("id" = ConsumerId, Path, description = "The consumer.")), request_body = ConsumerPatch,
    responses((status = 200, description = "The consumer after the change.", body = Consumer),
        (status = 409, description = "The consumer has ended.")))]
async fn change_consumer(
    access: Access<ManageConsumers>,
    id: Path<ConsumerId>,
    seen: IfMatch,
    patch: Patch<ConsumerPatch>,
) -> Result<Released> {
    let (asking, readable) = (asking(&access), access.copies_by::<ReadChanges>()?.kinds());
    access.change(move |tx| asking.change(tx, id.0, &seen, &patch.0, &readable)?.ok()).await
}

#[utoipa::path(post, path = "/v1/consumers/{id}/end", tag = "sync", operation_id = "end_consumer", summary = "End a consumer of the feed",
    description = "Nobody follows the feed by it any more, and nobody is told of its lag.",
    params(("id" = ConsumerId, Path, description = "The consumer.")),
    responses((status = 200, description = "The consumer, ended.", body = Consumer),
        (status = 409, description = "It has ended already.")))]
async fn end_consumer(
    access: Access<ManageConsumers>,
    id: Path<ConsumerId>,
    seen: IfMatch,
) -> Result<Released> {
    let asking = asking(&access);
    access.change(move |tx| asking.end(tx, id.0, &seen)?.ok()).await
}

#[utoipa::path(get, path = "/v1/consumers/{id}/history", tag = "sync", operation_id = "read_consumer_history", summary = "Read the history of a consumer",
    description = "Who changed what of the consumer and when, newest first; not what it asked for.",
    params(("id" = ConsumerId, Path, description = "The consumer."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_consumer_history(
    access: Access<ReadConsumers>,
    id: Path<ConsumerId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let (asking, id) = (asking(&access), id.0);
    let read = access.read(move |conn| {
        asking.find(conn, id)?;
        journal::history::<Consumer>(conn, id.untyped(), &page.0)
    });
    access.release_page(&address, &HistoryPage::from(read.await?)).await
}
