//! A carer family: its people, their checks and training, the states it has been in.
use std::fmt;

use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::store::KeptStatePeriod, Approval, CarerCheck, CarerPerson, CarerRole, CarerSex,
    CarerState, CarerTraining,
};
use crate::{
    platform::{
        error::{Error, Fault, Result},
        external_id::{self, ExternalId, KeptExternalId},
        gathered::{Gathered, Parts},
        id::Id,
        time::within,
        vault::Opened,
    },
    record,
    reference::organisations::OrganisationId,
    schema::carer_families,
    text_enum,
};

pub type CarerFamilyId = Id<CarerFamily>;

/// A household that asks to bring up children of others, or may do so.
#[derive(
    Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = carer_families, check_for_backend(Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct CarerFamily {
    pub id: CarerFamilyId,
    /// Registry number, with a check.
    #[schema(example = "CF-2026-000123-48")]
    pub family_no: String,
    /// Its numbers in other systems; those of persons have no place here.
    #[serde(default)]
    #[diesel(select_expression = external_id::gathered("carer_external_ids", "carer_family_id", "carer_families"))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<KeptExternalId>)]
    #[diesel(skip_insertion, skip_update)]
    pub external_ids: Vec<ExternalId>,
    /// Where the family stands.
    pub state: CarerState,
    /// Day on which it came to stand there.
    #[schema(example = "2026-02-20")]
    pub state_since: NaiveDate,
    /// Kinds of care that it offers: codes of the list `carer_purpose`.
    #[schema(example = json!(["foster", "emergency"]))]
    pub purposes: Vec<String>,
    /// The organisation that looks after the family: it and those above it know where it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Code of the area in which it lives.
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// Lines of its address.
    #[schema(example = json!(["Lipova 12"]))]
    #[diesel(select_expression = (carer_families::id, carer_families::address_lines))]
    #[diesel(select_expression_type = (carer_families::id, carer_families::address_lines))]
    #[diesel(deserialize_as = Opened<carer_families::address_lines, Vec<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub address_lines: Vec<String>,
    /// Town or village.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Niš")]
    #[diesel(select_expression = (carer_families::id, carer_families::locality))]
    #[diesel(select_expression_type = (carer_families::id, carer_families::locality))]
    #[diesel(deserialize_as = Opened<carer_families::locality, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub locality: Option<String>,
    /// Postcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "18000")]
    #[diesel(select_expression = (carer_families::id, carer_families::postcode))]
    #[diesel(select_expression_type = (carer_families::id, carer_families::postcode))]
    #[diesel(deserialize_as = Opened<carer_families::postcode, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub postcode: Option<String>,
    /// Latitude of its home, in degrees (WGS 84).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 43.3209)]
    #[diesel(select_expression = (carer_families::id, carer_families::exact_lat))]
    #[diesel(select_expression_type = (carer_families::id, carer_families::exact_lat))]
    #[diesel(deserialize_as = Opened<carer_families::exact_lat, Option<f64>>)]
    #[diesel(skip_insertion, skip_update)]
    pub lat: Option<f64>,
    /// Longitude of its home, in degrees (WGS 84).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 21.8958)]
    #[diesel(select_expression = (carer_families::id, carer_families::exact_lon))]
    #[diesel(select_expression_type = (carer_families::id, carer_families::exact_lon))]
    #[diesel(deserialize_as = Opened<carer_families::exact_lon, Option<f64>>)]
    #[diesel(skip_insertion, skip_update)]
    pub lon: Option<f64>,
    /// Languages spoken at home (BCP 47).
    #[schema(example = json!(["sr", "rom"]))]
    pub languages: Vec<String>,
    /// Youngest age that it wishes, in whole years.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 0)]
    pub preferred_age_min: Option<i32>,
    /// Oldest age that it wishes, in whole years.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 10)]
    pub preferred_age_max: Option<i32>,
    /// Sex of the children that it wishes.
    pub preferred_sex: CarerSex,
    /// Largest group of siblings that it would take; no wish if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 3)]
    pub sibling_group_max: Option<i32>,
    /// Whether it would take a child with a disability.
    #[schema(example = true)]
    pub accepts_disability: bool,
    /// Kinds of disability that it would take: codes of the list `disability`; any if empty.
    #[schema(example = json!(["hearing"]))]
    pub disability_types: Vec<String>,
    /// Whether it takes children in an emergency, day and night.
    #[schema(example = true)]
    pub emergency: bool,
    /// First day on which it takes no child for the time being.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-07-01")]
    pub on_hold_from: Option<NaiveDate>,
    /// First day on which it takes children again; open if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-08-01")]
    pub on_hold_to: Option<NaiveDate>,
    /// Why it takes none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "A child of their own is being born.")]
    #[diesel(select_expression = (carer_families::id, carer_families::on_hold_reason))]
    #[diesel(select_expression_type = (carer_families::id, carer_families::on_hold_reason))]
    #[diesel(deserialize_as = Opened<carer_families::on_hold_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub on_hold_reason: Option<String>,
    /// Whether a centre for foster care supports it.
    #[schema(example = true)]
    pub supported_by_centre: bool,
    /// Applicants and the other people of the household.
    #[diesel(select_expression = parts("carer_persons", "t.place", "AND t.left_on IS NULL"))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<CarerPerson>)]
    #[diesel(skip_insertion, skip_update)]
    pub persons: Vec<CarerPerson>,
    /// Checks of these people and of the home.
    #[diesel(select_expression = parts("carer_checks", "t.completed_on, t.id", STILL_THERE))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<CarerCheck>)]
    #[diesel(skip_insertion, skip_update)]
    pub checks: Vec<CarerCheck>,
    /// Training that these people completed.
    #[diesel(select_expression = parts("carer_trainings", "t.completed_on, t.id", STILL_THERE))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<CarerTraining>)]
    #[diesel(skip_insertion, skip_update)]
    pub trainings: Vec<CarerTraining>,
    /// The states that it has been in, oldest first; the last one is its own.
    #[diesel(select_expression = parts(PERIODS, "t.place", ""))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<KeptStatePeriod>)]
    #[diesel(skip_insertion, skip_update)]
    pub states: Vec<CarerStatePeriod>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

/// Leaves out what belongs to people who left the household.
const STILL_THERE: &str = "AND NOT EXISTS (SELECT FROM carer_persons p WHERE p.id = t.person_id AND p.left_on IS NOT NULL)";

/// The states with their ends.
const PERIODS: &str = "(SELECT *, lead(valid_from) OVER (PARTITION BY carer_family_id ORDER BY place) \
    AS valid_to FROM carer_state_changes)";

/// The rows of a table that belong to the family, as one JSON array: a family is read in one query.
fn parts(table: &str, order: &str, condition: &str) -> Gathered {
    Gathered(format!(
        "(SELECT coalesce(json_agg(t ORDER BY {order}), '[]') \
         FROM {table} t WHERE t.carer_family_id = carer_families.id {condition})"
    ))
}

/// A state that a family was in, and from when to when.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CarerStatePeriod {
    /// The state.
    pub state: CarerState,
    /// First day in this state.
    #[schema(example = "2026-02-20")]
    pub valid_from: NaiveDate,
    /// First day no longer in it; the same as `valid_from` if another step followed that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2028-06-01")]
    pub valid_to: Option<NaiveDate>,
    /// Why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The panel agreed without dissent.")]
    pub reason: Option<String>,
    /// Number of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "560-0142/2026")]
    pub decision_no: Option<String>,
}

fn suspended_on(states: &[CarerStatePeriod], day: NaiveDate) -> bool {
    let suspended = |period: &&CarerStatePeriod| period.state == CarerState::Suspended;
    states.iter().filter(suspended).any(|period| within(day, period.valid_from, period.valid_to))
}

/// What of a family a placement with it is judged on.
#[derive(Debug, Clone)]
pub struct CarerTerms {
    /// The states that it has been in, oldest first.
    pub states: Vec<CarerStatePeriod>,
    /// All its approvals, by first day.
    pub approvals: Vec<Approval>,
}

impl CarerTerms {
    /// Whether a placement for this purpose, a code of the list `carer_purpose`, may begin on that
    /// day: an approval that covers it is in force and not suspended (PL-11; UN Guidelines ¶73).
    /// Judged by dates, so that it holds for days gone by as well.
    pub fn active_for(&self, purpose: &str, day: NaiveDate) -> Result<(), WhyNot> {
        let Some(approval) = self.approvals.iter().find(|approval| approval.in_force_on(day))
        else {
            let over = self.approvals.iter().any(|approval| approval.end() <= day);
            return Err(if over { WhyNot::ApprovalOver } else { WhyNot::NotApproved });
        };
        if suspended_on(&self.states, day) {
            return Err(WhyNot::Suspended);
        }
        let covered = approval.purposes.iter().any(|covered| covered == purpose);
        if covered { Ok(()) } else { Err(WhyNot::PurposeNotCovered) }
    }
}

/// A family's states alone, and the version of the family that they belong to.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = carer_families, check_for_backend(Pg))]
pub struct Stages {
    #[diesel(select_expression = parts(PERIODS, "t.place", ""))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<KeptStatePeriod>)]
    pub states: Vec<CarerStatePeriod>,
    pub version: i64,
}

text_enum! {
    /// Why no child may come to live with a family on a day.
    pub enum WhyNot {
        NotApproved = "not_approved",
        ApprovalOver = "approval_over",
        Suspended = "suspended",
        PurposeNotCovered = "purpose_not_covered",
    }
}

impl WhyNot {
    /// What is wrong and what would make it pass, in words that a refusal can carry.
    #[must_use]
    pub fn detail(self) -> &'static str {
        match self {
            Self::NotApproved => "the carer family is not approved yet on that day",
            Self::ApprovalOver => "the carer family's approval is over on that day and not renewed",
            Self::Suspended => "the carer family's approval is suspended on that day",
            Self::PurposeNotCovered => {
                "the carer family's approval does not cover this kind of care"
            }
        }
    }
}

impl fmt::Debug for CarerFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarerFamily({})", self.id)
    }
}

record!(CarerFamily {
    name: "carer_family",
    id: "CarerFamilyId",
    example: "6b8f2c1e-4a3d-4e5f-9a7b-1c2d3e4f5a6b",
    personal: true,
    person: true,
});

impl CarerFamily {
    /// Whether its approval was suspended on that day.
    #[must_use]
    pub fn suspended_on(&self, day: NaiveDate) -> bool {
        suspended_on(&self.states, day)
    }

    /// Whether it takes no child on that day by its own wish.
    #[must_use]
    pub fn on_hold_on(&self, day: NaiveDate) -> bool {
        self.on_hold_from.is_some_and(|from| within(day, from, self.on_hold_to))
    }

    /// What was true of it on that day: its state, and what had been done by then. Nothing if it had
    /// not come to the registry yet.
    #[must_use]
    pub fn as_of(mut self, day: NaiveDate) -> Option<Self> {
        self.states.retain(|period| period.valid_from <= day);
        self.external_ids.retain(|id| id.valid_on(day));
        self.checks.retain(|check| check.completed_on <= day);
        self.trainings.retain(|training| training.completed_on <= day);
        let last = self.states.last_mut()?;
        last.valid_to = None;
        (self.state, self.state_since) = (last.state, last.valid_from);
        Some(self)
    }

    /// Refuses members that do not go together.
    pub fn check(&self) -> Result<()> {
        let on_hold = self.on_hold_from;
        let ages = (self.preferred_age_min, self.preferred_age_max);
        let applicants =
            self.persons.iter().filter(|person| person.role == CarerRole::Applicant).count();
        let wrong = [
            (
                self.lat.is_some() != self.lon.is_some(),
                "/lat",
                "half_a_place",
                "latitude and longitude go together",
            ),
            (
                matches!(ages, (Some(min), Some(max)) if max < min),
                "/preferred_age_max",
                "out_of_order",
                "must not be less than preferred_age_min",
            ),
            (
                on_hold.is_none() && self.on_hold_to.is_some(),
                "/on_hold_to",
                "without_start",
                "needs on_hold_from",
            ),
            (
                on_hold.is_none() && self.on_hold_reason.is_some(),
                "/on_hold_reason",
                "without_start",
                "needs on_hold_from",
            ),
            (
                self.on_hold_to.is_some_and(|to| on_hold.is_some_and(|from| to <= from)),
                "/on_hold_to",
                "out_of_order",
                "must be after on_hold_from",
            ),
            (
                !(1..=2).contains(&applicants),
                "/persons",
                "applicants",
                "must hold one applicant or two",
            ),
        ];
        let mut faults: Vec<Fault> = wrong
            .into_iter()
            .filter(|(wrong, ..)| *wrong)
            .map(|(_, pointer, code, detail)| Fault::new(pointer, code, detail))
            .collect();
        external_id::check(&self.external_ids, &mut faults);
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

#[cfg(test)]
mod tests;
