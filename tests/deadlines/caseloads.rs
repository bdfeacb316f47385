//! Ten thousand workers: what WK-02 tells on a day agrees with a count of the cases that lie on the desk that day.
use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use kinstead::rules::deadlines::{CaseloadFacts, Severity, of_a_worker};
use proptest::prelude::*;

use super::{
    boundaries::book,
    lives::{Dice, runner},
    naive::yesterday,
};
use crate::support::day;

const NORM: i32 = 3;

/// From which day until which a worker was in charge of a case.
type Case = (NaiveDate, Option<NaiveDate>);

fn cases(numbers: &[u32], base: NaiveDate) -> Vec<Case> {
    let mut dice = Dice::of_all(numbers);
    let case = |dice: &mut Dice<'_>| {
        let from = dice.after(base, 60);
        (from, dice.yes().then(|| dice.after(from, 40)))
    };
    (0..dice.of(12)).map(|_| case(&mut dice)).collect()
}

/// What the registry knows on a day: of what lies ahead nothing.
fn known(cases: &[Case], on: NaiveDate) -> Vec<Case> {
    let begun = cases.iter().filter(|(from, _)| *from <= on);
    begun.map(|(from, to)| (*from, to.filter(|to| *to <= on))).collect()
}

/// Whether more than the norm lie on the desk on a day.
fn too_many(cases: &[Case], on: NaiveDate) -> bool {
    let mut desk = 0;
    for (from, to) in cases {
        let is_there = *from <= on && to.is_none_or(|to| on < to);
        desk += i32::from(is_there);
    }
    desk > NORM
}

#[test]
fn the_caseload_agrees_with_a_count_day_by_day() {
    let (mut book, base) = (book(), day("2024-01-15"));
    book.numbers.insert("caseload_norm".to_owned(), NORM);
    let seen = std::cell::RefCell::new(BTreeSet::new());
    runner()
        .run(&proptest::collection::vec(any::<u32>(), 40), |numbers| {
            let all = cases(&numbers, base);
            let ends = all.iter().filter_map(|(_, to)| *to);
            let turns: BTreeSet<NaiveDate> =
                all.iter().map(|(from, _)| *from).chain(ends).collect();
            let days = turns.into_iter().flat_map(|on| [yesterday(on), on, on + Days::new(1)]);
            for on in days {
                let in_charge = known(&all, on);
                let mut first = on;
                while too_many(&in_charge, first) && too_many(&in_charge, yesterday(first)) {
                    first = yesterday(first);
                }
                let counted = too_many(&in_charge, on).then_some((first, Severity::Warning));
                let facts = CaseloadFacts { in_charge, ..CaseloadFacts::default() };
                let due = of_a_worker(&facts, &book);
                let told = due.iter().find_map(|it| Some((it.due_on, it.told_on(on)?.severity)));
                prop_assert_eq!(told, counted, "on {} of {:?}", on, facts);
                seen.borrow_mut().insert(told.is_some());
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(seen.into_inner().len(), 2, "some have too many cases, and some have not");
}
