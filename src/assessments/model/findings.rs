//! What an assessment finds: necessity and suitability apart, what was tried, what the child thinks.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{children::ChildViews, text_enum};

text_enum! {
    /// Whether the child must be cared for outside its family: the necessity principle.
    pub enum Necessity {
        Necessary = "necessary",
        NotNecessary = "not_necessary",
    }
}

text_enum! {
    /// Whether a type of care would be right for the child: the suitability principle.
    pub enum Suitability {
        Preferred = "preferred",
        Suitable = "suitable",
        Unsuitable = "unsuitable",
        Unavailable = "unavailable",
    }
}

text_enum! {
    /// What comes before residential care, which is the last resort.
    pub enum CareOption {
        FamilySupport = "family_support",
        Kinship = "kinship",
        Foster = "foster",
        OtherFamilyBased = "other_family_based",
    }
}

text_enum! {
    /// Whether an option was tried, or only thought of.
    pub enum OptionEffort {
        Tried = "tried",
        Considered = "considered",
    }
}

/// What an assessment found.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// Whether the team saw the child.
    #[schema(example = true)]
    pub child_seen: bool,
    /// Whether it saw the child without its parents and carers.
    #[schema(example = true)]
    pub child_seen_alone: bool,
    /// What the child thinks, or why that is not known (RV-06).
    #[validate(nested)]
    pub child_views: ChildViews,
    /// Whether the parents were consulted.
    #[schema(example = false)]
    pub parents_consulted: bool,
    /// Why they were not; only where they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 1000,
        example = "The mother has died, the father is unknown."
    )]
    pub not_consulted_because: Option<String>,
    /// Whether the child must be cared for outside its family.
    pub necessity: Necessity,
    /// Why.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "Nobody is there who could care for the child at home."
    )]
    pub necessity_reasons: String,
    /// The types of care that were considered, each once.
    #[validate(nested, length(max = 40))]
    #[schema(max_items = 40)]
    pub suitability: Vec<SuitabilityFinding>,
    /// What was tried or considered before.
    #[validate(nested, length(max = 40))]
    #[schema(max_items = 40)]
    pub options_exhausted: Vec<OptionFinding>,
    /// What was done so that child and family need not be separated; needed where the recommendation
    /// separates them (AS-01).
    #[validate(nested, length(max = 40))]
    #[schema(max_items = 40)]
    pub prevention: Vec<Prevention>,
    /// The four findings on a young child in residential care; only where the recommendation is
    /// residential, and needed where the child is below the age limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub residential: Option<ResidentialFindings>,
    /// Why the recommendation is in the best interests of the child.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "The aunt knows the child well; school and brother stay near."
    )]
    pub best_interests_statement: String,
}

/// Whether one type of care would be right for the child.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuitabilityFinding {
    /// The type of care: a code of the list `care_type`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "kinship_formal")]
    pub care_type: String,
    /// Whether it would be right.
    pub finding: Suitability,
    /// Why.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The aunt is ready and lives near by.")]
    pub reason: String,
}

/// What was tried or considered before.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionFinding {
    /// What it was.
    pub option: CareOption,
    /// Whether it was tried.
    pub effort: OptionEffort,
    /// When.
    #[schema(example = "2026-02-01")]
    pub considered_on: NaiveDate,
    /// What came of it.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The grandparents are too ill.")]
    pub outcome: String,
}

/// Support that was to prevent a separation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Prevention {
    /// The service: a code of the list `service_type`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "family_outreach")]
    pub service_type: String,
    /// First day of it.
    #[schema(example = "2025-09-01")]
    pub provided_from: NaiveDate,
    /// First day on which it was no longer provided; left out if it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-02-01")]
    pub provided_to: Option<NaiveDate>,
    /// What came of it.
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        min_length = 3,
        max_length = 1000,
        example = "The mother took part until she fell ill."
    )]
    pub outcome: String,
}

/// The four findings without which no child below the age limit lives in residential care.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidentialFindings {
    /// That it is a short emergency stay, or planned for six months at most.
    #[validate(nested)]
    pub short_term: ResidentialFinding,
    /// That nothing else is left.
    #[validate(nested)]
    pub last_resort: ResidentialFinding,
    /// That it is absolutely necessary.
    #[validate(nested)]
    pub absolutely_necessary: ResidentialFinding,
    /// That it is in the best interests of the child.
    #[validate(nested)]
    pub best_interests: ResidentialFinding,
}

/// One of these findings.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidentialFinding {
    /// Whether it is so.
    #[schema(example = true)]
    pub holds: bool,
    /// Why.
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        min_length = 3,
        max_length = 1000,
        example = "No approved family in three districts has room tonight."
    )]
    pub reason: String,
}

impl ResidentialFindings {
    /// Whether all four hold.
    #[must_use]
    pub fn all_hold(&self) -> bool {
        [&self.short_term, &self.last_resort, &self.absolutely_necessary, &self.best_interests]
            .iter()
            .all(|finding| finding.holds)
    }
}

impl Findings {
    /// Whether such an option was tried or considered.
    #[must_use]
    pub fn names_option(&self, option: CareOption) -> bool {
        self.options_exhausted.iter().any(|it| it.option == option)
    }

    /// What was found of a type of care.
    #[must_use]
    pub fn suitability_of(&self, care_type: &str) -> Option<Suitability> {
        self.suitability.iter().find(|it| it.care_type == care_type).map(|it| it.finding)
    }
}
