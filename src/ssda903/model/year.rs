//! The reporting year, and days as the return writes them.
use chrono::{Datelike as _, NaiveDate};

use super::table::Return;
use crate::platform::error::{Error, Result};

/// How a day is written.
const DAY: &str = "%d/%m/%Y";
/// The first year whose files are those of today.
const FIRST: i32 = 2018;
/// The last year that is taken.
const LAST: i32 = 2099;

/// A reporting year, from 1 April to 31 March: it is called by the year in which it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Year {
    number: i32,
    first: NaiveDate,
    last: NaiveDate,
}

impl Year {
    /// The year that ends on 31 March of this one.
    pub fn of(number: i32) -> Result<Self> {
        let days = NaiveDate::from_ymd_opt(number - 1, 4, 1)
            .zip(NaiveDate::from_ymd_opt(number, 3, 31))
            .filter(|_| (FIRST..=LAST).contains(&number));
        let (first, last) = days.ok_or_else(|| {
            Error::value("/year", "out_of_range", &format!("must be {FIRST} to {LAST}"))
        })?;
        Ok(Self { number, first, last })
    }

    /// The year that a return is of: that of the last day on which it says that something happened.
    #[must_use]
    pub fn of_return(whole: &Return) -> Option<Self> {
        let episodes = whole.episodes.iter().flat_map(|row| [&row.decom, &row.dec]);
        let reviews = whole.reviews.iter().map(|row| &row.review);
        let last = episodes.chain(reviews).filter_map(|cell| read_day(cell)).max()?;
        let number = if last.month() > 3 { last.year() + 1 } else { last.year() };
        Self::of(number).ok()
    }

    /// The calendar year in which it ends.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.number
    }

    /// 1 April.
    #[must_use]
    pub const fn first(self) -> NaiveDate {
        self.first
    }

    /// 31 March.
    #[must_use]
    pub const fn last(self) -> NaiveDate {
        self.last
    }

    /// Whether it has a day in common with the time from `from` until `to`, the first day after it. A
    /// time that ends on the year's first day is told once more: its end is news of this year.
    #[must_use]
    pub fn tells(self, from: NaiveDate, to: Option<NaiveDate>) -> bool {
        from <= self.last && to.is_none_or(|to| to >= self.first)
    }

    /// The end of something, if it had come when the year was over.
    #[must_use]
    pub fn known(self, end: Option<NaiveDate>) -> Option<NaiveDate> {
        end.filter(|end| *end <= self.last)
    }
}

/// The day that a cell holds, if it is written as the return writes days.
#[must_use]
pub fn read_day(cell: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(cell, DAY).ok()?;
    (write_day(day) == cell).then_some(day)
}

/// A day as the return writes it.
#[must_use]
pub fn write_day(day: NaiveDate) -> String {
    day.format(DAY).to_string()
}

/// A day that may be missing.
#[must_use]
pub fn write_some(day: Option<NaiveDate>) -> String {
    day.map(write_day).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_in_one_way_only() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 9).unwrap();
        assert_eq!(write_day(day), "09/03/2026");
        assert_eq!(read_day("09/03/2026"), Some(day));
        for other in ["9/3/2026", "2026-03-09", "31/02/2026", "09/03/26", " 09/03/2026", ""] {
            assert_eq!(read_day(other), None, "{other}");
        }
    }

    #[test]
    fn a_year_is_called_by_its_end() {
        let year = Year::of(2026).unwrap();
        assert_eq!(write_day(year.first()), "01/04/2025");
        assert_eq!(write_day(year.last()), "31/03/2026");
        let (before, after) = (year.first().pred_opt(), year.last().succ_opt().unwrap());
        assert!(year.tells(year.last(), None) && !year.tells(after, None));
        let long_ago = NaiveDate::from_ymd_opt(2010, 1, 1).unwrap();
        assert!(year.tells(long_ago, Some(year.first())) && !year.tells(long_ago, before));
        assert_eq!(year.known(Some(after)), None);
        assert!(Year::of(2017).is_err() && Year::of(2100).is_err());
    }
}
