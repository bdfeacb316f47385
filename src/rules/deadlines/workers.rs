//! WK-02: how many cases one worker is in charge of.
use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Deadline, Severity, facts::CaseloadFacts};
use crate::rules::finding::Rulebook;

/// WK-02: a worker who is in charge of more cases than the norm, from the day on since which that is so. A case
/// that ends on the day on which another one begins makes no more of them.
pub fn caseload(worker: &CaseloadFacts, book: &Rulebook) -> Vec<Deadline> {
    let norm = i64::from(book.number("caseload_norm"));
    let mut changes: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for (from, to) in &worker.in_charge {
        *changes.entry(*from).or_default() += 1;
        if let Some(to) = to {
            *changes.entry(*to).or_default() -= 1;
        }
    }
    let (mut count, mut since) = (0, None);
    for (day, change) in changes {
        count += change;
        since = since.or(Some(day)).filter(|_| count > norm);
    }
    let deadline = |since| {
        Deadline::new("WK-02", "case_manager", worker.id, since).told(since, Severity::Warning)
    };
    since.map(deadline).into_iter().collect()
}
