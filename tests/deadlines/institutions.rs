//! Two thousand institutions: what their clocks tell of staff and transformation agrees with a count that
//! walks through the days.
use chrono::{Days, NaiveDate};
use kinstead::rules::deadlines::{
    Deadline, FacilityFacts, Severity, ShiftFacts, StaffFacts, TransformationFacts, of_a_facility,
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use uuid::Uuid;

use super::{boundaries::book, naive::facilities};
use crate::support::day;

const INSTITUTIONS: u32 = 2_000;
const DAYS: usize = 1_200;

/// What chance says, one number after the other.
struct Dice<'d>(std::slice::Iter<'d, u32>);

impl Dice<'_> {
    fn of(&mut self, sides: u32) -> u32 {
        self.0.next().copied().unwrap_or_default() % sides
    }

    fn day(&mut self, base: NaiveDate) -> NaiveDate {
        base + Days::new(self.of(700).into())
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.of(u32::MAX)) << 64 | u128::from(self.of(u32::MAX)))
    }
}

fn institution(numbers: &[u32], base: NaiveDate) -> FacilityFacts {
    let mut dice = Dice(numbers.iter());
    let since = (dice.of(5) > 0).then(|| dice.day(base));
    let mut facility = FacilityFacts { id: dice.id(), since, ..FacilityFacts::default() };
    if dice.of(4) > 0 {
        let headcount = dice.of(12);
        let qualified = dice.of(headcount + 1);
        let limits = ["children_per_carer_infants", "children_per_carer_night"];
        let shifts = limits.into_iter().map(|limit| {
            let children_per_carer = f64::from(dice.of(140)) / 10.0;
            ShiftFacts { children_per_carer, limit: limit.to_owned() }
        });
        let shifts = shifts.collect();
        facility.staff =
            Some(StaffFacts { taken_on: dice.day(base), headcount, qualified, shifts });
    }
    if dice.of(4) > 0 {
        let (mut at, mut most) = (dice.day(base), 12);
        let mut plan = TransformationFacts { id: dice.id(), ..TransformationFacts::default() };
        plan.children = dice.of(14);
        for _ in 0..dice.of(4) {
            most -= dice.of(most + 1);
            plan.targets.push((at, most));
            at = at + Days::new((1 + dice.of(200)).into());
        }
        for _ in 0..dice.of(4) {
            plan.milestones.push(dice.day(base));
        }
        facility.transformation = Some(plan);
        for _ in 0..dice.of(3) {
            let (id, on) = (dice.id(), dice.day(base));
            facility.transitions.push((id, on));
        }
    }
    facility
}

/// What the deadlines tell on each day: the most urgent.
fn told(deadlines: &[&Deadline], days: &[NaiveDate]) -> Vec<Option<Severity>> {
    let on = |day: &NaiveDate| {
        let told = deadlines.iter().filter_map(|it| it.told_on(*day).map(|stage| stage.severity));
        told.max()
    };
    days.iter().map(on).collect()
}

#[test]
fn the_clocks_of_institutions_agree_with_a_count_day_by_day() {
    let mut bytes = [0; 32];
    bytes[0] = 11;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config { cases: INSTITUTIONS, failure_persistence: None, ..Config::default() };
    let (book, base) = (book(), day("2024-01-15"));
    let days: Vec<NaiveDate> = (base - Days::new(50)).iter_days().take(DAYS).collect();
    TestRunner::new_with_rng(config, rng)
        .run(&proptest::collection::vec(any::<u32>(), 60), |numbers| {
            let facility = institution(&numbers, base);
            let deadlines = of_a_facility(&facility, &book);
            let by = |rule: &str, id: Option<Uuid>| {
                let of =
                    |it: &&Deadline| it.rule == rule && id.is_none_or(|id| it.subject.id == id);
                told(&deadlines.iter().filter(of).collect::<Vec<_>>(), &days)
            };
            let [targets, milestones] = facilities::transformed(&facility, &days);
            let staff = facilities::staffed(&facility, &book, &days);
            for (rule, counted) in [("FA-06", staff), ("FA-09", targets), ("FA-10", milestones)] {
                prop_assert!(by(rule, None) == counted, "{} of {:#?}", rule, facility);
            }
            for (id, on) in &facility.transitions {
                let counted = facilities::leaving(*on, &days);
                prop_assert!(by("FA-11", Some(*id)) == counted, "FA-11 of {:#?}", facility);
            }
            Ok(())
        })
        .unwrap();
}
