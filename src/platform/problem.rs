//! The body of every refusal (RFC 9457).
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// Body of every refusal (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Address of the page that explains the code.
    #[schema(example = "/problems/rule_conflict")]
    pub r#type: String,
    /// What happened, in one line; the same for every problem of a code.
    #[schema(example = "a rule of the registry refuses this")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: i32,
    /// What happened this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "the family has no free place on that day")]
    pub detail: Option<String>,
    /// Path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/v1/placements")]
    pub instance: Option<String>,
    /// Stable code; programs decide by it.
    #[schema(example = "rule_conflict")]
    pub code: String,
    /// Id of the request, to quote when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0199a5b2-6c1e-7d3a-9f00-2b8c4d5e6f70")]
    pub request_id: Option<String>,
    /// Each fault, with a pointer to the member or parameter that has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// The rule that refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PL-12")]
    pub rule: Option<String>,
    /// Version of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "1")]
    pub rule_version: Option<String>,
    /// Where the rule comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "UN Guidelines ¶73")]
    pub legal_basis: Option<String>,
    /// The facts that the rule was judged on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object, example = json!({"max_children": 3, "placed": 3}))]
    pub facts: Option<Map<String, Value>>,
    /// The record that the one that was named was merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90")]
    pub merged_into: Option<Uuid>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// The member of the body (RFC 6901), or `?name` for a query parameter.
    #[schema(example = "/birth_date")]
    pub pointer: String,
    /// Stable code of the fault.
    #[schema(example = "future_date")]
    pub code: String,
    /// What is wrong, for a person; never the value that was sent.
    #[schema(example = "must not lie in the future")]
    pub detail: String,
}

impl Fault {
    pub fn new(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), detail: detail.into() }
    }
}
