//! Why a rule that bars a placement is not to bar this one.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// The four findings without which no child below the age limit lives in residential care
/// (UN Guidelines ¶22).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is found or not, by itself")]
pub struct ExceptionFindings {
    /// It is a short-term emergency measure, or a planned stay of limited length.
    #[schema(example = true)]
    pub limited_stay: bool,
    /// It is a last resort.
    #[schema(example = true)]
    pub last_resort: bool,
    /// It is absolutely necessary.
    #[schema(example = true)]
    pub absolutely_necessary: bool,
    /// It is in the best interests of the child.
    #[schema(example = true)]
    pub best_interests: bool,
}

impl ExceptionFindings {
    /// All four, in their order.
    #[must_use]
    pub fn all(self) -> [bool; 4] {
        [self.limited_stay, self.last_resort, self.absolutely_necessary, self.best_interests]
    }
}

/// An exception from the rules on residential care of young children (PL-16 to PL-20).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementException {
    /// What kind of exception it is: a code of the list `exception_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "under3_planned")]
    pub kind: String,
    /// What was found about the child.
    pub findings: ExceptionFindings,
    /// Why, in at least 30 characters.
    #[validate(length(min = 30, max = 2000))]
    #[schema(
        min_length = 30,
        max_length = 2000,
        example = "No family with a place for an infant on a feeding tube was found in the district."
    )]
    pub justification: String,
    /// Who authorised it.
    #[validate(length(min = 1, max = 200))]
    #[schema(
        min_length = 1,
        max_length = 200,
        example = "Director, Centre for Social Work Lipov Hlad"
    )]
    pub authorised_by: String,
    /// Day on which it was authorised.
    #[schema(example = "2026-02-27")]
    pub authorised_on: NaiveDate,
}
