//! Checks of how episodes follow one another, and of the child's age.
use super::{Check, Spell};
use crate::platform::time::{age_on, birthday};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "142",
        asks: "an episode has ended when the next one begins",
        find: |j, found| {
            j.pairs().for_each(|(one, _)| found.when(one.row.dec.is_empty(), one.row, "DEC"));
        },
    },
    Check {
        code: "148",
        asks: "the day on which an episode ended and the reason stand together",
        find: |j, found| {
            let apart = |row: &&_| half(row);
            j.now.episodes.iter().filter(apart).for_each(|row| found.at(row, "REC"));
        },
    },
    Check {
        code: "355",
        asks: "an episode lasts at least a day",
        find: |j, found| {
            j.spells().for_each(|one| found.when(one.to == Some(one.from), one.row, "DEC"));
        },
    },
    Check {
        code: "356",
        asks: "an episode ends after its beginning",
        find: |j, found| {
            let before = |one: &Spell<'_>| one.to.is_some_and(|to| to < one.from);
            j.spells().for_each(|one| found.when(before(one), one.row, "DEC"));
        },
    },
    Check {
        code: "501",
        asks: "an episode begins when the one before it has ended",
        find: |j, found| {
            for (one, next) in j.pairs() {
                found.when(one.to.is_some_and(|to| next.from < to), next.row, "DECOM");
            }
        },
    },
    Check {
        code: "388",
        asks: "a care period that goes on does so on the same day",
        find: |j, found| {
            for spells in j.children.values() {
                for (place, one) in spells.iter().enumerate() {
                    let next = spells.get(place + 1);
                    let goes_on = next.is_some_and(|next| Some(next.from) == one.to);
                    found.when(one.goes_on() && !goes_on, one.row, "REC");
                }
            }
        },
    },
    Check {
        code: "433",
        asks: "an episode that continues a care period begins on the day the last one ended",
        find: |j, found| {
            for (one, next) in j.pairs() {
                let apart = one.to.is_some_and(|to| to != next.from);
                found.when(apart && continues(next) && one.goes_on(), next.row, "DECOM");
            }
        },
    },
    Check {
        code: "432",
        asks: "after a child left care, the next episode starts a care period",
        find: |j, found| {
            for (one, next) in j.pairs() {
                let left = !one.row.rec.is_empty() && !one.goes_on();
                found.when(left && continues(next), next.row, "RNE");
            }
        },
    },
    Check {
        code: "431",
        asks: "a care period does not start on the day the last episode ended",
        find: |j, found| {
            for (one, next) in j.pairs() {
                found.when(next.row.rne == "S" && one.to == Some(next.from), next.row, "RNE");
            }
        },
    },
    Check {
        code: "357",
        asks: "a child's first episode ever starts a care period",
        find: |j, found| {
            for (child, spells) in &j.children {
                let Some(first) = spells.first() else { continue };
                let known = j.children_before.contains_key(child);
                let new = first.from >= j.year.first() && !known;
                found.when(new && first.row.rne != "S", first.row, "RNE");
            }
        },
    },
    Check {
        code: "437",
        asks: "nothing follows a child's death, or the finding that it is an adult",
        find: |j, found| {
            for (one, next) in j.pairs() {
                let over = matches!(one.row.rec.as_str(), "E2" | "E15");
                found.when(over, next.row, "DECOM");
            }
        },
    },
    Check {
        code: "302",
        asks: "care does not begin before birth",
        find: |j, found| {
            j.aged().for_each(|(one, born)| found.when(one.from < born, one.row, "DECOM"));
        },
    },
    Check {
        code: "352",
        asks: "a care period starts before the child is 18",
        find: |j, found| {
            for (one, born) in j.aged() {
                let adult = one.row.rne == "S" && one.from >= birthday(born, 18);
                found.when(adult, one.row, "DECOM");
            }
        },
    },
    Check {
        code: "387",
        asks: "nobody leaves care for an independent life before 14",
        find: |j, found| {
            for (one, born) in j.aged() {
                let alone = matches!(one.row.rec.as_str(), "E5" | "E6");
                let young = one.to.is_some_and(|to| age_on(born, to) < 14);
                found.when(alone && young, one.row, "REC");
            }
        },
    },
];

fn half(row: &crate::ssda903::model::Episode) -> bool {
    row.dec.is_empty() != row.rec.is_empty()
}

/// Whether it says that it goes on from another one.
fn continues(spell: &Spell<'_>) -> bool {
    matches!(spell.row.rne.as_str(), "L" | "P" | "T" | "B" | "U")
}
