//! `/v1/adoption-links` over HTTP: for the central adoption authority alone.
use super::{
    model::{AdoptionLink, AdoptionLinkId, LinkQuery, LinksOfChild, NewAdoptionLink, Told},
    permission::{ManageAdoptionLinks, ReadAdoptionLinks},
    store,
};
use crate::{
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::Routes,
        journal::{Recorded, Subject as _},
        released::Released,
        reply::Reply,
    },
    routes,
};

pub fn routes() -> Routes {
    routes![list_adoption_links, link_adoption, read_adoption_link]
}

#[utoipa::path(get, path = "/v1/adoption-links", tag = "adoption-links", summary = "Find a child's adoption links",
    description = "The links of a child, asked for by either of its records. That it was asked stands in the access log of the child, whether there is a link or not.",
    params(LinkQuery), responses((status = 200, description = "The links.", body = LinksOfChild)))]
async fn list_adoption_links(
    access: Access<ReadAdoptionLinks>,
    query: Query<LinkQuery>,
) -> Result<Released> {
    let links = access.read(move |conn| store::of_child(conn, query.0.child_id)).await?;
    access.release(&Told(&links)).await
}

#[utoipa::path(post, path = "/v1/adoption-links", tag = "adoption-links", summary = "Link the two records of an adopted child",
    description = "Records which record a child had before its adoption, and which it has since. Neither record carries a trace of it.",
    request_body = NewAdoptionLink,
    responses((status = 201, description = "The link.", body = AdoptionLink),
        (status = 409, description = "`AD-10`: one of the records is linked already.")))]
async fn link_adoption(
    access: Access<ManageAdoptionLinks>,
    body: Body<NewAdoptionLink>,
) -> Result<Released> {
    access.change(move |tx| created(store::link(tx, &body.0)?)).await
}

fn created(link: Recorded<AdoptionLink>) -> Result<Recorded<Reply>> {
    let address = format!("/v1/adoption-links/{}", link.value().subject_id());
    let reply = Reply::json(201, &Told(link.value()))?.location(address);
    Ok(link.map(|_| reply))
}

#[utoipa::path(get, path = "/v1/adoption-links/{id}", tag = "adoption-links", summary = "Read an adoption link",
    description = "One link, with the decision that it stands on. It stands in the access log of both children.",
    params(("id" = AdoptionLinkId, Path, description = "The link.")),
    responses((status = 200, description = "The link.", body = AdoptionLink)))]
async fn read_adoption_link(
    access: Access<ReadAdoptionLinks>,
    id: Path<AdoptionLinkId>,
) -> Result<Released> {
    let link = access.read(move |conn| store::find(conn, id.0)).await?;
    access.release(&Told(&link)).await
}
