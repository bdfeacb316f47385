//! On which terms a facility takes children, on any day.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Capacity, FacilityState};
use crate::{
    platform::time::within,
    reference::organisations::OrganisationId,
    schema::{facility_admission_stops, facility_registrations, facility_states},
};

/// A state of a facility and its days.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable,
)]
#[diesel(table_name = facility_states, check_for_backend(diesel::pg::Pg))]
#[schema(as = FacilityStatePeriod)]
pub struct StatePeriod {
    /// Of the row; no part of the answer.
    #[serde(skip, default = "Uuid::nil")]
    pub id: Uuid,
    /// The state.
    pub state: FacilityState,
    /// First day in this state.
    #[schema(example = "2021-03-01")]
    pub valid_from: NaiveDate,
    /// First day no longer in it; the same as `valid_from` if another step followed that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2024-06-01")]
    pub valid_to: Option<NaiveDate>,
    /// Why the step was taken; for conditions, what they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "All terms of the application are met.")]
    pub reason: Option<String>,
    /// Number of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "550-01-112/2021")]
    pub decision_no: Option<String>,
}

/// A registration and the days for which it was granted.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable,
)]
#[diesel(table_name = facility_registrations, check_for_backend(diesel::pg::Pg))]
#[schema(as = FacilityRegistrationPeriod)]
pub struct Registration {
    /// Of the row; no part of the answer.
    #[serde(skip, default = "Uuid::nil")]
    pub id: Uuid,
    /// Number in the register of providers.
    #[schema(example = "SZ-0112/2021")]
    pub number: String,
    /// The authority that granted it.
    pub granted_by: OrganisationId,
    /// First day on which it is valid.
    #[schema(example = "2021-03-01")]
    pub valid_from: NaiveDate,
    /// First day on which it is valid no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2027-03-01")]
    pub valid_to: Option<NaiveDate>,
    /// First day after it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2024-06-01")]
    pub revoked_on: Option<NaiveDate>,
    /// The conditions that it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "A night shift of two.")]
    pub conditions: Option<String>,
    /// Number of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "550-01-112/2021")]
    pub decision_no: Option<String>,
}

/// Days on which, by a decision taken beforehand, a facility takes no more children, whatever its state
/// allows.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable,
)]
#[diesel(table_name = facility_admission_stops, check_for_backend(diesel::pg::Pg))]
#[schema(as = FacilityAdmissionsStop)]
pub struct AdmissionsStop {
    /// Of the row; no part of the answer.
    #[serde(skip, default = "Uuid::nil")]
    pub id: Uuid,
    /// First day on which it takes none.
    #[schema(example = "2027-01-01")]
    pub valid_from: NaiveDate,
    /// First day on which the stop holds no longer; the same as `valid_from` if it never began to hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2028-06-01")]
    pub valid_to: Option<NaiveDate>,
    /// Number of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "550-01-31/2026")]
    pub decision_no: Option<String>,
}

impl AdmissionsStop {
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        within(day, self.valid_from, self.valid_to)
    }
}

impl StatePeriod {
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        within(day, self.valid_from, self.valid_to)
    }
}

impl Registration {
    /// First day on which it is valid no longer: it ran out or was revoked.
    #[must_use]
    pub fn ends_on(&self) -> Option<NaiveDate> {
        match (self.valid_to, self.revoked_on) {
            (Some(end), Some(revoked)) => Some(end.min(revoked)),
            (end, revoked) => end.or(revoked),
        }
    }

    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        within(day, self.valid_from, self.ends_on())
    }

    /// Whether it shares a day with the period `[from, to)`.
    #[must_use]
    pub fn overlaps(&self, from: NaiveDate, to: Option<NaiveDate>) -> bool {
        let end = self.ends_on();
        end != Some(self.valid_from)
            && end.is_none_or(|end| from < end)
            && to.is_none_or(|to| self.valid_from < to)
    }
}

/// Why a facility takes no child on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// Not registered, not yet or not any longer (`PL-11`).
    NotRegistered,
    /// The registration has run out (`PL-11`).
    Expired,
    /// The registration is suspended (`PL-11`).
    Suspended,
    /// Closed (`PL-11`).
    Closed,
    /// Admissions are stopped, or it is being closed (`PL-13`).
    AdmissionsStopped,
}

impl WhyNot {
    /// The rule that refuses the placement.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::NotRegistered | Self::Expired | Self::Suspended | Self::Closed => "PL-11",
            Self::AdmissionsStopped => "PL-13",
        }
    }

    /// A code for answers and facts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRegistered => "not_registered",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
            Self::AdmissionsStopped => "admissions_stopped",
        }
    }
}

/// Everything by which an admission on any day is judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FacilityTerms {
    /// Its states, without overlap, by first day.
    pub states: Vec<StatePeriod>,
    /// Its registrations, without overlap, by first day.
    pub registrations: Vec<Registration>,
    /// Days for which it was decided beforehand that it takes none, without overlap, by first day.
    pub stops: Vec<AdmissionsStop>,
    /// Its capacities, without overlap, by first day.
    pub capacities: Vec<Capacity>,
}

impl FacilityTerms {
    /// The state on that day; `None` before the application.
    #[must_use]
    pub fn state_on(&self, day: NaiveDate) -> Option<FacilityState> {
        self.states.iter().find(|period| period.covers(day)).map(|period| period.state)
    }

    /// Whether the facility may take a child on that day; it says nothing of free places.
    pub fn admits_on(&self, day: NaiveDate) -> Result<(), WhyNot> {
        match self.state_on(day) {
            None
            | Some(
                FacilityState::Application | FacilityState::Inspected | FacilityState::Revoked,
            ) => Err(WhyNot::NotRegistered),
            Some(FacilityState::Expired) => Err(WhyNot::Expired),
            Some(FacilityState::Suspended) => Err(WhyNot::Suspended),
            Some(FacilityState::Closed) => Err(WhyNot::Closed),
            Some(FacilityState::AdmissionsStopped | FacilityState::Closing) => {
                Err(WhyNot::AdmissionsStopped)
            }
            Some(FacilityState::Registered | FacilityState::ConditionsImposed) => {
                self.registered_on(day)?;
                let stopped = self.stops.iter().any(|stop| stop.covers(day));
                if stopped { Err(WhyNot::AdmissionsStopped) } else { Ok(()) }
            }
        }
    }

    fn registered_on(&self, day: NaiveDate) -> Result<(), WhyNot> {
        if self.registrations.iter().any(|registration| registration.covers(day)) {
            return Ok(());
        }
        let ran_out =
            |registration: &Registration| registration.valid_to.is_some_and(|to| to <= day);
        if self.registrations.iter().any(ran_out) {
            Err(WhyNot::Expired)
        } else {
            Err(WhyNot::NotRegistered)
        }
    }

    /// The authorised capacity on that day; `None` if there is none, so no place either.
    #[must_use]
    pub fn capacity_on(&self, day: NaiveDate) -> Option<&Capacity> {
        self.capacities.iter().find(|capacity| within(day, capacity.valid_from, capacity.valid_to))
    }

    /// The days after `from` and before `until` on which another capacity begins or one ends, in
    /// order. Together with `from` they are the days on which a stay must be judged against it.
    #[must_use]
    pub fn change_days(&self, from: NaiveDate, until: Option<NaiveDate>) -> Vec<NaiveDate> {
        let mut days: Vec<NaiveDate> = self
            .capacities
            .iter()
            .flat_map(|capacity| [Some(capacity.valid_from), capacity.valid_to])
            .flatten()
            .filter(|day| *day > from && until.is_none_or(|until| *day < until))
            .collect();
        days.sort_unstable();
        days.dedup();
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn state(state: FacilityState, from: &str, to: Option<&str>) -> StatePeriod {
        StatePeriod {
            id: Uuid::nil(),
            state,
            valid_from: day(from),
            valid_to: to.map(day),
            reason: None,
            decision_no: None,
        }
    }

    fn registration(from: &str, to: Option<&str>, revoked: Option<&str>) -> Registration {
        Registration {
            id: Uuid::nil(),
            number: "1".to_owned(),
            granted_by: OrganisationId::generate(),
            valid_from: day(from),
            valid_to: to.map(day),
            revoked_on: revoked.map(day),
            conditions: None,
            decision_no: None,
        }
    }

    fn stop(from: &str, to: Option<&str>) -> AdmissionsStop {
        AdmissionsStop {
            id: Uuid::nil(),
            valid_from: day(from),
            valid_to: to.map(day),
            decision_no: None,
        }
    }

    #[test]
    fn each_day_is_judged_by_what_held_then() {
        use FacilityState::{
            AdmissionsStopped, Application, Closed, Closing, ConditionsImposed, Inspected,
            Registered, Revoked, Suspended,
        };
        let terms = FacilityTerms {
            states: vec![
                state(Application, "2020-01-01", Some("2020-02-01")),
                state(Inspected, "2020-02-01", Some("2020-02-01")),
                state(Registered, "2020-02-01", Some("2021-01-01")),
                state(AdmissionsStopped, "2021-01-01", Some("2021-02-01")),
                state(Registered, "2021-02-01", Some("2021-03-01")),
                state(Suspended, "2021-03-01", Some("2021-04-01")),
                state(ConditionsImposed, "2021-04-01", Some("2023-01-01")),
                state(Revoked, "2023-01-01", Some("2023-02-01")),
                state(Closing, "2023-02-01", Some("2023-03-01")),
                state(Closed, "2023-03-01", None),
            ],
            registrations: vec![registration("2020-02-01", Some("2022-02-01"), None)],
            stops: vec![
                stop("2021-06-01", Some("2021-07-01")),
                stop("2021-08-01", Some("2021-08-01")),
            ],
            capacities: Vec::new(),
        };
        for (on, expected) in [
            ("2019-12-31", Err(WhyNot::NotRegistered)),
            ("2020-01-15", Err(WhyNot::NotRegistered)),
            ("2020-02-01", Ok(())),
            ("2020-12-31", Ok(())),
            ("2021-01-01", Err(WhyNot::AdmissionsStopped)),
            ("2021-02-01", Ok(())),
            ("2021-03-31", Err(WhyNot::Suspended)),
            ("2021-04-01", Ok(())),
            ("2021-05-31", Ok(())),
            ("2021-06-01", Err(WhyNot::AdmissionsStopped)),
            ("2021-06-30", Err(WhyNot::AdmissionsStopped)),
            ("2021-07-01", Ok(())),
            ("2021-08-01", Ok(())),
            ("2022-01-31", Ok(())),
            ("2022-02-01", Err(WhyNot::Expired)),
            ("2023-01-01", Err(WhyNot::NotRegistered)),
            ("2023-02-01", Err(WhyNot::AdmissionsStopped)),
            ("2023-03-01", Err(WhyNot::Closed)),
        ] {
            assert_eq!(terms.admits_on(day(on)), expected, "{on}");
        }
    }

    #[test]
    fn a_revoked_registration_ends_on_that_day_and_makes_room_for_another() {
        let revoked = registration("2020-01-01", Some("2025-01-01"), Some("2022-01-01"));
        assert!(revoked.covers(day("2021-12-31")) && !revoked.covers(day("2022-01-01")));
        assert!(!revoked.overlaps(day("2022-01-01"), None));
        assert!(revoked.overlaps(day("2021-12-31"), None));
        let at_once = registration("2020-01-01", None, Some("2020-01-01"));
        assert!(!at_once.overlaps(day("2019-01-01"), None));
    }
}
