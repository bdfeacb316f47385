//! Civil time: days in the registry's time zone, ages, months that end early, reads of the past.
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use utoipa::IntoParams;

use super::error::{Error, Fault, Result};

/// The day that an instant falls on in a time zone.
#[must_use]
pub fn day_in(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// `months` later, clamped to the end of the month: six months from 31 August is 28 or 29 February.
#[must_use]
pub fn add_months(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// The day on which somebody born on `birth` turns `years`. Born on 29 February: on 28 February of
/// a common year.
#[must_use]
pub fn birthday(birth: NaiveDate, years: u32) -> NaiveDate {
    add_months(birth, years.saturating_mul(12))
}

/// Whole years of age on `day`; 0 before birth.
#[must_use]
pub fn age_on(birth: NaiveDate, day: NaiveDate) -> i32 {
    let years = day.year() - birth.year();
    let had_birthday = u32::try_from(years).is_ok_and(|years| birthday(birth, years) <= day);
    (if had_birthday { years } else { years - 1 }).max(0)
}

/// Whether `day` lies in the half-open period `[from, to)`.
#[must_use]
pub fn within(day: NaiveDate, from: NaiveDate, to: Option<NaiveDate>) -> bool {
    from <= day && to.is_none_or(|to| day < to)
}

/// The faults of a half-open period whose members `valid_from` and `valid_to` stand under `at`.
pub fn check_period(
    at: &str,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    faults: &mut Vec<Fault>,
) {
    if from.zip(to).is_some_and(|(from, to)| to <= from) {
        let detail = "must be after valid_from: it is the first day outside the period";
        faults.push(Fault::new(format!("{at}/valid_to"), "out_of_order", detail));
    }
}

/// Whether the text is a day or an instant outside the years 1900 to 2199. What lies outside is a
/// typing error, and PostgreSQL could not keep all of it.
#[must_use]
pub fn is_beyond(text: &str) -> bool {
    let day = text
        .parse::<NaiveDate>()
        .or_else(|_| text.parse::<DateTime<Utc>>().map(|instant| instant.date_naive()));
    day.is_ok_and(|day| !(1900..2200).contains(&day.year()))
}

/// Refuses a day that has not come yet: 422 at the pointer.
pub fn not_future(pointer: &str, day: NaiveDate, today: NaiveDate) -> Result<()> {
    if day <= today {
        return Ok(());
    }
    Err(Error::value(pointer, "future_date", "must not lie in the future"))
}

/// Refuses a day that has not come yet, or that lies before the one that it follows.
pub fn in_order(
    pointer: &str,
    day: NaiveDate,
    not_before: NaiveDate,
    today: NaiveDate,
) -> Result<()> {
    not_future(pointer, day, today)?;
    if day >= not_before {
        return Ok(());
    }
    Err(Error::value(pointer, "out_of_order", "must not lie before the day that it follows"))
}

/// Whether a day lies in the bounds that are given; a day that is not there lies in none.
#[must_use]
pub fn between(day: Option<NaiveDate>, min: Option<NaiveDate>, max: Option<NaiveDate>) -> bool {
    min.is_none_or(|min| day.is_some_and(|day| day >= min))
        && max.is_none_or(|max| day.is_some_and(|day| day <= max))
}

/// Whether a member of this name holds days or instants: the contract names them all like this.
#[must_use]
pub fn names_a_time(member: &str) -> bool {
    let last = member.rsplit('_').next().unwrap_or_default();
    member == "as_of"
        || ["on", "at", "date", "from", "to", "until", "since", "before"].contains(&last)
}

/// A look into the past: what was true on a day, as far as the registry knew at an instant.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AsOf {
    /// Answers what was true on that day.
    #[param(nullable = false, example = "2026-03-01")]
    pub as_of: Option<NaiveDate>,
    /// Answers what the registry knew at that instant.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub known_at: Option<DateTime<Utc>>,
}

impl AsOf {
    /// Whether the past is asked for. What will be known is not known yet: 400.
    pub fn is_past(self, now: DateTime<Utc>) -> Result<bool> {
        if self.known_at.is_some_and(|at| at > now) {
            return Err(Error::query("known_at", "future", "must not lie in the future"));
        }
        Ok(self.as_of.is_some() || self.known_at.is_some())
    }
}

/// A look at what the registry knew, of records that have no days of their own.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct KnownAt {
    /// Answers what the registry knew at that instant.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub known_at: Option<DateTime<Utc>>,
}

impl KnownAt {
    /// The instant asked for. What will be known is not known yet: 400.
    pub fn instant(self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        AsOf::from(self).is_past(now)?;
        Ok(self.known_at)
    }
}

impl From<KnownAt> for AsOf {
    fn from(asked: KnownAt) -> Self {
        Self { as_of: None, known_at: asked.known_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_leap_day_child_has_birthdays_on_28_february() {
        let born = day("2024-02-29");
        assert_eq!(birthday(born, 3), day("2027-02-28"));
        assert_eq!(birthday(born, 4), day("2028-02-29"));
        assert_eq!((age_on(born, day("2027-02-27")), age_on(born, day("2027-02-28"))), (2, 3));
    }

    #[test]
    fn six_months_from_31_august_end_in_february() {
        assert_eq!(add_months(day("2026-08-31"), 6), day("2027-02-28"));
        assert_eq!(add_months(day("2027-08-31"), 6), day("2028-02-29"));
    }

    #[test]
    fn ages_are_whole_years() {
        let born = day("2020-06-15");
        for (on, age) in [
            ("2020-06-14", 0),
            ("2020-06-15", 0),
            ("2021-06-14", 0),
            ("2021-06-15", 1),
            ("2038-06-15", 18),
        ] {
            assert_eq!(age_on(born, day(on)), age, "{on}");
        }
    }

    #[test]
    fn days_and_instants_of_other_ages_are_told_apart() {
        for beyond in [
            "0001-01-01",
            "-0001-12-31",
            "1899-12-31",
            "2200-01-01",
            "+262142-12-31",
            "9999-12-31T23:59:59Z",
        ] {
            assert!(is_beyond(beyond), "{beyond}");
        }
        for fine in ["1900-01-01", "2199-12-31", "2026-03-01T12:00:00+05:00", "0001", "text"] {
            assert!(!is_beyond(fine), "{fine}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_of_the_registry() {
        let late: DateTime<Utc> = "2026-03-01T23:30:00Z".parse().unwrap();
        assert_eq!(day_in(Tz::Europe__Belgrade, late), day("2026-03-02"));
        assert_eq!(day_in(Tz::UTC, late), day("2026-03-01"));
    }
}
