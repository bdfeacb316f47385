//! The states of incidents and complaints, and what may be done in each.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where an incident is in its life.
    pub enum IncidentState {
        Reported = "reported",
        UnderInvestigation = "under_investigation",
        Closed = "closed",
        EnteredInError = "entered_in_error",
    }
}

text_enum! {
    /// What can be done with an incident.
    pub enum IncidentStep {
        /// The police or the inspectorate is told.
        Notify = "notify",
        Investigate = "investigate",
        AddFinding = "add_finding",
        Close = "close",
        Annul = "annul",
    }
}

text_enum! {
    /// Where a complaint is in its life.
    pub enum ComplaintState {
        Received = "received",
        Resolved = "resolved",
        EnteredInError = "entered_in_error",
    }
}

text_enum! {
    /// What can be done with a complaint.
    pub enum ComplaintStep {
        Resolve = "resolve",
        Annul = "annul",
    }
}

impl IncidentState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: IncidentStep) -> Result<Self> {
        use IncidentStep::{AddFinding, Annul, Close, Investigate, Notify};
        match (self, step) {
            (Self::Reported | Self::UnderInvestigation, Notify) => Ok(self),
            (Self::Reported, Investigate) | (Self::UnderInvestigation, AddFinding) => {
                Ok(Self::UnderInvestigation)
            }
            (Self::UnderInvestigation, Close) => Ok(Self::Closed),
            (Self::Reported | Self::UnderInvestigation | Self::Closed, Annul) => {
                Ok(Self::EnteredInError)
            }
            (Self::Reported, AddFinding | Close)
            | (Self::UnderInvestigation, Investigate)
            | (Self::Closed, Notify | Investigate | AddFinding | Close)
            | (Self::EnteredInError, Notify | Investigate | AddFinding | Close | Annul) => {
                let (step, state) = (step.as_str(), self.as_str());
                Err(Error::State(format!("the step {step} leads nowhere from {state}")))
            }
        }
    }
}

impl ComplaintState {
    /// Where `step` leads from here; 409 if it leads nowhere.
    pub fn after(self, step: ComplaintStep) -> Result<Self> {
        use ComplaintStep::{Annul, Resolve};
        match (self, step) {
            (Self::Received, Resolve) => Ok(Self::Resolved),
            (Self::Received | Self::Resolved, Annul) => Ok(Self::EnteredInError),
            (Self::Resolved, Resolve) | (Self::EnteredInError, Resolve | Annul) => {
                let (step, state) = (step.as_str(), self.as_str());
                Err(Error::State(format!("cannot {step} a complaint that is {state}")))
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
    fn steps_of_incidents_and_complaints() {
        let mut table = String::new();
        for &state in IncidentState::ALL {
            for &step in IncidentStep::ALL {
                let to = state.after(step).map_or("-", IncidentState::as_str);
                writeln!(table, "incident  {:<19} {:<11} {to}", state.as_str(), step.as_str())
                    .unwrap();
            }
        }
        for &state in ComplaintState::ALL {
            for &step in ComplaintStep::ALL {
                let to = state.after(step).map_or("-", ComplaintState::as_str);
                writeln!(table, "complaint {:<19} {:<11} {to}", state.as_str(), step.as_str())
                    .unwrap();
            }
        }
        insta::assert_snapshot!(table, @r"
        incident  reported            notify      reported
        incident  reported            investigate under_investigation
        incident  reported            add_finding -
        incident  reported            close       -
        incident  reported            annul       entered_in_error
        incident  under_investigation notify      under_investigation
        incident  under_investigation investigate -
        incident  under_investigation add_finding under_investigation
        incident  under_investigation close       closed
        incident  under_investigation annul       entered_in_error
        incident  closed              notify      -
        incident  closed              investigate -
        incident  closed              add_finding -
        incident  closed              close       -
        incident  closed              annul       entered_in_error
        incident  entered_in_error    notify      -
        incident  entered_in_error    investigate -
        incident  entered_in_error    add_finding -
        incident  entered_in_error    close       -
        incident  entered_in_error    annul       -
        complaint received            resolve     resolved
        complaint received            annul       entered_in_error
        complaint resolved            resolve     -
        complaint resolved            annul       entered_in_error
        complaint entered_in_error    resolve     -
        complaint entered_in_error    annul       -
        ");
    }
}
