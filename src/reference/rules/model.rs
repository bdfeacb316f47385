//! What a rule is and what may be changed about it.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    page_of,
    platform::{
        error::{Error, Result},
        id::Id,
        items::{Code, codes},
    },
    record,
    rules::RuleClass,
    schema::rule_versions,
};

/// A rule that the registry judges by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rule {
    /// Stable code.
    #[schema(example = "PL-16")]
    pub code: String,
    /// What it is about.
    #[schema(example = "placement")]
    pub subject: String,
    /// Whether the registry holds it by its tables and steps, whatever its versions say: then it is always hard.
    #[schema(example = false)]
    pub fixed: bool,
    /// Whether this release judges by it.
    #[schema(example = true)]
    pub applied: bool,
    /// Whether this release tells of it by alerts, besides whatever it refuses.
    #[schema(example = false)]
    pub alerts: bool,
    /// What it says, in the language asked for, on the day asked for.
    #[schema(example = "A child lives in one place at a time: its placements do not overlap.")]
    pub sentence: String,
    /// The version that holds on the day asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub current: Option<RuleVersion>,
    /// All versions, by first day.
    pub versions: Vec<RuleVersion>,
}

page_of!(
    /// Some rules.
    RulePage, Rule
);

pub type RuleVersionId = Id<RuleVersion>;

/// A rule as it holds from a day on, until its next version begins.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = rule_versions, check_for_backend(diesel::pg::Pg))]
pub struct RuleVersion {
    pub id: RuleVersionId,
    /// Code of the rule.
    #[schema(example = "PL-23")]
    pub rule_code: String,
    /// Its number among the rule's versions, from 1.
    #[schema(example = 1)]
    pub number: i32,
    /// How strictly it holds.
    pub class: RuleClass,
    /// Whether it is judged by at all.
    #[schema(example = true)]
    pub in_force: bool,
    /// What it says, by language tag.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"en": "A child is placed near its home."}))]
    pub sentences: Value,
    /// The law or decision that it comes from.
    #[schema(example = "UN Guidelines ¶11")]
    pub source: String,
    /// Names of the parameters that it goes by.
    #[schema(example = json!(["distance_km"]))]
    pub parameters: Vec<String>,
    /// Roles that may step over it; only if it is soft.
    #[schema(example = json!(["regional_authority"]))]
    pub override_roles: Vec<String>,
    /// For how many days at most it may be stepped over; only if it is soft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 180)]
    pub override_days: Option<i32>,
    /// First day on which it holds.
    #[schema(example = "1990-01-01")]
    pub valid_from: NaiveDate,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

record!(RuleVersion {
    name: "rule_version",
    id: "RuleVersionId",
    example: "0199a5b2-0001-7000-8000-000000000002",
});

/// How a rule holds from a day on.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRuleVersion {
    /// How strictly it holds.
    pub class: RuleClass,
    /// Whether it is judged by at all.
    #[schema(example = true)]
    pub in_force: bool,
    /// What it says, by language tag, English among them; as before unless said.
    #[serde(default)]
    #[validate(length(min = 1, max = 20))]
    #[schema(nullable = false, example = json!({"en": "A child is placed in its own district."}))]
    pub sentences: Option<BTreeMap<String, String>>,
    /// The law or decision that it comes from.
    #[validate(length(min = 3, max = 500))]
    #[schema(min_length = 3, max_length = 500, example = "Official Gazette 12/2026, art. 4")]
    pub source: String,
    /// Roles that may step over it; only if it is soft, and then at least one.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "codes"))]
    #[schema(value_type = Vec<Code>, inline, max_items = 20, example = json!(["regional_authority"]))]
    pub override_roles: Vec<String>,
    /// For how many days at most it may be stepped over; only if it is soft.
    #[serde(default)]
    #[validate(range(min = 1, max = 3660))]
    #[schema(nullable = false, minimum = 1, maximum = 3660, example = 90)]
    pub override_days: Option<i32>,
    /// First day on which it holds: today or later, and later than every other version's.
    #[schema(example = "2027-01-01")]
    pub valid_from: NaiveDate,
}

impl NewRuleVersion {
    /// Refuses what cannot be said of a rule: 422.
    pub fn check(&self, fixed: bool, roles: &[&str]) -> Result<()> {
        if fixed && (self.class != RuleClass::Hard || !self.in_force) {
            let detail = "the registry itself holds this rule: it is always hard and in force";
            return Err(Error::value("/class", "fixed_rule", detail));
        }
        let soft = self.class == RuleClass::Soft;
        if soft == self.override_roles.is_empty() {
            let detail = "goes with a soft rule, and only with one";
            return Err(Error::value("/override_roles", "override_of_soft", detail));
        }
        if soft != self.override_days.is_some() {
            let detail = "goes with a soft rule, and only with one";
            return Err(Error::value("/override_days", "override_of_soft", detail));
        }
        let unknown = |role: &&String| !roles.contains(&role.as_str());
        if self.override_roles.iter().any(|role| unknown(&role)) {
            return Err(Error::value("/override_roles", "unknown_code", "names no role"));
        }
        let text = |text: &String| (3..=1000).contains(&text.chars().count());
        match &self.sentences {
            Some(texts) if !texts.contains_key("en") || !texts.values().all(text) => {
                let detail = "must be in English, too, and of 3 to 1000 characters each";
                Err(Error::value("/sentences", "incomplete_texts", detail))
            }
            _ => Ok(()),
        }
    }
}
