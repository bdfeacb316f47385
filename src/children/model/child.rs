//! The child's record: what the API shows and the journal keeps.
use std::fmt;

use chrono::{Datelike as _, Months, NaiveDate};
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::super::store::parts;
use crate::{
    platform::{
        disclosure::mention,
        external_id::{ExternalId, KeptExternalId},
        gathered::{Gathered, Parts},
        id::{Id, Kind},
        time::within,
        vault::Opened,
    },
    record,
    reference::organisations::OrganisationId,
    schema::children,
    sealed_columns, text_enum,
};

pub type ChildId = Id<Child>;

text_enum! {
    /// How exactly a date is known.
    pub enum DatePrecision {
        Day = "day",
        Month = "month",
        Year = "year",
        Estimated = "estimated",
    }
}

impl DatePrecision {
    /// The latest day that a day of this precision may stand for.
    #[must_use]
    pub fn latest(self, day: NaiveDate) -> NaiveDate {
        let last = match self {
            Self::Day => Some(day),
            Self::Month => day
                .with_day(1)
                .and_then(|first| first.checked_add_months(Months::new(1)))
                .and_then(|next| next.pred_opt()),
            Self::Year | Self::Estimated => NaiveDate::from_ymd_opt(day.year(), 12, 31),
        };
        last.unwrap_or(day)
    }
}

text_enum! {
    /// An answer that may be missing.
    pub enum YesNoUnknown {
        Yes = "yes",
        No = "no",
        Unknown = "unknown",
    }
}

/// A child of the registry. It is registered while under 18; the record lives on into aftercare.
#[derive(
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = children, treat_none_as_null = true, check_for_backend(Pg), treat_none_as_default_value = false)]
#[schema(example = json!({
    "id": Child::EXAMPLE,
    "registry_no": "CH-2026-000123-07",
    "names": [{"use": "official", "given": "Jelena", "family": "Đorđević"}],
    "external_ids": [{"system": "urn:kinstead:rs:jmbg", "value": "1405017715007"}],
    "sex": "female",
    "birth_date": "2017-05-14",
    "birth_date_precision": "day",
    "birth_registered": "yes",
    "citizenships": ["RS"],
    "ethnicity": "serb",
    "languages": ["sr"],
    "organisation_id": "0199a5b2-0003-7000-8000-000000000001",
    "area_code": "RS-20",
    "registration_basis": "without_parental_care",
    "parental_status": "mother_dead",
    "cause_without_parental_care": "parents_temporarily_unable",
    "disability_status": "no",
    "special_needs": ["language_continuity"],
    "is_parent": false,
    "confidentiality": "restricted",
    "created_on": "2026-03-02",
    "version": 1,
}))]
pub struct Child {
    pub id: ChildId,
    /// Number for people: it can be read aloud, and its last two digits find typing errors.
    #[schema(example = "CH-2026-000123-07")]
    pub registry_no: String,
    /// Its names, the first given first.
    #[diesel(select_expression = parts::names(), select_expression_type = Gathered)]
    #[diesel(deserialize_as = Parts<ChildName>, skip_insertion, skip_update)]
    pub names: Vec<ChildName>,
    /// Its numbers in other systems, national identifiers among them: `urn:kinstead:rs:jmbg` and
    /// `urn:kinstead:uz:pinfl` are checked by their own rules.
    #[diesel(select_expression = parts::external_ids(), select_expression_type = Gathered)]
    #[diesel(deserialize_as = Parts<KeptExternalId>, skip_insertion, skip_update)]
    pub external_ids: Vec<ExternalId>,
    /// Sex as on the birth certificate: a code of the list `sex`.
    #[schema(example = "female")]
    pub sex: String,
    /// Day of birth; absent for a child that is not born yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2017-05-14")]
    pub birth_date: Option<NaiveDate>,
    /// How exactly the day of birth is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub birth_date_precision: Option<DatePrecision>,
    /// Day on which the birth is expected; absent once the child is born.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub expected_birth_date: Option<NaiveDate>,
    /// Day of death, as on the death certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-10-12")]
    pub death_date: Option<NaiveDate>,
    /// Whether the birth is registered (Convention on the Rights of the Child, art. 7).
    pub birth_registered: YesNoUnknown,
    /// Citizenships: ISO 3166-1 alpha-2, or `stateless`.
    #[schema(example = json!(["RS"]))]
    pub citizenships: Vec<String>,
    /// Ethnicity as declared: a code of the national list `ethnicity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "serb")]
    pub ethnicity: Option<String>,
    /// Languages that the child speaks, the first language first (BCP 47).
    #[schema(example = json!(["sr"]))]
    pub languages: Vec<String>,
    /// The authority that is responsible for the child: it and those above it know of the child. It
    /// changes by a transfer that the next one accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Code of the area of habitual residence, from which the child comes.
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// Why the child is in the registry: a code of the list `registration_basis`.
    #[schema(example = "without_parental_care")]
    pub registration_basis: String,
    /// Whether the parents are alive: a code of the list `parental_status`.
    #[schema(example = "mother_dead")]
    pub parental_status: String,
    /// Why the child is without parental care: a code of the list `cause_no_parental_care`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "abandonment_or_relinquishment")]
    pub cause_without_parental_care: Option<String>,
    /// Whether the child has a disability: a code of the list `disability_status`.
    #[schema(example = "no")]
    pub disability_status: String,
    /// What a placement has to be able to meet: codes of the list `special_need`.
    #[schema(example = json!(["language_continuity"]))]
    pub special_needs: Vec<String>,
    /// Whether the child came without its parents: a code of the list `unaccompanied_status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "none")]
    pub unaccompanied_status: Option<String>,
    /// Whether the child is a parent.
    #[schema(example = false)]
    pub is_parent: bool,
    /// Day of the final adoption order. From then on the child is in no alternative care (PL-07).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-11-20")]
    pub adopted_on: Option<NaiveDate>,
    /// Who may see the record: a code of the list `confidentiality`.
    #[schema(example = "restricted")]
    pub confidentiality: String,
    /// Why birth date, sex or ethnicity were corrected the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Birth certificate seen: the day was mistyped.")]
    #[diesel(select_expression = (children::id, children::correction_reason))]
    #[diesel(select_expression_type = (children::id, children::correction_reason))]
    #[diesel(deserialize_as = Opened<children::correction_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub correction_reason: Option<String>,
    /// The record of the same child that this one was merged into. This one is read no more: its address leads there.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "mention")]
    #[schema(value_type = Option<ChildId>, nullable = false)]
    pub merged_into: Option<ChildId>,
    /// Day on which the child was registered.
    #[schema(example = "2026-03-02")]
    pub created_on: NaiveDate,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

/// A name of a child, in any script. At least one of its parts is there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"use": "official", "given": "Jelena", "family": "Đorđević"}))]
pub struct ChildName {
    /// What the name is used for: a code of the list `name_use`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "official")]
    pub r#use: String,
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Jelena")]
    pub given: Option<String>,
    /// Middle name, patronymic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Marko")]
    pub middle: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Đorđević")]
    pub family: Option<String>,
    /// First day on which the child bore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2017-05-14")]
    pub valid_from: Option<NaiveDate>,
    /// First day on which the child no longer bore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2024-02-01")]
    pub valid_to: Option<NaiveDate>,
}

impl ChildName {
    /// The parts that are there, with spaces between.
    #[must_use]
    pub fn whole(&self) -> String {
        let parts = [&self.given, &self.middle, &self.family];
        parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl Child {
    /// The record as it was true on `day`: names and numbers valid then, no death and no adoption
    /// that was still to come.
    #[must_use]
    pub fn on(mut self, day: NaiveDate) -> Self {
        self.names
            .retain(|name| within(day, name.valid_from.unwrap_or(NaiveDate::MIN), name.valid_to));
        self.external_ids.retain(|id| id.valid_on(day));
        self.death_date = self.death_date.filter(|died| *died <= day);
        self.adopted_on = self.adopted_on.filter(|adopted| *adopted <= day);
        self
    }

    /// The name to call the child by: the official one, else the first that has not ended.
    #[must_use]
    pub fn main_name(&self) -> Option<&ChildName> {
        let current = || self.names.iter().filter(|name| name.valid_to.is_none());
        current().find(|name| name.r#use == "official").or_else(|| current().next())
    }
}

sealed_columns!(children: Identifying { correction_reason });

record!(Child {
    name: "child",
    id: "ChildId",
    example: "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90",
    personal: true,
    person: true,
});

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Child({})", self.id)
    }
}
impl fmt::Debug for ChildName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChildName(…)")
    }
}
