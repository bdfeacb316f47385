//! `/v1/children/{id}/protected-addresses` and `/v1/children/{id}/case-links` over HTTP.
use super::{
    model::{
        CaseLink, CaseLinkId, CaseLinks, NewCaseLink, NewProtectedAddress, ProtectedAddress,
        ProtectedAddressId, ProtectedAddresses,
    },
    permission::{ManageProtectedAddresses, ReadProtectedAddresses},
    store::{self, Asker},
};
use crate::{
    children::ChildId,
    platform::{
        access::{Access, Permission},
        error::Result,
        extract::{Body, Path, Query},
        http::Routes,
        released::Released,
        time::KnownAt,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        protect_address,
        list_protected_addresses,
        read_protected_address,
        end_protected_address,
        name_for_case,
        list_case_links,
        read_case_link,
        end_case_link
    ]
}

fn asker<P: Permission>(access: &Access<P>) -> Asker {
    let actor = &access.actor;
    Asker { client: actor.id, organisation: actor.organisation, now: access.now() }
}

#[utoipa::path(post, path = "/v1/children/{id}/protected-addresses", tag = "protection", summary = "Record a child's protected address",
    description = "Records where a child lives whom somebody must not find. Only the organisation that is responsible does; the client that records it is named to know it, and nobody else until it is named.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewProtectedAddress,
    responses((status = 201, description = "The protected address.", body = ProtectedAddress),
        (status = 409, description = "`PA-01`: the child has one already.")))]
async fn protect_address(
    access: Access<ManageProtectedAddresses>,
    id: Path<ChildId>,
    body: Body<NewProtectedAddress>,
) -> Result<Released> {
    let collection = format!("/v1/children/{}/protected-addresses", id.0);
    access.change(move |tx| store::protect(tx, id.0, &body.0)?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/children/{id}/protected-addresses", tag = "protection", summary = "List a child's protected addresses",
    description = "Where the child lives and lived, for whoever is named to know it by a case link; to everybody else there is none.",
    params(("id" = ChildId, Path, description = "The child.")),
    responses((status = 200, description = "The protected addresses.", body = ProtectedAddresses)))]
async fn list_protected_addresses(
    access: Access<ReadProtectedAddresses>,
    id: Path<ChildId>,
) -> Result<Released> {
    let asker = asker(&access);
    let addresses = access.read(move |conn| store::addresses(conn, id.0, asker)).await?;
    access.release(&addresses).await
}

#[utoipa::path(get, path = "/v1/children/{id}/protected-addresses/{address_id}", tag = "protection", summary = "Read a child's protected address",
    description = "Where the child lives, for whoever is named to know it by a case link; to everybody else there is none.",
    params(("id" = ChildId, Path, description = "The child."), ("address_id" = ProtectedAddressId, Path, description = "The protected address."), KnownAt),
    responses((status = 200, description = "The protected address.", body = ProtectedAddress)))]
async fn read_protected_address(
    access: Access<ReadProtectedAddresses>,
    path: Path<(ChildId, ProtectedAddressId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let ((child, id), asker) = (path.0, asker(&access));
    access.read_known(when.0, &held, move |conn| store::find(conn, child, id, asker)).await
}

#[utoipa::path(post, path = "/v1/children/{id}/protected-addresses/{address_id}/end", tag = "protection", summary = "End the protection of a child's address",
    description = "The address is protected no more. Whoever ends it is named to know it, and of the organisation that is responsible.",
    params(("id" = ChildId, Path, description = "The child."), ("address_id" = ProtectedAddressId, Path, description = "The protected address.")),
    responses((status = 200, description = "The address, protected no more.", body = ProtectedAddress),
        (status = 409, description = "It has ended already.")))]
async fn end_protected_address(
    access: Access<ManageProtectedAddresses>,
    path: Path<(ChildId, ProtectedAddressId)>,
    seen: IfMatch,
) -> Result<Released> {
    let (child, id) = path.0;
    access.change(move |tx| store::end(tx, child, id, &seen)?.ok()).await
}

#[utoipa::path(post, path = "/v1/children/{id}/case-links", tag = "protection", summary = "Name who may know a child's protected address",
    description = "Names a client, or an organisation with all its clients, to know the child's protected address. It opens nothing else of the child.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewCaseLink,
    responses((status = 201, description = "The case link.", body = CaseLink)))]
async fn name_for_case(
    access: Access<ManageProtectedAddresses>,
    id: Path<ChildId>,
    body: Body<NewCaseLink>,
) -> Result<Released> {
    let collection = format!("/v1/children/{}/case-links", id.0);
    access.change(move |tx| store::name(tx, id.0, &body.0)?.created(&collection)).await
}

#[utoipa::path(get, path = "/v1/children/{id}/case-links", tag = "protection", summary = "List who may know a child's protected address",
    description = "Everybody who was ever named, oldest first, for the organisation that is responsible.",
    params(("id" = ChildId, Path, description = "The child.")),
    responses((status = 200, description = "The case links.", body = CaseLinks)))]
async fn list_case_links(
    access: Access<ManageProtectedAddresses>,
    id: Path<ChildId>,
) -> Result<Released> {
    let asker = asker(&access);
    let links = access.read(move |conn| store::links(conn, id.0, asker)).await?;
    access.release(&links).await
}

#[utoipa::path(get, path = "/v1/children/{id}/case-links/{link_id}", tag = "protection", summary = "Read a case link",
    description = "Who is named to know the child's protected address, and until when.",
    params(("id" = ChildId, Path, description = "The child."), ("link_id" = CaseLinkId, Path, description = "The case link."), KnownAt),
    responses((status = 200, description = "The case link.", body = CaseLink)))]
async fn read_case_link(
    access: Access<ManageProtectedAddresses>,
    path: Path<(ChildId, CaseLinkId)>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    let ((child, id), asker) = (path.0, asker(&access));
    access.read_known(when.0, &held, move |conn| store::find_link(conn, child, id, asker)).await
}

#[utoipa::path(post, path = "/v1/children/{id}/case-links/{link_id}/end", tag = "protection", summary = "End a case link",
    description = "Whoever was named may know the child's protected address no more.",
    params(("id" = ChildId, Path, description = "The child."), ("link_id" = CaseLinkId, Path, description = "The case link.")),
    responses((status = 200, description = "The case link, ended.", body = CaseLink),
        (status = 409, description = "It has ended already.")))]
async fn end_case_link(
    access: Access<ManageProtectedAddresses>,
    path: Path<(ChildId, CaseLinkId)>,
    seen: IfMatch,
) -> Result<Released> {
    let (child, id) = path.0;
    access.change(move |tx| store::end_link(tx, child, id, &seen)?.ok()).await
}
