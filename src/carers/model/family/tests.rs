//! Whether a placement may begin with a family, judged by dates alone.
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn family(states: Value) -> CarerFamily {
    serde_json::from_value(json!({
        "id": CarerFamilyId::generate(), "family_no": "CF-2026-000001-00", "state": "approved",
        "state_since": "2024-01-01", "purposes": ["foster", "respite"], "area_code": "RS",
        "address_lines": [], "languages": [], "preferred_sex": "any", "accepts_disability": false,
        "disability_types": [], "emergency": false, "on_hold_from": "2024-05-01",
        "on_hold_to": "2024-06-01", "supported_by_centre": true, "persons": [], "checks": [],
        "trainings": [], "states": states, "version": 1,
    }))
    .unwrap()
}

fn approval(valid_from: &str, valid_to: &str, ended_on: Option<&str>, purpose: &str) -> Approval {
    let mut approval = json!({
        "id": Uuid::new_v4(), "carer_family_id": Uuid::new_v4(), "decided_by": Uuid::new_v4(),
        "decision_no": "1", "decided_on": valid_from, "assessed_on": valid_from,
        "valid_from": valid_from, "valid_to": valid_to, "max_children": 3, "age_min": 0,
        "age_max": 17, "sex": "any", "siblings_allowed": true, "purposes": [purpose],
        "named_children": [], "exemptions": [], "version": 1,
    });
    if let Some(day) = ended_on {
        approval["ended_on"] = json!(day);
        approval["end_reason"] = json!("revoked");
    }
    serde_json::from_value(approval).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn a_placement_needs_an_approval_that_is_in_force_and_not_suspended() {
    let family = family(json!([
        {"state": "approved", "valid_from": "2024-01-01", "valid_to": "2024-03-01"},
        {"state": "suspended", "valid_from": "2024-03-01", "valid_to": "2024-04-01"},
        {"state": "approved", "valid_from": "2024-04-01", "valid_to": "2026-02-01"},
        {"state": "suspended", "valid_from": "2026-02-01"},
    ]));
    let approvals = [
        approval("2024-01-01", "2025-01-01", None, "foster"),
        approval("2025-03-01", "2027-03-01", Some("2026-06-01"), "respite"),
    ];
    let terms = CarerTerms { states: family.states, approvals: approvals.to_vec() };
    for (on, purpose, answer) in [
        ("2023-12-31", "foster", Err(WhyNot::NotApproved)),
        ("2024-01-01", "foster", Ok(())),
        ("2024-01-01", "respite", Err(WhyNot::PurposeNotCovered)),
        ("2024-02-29", "foster", Ok(())),
        ("2024-03-01", "foster", Err(WhyNot::Suspended)),
        ("2024-03-31", "foster", Err(WhyNot::Suspended)),
        ("2024-04-01", "foster", Ok(())),
        ("2024-05-15", "foster", Ok(())),
        ("2024-12-31", "foster", Ok(())),
        ("2025-01-01", "foster", Err(WhyNot::ApprovalOver)),
        ("2025-03-01", "foster", Err(WhyNot::PurposeNotCovered)),
        ("2025-03-01", "respite", Ok(())),
        ("2026-02-01", "respite", Err(WhyNot::Suspended)),
        ("2026-06-01", "respite", Err(WhyNot::ApprovalOver)),
    ] {
        assert_eq!(terms.active_for(purpose, day(on)), answer, "{on} {purpose}");
    }
    let terms = CarerTerms { approvals: Vec::new(), ..terms };
    assert_eq!(terms.active_for("foster", day("2024-01-01")), Err(WhyNot::NotApproved));
}

#[test]
fn a_suspension_that_ends_on_its_first_day_holds_on_no_day() {
    let family = family(json!([
        {"state": "suspended", "valid_from": "2024-03-01", "valid_to": "2024-03-01"},
        {"state": "approved", "valid_from": "2024-03-01"},
    ]));
    assert!(!family.suspended_on(day("2024-03-01")));
    let then = family.as_of(day("2024-03-01")).unwrap();
    assert_eq!((then.state, then.states.len()), (CarerState::Approved, 2));
}

#[test]
fn nothing_personal_is_printed() {
    let mut family = family(json!([]));
    family.locality = Some("Sokobanja".to_owned());
    assert_eq!(format!("{family:?}"), format!("CarerFamily({})", family.id));
}
