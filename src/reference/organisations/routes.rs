//! `/v1/organisations` over HTTP.

use super::{
    model::{NewOrganisation, Organisation, OrganisationId, OrganisationPage, OrganisationPatch},
    store::{self, OrganisationFilter},
};
use crate::{
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
    reference::permission::{ManageOrganisations, ReadOrganisations},
    routes,
};

pub fn routes() -> Routes {
    routes![
        list_organisations,
        read_organisation,
        register_organisation,
        change_organisation,
        read_organisation_history
    ]
}

#[utoipa::path(get, path = "/v1/organisations", tag = "reference", summary = "List the organisations",
    description = "The organisations, in the order in which they were registered unless said.",
    params(OrganisationFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some organisations.", body = OrganisationPage)))]
async fn list_organisations(
    access: Access<ReadOrganisations>,
    filter: Query<OrganisationFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let organisations = access
        .read(move |conn| {
            let total = store::total(conn, &filter.0, count.0)?;
            Ok(store::list(conn, &filter.0, &page.0)?.of(total))
        })
        .await?;
    access.release_page(&address, &OrganisationPage::from(organisations)).await
}

#[utoipa::path(get, path = "/v1/organisations/{id}", tag = "reference", summary = "Read an organisation",
    description = "One organisation.", params(("id" = OrganisationId, Path, description = "The organisation."), KnownAt),
    responses((status = 200, description = "The organisation.", body = Organisation)))]
async fn read_organisation(
    access: Access<ReadOrganisations>,
    id: Path<OrganisationId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find(conn, id.0)).await
}

#[utoipa::path(post, path = "/v1/organisations", tag = "reference", summary = "Register an organisation",
    description = "Registers an authority, a centre for social work, a provider, a court or an NGO.",
    request_body = NewOrganisation, responses((status = 201, description = "The new organisation.", body = Organisation)))]
async fn register_organisation(
    access: Access<ManageOrganisations>,
    body: Body<NewOrganisation>,
) -> Result<Released> {
    access.change(move |tx| store::register(tx, &body.0)?.created("/v1/organisations")).await
}

#[utoipa::path(patch, path = "/v1/organisations/{id}", tag = "reference", summary = "Change an organisation",
    description = "Changes the members that are given; null ends what may be absent.",
    params(("id" = OrganisationId, Path, description = "The organisation.")), request_body = OrganisationPatch,
    responses((status = 200, description = "The organisation after the change.", body = Organisation)))]
async fn change_organisation(
    access: Access<ManageOrganisations>,
    id: Path<OrganisationId>,
    seen: IfMatch,
    patch: Patch<OrganisationPatch>,
) -> Result<Released> {
    access.change(move |tx| store::change(tx, id.0, &seen, &patch.0)?.ok()).await
}

#[utoipa::path(get, path = "/v1/organisations/{id}/history", tag = "reference", summary = "Read the history of an organisation",
    description = "Who changed what and when, newest first.",
    params(("id" = OrganisationId, Path, description = "The organisation."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_organisation_history(
    access: Access<ReadOrganisations>,
    id: Path<OrganisationId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<Organisation>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}
