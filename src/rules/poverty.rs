//! PL-22: poverty alone parts no child from its family.
use serde_json::json;

use super::finding::{Broken, Finding, Rulebook};

/// Codes of the rules that are judged here.
pub const RULES: &[&str] = &["PL-22"];

/// A reason for an entry into care.
#[derive(Debug, Clone)]
pub struct Reason<'a> {
    pub code: &'a str,
    /// Whether it may be the only reason.
    pub suffices: bool,
}

/// Judges the reasons for an entry into care.
#[must_use]
pub fn judge(reasons: &[Reason<'_>], book: &Rulebook) -> Vec<Finding> {
    let suffices = reasons.iter().any(|reason| reason.suffices);
    let broken = (!suffices).then_some(Broken {
        detail: "poverty alone is no reason to part a child from its family",
        needed: "help for the family, or the other reason that there is",
        pointer: "/care_entry/other_reasons",
    });
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code).collect();
    book.judge("PL-22", [("entry_reasons", json!(codes))], broken).into_iter().collect()
}
