//! What a parameter is and which values it may have.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    page_of,
    platform::{
        error::{Error, Result},
        id::Id,
    },
    record,
    schema::parameter_versions,
    text_enum,
};

text_enum! {
    /// The type of a parameter's values.
    pub enum ParameterKind {
        Integer = "integer",
        Decimal = "decimal",
        Text = "text",
        Boolean = "boolean",
        Date = "date",
    }
}

/// A number or a word that national law or practice sets.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Parameter {
    /// Stable name.
    #[schema(example = "review_interval_months")]
    pub name: String,
    /// The type of its values.
    pub kind: ParameterKind,
    /// The unit of its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "months")]
    pub unit: Option<String>,
    /// Its name in the language asked for.
    #[schema(example = "Interval between reviews")]
    pub title: String,
    /// What it governs.
    #[schema(example = "Longest time between two reviews of a placement.")]
    pub definition: String,
    /// The value that is valid on the day asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "3")]
    pub value: Option<String>,
    /// All values, by first day.
    pub versions: Vec<ParameterVersion>,
}

page_of!(
    /// Some parameters.
    ParameterPage, Parameter
);

pub type ParameterVersionId = Id<ParameterVersion>;

/// A value of a parameter from a day on, until the next one begins.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = parameter_versions, check_for_backend(diesel::pg::Pg))]
pub struct ParameterVersion {
    pub id: ParameterVersionId,
    /// Name of the parameter.
    #[schema(example = "review_interval_months")]
    pub name: String,
    /// The value, as text.
    #[schema(example = "3")]
    pub value: String,
    /// First day on which it is valid.
    #[schema(example = "2010-02-24")]
    pub valid_from: NaiveDate,
    /// The law or decision that sets it.
    #[schema(example = "UN Guidelines ¶67")]
    pub source: String,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

record!(ParameterVersion {
    name: "parameter_version",
    id: "ParameterVersionId",
    example: "0199a5b2-0001-7000-8000-000000000001",
});

/// A new value of a parameter.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParameterVersion {
    /// The value, as text; it must be of the parameter's kind.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "4")]
    pub value: String,
    /// First day on which it is valid: today or later, and later than every other version's.
    #[schema(example = "2027-01-01")]
    pub valid_from: NaiveDate,
    /// The law or decision that sets it.
    #[validate(length(min = 3, max = 500))]
    #[schema(min_length = 3, max_length = 500, example = "Official Gazette 12/2026, art. 4")]
    pub source: String,
}

impl ParameterKind {
    /// Refuses a value that is not of this kind. A time zone must be one that is known.
    pub fn check(self, name: &str, value: &str) -> Result<()> {
        let fits = match self {
            Self::Integer => value.parse::<i32>().is_ok_and(|number| number >= 0),
            Self::Decimal => {
                value.parse::<f64>().is_ok_and(|number| number.is_finite() && number >= 0.0)
            }
            Self::Boolean => matches!(value, "true" | "false"),
            Self::Date => value.len() == 10 && value.parse::<NaiveDate>().is_ok(),
            Self::Text => name != super::store::TIME_ZONE || value.parse::<chrono_tz::Tz>().is_ok(),
        };
        if fits {
            return Ok(());
        }
        Err(Error::value(
            "/value",
            "wrong_kind",
            &format!("must be a value of the kind {}", self.as_str()),
        ))
    }
}
