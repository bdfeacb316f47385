//! Ten thousand carer families and facilities: what their clocks tell agrees with a count that walks through
//! the days and shares nothing with the rules.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use kinstead::rules::{
    Rulebook,
    deadlines::{
        ALERTING, CheckFacts, Deadline, FacilityFacts, FamilyFacts, Judge, Severity, of_a_facility,
        of_a_family,
    },
};
use proptest::prelude::*;
use uuid::Uuid;

use Severity::{Critical, Notice, Warning};

use super::{
    boundaries::book,
    lives::{Dice, runner, steps, tell},
    naive::{months, yesterday},
};
use crate::support::day;

/// How many days are walked through.
const DAYS: usize = 1_400;

/// What is told on each day, by rule and kind and id of the subject.
type Told = BTreeMap<(&'static str, &'static str, Uuid), Vec<Option<Severity>>>;

fn family(dice: &mut Dice<'_>, base: NaiveDate) -> FamilyFacts {
    let from = dice.after(base, 300);
    let to = from + Days::new((1 + dice.of(1_100)).into());
    let check =
        |dice: &mut Dice<'_>| CheckFacts { id: dice.id(), valid_until: dice.after(base, 900) };
    FamilyFacts {
        id: dice.id(),
        approved: dice.of(3) > 0,
        since: dice.after(from, 800),
        occupied: dice.of(3) > 0,
        unsupported: dice.yes(),
        approval: (dice.of(10) > 0).then(|| (dice.id(), from, to)),
        reviewed_on: dice.yes().then(|| dice.after(base, 700)),
        checks: (0..dice.of(4)).map(|_| check(dice)).collect(),
    }
}

/// Clocks that [`super::institutions`] counts.
const OF_INSTITUTIONS: [&str; 4] = ["FA-06", "FA-09", "FA-10", "FA-11"];

fn facility(dice: &mut Dice<'_>, base: NaiveDate) -> FacilityFacts {
    let inspected_on = dice.yes().then(|| dice.after(base, 600));
    let unannounced = dice.yes().then(|| dice.after(base, 600));
    FacilityFacts {
        id: dice.id(),
        since: dice.yes().then(|| dice.after(base, 200)),
        registered_until: dice.yes().then(|| dice.after(base, 1_000)),
        inspected_on: inspected_on.max(unannounced),
        visited_unannounced_on: unannounced,
        ..FacilityFacts::default()
    }
}

/// Whoever walks through the days.
struct Walk<'w> {
    book: &'w Rulebook,
    days: &'w [NaiveDate],
}

impl Walk<'_> {
    fn number(&self, name: &str) -> i64 {
        i64::from(self.book.numbers[name])
    }

    fn each(&self, tell: impl Fn(NaiveDate) -> Option<Severity>) -> Vec<Option<Severity>> {
        self.days.iter().copied().map(tell).collect()
    }

    /// It is a notice while the day is near, and this from the day on.
    fn near(&self, until: NaiveDate, on_it: Severity) -> Vec<Option<Severity>> {
        let ahead = self.number("renewal_warning_days");
        self.each(|day| match (until - day).num_days() {
            ..=0 => Some(on_it),
            left => (left <= ahead).then_some(Notice),
        })
    }

    /// So many months have passed since that day, or soon will have.
    fn every(&self, last: NaiveDate, most: &str, soon: u64) -> Vec<Option<Severity>> {
        let most = i32::try_from(self.number(most)).unwrap();
        self.each(|day| {
            if day > last && months(last, yesterday(day)) >= most {
                return Some(Warning);
            }
            let ahead = day + Days::new(soon);
            (ahead > last && months(last, ahead) >= most).then_some(Notice)
        })
    }

    fn of_a_family(&self, family: &FamilyFacts) -> Told {
        let mut told = Told::new();
        let Some((approval, from, to)) = family.approval else {
            for check in family.checks.iter().filter(|_| family.approved) {
                let days = self.near(check.valid_until, Warning);
                told.insert(("CF-03", "carer_check", check.id), days);
            }
            return told;
        };
        let may_not = |day: NaiveDate| day >= to || !family.approved && day >= family.since;
        if family.occupied {
            let days = self.each(|day| may_not(day).then_some(Critical));
            told.insert(("CF-02", "carer_family", family.id), days);
        }
        if family.occupied && family.unsupported {
            let days = self.each(|day| (day >= from).then_some(Notice));
            told.insert(("CF-04", "carer_family", family.id), days);
        }
        if family.approved {
            for check in &family.checks {
                let days = self.near(check.valid_until, Warning);
                told.insert(("CF-03", "carer_check", check.id), days);
            }
            told.insert(("CF-03", "carer_approval", approval), self.near(to, Warning));
            let looked = [Some(from), family.reviewed_on].into_iter().flatten().max().unwrap();
            let ahead = u64::try_from(self.number("renewal_warning_days")).unwrap();
            let days = self.every(looked, "carer_review_months", ahead);
            told.insert(("CF-03", "carer_review", family.id), days);
        }
        told
    }

    fn of_a_facility(&self, facility: &FacilityFacts) -> Told {
        let mut told = Told::new();
        if let Some(until) = facility.registered_until {
            told.insert(("FA-01", "facility", facility.id), self.near(until, Critical));
        }
        for (kind, last, most) in [
            ("inspection", facility.inspected_on, "inspection_months"),
            ("unannounced_visit", facility.visited_unannounced_on, "unannounced_visit_months"),
        ] {
            if let Some(last) = last.or(facility.since) {
                told.insert(("FA-03", kind, facility.id), self.every(last, most, 30));
            }
        }
        told
    }
}

/// Compares what is told with what was counted; says which rules told something.
fn compare(
    counted: Told,
    deadlines: &[Deadline],
    days: &[NaiveDate],
    of: &impl std::fmt::Debug,
) -> Result<BTreeSet<&'static str>, TestCaseError> {
    let mut told: BTreeMap<_, Vec<&Deadline>> = BTreeMap::new();
    for it in deadlines {
        told.entry((it.rule, it.subject.kind, it.subject.id)).or_default().push(it);
    }
    let mut rules = BTreeSet::new();
    for (key, walked) in counted {
        let known = told.remove(&key).unwrap_or_default();
        for at in steps(&walked, &known, days) {
            prop_assert_eq!(
                tell(&known, days[at]),
                walked[at],
                "{:?} on {} of {:#?}",
                key,
                days[at],
                of
            );
        }
        if walked.iter().any(Option::is_some) {
            rules.insert(key.0);
        }
    }
    prop_assert!(told.is_empty(), "nobody counted {:?} of {:#?}", told.keys(), of);
    Ok(rules)
}

#[test]
fn the_clocks_of_homes_agree_with_a_count_day_by_day() {
    let (book, base) = (book(), day("2024-01-15"));
    let days: Vec<NaiveDate> = (base - Days::new(100)).iter_days().take(DAYS).collect();
    let walk = Walk { book: &book, days: &days };
    let told_of = std::cell::RefCell::new(BTreeSet::new());
    runner()
        .run(&proptest::collection::vec(any::<u32>(), 60), |numbers| {
            let mut dice = Dice::of_all(&numbers);
            let rules = if dice.of(3) > 0 {
                let family = family(&mut dice, base);
                compare(walk.of_a_family(&family), &of_a_family(&family, &book), &days, &family)?
            } else {
                let facility = facility(&mut dice, base);
                let mut deadlines = of_a_facility(&facility, &book);
                deadlines.retain(|it| !OF_INSTITUTIONS.contains(&it.rule));
                compare(walk.of_a_facility(&facility), &deadlines, &days, &facility)?
            };
            told_of.borrow_mut().extend(rules);
            Ok(())
        })
        .unwrap();
    let of_homes =
        ALERTING.iter().filter(|it| matches!(it.judge, Judge::Family(_) | Judge::Facility(_)));
    let all: BTreeSet<&str> =
        of_homes.map(|it| it.code).filter(|code| !OF_INSTITUTIONS.contains(code)).collect();
    assert_eq!(told_of.into_inner(), all, "each clock tells something of some home");
}
