//! The states of a review, and what may be done in each.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where a review is in its life.
    pub enum ChildReviewState {
        Due = "due",
        Held = "held",
        Cancelled = "cancelled",
        EnteredInError = "entered_in_error",
    }
}

text_enum! {
    /// What can be done with a review.
    pub enum ReviewStep {
        Hold = "hold",
        Cancel = "cancel",
        Annul = "annul",
    }
}

impl ChildReviewState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: ReviewStep) -> Result<Self> {
        use ChildReviewState::{Cancelled, Due, EnteredInError, Held};
        use ReviewStep::{Annul, Cancel, Hold};
        match (self, step) {
            (Due, Hold) => Ok(Held),
            (Due, Cancel) => Ok(Cancelled),
            (Due | Held | Cancelled, Annul) => Ok(EnteredInError),
            (Held | Cancelled, Hold | Cancel) | (EnteredInError, Hold | Cancel | Annul) => {
                let (step, state) = (step.as_str(), self.as_str());
                Err(Error::State(format!("cannot {step} a review that is {state}")))
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
    fn steps_of_a_review() {
        let mut table = String::new();
        for &state in ChildReviewState::ALL {
            for &step in ReviewStep::ALL {
                let result = state.after(step).map_or("-", ChildReviewState::as_str);
                writeln!(table, "{:<16} {:<6} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
