//! A file as it is taken in: some lines in each transaction.
//!
//! The lines of a lane and what became of them are kept in one transaction: whoever is killed leaves no record half
//! taken, and whoever goes on takes none twice.
use std::{collections::BTreeSet, rc::Rc, sync::Arc};

use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::PgConnection;
use futures_util::future::join_all;

use super::{
    apply::Taker,
    lanes::{Line, named, split},
    model::{ImportAtomic, ImportErrand, ImportMode, ImportOnRule, ImportStep, ImportVerdict},
    permission::WriteImports,
    store::{self, Task},
};
use crate::{
    placements,
    platform::{
        access::{Permission as _, Platform},
        actor::{Actor, Caller},
        db::Tx,
        desk::Desk,
        error::{Error, Result},
        inner::{Errands, Inner},
        joint::Joint,
        source::{self, Known},
    },
    reference::{held, parameters},
};

/// An import that is worked on.
#[derive(Clone)]
pub struct Work {
    platform: web::Data<Platform>,
    task: Arc<Task>,
}

impl Work {
    pub fn new(platform: web::Data<Platform>, task: Task) -> Self {
        Self { platform, task: Arc::new(task) }
    }

    /// Takes in what can be taken in together, in so many lanes at most, unless somebody else does; says whether
    /// anything was done.
    pub async fn part(&self, desk: &Desk, most: usize) -> Result<bool> {
        let Some(actor) = self.sender() else {
            self.end(ImportStep::Fail, Some("whoever sent it may no longer import"))?;
            return Ok(true);
        };
        let import = &self.task.import;
        if import.mode == ImportMode::Validate || import.atomic == ImportAtomic::File {
            let work = self.clone();
            return desk.run(async move |inner| work.whole(inner, actor).await).await;
        }
        self.chunk(desk, &actor, most).await
    }

    /// Whoever sent it, if it may still import.
    fn sender(&self) -> Option<Arc<Actor>> {
        let caller = Caller::client(self.task.import.client_id);
        let actor = self.platform.directory.find(&caller, self.platform.clock.now());
        actor.filter(|actor| actor.permissions.contains(WriteImports::NAME))
    }

    fn begin(&self, actor: Arc<Actor>) -> Result<Joint> {
        let clock = self.platform.clock.clone();
        let joint = Joint::begin(&self.platform.db, actor, clock.clone())?;
        let history = match self.task.import.on_rule {
            ImportOnRule::Refuse => None,
            ImportOnRule::Legacy => Some(joint.work(|conn| first_day(conn, clock.now()))?),
        };
        Ok(joint.with_history(history))
    }

    /// The next chunk by itself, in lanes. Who has the turn keeps it until all of them have ended.
    async fn chunk(&self, desk: &Desk, actor: &Arc<Actor>, most: usize) -> Result<bool> {
        let id = self.task.import.id;
        let clock = self.platform.clock.clone();
        let turn = Joint::begin(&self.platform.db, Arc::clone(actor), clock)?;
        if !turn.work(|conn| store::take_turn(conn, id))? {
            return Ok(false);
        }
        let Some(chunk) = turn.work(|conn| store::done(conn, id))? else { return Ok(true) };
        if chunk < self.task.chunks {
            // Who has the turn reads nothing itself: whoever changes what was read would wait for it, and the lanes
            // for them.
            let reading = self.begin(Arc::clone(actor))?;
            let lines = self.unjudged(&reading, chunk)?;
            let known = source::look_up_all(&reading, lines.iter().flat_map(Line::numbers))?;
            let named = named(&lines, &known);
            let ties = reading.work(|conn| placements::store::ties(conn, &named))?;
            reading.undo()?;
            drop(reading);
            let all = split(lines, &known, &ties, most).into_iter().map(|lines| {
                let lane = Lane { work: self.clone(), chunk, known: known.clone(), lines };
                let actor = Arc::clone(actor);
                desk.run(async move |inner| lane.take(inner, actor).await)
            });
            join_all(all).await.into_iter().collect::<Result<()>>()?;
        }
        if chunk + 1 >= self.task.chunks {
            turn.change(|tx| store::end(tx, id, ImportStep::Finish, None).map(drop))?;
        }
        turn.keep()?;
        Ok(true)
    }

    /// The lines of a chunk, without those that were judged before somebody was killed.
    fn unjudged(&self, joint: &Joint, chunk: i32) -> Result<Vec<Line>> {
        let id = self.task.import.id;
        let judged = joint.work(|conn| store::judged(conn, id, chunk))?;
        let judged: BTreeSet<i64> = judged.iter().flatten().map(|it| it.line).collect();
        let mut lines = joint.work(|conn| store::lines(conn, id, chunk))?;
        lines.retain(|(number, _)| !judged.contains(number));
        lines.into_iter().map(|(number, text)| Line::read(number, &text)).collect()
    }

    /// All chunks together: to see what would become of them, or to keep all or nothing.
    async fn whole(&self, inner: Inner, actor: Arc<Actor>) -> Result<bool> {
        let id = self.task.import.id;
        let joint = Rc::new(self.begin(actor)?);
        let _held = joint.work(held::hold)?;
        if !joint.work(|conn| store::take_turn(conn, id))? {
            return Ok(false);
        }
        if !self.change(|tx| store::begin_anew(tx, id))? {
            return Ok(true);
        }
        let mut refused = 0;
        for chunk in 0..self.task.chunks {
            let lines = joint.work(|conn| store::lines(conn, id, chunk))?;
            let lines = lines.into_iter().map(|(number, text)| Line::read(number, &text));
            let lines = lines.collect::<Result<Vec<Line>>>()?;
            joint.know(source::look_up_all(&joint, lines.iter().flat_map(Line::numbers))?);
            let verdicts = self.verdicts(&inner, &joint, lines).await?;
            joint.forget_judged()?;
            refused += verdicts.iter().filter(|verdict| verdict.problem.is_some()).count();
            self.change(|tx| store::judge(tx, id, chunk, &verdicts))?;
            if self.platform.db.background(|conn| store::done(conn, id))?.is_none() {
                joint.undo()?;
                return Ok(true);
            }
        }
        self.end_whole(&joint, refused)?;
        Ok(true)
    }

    fn end_whole(&self, joint: &Joint, refused: usize) -> Result<()> {
        let kept = self.task.import.mode == ImportMode::Commit;
        if kept && refused == 0 {
            let id = self.task.import.id;
            joint.change(|tx| store::end(tx, id, ImportStep::Finish, None).map(drop))?;
            return joint.keep();
        }
        // It ends before the turn does: whoever has the next one would begin it anew.
        if kept {
            let failure = "some records were refused: nothing of the file was kept";
            self.end(ImportStep::Fail, Some(failure))?;
        } else {
            self.end(ImportStep::Finish, None)?;
        }
        joint.undo()
    }

    async fn verdicts(
        &self,
        inner: &Inner,
        joint: &Rc<Joint>,
        lines: Vec<Line>,
    ) -> Result<Vec<ImportVerdict>> {
        let ImportErrand { purpose, on_behalf_of, legal_basis, request_id } =
            self.task.errand.clone();
        let joint = Rc::clone(joint);
        let errands = Errands { joint, purpose, on_behalf_of, legal_basis, request_id };
        let taker = Taker { inner, errands: &errands, strategy: self.task.import.strategy };
        let mut verdicts = Vec::with_capacity(lines.len());
        for line in lines {
            verdicts.push(taker.take(line).await?);
        }
        Ok(verdicts)
    }

    fn change<T>(&self, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.platform.db.maintain(self.platform.clock.now(), work)
    }

    pub fn end(&self, by: ImportStep, failure: Option<&str>) -> Result<()> {
        match self.change(|tx| store::end(tx, self.task.import.id, by, failure).map(drop)) {
            // Somebody broke it off meanwhile.
            Err(Error::State(_)) => Ok(()),
            done => done,
        }
    }
}

/// Some lines of a chunk that are taken in one after another, in a transaction of their own.
struct Lane {
    work: Work,
    chunk: i32,
    known: Known,
    lines: Vec<Line>,
}

impl Lane {
    async fn take(self, inner: Inner, actor: Arc<Actor>) -> Result<()> {
        let Self { work, chunk, known, lines } = self;
        let joint = Rc::new(work.begin(actor)?);
        // For these lines: whoever changes codes or parameters meanwhile is heard by the next ones.
        let _held = joint.work(held::hold)?;
        joint.know(known);
        let verdicts = work.verdicts(&inner, &joint, lines).await?;
        joint.change(|tx| store::judge(tx, work.task.import.id, chunk, &verdicts))?;
        joint.keep()
    }
}

/// The first day of the registry.
fn first_day(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<NaiveDate> {
    let today = parameters::today(conn, now)?;
    parameters::go_live(conn, today)
}
