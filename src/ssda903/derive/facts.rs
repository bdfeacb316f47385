//! What the return of a child is made of, as the registry has it.
use chrono::NaiveDate;

use crate::{
    cases::Case,
    children::Child,
    placements::{CarePeriod, CarePeriodId, ProviderKind},
    ssda903::kept::ReturnFact,
};

/// A child, and what hangs on it.
pub struct ChildFile {
    pub child: Child,
    /// The care periods that were, by first day.
    pub periods: Vec<CarePeriod>,
    /// The placements in them, by first day.
    pub stays: Vec<Stay>,
    /// Days away from them, by first day.
    pub absences: Vec<Span>,
    /// Who had authority over the child: statuses of that axis, by first day.
    pub statuses: Vec<Span>,
    /// Reviews that were held: the day, and how the child took part.
    pub reviews: Vec<(NaiveDate, String)>,
    /// Times in which it was missing, by first day.
    pub missing: Vec<Span>,
    /// The cases of the child.
    pub cases: Vec<Case>,
    /// What returns said of it that has no other place.
    pub kept: Vec<ReturnFact>,
}

/// Something that was so from a day until another, the first on which it was no longer: by its code.
#[derive(Clone)]
pub struct Span {
    pub code: String,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

/// A placement.
#[derive(Clone)]
pub struct Stay {
    pub period: CarePeriodId,
    pub care_type: String,
    pub planned_kind: String,
    pub home: Home,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
    pub same_carer: bool,
    pub end_reason: Option<String>,
}

/// Where a child lives.
#[derive(Clone)]
pub struct Home {
    pub kind: ProviderKind,
    /// What tells it from every other home.
    pub key: Vec<u8>,
    /// Whose it is: a code of the list `ownership`.
    pub ownership: String,
    /// Its number with England's inspectorate.
    pub urn: Option<String>,
}

/// Whether something holds on a day.
pub fn holds(day: NaiveDate, from: NaiveDate, to: Option<NaiveDate>) -> bool {
    from <= day && to.is_none_or(|to| day < to)
}
