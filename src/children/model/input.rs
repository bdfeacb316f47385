//! What a client sends to register or change a child.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::child::{Child, ChildId, ChildName, DatePrecision, YesNoUnknown};
use crate::{
    platform::{
        external_id::ExternalId,
        items::{Citizenship, Code, LanguageTag, codes, countries, language_tags},
        patch::{non_null, present},
    },
    reference::organisations::OrganisationId,
};

/// A child to be registered. It has either a birth date or an expected one.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "names": [{"use": "official", "given": "Jelena", "family": "Đorđević"}],
    "sex": "female", "birth_date": "2017-05-14", "birth_registered": "yes", "citizenships": ["RS"],
    "languages": ["sr"], "area_code": "RS-20", "registration_basis": "without_parental_care",
    "parental_status": "mother_dead", "disability_status": "no",
}))]
pub struct NewChild {
    /// Its names; none for a child that has none yet.
    #[serde(default)]
    #[validate(nested, length(max = 20))]
    #[schema(max_items = 20)]
    pub names: Vec<ChildName>,
    /// Its numbers in other systems.
    #[serde(default)]
    #[validate(nested, length(max = 20))]
    #[schema(max_items = 20)]
    pub external_ids: Vec<ExternalId>,
    /// Sex as on the birth certificate: a code of the list `sex`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "female")]
    pub sex: String,
    /// Day of birth, not in the future. Unknown day of a known month: the 15th, with precision
    /// `month`.
    #[serde(default)]
    #[schema(nullable = false, example = "2017-05-14")]
    pub birth_date: Option<NaiveDate>,
    /// How exactly the day of birth is known; `day` unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub birth_date_precision: Option<DatePrecision>,
    /// Day on which the birth is expected: today or in the coming ten months.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-09-01")]
    pub expected_birth_date: Option<NaiveDate>,
    /// Whether the birth is registered; `unknown` unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub birth_registered: Option<YesNoUnknown>,
    /// Citizenships: ISO 3166-1 alpha-2, or `stateless`; each once.
    #[serde(default)]
    #[validate(length(max = 10), custom(function = "countries"))]
    #[schema(value_type = Vec<Citizenship>, inline, max_items = 10, example = json!(["RS"]))]
    pub citizenships: Vec<String>,
    /// Ethnicity as the child, a parent or a carer declares it: a code of the list `ethnicity`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "serb")]
    pub ethnicity: Option<String>,
    /// Languages that the child speaks, the first language first (BCP 47); each once.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "language_tags"))]
    #[schema(value_type = Vec<LanguageTag>, inline, max_items = 20, example = json!(["sr"]))]
    pub languages: Vec<String>,
    /// The authority that is responsible for the child; the client's own organisation unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Code of the area of habitual residence, from which the child comes.
    #[validate(length(min = 2, max = 32))]
    #[schema(min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: String,
    /// Why the child is registered: a code of the list `registration_basis`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "without_parental_care")]
    pub registration_basis: String,
    /// Whether the parents are alive: a code of the list `parental_status`; `unknown` unless said.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "mother_dead")]
    pub parental_status: Option<String>,
    /// Why the child is without parental care: a code of the list `cause_no_parental_care`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "orphan")]
    pub cause_without_parental_care: Option<String>,
    /// Whether the child has a disability: a code of the list `disability_status`; `not_assessed`
    /// unless said.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "no")]
    pub disability_status: Option<String>,
    /// What a placement has to be able to meet: codes of the list `special_need`, each once.
    #[serde(default)]
    #[validate(length(max = 30), custom(function = "codes"))]
    #[schema(value_type = Vec<Code>, inline, max_items = 30, example = json!(["language_continuity"]))]
    pub special_needs: Vec<String>,
    /// Whether the child came without its parents: a code of the list `unaccompanied_status`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "none")]
    pub unaccompanied_status: Option<String>,
    /// Whether the child is a parent.
    #[serde(default)]
    #[schema(example = false)]
    pub is_parent: bool,
    /// Who may see the record: `internal`, `restricted` (unless said) or `highly_restricted`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "restricted")]
    pub confidentiality: Option<String>,
}

impl NewChild {
    /// The record that this makes, before its rules are checked.
    pub fn into_child(self, registry_no: String, today: NaiveDate) -> Child {
        let code = |given: Option<String>, default: &str| given.unwrap_or(default.to_owned());
        Child {
            id: ChildId::generate(),
            registry_no,
            names: self.names,
            external_ids: self.external_ids,
            sex: self.sex,
            birth_date: self.birth_date,
            birth_date_precision: self
                .birth_date_precision
                .or_else(|| self.birth_date.map(|_| DatePrecision::Day)),
            expected_birth_date: self.expected_birth_date,
            death_date: None,
            birth_registered: self.birth_registered.unwrap_or(YesNoUnknown::Unknown),
            citizenships: self.citizenships,
            ethnicity: self.ethnicity,
            languages: self.languages,
            organisation_id: self.organisation_id,
            area_code: self.area_code,
            registration_basis: self.registration_basis,
            parental_status: code(self.parental_status, "unknown"),
            cause_without_parental_care: self.cause_without_parental_care,
            disability_status: code(self.disability_status, "not_assessed"),
            special_needs: self.special_needs,
            unaccompanied_status: self.unaccompanied_status,
            is_parent: self.is_parent,
            adopted_on: None,
            confidentiality: code(self.confidentiality, "restricted"),
            correction_reason: None,
            merged_into: None,
            created_on: today,
            version: 1,
        }
    }
}

/// A change of a child: members that are left out stay as they are, lists are replaced whole, null
/// removes what may be absent.
#[derive(Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "birth_date": "2017-05-15", "correction_reason": "Birth certificate seen: the day was mistyped.",
}))]
pub struct ChildPatch {
    /// All its names. A name that is no longer borne stays in the list, with `valid_to`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested, length(max = 20))]
    #[schema(nullable = false, max_items = 20)]
    pub names: Option<Vec<ChildName>>,
    /// All its numbers in other systems.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested, length(max = 20))]
    #[schema(nullable = false, max_items = 20)]
    pub external_ids: Option<Vec<ExternalId>>,
    /// Sex as on the birth certificate. Another one is a correction (DI-02).
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "female")]
    pub sex: Option<String>,
    /// Day of birth. Another one is a correction (DI-02); the first one, when an expected child is
    /// born, is not, and goes with `expected_birth_date: null`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, example = "2017-05-15")]
    pub birth_date: Option<Option<NaiveDate>>,
    /// How exactly the day of birth is known.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub birth_date_precision: Option<DatePrecision>,
    /// Day on which the birth is expected.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, example = "2026-09-01")]
    pub expected_birth_date: Option<Option<NaiveDate>>,
    /// Day of death, not in the future and not before birth.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, example = "2026-10-12")]
    pub death_date: Option<Option<NaiveDate>>,
    /// Whether the birth is registered.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub birth_registered: Option<YesNoUnknown>,
    /// Citizenships: ISO 3166-1 alpha-2, or `stateless`; each once.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 10), custom(function = "countries"))]
    #[schema(value_type = Option<Vec<Citizenship>>, inline, nullable = false, max_items = 10, example = json!(["RS"]))]
    pub citizenships: Option<Vec<String>>,
    /// Ethnicity as declared: a code of the list `ethnicity`. Another one in the place of a declared
    /// one is a correction (DI-02).
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 60))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60, example = "serb")]
    pub ethnicity: Option<Option<String>>,
    /// Languages that the child speaks, the first language first (BCP 47); each once.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 20), custom(function = "language_tags"))]
    #[schema(value_type = Option<Vec<LanguageTag>>, inline, nullable = false, max_items = 20, example = json!(["sr"]))]
    pub languages: Option<Vec<String>>,
    /// Code of the area of habitual residence.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 2, max = 32))]
    #[schema(nullable = false, min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: Option<String>,
    /// Why the child is registered: a code of the list `registration_basis`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "without_parental_care")]
    pub registration_basis: Option<String>,
    /// Whether the parents are alive: a code of the list `parental_status`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "both_dead")]
    pub parental_status: Option<String>,
    /// Why the child is without parental care: a code of the list `cause_no_parental_care`.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 60))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60, example = "orphan")]
    pub cause_without_parental_care: Option<Option<String>>,
    /// Whether the child has a disability: a code of the list `disability_status`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "no")]
    pub disability_status: Option<String>,
    /// What a placement has to be able to meet: codes of the list `special_need`, each once.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 30), custom(function = "codes"))]
    #[schema(value_type = Option<Vec<Code>>, inline, nullable = false, max_items = 30, example = json!(["language_continuity"]))]
    pub special_needs: Option<Vec<String>>,
    /// Whether the child came without its parents: a code of the list `unaccompanied_status`.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 60))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60, example = "none")]
    pub unaccompanied_status: Option<Option<String>>,
    /// Whether the child is a parent.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false, example = true)]
    pub is_parent: Option<bool>,
    /// Day of the final adoption order, not in the future and not before birth.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, example = "2026-11-20")]
    pub adopted_on: Option<Option<NaiveDate>>,
    /// Who may see the record: `internal`, `restricted` or `highly_restricted`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "highly_restricted")]
    pub confidentiality: Option<String>,
    /// Why birth date, sex or ethnicity are corrected. It stays on the record until the next
    /// correction.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 10, max = 1000))]
    #[schema(
        nullable = false,
        min_length = 10,
        max_length = 1000,
        example = "Birth certificate seen: the day was mistyped."
    )]
    pub correction_reason: Option<String>,
}

impl ChildPatch {
    /// The record with these changes, before its rules are checked.
    pub fn apply(&self, mut child: Child) -> Child {
        set(&mut child.names, self.names.as_ref());
        set(&mut child.external_ids, self.external_ids.as_ref());
        set(&mut child.sex, self.sex.as_ref());
        set(&mut child.birth_date, self.birth_date.as_ref());
        set(&mut child.expected_birth_date, self.expected_birth_date.as_ref());
        set(&mut child.death_date, self.death_date.as_ref());
        set(&mut child.birth_registered, self.birth_registered.as_ref());
        set(&mut child.citizenships, self.citizenships.as_ref());
        set(&mut child.ethnicity, self.ethnicity.as_ref());
        set(&mut child.languages, self.languages.as_ref());
        set(&mut child.area_code, self.area_code.as_ref());
        set(&mut child.registration_basis, self.registration_basis.as_ref());
        set(&mut child.parental_status, self.parental_status.as_ref());
        set(&mut child.cause_without_parental_care, self.cause_without_parental_care.as_ref());
        set(&mut child.disability_status, self.disability_status.as_ref());
        set(&mut child.special_needs, self.special_needs.as_ref());
        set(&mut child.unaccompanied_status, self.unaccompanied_status.as_ref());
        set(&mut child.is_parent, self.is_parent.as_ref());
        set(&mut child.adopted_on, self.adopted_on.as_ref());
        set(&mut child.confidentiality, self.confidentiality.as_ref());
        child.correction_reason = self.correction_reason.clone().or(child.correction_reason);
        // A precision goes with its date: it comes with the birth and leaves with it.
        child.birth_date_precision = match child.birth_date {
            Some(_) => self
                .birth_date_precision
                .or(child.birth_date_precision)
                .or(Some(DatePrecision::Day)),
            None => self.birth_date_precision,
        };
        child
    }
}

fn set<T: Clone>(member: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        member.clone_from(value);
    }
}
