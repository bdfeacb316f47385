//! What clients ask to be sent: a test, some places of the feed once more, a delivery again.
use super::{Owner, deliveries, find, progress};
use crate::{
    clients::ClientId,
    feed,
    platform::{
        db::Tx,
        error::{Error, Fault, Result},
        journal::Recorded,
        reply::Reply,
    },
    webhooks::model::{
        WebhookDelivery, WebhookDeliveryId, WebhookEndpointId, WebhookOrder, WebhookOrderId,
        WebhookOrderKind, WebhookReplay, WebhookReplayRequest,
    },
};

fn order(endpoint_id: WebhookEndpointId, kind: WebhookOrderKind) -> WebhookOrder {
    let id = WebhookOrderId::generate();
    WebhookOrder { id, endpoint_id, kind, delivery_id: None, from: None, to: None, version: 1 }
}

/// Sends a message that tells of nothing.
pub fn test(
    tx: &mut Tx<'_>,
    client: ClientId,
    id: WebhookEndpointId,
) -> Result<Recorded<WebhookDelivery>> {
    find(tx.conn, client, id)?;
    let delivery = deliveries::add_other(tx.conn, id, deliveries::TEST, tx.now)?;
    let delivery_id = Some(delivery.id.untyped());
    let order = WebhookOrder { delivery_id, ..order(id, WebhookOrderKind::Test) };
    Ok(tx.created("ordered", order)?.map(|_| delivery))
}

/// Sends what the feed tells from one place to another once more.
pub fn replay(
    tx: &mut Tx<'_>,
    owner: &Owner,
    id: WebhookEndpointId,
    asked: WebhookReplayRequest,
) -> Result<Recorded<WebhookReplay>> {
    find(tx.conn, owner.id(), id)?;
    let head = feed::store::head(tx.conn, &owner.copies)?;
    let at = progress::find(tx.conn, id)?;
    if (at.epoch, &at.scope) != (head.epoch, &head.scope) {
        let detail = "the copy has to be made anew: there is nothing to send once more";
        return Err(Error::State(detail.to_owned()));
    }
    let after = match (asked.from, asked.since) {
        (Some(from), None) => from - 1,
        (None, Some(since)) => feed::store::place_before(tx.conn, since)?,
        _ => {
            let detail = "either from or since must be said";
            return Err(Error::Invalid(vec![Fault::new("", "missing_member", detail)]));
        }
    };
    if asked.to.is_some_and(|to| to < after) {
        return Err(Error::value("/to", "out_of_order", "must not lie before the first place"));
    }
    // What lies ahead of where the endpoint is comes by itself.
    let to = asked.to.unwrap_or(at.position).min(at.position);
    if after < to && !progress::replay(tx.conn, id, after, to)? {
        let detail = "what was asked for before is still being sent once more";
        return Err(Error::State(detail.to_owned()));
    }
    let (from, to) = (after + 1, to.max(after));
    let kind = WebhookOrderKind::Replay;
    let order = WebhookOrder { from: Some(from), to: Some(to), ..order(id, kind) };
    Ok(tx.created("ordered", order)?.map(|_| WebhookReplay { from, to }))
}

/// Tries a delivery again.
pub fn retry(
    tx: &mut Tx<'_>,
    client: ClientId,
    id: WebhookDeliveryId,
) -> Result<Recorded<WebhookDelivery>> {
    let before = deliveries::of_client(tx.conn, client, id)?;
    deliveries::again(tx.conn, id, tx.now)?;
    let after = deliveries::of_client(tx.conn, client, id)?;
    let delivery_id = Some(id.untyped());
    let kind = WebhookOrderKind::Retry;
    let order = WebhookOrder { delivery_id, ..order(before.endpoint_id, kind) };
    Ok(tx.created("ordered", order)?.map(|_| after))
}

/// The answer to what was ordered.
pub fn accepted<T: serde::Serialize>(done: Recorded<T>) -> Result<Recorded<Reply>> {
    let reply = Reply::json(202, done.value())?;
    Ok(done.map(|_| reply))
}
