//! What a code list and its entries are.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::page_of;

/// A code list, without its entries.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CodeListSummary {
    /// Stable name.
    #[schema(example = "care_type")]
    pub name: String,
    /// Its title in the language asked for.
    #[schema(example = "Type of care")]
    pub title: String,
    /// What its codes tell apart.
    #[schema(example = "The kinds of living arrangement of a child.")]
    pub definition: String,
    /// Where it comes from.
    #[schema(example = "UN Guidelines ¶29")]
    pub source: String,
    /// Whether no code will ever be added.
    pub closed: bool,
}

page_of!(
    /// Some code lists.
    CodeListPage, CodeListSummary
);

/// A code list with its entries.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CodeList {
    /// Stable name.
    #[schema(example = "care_type")]
    pub name: String,
    /// Its title in the language asked for.
    #[schema(example = "Type of care")]
    pub title: String,
    /// What its codes tell apart.
    #[schema(example = "The kinds of living arrangement of a child.")]
    pub definition: String,
    /// Where it comes from.
    #[schema(example = "UN Guidelines ¶29")]
    pub source: String,
    /// Whether no code will ever be added.
    pub closed: bool,
    /// The codes, in the order in which to offer them.
    pub entries: Vec<CodeListEntry>,
}

/// A code of a list. Codes are never used again for another meaning.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CodeListEntry {
    /// Stable code.
    #[schema(example = "kinship_formal")]
    pub code: String,
    /// The code above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "family_based")]
    pub parent: Option<String>,
    /// Its name in the language asked for.
    #[schema(example = "Formal kinship care")]
    pub label: String,
    /// Its name in every language that has a settled term, by language tag.
    #[schema(example = json!({"en": "Formal kinship care", "sr-Latn": "Srodničko hraniteljstvo"}))]
    pub labels: BTreeMap<String, String>,
    /// What it means.
    #[schema(example = "Care within the child's extended family, ordered by a competent body.")]
    pub definition: String,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "UNICEF ECA definitions")]
    pub source: Option<String>,
    /// First day on which it may be used.
    #[schema(example = "2000-01-01")]
    pub valid_from: NaiveDate,
    /// First day on which it may no longer be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2030-01-01")]
    pub valid_to: Option<NaiveDate>,
    /// Codes of other systems for the same thing, by system.
    #[schema(example = json!({"ssda903": ["U1", "U2"]}))]
    pub maps_to: BTreeMap<String, Vec<String>>,
    /// What the registry's rules need to know of it.
    #[schema(value_type = Object, example = json!({"group": "family_based", "formal": true}))]
    pub attributes: Value,
}
