//! The keeper at work: it gathers every second, and signs when there is something new.
use std::{
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use diesel::PgConnection;

use super::sequencer;
use crate::platform::{
    db,
    error::{Error, Result},
    keys::{PrivateKey, PublicKey},
};

/// How often the inbox is emptied.
const GATHER_EVERY: Duration = Duration::from_secs(1);
/// How often what is new is signed; the promise is a minute.
const SIGN_EVERY: Duration = Duration::from_secs(20);

/// Whoever keeps the access log of a registry.
pub struct Keeper {
    url: String,
    origin: String,
    key: PrivateKey,
}

impl Keeper {
    /// Reaches for the log in the keeper's own role. Signs it, so that there always is a checkpoint;
    /// with all that was left when the last keeper ended, since no receipt may be older.
    pub fn open(url: &str, origin: &str, key: PrivateKey) -> Result<Self> {
        let keeper = Self { url: url.to_owned(), origin: origin.to_owned(), key };
        let mut conn = db::connect(url)?;
        db::check_role(&mut conn)?;
        sequencer::gather(&mut conn).and_then(|_| keeper.sign(&mut conn)).map_err(|cause| {
            Error::internal(format!("the access log cannot be kept: {cause:?}"))
        })?;
        Ok(keeper)
    }

    /// The key that others check the log's signatures with, and the name it signs under.
    #[must_use]
    pub fn public(&self) -> (&str, PublicKey) {
        (&self.origin, self.key.public())
    }

    /// Takes in all that was written and signs it.
    pub fn gather_and_sign(&self) -> Result<()> {
        let mut conn = db::connect(&self.url)?;
        sequencer::gather(&mut conn)?;
        self.sign(&mut conn)
    }

    fn sign(&self, conn: &mut PgConnection) -> Result<()> {
        sequencer::checkpoint(conn, &self.origin, &self.key).map(|_| ())
    }

    /// Keeps the log until told to stop; then everything is taken in and signed once more.
    pub fn keep(self: std::sync::Arc<Self>) -> Keeping {
        let (stop, stopped) = channel();
        let thread = thread::spawn(move || {
            let mut conn = None;
            let mut signed = Instant::now();
            while stopped.recv_timeout(GATHER_EVERY) == Err(RecvTimeoutError::Timeout) {
                let due = signed.elapsed() >= SIGN_EVERY;
                if due {
                    signed = Instant::now();
                }
                if let Err(error) = self.turn(&mut conn, due) {
                    log::error!("the access log is not kept: {error:?}");
                    conn = None;
                }
            }
            if let Err(error) = self.turn(&mut conn, true) {
                log::error!("the access log was not signed at the end: {error:?}");
            }
        });
        Keeping { stop, thread }
    }

    fn turn(&self, conn: &mut Option<PgConnection>, sign: bool) -> Result<()> {
        let conn = match conn {
            Some(conn) => conn,
            None => conn.insert(db::connect(&self.url)?),
        };
        sequencer::gather(conn)?;
        if sign { self.sign(conn) } else { Ok(()) }
    }
}

/// A keeper at work.
pub struct Keeping {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Keeping {
    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            log::warn!("the keeper of the access log broke off");
        }
    }
}
