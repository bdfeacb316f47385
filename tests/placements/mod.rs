//! Placements: steps end to end, edge cases by name, races, and random histories against a model.
mod constraints;
mod edges;
mod histories;
mod model;
mod races;
mod steps;

use kinstead::{carers::CarerFamilyId, children::ChildId, facilities::FacilityId};
use serde_json::{Value, json};

/// A placement with a family, to be started.
pub fn with_family(child: ChildId, family: CarerFamilyId, on: &str) -> Value {
    start(child, "foster_long_term", json!({"kind": "carer_family", "carer_family_id": family}), on)
}

/// A placement in a facility, to be started.
pub fn in_facility(child: ChildId, facility: FacilityId, on: &str) -> Value {
    start(child, "small_group_home", json!({"kind": "facility", "facility_id": facility}), on)
}

pub fn start(child: ChildId, care_type: &str, provider: Value, on: &str) -> Value {
    let mut new = plan(child, care_type, provider, on);
    new["intent"] = json!("start");
    new["care_entry"] =
        json!({"entry_reason": "neglect", "entry_route": "from_family", "emergency": false});
    new
}

pub fn plan(child: ChildId, care_type: &str, provider: Value, on: &str) -> Value {
    json!({
        "child_id": child, "intent": "plan", "care_type": care_type, "planned_kind": "long_term",
        "provider": provider, "starts_on": on, "legal_basis": "Family Act, art. 113",
    })
}

pub fn move_to_family(family: CarerFamilyId, on: &str) -> Value {
    json!({"moved_on": on, "reason": "care_plan", "to": {
        "care_type": "foster_long_term", "planned_kind": "long_term", "legal_basis": "Family Act, art. 113",
        "provider": {"kind": "carer_family", "carer_family_id": family},
    }})
}

pub fn move_to_facility(facility: FacilityId, on: &str) -> Value {
    json!({"moved_on": on, "reason": "care_plan", "to": {
        "care_type": "small_group_home", "planned_kind": "long_term", "legal_basis": "Family Act, art. 113",
        "provider": {"kind": "facility", "facility_id": facility},
    }})
}

pub fn leave(on: &str) -> Value {
    json!({"ended_on": on, "reason": "care_plan", "exit_reason": "reunified_planned", "planned_exit": true})
}
