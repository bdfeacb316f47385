//! England's checks, each broken once and each kept where it is nearly broken.
use std::collections::BTreeSet;

use kinstead::ssda903::{
    checks::{check, checks},
    model::{Codes, Return, Table},
};

use super::{sample, year};

/// Of each check a change that breaks it, and one that nearly does: file, child, first day, and what the
/// cell becomes. `+` puts a copy of the row behind the others, `-` takes the child's rows out, `<` changes
/// the year before.
const CASES: &str = include_str!("cases.txt");

/// The sample of 2026, and that of the year before.
struct Sample {
    before: Return,
    now: Return,
}

impl Sample {
    fn new() -> Self {
        Self { before: sample(2025), now: sample(2026) }
    }

    /// The sample with these changes.
    fn with(changes: &str) -> Self {
        let mut sample = Self::new();
        for change in changes.split(';').map(str::trim) {
            match change.strip_prefix('<') {
                Some(change) => sample.before = changed(&sample.before, change),
                None => sample.now = changed(&sample.now, change),
            }
        }
        sample
    }

    fn codes(&self) -> BTreeSet<&'static str> {
        let codes = Codes::load().unwrap();
        let faults = check(year(2026), &codes, &self.now, Some(&self.before));
        faults.iter().map(|fault| fault.code).collect()
    }
}

/// The column by which a row of a child is told from its others.
fn key(table: Table) -> Option<usize> {
    match table {
        Table::Episode => Some(1),
        Table::PlacedAdoption => Some(2),
        Table::Missing | Table::SwEpisode => Some(3),
        _ => None,
    }
}

/// The return with this change.
fn changed(whole: &Return, change: &str) -> Return {
    let (copies, drops) = (change.starts_with('+'), change.starts_with('-'));
    let words: Vec<&str> = change.trim_start_matches(['+', '-']).splitn(3, ' ').collect();
    let table = Table::ALL.iter().find(|table| table.title() == words[0]).unwrap();
    let (day, cell) = match words.get(2).and_then(|rest| rest.split_once(' ')) {
        Some((day, cell)) if day.contains('/') && !day.contains('=') => (Some(day), cell),
        _ => (None, words.get(2).copied().unwrap_or_default()),
    };
    let (mut made, mut done) = (Return::default(), false);
    for known in Table::ALL {
        for (line, cells) in whole.lines(*known) {
            let mut cells: Vec<String> = cells.into_iter().map(str::to_owned).collect();
            let there = known == table
                && cells[0] == words[1]
                && day.is_none_or(|day| key(*known).is_some_and(|place| cells[place] == day));
            if there && drops {
                done = true;
                continue;
            }
            if there && !done {
                if copies {
                    made.add(*known, line, cells.clone());
                }
                let (column, value) = cell.split_once('=').unwrap();
                let place = known.columns().iter().position(|name| *name == column).unwrap();
                value.clone_into(&mut cells[place]);
                done = true;
            }
            made.add(*known, line, cells);
        }
    }
    assert!(done, "{change} changes nothing");
    made
}

#[test]
fn a_return_that_is_right_breaks_none() {
    let sample = Sample::new();
    assert_eq!(sample.codes(), BTreeSet::new());
    let codes = Codes::load().unwrap();
    assert_eq!(check(year(2025), &codes, &sample.before, None), []);
}

#[test]
fn each_check_finds_what_breaks_it_and_nothing_that_does_not() {
    let mut tried = BTreeSet::new();
    for case in CASES.lines() {
        let [code, breaks, holds] = case.split(" | ").collect::<Vec<_>>().try_into().unwrap();
        assert!(Sample::with(breaks).codes().contains(code), "{code} is not found: {breaks}");
        assert!(!Sample::with(holds).codes().contains(code), "{code} is found: {holds}");
        tried.insert(code);
    }
    let all: BTreeSet<&str> = checks().map(|check| check.code).collect();
    assert_eq!(tried, all);
}

/// The checks of `domain.md` 6.4 and 6.3 that a file can be judged by.
#[test]
fn every_check_of_the_reference_is_there() {
    let wanted = "101 102 103 143 144 145 146 149 1009 142 148 355 356 501 388 433 432 431 357 434 435 436 504 225 302 352 387 437 \
        358 361 362 363 375 376 377 379 380 381 383 440 441 166 167 408 553 333 331 521 552 554 582 119 579 558 514 511 517 518 519 \
        520 574 567 577 580 502 503A 503B 503C 503D 503E 503F NoE 1010 202 203 204 SW08 SW10 SW11b 226 233 213 526";
    let wanted: BTreeSet<&str> = wanted.split_whitespace().collect();
    let all: BTreeSet<&str> = checks().map(|check| check.code).collect();
    assert_eq!(all, wanted);
}

#[test]
fn a_fault_says_where_it_is_and_nothing_of_the_child() {
    let sample = Sample::with("Episodes FIC009 08/06/2025 CIN=N9");
    let codes = Codes::load().unwrap();
    let faults = check(year(2026), &codes, &sample.now, Some(&sample.before));
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "Episodes:20 CIN [145] the category of need is a code of the list",
            "Episodes:20 CIN [504] the category of need stays the same through a care period",
            "Episodes:21 CIN [504] the category of need stays the same through a care period",
        ]
    );
    assert!(told.iter().all(|line| !line.contains("FIC")));
}
