//! What callers send about a family.
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::{Family, RiskSubject, SupportOutcome};
use crate::{
    children::ChildId, platform::patch::non_null, reference::organisations::OrganisationId,
};

/// A family to be registered.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "family_type": "single_parent", "area_code": "RS-20", "registered_on": "2026-02-20", "risk_level": "medium",
    "risk_reason": "The flat has no heating and the rent is not paid.",
    "members": [{"role": "mother", "given_name": "Marija", "family_name": "Đorđević", "in_household": true,
                 "parental_rights": "full", "whereabouts_known": true, "deceased": false}],
}))]
pub struct NewFamily {
    /// What kind of family it is: a code of the list `family_type`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "single_parent")]
    pub family_type: String,
    /// The organisation that is responsible; that of the caller unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Code of the area in which it lives.
    #[validate(length(min = 1, max = 20))]
    #[schema(min_length = 1, max_length = 20, example = "RS-20")]
    pub area_code: String,
    /// Day on which the organisation came to know of it, not in the future; today unless said.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-02-20")]
    pub registered_on: Option<NaiveDate>,
    /// How great the risk is: a code of the list `risk_level`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "medium")]
    pub risk_level: String,
    /// Why it is assessed so.
    #[serde(default)]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "The flat has no heating and the rent is not paid."
    )]
    pub risk_reason: Option<String>,
    /// Who belongs to it.
    #[serde(default)]
    #[validate(nested, length(max = 40))]
    #[schema(max_items = 40)]
    pub members: Vec<FamilyMemberDetails>,
}

/// Somebody who belongs to a family.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "role": "mother", "given_name": "Marija", "family_name": "Đorđević",
    "in_household": true, "valid_from": "2017-05-14", "parental_rights": "full", "whereabouts_known": true,
    "deceased": false,
}))]
pub struct FamilyMemberDetails {
    /// Id of a member of this family who is known already; left out for somebody new.
    #[serde(default)]
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
    /// What the member is to the children of the family: a code of the list `relationship`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "mother")]
    pub role: String,
    /// The member, if a child of the registry.
    #[serde(default)]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Given name, of somebody who is not in the registry.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Marija")]
    pub given_name: Option<String>,
    /// Family name, of somebody who is not in the registry.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "Đorđević")]
    pub family_name: Option<String>,
    /// Whether the member lives with the family.
    #[schema(example = true)]
    pub in_household: bool,
    /// First day on which this was so, if it is known.
    #[serde(default)]
    #[schema(nullable = false, example = "2017-05-14")]
    pub valid_from: Option<NaiveDate>,
    /// First day on which this was so no longer.
    #[serde(default)]
    #[schema(nullable = false, example = "2025-09-01")]
    pub valid_to: Option<NaiveDate>,
    /// Which rights the member holds over the children, if a parent: a code of the list `parental_rights`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "full")]
    pub parental_rights: Option<String>,
    /// Whether it is known where the member is; it is unless said.
    #[serde(default = "known")]
    #[schema(example = true)]
    pub whereabouts_known: bool,
    /// Whether the member is dead.
    #[serde(default)]
    #[schema(example = false)]
    pub deceased: bool,
}

fn known() -> bool {
    true
}

impl fmt::Debug for FamilyMemberDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilyMemberDetails(…)")
    }
}

/// Other values for members of a family's record.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FamilyPatch {
    /// What kind of family it is: a code of the list `family_type`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "grandparent")]
    pub family_type: Option<String>,
    /// Code of the area in which it lives.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 20))]
    #[schema(nullable = false, min_length = 1, max_length = 20, example = "RS-20")]
    pub area_code: Option<String>,
    /// All who belong to it: members known by their id, new ones without. Who is left out was entered in
    /// error; who left has `valid_to`.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested, length(max = 40))]
    #[schema(nullable = false, max_items = 40)]
    pub members: Option<Vec<FamilyMemberDetails>>,
}

impl FamilyPatch {
    /// Changes the family's own members; who belongs to it is the store's.
    pub fn apply(&self, family: &mut Family) {
        if let Some(family_type) = &self.family_type {
            family.family_type.clone_from(family_type);
        }
        if let Some(area_code) = &self.area_code {
            family.area_code.clone_from(area_code);
        }
    }
}

/// When a step was taken, and why.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FamilyStepRequest {
    /// Day of the step: not in the future, and not before the family's last one.
    #[schema(example = "2026-06-01")]
    pub on: NaiveDate,
    /// Why.
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        min_length = 3,
        max_length = 2000,
        example = "The mother found work and a larger flat."
    )]
    pub reason: String,
}

/// Another assessment of the risk in a family.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRiskLevel {
    /// How great the risk is: a code of the list `risk_level`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "high")]
    pub risk_level: String,
    /// Day of the assessment: not in the future, and not before the last one.
    #[schema(example = "2026-06-01")]
    pub on: NaiveDate,
    /// Why it is assessed so.
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        min_length = 3,
        max_length = 2000,
        example = "The grandmother, who looked after the children, has died."
    )]
    pub reason: String,
}

/// Something that endangers the children of a family.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRiskFactor {
    /// What it is: a code of the list `risk_factor`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "alcohol_parent")]
    pub code: String,
    /// Whose condition it is.
    #[schema(example = "parent")]
    pub subject: RiskSubject,
    /// How serious it is: a code of the list `risk_level`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "high")]
    pub severity: String,
    /// Day on which it was found, not in the future.
    #[schema(example = "2026-02-20")]
    pub identified_on: NaiveDate,
    /// Who told of it: a code of the list `referral_source`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "school")]
    pub source: Option<String>,
}

/// A family as another register has it.
#[derive(Debug, Clone)]
pub struct PastFamily {
    pub family: NewFamily,
    /// What endangers its children, of old.
    pub risk_factors: Vec<NewRiskFactor>,
}

/// The end of a risk factor.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRiskFactor {
    /// The risk factor, which is one of this family's.
    #[schema(example = "7c1b9e52-4f0a-4d86-8a3e-5b2d6f7c8190")]
    pub risk_factor_id: Uuid,
    /// First day on which it was there no longer, not in the future.
    #[schema(example = "2026-09-01")]
    pub on: NaiveDate,
}

/// Something that is done to help a family.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSupport {
    /// What: a code of the list `service_type`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "intensive_family_support")]
    pub service_type: String,
    /// By whom, if an organisation of the registry.
    #[serde(default)]
    #[schema(nullable = false)]
    pub provided_by: Option<OrganisationId>,
    /// First day, not in the future.
    #[schema(example = "2026-03-02")]
    pub started_on: NaiveDate,
}

/// The end of a support.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndSupport {
    /// The support, which is one of this family's.
    #[schema(example = "a3d5f7b9-1c2e-4f60-8b7a-9d0e1f2a3b4c")]
    pub support_id: Uuid,
    /// First day on which it was given no longer, not in the future.
    #[schema(example = "2026-09-01")]
    pub on: NaiveDate,
    /// What came of it.
    #[schema(example = "achieved")]
    pub outcome: SupportOutcome,
}
