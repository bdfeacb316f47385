//! New placements as a request describes them, before any rule is judged.
use chrono::NaiveDate;

use crate::placements::model::{
    CarePeriod, MoveTarget, NewPlacement, PastPlacement, Placement, PlacementId, PlacementState,
};

/// The placement that a request plans.
pub fn planned(new: &NewPlacement) -> Placement {
    Placement {
        id: PlacementId::generate(),
        child_id: new.child_id,
        care_period_id: None,
        state: PlacementState::Planned,
        care_type: new.care_type.clone(),
        planned_kind: new.planned_kind.clone(),
        provider: new.provider.clone(),
        starts_on: new.starts_on,
        started_on: None,
        ended_on: None,
        expected_end_on: new.expected_end_on,
        opens_period: false,
        same_carer: false,
        end_reason: None,
        legal_basis: new.legal_basis.clone(),
        decision: new.decision.clone(),
        temporary_approval: new.temporary_approval.clone(),
        exception: new.exception.clone(),
        flags: Vec::new(),
        state_reason: None,
        version: 1,
    }
}

/// The placement that a move leads to.
pub fn of_target(target: &MoveTarget, before: &Placement, day: NaiveDate) -> Placement {
    Placement {
        id: PlacementId::generate(),
        care_type: target.care_type.clone(),
        planned_kind: target.planned_kind.clone(),
        provider: target.provider.clone(),
        starts_on: day,
        ended_on: None,
        end_reason: None,
        expected_end_on: target.expected_end_on,
        legal_basis: target.legal_basis.clone(),
        decision: target.decision.clone(),
        temporary_approval: target.temporary_approval.clone(),
        exception: target.exception.clone(),
        flags: Vec::new(),
        state_reason: None,
        version: 1,
        ..before.clone()
    }
}

/// The first placement of a care period that is taken over, before its end.
pub fn of_past(period: &CarePeriod, stay: &PastPlacement) -> Placement {
    Placement {
        id: PlacementId::generate(),
        child_id: period.child_id,
        care_period_id: Some(period.id),
        state: PlacementState::Planned,
        care_type: stay.care_type.clone(),
        planned_kind: stay.planned_kind.clone(),
        provider: stay.provider.clone(),
        starts_on: stay.starts_on,
        started_on: Some(stay.starts_on),
        ended_on: None,
        expected_end_on: stay.expected_end_on,
        opens_period: true,
        same_carer: false,
        end_reason: stay.end_reason.clone(),
        legal_basis: stay.legal_basis.clone(),
        decision: stay.decision.clone(),
        temporary_approval: stay.temporary_approval.clone(),
        exception: None,
        flags: Vec::new(),
        state_reason: None,
        version: 1,
    }
}
