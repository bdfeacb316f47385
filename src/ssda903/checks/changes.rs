//! Checks of what changed from one episode to the next, and of what is said about it.
use super::{Check, Found, Judged, Spell};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "434",
        asks: "where only the legal status changed, it did, and the placement did not",
        find: |j, found| changed(j, found, &["L"], true, false),
    },
    Check {
        code: "435",
        asks: "where only the placement changed, it did, and the legal status did not",
        find: |j, found| changed(j, found, &["P", "T"], false, true),
    },
    Check {
        code: "436",
        asks: "where legal status and placement changed, both did",
        find: |j, found| changed(j, found, &["B", "U"], true, true),
    },
    Check {
        code: "504",
        asks: "the category of need stays the same through a care period",
        find: |j, found| {
            for (one, next) in j.pairs() {
                let other = one.leads_to(next) && one.row.cin != next.row.cin;
                found.when(other, next.row, "CIN");
            }
        },
    },
    Check {
        code: "225",
        asks: "where a placement changed, the one before says why",
        find: |j, found| {
            for (one, next) in j.pairs() {
                let moved = moves(next) && !one.is_away() && !next.is_away();
                let silent = one.row.reason_place_change.is_empty();
                found.when(moved && silent && one.leads_to(next), one.row, "REASON_PLACE_CHANGE");
            }
        },
    },
    Check {
        code: "226",
        asks: "no reason stands with a temporary move, nor with what came just before it",
        find: |j, found| {
            for one in j.spells().filter(|one| one.is_away()) {
                found.when(says_why(one), one.row, "REASON_PLACE_CHANGE");
            }
            for (one, next) in j.pairs() {
                found.when(next.is_away() && says_why(one), one.row, "REASON_PLACE_CHANGE");
            }
        },
    },
    Check {
        code: "233",
        asks: "an episode that lasts, or after which only the legal status changed, has no reason",
        find: |j, found| {
            for one in j.spells() {
                found.when(one.to.is_none() && says_why(one), one.row, "REASON_PLACE_CHANGE");
            }
            for (one, next) in j.pairs() {
                let legal = next.row.rne == "L" && one.leads_to(next);
                found.when(legal && says_why(one), one.row, "REASON_PLACE_CHANGE");
            }
        },
    },
    Check {
        code: "213",
        asks: "a temporary or unlisted placement has no provider",
        find: |j, found| {
            for row in &j.now.episodes {
                let extra = without_provider(&row.place) && !row.place_provider.is_empty();
                found.when(extra, row, "PLACE_PROVIDER");
            }
        },
    },
    Check {
        code: "526",
        asks: "a placement has a provider, which is a code of the list",
        find: |j, found| {
            for row in &j.now.episodes {
                let needed = !row.place.is_empty() && !without_provider(&row.place);
                let known = j.codes.takes("PLACE_PROVIDER", &row.place_provider, j.year);
                found.when(needed && !known, row, "PLACE_PROVIDER");
            }
        },
    },
];

/// Whether a type of placement has no provider: temporary ones, and those of no list.
fn without_provider(place: &str) -> bool {
    matches!(place, "T0" | "T1" | "T2" | "T3" | "T4" | "Z11" | "Z12" | "Z13" | "Z14")
}

fn says_why(spell: &Spell<'_>) -> bool {
    !spell.row.reason_place_change.is_empty()
}

fn moves(spell: &Spell<'_>) -> bool {
    matches!(spell.row.rne.as_str(), "P" | "B" | "T" | "U")
}

/// What is told of the placement itself.
fn placement<'s>(spell: &'s Spell<'_>) -> [&'s str; 4] {
    let row = spell.row;
    [&row.place, &row.pl_post, &row.urn, &row.place_provider]
}

/// Episodes that begin for one of these reasons where something else changed.
fn changed(judged: &Judged<'_>, found: &mut Found<'_>, reasons: &[&str], legal: bool, home: bool) {
    for (one, next) in judged.pairs().filter(|(one, next)| one.leads_to(next)) {
        if reasons.contains(&next.row.rne.as_str()) {
            let changed = (one.row.ls != next.row.ls, placement(one) != placement(next));
            found.when(changed != (legal, home), next.row, "RNE");
        }
    }
}
