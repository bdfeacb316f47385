//! What is due when, from which days on it is told, and how urgently.
use chrono::{Datelike, Days, NaiveDate, Weekday};
use uuid::Uuid;

use crate::text_enum;

text_enum! {
    /// How urgent an alert is.
    pub enum Severity {
        /// There is time.
        Notice = "notice",
        /// It is late, or soon will be.
        Warning = "warning",
        /// Somebody must act today.
        Critical = "critical",
    }
}

/// What must have happened: to which record, of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    pub kind: &'static str,
    pub id: Uuid,
}

/// From a day on it is told with this severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    pub from: NaiveDate,
    pub severity: Severity,
    /// The day that the alert is about: that of the deadline, unless it is told anew each week.
    pub due_on: NaiveDate,
}

/// A clock that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// Code of the rule.
    pub rule: &'static str,
    pub subject: Subject,
    /// A second child whom it is about.
    pub other: Option<Uuid>,
    /// Day by which it must have happened.
    pub due_on: NaiveDate,
    /// When it is told how urgently, by first day.
    pub stages: Vec<Stage>,
    /// First day on which it no longer runs, whatever happens.
    pub ends_on: Option<NaiveDate>,
}

impl Deadline {
    /// A deadline that warns of nothing yet.
    #[must_use]
    pub fn new(rule: &'static str, kind: &'static str, id: Uuid, due_on: NaiveDate) -> Self {
        let (subject, stages) = (Subject { kind, id }, Vec::new());
        Self { rule, subject, other: None, due_on, stages, ends_on: None }
    }

    /// The same, told from this day on with this severity.
    #[must_use]
    pub fn told(self, from: NaiveDate, severity: Severity) -> Self {
        let due_on = self.due_on;
        self.told_of(from, severity, due_on)
    }

    /// The same, told from the day after it was due with this severity.
    #[must_use]
    pub fn overdue(self, severity: Severity) -> Self {
        let after = self.due_on.succ_opt().unwrap_or(NaiveDate::MAX);
        self.told(after, severity)
    }

    /// The same, told from this day on with this severity as another alert.
    #[must_use]
    pub fn told_of(mut self, from: NaiveDate, severity: Severity, due_on: NaiveDate) -> Self {
        self.stages.push(Stage { from, severity, due_on });
        self
    }

    /// The same, about a second child as well.
    #[must_use]
    pub fn beside(mut self, other: Uuid) -> Self {
        self.other = Some(other);
        self
    }

    /// The same, which no longer runs from this day on.
    #[must_use]
    pub fn until(mut self, day: NaiveDate) -> Self {
        self.ends_on = Some(day);
        self
    }

    /// Whether it runs on a day.
    #[must_use]
    pub fn runs_on(&self, day: NaiveDate) -> bool {
        self.ends_on.is_none_or(|end| day < end)
    }

    /// What is told on a day, if anything is.
    #[must_use]
    pub fn told_on(&self, day: NaiveDate) -> Option<&Stage> {
        let begun = self.stages.iter().filter(|stage| stage.from <= day);
        begun.max_by_key(|stage| (stage.from, stage.severity)).filter(|_| self.runs_on(day))
    }

    /// The next day on which something else is told, if nothing else happens.
    #[must_use]
    pub fn changes_after(&self, day: NaiveDate) -> Option<NaiveDate> {
        let stages = self.stages.iter().map(|stage| stage.from);
        stages.chain(self.ends_on).filter(|at| *at > day).min()
    }
}

/// So many working days later: Monday to Friday. The registry knows no public holidays, so such a day may
/// come early and never late.
#[must_use]
pub fn working_days_after(day: NaiveDate, days: u32) -> NaiveDate {
    let mut at = day;
    let mut left = days;
    while left > 0 {
        let Some(next) = at.checked_add_days(Days::new(1)) else { return NaiveDate::MAX };
        at = next;
        if !matches!(at.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn working_days_pass_over_weekends() {
        for (from, days, to) in [
            ("2026-11-23", 5, "2026-11-30"),
            ("2026-11-27", 1, "2026-11-30"),
            ("2026-11-28", 1, "2026-11-30"),
            ("2028-02-28", 2, "2028-03-01"),
            ("2026-11-27", 0, "2026-11-27"),
        ] {
            assert_eq!(working_days_after(day(from), days), day(to), "{from} and {days}");
        }
    }

    #[test]
    fn a_deadline_tells_the_last_stage_that_has_begun_until_it_ends() {
        let due = day("2026-03-10");
        let deadline = Deadline::new("RV-01", "care_period", Uuid::nil(), due)
            .told(day("2026-03-01"), Severity::Notice)
            .overdue(Severity::Warning)
            .until(day("2026-04-01"));
        let told = |on: &str| deadline.told_on(day(on)).map(|stage| stage.severity);
        assert_eq!(told("2026-02-28"), None);
        assert_eq!(told("2026-03-01"), Some(Severity::Notice));
        assert_eq!(told("2026-03-10"), Some(Severity::Notice));
        assert_eq!(told("2026-03-11"), Some(Severity::Warning));
        assert_eq!(told("2026-04-01"), None);
        assert_eq!(deadline.changes_after(day("2026-03-01")), Some(day("2026-03-11")));
        assert_eq!(deadline.changes_after(day("2026-03-11")), Some(day("2026-04-01")));
        assert_eq!(deadline.changes_after(day("2026-04-01")), None);
    }
}
