//! Checks of missing episodes and of the history of workers.
use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Check, Judged, Spell};
use crate::ssda903::model::{Missing, Record, SwEpisode, read_day};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "574",
        asks: "a child is found before it is missing again",
        find: |j, found| {
            for (one, next) in pairs(&j.now.missing, |row| (&row.mis_start, &row.mis_end)) {
                let open = one.to.is_none_or(|to| next.from < to);
                found.when(open, next.row, "MIS_START");
            }
        },
    },
    Check {
        code: "567",
        asks: "a child is found after it was missing",
        find: |j, found| {
            for row in &j.now.missing {
                let days = read_day(&row.mis_start).zip(read_day(&row.mis_end));
                found.when(days.is_some_and(|(from, to)| to < from), row, "MIS_END");
            }
        },
    },
    Check {
        code: "577",
        asks: "a child that has left care is not missing from it any more",
        find: |j, found| {
            for row in j.now.missing.iter().filter(|row| row.mis_end.is_empty()) {
                let left = last(j, row).is_some_and(|last| last.to.is_some() && !last.goes_on());
                found.when(left, row, "MIS_END");
            }
        },
    },
    Check {
        code: "580",
        asks: "whoever is missing when care ends leaves it for another reason (E8)",
        find: |j, found| {
            for row in &j.now.missing {
                let (Some(from), Some(last)) = (read_day(&row.mis_start), last(j, row)) else {
                    continue;
                };
                let Some(to) = last.to.filter(|_| !last.goes_on()) else { continue };
                let missing = from <= to && read_day(&row.mis_end).is_none_or(|end| end >= to);
                found.when(missing && last.row.rec != "E8", last.row, "REC");
            }
        },
    },
    Check {
        code: "SW08",
        asks: "a worker has left when the next one comes",
        find: |j, found| {
            for (one, _) in workers(j) {
                found.when(one.to.is_none(), one.row, "SW_DEC");
            }
        },
    },
    Check {
        code: "SW10",
        asks: "a worker comes when the one before has left",
        find: |j, found| {
            for (one, next) in workers(j) {
                found.when(one.to.is_some_and(|to| next.from < to), next.row, "SW_DECOM");
            }
        },
    },
    Check {
        code: "SW11b",
        asks: "between two workers there is no day without one",
        find: |j, found| {
            for (one, next) in workers(j) {
                found.when(one.to.is_some_and(|to| next.from > to), next.row, "SW_DECOM");
            }
        },
    },
];

/// A row about a time.
#[derive(Clone, Copy)]
struct Time<'r, R> {
    row: &'r R,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

/// Each row with the next one about the same child, by first day.
fn pairs<'r, R: Record>(
    rows: &'r [R],
    days: impl Fn(&R) -> (&String, &String),
) -> Vec<(Time<'r, R>, Time<'r, R>)> {
    let mut children: BTreeMap<&str, Vec<Time<'r, R>>> = BTreeMap::new();
    for row in rows {
        let (from, to) = days(row);
        if let Some(from) = read_day(from) {
            children.entry(row.child()).or_default().push(Time { row, from, to: read_day(to) });
        }
    }
    let mut pairs = Vec::new();
    for times in children.values_mut() {
        times.sort_by_key(|time| (time.from, time.to.unwrap_or(NaiveDate::MAX)));
        let of = |time: &Time<'r, R>| Time { row: time.row, from: time.from, to: time.to };
        pairs.extend(times.iter().zip(times.iter().skip(1)).map(|(one, next)| (of(one), of(next))));
    }
    pairs
}

fn workers<'r>(judged: &Judged<'r>) -> Vec<(Time<'r, SwEpisode>, Time<'r, SwEpisode>)> {
    pairs(&judged.now.sw_episodes, |row| (&row.sw_decom, &row.sw_dec))
}

/// The last episode of a child that is missing.
fn last<'j, 'r>(judged: &'j Judged<'r>, row: &Missing) -> Option<&'j Spell<'r>> {
    judged.children.get(row.child.as_str())?.last()
}
