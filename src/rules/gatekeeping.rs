//! PL-14 and PL-15: nobody enters care, and nobody an institution, unless somebody looked whether it is needed.
use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::finding::{Broken, Finding, Rulebook};

/// Codes of the rules that are judged here.
pub const RULES: &[&str] = &["PL-14", "PL-15"];

/// The gatekeeping assessment that a competent body decided and that is valid on the first day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is found or not, by itself")]
pub struct Assessed {
    pub assessment_id: Uuid,
    pub decided_on: NaiveDate,
    /// Code of the list `recommendation`.
    pub recommendation: String,
    /// Whether that covers the type of care, and for how long it is meant.
    pub covers: bool,
    /// Whether a type of family-based care was looked at.
    pub family_based_considered: bool,
    /// Whether one of those was found suitable.
    pub family_based_suitable: bool,
    /// Whether kin and foster families are among the options that were exhausted.
    pub kin_exhausted: bool,
    pub foster_exhausted: bool,
}

/// A placement as these rules see it.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is so or not, by itself")]
pub struct Admission {
    /// Whether care begins with it.
    pub opens_care: bool,
    /// Whether it cannot wait: then the assessment follows, and its lack is told.
    pub emergency: bool,
    /// Whether its type is formal care.
    pub formal: bool,
    pub residential: bool,
    /// Whether the child lived in residential care until then.
    pub from_residential: bool,
    pub assessed: Option<Assessed>,
}

/// Judges a placement on its first day.
#[must_use]
pub fn judge(admission: &Admission, book: &Rulebook) -> Vec<Finding> {
    let mut findings = Vec::new();
    if admission.opens_care && admission.formal {
        findings.extend(book.judge("PL-14", facts(admission), unassessed(admission)));
    }
    if admission.residential && !admission.from_residential && !admission.emergency {
        findings.extend(book.judge("PL-15", facts(admission), not_last_resort(admission)));
    }
    findings.into_iter().map(Finding::of_state).collect()
}

fn facts(admission: &Admission) -> Vec<(&'static str, Value)> {
    let mut facts = vec![("emergency", json!(admission.emergency))];
    if let Some(assessed) = &admission.assessed {
        facts.extend([
            ("assessment_id", json!(assessed.assessment_id)),
            ("decided_on", json!(assessed.decided_on)),
            ("recommendation", json!(assessed.recommendation)),
        ]);
    }
    facts
}

/// PL-14: there is a decision, and it recommends this care.
fn unassessed(admission: &Admission) -> Option<Broken> {
    match &admission.assessed {
        _ if admission.emergency => None,
        None => Some(Broken {
            detail: "care begins on a gatekeeping assessment that a competent body decided, and none is valid",
            needed: "a decided assessment that recommends this type of care; or an entry in an emergency, \
                     which the assessment follows",
            pointer: "",
        }),
        Some(assessed) if !assessed.covers => Some(Broken {
            detail: "the assessment that is valid recommends other care",
            needed: "care of the type that was recommended; or a new assessment",
            pointer: "/care_type",
        }),
        Some(_) => None,
    }
}

/// PL-15: families were looked for, and none is right for the child.
fn not_last_resort(admission: &Admission) -> Option<Broken> {
    let Some(assessed) = &admission.assessed else {
        return Some(Broken {
            detail: "residential care is a last resort, and no valid assessment has found that it is",
            needed: "family-based care; or a decided assessment by which none is available and right",
            pointer: "/care_type",
        });
    };
    if assessed.family_based_suitable || !assessed.family_based_considered {
        return Some(Broken {
            detail: "the assessment does not find that family-based care is unavailable or unsuitable",
            needed: "the family-based care that was found suitable; or a new assessment",
            pointer: "/care_type",
        });
    }
    (!assessed.kin_exhausted || !assessed.foster_exhausted).then_some(Broken {
        detail: "the assessment does not name kin and foster families among the options that were exhausted",
        needed: "that both are looked for, and an assessment that says what came of it",
        pointer: "/care_type",
    })
}
