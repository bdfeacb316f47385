//! What callers send about carer families.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::{CarerCheckResult, CarerFamily, CarerRole, CarerSex, CarerTrainingKind};
use crate::{
    platform::{
        external_id::ExternalId,
        items::{Code, LanguageTag, Line, codes, language_tags, lines},
        patch::{non_null, present},
    },
    reference::organisations::OrganisationId,
};

/// A person of a new household.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCarerPerson {
    /// Applicant or another person of the household.
    pub role: CarerRole,
    /// Given names.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Milica")]
    pub given_name: String,
    /// Family name.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Janković")]
    pub family_name: String,
    /// Birth date.
    #[schema(example = "1984-05-17")]
    pub birth_date: NaiveDate,
}

/// A person of a household as it is now.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarerPersonDetails {
    /// The person's id, if the household has this person already; left out for somebody new.
    #[serde(default)]
    #[schema(nullable = false, example = "1f4e2d3c-5b6a-4978-8695-a4b3c2d1e0f9")]
    pub id: Option<Uuid>,
    /// Applicant or another person of the household.
    pub role: CarerRole,
    /// Given names.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Milica")]
    pub given_name: String,
    /// Family name.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Janković")]
    pub family_name: String,
    /// Birth date.
    #[schema(example = "1984-05-17")]
    pub birth_date: NaiveDate,
}

impl From<&NewCarerPerson> for CarerPersonDetails {
    fn from(person: &NewCarerPerson) -> Self {
        Self {
            id: None,
            role: person.role,
            given_name: person.given_name.clone(),
            family_name: person.family_name.clone(),
            birth_date: person.birth_date,
        }
    }
}

/// A family that asks to become carers.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCarerFamily {
    /// Day on which it first asked; today unless said.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-01-05")]
    pub enquired_on: Option<NaiveDate>,
    /// Its numbers in other systems; those of persons have no place here.
    #[serde(default)]
    #[validate(nested, length(max = 20))]
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
    /// Kinds of care that it offers: codes of the list `carer_purpose`.
    #[validate(length(min = 1, max = 20), custom(function = "codes"))]
    #[schema(value_type = Vec<Code>, inline, min_items = 1, max_items = 20, example = json!(["foster", "emergency"]))]
    pub purposes: Vec<String>,
    /// The organisation that looks after the family; the client's own one unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Code of the area in which it lives.
    #[validate(length(min = 2, max = 32))]
    #[schema(min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: String,
    /// Lines of its address, each of 1 to 200 characters.
    #[serde(default)]
    #[validate(length(max = 5), custom(function = "lines"))]
    #[schema(value_type = Vec<Line>, inline, max_items = 5, example = json!(["Lipova 12"]))]
    pub address_lines: Vec<String>,
    /// Town or village.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Niš")]
    pub locality: Option<String>,
    /// Postcode.
    #[serde(default)]
    #[validate(length(min = 1, max = 20))]
    #[schema(nullable = false, min_length = 1, max_length = 20, example = "18000")]
    pub postcode: Option<String>,
    /// Latitude of its home, in degrees (WGS 84); goes with `lon`.
    #[serde(default)]
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(nullable = false, minimum = -90, maximum = 90, example = 43.3209)]
    pub lat: Option<f64>,
    /// Longitude of its home, in degrees (WGS 84); goes with `lat`.
    #[serde(default)]
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(nullable = false, minimum = -180, maximum = 180, example = 21.8958)]
    pub lon: Option<f64>,
    /// Languages spoken at home (BCP 47).
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "language_tags"))]
    #[schema(value_type = Vec<LanguageTag>, inline, max_items = 20, example = json!(["sr", "rom"]))]
    pub languages: Vec<String>,
    /// Youngest age that it wishes, in whole years.
    #[serde(default)]
    #[validate(range(min = 0, max = 25))]
    #[schema(nullable = false, minimum = 0, maximum = 25, example = 0)]
    pub preferred_age_min: Option<i32>,
    /// Oldest age that it wishes, in whole years.
    #[serde(default)]
    #[validate(range(min = 0, max = 25))]
    #[schema(nullable = false, minimum = 0, maximum = 25, example = 10)]
    pub preferred_age_max: Option<i32>,
    /// Sex of the children that it wishes; any unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub preferred_sex: Option<CarerSex>,
    /// Largest group of siblings that it would take; no wish if left out.
    #[serde(default)]
    #[validate(range(min = 1, max = 12))]
    #[schema(nullable = false, minimum = 1, maximum = 12, example = 3)]
    pub sibling_group_max: Option<i32>,
    /// Whether it would take a child with a disability; false unless said.
    #[serde(default)]
    #[schema(example = true)]
    pub accepts_disability: bool,
    /// Kinds of disability that it would take: codes of the list `disability`; any if none is given.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "codes"))]
    #[schema(value_type = Vec<Code>, inline, max_items = 20, example = json!(["hearing"]))]
    pub disability_types: Vec<String>,
    /// Whether it takes children in an emergency, day and night; false unless said.
    #[serde(default)]
    #[schema(example = true)]
    pub emergency: bool,
    /// Whether a centre for foster care supports it; false unless said.
    #[serde(default)]
    #[schema(example = true)]
    pub supported_by_centre: bool,
    /// One applicant or two, and the other people of the household.
    #[validate(nested, length(min = 1, max = 20))]
    #[schema(min_items = 1, max_items = 20)]
    pub persons: Vec<NewCarerPerson>,
}

/// A change of a carer family: members that are left out stay as they are.
#[derive(Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarerFamilyPatch {
    /// Its numbers in other systems, all of them; those of persons have no place here.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested, length(max = 20))]
    #[schema(nullable = false, max_items = 20)]
    pub external_ids: Option<Vec<ExternalId>>,
    /// Kinds of care that it offers: codes of the list `carer_purpose`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 20), custom(function = "codes"))]
    #[schema(value_type = Option<Vec<Code>>, inline, nullable = false, min_items = 1, max_items = 20, example = json!(["foster"]))]
    pub purposes: Option<Vec<String>>,
    /// Code of the area in which it lives.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 2, max = 32))]
    #[schema(nullable = false, min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: Option<String>,
    /// Lines of its address, each of 1 to 200 characters.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 5), custom(function = "lines"))]
    #[schema(value_type = Option<Vec<Line>>, inline, nullable = false, max_items = 5, example = json!(["Lipova 12"]))]
    pub address_lines: Option<Vec<String>>,
    /// Town or village; null if unknown.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 100))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "Niš")]
    pub locality: Option<Option<String>>,
    /// Postcode; null if unknown.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 20))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 20, example = "18000")]
    pub postcode: Option<Option<String>>,
    /// Latitude of its home, in degrees (WGS 84); null, with `lon`, if unknown.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(value_type = Option<f64>, minimum = -90, maximum = 90, example = 43.3209)]
    pub lat: Option<Option<f64>>,
    /// Longitude of its home, in degrees (WGS 84); null, with `lat`, if unknown.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(value_type = Option<f64>, minimum = -180, maximum = 180, example = 21.8958)]
    pub lon: Option<Option<f64>>,
    /// Languages spoken at home (BCP 47).
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 20), custom(function = "language_tags"))]
    #[schema(value_type = Option<Vec<LanguageTag>>, inline, nullable = false, max_items = 20, example = json!(["sr", "rom"]))]
    pub languages: Option<Vec<String>>,
    /// Youngest age that it wishes, in whole years; null for no wish.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 0, max = 25))]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 25, example = 0)]
    pub preferred_age_min: Option<Option<i32>>,
    /// Oldest age that it wishes, in whole years; null for no wish.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 0, max = 25))]
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 25, example = 10)]
    pub preferred_age_max: Option<Option<i32>>,
    /// Sex of the children that it wishes.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub preferred_sex: Option<CarerSex>,
    /// Largest group of siblings that it would take; null for no wish.
    #[serde(default, deserialize_with = "present")]
    #[validate(range(min = 1, max = 12))]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 12, example = 3)]
    pub sibling_group_max: Option<Option<i32>>,
    /// Whether it would take a child with a disability.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false, example = true)]
    pub accepts_disability: Option<bool>,
    /// Kinds of disability that it would take: codes of the list `disability`; any if empty.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 20), custom(function = "codes"))]
    #[schema(value_type = Option<Vec<Code>>, inline, nullable = false, max_items = 20, example = json!(["hearing"]))]
    pub disability_types: Option<Vec<String>>,
    /// Whether it takes children in an emergency, day and night.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false, example = true)]
    pub emergency: Option<bool>,
    /// First day on which it takes no child for the time being; null, with the other two, if it does.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, example = "2026-07-01")]
    pub on_hold_from: Option<Option<NaiveDate>>,
    /// First day on which it takes children again; null while that is open.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, example = "2026-08-01")]
    pub on_hold_to: Option<Option<NaiveDate>>,
    /// Why it takes none.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 2000))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2000, example = "A child of their own is being born.")]
    pub on_hold_reason: Option<Option<String>>,
    /// Whether a centre for foster care supports it.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false, example = true)]
    pub supported_by_centre: Option<bool>,
    /// The whole household: people known by their id, new ones without; who is left out has left.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested, length(min = 1, max = 20))]
    #[schema(nullable = false, min_items = 1, max_items = 20)]
    pub persons: Option<Vec<CarerPersonDetails>>,
}

impl CarerFamilyPatch {
    /// Changes the family's own members; its people are the store's.
    pub fn apply(&self, family: &mut CarerFamily) {
        fn set<T: Clone>(to: &mut T, from: Option<&T>) {
            if let Some(from) = from {
                to.clone_from(from);
            }
        }
        set(&mut family.external_ids, self.external_ids.as_ref());
        set(&mut family.purposes, self.purposes.as_ref());
        set(&mut family.area_code, self.area_code.as_ref());
        set(&mut family.address_lines, self.address_lines.as_ref());
        set(&mut family.locality, self.locality.as_ref());
        set(&mut family.postcode, self.postcode.as_ref());
        set(&mut family.lat, self.lat.as_ref());
        set(&mut family.lon, self.lon.as_ref());
        set(&mut family.languages, self.languages.as_ref());
        set(&mut family.preferred_age_min, self.preferred_age_min.as_ref());
        set(&mut family.preferred_age_max, self.preferred_age_max.as_ref());
        set(&mut family.preferred_sex, self.preferred_sex.as_ref());
        set(&mut family.sibling_group_max, self.sibling_group_max.as_ref());
        set(&mut family.accepts_disability, self.accepts_disability.as_ref());
        set(&mut family.disability_types, self.disability_types.as_ref());
        set(&mut family.emergency, self.emergency.as_ref());
        set(&mut family.on_hold_from, self.on_hold_from.as_ref());
        set(&mut family.on_hold_to, self.on_hold_to.as_ref());
        set(&mut family.on_hold_reason, self.on_hold_reason.as_ref());
        set(&mut family.supported_by_centre, self.supported_by_centre.as_ref());
    }
}

/// A check that was completed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCarerCheck {
    /// Kind: a code of the list `carer_check_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "criminal_record")]
    pub kind: String,
    /// The person who was checked; left out if it was the home or the family as a whole.
    #[serde(default)]
    #[schema(nullable = false, example = "1f4e2d3c-5b6a-4978-8695-a4b3c2d1e0f9")]
    pub person_id: Option<Uuid>,
    /// Day on which it was completed, not in the future.
    #[schema(example = "2026-01-10")]
    pub completed_on: NaiveDate,
    /// What it found.
    pub result: CarerCheckResult,
    /// First day on which it is valid no longer; valid for good if left out.
    #[serde(default)]
    #[schema(nullable = false, example = "2029-01-10")]
    pub valid_until: Option<NaiveDate>,
}

/// Training that was completed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCarerTraining {
    /// Name of the programme.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Safe and strong")]
    pub programme: String,
    /// Before the approval, or after it.
    pub kind: CarerTrainingKind,
    /// The person who was trained; left out if it was every applicant.
    #[serde(default)]
    #[schema(nullable = false, example = "1f4e2d3c-5b6a-4978-8695-a4b3c2d1e0f9")]
    pub person_id: Option<Uuid>,
    /// Its length.
    #[validate(range(min = 1, max = 2000))]
    #[schema(minimum = 1, maximum = 2000, example = 33)]
    pub hours: i32,
    /// Day on which it was completed, not in the future.
    #[schema(example = "2026-02-01")]
    pub completed_on: NaiveDate,
}

/// When a step was taken, and why.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarerStepRequest {
    /// Day of the step: not in the future, and not before the family's last one.
    #[schema(example = "2026-01-12")]
    pub on: NaiveDate,
    /// Why, in words.
    #[serde(default)]
    #[validate(length(min = 1, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 2000,
        example = "All papers are there."
    )]
    pub reason: Option<String>,
    /// Number of the decision, if there was one.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "560-0142/2026")]
    pub decision_no: Option<String>,
}
