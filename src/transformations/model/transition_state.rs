//! The states of a transition plan, and what may be done in each.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where a transition plan is in its life.
    pub enum TransitionState {
        Drafted = "drafted",
        Agreed = "agreed",
        CarriedOut = "carried_out",
        Abandoned = "abandoned",
    }
}

text_enum! {
    /// What can be done with a transition plan.
    pub enum TransitionStep {
        Revise = "revise",
        Agree = "agree",
        CarryOut = "carry_out",
        Abandon = "abandon",
    }
}

impl TransitionState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: TransitionStep) -> Result<Self> {
        use TransitionState::{Abandoned, Agreed, CarriedOut, Drafted};
        use TransitionStep::{Abandon, Agree, CarryOut, Revise};
        match (self, step) {
            (Drafted, Revise) => Ok(Drafted),
            (Drafted, Agree) => Ok(Agreed),
            (Agreed, CarryOut) => Ok(CarriedOut),
            (Drafted | Agreed, Abandon) => Ok(Abandoned),
            (Drafted, CarryOut)
            | (Agreed, Revise | Agree)
            | (CarriedOut | Abandoned, Revise | Agree | CarryOut | Abandon) => {
                Err(Error::State(format!(
                    "cannot {} a transition plan that is {}",
                    step.as_str().replace('_', " "),
                    self.as_str().replace('_', " ")
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The whole table, so that a reviewer sees every pair that a change affects.
    #[test]
    fn steps_of_a_transition_plan() {
        let mut table = String::new();
        for &state in TransitionState::ALL {
            for &step in TransitionStep::ALL {
                let result = state.after(step).map_or("-", TransitionState::as_str);
                writeln!(table, "{:<11} {:<9} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
