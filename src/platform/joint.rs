//! A transaction that several requests of the service to itself share: what writes one record writes many.
//!
//! Each request stands in a savepoint of its own: one that is refused undoes nothing of the others, and one
//! that loses a race is tried again. It reaches as far as its own permission: what the request before was
//! allowed is taken back first.
use std::{
    cell::{OnceCell, RefCell, RefMut},
    collections::BTreeSet,
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, NaiveDate, Utc};
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
    source::{self, Known, Numbers, Source},
    vault::{Sealer, blind::Keys},
};

/// How often a request that lost a race is tried in all.
const ATTEMPTS: u32 = 5;
/// Its statements are few and come again for each record: they are planned once for each connection.
const BEGIN: &str = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan";
/// Ends a request.
const DONE: &str = "RELEASE SAVEPOINT request";
/// Judges what is else judged at the end of the transaction, and ends a request.
const JUDGED: &str =
    "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; RELEASE SAVEPOINT request";

/// Once more, where nothing is left to judge and no savepoint stands.
const FORGET: &str = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED";

/// A transaction of one client.
pub struct Joint {
    actor: Arc<Actor>,
    clock: Arc<dyn Clock>,
    /// The first day of the registry, if what is written may be history from before it.
    history_before: Option<NaiveDate>,
    /// The moment that counts as now, if what is read in it leaves.
    leaving: Option<DateTime<Utc>>,
    open: RefCell<Open>,
    /// What its changes seal with: to have read the keys keeps them as they are until the transaction ends.
    sealer: RefCell<Option<Sealer>>,
    keys: OnceCell<Keys>,
    numbers: RefCell<Numbers>,
}

struct Open {
    conn: Held,
    /// Settings that were made in it.
    made: BTreeSet<String>,
    /// How far it reaches now.
    reach: String,
}

impl Joint {
    /// Begins one for this client.
    pub fn begin(db: &Db, actor: Arc<Actor>, clock: Arc<dyn Clock>) -> Result<Self> {
        Self::begin_by(BEGIN, None, db, actor, clock)
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
        let open = RefCell::new(Open { conn, made: BTreeSet::new(), reach: String::new() });
        let (sealer, keys, numbers) = (RefCell::default(), OnceCell::new(), RefCell::default());
        Ok(Self { actor, clock, history_before: None, leaving, open, sealer, keys, numbers })
    }

    /// Takes what lies before that day for history.
    #[must_use]
    pub fn with_history(self, before: Option<NaiveDate>) -> Self {
        Self { history_before: before, ..self }
    }

    /// Knows of these numbers what was looked up before.
    pub fn know(&self, known: Known) {
        self.numbers().know(known);
    }

    /// Lets the database forget what was judged. In a savepoint it forgets nothing of it, and goes through all of it
    /// with each request: whoever asks for very many in one transaction calls this now and then.
    pub fn forget_judged(&self) -> Result<()> {
        self.work(|conn| Ok(conn.batch_execute(FORGET)?))
    }

    pub(super) fn numbers(&self) -> RefMut<'_, Numbers> {
        self.numbers.borrow_mut()
    }

    /// Remembers which record was sent, to write it before what was done is kept.
    pub fn remember(&self, source: Source, record: Uuid) {
        self.numbers().remember(source, record);
    }

    /// Writes what was remembered, so that it is found.
    pub(super) fn write_numbers(&self) -> Result<()> {
        let unwritten = self.numbers().unwritten();
        if unwritten.is_empty() {
            return Ok(());
        }
        self.change(|tx| source::write(tx, &unwritten))
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

    /// Does some work of the registry's own in it. It has no savepoint: what the database cannot do ends the
    /// whole transaction.
    pub fn work<T>(&self, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
        let open = &mut *self.open.borrow_mut();
        open.limit("", REGISTRY)?;
        work(&mut open.conn)
    }

    /// The keys that numbers are looked for under.
    pub fn keys(&self) -> Result<&Keys> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let keys = self.work(Keys::of)?;
        Ok(self.keys.get_or_init(|| keys))
    }

    /// Makes some change of the registry's own in it.
    pub fn change<T>(&self, change: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let registry = Author { actor: PLATFORM, organisation: None, roles: Arc::default() };
        let recorded = |tx: &mut Tx<'_>| change(tx).map(Recorded::before);
        self.write(REGISTRY, &registry, self.clock.now(), recorded)
    }

    /// Keeps what was done.
    pub fn keep(&self) -> Result<()> {
        self.write_numbers()?;
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
        self.step(reach, DONE, query)
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
            let done = self.step(reach, JUDGED, |conn| {
                let mut tx = begun(conn, author, now);
                tx.history_before = self.history_before;
                tx.sealer = self.sealer.take();
                let done = change(&mut tx)?;
                tx.write_entries()?;
                Ok((done.into_value(), tx.sealer.take()))
            });
            // Not that of a change that failed: what it had read is no longer kept as it is.
            let done = done.map(|(done, sealer)| {
                self.sealer.replace(sealer);
                done
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
        let open = &mut *self.open.borrow_mut();
        let before = open.reach.clone();
        AnsiTransactionManager::begin_transaction(&mut *open.conn)?;
        let said =
            open.limit("", reach).and_then(|()| change(&mut begun(&mut open.conn, author, now)));
        AnsiTransactionManager::rollback_transaction(&mut *open.conn)?;
        open.reach = before;
        said
    }

    /// One request, by what it may reach. With the statements that begin and end it as few messages go to the database
    /// as can be: it is asked for each record of a file.
    fn step<T>(
        &self,
        reach: &str,
        done: &str,
        work: impl FnOnce(&mut PgConnection) -> Result<T>,
    ) -> Result<T> {
        let open = &mut *self.open.borrow_mut();
        let before = open.reach.clone();
        let worked = open.limit("SAVEPOINT request; ", reach).and_then(|()| work(&mut open.conn));
        let ended = worked.and_then(|worked| {
            open.conn.batch_execute(done)?;
            Ok(worked)
        });
        if ended.is_err() {
            open.conn.batch_execute("ROLLBACK TO SAVEPOINT request; RELEASE SAVEPOINT request")?;
            open.reach = before;
        }
        ended
    }
}

impl Open {
    /// After this, takes back what the request before was allowed, and allows this one what it may.
    fn limit(&mut self, first: &str, reach: &str) -> Result<()> {
        if self.reach == reach {
            if !first.is_empty() {
                self.conn.batch_execute(first)?;
            }
            return Ok(());
        }
        let names = reach.split("SET LOCAL ").filter_map(|set| set.split_once(" ="));
        let names: BTreeSet<String> = names.map(|set| set.0.to_owned()).collect();
        let taken = self.made.difference(&names);
        let taken = taken.map(|name| format!("SET LOCAL {name} = ''; "));
        self.conn.batch_execute(&(first.to_owned() + &taken.collect::<String>() + reach))?;
        self.made.extend(names);
        reach.clone_into(&mut self.reach);
        Ok(())
    }
}
