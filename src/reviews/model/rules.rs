//! The rules of reviews as pure functions: facts in, a refusal or nothing out.
use chrono::NaiveDate;

use crate::platform::{error::Result, rule::Refusal, time::birthday};

/// The ages that a way of taking part is for, in whole years, from its code list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    pub min: Option<u32>,
    pub max: Option<u32>,
}

/// RV-04: how the child took part fits its age on the day. On the birthday that parts two ages, either
/// is accepted; a child that is not born yet is as young as can be.
pub fn check_participation(ages: Ages, birth: Option<NaiveDate>, day: NaiveDate) -> Result<()> {
    let old_enough = |min| birth.is_some_and(|birth| birthday(birth, min) <= day);
    let young_enough = |max: u32| birth.is_none_or(|birth| day <= birthday(birth, max + 1));
    if ages.min.is_none_or(old_enough) && ages.max.is_none_or(young_enough) {
        return Ok(());
    }
    let detail = "how the child took part does not fit its age on the day of the review";
    Err(Refusal::values("RV-04", detail)
        .at("/participation")
        .fact("min_age", ages.min)
        .fact("max_age", ages.max)
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rv_04_both_are_accepted_on_the_fourth_birthday() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (young, old) = (Ages { min: None, max: Some(3) }, Ages { min: Some(4), max: None });
        let fits = |born: &str, on: &str| {
            let birth = Some(day(born));
            let fits = |ages| check_participation(ages, birth, day(on)).is_ok();
            (fits(young), fits(old))
        };
        assert_eq!(fits("2022-05-01", "2026-04-30"), (true, false));
        assert_eq!(fits("2022-05-01", "2026-05-01"), (true, true));
        assert_eq!(fits("2022-05-01", "2026-05-02"), (false, true));
        // Born on a leap day: the fourth birthday is a leap day again.
        assert_eq!(fits("2024-02-29", "2028-02-28"), (true, false));
        assert_eq!(fits("2024-02-29", "2028-02-29"), (true, true));
        assert_eq!(fits("2024-02-29", "2028-03-01"), (false, true));
        assert!(check_participation(young, None, day("2026-05-01")).is_ok());
        assert!(check_participation(old, None, day("2026-05-01")).is_err());
    }
}
