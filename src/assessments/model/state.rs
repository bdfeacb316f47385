//! The states of an assessment, and what may be done in each.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where an assessment is in its life.
    pub enum AssessmentState {
        Requested = "requested",
        InProgress = "in_progress",
        Completed = "completed",
        Submitted = "submitted",
        Decided = "decided",
        Returned = "returned",
        Expired = "expired",
        Cancelled = "cancelled",
        EnteredInError = "entered_in_error",
    }
}

text_enum! {
    /// What can be done with an assessment.
    pub enum AssessmentStep {
        Start = "start",
        Complete = "complete",
        Submit = "submit",
        Decide = "decide",
        Return = "return",
        Expire = "expire",
        Cancel = "cancel",
        Annul = "annul",
    }
}

text_enum! {
    /// What was decided on an assessment.
    pub enum AssessmentOutcome {
        Approved = "approved",
        Modified = "modified",
        Rejected = "rejected",
    }
}

impl AssessmentState {
    /// Where `step` leads from here; 409 if it leads nowhere. What was returned is begun again, and what was
    /// entered in error is taken back from wherever it is.
    pub fn after(self, step: AssessmentStep) -> Result<Self> {
        use AssessmentState::{
            Cancelled, Completed, Decided, EnteredInError, Expired, InProgress, Requested,
            Returned, Submitted,
        };
        use AssessmentStep::{Annul, Cancel, Complete, Decide, Expire, Return, Start, Submit};
        match (self, step) {
            (Requested | Returned, Start) => Ok(InProgress),
            (InProgress, Complete) => Ok(Completed),
            (Completed, Submit) => Ok(Submitted),
            (Submitted, Decide) => Ok(Decided),
            (Submitted, Return) => Ok(Returned),
            (Completed, Expire) => Ok(Expired),
            (Requested | InProgress | Completed | Submitted | Returned, Cancel) => Ok(Cancelled),
            (
                Requested | InProgress | Completed | Submitted | Returned | Decided | Expired
                | Cancelled,
                Annul,
            ) => Ok(EnteredInError),
            (Requested | Returned, Complete | Submit | Decide | Return | Expire)
            | (InProgress, Start | Submit | Decide | Return | Expire)
            | (Completed, Start | Complete | Decide | Return)
            | (Submitted, Start | Complete | Submit | Expire)
            | (
                Decided | Expired | Cancelled,
                Start | Complete | Submit | Decide | Return | Expire | Cancel,
            )
            | (
                EnteredInError,
                Start | Complete | Submit | Decide | Return | Expire | Cancel | Annul,
            ) => Err(Error::State(format!(
                "cannot {} an assessment that is {}",
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
    fn steps_of_an_assessment() {
        let mut table = String::new();
        for &state in AssessmentState::ALL {
            for &step in AssessmentStep::ALL {
                let result = state.after(step).map_or("-", AssessmentState::as_str);
                writeln!(table, "{:<16} {:<8} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
