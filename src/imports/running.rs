//! Whoever takes files in, beside the requests: one import after another, some lines in each transaction.
//!
//! The lines of a chunk, what became of them, and how far the import is are kept in one transaction: whoever is
//! killed leaves no record half taken, and whoever goes on takes none twice.
use std::{
    cell::Cell,
    rc::Rc,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use actix_web::{rt::System, web};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::PgConnection;

use super::{
    apply::Taker,
    model::{
        Import, ImportAtomic, ImportErrand, ImportId, ImportMode, ImportOnRule, ImportStep,
        ImportVerdict,
    },
    permission::WriteImports,
    store::{self, Task},
};
use crate::{
    platform::{
        access::{Permission as _, Platform},
        actor::{Actor, Caller},
        db::Tx,
        error::{Error, Result},
        inner::{Errands, Inner, Making},
        joint::Joint,
    },
    reference::{held, parameters},
};

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

/// Takes files in.
pub struct Importer {
    platform: web::Data<Platform>,
    inner: Inner,
    failed: Cell<u32>,
}

impl Importer {
    #[must_use]
    pub fn new(platform: web::Data<Platform>, inner: Inner) -> Self {
        Self { platform, inner, failed: Cell::new(0) }
    }

    /// Takes in a part of the file that has waited longest; says whether there was one. What could not be
    /// done now is tried again with the next call.
    pub async fn work(&self) -> Result<bool> {
        let Some(task) = self.platform.db.background(store::next)? else { return Ok(false) };
        let done = self.part(&task).await;
        match &done {
            Ok(_) => self.failed.set(0),
            Err(_) if self.failed.get() < ATTEMPTS => self.failed.set(self.failed.get() + 1),
            Err(_) => {
                self.failed.set(0);
                self.end(&task, ImportStep::Fail, Some("the service could not go on with it"))?;
            }
        }
        done
    }

    async fn part(&self, task: &Task) -> Result<bool> {
        let Some(actor) = self.sender(task) else {
            self.end(task, ImportStep::Fail, Some("whoever sent it may no longer import"))?;
            return Ok(true);
        };
        let clock = self.platform.clock.clone();
        let joint = Joint::begin(&self.platform.db, actor, clock.clone())?;
        let history = match task.import.on_rule {
            ImportOnRule::Refuse => None,
            ImportOnRule::Legacy => Some(joint.work(|conn| first_day(conn, clock.now()))?),
        };
        let joint = Rc::new(joint.with_history(history));
        // For these lines: whoever changes codes or parameters meanwhile is heard by the next ones.
        let _held = joint.work(held::hold)?;
        if !joint.work(|conn| store::take_turn(conn, task.import.id))? {
            return Ok(false);
        }
        let together = task.import.atomic == ImportAtomic::File;
        if task.import.mode == ImportMode::Validate || together {
            self.whole(task, &joint).await?;
        } else {
            self.chunk(task, &joint).await?;
        }
        Ok(true)
    }

    /// Whoever sent it, if it may still import.
    fn sender(&self, task: &Task) -> Option<std::sync::Arc<Actor>> {
        let caller = Caller::client(task.import.client_id);
        let actor = self.platform.directory.find(&caller, self.platform.clock.now());
        actor.filter(|actor| actor.permissions.contains(WriteImports::NAME))
    }

    /// The next chunk by itself.
    async fn chunk(&self, task: &Task, joint: &Rc<Joint>) -> Result<()> {
        let id = task.import.id;
        let Some(chunk) = joint.work(|conn| store::done(conn, id))? else { return Ok(()) };
        if chunk < task.chunks {
            let verdicts = self.judged(task, joint, chunk).await?;
            joint.change(|tx| store::judge(tx, id, chunk, &verdicts))?;
        }
        if chunk + 1 >= task.chunks {
            joint.change(|tx| store::end(tx, id, ImportStep::Finish, None).map(drop))?;
        }
        joint.keep()
    }

    /// All chunks together: to see what would become of them, or to keep all or nothing.
    async fn whole(&self, task: &Task, joint: &Rc<Joint>) -> Result<()> {
        let id = task.import.id;
        self.change(|tx| store::begin_anew(tx, id))?;
        let mut refused = 0;
        for chunk in 0..task.chunks {
            let verdicts = self.judged(task, joint, chunk).await?;
            refused += verdicts.iter().filter(|verdict| verdict.problem.is_some()).count();
            self.change(|tx| store::judge(tx, id, chunk, &verdicts))?;
            if self.platform.db.background(|conn| store::done(conn, id))?.is_none() {
                return joint.undo();
            }
        }
        let kept = task.import.mode == ImportMode::Commit;
        if kept && refused == 0 {
            joint.change(|tx| store::end(tx, id, ImportStep::Finish, None).map(drop))?;
            return joint.keep();
        }
        joint.undo()?;
        if kept {
            let failure = "some records were refused: nothing of the file was kept";
            return self.end(task, ImportStep::Fail, Some(failure));
        }
        self.end(task, ImportStep::Finish, None)
    }

    async fn judged(
        &self,
        task: &Task,
        joint: &Rc<Joint>,
        chunk: i32,
    ) -> Result<Vec<ImportVerdict>> {
        let lines = joint.work(|conn| store::lines(conn, task.import.id, chunk))?;
        let ImportErrand { purpose, on_behalf_of, legal_basis, request_id } = task.errand.clone();
        let joint = Rc::clone(joint);
        let errands = Errands { joint, purpose, on_behalf_of, legal_basis, request_id };
        let (inner, strategy) = (&self.inner, task.import.strategy);
        let taker = Taker { inner, errands: &errands, strategy };
        let mut verdicts = Vec::with_capacity(lines.len());
        for (line, text) in lines {
            verdicts.push(taker.take(line, &text).await?);
        }
        Ok(verdicts)
    }

    fn change<T>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.platform.db.maintain(self.platform.clock.now(), work)
    }

    fn end(&self, task: &Task, by: ImportStep, failure: Option<&str>) -> Result<()> {
        match self.change(|tx| store::end(tx, task.import.id, by, failure).map(drop)) {
            // Somebody broke it off meanwhile.
            Err(Error::State(_)) => Ok(()),
            done => done,
        }
    }

    /// An import as it is now.
    pub fn find(&self, id: ImportId) -> Result<Import> {
        self.platform.db.background(|conn| store::find(conn, id))
    }
}

/// The first day of the registry.
fn first_day(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<NaiveDate> {
    let today = parameters::today(conn, now)?;
    parameters::go_live(conn, today)
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
    /// Works on a thread of its own until told to stop; `making` makes the service to itself there, once a file
    /// comes: a registry that imports nothing has no need of it.
    pub fn start(platform: web::Data<Platform>, making: Making) -> Self {
        let (stop, stopped) = channel();
        let thread = thread::spawn(move || {
            System::new().block_on(run(&platform, &making, &stopped));
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

async fn run(platform: &web::Data<Platform>, making: &Making, stopped: &Receiver<()>) {
    let (mut pause, mut turn, mut importer) = (LOOK_EVERY, 0_u32, None);
    while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        turn = turn.wrapping_add(1);
        pause = match work(platform, making, &mut importer).await {
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

async fn work(
    platform: &web::Data<Platform>,
    making: &Making,
    importer: &mut Option<Importer>,
) -> Result<bool> {
    if importer.is_none() && platform.db.background(store::next)?.is_none() {
        return Ok(false);
    }
    let importer = match importer {
        Some(importer) => importer,
        None => importer.insert(Importer::new(platform.clone(), making.make().await?)),
    };
    importer.work().await
}
