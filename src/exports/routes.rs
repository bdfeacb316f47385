//! `/v1/exports` over HTTP.
use super::{
    export::{Export, Filters, Form},
    model::ExportedList,
    permission::ExportLists,
};
use crate::{
    imports::{ImportId, VerdictFilter, permission::WriteImports},
    platform::{
        access::Access, desk::Desk, error::Result, extract::Path, http::Routes, released::Released,
    },
    routes,
};

/// What every export promises.
macro_rules! leaves {
    () => {
        "It leaves as it is read: an answer that breaks off is not whole, and has no end that says otherwise (HTTP/1.1: no \
         last chunk). Ask again then."
    };
}

/// What an export takes from its list.
macro_rules! of_lists {
    () => {
        "Filters, `sort`, `view`, `as_of` and `known_at` are the list's own, and so are its permission, its refusals, what it \
         leaves out of a record (`withheld`) and what it writes to the access log; `limit`, `cursor` and `count` mean nothing \
         here. All of it is one state of the registry: that of the moment at which the export began. "
    };
}

pub fn routes() -> Routes {
    routes![export_lines, export_rows, export_result_lines, export_result_rows]
}

#[utoipa::path(get, path = "/v1/exports/{list}.ndjson", tag = "sync", operation_id = "export_lines", summary = "Export a list as lines of JSON",
    description = concat!("Every record of the list `/v1/{list}` that the caller is told of there, in the list's order, one on each line. ",
        of_lists!(), leaves!(), " Who works with single persons takes no lists about persons (`too_many_persons`)."),
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
    desk: Desk,
) -> Result<Released> {
    Export::of(&list.0, filters)?.answer(&access, desk, Form::Lines).await
}

#[utoipa::path(get, path = "/v1/exports/{list}.csv", tag = "sync", operation_id = "export_rows", summary = "Export a list as a table",
    description = concat!("Every record of the list `/v1/{list}` that the caller is told of there, in the list's order, one in each row (RFC 4180, UTF-8 without byte order mark, lines end in CR LF). ",
        of_lists!(), leaves!(), " Who works with single persons takes no lists about persons (`too_many_persons`). \
        The first row names the columns, which are the members of the list's records in this contract whatever the data: \
        `id` and `version` first, `withheld` last, a member of a member as `decision.decided_on`. Lists, and what has names of its own, \
        are JSON. A text that begins with `=`, `+`, `-`, `@`, a tab, a line break, one of their full-width forms or an apostrophe has an \
        apostrophe before it, so that no spreadsheet takes it for a formula: take it off when reading."),
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
    desk: Desk,
) -> Result<Released> {
    Export::of(&list.0, filters)?.answer(&access, desk, Form::Rows).await
}

#[utoipa::path(get, path = "/v1/imports/{id}/results.ndjson", tag = "sync", operation_id = "export_result_lines", summary = "Export what became of the records as lines of JSON",
    description = concat!("What became of each record of an import, in the order of the file, one on each line: the list `/v1/imports/{id}/results` \
        as it is at one moment. ", leaves!()),
    params(("id" = ImportId, Path, description = "The import."), VerdictFilter),
    responses((status = 200, description = "What became of the records, one on each line.", body = String, content_type = "application/x-ndjson",
        headers(("Content-Disposition" = String, description = "A file of the list's name.")),
        example = "{\"line\":1,\"kind\":\"child\",\"verdict\":\"created\",\"version\":1}\n")))]
async fn export_result_lines(
    access: Access<WriteImports>,
    id: Path<ImportId>,
    filters: Filters,
    desk: Desk,
) -> Result<Released> {
    Export::results(id.0, filters)?.answer(&access, desk, Form::Lines).await
}

#[utoipa::path(get, path = "/v1/imports/{id}/results.csv", tag = "sync", operation_id = "export_result_rows", summary = "Export what became of the records as a table",
    description = concat!("What became of each record of an import, in the order of the file, one in each row: the list `/v1/imports/{id}/results` \
        as it is at one moment, with the columns of every table (`/v1/exports/{list}.csv`). ", leaves!()),
    params(("id" = ImportId, Path, description = "The import."), VerdictFilter),
    responses((status = 200, description = "What became of the records, one in each row.", body = String, content_type = "text/csv",
        headers(("Content-Disposition" = String, description = "A file of the list's name.")),
        example = "id,version,external.system,external.value,kind,line,problem.code,verdict\r\n,,urn:example:ministry,K-2017-0042,child,17,invalid,refused\r\n")))]
async fn export_result_rows(
    access: Access<WriteImports>,
    id: Path<ImportId>,
    filters: Filters,
    desk: Desk,
) -> Result<Released> {
    Export::results(id.0, filters)?.answer(&access, desk, Form::Rows).await
}
