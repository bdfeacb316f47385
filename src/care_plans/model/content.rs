//! What a care plan says: its goals, who took part, what the child needs.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{children::ChildViews, text_enum};

text_enum! {
    /// What has become of a goal.
    pub enum GoalState {
        Open = "open",
        Reached = "reached",
        Dropped = "dropped",
    }
}

text_enum! {
    /// As what somebody took part in a care plan.
    pub enum ParticipantRole {
        Child = "child",
        Mother = "mother",
        Father = "father",
        Guardian = "guardian",
        OtherRelative = "other_relative",
        Carer = "carer",
        CaseWorker = "case_worker",
        Advocate = "advocate",
        Other = "other",
    }
}

/// What a care plan says (UN Guidelines ¶61–65).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarePlanContent {
    /// What is to be reached, and how.
    #[validate(nested, length(min = 1, max = 40))]
    #[schema(min_items = 1, max_items = 40)]
    pub goals: Vec<CarePlanGoal>,
    /// Who took part.
    #[validate(nested, length(min = 1, max = 40))]
    #[schema(min_items = 1, max_items = 40)]
    pub participants: Vec<CarePlanParticipant>,
    /// What the child thinks, or why that is not known (RV-06).
    #[validate(nested)]
    pub child_views: ChildViews,
    /// How the child stays in touch with its family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "The mother visits on Saturdays."
    )]
    pub contact_arrangements: Option<String>,
    /// What the child needs for its health.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "Speech therapy once a week."
    )]
    pub health_needs: Option<String>,
    /// What the child needs for its education.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "Stays at her school."
    )]
    pub education_needs: Option<String>,
    /// What the child needs for its identity: language, religion, origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "Goes on speaking Romani at home."
    )]
    pub identity_needs: Option<String>,
    /// Aims and tasks on the way back to the family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 4000,
        example = "Weekends at home from May, then a trial month."
    )]
    pub reintegration_plan: Option<String>,
    /// How a young person is prepared to leave care.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 4000,
        example = "A flat of her own with support from eighteen on."
    )]
    pub leaving_care_plan: Option<String>,
}

/// A goal of a care plan, and the measure that leads there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarePlanGoal {
    /// What is to be reached.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The mother can care for her again.")]
    pub goal: String,
    /// How.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "Treatment, and help at home after it.")]
    pub measure: String,
    /// Who sees to it.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Centre for social work")]
    pub responsible: String,
    /// By when.
    #[schema(example = "2026-09-01")]
    pub due_on: NaiveDate,
    /// What has become of it.
    pub state: GoalState,
}

/// Somebody who took part in a care plan.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarePlanParticipant {
    /// As what.
    pub role: ParticipantRole,
    /// Name, where it is needed to know who it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200))]
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "Zvezdana Oblakovski")]
    pub name: Option<String>,
}
