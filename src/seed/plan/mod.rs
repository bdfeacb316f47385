//! What happened in a part of the country, thought out in memory before it is written.
//!
//! A simple world: every day some children come into care, some move, some leave. It knows the
//! places of every family and facility, so that what it plans breaks no rule; a refusal while the
//! plan is written is a fault of the plan.
mod care;
mod ends;
mod families;
mod file;
mod files;
mod institutions;
mod opening;
mod rights;
mod settle;
mod staffing;
mod stays;
mod step;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    fmt::Write as _,
};

use chrono::{Datelike as _, NaiveDate};

pub use file::{CaseFile, ChildFile, FamilyOfOrigin, Files, PlanFile, ReviewFile};
pub use step::{
    Entry, Event, Exit, FacilityMeasure, FamilyStep, Home, Household, Ix, Look, Person, Places,
    Purpose, Staffing, Status, Stay, Step, Visit, With,
};

use super::{
    country::Place,
    dice::{Arena, Dice, after, float},
    people::People,
};
use crate::platform::error::Result;

/// Years that a family's approval holds.
const APPROVED_FOR: u32 = 3;

/// Days for which a facility has stopped admissions on the last day.
const STOPPED_FOR: i64 = 40;

/// A part of the country, and how much of everything it is to have on the last day.
#[derive(Clone)]
pub struct Region {
    /// Which one it is: its row of random numbers.
    pub number: u64,
    pub municipalities: Vec<Place>,
    pub children: usize,
    pub families: usize,
    pub facilities: usize,
}

/// The days between which everything happens, and the seed.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub seed: u64,
    pub terms: Terms,
}

/// The terms that the registry's parameters set to the centres.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// From one review to the next.
    pub review_months: u32,
    /// From the entry to the first review.
    pub first_review_days: i64,
    /// Age by which leaving care is planned.
    pub leaving_plan_years: u32,
    /// From one visit of a worker to the next.
    pub visit_days: i64,
    /// From one contact with the family to the next.
    pub contact_months: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            review_months: 3,
            first_review_days: 91,
            leaving_plan_years: 16,
            visit_days: 42,
            contact_months: 3,
        }
    }
}

/// Everything that happened, in order.
pub struct Plan {
    pub towns: Vec<Place>,
    pub people: Arena<Person>,
    pub households: Arena<Household>,
    pub homes: Arena<Home>,
    pub events: Vec<Event>,
    pub files: Files,
    /// The last day, on which the files are taken over.
    pub last: NaiveDate,
}

impl Plan {
    /// The plan in words, to compare it with another.
    pub fn tell(&self) -> String {
        let mut told = String::new();
        for event in &self.events {
            let _ = writeln!(told, "{} {:?}", event.day, event.step);
        }
        for family in &self.files.families {
            let _ = writeln!(told, "{family:?}");
        }
        for file in &self.files.children {
            let _ = writeln!(told, "{file:?}");
        }
        for review in &self.files.carer_reviews {
            let _ = writeln!(told, "{review:?}");
        }
        for (_, person) in self.people.iter() {
            let _ = writeln!(told, "{} {} {}", person.given, person.family, person.born);
        }
        for (_, household) in self.households.iter() {
            let _ = writeln!(told, "{} {:?}", household.address, household.people);
        }
        told
    }
}

/// Something that is due on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Return(Ix, bool),
    Renewal(Ix),
    Farewell(Ix),
    Lapse(Ix),
    OfAge(Ix),
    Exit(Ix, u32),
    Change(Ix, u32),
    Again(Ix),
    Away(Ix, u32, i64),
    Missing(Ix, u32),
    Order(Ix, u32),
}

/// Brothers and sisters, or one child, who live together.
struct Group {
    children: Vec<Ix>,
    home: usize,
    /// Where they live; nothing while they are not in care.
    stay: Option<Stay>,
    entered: NaiveDate,
    /// Counts their stays, so that what was due in an earlier one is known to be over.
    count: u32,
    /// Counts their care periods.
    period: u32,
    /// They are to leave by adoption.
    adopting: bool,
    /// How they came into care last.
    entry: Option<Entry>,
    /// Since when they are home again.
    home_since: Option<NaiveDate>,
}

/// The state of the region on a day.
pub struct World {
    region: Region,
    span: Span,
    dice: Dice,
    people_maker: People,
    people: Arena<Person>,
    households: Arena<Household>,
    homes: Arena<Home>,
    groups: Arena<Group>,
    /// The group of each child.
    of_child: Vec<Ix>,
    events: Vec<Event>,
    due: BinaryHeap<Reverse<(NaiveDate, Due)>>,
    today: NaiveDate,
    /// Children in care.
    stock: usize,
    /// Families with an approval that is in force.
    approved: usize,
    /// Since when, and until when, each child's legal status on care holds.
    orders: HashMap<Ix, (NaiveDate, Option<NaiveDate>)>,
    /// Children whose parents' rights were decided on.
    decided: HashSet<Ix>,
    /// Children who are missing.
    gone: HashSet<Ix>,
    /// Children who ever lived in an institution.
    institutional: HashSet<Ix>,
}

/// Thinks out the history of a region.
pub fn make(region: Region, span: Span) -> Result<Plan> {
    let mut world = World {
        dice: Dice::new(span.seed, region.number),
        people_maker: People::new()?,
        region,
        span,
        people: Arena::default(),
        households: Arena::default(),
        homes: Arena::default(),
        groups: Arena::default(),
        of_child: Vec::new(),
        events: Vec::new(),
        due: BinaryHeap::new(),
        today: span.first,
        stock: 0,
        approved: 0,
        orders: HashMap::new(),
        decided: HashSet::new(),
        gone: HashSet::new(),
        institutional: HashSet::new(),
    };
    world.begin();
    while world.today < span.last {
        world.today = after(world.today, 1);
        world.day();
    }
    world.settle();
    let files = world.files();
    let mut events = world.events;
    events.sort_by_key(|event| event.day);
    Ok(Plan {
        towns: world.region.municipalities,
        people: world.people,
        households: world.households,
        homes: world.homes,
        events,
        files,
        last: span.last,
    })
}

impl World {
    /// Notes what happened on `day`; what happened before the registry began is learned on its
    /// first day.
    fn note_on(&mut self, day: NaiveDate, step: Step) {
        self.events.push(Event { day: day.clamp(self.span.first, self.span.last), step });
    }

    fn note(&mut self, step: Step) {
        self.note_on(self.today, step);
    }

    fn when(&mut self, day: NaiveDate, due: Due) {
        if day <= self.span.last {
            self.due.push(Reverse((day.max(after(self.today, 1)), due)));
        }
    }

    /// How far the reform has come: 0 on the first day, 1 today.
    fn progress(&self) -> f64 {
        let days = |from: NaiveDate, to: NaiveDate| {
            f64::from(i32::try_from(to.signed_duration_since(from).num_days()).unwrap_or(0))
        };
        let whole = days(self.span.first, self.span.last).max(1.0);
        // What is a short history sees only the end of the reform.
        let share = (whole / (20.0 * 365.25)).min(1.0);
        1.0 - share * days(self.today, self.span.last) / whole
    }

    fn day(&mut self) {
        if self.today.day() == 1 {
            self.month();
        }
        if after(self.today, STOPPED_FOR) == self.span.last {
            self.stop_admissions();
        }
        while let Some(Reverse((day, _))) = self.due.peek() {
            if *day > self.today {
                break;
            }
            if let Some(Reverse((_, due))) = self.due.pop() {
                self.happen(due);
            }
        }
        self.entries();
    }

    fn month(&mut self) {
        self.recruit();
        if self.today.month() == 1 {
            self.new_year();
        }
        self.close_facilities();
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Return(child, offered) => self.returned(child, offered),
            Due::Renewal(family) => self.renew(family),
            Due::Farewell(family) => self.farewell(family),
            Due::Lapse(family) => self.lapse(family),
            Due::OfAge(child) => self.of_age(child),
            Due::Exit(group, period) => self.exit_due(group, period),
            Due::Change(group, count) => self.change_due(group, count),
            Due::Again(group) => self.again(group),
            Due::Away(child, count, days) => self.away(child, count, days),
            Due::Missing(child, count) => self.missing(child, count),
            Due::Order(child, period) => self.order(child, period),
        }
    }

    /// Children who come into care today: as many as keep the number in care where it belongs.
    fn entries(&mut self) {
        let target = float(self.region.children);
        let lack = (target - float(self.stock)) / target;
        // A child stays for six years on average, and does not come alone.
        let rate = target / 6.0 / 365.25 / 1.25 * (1.0 + 4.0 * lack).clamp(0.1, 3.0);
        let mut left = rate;
        while left > 0.0 {
            if self.dice.chance(left.min(1.0)) {
                self.arrive(4);
            }
            left -= 1.0;
        }
    }

    /// The stay of a group, if it is still the one that was counted so.
    fn still_in(&self, group: Ix, count: u32) -> Option<Stay> {
        let group = self.groups.at(group);
        group.stay.filter(|_| group.count == count)
    }

    fn group_of(&self, child: Ix) -> Ix {
        self.of_child.get(child).copied().unwrap_or(usize::MAX)
    }
}
