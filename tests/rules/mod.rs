//! The catalogue of rules, and the rules that are judged by it.
use std::collections::BTreeMap;

use kinstead::rules::{RuleClass, RuleInForce, Rulebook, judged, nearness};
use serde_json::{Value, json};

mod admission;
mod boundaries;
mod catalogue;
mod cited;
mod clock;
mod evaluation;
mod found;
mod histories;
mod preview;
mod residential;

/// An exception of this kind, with its four findings.
pub fn exception(kind: &str, on: &str) -> Value {
    json!({
        "kind": kind,
        "findings": {"limited_stay": true, "last_resort": true, "absolutely_necessary": true, "best_interests": true},
        "justification": "No family with a place for an infant was found in the district.",
        "authorised_by": "Director of the centre", "authorised_on": on,
    })
}

/// A first version of a rule.
pub fn in_force(class: RuleClass) -> RuleInForce {
    let soft = class == RuleClass::Soft;
    RuleInForce {
        number: 1,
        class,
        source: "A source of this test".to_owned(),
        override_roles: if soft { vec!["supervisor".to_owned()] } else { Vec::new() },
        override_days: if soft { 90 } else { 0 },
    }
}

/// All rules that are judged, with the numbers of the UN Guidelines' profile and these others.
pub fn book(others: &[(&str, i32)]) -> Rulebook {
    let version = |code: &str| {
        let soft = nearness::RULES.contains(&code);
        let class = if soft { RuleClass::Soft } else { RuleClass::Hard };
        (code.to_owned(), in_force(class))
    };
    let mut numbers: BTreeMap<String, i32> = [
        ("distance_km", 50),
        ("return_visit_days", 28),
        ("residential_min_age_years", 3),
        ("under3_planned_max_months", 6),
        ("under3_emergency_days", 30),
        ("under3_gap_days", 30),
        ("under3_alert_days", 120),
        ("under3_alert_repeat_days", 7),
    ]
    .map(|(name, number)| (name.to_owned(), number))
    .into();
    numbers.extend(others.iter().map(|(name, number)| ((*name).to_owned(), *number)));
    Rulebook { rules: judged().into_iter().map(version).collect(), numbers }
}
