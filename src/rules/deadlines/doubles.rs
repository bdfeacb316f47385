//! DI-04: records that may be of one child.
use super::{Deadline, Severity, facts::ChildFacts};
use crate::rules::finding::Rulebook;

/// DI-04: two records that may be of one child are looked at, from the day on which they are found.
pub fn alike(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let least = f64::from(book.number("match_alert_bits"));
    let fitting = child.doubles.iter().filter(|double| double.weight >= least);
    let told = fitting.map(|double| {
        Deadline::new("DI-04", "possible_duplicate", double.id, double.found_on)
            .told(double.found_on, Severity::Warning)
            .beside(double.other)
    });
    told.collect()
}
