//! What a rule that holds otherwise would mean for those who live somewhere today.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::placement::PlacementId;
use crate::{children::ChildId, reference::rules::NewRuleVersion, rules::Finding};

/// How a rule would hold: in another version, by other parameters, or both.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"parameters": {"distance_km": "30"}}))]
pub struct RulePreviewRequest {
    /// The version that is thought of; the present one unless said.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub version: Option<NewRuleVersion>,
    /// Values of parameters that are thought of, by name; the present ones unless said.
    #[serde(default)]
    #[validate(length(max = 20))]
    pub parameters: BTreeMap<String, String>,
}

/// What would break the rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulePreview {
    /// How many placements were judged: all in which a child lives.
    #[schema(example = 6000)]
    pub judged: i64,
    /// How many of them would break the rule.
    #[schema(example = 312)]
    pub broken: i64,
    /// Those, by id: the first thousand.
    pub breaches: Vec<Breach>,
}

/// A placement that would break the rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct Breach {
    pub placement_id: PlacementId,
    pub child_id: ChildId,
    /// What the rule would say.
    pub finding: Finding,
}
