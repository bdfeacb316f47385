//! PL-16 to PL-20: residential care of children below the age limit, and the clock of their days.
use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::finding::{Broken, Finding, Rulebook};
use crate::platform::time::{add_months, birthday};

/// Codes of the rules that are judged here.
pub const RULES: &[&str] = &["PL-16", "PL-17", "PL-18", "PL-19", "PL-20"];
/// The group of types of care that they are about: an attribute of the list `care_type`.
pub const GROUP: &str = "residential";
/// Parameters that they go by.
pub const PARAMETERS: &[&str] = &[
    "residential_min_age_years",
    "under3_planned_max_months",
    "under3_emergency_days",
    "under3_gap_days",
    "under3_alert_days",
    "under3_alert_repeat_days",
    "under3_sibling_allowed",
    "under3_national_exception_allowed",
];

/// Some days in residential care: half-open, going on if `until` is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
}

/// The clock of a child who was below the age limit when its residential days began. It runs on over
/// moves, over the age limit and over gaps shorter than `under3_gap_days`, in which it stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The first of these days.
    pub started_on: NaiveDate,
    /// Days on which the child was not there.
    pub gap_days: i64,
    /// The day by which the child must have left: on the day after, the alert is critical.
    pub limit_on: NaiveDate,
    /// First day of the days that the child is not, or will no longer be, there.
    pub until: Option<NaiveDate>,
}

impl Clock {
    /// Days that the child has spent there when `day` begins.
    #[must_use]
    pub fn days_on(&self, day: NaiveDate) -> i64 {
        let end = self.until.map_or(day, |until| until.min(day));
        ((end - self.started_on).num_days() - self.gap_days).max(0)
    }

    /// What is to be told on a day on which the child is there: the day on which the last alert fell
    /// due, and whether the limit has passed.
    #[must_use]
    pub fn alert_on(&self, day: NaiveDate, book: &Rulebook) -> Option<ClockAlert> {
        if day < self.started_on || self.until.is_some_and(|until| until <= day) {
            return None;
        }
        if day > self.limit_on {
            let due_on = self.limit_on.checked_add_days(Days::new(1))?;
            return Some(ClockAlert { due_on, critical: true });
        }
        let (first, every) =
            (book.number("under3_alert_days"), book.number("under3_alert_repeat_days"));
        let beyond = u64::try_from(self.days_on(day) - i64::from(first)).ok()?;
        let since = beyond.checked_rem(u64::from(every)).unwrap_or(beyond);
        Some(ClockAlert { due_on: day.checked_sub_days(Days::new(since))?, critical: false })
    }
}

/// An alert that the clock gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockAlert {
    pub due_on: NaiveDate,
    pub critical: bool,
}

/// The day on which a child passes the age limit; absent if there is none in law.
#[must_use]
pub fn age_limit(birth: NaiveDate, book: &Rulebook) -> Option<NaiveDate> {
    let years = book.number("residential_min_age_years");
    (years > 0).then(|| birthday(birth, years))
}

/// The clock that runs on `day`, if one does. `stays` do not overlap and come by first day; `birth` is
/// the latest day on which the child may have been born.
#[must_use]
pub fn clock(stays: &[Stay], birth: NaiveDate, day: NaiveDate, book: &Rulebook) -> Option<Clock> {
    let limit = age_limit(birth, book)?;
    let gap = i64::from(book.number("under3_gap_days"));
    let months = book.number("under3_planned_max_months");
    let mut running: Option<Clock> = None;
    for stay in stays.iter().filter(|stay| stay.from <= day) {
        let away = running.and_then(|clock| Some((stay.from - clock.until?).num_days()));
        running = match (running, away) {
            (Some(clock), Some(away)) if away < gap => {
                Some(Clock { gap_days: clock.gap_days + away, until: stay.until, ..clock })
            }
            _ if stay.from < limit => Some(Clock {
                started_on: stay.from,
                gap_days: 0,
                limit_on: stay.from,
                until: stay.until,
            }),
            _ => None,
        };
    }
    let mut clock = running?;
    // Whoever has left is not yet back: the gap may still be short.
    let away = clock.until.map_or(0, |until| (day - until).num_days().max(0));
    if away >= gap && away > 0 {
        return None;
    }
    let still = u64::try_from(clock.gap_days + away).unwrap_or_default();
    clock.limit_on = add_months(clock.started_on, months).checked_add_days(Days::new(still))?;
    Some(clock)
}

/// Why a child below the age limit is to live in residential care.
#[derive(Debug, Clone)]
pub struct Exception<'a> {
    /// Code of the list `exception_kind`.
    pub kind: &'a str,
    /// Whether all four are found: of limited length, a last resort, absolutely necessary, in the
    /// child's best interests.
    pub findings: [bool; 4],
    /// Whether it names a decision of the national authority.
    pub national_decision: bool,
}

/// An entry into residential care, or a move within it.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    pub day: NaiveDate,
    /// The latest day on which the child may have been born.
    pub birth: NaiveDate,
    pub expected_end_on: Option<NaiveDate>,
    pub exception: Option<Exception<'a>>,
    /// Its residential stays before.
    pub stays: &'a [Stay],
}

/// Judges an entry into residential care; nothing is found where the law has no age limit.
#[must_use]
pub fn judge(entry: &Entry<'_>, book: &Rulebook) -> Vec<Finding> {
    let Some(limit) = age_limit(entry.birth, book) else { return Vec::new() };
    let facts = [
        ("age_limit_years", json!(book.number("residential_min_age_years"))),
        ("age_limit_on", json!(limit)),
        ("starts_on", json!(entry.day)),
        ("expected_end_on", json!(entry.expected_end_on)),
    ];
    let below = entry.day < limit;
    let mut findings = Vec::new();
    findings.extend(book.judge(
        "PL-16",
        facts.clone(),
        below.then(|| barred(entry, book)).flatten(),
    ));
    if below && kind(entry) == Some("under3_sibling") {
        let broken = (!book.allows("under3_sibling_allowed")).then_some(NO_SIBLING_EXCEPTION);
        findings.extend(book.judge("PL-17", facts.clone(), broken));
    }
    findings.extend(judge_clock(entry, below, facts, book));
    findings
}

fn kind<'a>(entry: &Entry<'a>) -> Option<&'a str> {
    entry.exception.as_ref().map(|exception| exception.kind)
}

const NO_SIBLING_EXCEPTION: Broken = Broken {
    detail: "national law knows no exception for the sake of siblings at this age",
    needed: "family-based care for all of them, or one of the other exceptions",
    pointer: "/exception/kind",
};

/// PL-16: the exception is there, finds all four, and the stay is short enough by itself.
fn barred(entry: &Entry<'_>, book: &Rulebook) -> Option<Broken> {
    let Some(exception) = &entry.exception else {
        return Some(Broken {
            detail: "a child of this age enters residential care by exception only",
            needed: "family-based care; or an exception for an emergency or a short planned stay, with \
                     its four findings",
            pointer: "/exception",
        });
    };
    if exception.findings.contains(&false) {
        return Some(Broken {
            detail: "an exception needs all four findings",
            needed: "that the stay is short, a last resort, absolutely necessary and in the child's \
                     best interests; else family-based care",
            pointer: "/exception/findings",
        });
    }
    let latest = match exception.kind {
        "under3_emergency" => {
            entry.day.checked_add_days(Days::new(book.number("under3_emergency_days").into()))
        }
        "under3_planned" | "under3_sibling" => {
            Some(add_months(entry.day, book.number("under3_planned_max_months")))
        }
        "under3_national" => return None,
        _ => {
            return Some(Broken {
                detail: "this kind of exception is for other rules",
                needed: "an exception for an emergency or a short planned stay",
                pointer: "/exception/kind",
            });
        }
    };
    let fits = entry.expected_end_on.zip(latest).is_some_and(|(end, latest)| end <= latest);
    (!fits).then_some(Broken {
        detail: "the stay must have an expected end within the limit of its exception",
        needed: "an earlier expected end",
        pointer: "/expected_end_on",
    })
}

/// PL-18 below the age limit, PL-19 beyond it: all stays together end within the limit. PL-20: only
/// where national law lets the national authority decide, it may be later.
fn judge_clock<'f>(
    entry: &Entry<'_>,
    below: bool,
    facts: impl IntoIterator<Item = (&'f str, Value)>,
    book: &Rulebook,
) -> Vec<Finding> {
    let mut stays: Vec<Stay> =
        entry.stays.iter().copied().filter(|stay| stay.from < entry.day).collect();
    stays.push(Stay { from: entry.day, until: entry.expected_end_on });
    let Some(clock) = clock(&stays, entry.birth, entry.day, book) else { return Vec::new() };
    // Whoever is older and should long have left stands in a critical alert: to refuse a better
    // institution would help nobody.
    if !below && entry.day > clock.limit_on {
        return Vec::new();
    }
    let mut facts: Vec<(&str, Value)> = facts.into_iter().collect();
    facts.extend([
        ("residential_since", json!(clock.started_on)),
        ("residential_days", json!(clock.days_on(entry.day))),
        ("limit_on", json!(clock.limit_on)),
    ]);
    let within = entry.expected_end_on.is_some_and(|end| end <= clock.limit_on);
    let rule = if below { "PL-18" } else { "PL-19" };
    if !within && kind(entry) == Some("under3_national") {
        let decided = entry.exception.as_ref().is_some_and(|it| it.national_decision);
        let allowed = decided && book.allows("under3_national_exception_allowed");
        let broken = (!allowed).then_some(Broken {
            detail: "the stay would be longer than the law allows at this age",
            needed: "family-based care by then; or, where national law has it, a decision of the \
                     national authority",
            pointer: "/exception",
        });
        return book.judge("PL-20", facts, broken).into_iter().collect();
    }
    let broken = (!within).then_some(Broken {
        detail: "the residential stays of the child would together be longer than the limit",
        needed: "family-based care by then: an expected end on the day of the limit or before",
        pointer: "/expected_end_on",
    });
    book.judge(rule, facts, broken).into_iter().collect()
}
