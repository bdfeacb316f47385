//! What is asked of a match, and what is answered.
use std::{collections::BTreeSet, fmt};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::compare::{Compared, Comparison, FieldOutcome, Named};
use crate::{
    children::{
        ChildId, DatePrecision,
        model::{ChildIdentifier, ChildSummary},
    },
    families::FamilyId,
    platform::error::{Error, Result},
};

/// What is known of a child: at least a name or a number, or the child itself.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "names": [{"given": "Јелена", "family": "Ђорђевић"}], "birth_date": "2017-05-14", "sex": "female",
    "mother": {"given": "Marija", "family": "Đorđević"}, "area_code": "RS-20",
}))]
pub struct ChildToMatch {
    /// A child of the registry, in the place of all else that is known: the records that are like its own.
    #[serde(default)]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Its names, in any script.
    #[serde(default)]
    #[validate(length(max = 5), nested)]
    #[schema(max_items = 5)]
    pub names: Vec<NameToMatch>,
    /// Day of birth.
    #[serde(default)]
    #[schema(nullable = false, example = "2017-05-14")]
    pub birth_date: Option<NaiveDate>,
    /// How exactly the day of birth is known; `day` unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub birth_date_precision: Option<DatePrecision>,
    /// Sex: a code of the list `sex`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "female")]
    pub sex: Option<String>,
    /// The name of its mother.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub mother: Option<NameToMatch>,
    /// Its numbers in other systems.
    #[serde(default)]
    #[validate(length(max = 5), nested)]
    #[schema(max_items = 5)]
    pub external_ids: Vec<ChildIdentifier>,
    /// Code of the area from which it comes.
    #[serde(default)]
    #[validate(length(min = 2, max = 32))]
    #[schema(nullable = false, min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: Option<String>,
    /// Most candidates to answer, 1 to 50; 10 unless said.
    #[serde(default)]
    #[validate(range(min = 1, max = 50))]
    #[schema(nullable = false, minimum = 1, maximum = 50, example = 10)]
    pub limit: Option<i32>,
}

/// A name to compare. At least one of its parts is there.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"given": "Јелена", "family": "Ђорђевић"}))]
pub struct NameToMatch {
    /// Given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Јелена")]
    pub given: Option<String>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Ђорђевић")]
    pub family: Option<String>,
}

/// The records that may be of the child, the likeliest first.
#[derive(Clone, Serialize, ToSchema)]
pub struct MatchAnswer {
    /// The child that was asked for, if it is one of the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// The records; none if there is none, or none that the caller may read.
    pub data: Vec<ChildCandidate>,
    /// Their families of origin, as far as the caller may read them: they say who the mothers are.
    pub family_ids: BTreeSet<FamilyId>,
}

/// A record that may be of the child.
#[derive(Clone, Serialize, ToSchema)]
pub struct ChildCandidate {
    /// The record.
    pub child: ChildSummary,
    /// How much of what the compared fields could say they do say, 0 to 1.
    #[schema(minimum = 0, maximum = 1, example = 0.93)]
    pub score: f64,
    /// What all fields say together, in bits: at 20 the two are a million times likelier to be one child
    /// than any two records are.
    #[schema(example = 31.42)]
    pub weight: f64,
    /// Whether two records so alike are told of as possible duplicates: the parameter `match_alert_bits`.
    #[schema(example = true)]
    pub possible_duplicate: bool,
    /// Each field, and what it says.
    pub fields: Vec<ComparedField>,
}

/// What the comparison of one field gave.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedField {
    /// The field: a code of the list `match_field`.
    #[schema(example = "family_name")]
    pub field: String,
    /// Whether the two agree.
    pub outcome: FieldOutcome,
    /// What it says, in bits: more than 0 for one child, less than 0 against it.
    #[schema(example = 8.86)]
    pub weight: f64,
}

impl ChildToMatch {
    /// Refuses a question about nobody in particular.
    pub fn check(&self) -> Result<()> {
        let alone = self.names.is_empty()
            && self.external_ids.is_empty()
            && self.birth_date.is_none()
            && self.sex.is_none()
            && self.mother.is_none()
            && self.area_code.is_none();
        if self.child_id.is_some() {
            let detail = "stands alone: what is known of the child is in its record";
            let refused = || Error::value("/child_id", "not_alone", detail);
            return if alone { Ok(()) } else { Err(refused()) };
        }
        if self.names.is_empty() && self.external_ids.is_empty() {
            return Err(Error::value("", "nothing_to_search", "needs a name or an external_id"));
        }
        let says_nothing = |name: &NameToMatch| name.key() == Named::default();
        let silent =
            |(at, name): (usize, &NameToMatch)| says_nothing(name).then(|| format!("/names/{at}"));
        let mother =
            self.mother.as_ref().filter(|name| says_nothing(name)).map(|_| "/mother".to_owned());
        if let Some(pointer) = self.names.iter().enumerate().find_map(silent).or(mother) {
            return Err(Error::value(&pointer, "no_letters", "must hold a letter or a digit"));
        }
        if self.birth_date_precision.is_some() && self.birth_date.is_none() {
            let detail = "is that of a birth_date, which is not there";
            return Err(Error::value("/birth_date_precision", "no_date", detail));
        }
        Ok(())
    }
}

impl NameToMatch {
    /// Its search keys.
    #[must_use]
    pub fn key(&self) -> Named {
        Named::of(self.given.as_deref(), self.family.as_deref())
    }
}

impl ChildCandidate {
    /// A record and what the comparison with it gave; told of from this weight on.
    #[must_use]
    pub fn of(child: ChildSummary, comparison: &Comparison, told_from: f64) -> Self {
        Self {
            child,
            score: hundredths(comparison.score()),
            weight: hundredths(comparison.weight),
            possible_duplicate: comparison.may_be_one(told_from),
            fields: comparison.fields.iter().map(ComparedField::of).collect(),
        }
    }
}

impl ComparedField {
    fn of(compared: &Compared) -> Self {
        Self {
            field: compared.field.clone(),
            outcome: compared.outcome,
            weight: hundredths(compared.weight),
        }
    }
}

/// More digits would claim more than is known.
fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

impl fmt::Debug for ChildCandidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChildCandidate({})", self.child.id)
    }
}
