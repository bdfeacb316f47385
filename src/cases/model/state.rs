//! The states of a case and the steps between them.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where a case is in its life.
    pub enum CaseState {
        New = "new",
        Registered = "registered",
        Assessing = "assessing",
        PlanDrafting = "plan_drafting",
        PlanApproved = "plan_approved",
        Implementing = "implementing",
        Reviewing = "reviewing",
        Closing = "closing",
        Closed = "closed",
        /// Another organisation became responsible and has not taken it up yet.
        Transferred = "transferred",
        /// Another case goes on in its place.
        Duplicate = "duplicate",
    }
}

text_enum! {
    /// What can be done with a case.
    pub enum CaseStep {
        Register = "register",
        Assess = "assess",
        DraftPlan = "draft_plan",
        ApprovePlan = "approve_plan",
        Implement = "implement",
        Review = "review",
        BeginClosing = "begin_closing",
        Close = "close",
        Reopen = "reopen",
        Transfer = "transfer",
        TakeUp = "take_up",
        MarkDuplicate = "mark_duplicate",
    }
}

text_enum! {
    /// A step that takes no more than its day.
    pub enum CaseProgress {
        Register = "register",
        Assess = "assess",
        DraftPlan = "draft-plan",
        ApprovePlan = "approve-plan",
        Implement = "implement",
        Review = "review",
        BeginClosing = "begin-closing",
    }
}

impl From<CaseProgress> for CaseStep {
    fn from(step: CaseProgress) -> Self {
        match step {
            CaseProgress::Register => Self::Register,
            CaseProgress::Assess => Self::Assess,
            CaseProgress::DraftPlan => Self::DraftPlan,
            CaseProgress::ApprovePlan => Self::ApprovePlan,
            CaseProgress::Implement => Self::Implement,
            CaseProgress::Review => Self::Review,
            CaseProgress::BeginClosing => Self::BeginClosing,
        }
    }
}

impl CaseStep {
    /// What the journal calls it.
    #[must_use]
    pub fn event(self) -> &'static str {
        match self {
            Self::Register => "registered",
            Self::Assess => "assessment_begun",
            Self::DraftPlan => "plan_begun",
            Self::ApprovePlan => "plan_approved",
            Self::Implement => "implementation_begun",
            Self::Review => "review_begun",
            Self::BeginClosing => "closing_begun",
            Self::Close => "closed",
            Self::Reopen => "reopened",
            Self::Transfer => "transferred",
            Self::TakeUp => "taken_up",
            Self::MarkDuplicate => "marked_duplicate",
        }
    }
}

impl CaseState {
    /// Whether somebody is in charge of the case: exactly one, while it is worked on.
    #[must_use]
    pub fn is_managed(self) -> bool {
        match self {
            Self::New
            | Self::Registered
            | Self::Assessing
            | Self::PlanDrafting
            | Self::PlanApproved
            | Self::Implementing
            | Self::Reviewing
            | Self::Closing => true,
            Self::Closed | Self::Transferred | Self::Duplicate => false,
        }
    }

    /// Whether the case is one of those of which a child or a family has at most one.
    #[must_use]
    pub fn is_open(self) -> bool {
        self.is_managed() || self == Self::Transferred
    }

    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: CaseStep) -> Result<Self> {
        use CaseState::{
            Assessing, Closed, Closing, Duplicate, Implementing, New, PlanApproved, PlanDrafting,
            Registered, Reviewing, Transferred,
        };
        use CaseStep::{
            ApprovePlan, Assess, BeginClosing, Close, DraftPlan, Implement, MarkDuplicate,
            Register, Reopen, Review, TakeUp, Transfer,
        };
        match (self, step) {
            (New, Register) => Ok(Registered),
            (Registered | Closing, Assess) | (Closed, Reopen) | (Transferred, TakeUp) => {
                Ok(Assessing)
            }
            (Assessing, DraftPlan) => Ok(PlanDrafting),
            (PlanDrafting, ApprovePlan) => Ok(PlanApproved),
            (PlanApproved | Reviewing, Implement) => Ok(Implementing),
            (Implementing, Review) => Ok(Reviewing),
            (
                Registered | Assessing | PlanDrafting | PlanApproved | Implementing | Reviewing,
                BeginClosing,
            ) => Ok(Closing),
            (Closing, Close) => Ok(Closed),
            (
                New | Registered | Assessing | PlanDrafting | PlanApproved | Implementing
                | Reviewing | Closing | Transferred,
                Transfer,
            ) => Ok(Transferred),
            (
                New | Registered | Assessing | PlanDrafting | PlanApproved | Implementing
                | Reviewing | Closing | Closed | Transferred,
                MarkDuplicate,
            ) => Ok(Duplicate),
            (
                New,
                Assess | DraftPlan | ApprovePlan | Implement | Review | BeginClosing | Close
                | Reopen | TakeUp,
            )
            | (
                Registered,
                Register | DraftPlan | ApprovePlan | Implement | Review | Close | Reopen | TakeUp,
            )
            | (
                Assessing,
                Register | Assess | ApprovePlan | Implement | Review | Close | Reopen | TakeUp,
            )
            | (
                PlanDrafting,
                Register | Assess | DraftPlan | Implement | Review | Close | Reopen | TakeUp,
            )
            | (
                PlanApproved | Reviewing,
                Register | Assess | DraftPlan | ApprovePlan | Review | Close | Reopen | TakeUp,
            )
            | (
                Implementing,
                Register | Assess | DraftPlan | ApprovePlan | Implement | Close | Reopen | TakeUp,
            )
            | (
                Closing,
                Register | DraftPlan | ApprovePlan | Implement | Review | BeginClosing | Reopen
                | TakeUp,
            )
            | (
                Closed,
                Register | Assess | DraftPlan | ApprovePlan | Implement | Review | BeginClosing
                | Close | Transfer | TakeUp,
            )
            | (
                Transferred,
                Register | Assess | DraftPlan | ApprovePlan | Implement | Review | BeginClosing
                | Close | Reopen,
            )
            | (
                Duplicate,
                Register | Assess | DraftPlan | ApprovePlan | Implement | Review | BeginClosing
                | Close | Reopen | Transfer | TakeUp | MarkDuplicate,
            ) => Err(Error::State(format!(
                "the step {} is not possible for a case that is {}",
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
    fn steps_of_a_case() {
        let mut table = String::new();
        for &state in CaseState::ALL {
            for &step in CaseStep::ALL {
                let result = state.after(step).map_or("-", CaseState::as_str);
                writeln!(table, "{:<13} {:<14} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }

    /// A case that takes a step from an open state is open after it, but for the two that end it.
    #[test]
    fn a_case_ends_by_closing_and_as_a_duplicate_only() {
        for &state in CaseState::ALL {
            for &step in CaseStep::ALL {
                let Ok(next) = state.after(step) else { continue };
                let ends = [CaseStep::Close, CaseStep::MarkDuplicate].contains(&step);
                assert_eq!(next.is_open(), !ends, "{state:?} {step:?}");
            }
        }
    }
}
