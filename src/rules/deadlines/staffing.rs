//! FA-06: enough qualified staff, and numbers that are not too old to say so.
use super::{
    Deadline, Severity,
    facts::{FacilityFacts, StaffFacts},
};
use crate::{platform::time::add_months, rules::finding::Rulebook};

/// FA-06: by the latest snapshot as many are qualified as must be, and no carer has more children than may
/// be; what it says holds until there is another one. A facility of which nobody recorded for so long who
/// works there is told of, too: nothing is known of it, which is less than that it is short.
pub fn staffed(facility: &FacilityFacts, book: &Rulebook) -> Vec<Deadline> {
    let last = facility.staff.as_ref().map(|staff| staff.taken_on);
    let due = last.or(facility.since).map(|from| {
        let due = add_months(from, book.number("staff_snapshot_months"));
        Deadline::new("FA-06", "staff_snapshot", facility.id, due).overdue(Severity::Notice)
    });
    let short = facility.staff.iter().flat_map(|staff| {
        let told = |kind: &'static str| {
            let deadline = Deadline::new("FA-06", kind, facility.id, staff.taken_on);
            deadline.told(staff.taken_on, Severity::Warning)
        };
        let qualified = is_unqualified(staff, book).then(|| told("staff_qualification"));
        let alone = is_alone(staff, book).then(|| told("children_per_carer"));
        qualified.into_iter().chain(alone)
    });
    due.into_iter().chain(short).collect()
}

fn is_unqualified(staff: &StaffFacts, book: &Rulebook) -> bool {
    let least = u64::from(book.number("qualified_staff_percent"));
    u64::from(staff.qualified) * 100 < u64::from(staff.headcount) * least
}

/// Whether a carer has too many children in some shift. Where the norm is 0 there is none.
fn is_alone(staff: &StaffFacts, book: &Rulebook) -> bool {
    staff.shifts.iter().any(|shift| {
        let most = book.number(&shift.limit);
        most > 0 && shift.children_per_carer > f64::from(most)
    })
}
