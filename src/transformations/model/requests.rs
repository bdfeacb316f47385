//! What callers ask to be done with transformation plans.
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{CapacityTarget, Milestone};
use crate::{
    platform::error::{Error, Fault, Result},
    reference::organisations::OrganisationId,
};

/// A transformation plan that is drafted, or drafted anew.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "target_model": "close", "drafted_on": "2026-03-10", "admissions_stop_on": "2030-01-01",
    "targets": [{"on": "2030-06-01", "capacity": 4}, {"on": "2031-01-01", "capacity": 0}],
    "milestones": [{"name": "Every child has an individual transition plan.", "due_on": "2030-03-01"}],
    "budget_reinvestment": "Foster care allowances and the family centre in Niš.",
}))]
pub struct NewTransformationPlan {
    /// What becomes of the facility: a code of the list `transformation_model`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "close")]
    pub target_model: String,
    /// Day on which it is drafted.
    #[schema(example = "2026-03-10")]
    pub drafted_on: NaiveDate,
    /// How many children are to live there by when: days to come, earliest first, and never more children
    /// than before. The last one of a facility that closes is 0.
    #[validate(nested, length(min = 1, max = 40))]
    #[schema(min_items = 1, max_items = 40)]
    pub targets: Vec<CapacityTarget>,
    /// Day from which the facility takes no more children, once the plan is approved; today or later.
    #[serde(default)]
    #[schema(nullable = false, example = "2030-01-01")]
    pub admissions_stop_on: Option<NaiveDate>,
    /// What is to be done on the way.
    #[serde(default)]
    #[validate(nested, length(max = 40))]
    #[schema(max_items = 40)]
    pub milestones: Vec<NewMilestone>,
    /// Where the money goes that the institution no longer needs.
    #[serde(default)]
    #[validate(length(min = 3, max = 2000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 2000,
        example = "Foster care allowances and the family centre in Niš."
    )]
    pub budget_reinvestment: Option<String>,
}

/// Something that is to be done on the way.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTransformationMilestone)]
pub struct NewMilestone {
    /// What.
    #[validate(length(min = 3, max = 500))]
    #[schema(
        min_length = 3,
        max_length = 500,
        example = "Every child has an individual transition plan."
    )]
    pub name: String,
    /// By when.
    #[schema(example = "2030-03-01")]
    pub due_on: NaiveDate,
}

impl From<NewMilestone> for Milestone {
    fn from(new: NewMilestone) -> Self {
        Self { name: new.name, due_on: new.due_on, reached_on: None }
    }
}

/// The decision on a transformation plan.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransformationApproval {
    /// Day of the decision: today at the latest.
    #[schema(example = "2026-03-17")]
    pub approved_on: NaiveDate,
    /// The body that approves it: an authority.
    pub approved_by: OrganisationId,
    /// Number of the decision.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "550-01-31/2026")]
    pub decision_no: String,
}

/// The day on which a transformation plan begins to be carried out.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransformationStart {
    /// The day: today at the latest.
    #[schema(example = "2026-04-01")]
    pub started_on: NaiveDate,
}

/// A milestone that was reached.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MilestoneReached {
    /// Which one, counted from 1.
    #[validate(range(min = 1, max = 40))]
    #[schema(minimum = 1, maximum = 40, example = 1)]
    pub number: i32,
    /// The day: today at the latest.
    #[schema(example = "2026-05-20")]
    pub reached_on: NaiveDate,
}

/// The end of a transformation plan.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransformationEnd {
    /// The day: today at the latest.
    #[schema(example = "2026-09-15")]
    pub ended_on: NaiveDate,
    /// What it came to, or why it is abandoned. It names no child.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "All children live with families.")]
    pub reason: String,
}

impl NewTransformationPlan {
    /// Refuses days out of order and numbers that grow. `places` are those that the facility has today.
    pub fn check(&self, today: NaiveDate, places: Option<i32>, closes: bool) -> Result<()> {
        let mut faults = check_targets(&self.targets, today, places, closes);
        let mut refuse = |pointer: &str, code, detail| {
            faults.push(Fault::new(pointer, code, detail));
        };
        if self.drafted_on > today {
            refuse("/drafted_on", "future_date", "must not lie in the future");
        }
        if self.admissions_stop_on.is_some_and(|day| day < today) {
            refuse("/admissions_stop_on", "past_date", "must not lie in the past");
        }
        for (index, milestone) in self.milestones.iter().enumerate() {
            if milestone.due_on < self.drafted_on {
                let pointer = format!("/milestones/{index}/due_on");
                refuse(&pointer, "out_of_order", "must not lie before drafted_on");
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

fn check_targets(
    targets: &[CapacityTarget],
    today: NaiveDate,
    places: Option<i32>,
    closes: bool,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let (mut day, mut most) = (today, places);
    for (index, target) in targets.iter().enumerate() {
        if target.on <= day {
            let detail = "must lie after today and after the target before it";
            faults.push(Fault::new(format!("/targets/{index}/on"), "out_of_order", detail));
        }
        if most.is_some_and(|most| target.capacity > most) {
            let detail = "must not be more than before it, nor than the facility has today";
            faults.push(Fault::new(format!("/targets/{index}/capacity"), "too_many", detail));
        }
        (day, most) = (target.on, Some(target.capacity));
    }
    if closes && most != Some(0) {
        let last = targets.len().saturating_sub(1);
        let pointer = format!("/targets/{last}/capacity");
        faults.push(Fault::new(pointer, "not_empty", "must be 0 where the facility closes"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn codes(targets: &[(&str, i32)], closes: bool) -> Vec<(String, String)> {
        let targets: Vec<CapacityTarget> = targets
            .iter()
            .map(|(on, capacity)| CapacityTarget { on: day(on), capacity: *capacity })
            .collect();
        let faults = check_targets(&targets, day("2026-11-22"), Some(20), closes);
        faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn targets_lie_ahead_in_order_and_never_grow() {
        let fault = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(codes(&[("2026-11-23", 20), ("2026-11-24", 20)], false), []);
        assert_eq!(codes(&[("2026-11-22", 20)], false), fault("/targets/0/on", "out_of_order"));
        assert_eq!(codes(&[("2026-11-23", 21)], false), fault("/targets/0/capacity", "too_many"));
        let same_day = [("2026-11-23", 5), ("2026-11-23", 4)];
        assert_eq!(codes(&same_day, false), fault("/targets/1/on", "out_of_order"));
        let more = [("2026-11-23", 5), ("2026-11-24", 6)];
        assert_eq!(codes(&more, false), fault("/targets/1/capacity", "too_many"));
        let closes = [("2026-11-23", 5), ("2026-11-24", 1)];
        assert_eq!(codes(&closes, true), fault("/targets/1/capacity", "not_empty"));
        assert_eq!(codes(&[("2026-11-23", 5), ("2026-11-24", 0)], true), []);
    }
}
