//! Ten thousand lives: what the clocks of a child tell agrees with a count that walks through the days.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use kinstead::rules::deadlines::{
    ALERTING, AbsenceFacts, ChildFacts, Deadline, DoubleFacts, Judge, MeasureFacts, OverrideFacts,
    PeriodFacts, PlacementFacts, PlanFacts, ReviewFacts, Severity, of_a_child,
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use uuid::Uuid;

use super::{
    boundaries::book,
    facts::{means, parents},
    naive::{Told, Walk},
};
use crate::support::day;

const LIVES: u32 = 10_000;
/// How many days are walked through.
const DAYS: usize = 1_400;
/// Told by a clock of its own, which has a count of its own.
const ELSEWHERE: &str = "PL-18";

/// What chance says, one number after the other; smaller ones make plainer lives.
pub struct Dice<'d>(std::slice::Iter<'d, u32>);

impl<'d> Dice<'d> {
    pub fn of_all(numbers: &'d [u32]) -> Self {
        Self(numbers.iter())
    }
}

impl Dice<'_> {
    pub fn of(&mut self, sides: u32) -> u32 {
        self.0.next().copied().unwrap_or_default() % sides
    }

    pub fn yes(&mut self) -> bool {
        self.of(2) == 1
    }

    pub fn after(&mut self, day: NaiveDate, most: u32) -> NaiveDate {
        day + Days::new(self.of(most).into())
    }

    pub fn id(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.of(u32::MAX)) << 64 | u128::from(self.of(u32::MAX)))
    }

    fn one<'a>(&mut self, some: &[&'a str]) -> &'a str {
        some[usize::try_from(self.of(u32::try_from(some.len()).unwrap())).unwrap()]
    }
}

fn life(numbers: &[u32], base: NaiveDate) -> ChildFacts {
    let mut dice = Dice::of_all(numbers);
    let young = dice.yes();
    let born = base - Days::new((200 + dice.of(if young { 900 } else { 5_800 })).into());
    let mut child = ChildFacts {
        id: dice.id(),
        born: (dice.of(20) > 0).then_some(born),
        registered_on: dice.after(base, 60),
        without_parental_care: dice.yes(),
        parents: parents(dice.one(&[
            "both_alive",
            "both_dead",
            "mother_dead",
            "father_dead",
            "unknown",
        ])),
        ..ChildFacts::default()
    };
    let begun = placed(&mut dice, &mut child, base);
    if child.placements.last().is_some_and(|stay| stay.ended_on.is_none()) {
        let recorded_on = dice.yes().then(|| dice.after(begun, 40));
        let (id, emergency) = (dice.id(), dice.yes());
        child.period =
            Some(PeriodFacts { id, started_on: begun, unassessed: emergency, recorded_on });
    }
    reviewed(&mut dice, &mut child, begun);
    let period = child.period.as_ref().map(|period| period.id);
    for _ in 0..dice.of(3) {
        let period_id = if dice.yes() { period } else { Some(dice.id()) };
        child.plans.push(PlanFacts { period_id, leaving: dice.yes() });
    }
    for _ in 0..dice.of(2) {
        child.assessed_until.push(dice.after(begun - Days::new(30), 60));
    }
    if dice.of(4) == 0 {
        child.leaving_assessed_on.push(begun);
    }
    governed(&mut dice, &mut child, begun);
    for _ in 0..dice.of(3) {
        let limit = ["absence_hospital_days", "absence_carer_holiday_days", "absence_other_days"];
        let (id, started_on) = (dice.id(), dice.after(begun, 300));
        child.absences.push(AbsenceFacts { id, started_on, limit: dice.one(&limit).to_owned() });
    }
    met(&mut dice, &mut child, begun);
    for _ in 0..dice.of(3) {
        let (id, other, weight) = (dice.id(), dice.id(), f64::from(20 + dice.of(8)));
        child.doubles.push(DoubleFacts { id, other, weight, found_on: dice.after(begun, 300) });
    }
    child
}

/// Who saw it and whom it met, what barred that, and whether it is missing.
fn met(dice: &mut Dice<'_>, child: &mut ChildFacts, begun: NaiveDate) {
    let before = begun - Days::new(30);
    child.seen_on = dice.yes().then(|| dice.after(before, 120));
    child.contact_on = dice.yes().then(|| dice.after(before, 120));
    child.restricted_until = (dice.of(4) == 1).then(|| dice.after(before, 400));
    for _ in 0..dice.of(3) {
        let (id, until) = (dice.id(), dice.after(begun, 500));
        child.overrides.push(OverrideFacts { id, until });
    }
    child.missing_since = (dice.of(4) == 1).then(|| dice.after(begun, 400));
}

/// Where it lived; says when the last care period began.
fn placed(dice: &mut Dice<'_>, child: &mut ChildFacts, base: NaiveDate) -> NaiveDate {
    let (mut at, stays) = (dice.after(base, 100), 1 + dice.of(6));
    let mut begun = at;
    for stay in 0..stays {
        if dice.of(4) == 1 {
            at = dice.after(at + Days::new(1), 60);
            begun = at;
        }
        let until = at + Days::new((1 + dice.of(150)).into());
        let open = stay + 1 == stays && dice.of(5) > 0;
        child.placements.push(PlacementFacts {
            id: dice.id(),
            started_on: at,
            ended_on: (!open).then_some(until),
            residential: dice.yes(),
            emergency: dice.yes(),
            kin: dice.of(3) == 1,
            same_home: stay > 0 && dice.of(4) == 1,
        });
        at = until;
    }
    begun
}

fn reviewed(dice: &mut Dice<'_>, child: &mut ChildFacts, begun: NaiveDate) {
    let mut at = begun - Days::new(dice.of(60).into());
    for _ in 0..dice.of(5) {
        at = dice.after(at + Days::new(1), 200);
        let held = dice.of(4) > 0;
        child.reviews.push(ReviewFacts {
            id: dice.id(),
            due_on: at,
            held_on: held.then_some(at),
            next_due_on: (held && dice.yes()).then(|| dice.after(at + Days::new(1), 250)),
            moves: held && dice.yes(),
        });
    }
}

fn governed(dice: &mut Dice<'_>, child: &mut ChildFacts, begun: NaiveDate) {
    let orders = ["full_care_order", "police_protection", "emergency_order", "assessment_order"];
    let rights = ["full", "deprived", "suspended", "unknown", "holder_deceased"];
    for (axis, statuses) in [
        ("care_authority", &orders[..]),
        ("parental_rights_mother", &rights),
        ("parental_rights_father", &rights),
        ("guardianship", &["direct", "collision"]),
    ] {
        let mut at = begun - Days::new(dice.of(20).into());
        let many = dice.of(4);
        for measure in 0..many {
            let last = measure + 1 == many;
            let to = at + Days::new((1 + dice.of(120)).into());
            child.measures.push(MeasureFacts {
                id: dice.id(),
                axis: axis.to_owned(),
                means: means(axis, dice.one(statuses)),
                valid_from: at,
                valid_to: (!last || dice.yes()).then_some(to),
            });
            at = if dice.of(3) == 0 { dice.after(to, 30) } else { to };
        }
    }
}

/// What the deadlines of one rule and subject tell on a day: the most urgent.
pub fn tell(deadlines: &[&Deadline], on: NaiveDate) -> Option<Severity> {
    deadlines.iter().filter_map(|it| it.told_on(on).map(|stage| stage.severity)).max()
}

/// Both tell in steps, so they are the same if they are on the first day of each step of either.
pub fn steps(
    counted: &[Option<Severity>],
    deadlines: &[&Deadline],
    days: &[NaiveDate],
) -> Vec<usize> {
    let at = |day: &NaiveDate| usize::try_from((*day - days[0]).num_days()).ok();
    let begun = deadlines.iter().flat_map(|it| it.stages.iter().map(|stage| stage.from));
    let ended = deadlines.iter().filter_map(|it| it.ends_on);
    let told = begun.chain(ended).filter_map(|day| at(&day)).flat_map(|at| [at, at.max(1) - 1]);
    let walked = (1..days.len()).filter(|at| counted[*at] != counted[*at - 1]);
    let all = told.chain(walked.flat_map(|at| [at, at - 1])).chain([0, days.len() - 1]);
    all.filter(|at| *at < days.len()).collect()
}

/// Who makes up ten thousand lives, the same ones as long as the seed is the same.
pub fn runner() -> TestRunner {
    let seed =
        std::env::var("KINSTEAD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(11_u64);
    eprintln!("seed {seed}");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { cases: LIVES, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, rng)
}

#[test]
fn the_clocks_agree_with_a_count_day_by_day() {
    let (mut book, base) = (book(), day("2024-01-15"));
    // The limit of young children is another one than that of all.
    book.numbers.insert("under3_emergency_days".to_owned(), 20);
    // Some of what counts lies before care begins.
    let days: Vec<NaiveDate> = (base - Days::new(100)).iter_days().take(DAYS).collect();
    let told_of = std::cell::RefCell::new(BTreeSet::new());
    runner()
        .run(&proptest::collection::vec(any::<u32>(), 200), |numbers| {
            let child = life(&numbers, base);
            let deadlines = of_a_child(&child, &book);
            let counted: Told = Walk { child: &child, book: &book, days: &days }.told();
            let mut told: BTreeMap<_, Vec<&Deadline>> = BTreeMap::new();
            for deadline in deadlines.iter().filter(|it| it.rule != ELSEWHERE) {
                told.entry((deadline.rule, deadline.subject.id)).or_default().push(deadline);
            }
            for (key, walked) in &counted {
                let known = told.remove(key).unwrap_or_default();
                for at in steps(walked, &known, &days) {
                    let (on, child) = (days[at], &child);
                    prop_assert_eq!(
                        tell(&known, on),
                        walked[at],
                        "{:?} on {} of {:#?}",
                        key,
                        on,
                        child
                    );
                }
                if walked.iter().any(Option::is_some) {
                    told_of.borrow_mut().insert(key.0);
                }
            }
            prop_assert!(told.is_empty(), "nobody counted {:?} of {:#?}", told.keys(), child);
            Ok(())
        })
        .unwrap();
    let of_children = ALERTING.iter().filter(|rule| matches!(rule.judge, Judge::Child(_)));
    let all: BTreeSet<&str> = of_children.map(|it| it.code).filter(|it| *it != ELSEWHERE).collect();
    assert_eq!(told_of.into_inner(), all, "each clock tells something in some life");
}
