//! PL-28, PL-30, PL-31, LS-02, LS-03: legal statuses that run out, have gaps or are missing.
use chrono::NaiveDate;

use super::{
    Deadline, Severity, earlier,
    facts::{ChildFacts, MeasureFacts},
    later,
};
use crate::{platform::time::add_months, rules::finding::Rulebook};

const CARE: &str = "care_authority";
const RIGHTS: [&str; 2] = ["parental_rights_mother", "parental_rights_father"];
const HOURS_OF_A_DAY: u32 = 24;
/// What a parent's rights are when nobody holds them.
const NOBODY: [&str; 4] = ["deprived", "holder_deceased", "terminated_by_adoption", "unknown"];
/// What a parent's rights are when that parent cannot answer for the child now: also while they are suspended.
const NOT_RESPONSIBLE: [&str; 6] = [
    "suspended",
    "deprived",
    "relinquished",
    "terminated_by_adoption",
    "holder_deceased",
    "unknown",
];
/// A guardian who stands up for the child in one matter alone.
const IN_ONE_MATTER: &str = "collision";
/// What `parental_status` says when there are no parents to ask.
pub(super) const NO_PARENTS: [&str; 2] = ["both_dead", "unknown"];

fn on_axis<'c>(child: &'c ChildFacts, axis: &str) -> impl Iterator<Item = &'c MeasureFacts> {
    let axis = axis.to_owned();
    child.measures.iter().filter(move |measure| measure.axis == axis)
}

/// PL-30: the first day of an open care period for which no legal status is recorded. One that is to
/// run out is told of before.
pub fn coverage(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let mut covered = period.started_on;
    for measure in on_axis(child, CARE) {
        if measure.valid_from > covered {
            break;
        }
        match measure.valid_to {
            None => return Vec::new(),
            Some(to) => covered = covered.max(to),
        }
    }
    let deadline = Deadline::new("PL-30", "care_period", period.id, covered);
    let warned = earlier(covered, book.number("order_warning_days")).max(period.started_on);
    vec![deadline.told(warned, Severity::Notice).told(covered, Severity::Warning)]
}

/// PL-31: short measures end within their limit.
pub fn measures(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let deadline = |measure: &MeasureFacts| {
        let days = match measure.status.as_str() {
            "police_protection" => {
                book.number("police_protection_max_hours").div_ceil(HOURS_OF_A_DAY)
            }
            "emergency_order" => book.number("emergency_order_max_days"),
            "assessment_order" => book.number("assessment_order_max_days"),
            _ => return None,
        };
        let limit = later(measure.valid_from, days);
        if measure.valid_to.is_some_and(|to| to <= limit) {
            return None;
        }
        let share = days.saturating_mul(book.number("measure_warning_percent")).div_ceil(100);
        let deadline = Deadline::new("PL-31", "legal_status", measure.id, limit)
            .told(later(measure.valid_from, share), Severity::Warning)
            .told(limit, Severity::Critical);
        Some(match measure.valid_to {
            Some(to) => deadline.until(to),
            None => deadline,
        })
    };
    on_axis(child, CARE).filter_map(deadline).collect()
}

/// The first day since which the last status on this axis says that nobody holds the rights.
fn without_rights_since(child: &ChildFacts, axis: &str) -> Option<NaiveDate> {
    let last = on_axis(child, axis).last()?;
    let gone = last.valid_to.is_none() && NOBODY.contains(&last.status.as_str());
    gone.then_some(last.valid_from)
}

/// LS-02: a child in care without parents who hold rights has a guardian.
pub fn guardian(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let by_court = RIGHTS.map(|axis| without_rights_since(child, axis));
    let since = match by_court {
        [Some(mother), Some(father)] => Some(mother.max(father)),
        _ => NO_PARENTS
            .contains(&child.parental_status.as_str())
            .then_some(child.registered_on.max(period.started_on)),
    };
    let Some(since) = since else { return Vec::new() };
    // A guardianship that has ended leaves the child alone from then on.
    let guarded = on_axis(child, "guardianship").last();
    let since = match guarded.map(|guardian| guardian.valid_to) {
        Some(None) => return Vec::new(),
        Some(Some(until)) => since.max(until),
        None => since,
    };
    let due = later(since, book.number("guardian_days"));
    vec![Deadline::new("LS-02", "child", child.id, due).overdue(Severity::Warning)]
}

/// Since when this parent cannot answer for the child: by the last status on the axis, or because the parent
/// is dead or unknown. A living parent of whom nothing else is recorded holds the rights.
fn not_responsible_since(
    child: &ChildFacts,
    axis: &str,
    dead: &str,
    placed_on: NaiveDate,
) -> Option<NaiveDate> {
    let last = on_axis(child, axis).last().filter(|it| it.valid_to.is_none());
    if let Some(status) = last {
        let gone = NOT_RESPONSIBLE.contains(&status.status.as_str());
        return gone.then_some(status.valid_from);
    }
    let none =
        child.parental_status == dead || NO_PARENTS.contains(&child.parental_status.as_str());
    none.then_some(child.registered_on.max(placed_on))
}

/// PL-28: somebody answers for a child in care at every moment (UN Guidelines ¶19, ¶103, ¶104): where no parent
/// can, a guardian is named, be it a person or a body, and from the first day on it is critical that there is
/// none. LS-02 gives thirty days to the same where the rights are gone for good; here it is enough that they
/// are suspended, and a guardian for one matter alone is none.
pub fn named_guardian(child: &ChildFacts, _: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let [mother, father] = RIGHTS;
    let since = |axis, dead| not_responsible_since(child, axis, dead, period.started_on);
    let (Some(mother), Some(father)) = (since(mother, "mother_dead"), since(father, "father_dead"))
    else {
        return Vec::new();
    };
    let since = mother.max(father).max(period.started_on);
    let guardians = on_axis(child, "guardianship").filter(|it| it.status != IN_ONE_MATTER);
    let since = match guardians.last().map(|guardian| guardian.valid_to) {
        Some(None) => return Vec::new(),
        Some(Some(until)) => since.max(until),
        None => since,
    };
    vec![Deadline::new("PL-28", "child", child.id, since).told(since, Severity::Critical)]
}

/// LS-03: it is determined who holds the rights over a child in care.
pub fn undetermined(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let determined = |axis: &&str| on_axis(child, axis).any(|it| it.status != "unknown");
    if !child.without_parental_care || RIGHTS.iter().any(determined) {
        return Vec::new();
    }
    let since = child.registered_on.max(period.started_on);
    let due = add_months(since, book.number("family_status_months"));
    vec![Deadline::new("LS-03", "child", child.id, due).overdue(Severity::Warning)]
}
