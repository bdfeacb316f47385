//! PL-28, PL-30, PL-31, LS-02, LS-03: legal statuses that run out, have gaps or are missing.
use chrono::NaiveDate;

use super::{
    Deadline, Severity, earlier,
    facts::{ChildFacts, MeasureFacts, ParentAnswers, ParentsMeaning},
    later,
};
use crate::{platform::time::add_months, rules::finding::Rulebook};

const CARE: &str = "care_authority";
const RIGHTS: [&str; 2] = ["parental_rights_mother", "parental_rights_father"];
const HOURS_OF_A_DAY: u32 = 24;

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
        let hours = measure.means.max_hours_parameter.as_ref();
        let hours = hours.map(|name| book.number(name).div_ceil(HOURS_OF_A_DAY));
        let days = measure.means.max_days_parameter.as_ref().map(|name| book.number(name));
        let days = hours.or(days)?;
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
    let gone = last.valid_to.is_none() && last.means.parent_answers.is_nobody();
    gone.then_some(last.valid_from)
}

/// LS-02: a child in care without parents who hold rights has a guardian.
pub fn guardian(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let by_court = RIGHTS.map(|axis| without_rights_since(child, axis));
    let since = match by_court {
        [Some(mother), Some(father)] => Some(mother.max(father)),
        _ => child.parents.nobody().then_some(child.registered_on.max(period.started_on)),
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
    is_gone: bool,
    placed_on: NaiveDate,
) -> Option<NaiveDate> {
    let last = on_axis(child, axis).last().filter(|it| it.valid_to.is_none());
    if let Some(status) = last {
        let answers = status.means.parent_answers == ParentAnswers::Yes;
        return (!answers).then_some(status.valid_from);
    }
    is_gone.then_some(child.registered_on.max(placed_on))
}

/// PL-28: somebody answers for a child in care at every moment (UN Guidelines ¶19, ¶103, ¶104): where no parent
/// can, a guardian is named, be it a person or a body, and from the first day on it is critical that there is
/// none. LS-02 gives thirty days to the same where the rights are gone for good; here it is enough that they
/// are suspended, and a guardian for one matter alone is none.
pub fn named_guardian(child: &ChildFacts, _: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let [mother, father] = RIGHTS;
    let since = |axis, is_gone| not_responsible_since(child, axis, is_gone, period.started_on);
    let ParentsMeaning { no_mother, no_father } = child.parents;
    let (Some(mother), Some(father)) = (since(mother, no_mother), since(father, no_father)) else {
        return Vec::new();
    };
    let since = mother.max(father).max(period.started_on);
    let guardians = on_axis(child, "guardianship").filter(|it| !it.means.in_one_matter);
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
    let is_determined = |it: &MeasureFacts| it.means.parent_answers != ParentAnswers::Unknown;
    let determined = |axis: &&str| on_axis(child, axis).any(is_determined);
    if !child.without_parental_care || RIGHTS.iter().any(determined) {
        return Vec::new();
    }
    let since = child.registered_on.max(period.started_on);
    let due = add_months(since, book.number("family_status_months"));
    vec![Deadline::new("LS-03", "child", child.id, due).overdue(Severity::Warning)]
}
