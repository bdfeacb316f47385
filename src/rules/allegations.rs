//! CF-05: nobody comes to a family while an allegation against it is open.
use serde_json::json;

use super::finding::{Broken, Finding, Rulebook};

/// Codes of the rules that are judged here.
pub const RULES: &[&str] = &["CF-05"];

/// Judges a family by whether an allegation against it is open on the first day.
#[must_use]
pub fn judge(allegation_open: bool, book: &Rulebook) -> Option<Finding> {
    let broken = allegation_open.then_some(Broken {
        detail: "an allegation against the family is open",
        needed: "another family, or the end of the investigation; or an override that says why the child \
                 is safe there",
        pointer: "/provider/carer_family_id",
    });
    let facts = [("allegation_open", json!(allegation_open))];
    book.judge("CF-05", facts, broken).map(Finding::of_state)
}
