//! PL-21 and PL-23: a child is to live near to its brothers and sisters, and near to its home.
use serde_json::json;

use super::finding::{Broken, Finding, Rulebook};

/// Codes of the rules that are judged here.
pub const RULES: &[&str] = &["PL-21", "PL-23"];
/// Parameters that they go by.
pub const PARAMETERS: &[&str] = &["distance_km"];

/// How near a placement is on its first day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Nearness {
    /// Brothers and sisters in care from whom the child is not to be parted.
    pub siblings_in_care: usize,
    /// Those of them who live elsewhere and are not to come to the same home.
    pub siblings_elsewhere: usize,
    /// From the child's home to the new one as the crow flies, if both are known.
    pub distance_km: Option<f64>,
}

/// Judges a placement on its first day.
#[must_use]
pub fn judge(nearness: &Nearness, book: &Rulebook) -> Vec<Finding> {
    let mut findings = Vec::new();
    if nearness.siblings_in_care > 0 {
        let facts = [
            ("siblings_in_care", json!(nearness.siblings_in_care)),
            ("siblings_elsewhere", json!(nearness.siblings_elsewhere)),
        ];
        let broken = (nearness.siblings_elsewhere > 0).then_some(Broken {
            detail: "the child would be parted from a brother or sister with whom it is to stay",
            needed: "a home with room for all of them, planned for those who follow; or an override that \
                     says why this is best for the child",
            pointer: "/provider",
        });
        findings.extend(book.judge("PL-21", facts, broken).map(Finding::of_state));
    }
    if let Some(distance) = nearness.distance_km {
        let limit = book.number("distance_km");
        let facts = [("distance_km", json!(distance.round())), ("limit_km", json!(limit))];
        let broken = (limit > 0 && distance > f64::from(limit)).then_some(Broken {
            detail: "the home is farther from where the child comes from than the law wants it to be",
            needed: "a home nearer by; or an override that says why this is best for the child",
            pointer: "/provider",
        });
        findings.extend(book.judge("PL-23", facts, broken));
    }
    findings
}
