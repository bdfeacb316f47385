//! PLN-01: a child returns to its family on an assessment that recommends it, and is visited there soon.
use chrono::{Days, NaiveDate};
use serde_json::json;
use uuid::Uuid;

use super::finding::{Broken, Finding, Rulebook};

/// Codes of the rules that are judged here.
pub const RULES: &[&str] = &["PLN-01"];
/// Parameters that they go by.
pub const PARAMETERS: &[&str] = &["return_visit_days"];

/// The latest assessment of the return that a competent body decided and that is valid on the day of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    pub assessment_id: Uuid,
    pub decided_on: NaiveDate,
    /// First day on which it no longer holds.
    pub valid_until: NaiveDate,
    /// Whether it recommends that the child returns.
    pub recommended: bool,
}

/// A planned return of a child to its family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// First day no longer in care.
    pub returned_on: NaiveDate,
    pub assessed: Option<Assessed>,
    /// Day on which the child is visited first.
    pub first_visit_on: Option<NaiveDate>,
}

/// Judges a return (UN Guidelines ¶49 to ¶52).
#[must_use]
pub fn judge(asked: &Return, book: &Rulebook) -> Option<Finding> {
    let days = Days::new(book.number("return_visit_days").into());
    let latest = asked.returned_on.checked_add_days(days).unwrap_or(NaiveDate::MAX);
    let mut facts = vec![
        ("returned_on", json!(asked.returned_on)),
        ("latest_first_visit_on", json!(latest)),
        ("first_visit_on", json!(asked.first_visit_on)),
    ];
    if let Some(assessed) = &asked.assessed {
        facts.extend([
            ("assessment_id", json!(assessed.assessment_id)),
            ("decided_on", json!(assessed.decided_on)),
            ("valid_until", json!(assessed.valid_until)),
            ("return_recommended", json!(assessed.recommended)),
        ]);
    }
    match unassessed(asked) {
        Some(broken) => book.judge("PLN-01", facts, Some(broken)).map(Finding::of_state),
        None => book.judge("PLN-01", facts, unvisited(asked, latest)),
    }
}

/// Why it stands on no assessment, if it does not.
fn unassessed(asked: &Return) -> Option<Broken> {
    let broken = |detail| Broken {
        detail,
        needed: "an assessment of the return (`reintegration`) that was decided and recommends it; or an \
                 override that says why it is right for the child now",
        pointer: "/exit_reason",
    };
    match &asked.assessed {
        None => Some(broken(
            "no assessment of the return that a competent body decided is valid that day",
        )),
        Some(assessed) if !assessed.recommended => {
            Some(broken("what was decided on the assessment is not that the child returns"))
        }
        Some(_) => None,
    }
}

/// Why nobody sees in time how the child is, if nobody does.
fn unvisited(asked: &Return, latest: NaiveDate) -> Option<Broken> {
    let broken = |detail| Broken {
        detail,
        needed: "a first visit from the day of the return on, and by the latest day; or an override that says \
                 why it is right for the child now",
        pointer: "/first_visit_on",
    };
    match asked.first_visit_on {
        None => Some(broken("no day is set on which the child is visited after its return")),
        Some(day) if day > latest => {
            Some(broken("the child is visited later after its return than the law wants it to be"))
        }
        Some(day) if day < asked.returned_on => {
            Some(broken("the child is visited before its return, and not after it"))
        }
        Some(_) => None,
    }
}
