//! Who lives where: the requests that place, move and release a child, and stays made from them.
use kinstead::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    placements::{Placement, store},
    platform::version::IfMatch,
};
use serde_json::{Value, json};

use super::{Country, body};

/// A placement with a family, to be started; in an emergency, as all of these are: what leads into care in
/// other cases is tested in tests/rules/admission.rs.
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
        json!({"entry_reason": "neglect", "entry_route": "from_family", "emergency": true});
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

/// A move in an emergency: else an assessment must have found that no family will do.
pub fn move_to_facility(facility: FacilityId, on: &str) -> Value {
    json!({"moved_on": on, "reason": "care_plan", "to": {
        "care_type": "small_group_home", "planned_kind": "emergency", "expected_end_on": "2030-01-01", "legal_basis": "Family Act, art. 113",
        "provider": {"kind": "facility", "facility_id": facility},
    }})
}

/// An end of care that nobody had planned: what leads to a planned return is tested in tests/placements/returns.rs.
pub fn leave(on: &str) -> Value {
    json!({"ended_on": on, "reason": "care_plan", "exit_reason": "reunified_unplanned", "planned_exit": false})
}

impl Country {
    /// Carries out `new`, and ends care on `to` if there is such a day.
    pub fn stay(&mut self, new: Value, to: Option<&str>) -> Placement {
        let placed = self.change(|tx| store::create(tx, &body(new.clone()))).unwrap();
        match to {
            Some(day) => self.leave(&placed, day),
            None => placed,
        }
    }

    /// Ends the placement and its care period.
    pub fn leave(&mut self, placed: &Placement, on: &str) -> Placement {
        let seen = IfMatch::of(placed);
        self.change(|tx| store::end(tx, placed.id, &seen, &body(leave(on)))).unwrap()
    }
}
