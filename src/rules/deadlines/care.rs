//! PL-14, PL-24 to PL-27, PL-29, PLN-02: what a care period asks for, and what it should not become.
use chrono::NaiveDate;

use super::{
    Deadline, Severity, earlier,
    facts::{ChildFacts, PeriodFacts},
    later, working_days_after,
};
use crate::{
    platform::time::{add_months, birthday},
    rules::{finding::Rulebook, residential},
};

/// How long before the day somebody is told of what is soon due.
const SOON: u32 = 7;
/// How long before it a plan for leaving care is asked for.
const LEAVING_SOON: u32 = 90;
/// Placements are counted over so many months.
const STABILITY_MONTHS: u32 = 12;
/// For how long it is told that an entry was recorded late: nothing can be done about it later.
const LATE_ENTRY_TOLD_DAYS: u32 = 30;

fn of_period(rule: &'static str, period: &PeriodFacts, due_on: NaiveDate) -> Deadline {
    Deadline::new(rule, "care_period", period.id, due_on)
}

/// PL-14: who came in an emergency, or on an assessment that was taken back, is assessed within some working days.
pub fn assessment(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = child.period.as_ref().filter(|period| period.unassessed) else {
        return Vec::new();
    };
    if child.assessed_until.iter().any(|until| *until > period.started_on) {
        return Vec::new();
    }
    let due = working_days_after(period.started_on, book.number("emergency_assessment_days"));
    let deadline = of_period("PL-14", period, due).told(period.started_on, Severity::Notice);
    vec![deadline.overdue(Severity::Warning)]
}

/// PL-24: an absence that lasts too long is a placement of its own.
pub fn absences(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let deadline = |absence: &super::AbsenceFacts| {
        let due = later(absence.started_on, book.number(&absence.limit));
        Deadline::new("PL-24", "absence", absence.id, due).overdue(Severity::Warning)
    };
    child.absences.iter().map(deadline).collect()
}

/// PL-25: an emergency placement that goes on. A residential stay that began below the age limit has a limit of
/// its own, the one by which PL-16 let it begin.
pub fn emergency(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let limit = child.born.and_then(|birth| residential::age_limit(birth, book));
    let open = child.placements.iter().filter(|it| it.emergency && it.ended_on.is_none());
    open.map(|placement| {
        let young = placement.residential && limit.is_some_and(|on| placement.started_on < on);
        let most = if young { "under3_emergency_days" } else { "emergency_placement_days" };
        let due = later(placement.started_on, book.number(most));
        Deadline::new("PL-25", "placement", placement.id, due)
            .told(earlier(due, SOON), Severity::Notice)
            .overdue(Severity::Warning)
    })
    .collect()
}

/// PL-26: so many placements within a year, the last of which began on the day of the alert. Other terms in the
/// same home are no other placement.
pub fn moves(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let many = usize::try_from(book.number("unstable_placements")).unwrap_or(usize::MAX);
    let moves = child.placements.iter().filter(|it| !it.same_home);
    let begun: Vec<NaiveDate> = moves.map(|it| it.started_on).collect();
    if child.period.is_none() || many == 0 {
        return Vec::new();
    }
    // What counts is the last of them: an older alert of the same kind says no more.
    let Some(last) = begun.windows(many).last() else { return Vec::new() };
    let (Some(first), Some(newest)) = (last.first(), last.last()) else { return Vec::new() };
    let ends = add_months(*first, STABILITY_MONTHS);
    if *newest >= ends {
        return Vec::new();
    }
    let deadline = Deadline::new("PL-26", "child", child.id, *newest);
    vec![deadline.told(*newest, Severity::Notice).until(ends)]
}

/// PL-27: a care plan that is approved within days.
pub fn plan(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    if child.plans.iter().any(|plan| plan.period_id == Some(period.id)) {
        return Vec::new();
    }
    let due = later(period.started_on, book.number("care_plan_days"));
    let deadline = of_period("PL-27", period, due).told(earlier(due, SOON), Severity::Notice);
    vec![deadline.overdue(Severity::Warning)]
}

/// PL-29: an entry of which the registry learned too late.
pub fn late_entry(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let Some(period) = &child.period else { return Vec::new() };
    let due = later(period.started_on, book.number("late_entry_days"));
    let Some(recorded) = period.recorded_on.filter(|day| *day > due) else { return Vec::new() };
    let deadline = of_period("PL-29", period, due).told(recorded, Severity::Notice);
    vec![deadline.until(later(recorded, LATE_ENTRY_TOLD_DAYS))]
}

/// PLN-02: a plan for leaving care: one whose goal it is, or an assessment for it.
pub fn leaving(child: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    let (Some(birth), Some(period)) = (child.born, &child.period) else { return Vec::new() };
    let planned = child.plans.iter().any(|it| it.leaving && it.period_id == Some(period.id));
    if planned || !child.leaving_assessed_on.is_empty() {
        return Vec::new();
    }
    let due = birthday(birth, book.number("leaving_care_plan_age_years"));
    let deadline = Deadline::new("PLN-02", "child", child.id, due);
    vec![deadline.told(earlier(due, LEAVING_SOON), Severity::Notice).overdue(Severity::Warning)]
}
