//! Statutory clocks as pure functions: facts in, deadlines out. No SQL, no clock.
//!
//! A [`Deadline`] says by when something must have happened, and on which days it begins to warn, and how
//! urgently. It does not depend on the day on which it is asked for: what it tells on a day is
//! [`Deadline::told_on`], so whoever keeps one knows on which day to look at it again.
mod care;
mod children;
mod contact;
mod doubles;
mod facts;
mod homes;
mod law;
mod overrides;
mod reviews;
mod staffing;
mod stage;
mod transformation;
mod workers;

use chrono::NaiveDate;

pub use facts::{
    AbsenceFacts, CaseloadFacts, CheckFacts, ChildFacts, DoubleFacts, FacilityFacts, FamilyFacts,
    MeasureFacts, OverrideFacts, ParentAnswers, ParentsMeaning, PeriodFacts, PlacementFacts,
    PlanFacts, ReviewFacts, ShiftFacts, StaffFacts, StatusMeaning, TransformationFacts,
};
pub use stage::{Deadline, Severity, Stage, Subject, working_days_after};

use super::finding::Rulebook;

/// What a rule says to the facts about a child, a carer family, a facility, a worker.
#[derive(Clone, Copy)]
pub enum Judge {
    Child(fn(&ChildFacts, &Rulebook) -> Vec<Deadline>),
    Family(fn(&FamilyFacts, &Rulebook) -> Vec<Deadline>),
    Facility(fn(&FacilityFacts, &Rulebook) -> Vec<Deadline>),
    Worker(fn(&CaseloadFacts, &Rulebook) -> Vec<Deadline>),
}

/// A rule that alerts.
#[derive(Clone, Copy)]
pub struct Alerting {
    pub code: &'static str,
    pub judge: Judge,
    /// Parameters that it goes by.
    pub parameters: &'static [&'static str],
}

/// Every rule that alerts.
pub const ALERTING: &[Alerting] = &[
    of_child("PL-14", care::assessment, &["emergency_assessment_days"]),
    of_child("PL-18", children::residential, super::residential::PARAMETERS),
    of_child(
        "PL-24",
        care::absences,
        &["absence_hospital_days", "absence_carer_holiday_days", "absence_other_days"],
    ),
    of_child(
        "PL-25",
        care::emergency,
        &["under3_emergency_days", "emergency_placement_days", "residential_min_age_years"],
    ),
    of_child("PL-26", care::moves, &["unstable_placements"]),
    of_child("PL-27", care::plan, &["care_plan_days"]),
    of_child("PL-28", law::named_guardian, &[]),
    of_child("PL-29", care::late_entry, &["late_entry_days"]),
    of_child("PL-30", law::coverage, &["order_warning_days"]),
    of_child(
        "PL-31",
        law::measures,
        &[
            "police_protection_max_hours",
            "emergency_order_max_days",
            "assessment_order_max_days",
            "measure_warning_percent",
        ],
    ),
    of_child(
        "RV-01",
        reviews::regular,
        &[
            "review_interval_months",
            "first_review_days",
            "second_review_months",
            "review_warning_days",
            "review_critical_days",
        ],
    ),
    of_child("RV-03", reviews::young, &["residential_min_age_years"]),
    of_child("RV-05", reviews::followed, &["review_follow_up_days"]),
    of_child("PLN-02", care::leaving, &["leaving_care_plan_age_years"]),
    of_child("LS-02", law::guardian, &["guardian_days"]),
    of_child("LS-03", law::undetermined, &["family_status_months"]),
    of_child("CT-01", contact::family, &["family_contact_months"]),
    of_child("CT-03", contact::seen, &["worker_visit_days"]),
    of_child("DI-04", doubles::alike, &["match_alert_bits"]),
    of_child("OV-01", overrides::ended, &["override_warning_days"]),
    of_family("CF-02", homes::approval_ended, &["approval_review_days"]),
    of_family("CF-03", homes::running_out, &["carer_review_months", "renewal_warning_days"]),
    of_family("CF-04", homes::unsupported, &[]),
    of_facility("FA-01", homes::registration, &["renewal_warning_days"]),
    of_facility("FA-03", homes::inspections, &["inspection_months", "unannounced_visit_months"]),
    Alerting {
        code: "WK-02",
        judge: Judge::Worker(workers::caseload),
        parameters: &["caseload_norm"],
    },
    of_facility(
        "FA-06",
        staffing::staffed,
        &[
            "staff_snapshot_months",
            "qualified_staff_percent",
            "children_per_carer_infants",
            "children_per_carer_small_group",
            "children_per_carer_disability",
            "children_per_carer_institution",
            "children_per_carer_night",
        ],
    ),
    of_facility("FA-09", transformation::targets, &[]),
    of_facility("FA-10", transformation::milestones, &[]),
    of_facility("FA-11", transformation::transitions, &[]),
];

const fn of_child(
    code: &'static str,
    judge: fn(&ChildFacts, &Rulebook) -> Vec<Deadline>,
    parameters: &'static [&'static str],
) -> Alerting {
    Alerting { code, judge: Judge::Child(judge), parameters }
}

const fn of_family(
    code: &'static str,
    judge: fn(&FamilyFacts, &Rulebook) -> Vec<Deadline>,
    parameters: &'static [&'static str],
) -> Alerting {
    Alerting { code, judge: Judge::Family(judge), parameters }
}

const fn of_facility(
    code: &'static str,
    judge: fn(&FacilityFacts, &Rulebook) -> Vec<Deadline>,
    parameters: &'static [&'static str],
) -> Alerting {
    Alerting { code, judge: Judge::Facility(judge), parameters }
}

/// Codes of all rules that alert.
#[must_use]
pub fn codes() -> Vec<&'static str> {
    ALERTING.iter().map(|rule| rule.code).collect()
}

/// Names of all parameters that they go by.
#[must_use]
pub fn parameters() -> Vec<&'static str> {
    let mut names: Vec<&str> = ALERTING.iter().flat_map(|rule| rule.parameters).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The deadlines of a child, by the rules that are in force.
#[must_use]
pub fn of_a_child(facts: &ChildFacts, book: &Rulebook) -> Vec<Deadline> {
    collect(book, |judge| match judge {
        Judge::Child(judge) => judge(facts, book),
        Judge::Family(_) | Judge::Facility(_) | Judge::Worker(_) => Vec::new(),
    })
}

/// The deadlines of a carer family, by the rules that are in force.
#[must_use]
pub fn of_a_family(facts: &FamilyFacts, book: &Rulebook) -> Vec<Deadline> {
    collect(book, |judge| match judge {
        Judge::Family(judge) => judge(facts, book),
        Judge::Child(_) | Judge::Facility(_) | Judge::Worker(_) => Vec::new(),
    })
}

/// The deadlines of a facility, by the rules that are in force.
#[must_use]
pub fn of_a_facility(facts: &FacilityFacts, book: &Rulebook) -> Vec<Deadline> {
    collect(book, |judge| match judge {
        Judge::Facility(judge) => judge(facts, book),
        Judge::Child(_) | Judge::Family(_) | Judge::Worker(_) => Vec::new(),
    })
}

/// The deadlines of a worker, by the rules that are in force.
#[must_use]
pub fn of_a_worker(facts: &CaseloadFacts, book: &Rulebook) -> Vec<Deadline> {
    collect(book, |judge| match judge {
        Judge::Worker(judge) => judge(facts, book),
        Judge::Child(_) | Judge::Family(_) | Judge::Facility(_) => Vec::new(),
    })
}

fn collect(book: &Rulebook, judged: impl Fn(Judge) -> Vec<Deadline>) -> Vec<Deadline> {
    let in_force = ALERTING.iter().filter(|rule| book.rules.contains_key(rule.code));
    in_force.flat_map(|rule| judged(rule.judge)).collect()
}

/// So many days later; the last day of all if there is none.
fn later(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(chrono::Days::new(days.into())).unwrap_or(NaiveDate::MAX)
}

/// So many days earlier; the first day of all if there is none.
fn earlier(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(chrono::Days::new(days.into())).unwrap_or(NaiveDate::MIN)
}
