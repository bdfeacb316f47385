//! The states of a court case, and what may be done in each.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where a court case is in its life.
    pub enum CourtCaseState {
        Filed = "filed",
        Decided = "decided",
        Appealed = "appealed",
        Final = "final",
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// What can be done with a court case.
    pub enum CourtCaseStep {
        Hear = "hear",
        Decide = "decide",
        /// A court of appeal sends it back to the court below.
        Return = "return",
        Appeal = "appeal",
        Withdraw = "withdraw",
        MakeFinal = "make_final",
    }
}

impl CourtCaseState {
    /// Where `step` leads from here; 409 if it leads nowhere. An appeal that is withdrawn leaves the
    /// decision as it is.
    pub fn after(self, step: CourtCaseStep) -> Result<Self> {
        use CourtCaseState::{Appealed, Decided, Filed, Final, Withdrawn};
        use CourtCaseStep::{Appeal, Decide, Hear, MakeFinal, Return, Withdraw};
        match (self, step) {
            (Filed, Hear) | (Appealed, Return) => Ok(Filed),
            (Appealed, Hear) | (Decided, Appeal) => Ok(Appealed),
            (Filed | Appealed, Decide) | (Appealed, Withdraw) => Ok(Decided),
            (Filed, Withdraw) => Ok(Withdrawn),
            (Decided, MakeFinal) => Ok(Final),
            (Filed, Return | Appeal | MakeFinal)
            | (Decided, Hear | Decide | Return | Withdraw)
            | (Appealed, Appeal | MakeFinal)
            | (Final | Withdrawn, _) => Err(Error::State(format!(
                "cannot {} a court case that is {}",
                step.as_str(),
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
    fn steps_of_a_court_case() {
        let mut table = String::new();
        for &state in CourtCaseState::ALL {
            for &step in CourtCaseStep::ALL {
                let result = state.after(step).map_or("-", CourtCaseState::as_str);
                writeln!(table, "{:<9} {:<10} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
