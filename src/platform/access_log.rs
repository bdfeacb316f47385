//! The inbox of the access log: a row for each person and answer, durable before the answer leaves.
//!
//! What answers to reads disclose goes through one writer, which commits what has gathered while its
//! last commit was under way: so a thousand readers cost little more than one. A change writes its
//! rows in its own transaction. The service cannot read them back; the log's keeper takes them out, with
//! a role of its own, and numbers, hashes and signs them.
use std::{
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    connection::SimpleConnection as _,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    actor::Actor,
    db,
    disclosure::Person,
    error::{Error, Result},
    purpose::Errand,
    receipt::{self, ReceiptId},
};
use crate::{
    schema::{access_inbox, access_receipts as receipts},
    text_enum,
};

/// Rows that are committed together, about.
const TOGETHER: usize = 1000;
/// How long the persons of a receipt of many can be asked for.
const LISTED: TimeDelta = TimeDelta::days(7);
/// How long an answer waits for its rows.
const PATIENCE: Duration = Duration::from_secs(3);

text_enum! {
    /// How it ended.
    pub enum Outcome {
        /// The data left.
        Released = "released",
        /// The data were changed.
        Changed = "changed",
        /// Nothing left: the client does not reach the person.
        Refused = "refused",
    }
}

/// A look at one person's data.
#[derive(Debug)]
pub struct Look {
    subject_kind: String,
    subject: Uuid,
    client: Uuid,
    organisation: Option<Uuid>,
    on_behalf_of: Option<String>,
    purpose: String,
    legal_basis: Option<String>,
    operation: String,
    field_classes: &'static [&'static str],
    request_id: String,
    outcome: Outcome,
    answer: ReceiptId,
}

/// One look for each person. An answer that names persons without having been asked what for is a
/// fault of the service: it does not leave.
pub fn looks<'p>(
    actor: &Actor,
    errand: &Errand,
    classes: &'static [&'static str],
    outcome: Outcome,
    persons: impl IntoIterator<Item = &'p Person>,
) -> Result<Vec<Look>> {
    let nameless = || Error::internal("an operation answers persons but asks for no purpose");
    let look = |person: &Person| {
        Ok(Look {
            subject_kind: person.kind.clone(),
            subject: person.id,
            client: actor.id,
            organisation: actor.organisation,
            on_behalf_of: errand.on_behalf_of.clone(),
            purpose: errand.purpose.clone().ok_or_else(nameless)?,
            legal_basis: errand.legal_basis.clone(),
            operation: errand.operation.clone(),
            field_classes: classes,
            request_id: errand.request_id.clone(),
            outcome,
            answer: errand.answer,
        })
    };
    persons.into_iter().map(look).collect()
}

/// Writes looks in a transaction of the caller's; says what moment they have, if there are any.
pub fn write(conn: &mut PgConnection, looks: &[Look]) -> Result<Option<DateTime<Utc>>> {
    if looks.is_empty() {
        return Ok(None);
    }
    match Columns::of(looks).get_result(conn).map_err(Error::from) {
        Ok(at) => Ok(Some(at)),
        Err(Error::Busy) => Err(Error::Busy),
        Err(other) => Err(unavailable(&other)),
    }
}

/// Looks by column: one statement for any number of them, which the database knows after the first
/// time. It gives back the moment that all of them have: the service may not read what it wrote.
#[derive(Default)]
struct Columns<'l> {
    kinds: Vec<&'l str>,
    subjects: Vec<Uuid>,
    clients: Vec<Uuid>,
    organisations: Vec<Option<Uuid>>,
    on_behalf_of: Vec<Option<&'l str>>,
    purposes: Vec<&'l str>,
    legal_bases: Vec<Option<&'l str>>,
    operations: Vec<&'l str>,
    /// The classes of each, with commas between them.
    classes: Vec<String>,
    requests: Vec<&'l str>,
    outcomes: Vec<&'static str>,
    answers: Vec<&'l [u8]>,
    /// Answers about so many persons that these are listed apart, and the lists.
    listed: Vec<&'l [u8]>,
    lists: Vec<Vec<u8>>,
}

impl<'l> Columns<'l> {
    fn of(looks: impl IntoIterator<Item = &'l Look>) -> Self {
        let looks: Vec<&Look> = looks.into_iter().collect();
        let mut columns = Self::default();
        for answer in looks.chunk_by(|one, next| one.answer == next.answer) {
            columns.list(answer);
        }
        for look in looks {
            columns.kinds.push(&look.subject_kind);
            columns.subjects.push(look.subject);
            columns.clients.push(look.client);
            columns.organisations.push(look.organisation);
            columns.on_behalf_of.push(look.on_behalf_of.as_deref());
            columns.purposes.push(&look.purpose);
            columns.legal_bases.push(look.legal_basis.as_deref());
            columns.operations.push(&look.operation);
            columns.classes.push(look.field_classes.join(","));
            columns.requests.push(&look.request_id);
            columns.outcomes.push(look.outcome.as_str());
            columns.answers.push(&look.answer);
        }
        columns
    }

    /// Adds the list of an answer's persons, if its receipt does not name them.
    fn list(&mut self, answer: &[&'l Look]) {
        let told = answer.iter().filter(|look| look.outcome != Outcome::Refused);
        let person = |look: &&Look| format!("{} {}", look.subject_kind, look.subject);
        let Some(first) = answer.first() else { return };
        if let Some(list) = receipt::list(&first.answer, told.map(person)) {
            self.listed.push(&first.answer);
            self.lists.push(list);
        }
    }
}

impl QueryFragment<Pg> for Columns<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS at), written AS (\
             INSERT INTO access_inbox (at, subject_kind, subject, client, organisation, on_behalf_of, \
             purpose, legal_basis, operation, field_classes, request_id, outcome, answer) \
             SELECT at, kind, subject, client, organisation, person, purpose, basis, operation, \
             string_to_array(classes, ','), request, outcome, answer FROM moment, unnest(",
        );
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql("::text[], ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.subjects)?;
        out.push_sql("::uuid[], ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.clients)?;
        out.push_sql("::uuid[], ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.organisations)?;
        out.push_sql("::uuid[], ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.on_behalf_of)?;
        out.push_sql("::text[], ");
        out.push_bind_param::<Array<Text>, _>(&self.purposes)?;
        out.push_sql("::text[], ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.legal_bases)?;
        out.push_sql("::text[], ");
        out.push_bind_param::<Array<Text>, _>(&self.operations)?;
        out.push_sql("::text[], ");
        out.push_bind_param::<Array<Text>, _>(&self.classes)?;
        out.push_sql("::text[], ");
        out.push_bind_param::<Array<Text>, _>(&self.requests)?;
        out.push_sql("::text[], ");
        out.push_bind_param::<Array<Text>, _>(&self.outcomes)?;
        out.push_sql("::text[], ");
        out.push_bind_param::<Array<Binary>, _>(&self.answers)?;
        out.push_sql(
            "::bytea[]) AS l (kind, subject, client, organisation, person, purpose, basis, operation, \
             classes, request, outcome, answer))",
        );
        if !self.lists.is_empty() {
            out.push_sql(
                ", listed AS (INSERT INTO access_receipts (answer, at, persons) \
                 SELECT answer, at, persons FROM moment, unnest(",
            );
            out.push_bind_param::<Array<Binary>, _>(&self.listed)?;
            out.push_sql("::bytea[], ");
            out.push_bind_param::<Array<Binary>, _>(&self.lists)?;
            out.push_sql("::bytea[]) AS r (answer, persons))");
        }
        out.push_sql(" SELECT at FROM moment");
        Ok(())
    }
}

impl QueryId for Columns<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Columns<'_> {
    type SqlType = Timestamptz;
}

impl<Conn> RunQueryDsl<Conn> for Columns<'_> {}

fn unavailable(cause: &Error) -> Error {
    log::error!("the access log cannot be written: {cause:?}");
    Error::LogUnavailable
}

/// The persons of the answer whose receipt has the digest of this list alone.
pub fn persons_of(conn: &mut PgConnection, answer: &ReceiptId) -> Result<Option<Vec<u8>>> {
    let list = receipts::table.find(answer.as_slice()).select(receipts::persons);
    Ok(list.first(conn).optional()?)
}

/// Removes lists that are no longer kept; says how many.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    let old = receipts::table.filter(receipts::at.le(now - LISTED));
    Ok(diesel::delete(old).execute(conn)?)
}

/// A row that was written.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = access_inbox, check_for_backend(diesel::pg::Pg))]
pub struct Written {
    pub id: i64,
    /// When, by the database's clock.
    pub at: DateTime<Utc>,
    pub subject_kind: String,
    pub subject: Uuid,
    pub client: Uuid,
    pub organisation: Option<Uuid>,
    pub on_behalf_of: Option<String>,
    pub purpose: String,
    pub legal_basis: Option<String>,
    pub operation: String,
    pub field_classes: Vec<String>,
    pub request_id: String,
    pub outcome: String,
    pub answer: Option<Vec<u8>>,
}

/// Takes out the oldest rows, in the order in which they were written.
pub fn take(conn: &mut PgConnection, most: i64) -> Result<Vec<Written>> {
    use access_inbox::{id, table};
    let oldest: Vec<i64> = table.order(id).limit(most).select(id).load(conn)?;
    if oldest.is_empty() {
        return Ok(Vec::new());
    }
    let mut written: Vec<Written> = diesel::delete(table.filter(id.eq_any(oldest)))
        .returning(Written::as_returning())
        .get_results(conn)?;
    written.sort_by_key(|row| row.id);
    Ok(written)
}

/// The writer of what reads disclose.
#[derive(Clone)]
pub struct AccessLog {
    queue: Sender<Waiting>,
}

/// Looks of one answer, and who is to be told that they are durable.
struct Waiting {
    looks: Vec<Look>,
    done: oneshot::Sender<Option<DateTime<Utc>>>,
}

impl AccessLog {
    /// Starts the writer, on a connection of its own. Fails if it could not write.
    pub fn open(url: &str) -> Result<Self> {
        let (queue, waiting) = channel();
        let mut conn = db::connect(url)?;
        probe(&mut conn)?;
        let url = url.to_owned();
        thread::spawn(move || work(&url, conn, &waiting));
        Ok(Self { queue })
    }

    /// Leaves looks to be written, which nobody waits for.
    pub fn leave(&self, looks: Vec<Look>) {
        let (done, _) = oneshot::channel();
        if self.queue.send(Waiting { looks, done }).is_err() {
            log::error!("the access log cannot be written: its writer has ended");
        }
    }

    /// Returns when the looks are durable, and what moment they have, if there are any. They will be,
    /// even if nobody waits for it any more.
    pub async fn write(&self, looks: Vec<Look>) -> Result<Option<DateTime<Utc>>> {
        if looks.is_empty() {
            return Ok(None);
        }
        let (done, durable) = oneshot::channel();
        let sent = self.queue.send(Waiting { looks, done });
        sent.map_err(|_| unavailable(&Error::internal("its writer has ended")))?;
        match tokio::time::timeout(PATIENCE, durable).await {
            Ok(Ok(Some(at))) => Ok(Some(at)),
            _ => Err(Error::LogUnavailable),
        }
    }
}

/// Writes a row and takes it back.
fn probe(conn: &mut PgConnection) -> Result<()> {
    let probe = "BEGIN; INSERT INTO access_inbox \
         (subject_kind, subject, client, purpose, operation, field_classes, request_id, outcome) \
         VALUES ('nobody', gen_random_uuid(), gen_random_uuid(), 'audit', 'probe', '{}', '', 'released'); ROLLBACK";
    conn.batch_execute(probe)
        .map_err(|cause| Error::internal(format!("the access log cannot be written: {cause}")))
}

fn work(url: &str, conn: PgConnection, queue: &Receiver<Waiting>) {
    let mut conn = Some(conn);
    while let Some(batch) = gather(queue) {
        let written = commit(url, &mut conn, &batch)
            .inspect_err(|error| log::error!("the access log cannot be written: {error:?}"));
        if written.is_err() {
            // The next batch is tried on a connection that is whole.
            conn = None;
        }
        let written = written.ok();
        for waiting in batch {
            // Whoever hung up needs no word; the rows are there.
            let _ = waiting.done.send(written);
        }
    }
}

/// Waits for somebody, and takes all who wait by then; none when nobody will ever come again.
fn gather(queue: &Receiver<Waiting>) -> Option<Vec<Waiting>> {
    let first = queue.recv().ok()?;
    let (mut rows, mut batch) = (first.looks.len(), vec![first]);
    while rows < TOGETHER
        && let Ok(next) = queue.try_recv()
    {
        rows += next.looks.len();
        batch.push(next);
    }
    Some(batch)
}

fn commit(url: &str, conn: &mut Option<PgConnection>, batch: &[Waiting]) -> Result<DateTime<Utc>> {
    let conn = match conn {
        Some(conn) => conn,
        None => conn.insert(db::connect(url)?),
    };
    // One statement is a transaction of its own.
    Ok(Columns::of(batch.iter().flat_map(|waiting| &waiting.looks)).get_result(conn)?)
}
