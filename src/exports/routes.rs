//! `/v1/exports` over HTTP.
use super::{
    export::{Export, Filters, Form},
    model::ExportedList,
    permission::ExportLists,
};
use crate::{
    platform::{
        access::Access,
        error::Result,
        extract::Path,
        http::Routes,
        inner::Making,
        released::{NDJSON, Released},
    },
    routes,
};

/// Media type of a table whose first row names its columns.
const CSV: &str = "text/csv; charset=utf-8; header=present";
const DISPOSITION: &str = "content-disposition";

pub fn routes() -> Routes {
    routes![export_lines, export_rows]
}

#[utoipa::path(get, path = "/v1/exports/{list}.ndjson", tag = "sync", operation_id = "export_lines", summary = "Export a list as lines of JSON",
    description = "Every record of the list `/v1/{list}` that the caller is told of there, in the list's order, one on each line. \
        Filters, `sort`, `view`, `as_of` and `known_at` are the list's own, and so are its permission, its refusals, what it \
        leaves out of a record (`withheld`) and what it writes to the access log; `limit`, `cursor` and `count` mean nothing here. \
        All of it is one state of the registry: that of the moment at which the export began. It leaves as it is read: an \
        answer that breaks off is not whole, and has no end that says otherwise (HTTP/1.1: no last chunk). Ask again then. \
        Who works with single persons takes no lists about persons (`too_many_persons`).",
    params(("list" = inline(ExportedList), Path, description = "The list, by the end of its address."),
        ("filters" = Option<BTreeMap<String, String>>, Query, style = Form, explode, nullable = false,
            description = "Parameters of the list, each under its own name.")),
    responses((status = 200, description = "The records, one on each line.", body = String, content_type = "application/x-ndjson",
        headers(("Content-Disposition" = String, description = "A file of the list's name.")),
        example = "{\"id\":\"5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90\",\"version\":3}\n"),
        (status = 404, description = "There is no such list.")))]
async fn export_lines(
    access: Access<ExportLists>,
    list: Path<String>,
    filters: Filters,
    making: Making,
) -> Result<Released> {
    let export = Export::of(&list.0, filters)?;
    let disposition = export.disposition("ndjson");
    let send = async move |relay: &_| export.send(relay, Form::Lines).await;
    Ok(access.relay(making, NDJSON, send).await?.headed(DISPOSITION, &disposition))
}

#[utoipa::path(get, path = "/v1/exports/{list}.csv", tag = "sync", operation_id = "export_rows", summary = "Export a list as a table",
    description = "Every record of the list `/v1/{list}` that the caller is told of there, in the list's order, one in each row (RFC 4180, UTF-8 without byte order mark, lines end in CR LF). \
        Filters, `sort`, `view`, `as_of` and `known_at` are the list's own, and so are its permission, its refusals, what it \
        leaves out of a record (`withheld`) and what it writes to the access log; `limit`, `cursor` and `count` mean nothing here. \
        All of it is one state of the registry: that of the moment at which the export began. It leaves as it is read: an \
        answer that breaks off is not whole, and has no end that says otherwise (HTTP/1.1: no last chunk). Ask again then. \
        Who works with single persons takes no lists about persons (`too_many_persons`). \
        The first row names the columns, which are the members of the list's records in this contract whatever the data: \
        `id` and `version` first, `withheld` last, a member of a member as `decision.decided_on`. Lists, and what has names of its own, \
        are JSON. A text that begins with `=`, `+`, `-`, `@`, a tab, a line break, one of their full-width forms or an apostrophe has an \
        apostrophe before it, so that no spreadsheet takes it for a formula: take it off when reading.",
    params(("list" = inline(ExportedList), Path, description = "The list, by the end of its address."),
        ("filters" = Option<BTreeMap<String, String>>, Query, style = Form, explode, nullable = false,
            description = "Parameters of the list, each under its own name.")),
    responses((status = 200, description = "The records, one in each row.", body = String, content_type = "text/csv",
        headers(("Content-Disposition" = String, description = "A file of the list's name.")),
        example = "id,version,registry_no\r\n5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90,3,CH-2026-000123-07\r\n"),
        (status = 404, description = "There is no such list.")))]
async fn export_rows(
    access: Access<ExportLists>,
    list: Path<String>,
    filters: Filters,
    making: Making,
) -> Result<Released> {
    let export = Export::of(&list.0, filters)?;
    let disposition = export.disposition("csv");
    let send = async move |relay: &_| export.send(relay, Form::Rows).await;
    Ok(access.relay(making, CSV, send).await?.headed(DISPOSITION, &disposition))
}
