//! `/v1/areas` over HTTP.
use actix_web::HttpResponse;

use super::{
    model::{Area, AreaPage, AreaPopulation, NewArea, NewPopulations},
    store::{self, AreaFilter},
};
use crate::{
    platform::{
        access::{Access, Public},
        error::Result,
        extract::{Body, Path, Query},
        http::{self, Address, Routes},
        page::PageQuery,
        released::Released,
        total::CountQuery,
        version::IfNoneMatch,
    },
    reference::permission::ManageReference,
    routes,
};

pub fn routes() -> Routes {
    routes![list_areas, read_area, add_area, read_area_population, set_area_population]
}

#[utoipa::path(get, path = "/v1/areas", tag = "reference", summary = "List the areas",
    description = "The areas of the country, by code unless said.", params(AreaFilter, PageQuery, CountQuery),
    responses((status = 200, description = "Some areas.", body = AreaPage)))]
async fn list_areas(
    public: Public,
    filter: Query<AreaFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<HttpResponse> {
    let areas = public
        .read(move |conn| {
            let total = store::total(conn, &filter.0, count.0)?;
            Ok(store::list(conn, &filter.0, &page.0)?.of(total))
        })
        .await?;
    Ok(http::page(&address, &AreaPage::from(areas)))
}

#[utoipa::path(get, path = "/v1/areas/{code}", tag = "reference", summary = "Read an area",
    description = "One area by its code.",
    params(("code" = String, Path, description = "Code of the area.", example = "RS-20")),
    responses((status = 200, description = "The area.", body = Area)))]
async fn read_area(public: Public, code: Path<String>, held: IfNoneMatch) -> Result<HttpResponse> {
    Ok(held.answer(&public.read(move |conn| store::find(conn, &code.0)).await?))
}

#[utoipa::path(post, path = "/v1/areas", tag = "reference", summary = "Add an area",
    description = "Adds an area below one of a higher level. Codes are never used again.",
    request_body = NewArea, responses((status = 201, description = "The new area.", body = Area)))]
async fn add_area(access: Access<ManageReference>, body: Body<NewArea>) -> Result<Released> {
    access
        .change(move |tx| store::add(tx, &body.0)?.created_as("/v1/areas", |area| &area.code))
        .await
}

#[utoipa::path(get, path = "/v1/areas/{code}/population", tag = "reference", summary = "Read how many children live in an area",
    description = "The number of children aged 0 to 17 by year, sex and age band: the denominator of every rate.",
    params(("code" = String, Path, description = "Code of the area.", example = "RS-20")),
    responses((status = 200, description = "The figures.", body = AreaPopulation)))]
async fn read_area_population(public: Public, code: Path<String>) -> Result<HttpResponse> {
    let population = public.read(move |conn| store::population(conn, &code.0)).await?;
    Ok(HttpResponse::Ok().json(population))
}

#[utoipa::path(post, path = "/v1/areas/{code}/population", tag = "reference", summary = "Set how many children live in an area",
    description = "Adds figures, or puts them in the place of those of the same year, sex and age band.",
    params(("code" = String, Path, description = "Code of the area.", example = "RS-20")),
    request_body = NewPopulations, responses((status = 200, description = "The area, with its new version.", body = Area)))]
async fn set_area_population(
    access: Access<ManageReference>,
    code: Path<String>,
    body: Body<NewPopulations>,
) -> Result<Released> {
    access.change(move |tx| store::set_population(tx, &code.0, &body.0)?.ok()).await
}
