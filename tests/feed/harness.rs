//! Writers that hold, roll back, lock one another out and are cut off; readers that may miss nothing.
//!
//! Ten thousand events unless `KINSTEAD_SOAK_EVENTS` says another number, and a foreign transaction that stays open
//! for as many seconds as `KINSTEAD_SOAK_HELD` says.
#![allow(clippy::print_stdout, reason = "a run tells its figures")]
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _,
    connection::SimpleConnection as _,
    result::Error as Failed,
    sql_query,
    sql_types::{BigInt, Integer, Uuid as SqlUuid},
};
use kinstead::{
    feed,
    platform::{db, embedded::Role},
};
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha12Rng};
use uuid::Uuid;

use super::longer;
use crate::support::Database;

const WRITERS: u64 = 8;
const RECORDS: i64 = 40;
/// Events that have to be told; a hundred thousand in the long form, in which kills are further apart.
const EVENTS: usize = 10_000;
const KILLS: usize = 30;

#[derive(QueryableByName, Debug, Clone, PartialEq, Eq)]
struct Event {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = SqlUuid)]
    subject: Uuid,
    #[diesel(sql_type = BigInt)]
    version: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn number(conn: &mut PgConnection, query: &str) -> i64 {
    sql_query(query).get_result::<Number>(conn).unwrap().number
}

/// Changes a few records in one transaction, in any order, and takes its time.
fn write(conn: &mut PgConnection, random: &mut ChaCha12Rng) -> Result<(), Failed> {
    let (many, hold, undo) =
        (random.random_range(1..=3), random.random_range(0..4), random.random_bool(0.1));
    let records: Vec<i64> = (0..many).map(|_| random.random_range(0..RECORDS)).collect();
    conn.transaction(|conn| {
        for record in records {
            sql_query(
                "WITH changed AS (UPDATE harness SET version = version + 1 WHERE number = $1 RETURNING id, version)
                 INSERT INTO journal (recorded_at, actor, kind, event, subject, version, changed, after, persons)
                 SELECT now(), id, 'harness', 'changed', id, version, '{}',
                        decode('01' || repeat('00', 60), 'hex'), '{}' FROM changed",
            )
            .bind::<BigInt, _>(record)
            .execute(conn)?;
            sql_query("SELECT pg_sleep($1 / 1000.0)").bind::<Integer, _>(hold).execute(conn)?;
        }
        if undo { Err(Failed::RollbackTransaction) } else { Ok(()) }
    })
}

/// Connects, again if that is cut off, too.
fn connected(url: &str) -> PgConnection {
    loop {
        if let Ok(conn) = db::connect(url) {
            return conn;
        }
    }
}

/// Gives places until it is done; says how often it was cut off. Whatever else fails is a fault: two that work at once
/// leave each other alone.
fn sequence(url: String, done: Arc<AtomicBool>) -> JoinHandle<usize> {
    thread::spawn(move || {
        let (mut conn, mut cut) = (db::connect(&url).unwrap(), 0);
        while !done.load(Ordering::Relaxed) {
            if let Err(error) = feed::gather(&mut conn) {
                assert!(conn.batch_execute("SELECT 1").is_err(), "it was not cut off: {error:?}");
                cut += 1;
                conn = connected(&url);
            }
            thread::sleep(Duration::from_millis(2));
        }
        cut
    })
}

/// A copy, as a reader makes it who asks for what comes after the last that it saw.
#[derive(Default)]
struct Reader {
    last: i64,
    held: BTreeMap<Uuid, i64>,
    seen: Vec<Event>,
}

impl Reader {
    fn read(&mut self, conn: &mut PgConnection, table: &str) {
        let query = format!(
            "SELECT position, subject, version FROM {table} WHERE kind = 'harness' AND position > {} ORDER BY position LIMIT 500",
            self.last
        );
        for event in sql_query(query).load::<Event>(conn).unwrap() {
            self.last = event.position;
            self.held.insert(event.subject, event.version);
            self.seen.push(event);
        }
    }
}

#[test]
fn a_reader_of_the_feed_misses_nothing_where_one_of_ids_does() {
    let seed = 20_261_123;
    let database = Database::migrated();
    let mut owner = database.owner();
    owner
        .batch_execute(&format!(
            "CREATE TABLE harness (number bigint PRIMARY KEY, id uuid NOT NULL DEFAULT gen_random_uuid(), version bigint NOT NULL DEFAULT 0);
             INSERT INTO harness (number) SELECT generate_series(0, {RECORDS} - 1)"
        ))
        .unwrap();
    let patience = r"DO $$ BEGIN EXECUTE format($f$ALTER DATABASE %I SET deadlock_timeout = '50ms'$f$, current_database()); END $$";
    database.admin().batch_execute(patience).unwrap();
    feed::gather(&mut db::connect(&database.url(Role::Keeper)).unwrap()).unwrap();
    let (done, failures) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let url = database.url(Role::Owner);
    // Somebody who has nothing to do with it holds a transaction open all the while.
    let mut foreign = db::connect(&url).unwrap();
    foreign
        .batch_execute("BEGIN; CREATE TEMP TABLE held (one integer); INSERT INTO held VALUES (1)")
        .unwrap();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (done, failures, url) = (Arc::clone(&done), Arc::clone(&failures), url.clone());
            thread::spawn(move || {
                let mut random = ChaCha12Rng::seed_from_u64(seed + writer);
                let mut conn = db::connect(&url).unwrap();
                while !done.load(Ordering::Relaxed) {
                    if let Err(error) = write(&mut conn, &mut random)
                        && error != Failed::RollbackTransaction
                    {
                        failures.fetch_add(1, Ordering::Relaxed);
                        conn = connected(&url);
                    }
                }
            })
        })
        .collect();
    // Two, as there are where two services run.
    let sequencers: Vec<_> =
        (0..2).map(|_| sequence(database.url(Role::Keeper), Arc::clone(&done))).collect();
    let (mut fed, mut naive) = (Reader::default(), Reader::default());
    let (since, mut kills, mut admin) = (Instant::now(), 0, database.admin());
    let (events, held) = (longer("KINSTEAD_SOAK_EVENTS", EVENTS), longer("KINSTEAD_SOAK_HELD", 0));
    let (held, pause) = (Duration::from_secs(held), Duration::from_millis(events as u64 / 100));
    while naive.seen.len() < events || kills < KILLS || since.elapsed() < held {
        let patience = Duration::from_secs(120) * u32::try_from(events / EVENTS).unwrap() + held;
        assert!(since.elapsed() < patience, "too slow: {} {kills}", naive.seen.len());
        fed.read(&mut owner, "feed");
        naive.read(&mut owner, "journal");
        if since.elapsed() > pause * u32::try_from(kills).unwrap() {
            // A writer, and the sequencer.
            admin
                .batch_execute(
                    "SELECT pg_terminate_backend(pid) FROM (
                        SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                          AND pid <> pg_backend_pid()
                          AND query LIKE '%harness SET version%' ORDER BY random() LIMIT 1) one;
                     SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND query LIKE '%feed_gather%' AND pid <> pg_backend_pid()",
                )
                .unwrap();
            kills += 1;
        }
    }
    done.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.join().unwrap();
    }
    let cut: usize = sequencers.into_iter().map(|it| it.join().unwrap()).sum();
    feed::gather(&mut db::connect(&database.url(Role::Keeper)).unwrap()).unwrap();
    let mut before = None;
    while before != Some((fed.last, naive.last)) {
        before = Some((fed.last, naive.last));
        fed.read(&mut owner, "feed");
        naive.read(&mut owner, "journal");
    }
    drop(foreign);
    println!(
        "{kills} kills, {cut} of a sequencer; {} events in {:?}",
        fed.seen.len(),
        since.elapsed()
    );

    let written =
        usize::try_from(number(&mut owner, "SELECT sum(version)::bigint AS number FROM harness"))
            .unwrap();
    assert!(cut >= 10 && failures.load(Ordering::Relaxed) >= 10, "{cut} {failures:?}");
    // The feed told all, each record in the order of its versions, without a gap.
    assert_eq!(fed.seen.len(), written, "seed {seed}");
    let mut held: BTreeMap<Uuid, i64> = BTreeMap::new();
    for event in &fed.seen {
        let version = held.entry(event.subject).or_default();
        *version += 1;
        assert_eq!(event.version, *version, "seed {seed}");
    }
    let places = fed.seen.windows(2).all(|two| two[1].position == two[0].position + 1);
    assert!(places, "seed {seed}");
    // The same harness finds out a reader that goes by ids.
    assert!(naive.seen.len() < written, "{} of {written}", naive.seen.len());
}
