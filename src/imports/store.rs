//! Queries and changes of imports. None opens a transaction.
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Bool, Uuid as SqlUuid},
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use super::model::{
    Chunk, Import, ImportAtomic, ImportErrand, ImportId, ImportMode, ImportOnRule, ImportProgress,
    ImportQuery, ImportState, ImportStep, ImportStrategy, ImportVerdict, Verdict,
};
use crate::{
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        page::{Page, PageQuery},
        reach::beyond,
        vault::{
            Class, Seat,
            sealed::{open, open_json},
        },
        version::IfMatch,
    },
    schema::{import_chunks, import_progress, imports},
};

const TABLE: &str = "import_chunks";

/// Which imports to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportFilter {
    /// How far it is; repeat it for one of several.
    #[serde(default)]
    pub state: Vec<ImportState>,
}

/// Which results to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VerdictFilter {
    /// What became of the record; repeat it for one of several.
    #[serde(default)]
    pub verdict: Vec<Verdict>,
}

fn row(import: ImportId, chunk: i32) -> Vec<u8> {
    [import.untyped().as_bytes().as_slice(), &chunk.to_be_bytes()].concat()
}

fn seat<'r>(column: &'static str, row: &'r [u8]) -> Seat<'r> {
    Seat { table: TABLE, column, row }
}

/// Keeps some chunks of a file that is still coming.
pub fn put(tx: &mut Tx<'_>, import: ImportId, first: i32, chunks: &[Chunk]) -> Result<()> {
    let mut rows = Vec::new();
    for (number, chunk) in (first..).zip(chunks) {
        let row = row(import, number);
        let records = tx.seal_bytes(Class::Journal, seat("records", &row), &chunk.pack())?;
        rows.push((
            import_chunks::import_id.eq(import),
            import_chunks::chunk.eq(number),
            import_chunks::first_line.eq(chunk.lines.first().map_or(0, |(line, _)| *line)),
            import_chunks::lines.eq(i32::try_from(chunk.lines.len()).unwrap_or(i32::MAX)),
            import_chunks::records.eq(records),
            import_chunks::received_at.eq(tx.now),
        ));
    }
    let insert = diesel::insert_into(import_chunks::table).values(rows);
    beyond(tx.conn, |conn| Ok(insert.execute(conn)?)).map(drop)
}

/// Takes up a file whose chunks have all come.
pub fn receive(
    tx: &mut Tx<'_>,
    id: ImportId,
    asked: &ImportQuery,
    (records, chunks): (i64, i32),
    errand: &ImportErrand,
) -> Result<Recorded<Import>> {
    let import = Import {
        id,
        client_id: tx.actor,
        organisation_id: tx.organisation,
        mode: asked.mode.unwrap_or(ImportMode::Commit),
        strategy: asked.strategy.unwrap_or(ImportStrategy::CreateOrUpdate),
        atomic: asked.atomic.unwrap_or(ImportAtomic::Record),
        on_rule: asked.on_rule.unwrap_or(ImportOnRule::Refuse),
        state: ImportState::Open,
        records,
        received_at: tx.now,
        ended_at: None,
        failure: None,
        progress: ImportProgress::default(),
        version: 1,
    };
    let row = (&import, errand, imports::chunks.eq(chunks));
    diesel::insert_into(imports::table).values(row).execute(tx.conn)?;
    let progress = (
        import_progress::import_id.eq(id),
        import_progress::chunks.eq(0),
        import_progress::created.eq(0),
        import_progress::updated.eq(0),
        import_progress::unchanged.eq(0),
        import_progress::refused.eq(0),
    );
    diesel::insert_into(import_progress::table).values(progress).execute(tx.conn)?;
    tx.created("received", import)
}

pub fn find(conn: &mut PgConnection, id: ImportId) -> Result<Import> {
    let known = imports::table.inner_join(import_progress::table).filter(imports::id.eq(id));
    known.select(Import::as_select()).first(conn).found::<Import>()
}

/// Who asks: imports are of whoever sent them, and of the others of its organisation.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    pub client: Uuid,
    pub organisation: Option<Uuid>,
}

impl Asking {
    /// An import that is theirs.
    pub fn find(self, conn: &mut PgConnection, id: ImportId) -> Result<Import> {
        let import = find(conn, id)?;
        let shared = self.organisation.is_some() && import.organisation_id == self.organisation;
        if shared || import.client_id == self.client {
            return Ok(import);
        }
        Err(Error::NotFound("import"))
    }
}

/// Imports, newest first.
pub fn list(
    conn: &mut PgConnection,
    asking: Asking,
    filter: &ImportFilter,
    page: &PageQuery,
) -> Result<Page<Import>> {
    let (bound, limit) = (page.bind(&("imports", filter)), page.limit()?);
    let own = imports::client_id.eq(asking.client);
    let own = own.or(imports::organisation_id.eq(asking.organisation).assume_not_null());
    let imports = imports::table.inner_join(import_progress::table).filter(own);
    let mut query = imports.into_boxed();
    if !filter.state.is_empty() {
        query = query.filter(imports::state.eq_any(&filter.state));
    }
    if let Some(after) = bound.after::<ImportId>()? {
        query = query.filter(imports::id.lt(after));
    }
    let query = query.order(imports::id.desc()).limit(limit + 1);
    let rows: Vec<Import> = query.select(Import::as_select()).load(conn)?;
    Ok(bound.page(rows, limit, |import| import.id))
}

/// What became of the records, in the order of the file: of chunks all of whose records were judged.
pub fn results(
    conn: &mut PgConnection,
    import: &Import,
    filter: &VerdictFilter,
    page: &PageQuery,
) -> Result<Page<ImportVerdict>> {
    let id = import.id;
    let (bound, limit) = (page.bind(&("import_results", id, filter)), page.limit()?);
    let after = bound.after::<i64>()?.unwrap_or_default();
    let wanted = |it: &ImportVerdict| {
        it.line > after && (filter.verdict.is_empty() || filter.verdict.contains(&it.verdict))
    };
    let most = usize::try_from(limit).unwrap_or_default();
    let whole: i32 =
        import_progress::table.find(id.untyped()).select(import_progress::chunks).first(conn)?;
    let (mut rows, mut chunk) = (Vec::new(), first_chunk(conn, id, after)?);
    while rows.len() <= most
        && chunk < whole
        && let Some(judged) = judged(conn, id, chunk)?
    {
        rows.extend(judged.into_iter().filter(wanted));
        chunk += 1;
    }
    rows.truncate(most + 1);
    if !import.keeps() {
        rows.iter_mut().for_each(ImportVerdict::forget_new);
    }
    Ok(bound.page(rows, limit, |verdict| verdict.line))
}

/// The chunk in which the line after this one may be.
fn first_chunk(conn: &mut PgConnection, id: ImportId, after: i64) -> Result<i32> {
    let earlier = import_chunks::import_id.eq(id).and(import_chunks::first_line.le(after));
    beyond(conn, |conn| {
        let last =
            import_chunks::table.filter(earlier).select(diesel::dsl::max(import_chunks::chunk));
        Ok(last.first::<Option<i32>>(conn)?.unwrap_or_default())
    })
}

/// What became of the records of a chunk, if they were judged.
pub fn judged(
    conn: &mut PgConnection,
    id: ImportId,
    chunk: i32,
) -> Result<Option<Vec<ImportVerdict>>> {
    let sealed: Option<Option<Vec<u8>>> = beyond(conn, |conn| {
        let found = import_chunks::table.find((id.untyped(), chunk));
        Ok(found.select(import_chunks::results).first(conn).optional()?)
    })?;
    let Some(sealed) = sealed.flatten() else { return Ok(None) };
    let row = row(id, chunk);
    open_json(Class::Journal, seat("results", &row), &sealed).map(Some).map_err(Error::internal)
}

/// The lines of a chunk.
pub fn lines(conn: &mut PgConnection, id: ImportId, chunk: i32) -> Result<Vec<(i64, Vec<u8>)>> {
    let sealed: Vec<u8> = beyond(conn, |conn| {
        let found = import_chunks::table.find((id.untyped(), chunk));
        Ok(found.select(import_chunks::records).first(conn)?)
    })?;
    let row = row(id, chunk);
    Chunk::unpack(&open(Class::Journal, seat("records", &row), &sealed).map_err(Error::internal)?)
}

/// An import that is to be worked on: with what it is for, and how many chunks it has.
pub struct Task {
    pub import: Import,
    pub errand: ImportErrand,
    pub chunks: i32,
}

/// The import that has waited longest.
pub fn next(conn: &mut PgConnection) -> Result<Option<Task>> {
    let open = imports::table.inner_join(import_progress::table);
    let open = open.filter(imports::ended_at.is_null()).order(imports::id);
    let found = open.select((Import::as_select(), ImportErrand::as_select(), imports::chunks));
    let found: Option<(Import, ImportErrand, i32)> = found.first(conn).optional()?;
    Ok(found.map(|(import, errand, chunks)| Task { import, errand, chunks }))
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = Bool)]
    held: bool,
}

/// Whether this transaction is the one that works on the import, to its end.
pub fn take_turn(conn: &mut PgConnection, id: ImportId) -> Result<bool> {
    let sql = "SELECT pg_try_advisory_xact_lock(hashtextextended($1::text, 5)) AS held";
    Ok(sql_query(sql).bind::<SqlUuid, _>(id.untyped()).get_result::<Held>(conn)?.held)
}

/// How far an import is, for whoever has its turn: nothing if it has ended.
pub fn done(conn: &mut PgConnection, id: ImportId) -> Result<Option<i32>> {
    let open = imports::table.inner_join(import_progress::table).filter(imports::id.eq(id));
    let open = open.filter(imports::ended_at.is_null()).select(import_progress::chunks);
    beyond(conn, |conn| Ok(open.first(conn).optional()?))
}

/// Forgets what was judged of a file that stands or falls together, and was broken off. Says whether it is still to
/// be worked on: somebody else may have ended it meanwhile.
pub fn begin_anew(tx: &mut Tx<'_>, id: ImportId) -> Result<bool> {
    let open = imports::table.find(id.untyped()).filter(imports::ended_at.is_null());
    let open = open.for_update().select(imports::id);
    if beyond(tx.conn, |conn| Ok(open.first::<ImportId>(conn).optional()?))?.is_none() {
        return Ok(false);
    }
    // The progress first, as whoever judges locks it first, too.
    write_progress(tx.conn, id, 0, &ImportProgress::default())?;
    let judged = import_chunks::import_id.eq(id).and(import_chunks::results.is_not_null());
    beyond(tx.conn, |conn| {
        let judged = diesel::update(import_chunks::table.filter(judged));
        Ok(judged.set(import_chunks::results.eq(None::<Vec<u8>>)).execute(conn)?)
    })?;
    Ok(true)
}

/// Keeps what became of records of a chunk, of which others may have been judged before. Whoever judged one that
/// was judged meanwhile has lost a race.
pub fn judge(tx: &mut Tx<'_>, id: ImportId, chunk: i32, verdicts: &[ImportVerdict]) -> Result<()> {
    let progress = import_progress::table.find(id.untyped()).for_update();
    let progress: ImportProgress = progress.select(ImportProgress::as_select()).first(tx.conn)?;
    let mut all = judged(tx.conn, id, chunk)?.unwrap_or_default();
    if all.iter().any(|it| verdicts.iter().any(|new| new.line == it.line)) {
        return Err(Error::Busy);
    }
    all.extend_from_slice(verdicts);
    all.sort_by_key(|verdict| verdict.line);
    let row = row(id, chunk);
    let text = serde_json::to_vec(&all).map_err(Error::internal)?;
    let sealed = tx.seal_bytes(Class::Journal, seat("results", &row), &text)?;
    let lines: i32 = beyond(tx.conn, |conn| {
        let place = import_chunks::table.find((id.untyped(), chunk));
        let judged = diesel::update(place).set(import_chunks::results.eq(sealed));
        Ok(judged.returning(import_chunks::lines).get_result(conn)?)
    })?;
    let whole = usize::try_from(lines).is_ok_and(|lines| lines == all.len());
    write_progress(tx.conn, id, chunk + i32::from(whole), &progress.and(verdicts))
}

fn write_progress(
    conn: &mut PgConnection,
    id: ImportId,
    chunks: i32,
    progress: &ImportProgress,
) -> Result<()> {
    let ImportProgress { created, updated, unchanged, refused } = *progress;
    let set = (
        import_progress::chunks.eq(chunks),
        import_progress::created.eq(created),
        import_progress::updated.eq(updated),
        import_progress::unchanged.eq(unchanged),
        import_progress::refused.eq(refused),
    );
    diesel::update(import_progress::table.find(id.untyped())).set(set).execute(conn)?;
    Ok(())
}

/// Breaks an import off.
pub fn cancel(
    tx: &mut Tx<'_>,
    asking: Asking,
    id: ImportId,
    seen: &IfMatch,
) -> Result<Recorded<Import>> {
    let id = asking.find(tx.conn, id)?.id;
    let before = locked(tx.conn, id)?;
    seen.check(&before)?;
    step(tx, &before, ImportStep::Cancel, None)
}

/// Ends an import. Whoever finishes one that somebody else has begun anew has lost a race.
pub fn end(
    tx: &mut Tx<'_>,
    id: ImportId,
    by: ImportStep,
    failure: Option<&str>,
) -> Result<Recorded<Import>> {
    let before = beyond(tx.conn, |conn| locked(conn, id))?;
    if matches!(by, ImportStep::Finish) && before.progress.judged() != before.records {
        return Err(Error::Busy);
    }
    step(tx, &before, by, failure)
}

fn locked(conn: &mut PgConnection, id: ImportId) -> Result<Import> {
    let row = imports::table.find(id.untyped()).for_update().select(imports::id);
    let id: ImportId = row.first(conn).found::<Import>()?;
    find(conn, id)
}

fn step(
    tx: &mut Tx<'_>,
    before: &Import,
    by: ImportStep,
    failure: Option<&str>,
) -> Result<Recorded<Import>> {
    let mut after = before.clone();
    after.state = before.state.after(by)?;
    after.ended_at = Some(tx.now);
    after.failure = failure.map(str::to_owned);
    after.version += 1;
    beyond(tx.conn, |conn| {
        let place = imports::table.find(before.id.untyped());
        Ok(diesel::update(place).set(&after).execute(conn)?)
    })?;
    let event = match by {
        ImportStep::Finish => "finished",
        ImportStep::Fail => "failed",
        ImportStep::Cancel => "cancelled",
    };
    tx.changed(event, before, after)
}

/// Removes chunks of files that never came whole, and those of imports that ended before that moment.
pub fn sweep(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<usize> {
    let open = imports::table.filter(imports::ended_at.is_null().or(imports::ended_at.gt(before)));
    let open = open.select(imports::id);
    let open: Vec<Uuid> = open.load::<ImportId>(conn)?.into_iter().map(ImportId::untyped).collect();
    let gone = import_chunks::table.filter(import_chunks::received_at.lt(before));
    let gone = gone.filter(import_chunks::import_id.ne_all(open));
    Ok(diesel::delete(gone).execute(conn)?)
}
