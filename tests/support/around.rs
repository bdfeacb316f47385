//! What is recorded around a child in care: the requests for visits, contact, incidents and complaints.
use serde_json::{Value, json};

/// A visit at which the child was seen alone.
pub fn visit(on: &str) -> Value {
    json!({"visited_on": on, "worker_name": "Milica Vetrić", "worker_id": "w-1", "child_seen": true, "seen_alone": true, "place": "At home."})
}

/// Visits to the mother.
pub fn contact_plan() -> Value {
    json!({"contact_with": "mother", "kind": "visit", "times": 2, "per": "month", "supervised": false,
        "valid_from": "2026-03-02", "child_views": {"views": "Wants to see her mother."}})
}

/// No visits by the father, nor nights at his home, from June to November.
pub fn restriction(decided_by: &str) -> Value {
    json!({"contact_with": "father", "kinds": ["visit", "overnight"], "reason": "risk_of_harm",
        "valid_from": "2026-06-01", "valid_to": "2026-12-01", "decided_by": decided_by, "decided_on": "2026-05-28",
        "decision": {"body": "guardianship_authority", "reference_no": "56-12/2026", "legal_basis": "Family Act, art. 61"},
        "child_views": {"views": "Is afraid of him."}})
}

/// A visit to the mother that took place.
pub fn contact_event(on: &str) -> Value {
    json!({"contact_with": "mother", "kind": "visit", "happened_on": on, "supervised": false, "took_place": true})
}

pub fn incident(on: &str) -> Value {
    json!({"kind": "peer_violence", "severity": "serious", "occurred_on": on, "place": "At school.", "description": "An older boy pushed her."})
}

/// A complaint of somebody whose name is kept.
pub fn complaint(on: &str) -> Value {
    json!({"complainant": "other", "channel": "letter", "received_on": on, "description": "The children are locked in.",
        "reporter": {"name": "Ognjen Travar"}})
}
