//! Whoever takes files in, beside the requests: one import after another.
use std::{
    cell::Cell,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{rt::System, web};

use super::{
    model::{Import, ImportId, ImportStep},
    store,
    work::Work,
};
use crate::platform::{access::Platform, desk::Desk, error::Result};

/// How often it is looked whether a file has come.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How long it rests after something failed.
const REST: Duration = Duration::from_secs(1);
/// How often in a row a chunk is tried.
const ATTEMPTS: u32 = 30;
/// After how many looks chunks that nobody needs are removed: about hourly.
const SWEEP_EVERY: u32 = 12_000;
/// How long what became of the records can be asked for, in days.
const KEPT_DAYS: i64 = 30;
/// How many lines are taken in at the same time, of those that have no record in common.
const LANES: usize = 2;

/// Takes files in.
pub struct Importer {
    platform: web::Data<Platform>,
    desk: Desk,
    failed: Cell<u32>,
}

impl Importer {
    #[must_use]
    pub fn new(platform: web::Data<Platform>, desk: Desk) -> Self {
        Self { platform, desk, failed: Cell::new(0) }
    }

    /// Takes in a part of the file that has waited longest; says whether there was one. What could not be
    /// done now is tried again with the next call.
    pub async fn work(&self) -> Result<bool> {
        let Some(task) = self.platform.db.background(store::next)? else { return Ok(false) };
        let work = Work::new(self.platform.clone(), task);
        // Lanes that wait for each other in the database are broken off there: one alone waits for nobody.
        let lanes = if self.failed.get() == 0 { LANES } else { 1 };
        let done = work.part(&self.desk, lanes).await;
        match &done {
            Ok(_) => self.failed.set(0),
            Err(_) if self.failed.get() < ATTEMPTS => self.failed.set(self.failed.get() + 1),
            Err(_) => {
                self.failed.set(0);
                work.end(ImportStep::Fail, Some("the service could not go on with it"))?;
            }
        }
        done
    }

    /// An import as it is now.
    pub fn find(&self, id: ImportId) -> Result<Import> {
        self.platform.db.background(|conn| store::find(conn, id))
    }
}

/// Removes chunks that nobody needs any more.
pub fn sweep(platform: &Platform) -> Result<usize> {
    let before = platform.clock.now() - chrono::Duration::days(KEPT_DAYS);
    platform.db.background(|conn| store::sweep(conn, before))
}

/// An importer at work.
pub struct Importing {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Importing {
    /// Works on a thread of its own until told to stop; `desk` is where the service writes what it asks itself.
    pub fn start(platform: web::Data<Platform>, desk: Desk) -> Self {
        let (stop, stopped) = channel();
        let thread = thread::spawn(move || {
            System::new().block_on(run(&platform, desk, &stopped));
        });
        Self { stop, thread }
    }

    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            log::warn!("importing broke off");
        }
    }
}

async fn run(platform: &web::Data<Platform>, desk: Desk, stopped: &Receiver<()>) {
    let (mut pause, mut turn) = (LOOK_EVERY, 0_u32);
    let importer = Importer::new(platform.clone(), desk);
    while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        turn = turn.wrapping_add(1);
        pause = match importer.work().await {
            Ok(true) => Duration::ZERO,
            Ok(false) => LOOK_EVERY,
            Err(error) => {
                log::warn!("an import waits: {error}");
                REST
            }
        };
        if turn.is_multiple_of(SWEEP_EVERY)
            && let Err(error) = sweep(platform)
        {
            log::warn!("old imports could not be removed: {error}");
        }
    }
}
