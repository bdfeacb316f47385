//! RV-01, RV-03, RV-05: reviews in time, and what came of them.
use chrono::NaiveDate;

use super::{
    Deadline, Severity, earlier,
    facts::{ChildFacts, PeriodFacts, PlacementFacts, ReviewFacts},
    later,
};
use crate::{
    platform::time::add_months,
    rules::{finding::Rulebook, residential},
};

/// How long before the day somebody is told of what is soon due.
const SOON: u32 = 7;

/// The reviews that were held in a care period, by the day on which they were.
fn held<'c>(child: &'c ChildFacts, period: &PeriodFacts) -> Vec<(NaiveDate, &'c ReviewFacts)> {
    let held = child.reviews.iter().filter_map(|it| Some((it.held_on?, it)));
    let mut held: Vec<_> = held.filter(|(on, _)| *on >= period.started_on).collect();
    held.sort_by_key(|(on, _)| *on);
    held
}

/// RV-01: the next review of an open care period. The longest interval counts, or the day that the last
/// review set, or that of one that is called, if that is earlier.
pub fn regular(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let held = held(child, period);
    let longest = match held.as_slice() {
        [] => later(period.started_on, book.number("first_review_days")),
        [(on, _)] => add_months(*on, book.number("second_review_months")),
        [.., (on, _)] => add_months(*on, book.number("review_interval_months")),
    };
    let set = held.last().and_then(|(_, review)| review.next_due_on);
    let called = child.reviews.iter().filter(|it| it.held_on.is_none()).map(|it| it.due_on);
    let called = called.filter(|day| *day >= period.started_on);
    let due = called.chain(set).chain([longest]).min().unwrap_or(longest);
    let deadline = Deadline::new("RV-01", "care_period", period.id, due)
        .told(earlier(due, book.number("review_warning_days")), Severity::Notice)
        .overdue(Severity::Warning)
        .told(later(due, book.number("review_critical_days")), Severity::Critical);
    vec![deadline]
}

/// RV-03: a child below the age limit in residential care is reviewed every month.
pub fn young(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(limit) = child.born.and_then(|birth| residential::age_limit(birth, book)) else {
        return Vec::new();
    };
    let stay = child.placements.last();
    let Some(stay) = stay.filter(|it| it.residential && it.ended_on.is_none()) else {
        return Vec::new();
    };
    if stay.started_on >= limit {
        return Vec::new();
    }
    let held = child.reviews.iter().filter_map(|review| review.held_on);
    let last = held.filter(|on| *on >= stay.started_on).max().unwrap_or(stay.started_on);
    let due = add_months(last, 1);
    let deadline = Deadline::new("RV-03", "placement", stay.id, due);
    let deadline = deadline.told(earlier(due, SOON), Severity::Notice).overdue(Severity::Warning);
    vec![deadline.until(limit)]
}

/// RV-05: what the last review decided is done: the child has moved, or care has ended.
pub fn followed(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let held = held(child, period);
    let Some((on, review)) = held.last().filter(|(_, review)| review.moves) else {
        return Vec::new();
    };
    let moved = |it: &PlacementFacts| it.started_on >= *on && !it.same_home;
    if child.placements.iter().any(moved) {
        return Vec::new();
    }
    let due = later(*on, book.number("review_follow_up_days"));
    let deadline = Deadline::new("RV-05", "review", review.id, due);
    vec![deadline.told(earlier(due, SOON), Severity::Notice).overdue(Severity::Warning)]
}
