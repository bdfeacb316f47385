//! What callers ask to be done with court cases.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::content::CourtDecision;
use crate::children::LegalStatusId;

/// A court case that was filed.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCourtCase {
    /// What it is about: a code of the list `court_case_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "deprivation_of_parental_rights")]
    pub kind: String,
    /// The court before which it lies.
    #[validate(length(min = 2, max = 200))]
    #[schema(min_length = 2, max_length = 200, example = "Basic Court in Niš")]
    pub court: String,
    /// Number of the court's file.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(nullable = false, min_length = 1, max_length = 64, example = "P2 114/2026")]
    pub file_no: Option<String>,
    /// Who filed it: a code of the list `court_party`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "guardianship_authority")]
    pub filed_by: String,
    /// Day on which it was filed; today or earlier.
    #[schema(example = "2026-06-02")]
    pub filed_on: NaiveDate,
    /// Day of the first hearing, if it is fixed.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-09-14")]
    pub next_hearing_on: Option<NaiveDate>,
}

/// A decision of the court before which the case lies.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCourtDecision {
    /// The court that decided; unless said, the one before which the case was filed.
    #[serde(default)]
    #[validate(length(min = 2, max = 200))]
    #[schema(
        nullable = false,
        min_length = 2,
        max_length = 200,
        example = "Court of Appeal in Niš"
    )]
    pub court: Option<String>,
    /// Number of the decision.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "Gž2 211/2026")]
    pub number: String,
    /// Day of the decision; today or earlier.
    #[schema(example = "2026-10-20")]
    pub decided_on: NaiveDate,
    /// What was decided: a code of the list `court_outcome`. One that returns the case is for a court of
    /// appeal alone.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "granted")]
    pub outcome: String,
    /// What it orders, in short.
    #[serde(default)]
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 4000,
        example = "The father is deprived of parental rights."
    )]
    pub summary: Option<String>,
    /// Last day on which it can be appealed.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-11-04")]
    pub appeal_until: Option<NaiveDate>,
    /// The legal statuses of the child that it set: each rests on a court.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub legal_status_ids: Vec<LegalStatusId>,
}

impl NewCourtDecision {
    /// The decision, of that court unless another one is said.
    #[must_use]
    pub fn of_court(&self, court: &str) -> CourtDecision {
        CourtDecision {
            court: self.court.clone().unwrap_or_else(|| court.to_owned()),
            number: self.number.clone(),
            decided_on: self.decided_on,
            outcome: self.outcome.clone(),
            summary: self.summary.clone(),
            appeal_until: self.appeal_until,
            legal_status_ids: self.legal_status_ids.clone(),
        }
    }
}

/// An appeal against a decision.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourtAppeal {
    /// Who appealed: a code of the list `court_party`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "father")]
    pub appealed_by: String,
    /// Day of the appeal; today or earlier.
    #[schema(example = "2026-11-02")]
    pub appealed_on: NaiveDate,
}

/// That a decision can no longer be appealed.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourtFinality {
    /// Day on which it became final; today or earlier.
    #[schema(example = "2026-11-05")]
    pub final_on: NaiveDate,
}

/// Why a case or an appeal is withdrawn.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CourtWithdrawal {
    /// Why.
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        min_length = 3,
        max_length = 1000,
        example = "The parents agreed on support at home."
    )]
    pub reason: String,
}
