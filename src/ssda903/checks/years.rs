//! Checks of a return against that of the year before.
use std::collections::BTreeMap;

use super::{Check, Found, Judged, Spell};
use crate::ssda903::model::{Episode, Header};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "202",
        asks: "sex is what it was last year",
        find: |j, found| same_child(j, found, "SEX", |row| sex(row)),
    },
    Check {
        code: "203",
        asks: "the birth date is what it was last year",
        find: |j, found| same_child(j, found, "DOB", |row| row.dob.as_str()),
    },
    Check {
        code: "204",
        asks: "ethnicity is what it was last year",
        find: |j, found| same_child(j, found, "ETHNIC", |row| row.ethnic.as_str()),
    },
    Check {
        code: "502",
        asks: "the first episode began on the day on which last year's open one did",
        find: |j, found| same_episode(j, found, "DECOM", |row| &row.decom),
    },
    Check {
        code: "503A",
        asks: "the reason for the first episode is that of last year's open one",
        find: |j, found| same_episode(j, found, "RNE", |row| &row.rne),
    },
    Check {
        code: "503B",
        asks: "the legal status in the first episode is that of last year's open one",
        find: |j, found| same_episode(j, found, "LS", |row| &row.ls),
    },
    Check {
        code: "503C",
        asks: "the category of need in the first episode is that of last year's open one",
        find: |j, found| same_episode(j, found, "CIN", |row| &row.cin),
    },
    Check {
        code: "503D",
        asks: "the type of placement in the first episode is that of last year's open one",
        find: |j, found| same_episode(j, found, "PLACE", |row| &row.place),
    },
    Check {
        code: "503E",
        asks: "the provider in the first episode is that of last year's open one",
        find: |j, found| same_episode(j, found, "PLACE_PROVIDER", |row| &row.place_provider),
    },
    Check {
        code: "503F",
        asks: "the number of the setting in the first episode is that of last year's open one",
        find: |j, found| same_episode(j, found, "URN", |row| &row.urn),
    },
    Check {
        code: "NoE",
        asks: "whoever was in care before the year has episodes in last year's return",
        find: |j, found| {
            for (child, first) in firsts(j).filter(|_| j.before.is_some()) {
                let known = j.children_before.contains_key(child);
                found.when(first.from < j.year.first() && !known, first.row, "DECOM");
            }
        },
    },
    Check {
        code: "1010",
        asks: "whoever was in care when last year ended has episodes this year",
        find: |j, found| {
            for (child, spells) in &j.children_before {
                let Some(last) = spells.last() else { continue };
                let gone = last.to.is_none() && !j.children.contains_key(child);
                if gone {
                    found.last_year(last.row, "DEC");
                }
            }
        },
    },
];

/// Sex, whichever codes the year had for it.
fn sex(row: &Header) -> &str {
    match row.sex.as_str() {
        "1" => "M",
        "2" => "F",
        other => other,
    }
}

/// The first episode of each child.
fn firsts<'j, 'r>(judged: &'j Judged<'r>) -> impl Iterator<Item = (&'r str, &'j Spell<'r>)> {
    judged.children.iter().filter_map(|(child, spells)| Some((*child, spells.first()?)))
}

/// Children of whom a cell is another one than last year.
fn same_child(
    judged: &Judged<'_>,
    found: &mut Found<'_>,
    column: &'static str,
    cell: impl Fn(&Header) -> &str,
) {
    let rows = judged.before.map(|before| before.headers.as_slice()).unwrap_or_default();
    let known: BTreeMap<&str, &Header> = rows.iter().map(|row| (row.child.as_str(), row)).collect();
    for row in &judged.now.headers {
        let other = known.get(row.child.as_str()).is_some_and(|last| cell(last) != cell(row));
        found.when(other, row, column);
    }
}

/// First episodes that began before the year, of which a cell is another one than in the episode that
/// was open when last year ended.
fn same_episode(
    judged: &Judged<'_>,
    found: &mut Found<'_>,
    column: &'static str,
    cell: impl Fn(&Episode) -> &String,
) {
    for (child, first) in firsts(judged) {
        let open = judged.children_before.get(child).and_then(|spells| spells.last());
        let Some(open) = open.filter(|last| last.to.is_none()) else { continue };
        found.when(cell(open.row) != cell(first.row), first.row, column);
    }
}
