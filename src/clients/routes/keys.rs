//! The keys of clients over HTTP.
use crate::{
    clients::{
        model::{
            ClientId, ClientKey, ClientKeyId, ClientKeyPage, Manager, NewClientKey, Revocation,
        },
        permission::{ManageClients, ReadClients},
        store,
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
        time::KnownAt,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![list_client_keys, read_client_key, add_client_key, revoke_client_key]
}

#[utoipa::path(get, path = "/v1/clients/{id}/keys", tag = "clients", summary = "List the keys of a client",
    description = "All keys that the client ever had, in the order in which they were added; with `known_at` as the registry knew them at that instant.",
    params(("id" = ClientId, Path, description = "The client."), KnownAt, PageQuery),
    responses((status = 200, description = "Some keys.", body = ClientKeyPage)))]
async fn list_client_keys(
    access: Access<ReadClients>,
    id: Path<ClientId>,
    when: Query<KnownAt>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let now = access.now();
    let keys = access.read(move |conn| store::list_keys(conn, id.0, when.0, &page.0, now)).await?;
    access.release_page(&address, &ClientKeyPage::from(keys)).await
}

#[utoipa::path(get, path = "/v1/clients/{id}/keys/{key_id}", tag = "clients", summary = "Read a key of a client",
    description = "One key of the client.",
    params(("id" = ClientId, Path, description = "The client."), ("key_id" = ClientKeyId, Path, description = "The key."), KnownAt),
    responses((status = 200, description = "The key.", body = ClientKey)))]
async fn read_client_key(
    access: Access<ReadClients>,
    ids: Path<(ClientId, ClientKeyId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let (client, key) = ids.0;
    access.read_known(when.0, &held, move |conn| store::find_key(conn, client, key)).await
}

#[utoipa::path(post, path = "/v1/clients/{id}/keys", tag = "clients", summary = "Add a key to a client",
    description = "Adds a public key, Ed25519 or P-256. Several may be valid at once: add the new one, change over, revoke the old one.",
    params(("id" = ClientId, Path, description = "The client.")), request_body = NewClientKey,
    responses((status = 201, description = "The new key.", body = ClientKey),
        (status = 409, description = "`CL-01`: the client is the caller itself. `CL-02`: the client may do more than the caller may give. Or it was revoked, has ten keys, or the key was added before.")))]
async fn add_client_key(
    access: Access<ManageClients>,
    id: Path<ClientId>,
    body: Body<NewClientKey>,
) -> Result<Released> {
    let by = Manager::Client(access.actor.clone());
    let collection = format!("/v1/clients/{}/keys", id.0);
    access.change(move |tx| store::add_key(tx, &by, id.0, &body.0)?.created(&collection)).await
}

#[utoipa::path(post, path = "/v1/clients/{id}/keys/{key_id}/revoke", tag = "clients", summary = "Revoke a key of a client",
    description = "Ends what the key may sign, for ever, and with it the tokens that were got by it: they are refused within seconds on every service.",
    params(("id" = ClientId, Path, description = "The client."), ("key_id" = ClientKeyId, Path, description = "The key.")),
    request_body = Revocation,
    responses((status = 200, description = "The key, revoked.", body = ClientKey),
        (status = 409, description = "`CL-01`: the client is the caller itself. Or the key was revoked already.")))]
async fn revoke_client_key(
    access: Access<ManageClients>,
    ids: Path<(ClientId, ClientKeyId)>,
    seen: IfMatch,
    body: Body<Revocation>,
) -> Result<Released> {
    let by = Manager::Client(access.actor.clone());
    access.change(move |tx| store::revoke_key(tx, &by, ids.0, Some(&seen), &body.0)?.ok()).await
}
