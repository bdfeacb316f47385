//! Checks of measures that last so long only, of temporary moves, and of reviews by age.
use chrono::{Months, NaiveDate};

use super::{Check, Found, Judged, Spell};
use crate::{
    platform::time::{age_on, birthday},
    ssda903::model::{Review, read_day},
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        code: "358",
        asks: "nobody has a penal legal status before 10",
        find: |j, found| {
            for (one, born) in j.aged() {
                let young = one.row.ls.starts_with('J') && age_on(born, one.from) < 10;
                found.when(young, one.row, "LS");
            }
        },
    },
    Check {
        code: "361",
        asks: "police protection lasts 72 hours at most",
        find: |j, found| at_most(j, found, "L1", 3),
    },
    Check {
        code: "362",
        asks: "an emergency order lasts 21 days at most",
        find: |j, found| at_most(j, found, "L2", 21),
    },
    Check {
        code: "363",
        asks: "an assessment order lasts 7 days at most",
        find: |j, found| at_most(j, found, "L3", 7),
    },
    Check {
        code: "375",
        asks: "a temporary stay in hospital lasts six weeks at most",
        find: |j, found| away_at_most(j, found, "T1", 42),
    },
    Check {
        code: "376",
        asks: "a temporary move for the carer's holiday lasts three weeks at most",
        find: |j, found| away_at_most(j, found, "T3", 21),
    },
    Check {
        code: "377",
        asks: "a child moves for its carer's holiday at most twice in twelve months",
        find: holidays,
    },
    Check {
        code: "379",
        asks: "another temporary move lasts seven days at most",
        find: |j, found| away_at_most(j, found, "T4", 7),
    },
    Check {
        code: "380",
        asks: "a care period does not start with a temporary move",
        find: |j, found| {
            let starts = |one: &&Spell<'_>| one.row.rne == "S" && one.is_away();
            j.spells().filter(starts).for_each(|one| found.at(one.row, "PLACE"));
        },
    },
    Check {
        code: "381",
        asks: "a care period does not end with a temporary move",
        find: |j, found| {
            let ends = |one: &Spell<'_>| !one.row.rec.is_empty() && !one.goes_on();
            j.spells().for_each(|one| found.when(one.is_away() && ends(one), one.row, "REC"));
        },
    },
    Check {
        code: "383",
        asks: "after a temporary move the child returns to where it lived",
        find: returns,
    },
    Check {
        code: "440",
        asks: "a child under four takes no part in its review",
        find: |j, found| {
            for (row, held, born) in reviews(j) {
                let small = held < birthday(born, 4);
                found.when(small && row.review_code != "PN0", row, "REVIEW_CODE");
            }
        },
    },
    Check {
        code: "441",
        asks: "the review of a child of four or more says how it took part",
        find: |j, found| {
            for (row, held, born) in reviews(j) {
                let older = held > birthday(born, 4);
                found.when(older && row.review_code == "PN0", row, "REVIEW_CODE");
            }
        },
    },
];

/// Times on end under one legal status that last longer.
fn at_most(judged: &Judged<'_>, found: &mut Found<'_>, status: &str, days: i64) {
    for spells in judged.children.values() {
        let mut since: Option<NaiveDate> = None;
        for (place, one) in spells.iter().enumerate().filter(|(_, one)| one.row.ls == status) {
            let before = place.checked_sub(1).and_then(|place| spells.get(place));
            let same = before.is_some_and(|before| before.row.ls == status && before.leads_to(one));
            let from = since.filter(|_| same).unwrap_or(one.from);
            since = Some(from);
            found.when((judged.end(one) - from).num_days() > days, one.row, "LS");
        }
    }
}

/// Temporary moves of a kind that last longer.
fn away_at_most(judged: &Judged<'_>, found: &mut Found<'_>, place: &str, days: i64) {
    for one in judged.spells().filter(|one| one.row.place == place) {
        found.when((judged.end(one) - one.from).num_days() > days, one.row, "PLACE");
    }
}

fn holidays(judged: &Judged<'_>, found: &mut Found<'_>) {
    for spells in judged.children.values() {
        let holidays: Vec<&Spell<'_>> = spells.iter().filter(|one| one.row.place == "T3").collect();
        for (first, third) in holidays.iter().zip(holidays.iter().skip(2)) {
            let year_later = first.from.checked_add_months(Months::new(12));
            found.when(year_later.is_some_and(|later| third.from < later), third.row, "PLACE");
        }
    }
}

fn returns(judged: &Judged<'_>, found: &mut Found<'_>) {
    for spells in judged.children.values() {
        let triples = spells.iter().zip(spells.iter().skip(1)).zip(spells.iter().skip(2));
        for ((lived, away), next) in triples {
            if lived.is_away() || !away.is_away() || !lived.leads_to(away) || !away.leads_to(next) {
                continue;
            }
            let (from, to) = (lived.row, next.row);
            let back = from.place == to.place
                && from.place_provider == to.place_provider
                && from.pl_post == to.pl_post
                && from.urn == to.urn;
            found.when(!back, to, "PLACE");
        }
    }
}

/// Each review with its day and the child's birth.
fn reviews<'j>(
    judged: &'j Judged<'_>,
) -> impl Iterator<Item = (&'j Review, NaiveDate, NaiveDate)> + use<'j> {
    judged.now.reviews.iter().filter_map(|row| {
        let born = read_day(&row.dob).or_else(|| judged.born.get(row.child.as_str()).copied());
        Some((row, read_day(&row.review)?, born?))
    })
}
