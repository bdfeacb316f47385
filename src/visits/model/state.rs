//! The states of a visit, and what may be done in each.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Whether a visit counts.
    pub enum VisitState {
        Recorded = "recorded",
        EnteredInError = "entered_in_error",
    }
}

text_enum! {
    /// What can be done with a visit.
    pub enum VisitStep {
        Annul = "annul",
    }
}

impl VisitState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: VisitStep) -> Result<Self> {
        match (self, step) {
            (Self::Recorded, VisitStep::Annul) => Ok(Self::EnteredInError),
            (Self::EnteredInError, VisitStep::Annul) => {
                let (step, state) = (step.as_str(), self.as_str());
                Err(Error::State(format!("cannot {step} a visit that is {state}")))
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
    fn steps_of_a_visit() {
        let mut table = String::new();
        for &state in VisitState::ALL {
            for &step in VisitStep::ALL {
                let result = state.after(step).map_or("-", VisitState::as_str);
                writeln!(table, "{:<16} {:<6} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table, @r"
        recorded         annul  entered_in_error
        entered_in_error annul  -
        ");
    }
}
