//! The states of a family at risk and the steps between them.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Whether a family is worked with.
    pub enum FamilyState {
        /// It is worked with.
        Open = "open",
        /// Somebody looks after it from time to time.
        Monitored = "monitored",
        /// Work with it has ended.
        Closed = "closed",
    }
}

text_enum! {
    /// What can be done with a family.
    pub enum FamilyStep {
        Monitor = "monitor",
        Close = "close",
        Reopen = "reopen",
    }
}

impl FamilyStep {
    /// What the journal calls it.
    #[must_use]
    pub fn event(self) -> &'static str {
        match self {
            Self::Monitor => "monitored",
            Self::Close => "closed",
            Self::Reopen => "reopened",
        }
    }
}

impl FamilyState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: FamilyStep) -> Result<Self> {
        use FamilyState::{Closed, Monitored, Open};
        use FamilyStep::{Close, Monitor, Reopen};
        match (self, step) {
            (Open, Monitor) => Ok(Monitored),
            (Open | Monitored, Close) => Ok(Closed),
            (Monitored | Closed, Reopen) => Ok(Open),
            (Open, Reopen) | (Monitored | Closed, Monitor) | (Closed, Close) => Err(Error::State(
                format!("cannot {} a family that is {}", step.as_str(), self.as_str()),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The whole table, so that a reviewer sees every pair that a change affects.
    #[test]
    fn steps_of_a_family() {
        let mut table = String::new();
        for &state in FamilyState::ALL {
            for &step in FamilyStep::ALL {
                let result = state.after(step).map_or("-", FamilyState::as_str);
                writeln!(table, "{:<9} {:<7} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table, @r"
        open      monitor monitored
        open      close   closed
        open      reopen  -
        monitored monitor -
        monitored close   closed
        monitored reopen  open
        closed    monitor -
        closed    close   -
        closed    reopen  open
        ");
    }
}
