//! `/v1/code-lists` over HTTP.
use actix_web::HttpResponse;

use super::{
    model::{CodeList, CodeListPage},
    store,
};
use crate::{
    platform::{access::Public, error::Result, extract::Path, http::Routes, language::Language},
    routes,
};

pub fn routes() -> Routes {
    routes![list_code_lists, read_code_list]
}

#[utoipa::path(get, path = "/v1/code-lists", tag = "reference", summary = "List the code lists",
    description = "All code lists by name, without their entries. One page holds them all.",
    responses((status = 200, description = "The code lists.", body = CodeListPage)))]
async fn list_code_lists(public: Public, language: Language) -> Result<HttpResponse> {
    let data = public.read(move |conn| store::list(conn, language)).await?;
    Ok(language.respond(&CodeListPage { data, next_cursor: None }))
}

#[utoipa::path(get, path = "/v1/code-lists/{name}", tag = "reference", summary = "Read a code list",
    description = "A code list with all its entries, their labels, and the codes of other systems for the same things.",
    params(("name" = String, Path, description = "Name of the list.", example = "care_type")),
    responses((status = 200, description = "The code list.", body = CodeList)))]
async fn read_code_list(
    public: Public,
    name: Path<String>,
    language: Language,
) -> Result<HttpResponse> {
    let list = public.read(move |conn| store::find(conn, &name.0, language)).await?;
    Ok(language.respond(&list))
}
