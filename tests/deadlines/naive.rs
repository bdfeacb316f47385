//! What the clocks of a child tell, counted by walking through its days one by one: slow, plain, and nothing
//! of it shared with the rules.
pub mod facilities;

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use kinstead::rules::{
    Rulebook,
    deadlines::{ChildFacts, MeasureFacts, ParentAnswers, PeriodFacts, Severity},
};
use uuid::Uuid;

use Severity::{Critical, Notice, Warning};

/// What is told on each day, by rule and subject.
pub type Told = BTreeMap<(&'static str, Uuid), Vec<Option<Severity>>>;

/// A child, and the days that are walked through.
pub struct Walk<'w> {
    pub child: &'w ChildFacts,
    pub book: &'w Rulebook,
    pub days: &'w [NaiveDate],
}

/// Whole months from a day until another one: a month ends on the same day of the next, or on its last.
pub fn months(from: NaiveDate, to: NaiveDate) -> i32 {
    let whole =
        (to.year() - from.year()) * 12 + to.month0().cast_signed() - from.month0().cast_signed();
    let ends = to + Days::new(1);
    let reached = to.day() >= from.day() || ends.day() == 1;
    if reached { whole } else { whole - 1 }
}

pub fn yesterday(day: NaiveDate) -> NaiveDate {
    day - Days::new(1)
}

impl Walk<'_> {
    pub fn number(&self, name: &str) -> i64 {
        i64::from(self.book.numbers[name])
    }

    pub fn each(&self, tell: impl FnMut(NaiveDate) -> Option<Severity>) -> Vec<Option<Severity>> {
        self.days.iter().copied().map(tell).collect()
    }

    /// Counts days from a first one: notice in the last week, a warning when more have passed than may.
    pub fn within(&self, from: NaiveDate, most: i64, notice: i64) -> Vec<Option<Severity>> {
        let mut passed = -1;
        self.each(|day| {
            if day >= from {
                passed += 1;
            }
            match passed {
                _ if passed > most => Some(Warning),
                0.. if most - passed <= notice => Some(Notice),
                _ => None,
            }
        })
    }

    /// Everything that is told.
    pub fn told(&self) -> Told {
        let mut told = Told::new();
        self.of_placements(&mut told);
        self.of_measures(&mut told);
        if let Some(period) = &self.child.period {
            self.of_period(period, &mut told);
            self.of_parents(period, &mut told);
            self.of_reviews(period, &mut told);
            self.of_contact(period, &mut told);
            self.of_guardians(period, &mut told);
        }
        self.of_overrides(&mut told);
        self.of_the_young(&mut told);
        for double in &self.child.doubles {
            let alike = double.weight >= 24.0;
            let days = self.each(|day| (alike && day >= double.found_on).then_some(Warning));
            told.insert(("DI-04", double.id), days);
        }
        told
    }

    fn of_placements(&self, told: &mut Told) {
        for absence in &self.child.absences {
            let days = self.within(absence.started_on, self.number(&absence.limit), -1);
            told.insert(("PL-24", absence.id), days);
        }
        for stay in self.child.placements.iter().filter(|it| it.emergency && it.ended_on.is_none())
        {
            let limit = self.number("residential_min_age_years") * 12;
            let is_young = |born| i64::from(months(born, stay.started_on)) < limit;
            let most = match self.child.born {
                Some(born) if stay.residential && is_young(born) => "under3_emergency_days",
                _ => "emergency_placement_days",
            };
            let days = self.within(stay.started_on, self.number(most), 7);
            told.insert(("PL-25", stay.id), days);
        }
        let many = self.number("unstable_placements");
        // By other terms in the same home nobody has moved.
        let homes = || self.child.placements.iter().filter(|it| !it.same_home);
        let last = homes().next_back();
        if let (Some(_), Some(last)) = (&self.child.period, last) {
            let days = self.each(|day| {
                let recent = |begun: NaiveDate| begun <= day && months(begun, day) < 12;
                let count = homes().filter(|it| recent(it.started_on)).count();
                let unstable = i64::try_from(count).unwrap() >= many;
                (day >= last.started_on && unstable).then_some(Notice)
            });
            told.insert(("PL-26", self.child.id), days);
        }
    }

    fn of_period(&self, period: &PeriodFacts, told: &mut Told) {
        let assessed = self.child.assessed_until.iter().any(|until| *until > period.started_on);
        if period.unassessed && !assessed {
            let (most, mut worked, mut over) = (self.number("emergency_assessment_days"), 0, false);
            let days = self.each(|day| {
                if day < period.started_on {
                    return None;
                }
                let at_work = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
                worked += i64::from(day > period.started_on && at_work);
                let said = if over { Warning } else { Notice };
                over = worked >= most;
                Some(said)
            });
            told.insert(("PL-14", period.id), days);
        }
        let of_period = |id: &Option<Uuid>| *id == Some(period.id);
        if !self.child.plans.iter().any(|plan| of_period(&plan.period_id)) {
            let days = self.within(period.started_on, self.number("care_plan_days"), 7);
            told.insert(("PL-27", period.id), days);
        }
        if let Some(recorded) = period.recorded_on {
            let late = (recorded - period.started_on).num_days() > self.number("late_entry_days");
            let days = self.each(|day| {
                let fresh = day >= recorded && (day - recorded).num_days() < 30;
                (late && fresh).then_some(Notice)
            });
            told.insert(("PL-29", period.id), days);
        }
        let leaving = self.child.plans.iter().any(|it| it.leaving && of_period(&it.period_id));
        if let (Some(born), false) = (self.child.born, leaving)
            && self.child.leaving_assessed_on.is_empty()
        {
            let months_old =
                i32::try_from(self.number("leaving_care_plan_age_years")).unwrap() * 12;
            let days = self.each(|day| {
                if months(born, yesterday(day)) >= months_old {
                    return Some(Warning);
                }
                (months(born, day + Days::new(90)) >= months_old).then_some(Notice)
            });
            told.insert(("PLN-02", self.child.id), days);
        }
        self.of_coverage(period, told);
    }

    pub fn on_axis(&self, axis: &str) -> Vec<&MeasureFacts> {
        self.child.measures.iter().filter(|it| it.axis == axis).collect()
    }

    /// On every day of the period somebody has authority.
    fn of_coverage(&self, period: &PeriodFacts, told: &mut Told) {
        let care = self.on_axis("care_authority");
        let covered = |day: NaiveDate| {
            care.iter().any(|it| it.valid_from <= day && it.valid_to.is_none_or(|to| day < to))
        };
        let ahead = u64::try_from(self.number("order_warning_days")).unwrap();
        let mut seen = false;
        let days = self.each(|day| {
            if day < period.started_on {
                return None;
            }
            seen |= !covered(day);
            if seen {
                return Some(Warning);
            }
            (1..=ahead).any(|later| !covered(day + Days::new(later))).then_some(Notice)
        });
        told.insert(("PL-30", period.id), days);
    }

    fn of_measures(&self, told: &mut Told) {
        for measure in self.on_axis("care_authority") {
            let means = &measure.means;
            let hours = match (&means.max_hours_parameter, &means.max_days_parameter) {
                (Some(hours), _) => self.number(hours),
                (None, Some(days)) => self.number(days) * 24,
                (None, None) => continue,
            };
            let lasts = |until: NaiveDate| (until - measure.valid_from).num_days() * 24;
            let long = measure.valid_to.is_none_or(|to| lasts(to) > hours);
            let share = self.number("measure_warning_percent");
            let days = self.each(|day| {
                let over = measure.valid_to.is_some_and(|to| day >= to);
                if !long || over || day < measure.valid_from {
                    return None;
                }
                match lasts(day) {
                    held if held >= hours => Some(Critical),
                    held if held * 100 >= hours * share => Some(Warning),
                    _ => None,
                }
            });
            told.insert(("PL-31", measure.id), days);
        }
    }

    fn of_parents(&self, period: &PeriodFacts, told: &mut Told) {
        let axes = ["parental_rights_mother", "parental_rights_father"];
        let lost = |axis: &str, day: NaiveDate| {
            self.on_axis(axis).last().is_some_and(|it| {
                it.valid_to.is_none() && it.valid_from <= day && it.means.parent_answers.is_nobody()
            })
        };
        let known = |day: NaiveDate| day >= self.child.registered_on && day >= period.started_on;
        let by_court = axes.iter().all(|axis| lost(axis, NaiveDate::MAX));
        let none_left = self.child.parents.no_mother && self.child.parents.no_father;
        let guardians = self.on_axis("guardianship");
        let (most, mut alone) = (self.number("guardian_days"), -1);
        let days = self.each(|day| {
            let parents = if by_court {
                !axes.iter().all(|axis| lost(axis, day))
            } else {
                !(none_left && known(day))
            };
            let guarded =
                guardians.last().is_some_and(|it| it.valid_to.is_none_or(|until| day < until));
            if !parents && !guarded {
                alone += 1;
            }
            (alone > most).then_some(Warning)
        });
        told.insert(("LS-02", self.child.id), days);
        let determined = axes.iter().any(|axis| {
            self.on_axis(axis).iter().any(|it| it.means.parent_answers != ParentAnswers::Unknown)
        });
        if self.child.without_parental_care && !determined {
            let since = self.child.registered_on.max(period.started_on);
            let most = i32::try_from(self.number("family_status_months")).unwrap();
            let days = self.each(|day| {
                (day > since && months(since, yesterday(day)) >= most).then_some(Warning)
            });
            told.insert(("LS-03", self.child.id), days);
        }
    }

    fn of_reviews(&self, period: &PeriodFacts, told: &mut Told) {
        let of_period =
            self.child.reviews.iter().filter(|it| it.held_on >= Some(period.started_on));
        let mut held: Vec<_> = of_period.collect();
        held.sort_by_key(|it| it.held_on);
        let last = held.last();
        let due = |day: NaiveDate| {
            let called = |due: NaiveDate| due == day && due >= period.started_on;
            let is_called =
                self.child.reviews.iter().any(|it| it.held_on.is_none() && called(it.due_on));
            let months_since = |name: &str| {
                let held_on = last.unwrap().held_on.unwrap();
                day >= held_on && i64::from(months(held_on, day)) >= self.number(name)
            };
            let long_ago = match held.len() {
                0 => (day - period.started_on).num_days() >= self.number("first_review_days"),
                1 => months_since("second_review_months"),
                _ => months_since("review_interval_months"),
            };
            is_called || last.and_then(|it| it.next_due_on) == Some(day) || long_ago
        };
        let mut ahead = self.days[0].iter_days().take(self.days.len() + 400);
        let first = ahead.find(|day| due(*day));
        let (soon, late) =
            (self.number("review_warning_days"), self.number("review_critical_days"));
        let days = self.each(|day| {
            let left = (first? - day).num_days();
            match left {
                _ if -left >= late => Some(Critical),
                ..0 => Some(Warning),
                _ => (left <= soon).then_some(Notice),
            }
        });
        told.insert(("RV-01", period.id), days);
        if let Some(review) = last.filter(|it| it.moves) {
            let on = review.held_on.unwrap();
            let mut homes = self.child.placements.iter().filter(|it| !it.same_home);
            if !homes.any(|stay| stay.started_on >= on) {
                let days = self.within(on, self.number("review_follow_up_days"), 7);
                told.insert(("RV-05", review.id), days);
            }
        }
    }

    /// A child under three in an institution is looked at every month.
    fn of_the_young(&self, told: &mut Told) {
        let (Some(born), Some(stay)) = (self.child.born, self.child.placements.last()) else {
            return;
        };
        let limit = i32::try_from(self.number("residential_min_age_years")).unwrap() * 12;
        let young = |day: NaiveDate| months(born, day) < limit;
        if !stay.residential || stay.ended_on.is_some() || !young(stay.started_on) {
            return;
        }
        let seen = self.child.reviews.iter().filter_map(|it| it.held_on);
        let seen = seen.filter(|on| *on >= stay.started_on).max().unwrap_or(stay.started_on);
        let days = self.each(|day| {
            if day < seen || !young(day) {
                return None;
            }
            if months(seen, yesterday(day)) >= 1 {
                return Some(Warning);
            }
            (months(seen, day + Days::new(7)) >= 1).then_some(Notice)
        });
        told.insert(("RV-03", stay.id), days);
    }
}
