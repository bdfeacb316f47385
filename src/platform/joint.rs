//! A transaction that several requests of the service to itself share: what writes one record writes many.
//!
//! Each request stands in a savepoint of its own: one that is refused undoes nothing of the others, and one
//! that loses a race is tried again. It reaches as far as its own permission: what the request before was
//! allowed is taken back first.
use std::{cell::RefCell, collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection,
    connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _},
};
use uuid::Uuid;

use super::{
    actor::Actor,
    clock::Clock,
    db::{Author, Db, Held, READ, Tx, begun},
    error::{Error, Result},
    idempotency::PLATFORM,
    journal::Recorded,
    reach::REGISTRY,
};

/// How often a request that lost a race is tried in all.
const ATTEMPTS: u32 = 5;
/// Judges what is else judged at the end of the transaction.
const JUDGE: &str = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED";

/// A transaction of one client.
pub struct Joint {
    actor: Arc<Actor>,
    clock: Arc<dyn Clock>,
    /// The moment that counts as now, if what is read in it leaves.
    leaving: Option<DateTime<Utc>>,
    open: RefCell<Open>,
}

struct Open {
    conn: Held,
    /// Settings that were made in it.
    made: BTreeSet<String>,
}

impl Joint {
    /// Begins one for this client.
    pub fn begin(db: &Db, actor: Arc<Actor>, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::begin_by("BEGIN", None, db, actor, clock)
    }

    /// Begins one that only reads, and sees one state of the database at one moment. What is read in it leaves:
    /// it is in the access log before.
    pub(super) fn begin_leaving(db: &Db, actor: Arc<Actor>, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::begin_by(READ, Some(clock.now()), db, actor, clock)
    }

    fn begin_by(
        begin: &str,
        leaving: Option<DateTime<Utc>>,
        db: &Db,
        actor: Arc<Actor>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let mut conn = db.hold()?;
        AnsiTransactionManager::begin_transaction_sql(&mut *conn, begin)?;
        let open = RefCell::new(Open { conn, made: BTreeSet::new() });
        Ok(Self { actor, clock, leaving, open })
    }

    /// The moment that counts as now, if what is read in it leaves.
    pub(super) fn leaving(&self) -> Option<DateTime<Utc>> {
        self.leaving
    }

    /// Who asks.
    pub(super) fn actor(&self) -> &Arc<Actor> {
        &self.actor
    }

    /// Who asks, as the numbers of their records are kept apart from those of others.
    #[must_use]
    pub fn sender(&self) -> Uuid {
        self.actor.organisation.unwrap_or(self.actor.id)
    }

    /// Does some work of the registry's own in it.
    pub fn work<T>(&self, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
        self.step(REGISTRY, work)
    }

    /// Makes some change of the registry's own in it.
    pub fn change<T>(&self, change: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let registry = Author { actor: PLATFORM, organisation: None, roles: Arc::default() };
        let recorded = |tx: &mut Tx<'_>| change(tx).map(Recorded::before);
        self.write(REGISTRY, &registry, self.clock.now(), recorded)
    }

    /// Keeps what was done.
    pub fn keep(&self) -> Result<()> {
        let Open { conn, .. } = &mut *self.open.borrow_mut();
        Ok(AnsiTransactionManager::commit_transaction(&mut **conn)?)
    }

    /// Undoes what was done, as whatever is not kept is undone.
    pub fn undo(&self) -> Result<()> {
        let Open { conn, .. } = &mut *self.open.borrow_mut();
        Ok(AnsiTransactionManager::rollback_transaction(&mut **conn)?)
    }

    pub(super) fn read<T>(
        &self,
        reach: &str,
        query: impl FnOnce(&mut PgConnection) -> Result<T>,
    ) -> Result<T> {
        self.step(reach, query)
    }

    pub(super) fn write<T>(
        &self,
        reach: &str,
        author: &Author,
        now: DateTime<Utc>,
        change: impl Fn(&mut Tx<'_>) -> Result<Recorded<T>>,
    ) -> Result<T> {
        let mut attempt = 1;
        loop {
            let done = self.step(reach, |conn| {
                let mut tx = begun(conn, author, now);
                let done = change(&mut tx)?;
                tx.write_entries()?;
                tx.conn.batch_execute(JUDGE)?;
                Ok(done.into_value())
            });
            match done {
                Err(Error::Busy) if attempt < ATTEMPTS => {
                    let pause = u64::from(rand::random_range(1..=20 * attempt));
                    std::thread::sleep(Duration::from_millis(pause));
                    attempt += 1;
                }
                done => return done,
            }
        }
    }

    /// What a change would come to; it is taken back.
    pub(super) fn rehearse<T>(
        &self,
        reach: &str,
        author: &Author,
        now: DateTime<Utc>,
        change: impl Fn(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let Open { conn, made } = &mut *self.open.borrow_mut();
        AnsiTransactionManager::begin_transaction(&mut **conn)?;
        let said = limit(conn, made, reach).and_then(|()| change(&mut begun(conn, author, now)));
        AnsiTransactionManager::rollback_transaction(&mut **conn)?;
        said
    }

    /// One request, by what it may reach.
    fn step<T>(&self, reach: &str, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
        let Open { conn, made } = &mut *self.open.borrow_mut();
        let conn: &mut PgConnection = conn;
        AnsiTransactionManager::begin_transaction(conn)?;
        let done = limit(conn, made, reach).and_then(|()| work(conn));
        match done {
            Ok(done) => {
                AnsiTransactionManager::commit_transaction(conn)?;
                Ok(done)
            }
            Err(error) => {
                AnsiTransactionManager::rollback_transaction(conn)?;
                Err(error)
            }
        }
    }
}

/// Takes back what the request before was allowed, and allows this one what it may.
fn limit(conn: &mut PgConnection, made: &mut BTreeSet<String>, reach: &str) -> Result<()> {
    let names = reach.split("SET LOCAL ").filter_map(|set| set.split_once(" =")).map(|set| set.0);
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    let taken = made.difference(&names).map(|name| format!("SET LOCAL {name} = ''; "));
    let all = taken.collect::<String>() + reach;
    made.extend(names);
    if all.is_empty() { Ok(()) } else { Ok(conn.batch_execute(&all)?) }
}
