//! The states of a carer family and the steps between them (UN Guidelines ¶118).
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where a family stands on the way to approval and after.
    pub enum CarerState {
        Enquiry = "enquiry",
        ApplicationSubmitted = "application_submitted",
        Checks = "checks",
        HomeStudy = "home_study",
        Training = "training",
        Panel = "panel",
        Approved = "approved",
        Suspended = "suspended",
        Refused = "refused",
        Appeal = "appeal",
        Withdrawn = "withdrawn",
        Revoked = "revoked",
        Expired = "expired",
        Resigned = "resigned",
        Closed = "closed",
    }
}

text_enum! {
    /// What can happen to a carer family.
    pub enum CarerStep {
        Submit = "submit",
        BeginChecks = "begin_checks",
        BeginHomeStudy = "begin_home_study",
        BeginTraining = "begin_training",
        ConvenePanel = "convene_panel",
        Approve = "approve",
        Refuse = "refuse",
        Appeal = "appeal",
        Suspend = "suspend",
        Reinstate = "reinstate",
        Revoke = "revoke",
        Expire = "expire",
        Resign = "resign",
        Close = "close",
        Withdraw = "withdraw",
    }
}

text_enum! {
    /// A step that has an address of its own; an approval has terms and goes by `/approvals`.
    pub enum CarerFamilyStep {
        Submit = "submit",
        BeginChecks = "begin-checks",
        BeginHomeStudy = "begin-home-study",
        BeginTraining = "begin-training",
        ConvenePanel = "convene-panel",
        Refuse = "refuse",
        Appeal = "appeal",
        Suspend = "suspend",
        Reinstate = "reinstate",
        Revoke = "revoke",
        Expire = "expire",
        Resign = "resign",
        Close = "close",
        Withdraw = "withdraw",
    }
}

impl From<CarerFamilyStep> for CarerStep {
    fn from(step: CarerFamilyStep) -> Self {
        match step {
            CarerFamilyStep::Submit => Self::Submit,
            CarerFamilyStep::BeginChecks => Self::BeginChecks,
            CarerFamilyStep::BeginHomeStudy => Self::BeginHomeStudy,
            CarerFamilyStep::BeginTraining => Self::BeginTraining,
            CarerFamilyStep::ConvenePanel => Self::ConvenePanel,
            CarerFamilyStep::Refuse => Self::Refuse,
            CarerFamilyStep::Appeal => Self::Appeal,
            CarerFamilyStep::Suspend => Self::Suspend,
            CarerFamilyStep::Reinstate => Self::Reinstate,
            CarerFamilyStep::Revoke => Self::Revoke,
            CarerFamilyStep::Expire => Self::Expire,
            CarerFamilyStep::Resign => Self::Resign,
            CarerFamilyStep::Close => Self::Close,
            CarerFamilyStep::Withdraw => Self::Withdraw,
        }
    }
}

impl CarerFamilyStep {
    /// Whether the step is a decision about the family's approval, which takes the right to
    /// approve; the others are the work of those who support families.
    #[must_use]
    pub fn decides(self) -> bool {
        match self {
            Self::Refuse | Self::Suspend | Self::Reinstate | Self::Revoke => true,
            Self::Submit
            | Self::BeginChecks
            | Self::BeginHomeStudy
            | Self::BeginTraining
            | Self::ConvenePanel
            | Self::Appeal
            | Self::Expire
            | Self::Resign
            | Self::Close
            | Self::Withdraw => false,
        }
    }
}

impl CarerStep {
    /// Why an approval that is in force or still to come ends with the step, if it does: a code of the
    /// list `carer_end_reason`.
    #[must_use]
    pub fn ends_approvals(self) -> Option<&'static str> {
        match self {
            Self::Revoke => Some("revoked"),
            Self::Resign => Some("resigned"),
            Self::Submit
            | Self::BeginChecks
            | Self::BeginHomeStudy
            | Self::BeginTraining
            | Self::ConvenePanel
            | Self::Approve
            | Self::Refuse
            | Self::Appeal
            | Self::Suspend
            | Self::Reinstate
            | Self::Expire
            | Self::Close
            | Self::Withdraw => None,
        }
    }

    /// The step's name in the history.
    #[must_use]
    pub fn event(self) -> &'static str {
        match self {
            Self::Submit => "application_submitted",
            Self::BeginChecks => "checks_begun",
            Self::BeginHomeStudy => "home_study_begun",
            Self::BeginTraining => "training_begun",
            Self::ConvenePanel => "panel_convened",
            Self::Approve => "approved",
            Self::Refuse => "refused",
            Self::Appeal => "appealed",
            Self::Suspend => "suspended",
            Self::Reinstate => "reinstated",
            Self::Revoke => "revoked",
            Self::Expire => "expired",
            Self::Resign => "resigned",
            Self::Close => "closed",
            Self::Withdraw => "withdrawn",
        }
    }
}

impl CarerState {
    /// Where `step` leads from here.
    ///
    /// Names every pair, so that a new state or step does not compile until someone has decided
    /// about each.
    #[rustfmt::skip]
    #[expect(clippy::unnested_or_patterns, reason = "a line for each group of states")]
    pub fn after(self, step: CarerStep) -> Result<Self> {
        use CarerState as F;
        use CarerStep as S;
        match (self, step) {
            (F::Enquiry, S::Submit) => Ok(F::ApplicationSubmitted),
            // A family whose approval ran out is checked anew.
            (F::ApplicationSubmitted | F::Expired, S::BeginChecks) => Ok(F::Checks),
            (F::Checks, S::BeginHomeStudy) => Ok(F::HomeStudy),
            (F::HomeStudy, S::BeginTraining) => Ok(F::Training),
            (F::Training | F::Appeal, S::ConvenePanel) => Ok(F::Panel),
            // Approving an approved family is the renewal.
            (F::Panel | F::Approved, S::Approve) | (F::Suspended, S::Reinstate) => Ok(F::Approved),
            (F::Panel, S::Refuse) => Ok(F::Refused),
            (F::Refused, S::Appeal) => Ok(F::Appeal),
            (F::Approved, S::Suspend) => Ok(F::Suspended),
            (F::Suspended, S::Revoke) => Ok(F::Revoked),
            // Time does not stand still for a suspended family.
            (F::Approved | F::Suspended, S::Expire) => Ok(F::Expired),
            (F::Approved, S::Resign) => Ok(F::Resigned),
            (F::Refused | F::Appeal | F::Withdrawn | F::Revoked | F::Expired | F::Resigned, S::Close) =>
                Ok(F::Closed),
            (F::Enquiry | F::ApplicationSubmitted | F::Checks | F::HomeStudy | F::Training | F::Panel,
                S::Withdraw) => Ok(F::Withdrawn),
            (F::Enquiry | F::ApplicationSubmitted | F::Checks | F::HomeStudy | F::Training,
                S::Approve | S::Refuse | S::Appeal | S::Suspend | S::Reinstate | S::Revoke | S::Expire
                | S::Resign | S::Close)
            | (F::Enquiry, S::BeginChecks | S::BeginHomeStudy | S::BeginTraining | S::ConvenePanel)
            | (F::ApplicationSubmitted, S::Submit | S::BeginHomeStudy | S::BeginTraining | S::ConvenePanel)
            | (F::Checks, S::Submit | S::BeginChecks | S::BeginTraining | S::ConvenePanel)
            | (F::HomeStudy, S::Submit | S::BeginChecks | S::BeginHomeStudy | S::ConvenePanel)
            | (F::Training, S::Submit | S::BeginChecks | S::BeginHomeStudy | S::BeginTraining)
            | (F::Panel | F::Approved | F::Suspended | F::Refused | F::Appeal | F::Withdrawn | F::Revoked
                | F::Resigned | F::Closed,
                S::Submit | S::BeginChecks | S::BeginHomeStudy | S::BeginTraining)
            | (F::Expired, S::Submit | S::BeginHomeStudy | S::BeginTraining)
            | (F::Panel | F::Approved | F::Suspended | F::Refused | F::Withdrawn | F::Revoked | F::Expired
                | F::Resigned | F::Closed, S::ConvenePanel)
            | (F::Panel, S::Appeal | S::Suspend | S::Reinstate | S::Revoke | S::Expire | S::Resign | S::Close)
            | (F::Approved, S::Refuse | S::Appeal | S::Reinstate | S::Revoke | S::Close | S::Withdraw)
            | (F::Suspended, S::Approve | S::Refuse | S::Appeal | S::Suspend | S::Resign | S::Close | S::Withdraw)
            | (F::Refused | F::Appeal | F::Withdrawn | F::Revoked | F::Expired | F::Resigned | F::Closed,
                S::Approve | S::Refuse | S::Suspend | S::Reinstate | S::Revoke | S::Expire | S::Resign
                | S::Withdraw)
            | (F::Appeal | F::Withdrawn | F::Revoked | F::Expired | F::Resigned | F::Closed, S::Appeal)
            | (F::Closed, S::Close) => Err(Error::State(format!(
                "a carer family that is {} cannot take the step {}", self.as_str(), step.as_str()
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
