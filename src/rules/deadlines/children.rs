//! PL-18: how long a young child has been in residential care.
use super::{Deadline, Severity, facts::ChildFacts, later};
use crate::rules::{
    finding::Rulebook,
    residential::{self, Stay},
};

/// The clock of a child who lives in residential care and was below the age limit when its days there
/// began: told from the parameter's day on, anew each week, and critical on the day after the limit.
pub fn residential(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(birth) = child.born else { return Vec::new() };
    let stays: Vec<Stay> = child
        .placements
        .iter()
        .filter(|it| it.residential)
        .map(|it| Stay { from: it.started_on, until: it.ended_on })
        .collect();
    // Only of whoever is there: the last stay goes on.
    let Some(last) = stays.last().filter(|stay| stay.until.is_none()) else { return Vec::new() };
    let Some(clock) = residential::clock(&stays, birth, last.from, book) else {
        return Vec::new();
    };
    let limit = clock.limit_on;
    let mut deadline = Deadline::new("PL-18", "child", child.id, limit);
    let away = u32::try_from(clock.gap_days).unwrap_or_default();
    let every = book.number("under3_alert_repeat_days");
    let mut at = later(later(clock.started_on, away), book.number("under3_alert_days"));
    while at <= limit {
        deadline = deadline.told_of(at, Severity::Warning, at);
        if every == 0 {
            break;
        }
        at = later(at, every);
    }
    let after = later(limit, 1);
    vec![deadline.told_of(after, Severity::Critical, after)]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::NaiveDate;

    use super::*;
    use crate::rules::deadlines::PlacementFacts;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn book() -> Rulebook {
        let numbers = [
            ("residential_min_age_years", 3),
            ("under3_planned_max_months", 6),
            ("under3_gap_days", 30),
            ("under3_alert_days", 120),
            ("under3_alert_repeat_days", 7),
        ];
        let numbers = numbers.map(|(name, number)| (name.to_owned(), number));
        Rulebook { rules: BTreeMap::new(), numbers: BTreeMap::from(numbers) }
    }

    /// Month ends, leap years, moves and short gaps: on every day what the clock itself tells.
    #[test]
    fn the_deadline_tells_on_every_day_what_the_clock_tells() {
        for lives in [
            vec![("2027-08-31", None)],
            vec![("2026-08-31", None)],
            vec![("2027-09-01", Some("2027-10-15")), ("2027-10-15", None)],
            vec![("2027-09-01", Some("2027-10-15")), ("2027-11-13", None)],
            vec![("2027-09-01", Some("2027-10-15")), ("2027-11-14", None)],
        ] {
            let stay = |(from, until): &(&str, Option<&str>)| PlacementFacts {
                started_on: day(from),
                ended_on: until.map(day),
                residential: true,
                ..PlacementFacts::default()
            };
            let child = ChildFacts {
                born: Some(day("2025-03-01")),
                placements: lives.iter().map(stay).collect(),
                ..ChildFacts::default()
            };
            let book = book();
            let deadlines = residential(&child, &book);
            let stays: Vec<Stay> = child
                .placements
                .iter()
                .map(|it| Stay { from: it.started_on, until: it.ended_on })
                .collect();
            for on in stays.last().unwrap().from.iter_days().take(400) {
                let clock = residential::clock(&stays, child.born.unwrap(), on, &book).unwrap();
                let told = deadlines[0].told_on(on);
                let told = told.map(|it| (it.due_on, it.severity == Severity::Critical));
                let expected = clock.alert_on(on, &book).map(|it| (it.due_on, it.critical));
                assert_eq!(told, expected, "{on} of {lives:?}");
                assert_eq!(deadlines[0].due_on, clock.limit_on);
            }
        }
    }
}
