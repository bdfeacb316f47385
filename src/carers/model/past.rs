//! Families of the past, as an older register or a file holds them.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::{
    CarerCheckResult, CarerFamily, CarerFamilyStep, CarerStepRequest, CarerTrainingKind,
    NewCarerApproval, NewCarerCheck, NewCarerFamily, NewCarerTraining,
};
use crate::platform::error::{Error, Result};

/// A family that is taken over from an older register: as it first asked, and what has become of it
/// since. Steps and approvals follow one another by their days; on one day the step comes first.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PastCarerFamily {
    /// The family as it first asked, on `enquired_on`.
    #[validate(nested)]
    pub family: NewCarerFamily,
    /// All its checks.
    #[serde(default)]
    #[validate(nested, length(max = 200))]
    #[schema(max_items = 200)]
    pub checks: Vec<PastCarerCheck>,
    /// All its training.
    #[serde(default)]
    #[validate(nested, length(max = 100))]
    #[schema(max_items = 100)]
    pub trainings: Vec<PastCarerTraining>,
    /// The steps that it took, in their order.
    #[serde(default)]
    #[validate(nested, length(max = 100))]
    #[schema(max_items = 100)]
    pub steps: Vec<PastCarerStep>,
    /// Its approvals, in the order in which they were decided.
    #[serde(default)]
    #[validate(nested, length(max = 50))]
    #[schema(max_items = 50)]
    pub approvals: Vec<NewCarerApproval>,
}

/// A check of a family that is taken over.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PastCarerCheck {
    /// Kind: a code of the list `carer_check_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "criminal_record")]
    pub kind: String,
    /// The person who was checked, by the place among the persons, from 0; left out if it was the home
    /// or the family as a whole.
    #[serde(default)]
    #[validate(range(min = 0, max = 19))]
    #[schema(nullable = false, minimum = 0, maximum = 19, example = 0)]
    pub person: Option<i32>,
    /// Day on which it was completed, not in the future.
    #[schema(example = "2014-01-10")]
    pub completed_on: NaiveDate,
    /// What it found.
    pub result: CarerCheckResult,
    /// First day on which it is valid no longer; valid for good if left out.
    #[serde(default)]
    #[schema(nullable = false, example = "2017-01-10")]
    pub valid_until: Option<NaiveDate>,
}

/// Training of a family that is taken over.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PastCarerTraining {
    /// Name of the programme.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Safe and strong")]
    pub programme: String,
    /// Before the approval, or after it.
    pub kind: CarerTrainingKind,
    /// The person who was trained, by the place among the persons, from 0; left out if it was every
    /// applicant.
    #[serde(default)]
    #[validate(range(min = 0, max = 19))]
    #[schema(nullable = false, minimum = 0, maximum = 19, example = 0)]
    pub person: Option<i32>,
    /// Its length.
    #[validate(range(min = 1, max = 2000))]
    #[schema(minimum = 1, maximum = 2000, example = 33)]
    pub hours: i32,
    /// Day on which it was completed, not in the future.
    #[schema(example = "2014-02-01")]
    pub completed_on: NaiveDate,
}

/// A step of a family that is taken over; an approval stands among the approvals.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PastCarerStep {
    /// The step.
    pub step: CarerFamilyStep,
    /// Day of the step: not in the future, and not before the one before.
    #[schema(example = "2014-01-12")]
    pub on: NaiveDate,
    /// Why, in words.
    #[serde(default)]
    #[validate(length(min = 1, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 2000,
        example = "All papers are there."
    )]
    pub reason: Option<String>,
    /// Number of the decision, if there was one.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "560-0142/2014")]
    pub decision_no: Option<String>,
}

impl PastCarerCheck {
    /// The check, with the id that its person has now.
    pub fn of(&self, family: &CarerFamily) -> Result<NewCarerCheck> {
        Ok(NewCarerCheck {
            kind: self.kind.clone(),
            person_id: person(family, self.person)?,
            completed_on: self.completed_on,
            result: self.result,
            valid_until: self.valid_until,
        })
    }
}

impl PastCarerTraining {
    /// The training, with the id that its person has now.
    pub fn of(&self, family: &CarerFamily) -> Result<NewCarerTraining> {
        Ok(NewCarerTraining {
            programme: self.programme.clone(),
            kind: self.kind,
            person_id: person(family, self.person)?,
            hours: self.hours,
            completed_on: self.completed_on,
        })
    }
}

impl PastCarerStep {
    /// When the step was taken, and why.
    pub fn request(&self) -> CarerStepRequest {
        CarerStepRequest {
            on: self.on,
            reason: self.reason.clone(),
            decision_no: self.decision_no.clone(),
        }
    }
}

fn person(family: &CarerFamily, place: Option<i32>) -> Result<Option<Uuid>> {
    let Some(place) = place else { return Ok(None) };
    let person = usize::try_from(place).ok().and_then(|place| family.persons.get(place));
    let unknown =
        || Error::value("/person", "unknown_reference", "is the place of nobody in this household");
    Ok(Some(person.ok_or_else(unknown)?.id))
}
