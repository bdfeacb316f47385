//! The post office at work: each endpoint has turns of its own, so that a slow one delays no other.
//!
//! Endpoints that something is to be done for get a turn each, whoever waited longest first, each on a thread of
//! its own while the turn lasts. There are [`PLACES`] at a time. An endpoint that failed or was slow in its last
//! turn is one of the slow, and these have no more than [`SLOW_PLACES`]: so they never take all.
mod turn;

use std::{
    collections::HashSet,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use actix_web::web;
use uuid::Uuid;

use super::{
    model::WebhookEndpointId,
    store::{deliveries, progress},
};
use crate::platform::{access::Platform, db::Db, error::Result, send::PATIENCE};

pub use turn::Pace;

/// Turns at a time, and those of the slow among them.
pub const PLACES: usize = 32;
pub const SLOW_PLACES: usize = 8;
/// Connections for all turns; none is held while somebody is called.
const CONNECTIONS: u32 = 4;
/// How often it is looked whether there is something to do.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long it rests after something failed.
const REST: Duration = Duration::from_secs(1);
/// How often old deliveries are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// What sends messages to the endpoints of a registry.
#[derive(Clone)]
pub struct Post(Arc<Office>);

struct Office {
    platform: web::Data<Platform>,
    db: Db,
    /// Names this service among those that work on the registry.
    id: Uuid,
    /// How long an endpoint may take to answer.
    patience: Duration,
}

impl Post {
    pub fn open(platform: web::Data<Platform>, url: &str) -> Result<Self> {
        let db = Db::open(url, CONNECTIONS)?;
        Ok(Self(Arc::new(Office { platform, db, id: Uuid::new_v4(), patience: PATIENCE })))
    }

    /// The same with another patience.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        let Office { platform, db, .. } = &*self.0;
        let (platform, db, id) = (platform.clone(), db.clone(), Uuid::new_v4());
        Self(Arc::new(Office { platform, db, id, patience }))
    }

    /// Gives a turn to each endpoint that something is to be done for, one after the other; again, as long as
    /// there is one. Says how many turns there were.
    pub fn work_off(&self) -> Result<usize> {
        let mut turns = 0;
        loop {
            let ready = self.0.ready()?;
            if ready.is_empty() {
                return Ok(turns);
            }
            for endpoint in ready {
                turns += 1;
                self.0.turn(endpoint)?;
            }
        }
    }

    /// Works until told to stop.
    pub fn start(self) -> Posting {
        let (stop, stopped) = channel();
        let thread = thread::spawn(move || self.0.run(&stopped));
        Posting { stop, thread }
    }
}

/// Who has a turn now, and who is slow.
#[derive(Default)]
struct Turns {
    at_work: HashSet<WebhookEndpointId>,
    slow: HashSet<WebhookEndpointId>,
}

impl Turns {
    /// Whether there is a place for this endpoint; takes it.
    fn admit(&mut self, endpoint: WebhookEndpointId) -> bool {
        let slow = self.at_work.intersection(&self.slow).count();
        let full =
            self.at_work.len() >= PLACES || self.slow.contains(&endpoint) && slow >= SLOW_PLACES;
        !full && self.at_work.insert(endpoint)
    }

    fn end(&mut self, endpoint: WebhookEndpointId, pace: Pace) {
        self.at_work.remove(&endpoint);
        match pace {
            Pace::Slow => drop(self.slow.insert(endpoint)),
            Pace::Quick => drop(self.slow.remove(&endpoint)),
            Pace::Idle => {}
        }
    }
}

impl Office {
    fn ready(&self) -> Result<Vec<WebhookEndpointId>> {
        let now = self.platform.clock.now();
        self.db.background(|conn| progress::ready(conn, now, 1000))
    }

    fn run(self: Arc<Self>, stopped: &Receiver<()>) {
        let (done, ended) = channel();
        let (mut turns, mut pause, mut forgot) = (Turns::default(), LOOK_EVERY, None::<Instant>);
        while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            for (endpoint, pace) in ended.try_iter() {
                turns.end(endpoint, pace);
            }
            pause = match self.look(&mut turns, &done) {
                // Whoever waits for a place gets it as soon as one is free.
                Ok(true) => Duration::from_millis(5),
                Ok(false) => LOOK_EVERY,
                Err(error) => {
                    log::warn!("webhooks are not sent: {error:?}");
                    REST
                }
            };
            if forgot.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
                forgot = Some(Instant::now());
                let now = self.platform.clock.now();
                if let Err(error) = self.db.background(|conn| deliveries::forget(conn, now)) {
                    log::warn!("old deliveries could not be forgotten: {error:?}");
                }
            }
        }
    }

    /// Gives turns to whoever is ready and finds a place; says whether somebody did.
    fn look(
        self: &Arc<Self>,
        turns: &mut Turns,
        done: &Sender<(WebhookEndpointId, Pace)>,
    ) -> Result<bool> {
        let mut begun = false;
        for endpoint in self.ready()? {
            if !turns.admit(endpoint) {
                continue;
            }
            begun = true;
            let (office, done) = (Arc::clone(self), done.clone());
            thread::spawn(move || {
                let pace = office.turn(endpoint).unwrap_or_else(|error| {
                    log::warn!("an endpoint's turn ended early: {error:?}");
                    Pace::Slow
                });
                // Nobody may be there any more to hear it.
                let _ = done.send((endpoint, pace));
            });
        }
        Ok(begun)
    }
}

/// A post office at work.
pub struct Posting {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Posting {
    /// Ends it. Whoever is being called is not waited for: what was not kept is sent again, with the same id.
    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            log::warn!("the sending of webhooks broke off");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slow_never_take_all_places() {
        let mut turns = Turns::default();
        let slow: Vec<_> = (0..50).map(|_| WebhookEndpointId::generate()).collect();
        for endpoint in &slow {
            turns.end(*endpoint, Pace::Slow);
        }
        let admitted = slow.iter().filter(|it| turns.admit(**it)).count();
        assert_eq!(admitted, SLOW_PLACES);
        let quick = (0..50).filter(|_| turns.admit(WebhookEndpointId::generate())).count();
        assert_eq!(quick, PLACES - SLOW_PLACES);
        // Whoever was quick again is no longer one of them.
        turns.end(slow[0], Pace::Quick);
        assert!(turns.admit(slow[0]));
        assert!(!turns.admit(slow[0]), "one turn at a time");
    }
}
