//! What a plan is made of: people and places by number, and dated steps that name them.
use chrono::NaiveDate;

use crate::children::{LegalAxis, NewChild};

/// The place of a child, family or facility in its plan.
pub type Ix = usize;

/// A thing that happened, and the day on which the registry learned of it.
#[derive(Debug, Clone)]
pub struct Event {
    pub day: NaiveDate,
    pub step: Step,
}

#[derive(Debug, Clone)]
pub enum Step {
    Register(Ix),
    Siblings(Ix, Ix),
    Family(Ix, FamilyStep),
    OpenFacility(Ix),
    /// A capacity from that day on: in all, and what is left of each unit.
    Capacity(Ix, Places),
    Facility(Ix, FacilityMeasure),
    Inspect(Ix, Visit),
    Staff(Ix, Staffing),
    /// These come into care together, with the same provider.
    Enter(Vec<Ix>, Stay, Entry),
    Move(Ix, Stay, &'static str),
    /// A move that is planned for the same day.
    PlanMove(Ix, Stay),
    Leave(Ix, Exit),
    /// A move that is planned for a day to come.
    Intend(Ix, Stay),
    Away(Ix, &'static str, NaiveDate, NaiveDate),
    Missing(Ix, &'static str),
    Returned(Ix, bool),
    Status(Ix, Status),
    EndStatus(Ix, LegalAxis, NaiveDate),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FamilyStep {
    Enquire(NaiveDate),
    Apply(NaiveDate),
    Check(NaiveDate),
    Train(NaiveDate),
    Panel(NaiveDate),
    /// Decided, in force from and to.
    Approve(NaiveDate, NaiveDate, NaiveDate),
    Resign(NaiveDate),
    Suspend(NaiveDate),
    Expire(NaiveDate),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FacilityMeasure {
    StopAdmissions(NaiveDate),
    BeginClosing(NaiveDate),
    Close(NaiveDate),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    pub from: NaiveDate,
    pub total: usize,
    /// Units that are open, and their places.
    pub units: Vec<(usize, usize)>,
    pub female: Option<usize>,
    pub male: Option<usize>,
    pub over_two_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    pub announced: bool,
    pub spoken_to: i32,
    pub good: bool,
}

/// Who works in a facility, and for how many children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staffing {
    pub children: i32,
    /// Carers who are there on a weekday, at night, at the weekend.
    pub on_shift: [i32; 3],
    pub carers: i32,
    /// Those of them who are qualified, and whose background check is valid.
    pub qualified: i32,
    pub checked: i32,
    pub vacancies: i32,
}

/// With whom a child lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    Family(Ix),
    /// A facility, and the unit if it has units.
    Facility(Ix, Option<usize>),
    OwnDwelling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    pub from: NaiveDate,
    pub with: With,
    pub care_type: &'static str,
    pub kind: &'static str,
    pub expected_end: Option<NaiveDate>,
    /// By what exception a child below the age limit lives there.
    pub exception: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub reason: &'static str,
    pub other: Option<&'static str>,
    pub route: &'static str,
    pub emergency: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    pub on: NaiveDate,
    pub reason: &'static str,
    pub planned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "a status is what its member says")]
pub struct Status {
    pub axis: LegalAxis,
    pub status: &'static str,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
    pub by_court: bool,
}

/// A child as its plan knows it.
pub struct Person {
    pub new: NewChild,
    pub female: bool,
    pub born: NaiveDate,
    pub disabled: bool,
    pub given: String,
    pub family: String,
    /// Where its family lives, as a place among the municipalities.
    pub home: usize,
}

/// A name, a sex and an age today.
#[derive(Debug, Clone)]
pub struct Look {
    pub given: String,
    pub family: String,
    pub female: bool,
    pub age_in_days: i64,
}

/// For what a family is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Foster,
    Kin,
    Adoption,
}

/// A household as its plan knows it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, not a state")]
pub struct Household {
    pub purpose: Purpose,
    pub home: usize,
    pub area_code: String,
    pub locality: String,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub people: Vec<(String, String, NaiveDate, bool)>,
    pub max: usize,
    pub age_min: i32,
    pub age_max: i32,
    pub emergency: bool,
    pub disability: bool,
    /// For whom alone it is approved; empty if for anyone.
    pub named: Vec<Ix>,
    pub approved: bool,
    /// First day of its first approval.
    pub since: NaiveDate,
    /// First day on which its last approval does not hold.
    pub until: NaiveDate,
    /// It takes nobody, or nobody but those it was made for.
    pub reserved: bool,
    /// It wants to stop, and does when it is empty.
    pub leaving: bool,
    pub living: Vec<Ix>,
}

/// An institution as its plan knows it.
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "independent facts, not a state"
)]
pub struct Home {
    pub name: String,
    pub facility_type: &'static str,
    pub home: usize,
    pub address: String,
    pub lat: f64,
    pub lon: f64,
    pub opened: NaiveDate,
    pub disability: bool,
    pub emergency: bool,
    pub age_min: i32,
    pub age_max: i32,
    pub first: Places,
    pub places: Places,
    pub open: bool,
    /// It takes no more, and closes when it is empty.
    pub closing: bool,
    pub closed: bool,
    pub living: Vec<(Ix, Option<usize>)>,
}
