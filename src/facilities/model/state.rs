//! The life of a facility: its states, its steps, and which step leads where.
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

text_enum! {
    /// Where the registration of a facility stands.
    pub enum FacilityState {
        /// Registration was applied for.
        Application = "application",
        /// Inspected before registration.
        Inspected = "inspected",
        /// Registered: it takes children.
        Registered = "registered",
        /// Registered under conditions: it takes children.
        ConditionsImposed = "conditions_imposed",
        /// It takes no more children; those who live there stay.
        AdmissionsStopped = "admissions_stopped",
        /// Its registration is suspended.
        Suspended = "suspended",
        /// Its registration was revoked.
        Revoked = "revoked",
        /// Its registration ran out.
        Expired = "expired",
        /// It is being closed: the children move out.
        Closing = "closing",
        /// It is closed.
        Closed = "closed",
    }
}

text_enum! {
    /// A decision about a facility.
    pub enum FacilityStep {
        Inspect = "inspect",
        Register = "register",
        ImposeConditions = "impose_conditions",
        StopAdmissions = "stop_admissions",
        Suspend = "suspend",
        Restore = "restore",
        Revoke = "revoke",
        Expire = "expire",
        BeginClosing = "begin_closing",
        Close = "close",
    }
}

impl FacilityState {
    /// Where `step` leads from here; 409 where it is not possible.
    ///
    /// `Register` in a state that is registered already is a renewal and changes nothing else.
    pub fn after(self, step: FacilityStep) -> Result<Self> {
        use FacilityState::{
            AdmissionsStopped, Application, Closed, Closing, ConditionsImposed, Expired, Inspected,
            Registered, Revoked, Suspended,
        };
        use FacilityStep::{
            BeginClosing, Close, Expire, ImposeConditions, Inspect, Register, Restore, Revoke,
            StopAdmissions, Suspend,
        };
        match (self, step) {
            (Application | Revoked | Expired, Inspect) => Ok(Inspected),
            (Inspected | Registered | Expired, Register)
            | (ConditionsImposed | AdmissionsStopped | Suspended, Restore) => Ok(Registered),
            (ConditionsImposed | AdmissionsStopped, Register) => Ok(self),
            (Registered, ImposeConditions) => Ok(ConditionsImposed),
            (Registered | ConditionsImposed, StopAdmissions) => Ok(AdmissionsStopped),
            (Registered | ConditionsImposed | AdmissionsStopped, Suspend) => Ok(Suspended),
            (ConditionsImposed | AdmissionsStopped | Suspended, Revoke) => Ok(Revoked),
            (Registered | ConditionsImposed | AdmissionsStopped | Suspended, Expire) => Ok(Expired),
            (
                Registered | ConditionsImposed | AdmissionsStopped | Suspended | Revoked | Expired,
                BeginClosing,
            ) => Ok(Closing),
            (Closing, Close) => Ok(Closed),
            (
                Application,
                Register | ImposeConditions | StopAdmissions | Suspend | Restore | Revoke | Expire
                | BeginClosing | Close,
            )
            | (
                Inspected,
                Inspect | ImposeConditions | StopAdmissions | Suspend | Restore | Revoke | Expire
                | BeginClosing | Close,
            )
            | (Registered, Inspect | Restore | Revoke | Close)
            | (ConditionsImposed, Inspect | ImposeConditions | Close)
            | (AdmissionsStopped, Inspect | ImposeConditions | StopAdmissions | Close)
            | (
                Suspended,
                Inspect | Register | ImposeConditions | StopAdmissions | Suspend | Close,
            )
            | (
                Revoked,
                Register | ImposeConditions | StopAdmissions | Suspend | Restore | Revoke | Expire
                | Close,
            )
            | (
                Expired,
                ImposeConditions | StopAdmissions | Suspend | Restore | Revoke | Expire | Close,
            )
            | (
                Closing,
                Inspect | Register | ImposeConditions | StopAdmissions | Suspend | Restore | Revoke
                | Expire | BeginClosing,
            )
            | (
                Closed,
                Inspect | Register | ImposeConditions | StopAdmissions | Suspend | Restore | Revoke
                | Expire | BeginClosing | Close,
            ) => Err(Error::State(format!(
                "the step {} is not possible for a facility that is {}",
                step.as_str(),
                self.as_str()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, so that a reviewer sees every pair that a change affects.
    #[test]
    fn every_pair_of_state_and_step() {
        let mut table = Vec::new();
        for &state in FacilityState::ALL {
            table.push(state.as_str().to_owned());
            let mut refused = "    never:".to_owned();
            for &step in FacilityStep::ALL {
                match state.after(step) {
                    Ok(after) => table.push(format!("    {} → {}", step.as_str(), after.as_str())),
                    Err(_) => refused = refused + " " + step.as_str(),
                }
            }
            table.push(refused);
        }
        insta::assert_snapshot!(table.join("\n"), @"
        application
            inspect → inspected
            never: register impose_conditions stop_admissions suspend restore revoke expire begin_closing close
        inspected
            register → registered
            never: inspect impose_conditions stop_admissions suspend restore revoke expire begin_closing close
        registered
            register → registered
            impose_conditions → conditions_imposed
            stop_admissions → admissions_stopped
            suspend → suspended
            expire → expired
            begin_closing → closing
            never: inspect restore revoke close
        conditions_imposed
            register → conditions_imposed
            stop_admissions → admissions_stopped
            suspend → suspended
            restore → registered
            revoke → revoked
            expire → expired
            begin_closing → closing
            never: inspect impose_conditions close
        admissions_stopped
            register → admissions_stopped
            suspend → suspended
            restore → registered
            revoke → revoked
            expire → expired
            begin_closing → closing
            never: inspect impose_conditions stop_admissions close
        suspended
            restore → registered
            revoke → revoked
            expire → expired
            begin_closing → closing
            never: inspect register impose_conditions stop_admissions suspend close
        revoked
            inspect → inspected
            begin_closing → closing
            never: register impose_conditions stop_admissions suspend restore revoke expire close
        expired
            inspect → inspected
            register → registered
            begin_closing → closing
            never: impose_conditions stop_admissions suspend restore revoke expire close
        closing
            close → closed
            never: inspect register impose_conditions stop_admissions suspend restore revoke expire begin_closing
        closed
            never: inspect register impose_conditions stop_admissions suspend restore revoke expire begin_closing close
        ");
    }
}
