//! OV-01: what becomes of a placement when the override ends that it could not be without.
use super::{Deadline, Severity, earlier, facts::ChildFacts};
use crate::rules::finding::Rulebook;

/// OV-01: an override that ends while its placement goes on. Nobody moves a child because a day has come: a
/// review looks at the placement again, and one that is held from the first warning on has done so.
pub fn ended(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let deadline = |it: &super::OverrideFacts| {
        let warned = earlier(it.until, book.number("override_warning_days"));
        let mut held = child.reviews.iter().filter_map(|review| review.held_on);
        if held.any(|on| on >= warned) {
            return None;
        }
        let deadline = Deadline::new("OV-01", "override", it.id, it.until);
        Some(deadline.told(warned, Severity::Notice).told(it.until, Severity::Warning))
    };
    child.overrides.iter().filter_map(deadline).collect()
}
