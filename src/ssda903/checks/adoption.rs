//! Checks of decisions that a child should be placed for adoption, and of adoptions.
use chrono::NaiveDate;

use super::{Check, Found, Judged, Spell, with_adopters};
use crate::ssda903::model::{Ad1, PlacedAdoption, read_day};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "408",
        asks: "whoever is placed for adoption with a placement order has one",
        find: |j, found| {
            for one in j.spells() {
                let ordered = matches!(one.row.place.as_str(), "A5" | "A6");
                found.when(ordered && one.row.ls != "E1", one.row, "LS");
            }
        },
    },
    Check {
        code: "553",
        asks: "a placement order rests on a decision that the child should be placed for adoption",
        find: |j, found| {
            for one in j.spells().filter(|one| one.row.ls == "E1") {
                let decided = decisions(j, one).any(|row| read_day(&row.date_placed).is_some());
                found.when(!decided, one.row, "LS");
            }
        },
    },
    Check {
        code: "333",
        asks: "the decision for adoption comes no later than the match",
        find: |j, found| {
            for row in &j.now.ad1 {
                found.when(later(&row.date_int, read_day(&row.date_match)), row, "DATE_INT");
            }
        },
    },
    Check {
        code: "331",
        asks: "the match comes no later than the placement for adoption",
        find: |j, found| {
            for (row, placed) in placed(j) {
                found.when(later(&row.date_match, Some(placed)), row, "DATE_MATCH");
            }
        },
    },
    Check {
        code: "521",
        asks: "the decision for adoption comes no later than the placement for adoption",
        find: |j, found| {
            for (row, placed) in placed(j) {
                found.when(later(&row.date_int, Some(placed)), row, "DATE_INT");
            }
        },
    },
    Check {
        code: "552",
        asks: "the decision to place comes no later than the placement for adoption",
        find: |j, found| decided_by(j, found, with_adopters),
    },
    Check {
        code: "554",
        asks: "the decision to place comes no later than the placement order",
        find: |j, found| decided_by(j, found, |one| one.row.ls == "E1"),
    },
    Check {
        code: "582",
        asks: "the match comes before the adoption",
        find: |j, found| {
            for row in &j.now.ad1 {
                let adopted =
                    spells(j, &row.child).filter(|one| one.adopted()).find_map(|one| one.to);
                let matched = read_day(&row.date_match);
                let late = matched.zip(adopted).is_some_and(|(matched, on)| matched >= on);
                found.when(late, row, "DATE_MATCH");
            }
        },
    },
    Check {
        code: "119",
        asks: "the day on which a decision to place was taken back and the reason stand together",
        find: |j, found| {
            for row in &j.now.placed_adoptions {
                let half = row.date_placed_ceased.is_empty() != row.reason_placed_ceased.is_empty();
                found.when(half, row, "REASON_PLACED_CEASED");
            }
        },
    },
    Check {
        code: "579",
        asks: "a decision to place is made when the one before it was taken back",
        find: overlapping,
    },
    Check {
        code: "558",
        asks: "the decision to place a child that was adopted was not taken back",
        find: |j, found| {
            for one in j.spells().filter(|one| one.adopted()) {
                let taken_back = decisions(j, one)
                    .max_by_key(|row| read_day(&row.date_placed))
                    .filter(|row| !row.date_placed_ceased.is_empty());
                if let Some(row) = taken_back {
                    found.at(row, "DATE_PLACED_CEASED");
                }
            }
        },
    },
    Check {
        code: "511",
        asks: "two adopters are not one who is single",
        find: |j, found| {
            adopters(
                j,
                found,
                "LS_ADOPTR",
                |row| row.nb_adoptr == "2",
                |row| row.ls_adoptr != "L0",
            );
        },
    },
    Check {
        code: "514",
        asks: "a single adopter is one man or one woman",
        find: |j, found| {
            adopters(
                j,
                found,
                "SEX_ADOPTR",
                |row| row.ls_adoptr == "L0",
                |row| one(&row.sex_adoptr),
            );
        },
    },
    Check {
        code: "517",
        asks: "an unmarried couple of different sexes is a man and a woman",
        find: |j, found| {
            adopters(
                j,
                found,
                "SEX_ADOPTR",
                |row| row.ls_adoptr == "L3",
                |row| row.sex_adoptr == "MF",
            );
        },
    },
    Check {
        code: "518",
        asks: "an unmarried couple of one sex is two men or two women",
        find: |j, found| {
            adopters(
                j,
                found,
                "SEX_ADOPTR",
                |row| row.ls_adoptr == "L4",
                |row| same(&row.sex_adoptr),
            );
        },
    },
    Check {
        code: "519",
        asks: "a civil partnership is of two",
        find: |j, found| {
            adopters(
                j,
                found,
                "SEX_ADOPTR",
                |row| row.ls_adoptr == "L2",
                |row| !one(&row.sex_adoptr),
            );
        },
    },
    Check {
        code: "520",
        asks: "a married couple of different sexes is a man and a woman",
        find: |j, found| {
            adopters(
                j,
                found,
                "SEX_ADOPTR",
                |row| row.ls_adoptr == "L11",
                |row| row.sex_adoptr == "MF",
            );
        },
    },
];

fn one(sexes: &str) -> bool {
    matches!(sexes, "M1" | "F1")
}

fn same(sexes: &str) -> bool {
    matches!(sexes, "MM" | "FF")
}

/// Whether a cell holds a day after the other.
fn later(cell: &str, than: Option<NaiveDate>) -> bool {
    read_day(cell).zip(than).is_some_and(|(day, than)| day > than)
}

/// The episodes of a child.
fn spells<'j, 'r>(
    judged: &'j Judged<'r>,
    child: &str,
) -> impl Iterator<Item = &'j Spell<'r>> + use<'j, 'r> {
    judged.children.get(child).into_iter().flatten()
}

/// The decisions to place the child of an episode.
fn decisions<'r>(
    judged: &Judged<'r>,
    spell: &Spell<'r>,
) -> impl Iterator<Item = &'r PlacedAdoption> + use<'r> {
    let child = spell.row.child.as_str();
    judged.now.placed_adoptions.iter().filter(move |row| row.child == child)
}

/// Each adoption with the day on which the child was placed for it.
fn placed<'j>(judged: &'j Judged<'_>) -> impl Iterator<Item = (&'j Ad1, NaiveDate)> + use<'j> {
    judged.now.ad1.iter().filter_map(|row| {
        let placed = spells(judged, &row.child).find(|one| with_adopters(one))?;
        Some((row, placed.from))
    })
}

/// The latest decisions to place that came after what they decide: the first such episode.
fn decided_by(judged: &Judged<'_>, found: &mut Found<'_>, rests: impl Fn(&Spell<'_>) -> bool) {
    for spells in judged.children.values() {
        let Some(first) = spells.iter().find(|one| rests(one)) else { continue };
        let earliest = decisions(judged, first).min_by_key(|row| read_day(&row.date_placed));
        if let Some(row) = earliest {
            found.when(later(&row.date_placed, Some(first.from)), row, "DATE_PLACED");
        }
    }
}

fn overlapping(judged: &Judged<'_>, found: &mut Found<'_>) {
    let mut rows: Vec<(&str, NaiveDate, &PlacedAdoption)> = Vec::new();
    for row in &judged.now.placed_adoptions {
        rows.extend(read_day(&row.date_placed).map(|day| (row.child.as_str(), day, row)));
    }
    rows.sort_by_key(|(child, day, _)| (*child, *day));
    for ((child, _, one), (other, day, next)) in rows.iter().zip(rows.iter().skip(1)) {
        let taken_back = read_day(&one.date_placed_ceased);
        let open = child == other && taken_back.is_none_or(|taken_back| *day < taken_back);
        found.when(open, *next, "DATE_PLACED");
    }
}

/// Adoptions of a kind that are not told as that kind is; what is not told at all contradicts nothing.
fn adopters(
    judged: &Judged<'_>,
    found: &mut Found<'_>,
    column: &'static str,
    of_kind: impl Fn(&Ad1) -> bool,
    fits: impl Fn(&Ad1) -> bool,
) {
    for row in judged.now.ad1.iter().filter(|row| of_kind(row)) {
        let told = if column == "SEX_ADOPTR" { &row.sex_adoptr } else { &row.ls_adoptr };
        found.when(!told.is_empty() && !fits(row), row, column);
    }
}
