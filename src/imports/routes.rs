//! `/v1/imports` over HTTP.
use std::time::{Duration, Instant};

use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    model::{Import, ImportErrand, ImportId, ImportPage, ImportQuery, ImportVerdictPage, Live},
    permission::WriteImports,
    persons,
    single::{self, SentRecord, SentVerdict},
    store::{self, Asking, ImportFilter, VerdictFilter},
    upload::Upload,
};
use crate::{
    platform::{
        access::Access,
        desk::Desk,
        disclosure::AboutAll,
        error::{Error, Result},
        extract::{Body, Path, Query},
        http::{Address, Routes},
        page::PageQuery,
        released::Released,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

/// How often it is looked how far an import is, while somebody waits.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long somebody may wait, in seconds.
const LONGEST_WAIT: u64 = 60;

pub fn routes() -> Routes {
    routes![
        import_records,
        list_imports,
        read_import,
        cancel_import,
        list_import_results,
        put_record
    ]
}

/// For how long to wait.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WaitQuery {
    /// How long to wait for the import to get on, up to 60 seconds, such as `30s`.
    #[param(nullable = false, pattern = "^[0-9]{1,2}s$", max_length = 3, example = "30s")]
    wait: Option<String>,
}

impl WaitQuery {
    fn read(&self) -> Result<Duration> {
        let Some(wait) = &self.wait else { return Ok(Duration::ZERO) };
        let seconds = wait.strip_suffix('s').and_then(|seconds| seconds.parse().ok());
        let seconds = seconds.filter(|seconds| *seconds <= LONGEST_WAIT);
        let detail = "must be a number of seconds up to 60, such as 30s";
        let seconds = seconds.ok_or_else(|| Error::query("wait", "out_of_range", detail))?;
        Ok(Duration::from_secs(seconds))
    }
}

#[utoipa::path(post, path = "/v1/imports", tag = "sync", operation_id = "import_records", summary = "Import records",
    description = "Takes a file of records, up to one million: one on each line (`ImportRecord`), or one in each row of a table, whose header names the members (`kind`, `system`, `value`, `source_version`, `step`, `of.kind`, and those of `data`, such as `names.0.given`; what is no text says so, such as `total:number`). It may be packed by gzip. The answer comes when the file has; the records are taken in beside that, each by the operation that writes such records alone, with its rules, permissions and log. A record is known by its number in the system that sends it; an older `source_version` never replaces a newer one, and the same again changes nothing.",
    params(ImportQuery),
    request_body(description = "Records, one on each line or in each row.", content((String = "application/x-ndjson",
        example = "{\"kind\":\"child\",\"external\":{\"system\":\"urn:example:ministry\",\"value\":\"K-2017-0042\"},\"data\":{\"names\":[{\"use\":\"official\",\"given\":\"Zvezdana\",\"family\":\"Oblakovski\"}],\"sex\":\"female\",\"birth_date\":\"2017-05-20\",\"area_code\":\"RS-20\",\"registration_basis\":\"without_parental_care\"}}\n"),
        (String = "text/csv", example = "kind,system,value,names.0.use,names.0.given,names.0.family,sex,birth_date,area_code,registration_basis\nchild,urn:example:ministry,K-2017-0042,official,Zvezdana,Oblakovski,female,2017-05-20,RS-20,without_parental_care\n"))),
    responses((status = 202, description = "The file has come, and waits for its turn.", body = Import)))]
async fn import_records(
    access: Access<WriteImports>,
    query: Query<ImportQuery>,
    upload: Upload,
) -> Result<Released> {
    let (id, asked) = (ImportId::generate(), query.0);
    let sizes = upload.keep(&access, id).await?;
    let errand = ImportErrand::from(access.errand());
    access
        .change(move |tx| store::receive(tx, id, &asked, sizes, &errand)?.accepted("/v1/imports"))
        .await
}

#[utoipa::path(get, path = "/v1/imports", tag = "sync", operation_id = "list_imports", summary = "List imports",
    description = "The imports of the calling client and of others of its organisation, newest first.", params(ImportFilter, PageQuery),
    responses((status = 200, description = "Some imports.", body = ImportPage)))]
async fn list_imports(
    access: Access<WriteImports>,
    filter: Query<ImportFilter>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let asking = asking(&access);
    let imports = access.read(move |conn| store::list(conn, asking, &filter.0, &page.0)).await?;
    access.release_page(&address, &ImportPage::from(imports)).await
}

#[utoipa::path(get, path = "/v1/imports/{id}", tag = "sync", operation_id = "read_import", summary = "Read an import",
    description = "One import, and how far it is. `wait` answers as soon as it got on.",
    params(("id" = ImportId, Path, description = "The import."), WaitQuery),
    responses((status = 200, description = "The import.", body = Import)))]
async fn read_import(
    access: Access<WriteImports>,
    id: Path<ImportId>,
    query: Query<WaitQuery>,
    held: IfNoneMatch,
) -> Result<Released> {
    let import = got_on(&access, id.0, query.0.read()?).await?;
    access.release_with(false, &held, &Live(import)).await
}

fn asking(access: &Access<WriteImports>) -> Asking {
    Asking { client: access.actor.id, organisation: access.actor.organisation }
}

/// The import, once it got on or has ended, or nobody waits any longer.
async fn got_on(access: &Access<WriteImports>, id: ImportId, patience: Duration) -> Result<Import> {
    let until = Instant::now() + patience;
    let asking = asking(access);
    let first = access.read(move |conn| asking.find(conn, id)).await?;
    let mut now = first.clone();
    while now == first && now.ended_at.is_none() && Instant::now() < until {
        actix_web::rt::time::sleep(LOOK_EVERY).await;
        now = access.read(move |conn| asking.find(conn, id)).await?;
    }
    Ok(now)
}

#[utoipa::path(post, path = "/v1/imports/{id}/cancel", tag = "sync", operation_id = "cancel_import", summary = "Break an import off",
    description = "Ends an import. What was taken in by then stays, unless the file was to stand or fall together.",
    params(("id" = ImportId, Path, description = "The import.")),
    responses((status = 200, description = "The import, broken off.", body = Import),
        (status = 409, description = "It has ended already.")))]
async fn cancel_import(
    access: Access<WriteImports>,
    id: Path<ImportId>,
    seen: IfMatch,
) -> Result<Released> {
    let asking = asking(&access);
    access.change(move |tx| store::cancel(tx, asking, id.0, &seen)?.ok()).await
}

#[utoipa::path(get, path = "/v1/imports/{id}/results", tag = "sync", operation_id = "list_import_results", summary = "List what became of the records",
    description = "What became of each record, in the order of the file; for 30 days.",
    params(("id" = ImportId, Path, description = "The import."), VerdictFilter, PageQuery),
    responses((status = 200, description = "What became of some records.", body = ImportVerdictPage)))]
async fn list_import_results(
    access: Access<WriteImports>,
    id: Path<ImportId>,
    filter: Query<VerdictFilter>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let (asking, reaching) = (asking(&access), access.reaching());
    let list = move |conn: &mut _| {
        let import = asking.find(conn, id.0)?;
        let results = store::results(conn, &import, &filter.0, &page.0)?;
        let reached = reaching(conn, persons::named(&results.data))?;
        let told = persons::told(results, &reached);
        Ok(AboutAll(reached, ImportVerdictPage::from(told)))
    };
    access.release_page(&address, &access.read(list).await?).await
}

#[utoipa::path(put, path = "/v1/{kind}/external/{system}/{value}", tag = "sync", operation_id = "put_record", summary = "Send a record by its number elsewhere",
    description = "Makes the record that another system knows by this number, or changes it by what differs, or takes its step: what a line of a file does (`POST /v1/imports`), alone and at once. It is written by the operation that writes such records alone, with its permission, rules and log, and refused as that refuses it; pointers lead into this body. An older `source_version` never replaces a newer one, and the same again changes nothing, so it may be sent again whatever became of the answer. The number stands in the address: whoever logs addresses on the way sends a file of one line instead.",
    params(("kind" = String, Path, description = "Kind of the record, as a line of a file names it.", example = "child"),
        ("system" = String, Path, description = "The system that sends it, as a URI, percent-encoded.", example = "urn:example:ministry"),
        ("value" = String, Path, description = "The number there, percent-encoded.", example = "K-2017-0042")),
    request_body = SentRecord,
    responses((status = 200, description = "It was known: it changed, or it says nothing new.", body = SentVerdict),
        (status = 201, description = "It is new.", body = SentVerdict,
            headers(("Location" = String, description = "Where the record is read."))),
        (status = 404, description = "There are no such records, or none with this number that could take the step."),
        (status = 409, description = "As the operation that writes such records alone."),
        (status = 412, description = "As the operation that writes such records alone.")))]
async fn put_record(
    access: Access<WriteImports>,
    number: Path<(String, String, String)>,
    body: Body<SentRecord>,
    desk: Desk,
) -> Result<Released> {
    let record = body.0.at(number.0)?;
    let take = async move |inner: &_, errands: &_| single::take(inner, errands, &record).await;
    let verdict = access.write_through(&desk, take).await?;
    let reaching = access.reaching();
    let reach = move |conn: &mut _| {
        let reached = reaching(conn, verdict.person().into_iter().collect())?;
        verdict.within(conn, &reached)
    };
    let verdict = access.read(reach).await?;
    let about = verdict.person().into_iter().collect();
    let released = access.release(&AboutAll(about, &verdict)).await?;
    Ok(released.made_at(verdict.location.as_deref()))
}
