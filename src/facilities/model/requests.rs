//! What callers say about facilities.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{AcceptedSex, FacilityAccepts, LargeFacilityException};
use crate::{
    platform::{
        error::{Error, Fault, Result},
        external_id::ExternalId,
        patch::{non_null, present},
    },
    reference::organisations::OrganisationId,
};

/// An application for the registration of a facility.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFacility {
    /// Its numbers in other systems.
    #[serde(default)]
    #[validate(nested, length(max = 20))]
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
    /// Its name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Children's Home Lipov Hlad")]
    pub name: String,
    /// Its type: a code of the list `facility_type`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "small_group_home")]
    pub facility_type: String,
    /// Who owns it: a code of the list `ownership`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "own_authority")]
    pub ownership: String,
    /// The organisation that runs it.
    pub operator_id: OrganisationId,
    /// Code of the area that it lies in.
    #[validate(length(min = 2, max = 32))]
    #[schema(min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: String,
    /// Its address.
    #[serde(default)]
    #[validate(length(min = 1, max = 300))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 300,
        example = "Vojvode Tankosića 15, Niš"
    )]
    pub address: Option<String>,
    /// Latitude in degrees (WGS 84).
    #[serde(default)]
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(nullable = false, minimum = -90, maximum = 90, example = 43.3209)]
    pub lat: Option<f64>,
    /// Longitude in degrees (WGS 84).
    #[serde(default)]
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(nullable = false, minimum = -180, maximum = 180, example = 21.8958)]
    pub lon: Option<f64>,
    /// The day of the application, today at the latest; today unless said.
    #[serde(default)]
    #[schema(nullable = false, example = "1998-03-01")]
    pub applied_on: Option<NaiveDate>,
    /// The day on which it opened or is to open.
    #[serde(default)]
    #[schema(nullable = false, example = "1998-09-01")]
    pub opened_on: Option<NaiveDate>,
    /// Which children it takes.
    #[validate(nested)]
    pub accepts: FacilityAccepts,
    /// What it is for and how it works (UN Guidelines ¶73).
    #[serde(default)]
    #[validate(length(min = 1, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 4000,
        example = "A home for eight children who wait for a family."
    )]
    pub statement_of_purpose: Option<String>,
    /// Needed for an `institution_large` and an `infant_home` (`FA-04`).
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub large_facility_exception: Option<LargeFacilityException>,
}

/// A change of which children a facility takes.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacilityAcceptsPatch {
    /// Lowest age in whole years.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(range(min = 0, max = 26))]
    #[schema(nullable = false, minimum = 0, maximum = 26, example = 7)]
    pub age_min: Option<i32>,
    /// Highest age in whole years.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(range(min = 0, max = 26))]
    #[schema(nullable = false, minimum = 0, maximum = 26, example = 17)]
    pub age_max: Option<i32>,
    /// Sex.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub sex: Option<AcceptedSex>,
    /// Whether it can care for children with disabilities.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false, example = true)]
    pub disability: Option<bool>,
    /// Whether it takes children in an emergency, day and night.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false, example = true)]
    pub emergency: Option<bool>,
    /// Whether it takes siblings together.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false, example = true)]
    pub siblings: Option<bool>,
}

impl FacilityAcceptsPatch {
    /// What stands after the change.
    #[must_use]
    pub fn apply(&self, to: &FacilityAccepts) -> FacilityAccepts {
        FacilityAccepts {
            age_min: self.age_min.unwrap_or(to.age_min),
            age_max: self.age_max.unwrap_or(to.age_max),
            sex: self.sex.unwrap_or(to.sex),
            disability: self.disability.unwrap_or(to.disability),
            emergency: self.emergency.unwrap_or(to.emergency),
            siblings: self.siblings.unwrap_or(to.siblings),
        }
    }
}

/// A change of a facility: members that are left out stay as they are.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(clippy::option_option, reason = "absent, null and a value are three things in a patch")]
pub struct FacilityPatch {
    /// Its numbers in other systems, all of them.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested, length(max = 20))]
    #[schema(nullable = false, max_items = 20)]
    pub external_ids: Option<Vec<ExternalId>>,
    /// Its name.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 200))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        example = "Children's Home Lipov Hlad"
    )]
    pub name: Option<String>,
    /// Its type: a code of the list `facility_type`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "small_group_home")]
    pub facility_type: Option<String>,
    /// Who owns it: a code of the list `ownership`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "ngo")]
    pub ownership: Option<String>,
    /// The organisation that runs it.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub operator_id: Option<OrganisationId>,
    /// Code of the area that it lies in.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 2, max = 32))]
    #[schema(nullable = false, min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: Option<String>,
    /// Its address; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 300))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 300, example = "Vojvode Tankosića 15, Niš")]
    pub address: Option<Option<String>>,
    /// Latitude in degrees (WGS 84); null removes it, together with the longitude.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(value_type = Option<f64>, minimum = -90, maximum = 90, example = 43.3209)]
    pub lat: Option<Option<f64>>,
    /// Longitude in degrees (WGS 84); null removes it, together with the latitude.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(value_type = Option<f64>, minimum = -180, maximum = 180, example = 21.8958)]
    pub lon: Option<Option<f64>>,
    /// The day on which it opened; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, example = "1998-09-01")]
    pub opened_on: Option<Option<NaiveDate>>,
    /// Which children it takes.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub accepts: Option<FacilityAcceptsPatch>,
    /// What it is for and how it works; null removes it.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 4000))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4000, example = "A home for eight children who wait for a family.")]
    pub statement_of_purpose: Option<Option<String>>,
    /// Needed to turn a facility into an `institution_large` or an `infant_home` (`FA-04`).
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub large_facility_exception: Option<LargeFacilityException>,
}

/// A step of a facility that needs no reason.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacilityStepRequest {
    /// The day on which it takes effect: today at the latest, and not before the step before.
    #[schema(example = "2026-03-02")]
    pub on: NaiveDate,
    /// Why.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 1000,
        example = "All conditions are met."
    )]
    pub reason: Option<String>,
    /// Number of the decision.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(nullable = false, min_length = 1, max_length = 64, example = "550-01-112/2026")]
    pub decision_no: Option<String>,
}

/// A measure against a facility, or its closing.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacilityMeasure {
    /// The day on which it takes effect: today at the latest, and not before the step before.
    #[schema(example = "2026-03-02")]
    pub on: NaiveDate,
    /// Why; for conditions, what they are. It names no child.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "Two carers must be present at night.")]
    pub reason: String,
    /// Number of the decision.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(nullable = false, min_length = 1, max_length = 64, example = "550-01-112/2026")]
    pub decision_no: Option<String>,
}

impl From<FacilityMeasure> for FacilityStepRequest {
    fn from(measure: FacilityMeasure) -> Self {
        let FacilityMeasure { on, reason, decision_no } = measure;
        Self { on, reason: Some(reason), decision_no }
    }
}

/// A registration, or the renewal of one.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacilityRegistration {
    /// The day of the decision: today at the latest, and not before the step before.
    #[schema(example = "2026-03-02")]
    pub on: NaiveDate,
    /// Number in the register of providers.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "SZ-0112/2026")]
    pub number: String,
    /// The authority that grants it.
    pub granted_by: OrganisationId,
    /// First day on which it is valid; the day of the decision unless said. A renewal granted ahead
    /// begins when the registration before it ends.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-03-02")]
    pub valid_from: Option<NaiveDate>,
    /// First day on which it is valid no longer; without end unless said.
    #[serde(default)]
    #[schema(nullable = false, example = "2032-03-02")]
    pub valid_to: Option<NaiveDate>,
    /// The conditions that it carries.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 1000,
        example = "A night shift of two."
    )]
    pub conditions: Option<String>,
    /// Why.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 1000,
        example = "All standards are met."
    )]
    pub reason: Option<String>,
    /// Number of the decision.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(nullable = false, min_length = 1, max_length = 64, example = "550-01-112/2026")]
    pub decision_no: Option<String>,
}

/// Refuses what fits together badly: ages in the wrong order, half a place on the map.
pub fn check_whole(accepts: &FacilityAccepts, lat: Option<f64>, lon: Option<f64>) -> Result<()> {
    let mut faults = Vec::new();
    if accepts.age_min > accepts.age_max {
        let detail = "must not be below the lowest age";
        faults.push(Fault::new("/accepts/age_max", "out_of_order", detail));
    }
    if lat.is_some() != lon.is_some() {
        faults.push(Fault::new("/lat", "half_a_place", "latitude and longitude go together"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}
