//! RV-02: who leads a review.
use serde_json::json;

use super::finding::{Broken, Finding, Rulebook};

/// Codes of the rules that are judged here.
pub const RULES: &[&str] = &["RV-02"];

/// Who leads a review of a child.
#[derive(Debug, Clone, Copy)]
pub struct Chair {
    /// Whether that is a person qualified and authorised to review.
    pub qualified: bool,
    /// Whether that is the child's own case manager.
    pub case_manager: bool,
}

/// Judges who leads a review (UN Guidelines ¶67).
#[must_use]
pub fn judge(chair: Chair, book: &Rulebook) -> Vec<Finding> {
    let broken = |detail, pointer| Broken {
        detail,
        needed: "a qualified and authorised person besides the child's case manager",
        pointer,
    };
    let broken = if !chair.qualified {
        Some(broken("a review is led by a qualified person", "/minutes/chair/qualified"))
    } else if chair.case_manager {
        let detail = "a review is not led by the child's own case manager alone";
        Some(broken(detail, "/minutes/chair/case_manager"))
    } else {
        None
    };
    let facts =
        [("qualified", json!(chair.qualified)), ("case_manager", json!(chair.case_manager))];
    book.judge("RV-02", facts, broken).into_iter().collect()
}
