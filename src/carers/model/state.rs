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
        BeginChecks = "begin_checks",
        BeginHomeStudy = "begin_home_study",
        BeginTraining = "begin_training",
        ConvenePanel = "convene_panel",
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
mod tests {
    use super::*;

    /// The whole table, so that a reviewer sees every pair that a change affects.
    #[test]
    fn steps_of_a_carer_family() {
        let mut table = String::new();
        for &state in CarerState::ALL {
            for &step in CarerStep::ALL {
                let result = state.after(step).map_or("-", CarerState::as_str);
                table += &format!("{:<21} {:<17} {result}\n", state.as_str(), step.as_str());
            }
        }
        insta::assert_snapshot!(table, @r"
        enquiry               submit            application_submitted
        enquiry               begin_checks      -
        enquiry               begin_home_study  -
        enquiry               begin_training    -
        enquiry               convene_panel     -
        enquiry               approve           -
        enquiry               refuse            -
        enquiry               appeal            -
        enquiry               suspend           -
        enquiry               reinstate         -
        enquiry               revoke            -
        enquiry               expire            -
        enquiry               resign            -
        enquiry               close             -
        enquiry               withdraw          withdrawn
        application_submitted submit            -
        application_submitted begin_checks      checks
        application_submitted begin_home_study  -
        application_submitted begin_training    -
        application_submitted convene_panel     -
        application_submitted approve           -
        application_submitted refuse            -
        application_submitted appeal            -
        application_submitted suspend           -
        application_submitted reinstate         -
        application_submitted revoke            -
        application_submitted expire            -
        application_submitted resign            -
        application_submitted close             -
        application_submitted withdraw          withdrawn
        checks                submit            -
        checks                begin_checks      -
        checks                begin_home_study  home_study
        checks                begin_training    -
        checks                convene_panel     -
        checks                approve           -
        checks                refuse            -
        checks                appeal            -
        checks                suspend           -
        checks                reinstate         -
        checks                revoke            -
        checks                expire            -
        checks                resign            -
        checks                close             -
        checks                withdraw          withdrawn
        home_study            submit            -
        home_study            begin_checks      -
        home_study            begin_home_study  -
        home_study            begin_training    training
        home_study            convene_panel     -
        home_study            approve           -
        home_study            refuse            -
        home_study            appeal            -
        home_study            suspend           -
        home_study            reinstate         -
        home_study            revoke            -
        home_study            expire            -
        home_study            resign            -
        home_study            close             -
        home_study            withdraw          withdrawn
        training              submit            -
        training              begin_checks      -
        training              begin_home_study  -
        training              begin_training    -
        training              convene_panel     panel
        training              approve           -
        training              refuse            -
        training              appeal            -
        training              suspend           -
        training              reinstate         -
        training              revoke            -
        training              expire            -
        training              resign            -
        training              close             -
        training              withdraw          withdrawn
        panel                 submit            -
        panel                 begin_checks      -
        panel                 begin_home_study  -
        panel                 begin_training    -
        panel                 convene_panel     -
        panel                 approve           approved
        panel                 refuse            refused
        panel                 appeal            -
        panel                 suspend           -
        panel                 reinstate         -
        panel                 revoke            -
        panel                 expire            -
        panel                 resign            -
        panel                 close             -
        panel                 withdraw          withdrawn
        approved              submit            -
        approved              begin_checks      -
        approved              begin_home_study  -
        approved              begin_training    -
        approved              convene_panel     -
        approved              approve           approved
        approved              refuse            -
        approved              appeal            -
        approved              suspend           suspended
        approved              reinstate         -
        approved              revoke            -
        approved              expire            expired
        approved              resign            resigned
        approved              close             -
        approved              withdraw          -
        suspended             submit            -
        suspended             begin_checks      -
        suspended             begin_home_study  -
        suspended             begin_training    -
        suspended             convene_panel     -
        suspended             approve           -
        suspended             refuse            -
        suspended             appeal            -
        suspended             suspend           -
        suspended             reinstate         approved
        suspended             revoke            revoked
        suspended             expire            expired
        suspended             resign            -
        suspended             close             -
        suspended             withdraw          -
        refused               submit            -
        refused               begin_checks      -
        refused               begin_home_study  -
        refused               begin_training    -
        refused               convene_panel     -
        refused               approve           -
        refused               refuse            -
        refused               appeal            appeal
        refused               suspend           -
        refused               reinstate         -
        refused               revoke            -
        refused               expire            -
        refused               resign            -
        refused               close             closed
        refused               withdraw          -
        appeal                submit            -
        appeal                begin_checks      -
        appeal                begin_home_study  -
        appeal                begin_training    -
        appeal                convene_panel     panel
        appeal                approve           -
        appeal                refuse            -
        appeal                appeal            -
        appeal                suspend           -
        appeal                reinstate         -
        appeal                revoke            -
        appeal                expire            -
        appeal                resign            -
        appeal                close             closed
        appeal                withdraw          -
        withdrawn             submit            -
        withdrawn             begin_checks      -
        withdrawn             begin_home_study  -
        withdrawn             begin_training    -
        withdrawn             convene_panel     -
        withdrawn             approve           -
        withdrawn             refuse            -
        withdrawn             appeal            -
        withdrawn             suspend           -
        withdrawn             reinstate         -
        withdrawn             revoke            -
        withdrawn             expire            -
        withdrawn             resign            -
        withdrawn             close             closed
        withdrawn             withdraw          -
        revoked               submit            -
        revoked               begin_checks      -
        revoked               begin_home_study  -
        revoked               begin_training    -
        revoked               convene_panel     -
        revoked               approve           -
        revoked               refuse            -
        revoked               appeal            -
        revoked               suspend           -
        revoked               reinstate         -
        revoked               revoke            -
        revoked               expire            -
        revoked               resign            -
        revoked               close             closed
        revoked               withdraw          -
        expired               submit            -
        expired               begin_checks      checks
        expired               begin_home_study  -
        expired               begin_training    -
        expired               convene_panel     -
        expired               approve           -
        expired               refuse            -
        expired               appeal            -
        expired               suspend           -
        expired               reinstate         -
        expired               revoke            -
        expired               expire            -
        expired               resign            -
        expired               close             closed
        expired               withdraw          -
        resigned              submit            -
        resigned              begin_checks      -
        resigned              begin_home_study  -
        resigned              begin_training    -
        resigned              convene_panel     -
        resigned              approve           -
        resigned              refuse            -
        resigned              appeal            -
        resigned              suspend           -
        resigned              reinstate         -
        resigned              revoke            -
        resigned              expire            -
        resigned              resign            -
        resigned              close             closed
        resigned              withdraw          -
        closed                submit            -
        closed                begin_checks      -
        closed                begin_home_study  -
        closed                begin_training    -
        closed                convene_panel     -
        closed                approve           -
        closed                refuse            -
        closed                appeal            -
        closed                suspend           -
        closed                reinstate         -
        closed                revoke            -
        closed                expire            -
        closed                resign            -
        closed                close             -
        closed                withdraw          -
        ");
    }

    #[test]
    fn every_step_with_an_address_is_a_step_of_the_same_name() {
        for &step in CarerFamilyStep::ALL {
            assert_eq!(CarerStep::from(step).as_str(), step.as_str());
        }
        assert_eq!(CarerFamilyStep::ALL.len() + 1, CarerStep::ALL.len());
    }
}
