//! Connections and transactions. Only [`Access`](super::access::Access) and
//! [`Public`](super::access::Public) hand them out to handlers.
use std::{collections::BTreeSet, sync::Arc, time::Duration};

use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    Connection, PgConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager as _},
    r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection},
};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    disclosure::Person,
    error::{Error, Result},
    idempotency::PLATFORM,
    journal::{NewEntry, Recorded},
    need::Need,
    reach::REGISTRY,
    vault::Sealer,
};

mod long;
mod role;

pub use role::check_role;

/// How often a transaction that lost a race is tried in all.
const ATTEMPTS: u32 = 5;
/// How long a request waits for its turn before it is told to come back.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// How a read begins.
pub(super) const READ: &str = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Requests that may wait for one connection.
const WAITING_PER_CONNECTION: usize = 16;

/// Settings of every connection.
const SESSION: &str = "SET application_name = 'kinstead'; SET TIME ZONE 'UTC'; SET statement_timeout = '10s'; SET lock_timeout = '3s'; \
     SET idle_in_transaction_session_timeout = '15s'; SET jit = off";

#[derive(Debug)]
struct Session;

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Session {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        conn.batch_execute(SESSION).map_err(diesel::r2d2::Error::QueryError)
    }
}

/// The database. Its pool is private and it is no extractor, so a handler cannot get a connection
/// without first saying who may call it.
#[derive(Clone)]
pub struct Db {
    pool: Pool<ConnectionManager<PgConnection>>,
    gate: Arc<Semaphore>,
    /// What may hold connections for long.
    long: Arc<Semaphore>,
}

/// A connection that is held for more than one transaction.
pub(super) type Held = PooledConnection<ConnectionManager<PgConnection>>;

/// An open transaction. A function that takes one may change rows; a function that takes a bare
/// connection only reads.
pub struct Tx<'c> {
    pub conn: &'c mut PgConnection,
    /// Who changes.
    pub actor: Uuid,
    /// The organisation of whoever changes.
    pub organisation: Option<Uuid>,
    /// The roles of whoever changes; none for the registry itself.
    pub roles: Arc<[String]>,
    /// When: the moment the request was taken up.
    pub now: DateTime<Utc>,
    /// What is to be written to the journal before the commit.
    pub(super) entries: Vec<NewEntry>,
    /// What seals, once something was to be sealed.
    pub(super) sealer: Option<Sealer>,
    /// How far whoever changes reaches; the registry itself reaches everybody.
    pub(super) need: Option<Need>,
    /// The first day of the registry, if what is written may be history from before it.
    pub history_before: Option<NaiveDate>,
    /// Persons of whom a number was found to be contested.
    pub(super) contested: BTreeSet<Person>,
}

impl Tx<'_> {
    /// Those of these persons whose identifiers whoever changes may be told.
    pub fn reached(&mut self, persons: BTreeSet<Person>) -> Result<BTreeSet<Uuid>> {
        match &self.need {
            None => Ok(persons.into_iter().map(|person| person.id).collect()),
            Some(need) => need.identifies(self.conn, &persons),
        }
    }

    /// Refuses a change of a record of nobody, such as a facility, where whoever changes may not change it:
    /// by the organisation that it belongs to, and by its area.
    pub fn place(&self, kind: &str, organisation: Uuid, area: &str) -> Result<()> {
        self.need.as_ref().map_or(Ok(()), |need| need.place(kind, organisation, area))
    }

    /// Says that a number of this person is contested.
    pub fn contest(&mut self, person: Person) {
        self.contested.insert(person);
    }
}

/// Who changes, with the organisation and the roles of theirs.
#[derive(Clone)]
pub(super) struct Author {
    pub actor: Uuid,
    pub organisation: Option<Uuid>,
    pub roles: Arc<[String]>,
}

impl Db {
    /// Opens a pool of at most `size` connections, lazily.
    pub fn open(url: &str, size: u32) -> Result<Self> {
        let manager = ConnectionManager::<PgConnection>::new(url);
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .connection_customizer(Box::new(Session))
            .test_on_check_out(false)
            .build_unchecked(manager);
        let size = usize::try_from(size).unwrap_or(1);
        let gate = Arc::new(Semaphore::new(size * WAITING_PER_CONNECTION));
        let long = Arc::new(Semaphore::new((size / 4).max(1)));
        Ok(Self { pool, gate, long })
    }

    /// Runs a query in a read-only transaction that sees one state of the database, as far as these
    /// settings reach.
    pub(super) async fn read<T, F>(&self, reach: String, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        let begin = format!("{READ}; {reach}");
        self.blocking(move |db| transaction(&mut *db.connection()?, &begin, query)).await
    }

    /// The same on this thread.
    pub(super) fn read_here<T>(
        &self,
        reach: &str,
        query: impl FnOnce(&mut PgConnection) -> Result<T>,
    ) -> Result<T> {
        transaction(&mut *self.connection()?, &format!("{READ}; {reach}"), query)
    }

    pub(super) async fn write<T, F>(
        &self,
        reach: String,
        author: Author,
        now: DateTime<Utc>,
        change: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<Recorded<T>> + Send + 'static,
    {
        let done = move |db: &Self| changed(&mut *db.connection()?, &reach, &author, now, &change);
        self.blocking(done).await.map(Recorded::into_value)
    }

    /// Runs a change in a transaction that is taken back in any case.
    pub(super) async fn rehearse<T, F>(
        &self,
        reach: String,
        author: Author,
        now: DateTime<Utc>,
        change: F,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.blocking(move |db| rehearsed(&mut *db.connection()?, &reach, &author, now, &change))
            .await
    }

    /// Runs work that leaves nothing in the journal in a transaction, which reaches no person.
    pub(super) async fn work<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        self.blocking(move |db| transaction(&mut *db.connection()?, "BEGIN", work)).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.blocking(|db| Ok(db.connection()?.batch_execute("SELECT 1")?)).await
    }

    /// The registry's own work beside the requests, on this thread, in one transaction.
    pub fn background<T>(&self, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
        transaction(&mut *self.connection()?, &format!("BEGIN; {REGISTRY}"), work)
    }

    /// The registry's own changes beside the requests, on this thread, in one transaction.
    pub fn maintain<T>(
        &self,
        now: DateTime<Utc>,
        work: impl Fn(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        maintain_on(&mut *self.connection()?, PLATFORM, now, work)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that takes connections")]
    fn connection(&self) -> Result<Held> {
        Ok(self.pool.get()?)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.gate).acquire_owned()).await;
        let Ok(Ok(permit)) = permit else { return Err(Error::Busy) };
        let db = self.clone();
        web::block(move || {
            // The permit goes with the work: a client that hangs up does not let more in.
            let _permit = permit;
            work(&db)
        })
        .await
        .map_err(|_| Error::Busy)?
    }
}

/// Runs a change in one transaction on this connection, again if it loses a race.
///
/// For the command line and background work; handlers go through `Access`.
pub fn change_on<T>(
    conn: &mut PgConnection,
    actor: Uuid,
    now: DateTime<Utc>,
    change: impl Fn(&mut Tx<'_>) -> Result<Recorded<T>>,
) -> Result<T> {
    maintain_on(conn, actor, now, change).map(Recorded::into_value)
}

/// Runs work that may find nothing to change, such as loading the release's own data, in one
/// transaction on this connection, again if it loses a race.
pub fn maintain_on<T>(
    conn: &mut PgConnection,
    actor: Uuid,
    now: DateTime<Utc>,
    work: impl Fn(&mut Tx<'_>) -> Result<T>,
) -> Result<T> {
    let registry = Author { actor, organisation: None, roles: Arc::default() };
    changed(conn, REGISTRY, &registry, now, work)
}

/// Runs a change in a transaction that reaches as far as these settings, again if it loses a race.
fn changed<T>(
    conn: &mut PgConnection,
    reach: &str,
    author: &Author,
    now: DateTime<Utc>,
    work: impl Fn(&mut Tx<'_>) -> Result<T>,
) -> Result<T> {
    let begin = format!("BEGIN; {reach}");
    let mut attempt = 1;
    loop {
        let done = transaction(conn, &begin, |conn| {
            let mut tx = begun(conn, author, now);
            let done = work(&mut tx)?;
            tx.write_entries()?;
            Ok(done)
        });
        match done {
            Err(Error::Busy) if attempt < ATTEMPTS => {
                std::thread::sleep(Duration::from_millis(u64::from(rand::random_range(
                    1..=20 * attempt,
                ))));
                attempt += 1;
            }
            done => return done,
        }
    }
}

pub(super) fn begun<'c>(
    conn: &'c mut PgConnection,
    Author { actor, organisation, roles }: &Author,
    now: DateTime<Utc>,
) -> Tx<'c> {
    Tx {
        conn,
        actor: *actor,
        organisation: *organisation,
        roles: Arc::clone(roles),
        now,
        entries: Vec::new(),
        sealer: None,
        need: None,
        history_before: None,
        contested: BTreeSet::new(),
    }
}

/// Runs a change and takes it back, whatever it came to.
fn rehearsed<T>(
    conn: &mut PgConnection,
    reach: &str,
    author: &Author,
    now: DateTime<Utc>,
    change: impl Fn(&mut Tx<'_>) -> Result<T>,
) -> Result<T> {
    AnsiTransactionManager::begin_transaction_sql(conn, &format!("BEGIN; {reach}"))?;
    let done = change(&mut begun(conn, author, now));
    let back = AnsiTransactionManager::rollback_transaction(conn);
    let done = done?;
    back?;
    Ok(done)
}

/// Runs work in a transaction. What it begins with goes in one message: each more would cost a read a
/// tenth of its time.
fn transaction<T>(
    conn: &mut PgConnection,
    begin: &str,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    AnsiTransactionManager::begin_transaction_sql(conn, begin)?;
    match work(conn) {
        Ok(done) => {
            AnsiTransactionManager::commit_transaction(conn)?;
            Ok(done)
        }
        Err(error) => match AnsiTransactionManager::rollback_transaction(conn) {
            // The connection is broken, which the error says better.
            Ok(()) | Err(diesel::result::Error::BrokenTransactionManager) => Err(error),
            Err(other) => Err(other.into()),
        },
    }
}

/// Runs work of the service's own, such as keeping the access log, in one transaction. It changes
/// no record.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that opens transactions for such work"
)]
pub fn alone<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    conn.transaction(work)
}

/// Opens one connection for the registry's own work, which sees everybody.
pub fn connect_for_work(url: &str) -> Result<PgConnection> {
    let mut conn = connect(url)?;
    conn.batch_execute("SET kinstead.registry = 'on'")?;
    Ok(conn)
}

/// Opens one connection with the service's session settings. It sees no person.
pub fn connect(url: &str) -> Result<PgConnection> {
    let mut conn = PgConnection::establish(url).map_err(Error::internal)?;
    conn.batch_execute(SESSION)?;
    Ok(conn)
}
