//! What a child thinks of what is decided about it: heard, or the reason why not (RV-06).
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::platform::{error::Result, rule::Refusal};

/// The views of a child, or the reason why there are none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"views": "Wants to stay near her school and her brother.", "method": "Conversation and drawing, alone with the psychologist."}))]
pub struct ChildViews {
    /// What the child said or showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 4000,
        example = "Wants to stay near her school and her brother."
    )]
    pub views: Option<String>,
    /// How the child was heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 500))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 500,
        example = "Conversation and drawing, alone with the psychologist."
    )]
    pub method: Option<String>,
    /// Why there are none; only where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 1000,
        example = "The child is eleven days old."
    )]
    pub none_because: Option<String>,
}

impl ChildViews {
    /// RV-06: the views or the reason why there are none, and not both. Spaces say nothing.
    pub fn check(&self, pointer: &str) -> Result<()> {
        let says = |text: &Option<String>| text.as_ref().is_some_and(|it| !it.trim().is_empty());
        if says(&self.views) != says(&self.none_because) {
            return Ok(());
        }
        let detail = "the child's views are recorded, or the reason why there are none";
        Err(Refusal::values("RV-06", detail).at(pointer).into())
    }
}

#[cfg(test)]
mod tests {
    use super::ChildViews;

    #[test]
    fn views_are_there_or_the_reason_why_not() {
        let of = |views: Option<&str>, none_because: Option<&str>| {
            let views = ChildViews {
                views: views.map(ToOwned::to_owned),
                method: None,
                none_because: none_because.map(ToOwned::to_owned),
            };
            views.check("/child_views").is_ok()
        };
        assert!(of(Some("Wants to go home."), None) && of(None, Some("Is eleven days old.")));
        assert!(!of(None, None) && !of(Some("Home."), Some("Too young.")));
        assert!(!of(Some("   "), None) && !of(None, Some("   ")));
    }
}
