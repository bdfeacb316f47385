//! AS-01, AS-02, AS-05, and PL-22 where somebody assesses: what separates a child from its family, and who decides.
use serde_json::json;

use super::finding::{Broken, Finding, Rulebook};

/// Codes of the rules that are judged here, besides PL-22.
pub const RULES: &[&str] = &["AS-01", "AS-02", "AS-05"];

/// What was found where it is recommended, or decided, to separate child and family.
#[derive(Debug, Clone, Copy)]
pub struct Separation {
    /// Whether poverty is the only ground.
    pub poverty_only: bool,
    /// Whether it was found necessary that the child lives elsewhere.
    pub necessary: bool,
    /// Services that were tried to prevent it.
    pub services_tried: usize,
}

/// Judges a separation (UN Guidelines ¶14, ¶15, ¶32).
#[must_use]
pub fn judge_separation(found: Separation, book: &Rulebook) -> Vec<Finding> {
    let because = |broken: bool, detail, needed, pointer| {
        broken.then_some(Broken { detail, needed, pointer })
    };
    let poverty = because(
        found.poverty_only,
        "poverty alone never justifies that child and family are separated",
        "support for the family, or the other ground that there is",
        "/recommendation",
    );
    let needless = because(
        !found.necessary,
        "what separates child and family must have been found necessary",
        "a finding that it is necessary, or a recommendation that leaves them together",
        "/recommendation",
    );
    let untried = because(
        found.services_tried == 0,
        "what separates child and family names what was tried to prevent it",
        "the services that were tried, and what came of them",
        "/findings/prevention",
    );
    let judged = [
        book.judge("PL-22", [("poverty_only", json!(found.poverty_only))], poverty),
        book.judge("AS-02", [("necessary", json!(found.necessary))], needless),
        book.judge("AS-01", [("services_tried", json!(found.services_tried))], untried),
    ];
    judged.into_iter().flatten().collect()
}

/// Who decides on an assessment.
#[derive(Debug, Clone, Copy)]
pub struct Body<'a> {
    /// What kind of organisation it is.
    pub kind: &'a str,
    /// The kinds that such a body may be.
    pub fitting_kinds: &'a [String],
    /// Whether everybody who made the assessment works for it.
    pub assessed_alone: bool,
}

/// Judges who decides (UN Guidelines ¶57).
#[must_use]
pub fn judge_body(body: Body<'_>, book: &Rulebook) -> Option<Finding> {
    let fits = body.fitting_kinds.iter().any(|fitting| fitting == body.kind);
    let broken = if !fits {
        Some(Broken {
            detail: "an organisation of this kind cannot be such a body",
            needed: "an organisation of a fitting kind",
            pointer: "/decided_by",
        })
    } else if body.assessed_alone {
        Some(Broken {
            detail: "whoever made the assessment alone does not decide on it",
            needed: "another organisation that decides, or takes part in the assessment",
            pointer: "/decided_by",
        })
    } else {
        None
    };
    let facts = [
        ("kind", json!(body.kind)),
        ("fitting_kinds", json!(body.fitting_kinds)),
        ("assessed_alone", json!(body.assessed_alone)),
    ];
    let finding = book.judge("AS-05", facts, broken)?;
    // Another organisation may decide on the same values once it took part.
    Some(if fits { finding.of_state() } else { finding })
}
