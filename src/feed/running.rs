//! The sequencer at work: it gives what was committed its place, many times a second.
use std::{
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Bool, Integer, Timestamptz},
};

use crate::platform::{
    clock::{Clock as _, SystemClock},
    db,
    error::Result,
    pulse::{Pulse, rest},
};

/// How often the inbox is looked at when nothing was in it.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long it rests after something failed.
const REST: Duration = Duration::from_secs(1);
/// Rows of the inbox that are taken in one transaction.
const TOGETHER: i32 = 2000;
/// How often what is too old is forgotten, and how much of it in one transaction.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
const FORGOTTEN: i32 = 10_000;

/// Whoever gives changes their places in the feed.
#[derive(Clone)]
pub struct Sequencer {
    url: String,
    pulse: Pulse,
    /// For how long changes are told.
    kept: chrono::Duration,
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    head: i64,
}

#[derive(QueryableByName)]
struct Woken {
    #[diesel(sql_type = Bool)]
    anew: bool,
}

#[derive(QueryableByName)]
struct Gone {
    #[diesel(sql_type = Integer)]
    gone: i32,
}

/// Gives all that is in the inbox its place; says what the last place is then.
pub fn gather(conn: &mut PgConnection) -> Result<i64> {
    Ok(gather_since(conn, None)?.0)
}

/// Gathers until a look finds nothing after the place that was the last one before it. Says how long that look took.
fn gather_since(conn: &mut PgConnection, mut last: Option<i64>) -> Result<(i64, Duration)> {
    loop {
        let begun = Instant::now();
        let query = sql_query("SELECT feed_gather($1) AS head").bind::<Integer, _>(TOGETHER);
        let head = query.get_result::<Head>(conn)?.head;
        if last.replace(head) == Some(head) {
            return Ok((head, begun.elapsed()));
        }
    }
}

/// Begins another epoch if the registry was set back, or if it is asked for; says whether it did.
pub fn wake(conn: &mut PgConnection, anew: bool) -> Result<bool> {
    let query = sql_query("SELECT feed_wake($1) AS anew").bind::<Bool, _>(anew);
    Ok(query.get_result::<Woken>(conn)?.anew)
}

/// Forgets what was told before that moment.
pub fn forget(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<()> {
    loop {
        let query = sql_query("SELECT feed_forget($1, $2) AS gone");
        let query = query.bind::<Timestamptz, _>(before).bind::<Integer, _>(FORGOTTEN);
        if query.get_result::<Gone>(conn)?.gone < FORGOTTEN {
            return Ok(());
        }
    }
}

impl Sequencer {
    /// Reaches for the feed in the keeper's role, and looks whether the registry was set back.
    pub fn open(url: &str, pulse: Pulse, kept: chrono::Duration) -> Result<Self> {
        if wake(&mut db::connect(url)?, false)? {
            log::warn!("the registry was set back or copied: copies of it have to be made anew");
        }
        Ok(Self { url: url.to_owned(), pulse, kept })
    }

    /// Works until told to stop.
    pub fn start(self) -> Sequencing {
        let (stop, stopped) = channel();
        let thread = thread::spawn(move || {
            let (mut turns, mut pause) = (Turns::default(), LOOK_EVERY);
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = match self.turn(&mut turns) {
                    Ok(look) => rest(LOOK_EVERY, look),
                    Err(error) => {
                        log::error!("the feed does not go on: {error:?}");
                        turns.conn = None;
                        REST
                    }
                };
            }
        });
        Sequencing { stop, thread }
    }

    fn turn(&self, turns: &mut Turns) -> Result<Duration> {
        let conn = match &mut turns.conn {
            Some(conn) => conn,
            none => none.insert(db::connect(&self.url)?),
        };
        let (head, look) = gather_since(conn, turns.head)?;
        turns.head = Some(head);
        self.pulse.beat(head);
        if turns.forgot.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
            forget(conn, SystemClock.now() - self.kept)?;
            turns.forgot = Some(Instant::now());
        }
        Ok(look)
    }
}

/// What a sequencer keeps from turn to turn.
#[derive(Default)]
struct Turns {
    conn: Option<PgConnection>,
    /// The last place as it knows it.
    head: Option<i64>,
    /// When it forgot what was too old.
    forgot: Option<Instant>,
}

/// A sequencer at work.
pub struct Sequencing {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Sequencing {
    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            log::warn!("the sequencer of the feed broke off");
        }
    }
}
