//! CF-02 to CF-04, FA-01, FA-03: what must be renewed of carer families and facilities.
use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    Deadline, Severity, earlier,
    facts::{FacilityFacts, FamilyFacts},
    later,
};
use crate::{platform::time::add_months, rules::finding::Rulebook};

/// How long before the day an inspection is asked for.
const SOON: u32 = 30;

/// CF-02: children live with a family whose approval has ended, or that is suspended: within days it is
/// reviewed whether they stay.
pub fn approval_ended(family: &FamilyFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some((_, _, ended)) = family.approval.filter(|_| family.occupied) else {
        return Vec::new();
    };
    let ended = if family.approved { ended } else { ended.min(family.since) };
    let due = later(ended, book.number("approval_review_days"));
    let deadline = Deadline::new("CF-02", "carer_family", family.id, due);
    vec![deadline.told(ended, Severity::Critical)]
}

/// CF-03: approvals and checks that run out, and the review that is due some months after the last one, or
/// after the approval, which is a review itself.
pub fn running_out(family: &FamilyFacts, book: &Rulebook) -> Vec<Deadline> {
    let warned = book.number("renewal_warning_days");
    let deadline = |kind: &'static str, id: Uuid, until: NaiveDate| {
        Deadline::new("CF-03", kind, id, until)
            .told(earlier(until, warned), Severity::Notice)
            .told(until, Severity::Warning)
    };
    let checks = family.checks.iter().map(|it| deadline("carer_check", it.id, it.valid_until));
    let approval = family.approval.iter().map(|(id, _, to)| deadline("carer_approval", *id, *to));
    let review = family.approval.map(|(_, from, _)| {
        let last = family.reviewed_on.map_or(from, |on| on.max(from));
        let due = add_months(last, book.number("carer_review_months"));
        Deadline::new("CF-03", "carer_review", family.id, due)
            .told(earlier(due, warned), Severity::Notice)
            .overdue(Severity::Warning)
    });
    checks.chain(approval).chain(review).filter(|_| family.approved).collect()
}

/// CF-04: a foster family with children and without a centre's support.
pub fn unsupported(family: &FamilyFacts, _: &Rulebook) -> Vec<Deadline> {
    let alone = family.unsupported && family.occupied;
    let since = family.approval.map(|(_, from, _)| from).filter(|_| alone);
    let deadline = |since| {
        Deadline::new("CF-04", "carer_family", family.id, since).told(since, Severity::Notice)
    };
    since.map(deadline).into_iter().collect()
}

/// FA-01: a registration that runs out.
pub fn registration(facility: &FacilityFacts, book: &Rulebook) -> Vec<Deadline> {
    let deadline = |until: NaiveDate| {
        Deadline::new("FA-01", "facility", facility.id, until)
            .told(earlier(until, book.number("renewal_warning_days")), Severity::Notice)
            .told(until, Severity::Critical)
    };
    facility.registered_until.map(deadline).into_iter().collect()
}

/// FA-03: inspected every year, and visited unannounced every other year.
pub fn inspections(facility: &FacilityFacts, book: &Rulebook) -> Vec<Deadline> {
    let deadline = |kind: &'static str, last: Option<NaiveDate>, months: &str| {
        let due = add_months(last.or(facility.since)?, book.number(months));
        let deadline = Deadline::new("FA-03", kind, facility.id, due);
        Some(deadline.told(earlier(due, SOON), Severity::Notice).overdue(Severity::Warning))
    };
    let any = deadline("inspection", facility.inspected_on, "inspection_months");
    let unannounced =
        deadline("unannounced_visit", facility.visited_unannounced_on, "unannounced_visit_months");
    any.into_iter().chain(unannounced).collect()
}
