//! What a carer family is and which rules hold for it. No SQL, no HTTP, no clock.
mod approval;
mod distance;
mod family;
mod household;
mod readiness;
mod request;
mod state;

pub use approval::{
    Approval, ApprovalId, CarerApprovalPage, CarerSex, Exemption, Exemptions, NewCarerApproval,
};
pub use distance::BoundingBox;
pub use family::{CarerFamily, CarerFamilyId, CarerStatePeriod, Suspension, WhyNot};
pub use household::{
    CarerCheck, CarerCheckResult, CarerPerson, CarerRole, CarerTraining, CarerTrainingKind,
};
pub use request::{
    CarerFamilyPatch, CarerPersonDetails, CarerStepRequest, NewCarerCheck, NewCarerFamily,
    NewCarerPerson, NewCarerTraining,
};
pub use state::{CarerFamilyStep, CarerState, CarerStep};

use chrono::{Datelike, NaiveDate};

use crate::platform::error::{Error, Result};

/// Whether a record of the registry can mean this day; the database might not hold others.
#[must_use]
pub fn is_plausible(day: NaiveDate) -> bool {
    (1900..2200).contains(&day.year())
}

/// Refuses a day that no record can mean.
pub fn plausible(pointer: &str, day: NaiveDate) -> Result<()> {
    if is_plausible(day) {
        return Ok(());
    }
    Err(Error::value(pointer, "out_of_range", "must lie in the years 1900 to 2199"))
}

/// Refuses a day that has not come yet.
pub fn not_future(pointer: &str, day: NaiveDate, today: NaiveDate) -> Result<()> {
    plausible(pointer, day)?;
    if day <= today {
        return Ok(());
    }
    Err(Error::value(pointer, "future_date", "must not lie in the future"))
}
