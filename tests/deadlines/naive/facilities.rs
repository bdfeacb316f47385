//! What the clocks of a facility tell, counted day by day: FA-06 of its staff.
use chrono::NaiveDate;
use kinstead::rules::{
    Rulebook,
    deadlines::{FacilityFacts, Severity},
};

use super::{months, yesterday};

/// What FA-06 tells on each day: the most urgent.
#[expect(dead_code, reason = "the walk through institutions follows")]
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
