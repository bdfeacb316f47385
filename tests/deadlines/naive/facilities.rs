//! What the clocks of a facility tell, counted day by day: FA-06 of its staff, FA-09 to FA-11 of its
//! transformation.
use chrono::{Days, NaiveDate};
use kinstead::rules::{
    Rulebook,
    deadlines::{FacilityFacts, Severity},
};

use super::{months, yesterday};

/// What FA-06 tells on each day: the most urgent.
pub fn staffed(
    facility: &FacilityFacts,
    book: &Rulebook,
    days: &[NaiveDate],
) -> Vec<Option<Severity>> {
    let staff = facility.staff.as_ref();
    let said = |day: NaiveDate| {
        let staff = staff.filter(|staff| staff.taken_on <= day)?;
        // One after the other: of each hundred so many.
        let missing = (0..staff.headcount).filter(|it| *it >= staff.qualified).count();
        let may = staff.headcount
            * (100 - u32::try_from(book.numbers["qualified_staff_percent"]).unwrap());
        let unqualified = u32::try_from(missing * 100).unwrap() > may;
        let alone = staff.shifts.iter().any(|shift| {
            let most = book.numbers[&shift.limit];
            most != 0 && f64::from(most) - shift.children_per_carer < 0.0
        });
        (unqualified || alone).then_some(Severity::Warning)
    };
    let stale = |day: NaiveDate| {
        let from = staff.map(|staff| staff.taken_on).or(facility.since)?;
        let most = book.numbers["staff_snapshot_months"];
        (day > from && months(from, yesterday(day)) >= most).then_some(Severity::Notice)
    };
    days.iter().map(|day| said(*day).max(stale(*day))).collect()
}

/// A month ahead it is told of, and urgently from the first day on which it is so.
fn coming(day: NaiveDate, is_so: impl Fn(NaiveDate) -> bool) -> Option<Severity> {
    if is_so(day) {
        return Some(Severity::Warning);
    }
    (1..=30).any(|ahead| is_so(day + Days::new(ahead))).then_some(Severity::Notice)
}

/// What FA-09 and FA-10 tell on each day.
pub fn transformed(facility: &FacilityFacts, days: &[NaiveDate]) -> [Vec<Option<Severity>>; 2] {
    let plan = facility.transformation.as_ref();
    let too_many = |day: NaiveDate| {
        // What holds on a day is the last target until then.
        let held = plan.and_then(|plan| plan.targets.iter().rfind(|(on, _)| *on <= day));
        held.is_some_and(|(_, most)| plan.is_some_and(|plan| *most < plan.children))
    };
    let late = |day: NaiveDate| plan.is_some_and(|plan| plan.milestones.iter().any(|on| *on < day));
    let due = |day: NaiveDate| plan.is_some_and(|plan| plan.milestones.iter().any(|on| *on <= day));
    let milestone = |day: NaiveDate| {
        if late(day) { Some(Severity::Warning) } else { coming(day, due).map(|_| Severity::Notice) }
    };
    [
        days.iter().map(|day| coming(*day, too_many)).collect(),
        days.iter().map(|day| milestone(*day)).collect(),
    ]
}

/// What FA-11 tells on each day of a child that is to have left by a day.
pub fn leaving(by: NaiveDate, days: &[NaiveDate]) -> Vec<Option<Severity>> {
    let told = |day: &NaiveDate| {
        let left = (by - *day).num_days();
        if left < 0 { Some(Severity::Warning) } else { (left <= 30).then_some(Severity::Notice) }
    };
    days.iter().map(told).collect()
}
