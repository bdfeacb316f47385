//! What an alert is, and what may become of it.
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    page_of,
    platform::{
        error::{Error, Result},
        id::{Id, Kind},
        journal::Subject,
        vault::Opened,
        version::Versioned,
    },
    reference::organisations::OrganisationId,
    rules::deadlines::Severity,
    schema::alerts,
    sealed_columns, text_enum,
};

pub type AlertId = Id<Alert>;

text_enum! {
    /// Where an alert is in its life.
    pub enum AlertState {
        /// Nobody has taken note of it.
        Open = "open",
        /// Somebody has.
        Acknowledged = "acknowledged",
        /// What it asked for was done, or is no longer asked for.
        Resolved = "resolved",
        /// Time has passed it by.
        Expired = "expired",
    }
}

text_enum! {
    /// What can become of an alert. All but acknowledging is done by the registry itself.
    pub enum AlertStep {
        Raise = "raise",
        Escalate = "escalate",
        Acknowledge = "acknowledge",
        Resolve = "resolve",
        Expire = "expire",
    }
}

impl AlertState {
    /// Whether it still asks for something.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged)
    }

    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: AlertStep) -> Result<Self> {
        use AlertState::{Acknowledged, Expired, Open, Resolved};
        use AlertStep::{Acknowledge, Escalate, Expire, Raise, Resolve};
        match (self, step) {
            (Open, Acknowledge) => Ok(Acknowledged),
            (Open | Acknowledged, Escalate) | (Resolved | Expired, Raise) => Ok(Open),
            (Open | Acknowledged, Resolve) => Ok(Resolved),
            (Open | Acknowledged, Expire) => Ok(Expired),
            (Open | Acknowledged, Raise)
            | (Acknowledged, Acknowledge)
            | (Resolved | Expired, Escalate | Acknowledge | Resolve | Expire) => Err(Error::State(
                format!("cannot {} an alert that is {}", step.as_str(), self.as_str()),
            )),
        }
    }
}

/// Something that is due or late by a rule.
#[derive(
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = alerts, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
#[schema(example = json!({
    "id": Alert::EXAMPLE, "rule": "RV-01", "subject_kind": "care_period",
    "subject_id": "2c7d9e10-4b5a-4f6c-8d7e-9f0a1b2c3d4e", "child_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90",
    "organisation_id": "0199a5b2-0003-7000-8000-000000000001", "worker_id": "worker-4711",
    "area_code": "RS-20", "state": "acknowledged", "severity": "warning", "raised_on": "2026-05-19",
    "due_on": "2026-06-02", "acknowledged_at": "2026-06-03T08:15:00Z",
    "acknowledged_by": "0199a5b2-0005-7000-8000-000000000001",
    "note": "The review is called for Friday.", "version": 3,
}))]
pub struct Alert {
    pub id: AlertId,
    /// Code of the rule.
    #[schema(example = "RV-01")]
    pub rule: String,
    /// Kind of the record that the rule asks something of.
    #[schema(example = "care_period")]
    pub subject_kind: String,
    /// That record.
    #[schema(example = "2c7d9e10-4b5a-4f6c-8d7e-9f0a1b2c3d4e")]
    pub subject_id: Uuid,
    /// The child whom it is about. Each alert is about a child, a carer family or a facility, or about
    /// the work of the organisation where none of them is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// The record that may be of the same child (DI-04). Whoever may not read both is told of neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub other_child_id: Option<ChildId>,
    /// The carer family that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
    /// The facility that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// The organisation that must act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Who is in charge of the child's case there, or has too many cases: the id by which that organisation knows the worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "worker-4711")]
    pub worker_id: Option<String>,
    /// Code of the area of the child, family, facility or organisation.
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// Where it is in its life.
    pub state: AlertState,
    /// How urgent it is.
    pub severity: Severity,
    /// Day on which it was raised, last if it was raised anew.
    #[schema(example = "2026-05-19")]
    pub raised_on: NaiveDate,
    /// Day by which it must have happened.
    #[schema(example = "2026-06-02")]
    pub due_on: NaiveDate,
    /// When somebody took note of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-03T08:15:00Z")]
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// The client that took note of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub acknowledged_by: Option<Uuid>,
    /// What is being done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The review is called for Friday.")]
    #[diesel(select_expression = (alerts::id, alerts::note))]
    #[diesel(select_expression_type = (alerts::id, alerts::note))]
    #[diesel(deserialize_as = Opened<alerts::note, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub note: Option<String>,
    /// Day on which it was resolved or expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-05")]
    pub ended_on: Option<NaiveDate>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(alerts: Identifying { note });

page_of!(
    /// Some alerts, in the order asked for.
    counted AlertPage, Alert
);

impl Kind for Alert {
    const NAME: &'static str = "alert";
    const ID_SCHEMA: &'static str = "AlertId";
    const PERSONAL: bool = true;
    const EXAMPLE: &'static str = "7d1f0b6e-3c2a-4e95-8a7d-5b4c3d2e1f60";
}

impl Versioned for Alert {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Subject for Alert {
    fn subject_id(&self) -> Uuid {
        self.id.untyped()
    }

    /// It hangs on the child, the carer family or the facility; on no organisation, whose history everybody reads.
    fn parent(&self) -> Option<Uuid> {
        let family = || self.carer_family_id.map(Id::untyped);
        let facility = || self.facility_id.map(Id::untyped);
        self.child_id.map(Id::untyped).or_else(family).or_else(facility)
    }
}

/// Without its note.
impl fmt::Debug for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Alert({})", self.id)
    }
}

/// That somebody took note of an alert.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// What is being done about it.
    #[serde(default)]
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 1000,
        example = "The review is called for Friday."
    )]
    pub note: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The whole table, so that a reviewer sees every pair that a change affects.
    #[test]
    fn steps_of_an_alert() {
        let mut table = String::new();
        for &state in AlertState::ALL {
            for &step in AlertStep::ALL {
                let result = state.after(step).map_or("-", AlertState::as_str);
                writeln!(table, "{:<13} {:<12} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
