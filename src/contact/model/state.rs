//! The states of plans, restrictions and events, and what may be done in each.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where a plan of contact is in its life.
    pub enum ContactPlanState {
        Agreed = "agreed",
        Ended = "ended",
        EnteredInError = "entered_in_error",
    }
}

text_enum! {
    /// What can be done with a plan of contact.
    pub enum ContactPlanStep {
        End = "end",
        Annul = "annul",
    }
}

text_enum! {
    /// Where a restriction of contact is in its life. One that was decided holds until its end.
    pub enum ContactRestrictionState {
        Decided = "decided",
        Lifted = "lifted",
        EnteredInError = "entered_in_error",
    }
}

text_enum! {
    /// What can be done with a restriction of contact.
    pub enum ContactRestrictionStep {
        Lift = "lift",
        Annul = "annul",
    }
}

text_enum! {
    /// Whether an event counts.
    pub enum ContactEventState {
        Recorded = "recorded",
        EnteredInError = "entered_in_error",
    }
}

text_enum! {
    /// What can be done with an event.
    pub enum ContactEventStep {
        Annul = "annul",
    }
}

fn refused<T>(step: &str, what: &str, state: &str) -> Result<T> {
    Err(Error::State(format!("cannot {step} a {what} that is {state}")))
}

impl ContactPlanState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: ContactPlanStep) -> Result<Self> {
        use ContactPlanStep::{Annul, End};
        match (self, step) {
            (Self::Agreed, End) => Ok(Self::Ended),
            (Self::Agreed | Self::Ended, Annul) => Ok(Self::EnteredInError),
            (Self::Ended, End) | (Self::EnteredInError, End | Annul) => {
                refused(step.as_str(), "plan", self.as_str())
            }
        }
    }
}

impl ContactRestrictionState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: ContactRestrictionStep) -> Result<Self> {
        use ContactRestrictionStep::{Annul, Lift};
        match (self, step) {
            (Self::Decided, Lift) => Ok(Self::Lifted),
            (Self::Decided | Self::Lifted, Annul) => Ok(Self::EnteredInError),
            (Self::Lifted, Lift) | (Self::EnteredInError, Lift | Annul) => {
                refused(step.as_str(), "restriction", self.as_str())
            }
        }
    }
}

impl ContactEventState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: ContactEventStep) -> Result<Self> {
        match (self, step) {
            (Self::Recorded, ContactEventStep::Annul) => Ok(Self::EnteredInError),
            (Self::EnteredInError, ContactEventStep::Annul) => {
                refused(step.as_str(), "contact", self.as_str())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The whole tables, so that a reviewer sees every pair that a change affects.
    #[test]
    fn steps_of_contact() {
        let mut table = String::new();
        for &state in ContactPlanState::ALL {
            for &step in ContactPlanStep::ALL {
                let to = state.after(step).map_or("-", ContactPlanState::as_str);
                writeln!(table, "plan        {:<16} {:<5} {to}", state.as_str(), step.as_str())
                    .unwrap();
            }
        }
        for &state in ContactRestrictionState::ALL {
            for &step in ContactRestrictionStep::ALL {
                let to = state.after(step).map_or("-", ContactRestrictionState::as_str);
                writeln!(table, "restriction {:<16} {:<5} {to}", state.as_str(), step.as_str())
                    .unwrap();
            }
        }
        for &state in ContactEventState::ALL {
            for &step in ContactEventStep::ALL {
                let to = state.after(step).map_or("-", ContactEventState::as_str);
                writeln!(table, "event       {:<16} {:<5} {to}", state.as_str(), step.as_str())
                    .unwrap();
            }
        }
        insta::assert_snapshot!(table, @r"
        plan        agreed           end   ended
        plan        agreed           annul entered_in_error
        plan        ended            end   -
        plan        ended            annul entered_in_error
        plan        entered_in_error end   -
        plan        entered_in_error annul -
        restriction decided          lift  lifted
        restriction decided          annul entered_in_error
        restriction lifted           lift  -
        restriction lifted           annul entered_in_error
        restriction entered_in_error lift  -
        restriction entered_in_error annul -
        event       recorded         annul entered_in_error
        event       entered_in_error annul -
        ");
    }
}
