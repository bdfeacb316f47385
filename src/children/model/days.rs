//! On which days something can have happened to a child.
use chrono::NaiveDate;

use super::Child;
use crate::platform::{
    error::{Error, Result},
    rule::Refusal,
    time::not_future,
};

impl Child {
    /// Refuses a day ahead, before the birth, or after death or final adoption (PL-07). On its last day itself
    /// things may still have happened to a child.
    pub fn check_happened(&self, pointer: &str, day: NaiveDate, today: NaiveDate) -> Result<()> {
        not_future(pointer, day, today)?;
        if self.birth_date.is_none_or(|birth| day < birth) {
            let detail = "must not lie before the child was born";
            return Err(Error::value(pointer, "before_birth", detail));
        }
        if self.death_date.into_iter().chain(self.adopted_on).any(|end| end < day) {
            let detail =
                "nothing of this kind is recorded for days after a child's death or final adoption";
            return Err(Refusal::conflict("PL-07", detail).at(pointer).into());
        }
        Ok(())
    }

    /// Refuses what is to go on from a day on which the child had died or was adopted (PL-07).
    pub fn check_goes_on(&self, pointer: &str, from: NaiveDate) -> Result<()> {
        if self.death_date.into_iter().chain(self.adopted_on).any(|end| end <= from) {
            let detail = "after a child's death or final adoption nothing more begins";
            return Err(Refusal::conflict("PL-07", detail).at(pointer).into());
        }
        Ok(())
    }
}
