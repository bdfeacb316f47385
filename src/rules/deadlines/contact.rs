//! CT-01, CT-03: a child in care keeps its family, and a worker sees it.
use chrono::NaiveDate;

use super::{Deadline, Severity, earlier, facts::ChildFacts, later};
use crate::{platform::time::add_months, rules::finding::Rulebook};

/// How long before the day somebody is told of what is soon due.
const SOON: u32 = 7;

/// Told from a week before; nobody can see or meet a child that is missing, so the clock stops on the day on
/// which it went. When it is back, what was due before is due at once.
fn of_child(rule: &'static str, child: &ChildFacts, due_on: NaiveDate) -> Deadline {
    let deadline = Deadline::new(rule, "child", child.id, due_on)
        .told(earlier(due_on, SOON), Severity::Notice)
        .overdue(Severity::Warning);
    match child.missing_since {
        Some(day) => deadline.until(day),
        None => deadline,
    }
}

/// CT-01: contact with somebody of the family, of whatever kind, that took place. The months are counted from
/// the entry into care, the last contact, the end of the last restriction or that of a stay with kin. Of a child
/// whose parents are dead or unknown nobody knows whom it might meet, until it meets somebody.
pub fn family(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let somebody = child.contact_on.is_some() || !child.parents.nobody();
    let with_kin = child.placements.last().is_some_and(|it| it.kin && it.ended_on.is_none());
    if !somebody || with_kin {
        return Vec::new();
    }
    let left_kin = child.placements.iter().filter(|it| it.kin).filter_map(|it| it.ended_on).max();
    let later_ones = [child.contact_on, child.restricted_until, left_kin].into_iter().flatten();
    let since = later_ones.fold(period.started_on, NaiveDate::max);
    vec![of_child("CT-01", child, add_months(since, book.number("family_contact_months")))]
}

/// CT-03: a visit of a worker at which the child was seen. The days are counted from the entry into care or
/// the last such visit.
pub fn seen(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let since = child.seen_on.map_or(period.started_on, |day| day.max(period.started_on));
    vec![of_child("CT-03", child, later(since, book.number("worker_visit_days")))]
}
