//! `/v1/parameters` over HTTP.
use actix_web::HttpResponse;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    model::{NewParameterVersion, Parameter, ParameterPage, ParameterVersion},
    store,
};
use crate::{
    platform::{
        access::{Access, Public},
        error::Result,
        extract::{Body, Path, Query},
        http::Routes,
        language::Language,
        released::Released,
    },
    reference::permission::ManageReference,
    routes,
};

/// Of which day the values are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OnDay {
    /// The day; today unless said.
    #[param(nullable = false, example = "2026-03-01")]
    as_of: Option<NaiveDate>,
}

pub fn routes() -> Routes {
    routes![list_parameters, read_parameter, add_parameter_version]
}

#[utoipa::path(get, path = "/v1/parameters", tag = "reference", summary = "List the parameters",
    description = "All dated parameters, by name: what national law sets, with every value it had. One page holds them all.",
    params(OnDay), responses((status = 200, description = "The parameters.", body = ParameterPage)))]
async fn list_parameters(
    public: Public,
    day: Query<OnDay>,
    language: Language,
) -> Result<HttpResponse> {
    let now = public.now();
    let list = move |conn: &mut _| {
        let today = store::today(conn, now)?;
        store::list(conn, day.0.as_of.unwrap_or(today), language)
    };
    let data = public.read(list).await?;
    Ok(language.respond(&ParameterPage { data, next_cursor: None }))
}

#[utoipa::path(get, path = "/v1/parameters/{name}", tag = "reference", summary = "Read a parameter",
    description = "One parameter with every value it had and will have.",
    params(("name" = String, Path, description = "Name of the parameter.", example = "review_interval_months"), OnDay),
    responses((status = 200, description = "The parameter.", body = Parameter)))]
async fn read_parameter(
    public: Public,
    name: Path<String>,
    day: Query<OnDay>,
    language: Language,
) -> Result<HttpResponse> {
    let now = public.now();
    let find = move |conn: &mut _| {
        let today = store::today(conn, now)?;
        store::find(conn, &name.0, day.0.as_of.unwrap_or(today), language)
    };
    Ok(language.respond(&public.read(find).await?))
}

#[utoipa::path(post, path = "/v1/parameters/{name}/versions", tag = "reference", summary = "Set a parameter from a day on",
    description = "Adds a value that is valid from today or a later day. The values before it stay as they were, and so does every decision made on them.",
    params(("name" = String, Path, description = "Name of the parameter.", example = "review_interval_months")),
    request_body = NewParameterVersion,
    responses((status = 201, description = "The new version.", body = ParameterVersion)))]
async fn add_parameter_version(
    access: Access<ManageReference>,
    name: Path<String>,
    body: Body<NewParameterVersion>,
) -> Result<Released> {
    let collection = format!("/v1/parameters/{}/versions", name.0);
    access.change(move |tx| store::add_version(tx, &name.0, &body.0)?.created(&collection)).await
}
