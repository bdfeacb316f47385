//! A placement: one living arrangement of one child.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{exception::PlacementException, period::CarePeriodId};
use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::{FacilityId, UnitId},
    page_of,
    platform::{
        error::{Error, Result},
        id::{Id, Kind},
        time::within,
    },
    record, text_enum,
};

pub type PlacementId = Id<Placement>;

text_enum! {
    /// Where a placement is in its life.
    pub enum PlacementState {
        Planned = "planned",
        Active = "active",
        Ended = "ended",
        Cancelled = "cancelled",
        EnteredInError = "entered_in_error",
    }
}

text_enum! {
    /// What can be done with a placement.
    pub enum PlacementStep {
        Start = "start",
        Move = "move",
        End = "end",
        Cancel = "cancel",
        Correct = "correct",
        Annul = "annul",
        Reopen = "reopen",
    }
}

impl PlacementState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: PlacementStep) -> Result<Self> {
        use PlacementState::{Active, Cancelled, Ended, EnteredInError, Planned};
        use PlacementStep::{Annul, Cancel, Correct, End, Move, Reopen, Start};
        match (self, step) {
            (Planned, Start) | (Ended, Reopen) | (Active, Correct) => Ok(Active),
            (Planned, Cancel) => Ok(Cancelled),
            (Planned, Correct) => Ok(Planned),
            (Active, Move | End) | (Ended, Correct) => Ok(Ended),
            (Active | Ended, Annul) => Ok(EnteredInError),
            (Planned, Move | End | Annul | Reopen)
            | (Active, Start | Cancel | Reopen)
            | (Ended, Start | Move | End | Cancel)
            | (
                Cancelled | EnteredInError,
                Start | Move | End | Cancel | Correct | Annul | Reopen,
            ) => Err(Error::State(format!(
                "cannot {} a placement that is {}",
                step.as_str(),
                self.as_str()
            ))),
        }
    }

    /// Whether the child lives or lived there.
    #[must_use]
    pub fn is_real(self) -> bool {
        matches!(self, Self::Active | Self::Ended)
    }
}

text_enum! {
    /// What kind of home a placement is with.
    pub enum ProviderKind {
        CarerFamily = "carer_family",
        Facility = "facility",
        Parents = "parents",
        OwnDwelling = "own_dwelling",
        Nobody = "none",
    }
}

/// With whom a child lives: a carer family, a facility, the parents, or in a dwelling of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "carer_family", "carer_family_id": CARER_FAMILY}))]
pub struct Provider {
    /// What kind of home it is.
    pub kind: ProviderKind,
    /// The carer family; only with `carer_family`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
    /// The facility; only with `facility`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// The unit of the facility; only with `facility`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facility_unit_id: Option<UnitId>,
}

const CARER_FAMILY: &str = <crate::carers::CarerFamily as Kind>::EXAMPLE;

impl Provider {
    #[must_use]
    pub fn carer_family(id: CarerFamilyId) -> Self {
        Self { carer_family_id: Some(id), ..Self::of_kind(ProviderKind::CarerFamily) }
    }

    #[must_use]
    pub fn facility(id: FacilityId, unit: Option<UnitId>) -> Self {
        Self {
            facility_id: Some(id),
            facility_unit_id: unit,
            ..Self::of_kind(ProviderKind::Facility)
        }
    }

    #[must_use]
    pub fn of_kind(kind: ProviderKind) -> Self {
        Self { kind, carer_family_id: None, facility_id: None, facility_unit_id: None }
    }

    /// Refuses members that do not go with the kind, and the lack of those that do: 422 below
    /// `pointer`.
    pub fn check(&self, pointer: &str) -> Result<()> {
        let is = |kind| self.kind == kind;
        let faults = [
            ("carer_family_id", self.carer_family_id.is_some(), is(ProviderKind::CarerFamily)),
            ("facility_id", self.facility_id.is_some(), is(ProviderKind::Facility)),
            (
                "facility_unit_id",
                self.facility_unit_id.is_some(),
                self.facility_unit_id.is_some() && is(ProviderKind::Facility),
            ),
        ];
        match faults.iter().find(|(_, given, wanted)| given != wanted) {
            Some((member, ..)) => {
                let detail = "goes with its own kind of provider, and only with that";
                Err(Error::value(&format!("{pointer}/{member}"), "wrong_provider", detail))
            }
            None => Ok(()),
        }
    }
}

/// The decision that a placement rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Who decided: a code of the list `decision_body`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "guardianship_authority")]
    pub body: String,
    /// Number of the decision.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "560-123/2026")]
    pub number: String,
    /// Day of the decision.
    #[schema(example = "2026-02-27")]
    pub decided_on: NaiveDate,
}

/// Leave for kin to take in a child in an emergency before they are approved (PL-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemporaryApproval {
    /// Why it cannot wait, in at least 30 characters.
    #[validate(length(min = 30, max = 2000))]
    #[schema(
        min_length = 30,
        max_length = 2000,
        example = "The grandmother is the only relative near by; approval is under way."
    )]
    pub justification: String,
    /// Who gave leave.
    #[validate(length(min = 1, max = 200))]
    #[schema(
        min_length = 1,
        max_length = 200,
        example = "Duty supervisor, Centre for Social Work Lipov Hlad"
    )]
    pub authorised_by: String,
    /// First day on which it no longer holds: at most the parameter `temporary_approval_hours` after
    /// the start.
    #[schema(example = "2026-03-05")]
    pub valid_until: NaiveDate,
}

/// One living arrangement of one child.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Placement {
    pub id: PlacementId,
    pub child_id: ChildId,
    /// The care period that it is part of, once it has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub care_period_id: Option<CarePeriodId>,
    /// Where it is in its life.
    pub state: PlacementState,
    /// Type of care: a code of the list `care_type`.
    #[schema(example = "foster_short_term")]
    pub care_type: String,
    /// For how long it is meant: a code of the list `planned_kind`.
    #[schema(example = "short_term")]
    pub planned_kind: String,
    /// With whom the child lives.
    pub provider: Provider,
    /// Day on which it was planned to start.
    #[schema(example = "2026-03-02")]
    pub starts_on: NaiveDate,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-02")]
    pub started_on: Option<NaiveDate>,
    /// First day that is no longer in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub ended_on: Option<NaiveDate>,
    /// Day by which it is expected to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-02")]
    pub expected_end_on: Option<NaiveDate>,
    /// Whether it is the first of its care period.
    #[schema(example = true)]
    pub opens_period: bool,
    /// Whether the child stayed with the carer of the placement before.
    #[schema(example = false)]
    pub same_carer: bool,
    /// Why it ended: a code of the list `move_reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "care_plan")]
    pub end_reason: Option<String>,
    /// The law that it rests on.
    #[schema(example = "Family Act, art. 113")]
    pub legal_basis: String,
    /// The decision that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decision: Option<Decision>,
    /// Leave for kin who are not yet approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub temporary_approval: Option<TemporaryApproval>,
    /// Why it may be although a rule on young children in residential care bars it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub exception: Option<PlacementException>,
    /// Rules that a correction was found to have broken in the past.
    #[schema(example = json!([]))]
    pub flags: Vec<String>,
    /// Why it was cancelled, corrected, annulled or reopened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The family withdrew its offer.")]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 2)]
    pub version: i64,
}

page_of!(
    /// Some placements, in the order asked for.
    counted PlacementPage, Placement
);

record!(Placement {
    name: "placement",
    id: "PlacementId",
    example: "7d1f8a50-3c1e-4a35-9b7e-5f6a2c9d1e01",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for Placement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Placement({})", self.id)
    }
}

impl Placement {
    /// Whether the child lived there on that day.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.state.is_real() && self.started_on.is_some_and(|from| within(day, from, self.ended_on))
    }

    /// The placement as it was true on that day: what came later is left out. `None` if it had not
    /// begun.
    #[must_use]
    pub fn on(mut self, day: NaiveDate) -> Option<Self> {
        if !self.state.is_real() || self.started_on.is_none_or(|from| from > day) {
            return None;
        }
        if self.ended_on.is_some_and(|end| end > day) {
            self.state = PlacementState::Active;
            self.ended_on = None;
            self.end_reason = None;
        }
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The whole table, so that a reviewer sees every pair that a change affects.
    #[test]
    fn steps_of_a_placement() {
        let mut table = String::new();
        for &state in PlacementState::ALL {
            for &step in PlacementStep::ALL {
                let result = state.after(step).map_or("-", PlacementState::as_str);
                writeln!(table, "{:<17} {:<8} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_provider_has_what_its_kind_needs_and_nothing_else() {
        let family = Provider::carer_family(CarerFamilyId::generate());
        let facility = Provider::facility(FacilityId::generate(), Some(UnitId::generate()));
        for good in [family.clone(), facility.clone(), Provider::of_kind(ProviderKind::Parents)] {
            assert!(good.check("/provider").is_ok(), "{good:?}");
        }
        for bad in [
            Provider::of_kind(ProviderKind::CarerFamily),
            Provider::of_kind(ProviderKind::Facility),
            Provider { kind: ProviderKind::Parents, ..family.clone() },
            Provider { facility_unit_id: facility.facility_unit_id, ..family },
            Provider { facility_id: None, ..facility },
        ] {
            assert!(bad.check("/provider").is_err(), "{bad:?}");
        }
    }
}
