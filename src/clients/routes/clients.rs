//! `/v1/clients` over HTTP.
use crate::{
    clients::{
        model::{Client, ClientId, ClientPage, ClientPatch, Manager, NewClient, Revocation},
        permission::{ManageClients, ReadClients},
        store::{self, ClientFilter},
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Patch, Path, Query},
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
        list_clients,
        read_client,
        register_client,
        change_client,
        revoke_client,
        read_client_history
    ]
}

#[utoipa::path(get, path = "/v1/clients", tag = "clients", summary = "List the clients",
    description = "The registered systems, in the order in which they were registered unless said.",
    params(ClientFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some clients.", body = ClientPage)))]
async fn list_clients(
    access: Access<ReadClients>,
    filter: Query<ClientFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let clients = access
        .read(move |conn| {
            let total = store::total(conn, &filter.0, count.0)?;
            Ok(store::list(conn, &filter.0, &page.0)?.of(total))
        })
        .await?;
    access.release_page(&address, &ClientPage::from(clients)).await
}

#[utoipa::path(get, path = "/v1/clients/{id}", tag = "clients", summary = "Read a client",
    description = "One registered system.", params(("id" = ClientId, Path, description = "The client."), KnownAt),
    responses((status = 200, description = "The client.", body = Client)))]
async fn read_client(
    access: Access<ReadClients>,
    id: Path<ClientId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(post, path = "/v1/clients", tag = "clients", summary = "Register a client",
    description = "Registers a system that may ask: its roles, areas and purposes. It can act once it has a key, or comes with the tokens of an outside issuer.",
    request_body = NewClient,
    responses((status = 201, description = "The new client.", body = Client),
        (status = 409, description = "`CL-02`: the roles allow more than the caller may give. Or another client has the name, or the subject of the outside issuer.")))]
async fn register_client(access: Access<ManageClients>, body: Body<NewClient>) -> Result<Released> {
    let by = Manager::Client(access.actor.clone());
    access.change(move |tx| store::register(tx, &by, body.0.clone())?.created("/v1/clients")).await
}

#[utoipa::path(patch, path = "/v1/clients/{id}", tag = "clients", summary = "Change a client",
    description = "Changes the members that are given; null ends what may be absent. Every service knows within seconds.",
    params(("id" = ClientId, Path, description = "The client.")), request_body = ClientPatch,
    responses((status = 200, description = "The client after the change.", body = Client),
        (status = 409, description = "`CL-01`: the client is the caller itself. `CL-02`: the client may do more than the caller may give.")))]
async fn change_client(
    access: Access<ManageClients>,
    id: Path<ClientId>,
    seen: IfMatch,
    patch: Patch<ClientPatch>,
) -> Result<Released> {
    let by = Manager::Client(access.actor.clone());
    access.change(move |tx| store::change(tx, &by, id.0, &seen, &patch.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/clients/{id}/revoke", tag = "clients", summary = "Revoke a client",
    description = "Ends what the client may do, for ever. Its tokens are refused within seconds on every service, however long they would live.",
    params(("id" = ClientId, Path, description = "The client.")), request_body = Revocation,
    responses((status = 200, description = "The client, revoked.", body = Client),
        (status = 409, description = "`CL-01`: the client is the caller itself. Or it was revoked already.")))]
async fn revoke_client(
    access: Access<ManageClients>,
    id: Path<ClientId>,
    seen: IfMatch,
    body: Body<Revocation>,
) -> Result<Released> {
    let by = Manager::Client(access.actor.clone());
    access.change(move |tx| store::revoke(tx, &by, id.0, Some(&seen), &body.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/clients/{id}/history", tag = "clients", summary = "Read the history of a client",
    description = "Who changed what of the client and its keys and when, newest first.",
    params(("id" = ClientId, Path, description = "The client."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_client_history(
    access: Access<ReadClients>,
    id: Path<ClientId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history =
        access.read(move |conn| journal::history::<Client>(conn, id.0.untyped(), &page.0)).await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}
