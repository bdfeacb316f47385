//! The clock of residential days against a count that walks day by day.
use chrono::{Days, NaiveDate};
use kinstead::rules::{
    Rulebook,
    residential::{Clock, Stay, clock},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::book;
use crate::support::day;

const LIVES: u32 = 10_000;

/// What a count by hand says: since when, how many days there, how many away in between.
pub fn walk(stays: &[Stay], birth: NaiveDate, until: NaiveDate) -> Option<(NaiveDate, i64, i64)> {
    let there = |day: NaiveDate| {
        stays.iter().any(|stay| stay.from <= day && stay.until.is_none_or(|end| day < end))
    };
    let third = (0..1_100)
        .map(|days| birth.checked_add_days(Days::new(days)).unwrap())
        .find(|day| years_of_age(birth, *day) >= 3)
        .unwrap();
    let (mut since, mut days, mut gaps, mut away) = (None, 0, 0, 0);
    let mut today = birth;
    while today <= until {
        if there(today) {
            match since {
                Some(_) if away < 30 => gaps += away,
                _ if today < third => (since, days, gaps) = (Some(today), 0, 0),
                _ => since = None,
            }
            away = 0;
            days += 1;
        } else if away >= 30 {
            since = None;
        } else if today < until {
            away += 1;
        }
        today = today.succ_opt().unwrap();
    }
    // The day itself has only begun.
    let begun = i64::from(there(until));
    since.map(|since| (since, days - begun, gaps + away))
}

/// Years of age, counted by anniversaries: of 29 February, 28 February in a common year.
pub fn years_of_age(birth: NaiveDate, on: NaiveDate) -> i32 {
    use chrono::Datelike as _;
    (1..200)
        .take_while(|years| {
            let year = birth.year() + years;
            let anniversary = NaiveDate::from_ymd_opt(year, birth.month(), birth.day())
                .unwrap_or_else(|| NaiveDate::from_ymd_opt(year, 2, 28).unwrap());
            anniversary <= on
        })
        .last()
        .unwrap_or(0)
}

fn life() -> impl Strategy<Value = (NaiveDate, Vec<Stay>, NaiveDate)> {
    let steps = proptest::collection::vec((0_u64..70, 1_u64..150), 0..8);
    (0_u64..1_461, 0_u64..1_300, steps, 0_u64..200, any::<bool>()).prop_map(
        |(born, first, steps, later, open)| {
            let birth = day("2023-01-01") + Days::new(born);
            let (mut at, mut stays) = (birth + Days::new(first), Vec::new());
            for (gap, length) in steps {
                let from = at + Days::new(gap);
                at = from + Days::new(length);
                stays.push(Stay { from, until: Some(at) });
            }
            if let (true, Some(last)) = (open, stays.last_mut()) {
                last.until = None;
            }
            (birth, stays, at + Days::new(later))
        },
    )
}

#[test]
fn the_clock_agrees_with_a_count_day_by_day() {
    let seed =
        std::env::var("KINSTEAD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7_u64);
    eprintln!("seed {seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { cases: LIVES, failure_persistence: None, ..Config::default() };
    let rules = book(&[]);
    TestRunner::new_with_rng(config, rng)
        .run(&life(), |(birth, stays, on)| {
            let found = clock(&stays, birth, on, &rules);
            let counted = walk(&stays, birth, on);
            let told = found.map(|clock| (clock.started_on, clock.days_on(on)));
            prop_assert_eq!(told, counted.map(|(since, days, _)| (since, days)));
            if let (Some(clock), Some((since, _, gaps))) = (found, counted) {
                let limit = since.checked_add_months(chrono::Months::new(6)).unwrap();
                let gaps = u64::try_from(gaps).unwrap();
                prop_assert_eq!(clock.limit_on, limit + Days::new(gaps));
            }
            Ok(())
        })
        .unwrap();
}

fn alert(clock: &Clock, on: &str, rules: &Rulebook) -> Option<(String, bool)> {
    clock.alert_on(day(on), rules).map(|alert| (alert.due_on.to_string(), alert.critical))
}

#[test]
fn alerts_begin_at_120_days_come_every_week_and_are_critical_after_the_limit() {
    let rules = book(&[]);
    let stays = [Stay { from: day("2026-01-01"), until: None }];
    let running = clock(&stays, day("2025-01-01"), day("2026-05-01"), &rules).unwrap();
    assert_eq!(running.days_on(day("2026-05-01")), 120);
    assert_eq!(alert(&running, "2026-04-30", &rules), None);
    for (on, due, critical) in [
        ("2026-05-01", "2026-05-01", false),
        ("2026-05-07", "2026-05-01", false),
        ("2026-05-08", "2026-05-08", false),
        ("2026-07-01", "2026-06-26", false),
        ("2026-07-02", "2026-07-02", true),
        ("2026-12-01", "2026-07-02", true),
    ] {
        assert_eq!(alert(&running, on, &rules), Some((due.to_owned(), critical)), "{on}");
    }
}

#[test]
fn whoever_left_is_told_of_no_more() {
    let rules = book(&[]);
    let stays = [Stay { from: day("2026-01-01"), until: Some(day("2026-06-01")) }];
    let running = clock(&stays, day("2025-01-01"), day("2026-06-10"), &rules).unwrap();
    assert_eq!(alert(&running, "2026-06-10", &rules), None);
    assert!(clock(&stays, day("2025-01-01"), day("2026-07-01"), &rules).is_none());
}
