//! Writing a plan: its steps through the stores of the domains, each at the time when it was
//! learned, so that the journal tells a true history. What was learned on the registry's first day is
//! taken over together.
mod assess;
mod care;
mod carers;
mod files;
mod homes;
mod leaving;
mod overrides;
mod past;
mod returns;
mod staffing;
mod take_over;

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet, VecDeque},
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveTime, Utc};
use diesel::{PgConnection, connection::SimpleConnection as _};

use super::{
    Progress,
    country::Country,
    plan::{Event, Ix, Plan, Step},
};
use crate::{
    carers::CarerFamily,
    children::{ChildId, LegalAxis, LegalStatus},
    facilities::Facility,
    placements::{MissingEpisode, Placement, PlacementId},
    platform::{
        db::{self, Tx, maintain_on},
        error::{Error, Result},
        idempotency::PLATFORM,
    },
    reference::{held, organisations::OrganisationId},
};

/// Steps that are committed together.
const TOGETHER: usize = 500;
/// So often the database forgets its plans, as the tables have grown: in such transactions.
const PLANS_FOR: usize = 20;
/// Steps of a day, a second each, from seven in the morning; the rest in its last second.
const WORKING_SECONDS: i64 = 50_000;

/// How far all writers are together.
pub struct Meter<'t> {
    done: AtomicU64,
    of: u64,
    tell: &'t (dyn Fn(Progress) + Sync),
}

impl<'t> Meter<'t> {
    pub fn new(plans: &[Plan], tell: &'t (dyn Fn(Progress) + Sync)) -> Self {
        let of = plans.iter().map(|plan| u64::try_from(plan.events.len()).unwrap_or(0)).sum();
        Self { done: AtomicU64::new(0), of, tell }
    }

    fn add(&self, steps: usize) {
        let steps = u64::try_from(steps).unwrap_or(0);
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        (self.tell)(Progress { what: "years of history", done, of: self.of });
    }
}

/// What is lost when the machine stops is made anew; and a few statements are run so often that one
/// plan for each is enough, which must not be the one for tables that are still empty.
const SESSION: &str = "SET synchronous_commit = off; SET statement_timeout = '60s'; \
     SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";

/// The role by which soft rules are stepped over.
const STEPS_OVER: &str = "regional_authority";

/// Records that later steps go on from.
struct Writer<'p> {
    plan: &'p Plan,
    country: &'p Country,
    children: HashMap<Ix, ChildId>,
    families: HashMap<Ix, CarerFamily>,
    facilities: HashMap<Ix, Facility>,
    placements: HashMap<Ix, Placement>,
    /// Placements that were taken over, while that is done.
    past: HashMap<Ix, Vec<Placement>>,
    statuses: HashMap<(Ix, LegalAxis), LegalStatus>,
    missing: HashMap<Ix, MissingEpisode>,
    /// Whose return home was assessed.
    prepared: HashSet<Ix>,
    /// Moves that are planned.
    planned: HashMap<Ix, PlacementId>,
    /// For which placements rules were stepped over that nobody has reviewed, and how many were before.
    stepped_over: VecDeque<(NaiveDate, PlacementId)>,
    reviewed: u64,
    /// How the facilities are transformed that close.
    leaving: HashMap<Ix, leaving::Leaving>,
    decisions: i64,
}

/// Writes a plan on a connection of its own.
pub fn write(
    url: &str,
    plan: &Plan,
    since: NaiveDate,
    country: &Country,
    meter: &Meter<'_>,
) -> Result<()> {
    let mut conn = db::connect_for_work(url)?;
    conn.batch_execute(SESSION)?;
    let _held = held::hold(&mut conn)?;
    let writer = RefCell::new(Writer {
        plan,
        country,
        children: HashMap::new(),
        families: HashMap::new(),
        facilities: HashMap::new(),
        placements: HashMap::new(),
        past: HashMap::new(),
        statuses: HashMap::new(),
        missing: HashMap::new(),
        prepared: HashSet::new(),
        planned: HashMap::new(),
        stepped_over: VecDeque::new(),
        reviewed: 0,
        leaving: HashMap::new(),
        decisions: 0,
    });
    let taken_over = plan.events.partition_point(|event| event.day <= since);
    let (before, events) = plan.events.split_at(taken_over);
    take_over::take_over(&mut conn, &writer, before, since, meter)?;
    let mut clock = Clock::default();
    for (number, some) in events.chunks(TOGETHER).enumerate() {
        if number % PLANS_FOR == 0 {
            plan_anew(&mut conn)?;
        }
        let times: Vec<DateTime<Utc>> = some.iter().map(|event| clock.of(event.day)).collect();
        let Some(first) = times.first() else { continue };
        commit(&mut conn, &writer, *first, |writer, tx| {
            writer.review_overrides(tx)?;
            writer.prepare_returns(tx, some)?;
            some.iter().zip(&times).try_for_each(|(event, now)| {
                tx.now = *now;
                writer.take(tx, event).map_err(|error| {
                    Error::internal(format!("{}: {:?}: {error:?}", event.day, event.step))
                })
            })
        })?;
        meter.add(some.len());
    }
    files::take_over(&mut conn, &writer)
}

/// Lets the database plan its statements anew, for tables as they are now.
fn plan_anew(conn: &mut PgConnection) -> Result<()> {
    Ok(conn.batch_execute("DISCARD PLANS")?)
}

/// Does some work in one transaction. Nobody else writes to these records, so it loses no race; if it
/// did, what is known of them would be wrong.
fn commit<'p>(
    conn: &mut PgConnection,
    writer: &RefCell<Writer<'p>>,
    now: DateTime<Utc>,
    work: impl Fn(&mut Writer<'p>, &mut Tx<'_>) -> Result<()>,
) -> Result<()> {
    let tried = RefCell::new(false);
    maintain_on(conn, PLATFORM, now, |tx| {
        tx.roles = [STEPS_OVER.to_owned()].into();
        if tried.replace(true) {
            return Err(Error::internal("another one writes to the registry while it is filled"));
        }
        work(&mut writer.borrow_mut(), tx)
    })
}

/// Gives each step of a day its time.
#[derive(Default)]
struct Clock {
    day: Option<NaiveDate>,
    second: i64,
}

impl Clock {
    fn of(&mut self, day: NaiveDate) -> DateTime<Utc> {
        if self.day != Some(day) {
            (self.day, self.second) = (Some(day), 0);
        }
        self.second = (self.second + 1).min(WORKING_SECONDS);
        let morning = day.and_time(NaiveTime::MIN).and_utc();
        morning + Duration::seconds(7 * 3600 + self.second)
    }
}

impl Writer<'_> {
    fn take(&mut self, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
        match &event.step {
            Step::Register(child) => self.register(tx, *child),
            Step::Siblings(one, other) => self.siblings(tx, *one, *other),
            Step::Family(family, step) => self.family(tx, *family, *step),
            Step::OpenFacility(facility) => self.open(tx, *facility),
            Step::Capacity(facility, places) => self.capacity(tx, *facility, places),
            Step::Facility(facility, measure) => self.measure(tx, *facility, *measure),
            Step::Inspect(facility, visit) => self.inspect(tx, *facility, *visit, event.day),
            Step::Staff(facility, staff) => self.staff(tx, *facility, *staff, event.day),
            Step::Enter(children, stay, entry) => self.enter(tx, children, *stay, *entry),
            Step::Move(child, stay, reason) => self.move_on(tx, *child, *stay, reason),
            Step::PlanMove(child, stay) => self.plan_move(tx, *child, *stay),
            Step::Leave(child, exit) => self.leave(tx, *child, *exit),
            Step::Intend(child, stay) => self.intend(tx, *child, *stay),
            Step::Away(child, why, from, to) => self.away(tx, *child, why, *from, *to),
            Step::Missing(child, kind) => self.report_missing(tx, *child, kind),
            Step::Returned(child, offered) => self.returned(tx, *child, *offered),
            Step::Status(child, status) => self.status(tx, *child, *status),
            Step::EndStatus(child, axis, on) => self.end_status(tx, *child, *axis, *on),
        }
    }

    fn child(&self, child: Ix) -> Result<ChildId> {
        self.children.get(&child).copied().ok_or_else(|| lost("child"))
    }

    /// Number of a decision of that year: the next one.
    fn decision(&mut self, on: NaiveDate) -> String {
        self.decisions += 1;
        format!("560-{:05}/{}", self.decisions, on.year())
    }

    /// The authority of the district that a municipality lies in.
    fn authority(&self, home: usize) -> OrganisationId {
        let code = self.plan.towns.get(home).map(|town| town.code.as_str()).unwrap_or_default();
        self.centre(code)
    }

    /// The centre for social work of a municipality.
    fn centre(&self, code: &str) -> OrganisationId {
        self.country.centres.get(code).copied().unwrap_or(self.country.national)
    }
}

fn lost(what: &str) -> Error {
    Error::internal(format!("the plan goes on from a {what} that it did not make"))
}
