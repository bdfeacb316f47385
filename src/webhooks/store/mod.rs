//! Queries and changes of endpoints; what is sent to them and how far they are lies beside.
pub mod deliveries;
pub mod orders;
pub mod progress;
mod secrets;

use std::sync::Arc;

use diesel::prelude::*;

use super::model::{
    DisabledReason, EndpointState, NewWebhookEndpoint, Signer, WebhookEndpoint, WebhookEndpointId,
    WebhookEndpointPatch, WebhookEndpointWithSecret,
};
use crate::{
    clients::ClientId,
    feed,
    platform::{
        actor::Actor,
        copies::Copies,
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        page::{Page, PageQuery},
        reply::Reply,
        version::{IfMatch, etag},
    },
    schema::webhook_endpoints as table,
};

pub use secrets::signers;

/// Endpoints that a client may have.
const MOST: i64 = 100;

/// Whoever keeps endpoints: each client sees its own alone.
#[derive(Clone)]
pub struct Owner {
    pub actor: Arc<Actor>,
    pub copies: Copies,
}

impl Owner {
    fn id(&self) -> ClientId {
        ClientId::from_untyped(self.actor.id)
    }
}

/// One endpoint of a client.
pub fn find(
    conn: &mut PgConnection,
    client: ClientId,
    id: WebhookEndpointId,
) -> Result<WebhookEndpoint> {
    let own = table::table.find(id).filter(table::client_id.eq(client));
    own.select(WebhookEndpoint::as_select()).first(conn).found::<WebhookEndpoint>()
}

/// The endpoint, if anything is sent to it.
pub fn active(conn: &mut PgConnection, id: WebhookEndpointId) -> Result<Option<WebhookEndpoint>> {
    let active = table::table.find(id).filter(table::state.eq(EndpointState::Active));
    Ok(active.select(WebhookEndpoint::as_select()).first(conn).optional()?)
}

/// The endpoints of a client, in the order in which they were registered.
pub fn list(
    conn: &mut PgConnection,
    client: ClientId,
    page: &PageQuery,
) -> Result<Page<WebhookEndpoint>> {
    let (bound, limit) = (page.bind(&("webhook_endpoints", client)), page.limit()?);
    let mut own = table::table.filter(table::client_id.eq(client)).into_boxed();
    if let Some(last) = bound.after::<WebhookEndpointId>()? {
        own = own.filter(table::id.gt(last));
    }
    let rows = own.order(table::id).limit(limit + 1).select(WebhookEndpoint::as_select());
    Ok(bound.page(rows.load(conn)?, limit, |endpoint| endpoint.id))
}

fn lock(tx: &mut Tx<'_>, client: ClientId, id: WebhookEndpointId) -> Result<WebhookEndpoint> {
    let own = table::table.find(id).filter(table::client_id.eq(client)).for_update();
    own.select(WebhookEndpoint::as_select()).first(tx.conn).found::<WebhookEndpoint>()
}

/// Registers an endpoint, which is told of what happens from now on. Its secret is in the answer alone.
pub fn register(
    tx: &mut Tx<'_>,
    owner: &Owner,
    new: NewWebhookEndpoint,
) -> Result<Recorded<Reply>> {
    let own = table::table.filter(table::client_id.eq(owner.id()));
    if own.count().get_result::<i64>(tx.conn)? >= MOST {
        return Err(Error::State(format!("the client has {MOST} endpoints: change one of them")));
    }
    let signer = Signer::generate();
    let endpoint = WebhookEndpoint {
        id: WebhookEndpointId::generate(),
        client_id: owner.id(),
        url: new.url,
        kinds: new.kinds,
        description: new.description,
        purpose: new.purpose,
        state: EndpointState::Active,
        disabled_reason: None,
        disabled_at: None,
        public_key: signer.public_key(),
        version: 1,
    };
    check(owner, &endpoint)?;
    diesel::insert_into(table::table).values(&endpoint).execute(tx.conn)?;
    secrets::add(tx, endpoint.id, &signer)?;
    let head = feed::store::head(tx.conn, &owner.copies)?;
    progress::begin(tx.conn, endpoint.id, &head)?;
    shown(tx.created("registered", endpoint)?, &signer, 201)
}

/// Changes an endpoint that is still as the caller saw it.
pub fn change(
    tx: &mut Tx<'_>,
    owner: &Owner,
    id: WebhookEndpointId,
    seen: &IfMatch,
    patch: &WebhookEndpointPatch,
) -> Result<Recorded<WebhookEndpoint>> {
    let before = lock(tx, owner.id(), id)?;
    seen.check(&before)?;
    let after = patch.apply(&before, tx.now);
    check(owner, &after)?;
    if after.state == EndpointState::Active {
        // Whatever held it, it is tried as it is now.
        progress::free(tx.conn, id)?;
    }
    save(tx, "changed", &before, after)
}

/// Gives an endpoint a new secret; the one before it signs beside it for so many hours more.
pub fn rotate(
    tx: &mut Tx<'_>,
    client: ClientId,
    id: WebhookEndpointId,
    seen: &IfMatch,
) -> Result<Recorded<Reply>> {
    let before = lock(tx, client, id)?;
    seen.check(&before)?;
    let signer = Signer::generate();
    secrets::retire(tx, id)?;
    secrets::add(tx, id, &signer)?;
    let (public_key, version) = (signer.public_key(), before.version + 1);
    let after = WebhookEndpoint { public_key, version, ..before.clone() };
    shown(save(tx, "secret_rotated", &before, after)?, &signer, 200)
}

/// Ends what is sent to an endpoint, by itself, if anything still is.
pub fn disable(tx: &mut Tx<'_>, id: WebhookEndpointId, reason: DisabledReason) -> Result<()> {
    let active = table::table.find(id).filter(table::state.eq(EndpointState::Active)).for_update();
    let row: Option<WebhookEndpoint> =
        active.select(WebhookEndpoint::as_select()).first(tx.conn).optional()?;
    let Some(before) = row else { return Ok(()) };
    let after = WebhookEndpoint { version: before.version + 1, ..before.clone() };
    let after = after.disabled(reason, tx.now);
    save(tx, "disabled", &before, after).map(drop)
}

fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &WebhookEndpoint,
    after: WebhookEndpoint,
) -> Result<Recorded<WebhookEndpoint>> {
    diesel::update(table::table.find(after.id)).set(&after).execute(tx.conn)?;
    tx.changed(event, before, after)
}

/// The answer that shows the secret.
fn shown(
    saved: Recorded<WebhookEndpoint>,
    signer: &Signer,
    status: u16,
) -> Result<Recorded<Reply>> {
    let endpoint = saved.value().clone();
    let tag = etag(&endpoint);
    let location = format!("/v1/webhook-endpoints/{}", endpoint.id);
    let body = WebhookEndpointWithSecret { endpoint, secret: signer.secret() };
    let mut reply = Reply::json(status, &body)?.tag(tag);
    if status == 201 {
        reply = reply.location(location);
    }
    Ok(saved.map(|_| reply))
}

/// Refuses kinds and purposes that are not the client's.
fn check(owner: &Owner, endpoint: &WebhookEndpoint) -> Result<()> {
    let readable = owner.copies.kinds();
    for (index, kind) in endpoint.kinds.iter().enumerate() {
        if !readable.contains(&kind.as_str()) {
            let detail = "is no kind of records that the caller may keep a copy of";
            return Err(Error::value(&format!("/kinds/{index}"), "unknown_kind", detail));
        }
    }
    match &endpoint.purpose {
        Some(purpose) if !owner.actor.purposes.contains(purpose) => {
            let detail = "is none of the purposes that the client may ask for";
            Err(Error::value("/purpose", "not_allowed", detail))
        }
        None if owner.actor.default_purpose.is_none() => {
            let detail = "must be said: the client has no usual purpose";
            Err(Error::value("/purpose", "missing_member", detail))
        }
        _ => Ok(()),
    }
}
