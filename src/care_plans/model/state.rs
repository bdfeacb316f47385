//! The states of a care plan, and what may be done in each.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where a care plan is in its life.
    pub enum CarePlanState {
        Draft = "draft",
        Submitted = "submitted",
        Approved = "approved",
        Active = "active",
        Superseded = "superseded",
        Completed = "completed",
        Revoked = "revoked",
    }
}

text_enum! {
    /// What can be done with a care plan.
    pub enum CarePlanStep {
        Revise = "revise",
        Submit = "submit",
        SendBack = "send_back",
        Approve = "approve",
        Activate = "activate",
        Supersede = "supersede",
        Complete = "complete",
        Revoke = "revoke",
    }
}

impl CarePlanState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: CarePlanStep) -> Result<Self> {
        use CarePlanState::{Active, Approved, Completed, Draft, Revoked, Submitted, Superseded};
        use CarePlanStep::{
            Activate, Approve, Complete, Revise, Revoke, SendBack, Submit, Supersede,
        };
        match (self, step) {
            (Draft, Revise) | (Submitted, SendBack) => Ok(Draft),
            (Draft, Submit) => Ok(Submitted),
            (Submitted, Approve) => Ok(Approved),
            (Approved, Activate) => Ok(Active),
            (Active, Supersede) => Ok(Superseded),
            (Active, Complete) => Ok(Completed),
            (Draft | Submitted | Approved | Active, Revoke) => Ok(Revoked),
            (Draft, SendBack | Approve | Activate | Supersede | Complete)
            | (Submitted, Revise | Submit | Activate | Supersede | Complete)
            | (Approved, Revise | Submit | SendBack | Approve | Supersede | Complete)
            | (Active, Revise | Submit | SendBack | Approve | Activate)
            | (
                Superseded | Completed | Revoked,
                Revise | Submit | SendBack | Approve | Activate | Supersede | Complete | Revoke,
            ) => Err(Error::State(format!(
                "cannot {} a care plan that is {}",
                step.as_str().replace('_', " "),
                self.as_str()
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
    fn steps_of_a_care_plan() {
        let mut table = String::new();
        for &state in CarePlanState::ALL {
            for &step in CarePlanStep::ALL {
                let result = state.after(step).map_or("-", CarePlanState::as_str);
                writeln!(table, "{:<10} {:<9} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
