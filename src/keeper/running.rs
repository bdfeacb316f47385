//! The keeper at work: it gathers every second, signs when there is something new, and asks witnesses.
use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use diesel::PgConnection;

use super::{
    sequencer,
    witness::Witness,
    witnesses::{self, Asked},
};
use crate::{
    log::key::{Role, VerifierKey},
    platform::{
        db,
        error::{Error, Result},
        keys::{PrivateKey, PublicKey},
        pulse::rest,
    },
};

/// How often the inbox is emptied.
const GATHER_EVERY: Duration = Duration::from_secs(1);
/// How often what is new is signed; the promise is a minute.
const SIGN_EVERY: Duration = Duration::from_secs(20);
/// How often it is looked whether there is something to ask a witness for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a witness that did not cosign is left alone at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Whoever keeps the access log of a registry.
pub struct Keeper {
    url: String,
    origin: String,
    key: PrivateKey,
    witnesses: Vec<Arc<Witness>>,
}

impl Keeper {
    /// Reaches for the log in the keeper's own role. Signs it, so that there always is a checkpoint;
    /// with all that was left when the last keeper ended, since no receipt may be older.
    pub fn open(url: &str, origin: &str, key: PrivateKey) -> Result<Self> {
        let keeper =
            Self { url: url.to_owned(), origin: origin.to_owned(), key, witnesses: Vec::new() };
        let mut conn = db::connect(url)?;
        db::check_role(&mut conn)?;
        sequencer::gather(&mut conn).and_then(|_| keeper.sign(&mut conn)).map_err(|cause| {
            Error::internal(format!("the access log cannot be kept: {cause:?}"))
        })?;
        Ok(keeper)
    }

    /// With these witnesses, and no others.
    pub fn witnessed_by(mut self, witnesses: Vec<Witness>) -> Result<Self> {
        let keys: Vec<String> = witnesses.iter().map(|witness| witness.key.to_string()).collect();
        witnesses::list(&mut db::connect(&self.url)?, &keys)?;
        self.witnesses = witnesses.into_iter().map(Arc::new).collect();
        Ok(self)
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

    /// Asks every witness, one after the other, for a cosignature of the newest checkpoint.
    pub fn ask_witnesses(&self) -> Result<Vec<Asked>> {
        let mut conn = db::connect(&self.url)?;
        self.witnesses.iter().map(|witness| self.ask(&mut conn, witness)).collect()
    }

    fn ask(&self, conn: &mut PgConnection, witness: &Witness) -> Result<Asked> {
        let log = VerifierKey::new(&self.origin, Role::Log, self.key.public());
        witnesses::ask(conn, witness, &log.map_err(Error::internal)?)
    }

    fn sign(&self, conn: &mut PgConnection) -> Result<()> {
        sequencer::checkpoint(conn, &self.origin, &self.key)?;
        witnesses::publish(conn)
    }

    /// Keeps the log until told to stop; then everything is taken in and signed once more. Each witness is
    /// asked by itself: none makes the log or another one wait.
    pub fn keep(self: Arc<Self>) -> Keeping {
        let asking = self.witnesses.iter().map(|witness| {
            let (stop, stopped) = channel();
            let (keeper, witness) = (Arc::clone(&self), Arc::clone(witness));
            thread::spawn(move || keeper.ask_again_and_again(&witness, &stopped));
            stop
        });
        let asking = asking.collect();
        let (stop, stopped) = channel();
        let thread = thread::spawn(move || {
            let (mut conn, mut pause) = (None, GATHER_EVERY);
            let mut signed = Instant::now();
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let due = signed.elapsed() >= SIGN_EVERY;
                if due {
                    signed = Instant::now();
                }
                pause = match self.turn(&mut conn, due) {
                    Ok(look) => rest(GATHER_EVERY, look),
                    Err(error) => {
                        log::error!("the access log is not kept: {error:?}");
                        conn = None;
                        GATHER_EVERY
                    }
                };
            }
            if let Err(error) = self.turn(&mut conn, true) {
                log::error!("the access log was not signed at the end: {error:?}");
            }
        });
        Keeping { stop, thread, asking }
    }

    /// Gathers, and signs if that is due; says how long the last look took.
    fn turn(&self, conn: &mut Option<PgConnection>, sign: bool) -> Result<Duration> {
        let conn = match conn {
            Some(conn) => conn,
            None => conn.insert(db::connect(&self.url)?),
        };
        let look = sequencer::gather(conn)?;
        if sign {
            self.sign(conn)?;
        } else {
            witnesses::publish(conn)?;
        }
        Ok(look)
    }

    /// Asks a witness whenever there is a new checkpoint; more and more seldom while it does not cosign.
    fn ask_again_and_again(&self, witness: &Witness, stopped: &Receiver<()>) {
        let (mut conn, mut pause) = (None, LOOK_EVERY);
        while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            let asked = match &mut conn {
                Some(conn) => Ok(conn),
                None => db::connect(&self.url).map(|new| conn.insert(new)),
            };
            pause = match asked.and_then(|conn| self.ask(conn, witness)) {
                Ok(Asked::Nothing | Asked::Cosigned) => LOOK_EVERY,
                Ok(Asked::Refused(_)) => (pause * 2).min(LONGEST_PAUSE),
                Err(error) => {
                    log::warn!("the witness {} was not asked: {error:?}", witness.key.name());
                    conn = None;
                    (pause * 2).min(LONGEST_PAUSE)
                }
            };
        }
    }
}

/// A keeper at work.
pub struct Keeping {
    stop: Sender<()>,
    thread: JoinHandle<()>,
    asking: Vec<Sender<()>>,
}

impl Keeping {
    /// Ends it. A witness that is being asked is not waited for: what it says is asked for again.
    pub fn stop(self) {
        drop((self.stop, self.asking));
        if self.thread.join().is_err() {
            log::warn!("the keeper of the access log broke off");
        }
    }
}
