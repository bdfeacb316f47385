//! The states of a transformation plan, and what may be done in each.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where a transformation plan is in its life.
    pub enum TransformationState {
        Drafted = "drafted",
        Approved = "approved",
        InProgress = "in_progress",
        Completed = "completed",
        Abandoned = "abandoned",
    }
}

text_enum! {
    /// What can be done with a transformation plan.
    pub enum TransformationStep {
        Revise = "revise",
        Approve = "approve",
        Start = "start",
        ReachMilestone = "reach_milestone",
        Complete = "complete",
        Abandon = "abandon",
    }
}

impl TransformationState {
    /// Whether it was decided on and is to be carried out still.
    #[must_use]
    pub fn is_living(self) -> bool {
        matches!(self, Self::Approved | Self::InProgress)
    }

    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: TransformationStep) -> Result<Self> {
        use TransformationState::{Abandoned, Approved, Completed, Drafted, InProgress};
        use TransformationStep::{Abandon, Approve, Complete, ReachMilestone, Revise, Start};
        match (self, step) {
            (Drafted, Revise) => Ok(Drafted),
            (Drafted, Approve) => Ok(Approved),
            (Approved, Start) | (InProgress, ReachMilestone) => Ok(InProgress),
            (InProgress, Complete) => Ok(Completed),
            (Drafted | Approved | InProgress, Abandon) => Ok(Abandoned),
            (Drafted, Start | ReachMilestone | Complete)
            | (Approved, Revise | Approve | ReachMilestone | Complete)
            | (InProgress, Revise | Approve | Start)
            | (
                Completed | Abandoned,
                Revise | Approve | Start | ReachMilestone | Complete | Abandon,
            ) => Err(Error::State(format!(
                "cannot {} a transformation plan that is {}",
                step.as_str().replace('_', " "),
                self.as_str().replace('_', " ")
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The whole table, so that a reviewer sees every pair that a change affects.
    #[test]
    fn steps_of_a_transformation_plan() {
        let mut table = String::new();
        for &state in TransformationState::ALL {
            for &step in TransformationStep::ALL {
                let result = state.after(step).map_or("-", TransformationState::as_str);
                writeln!(table, "{:<11} {:<15} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
