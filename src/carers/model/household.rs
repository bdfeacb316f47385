//! The people of a carer family, their checks and their training.
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::text_enum;

text_enum! {
    /// Part of a person in a carer family.
    pub enum CarerRole {
        Applicant = "applicant",
        HouseholdMember = "household_member",
    }
}

/// Somebody who lives in a carer family's home.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct CarerPerson {
    /// Id within the family, by which checks name the person.
    #[schema(example = "1f4e2d3c-5b6a-4978-8695-a4b3c2d1e0f9")]
    pub id: Uuid,
    /// Applicant or another person of the household.
    pub role: CarerRole,
    /// Given names.
    #[schema(example = "Milica")]
    pub given_name: String,
    /// Family name.
    #[schema(example = "Janković")]
    pub family_name: String,
    /// Birth date.
    #[schema(example = "1984-05-17")]
    pub birth_date: NaiveDate,
}

text_enum! {
    /// What a check found.
    pub enum CarerCheckResult {
        Passed = "passed",
        Failed = "failed",
    }
}

/// A check of a person or of the home (UN Guidelines ¶113, ¶118).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CarerCheck {
    /// Id within the family.
    #[schema(example = "2e5d3c4b-6a79-4887-9584-b3c2d1e0f9a8")]
    pub id: Uuid,
    /// Kind: a code of the list `carer_check_kind`.
    #[schema(example = "criminal_record")]
    pub kind: String,
    /// The person who was checked; absent if it was the home or the family as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "1f4e2d3c-5b6a-4978-8695-a4b3c2d1e0f9")]
    pub person_id: Option<Uuid>,
    /// Day on which it was completed.
    #[schema(example = "2026-01-10")]
    pub completed_on: NaiveDate,
    /// What it found.
    pub result: CarerCheckResult,
    /// First day on which it is valid no longer; valid for good if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2029-01-10")]
    pub valid_until: Option<NaiveDate>,
}

text_enum! {
    /// Kind of training.
    pub enum CarerTrainingKind {
        Initial = "initial",
        Refresher = "refresher",
    }
}

/// Training that was completed (UN Guidelines ¶120).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CarerTraining {
    /// Id within the family.
    #[schema(example = "3d6c4b5a-7988-4796-8473-c2d1e0f9a8b7")]
    pub id: Uuid,
    /// Name of the programme.
    #[schema(example = "Safe and strong")]
    pub programme: String,
    /// Before the approval, or after it.
    pub kind: CarerTrainingKind,
    /// The person who was trained; absent if it was every applicant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "1f4e2d3c-5b6a-4978-8695-a4b3c2d1e0f9")]
    pub person_id: Option<Uuid>,
    /// Its length.
    #[schema(example = 33)]
    pub hours: i32,
    /// Day on which it was completed.
    #[schema(example = "2026-02-01")]
    pub completed_on: NaiveDate,
}

impl fmt::Debug for CarerPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarerPerson({})", self.id)
    }
}
