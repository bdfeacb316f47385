//! Each rule that is judged, on the last day on which it is kept and the first on which it is broken.
use std::collections::BTreeMap;

use kinstead::rules::{
    Finding, allegations,
    gatekeeping::{self, Admission, Assessed},
    judged,
    nearness::{self, Nearness},
    poverty::{self, Reason},
    residential::{self, Entry, Exception, Stay},
    reviewing::{self, Chair},
};

use super::{book, found};
use crate::support::day;

/// A case of a rule: what it is about, the rule, whether it is kept.
pub struct Case {
    pub rule: &'static str,
    pub about: &'static str,
    pub kept: bool,
    pub findings: Vec<Finding>,
}

fn reasons(codes: &[(&str, bool)]) -> Vec<Finding> {
    let reasons: Vec<Reason<'_>> =
        codes.iter().map(|(code, suffices)| Reason { code, suffices: *suffices }).collect();
    poverty::judge(&reasons, &book(&[]))
}

/// An entry of a child born on 1 March 2024, with an exception of this kind, expected to end then.
fn entry(
    on: &str,
    kind: Option<&str>,
    end: Option<&str>,
    switches: &[(&str, i32)],
) -> Vec<Finding> {
    after(&[], on, kind, end, switches)
}

fn after(
    stays: &[(&str, &str)],
    on: &str,
    kind: Option<&str>,
    end: Option<&str>,
    switches: &[(&str, i32)],
) -> Vec<Finding> {
    let stays: Vec<Stay> = stays
        .iter()
        .map(|(from, until)| Stay { from: day(from), until: Some(day(until)) })
        .collect();
    let exception =
        kind.map(|kind| Exception { kind, findings: [true; 4], national_decision: true });
    let asked = Entry {
        day: day(on),
        birth: day("2024-03-01"),
        expected_end_on: end.map(day),
        exception,
        stays: &stays,
    };
    residential::judge(&asked, &book(switches))
}

/// A planned entry into residential care by an assessment that found it a last resort, but for this.
fn admission(change: impl FnOnce(&mut Admission)) -> Vec<Finding> {
    let mut admission = Admission {
        opens_care: true,
        emergency: false,
        formal: true,
        residential: true,
        from_residential: false,
        assessed: Some(Assessed {
            assessment_id: uuid::Uuid::nil(),
            decided_on: day("2026-01-01"),
            recommendation: "residential_planned".to_owned(),
            covers: true,
            family_based_considered: true,
            family_based_suitable: false,
            kin_exhausted: true,
            foster_exhausted: true,
        }),
    };
    change(&mut admission);
    gatekeeping::judge(&admission, &book(&[]))
}

/// The same, but for this in the assessment.
fn assessed(change: impl FnOnce(&mut Assessed)) -> Vec<Finding> {
    admission(|admission| change(admission.assessed.as_mut().unwrap()))
}

fn near(siblings_elsewhere: usize, distance_km: f64) -> Vec<Finding> {
    let near = Nearness { siblings_in_care: 2, siblings_elsewhere, distance_km: Some(distance_km) };
    nearness::judge(&near, &book(&[]))
}

fn cases() -> Vec<Case> {
    let case = |rule, about, kept, findings| Case { rule, about, kept, findings };
    let mut all = vec![
        case("PL-14", "an assessment that recommends it", true, admission(|_| ())),
        case(
            "PL-14",
            "in an emergency without one",
            true,
            admission(|it| {
                (it.emergency, it.assessed) = (true, None);
            }),
        ),
        case(
            "PL-14",
            "planned without one",
            false,
            admission(|it| {
                (it.residential, it.assessed) = (false, None);
            }),
        ),
        case("PL-14", "one that recommends other care", false, assessed(|it| it.covers = false)),
        case("PL-15", "a last resort", true, admission(|it| it.opens_care = false)),
        case("PL-15", "a family would do", false, assessed(|it| it.family_based_suitable = true)),
        case(
            "PL-15",
            "no family was thought of",
            false,
            assessed(|it| it.family_based_considered = false),
        ),
        case("PL-15", "kin were not looked for", false, assessed(|it| it.kin_exhausted = false)),
        case(
            "PL-15",
            "foster families were not",
            false,
            assessed(|it| it.foster_exhausted = false),
        ),
        case(
            "PL-15",
            "a move without an assessment",
            false,
            admission(|it| {
                (it.opens_care, it.assessed) = (false, None);
            }),
        ),
        case("PL-21", "all in one home", true, near(0, 1.0)),
        case("PL-21", "one elsewhere", false, near(1, 1.0)),
        case("PL-23", "at the limit", true, near(0, 50.0)),
        case("PL-23", "beyond it", false, near(0, 50.1)),
    ];
    all.extend(of_children());
    all.extend(of_reviews());
    all.extend(of_allegations());
    all.extend(found::of_assessments());
    all.extend(found::of_returns());
    all
}

fn of_allegations() -> Vec<Case> {
    let of = |open| allegations::judge(open, &book(&[])).into_iter().collect();
    let case = |about, kept, findings| Case { rule: "CF-05", about, kept, findings };
    vec![
        case("nothing is alleged", true, of(false)),
        case("an allegation is open", false, of(true)),
    ]
}

fn of_reviews() -> Vec<Case> {
    let led =
        |qualified, case_manager| reviewing::judge(Chair { qualified, case_manager }, &book(&[]));
    let case = |about, kept, findings| Case { rule: "RV-02", about, kept, findings };
    vec![
        case("led by a qualified person from outside", true, led(true, false)),
        case("led by the case manager", false, led(true, true)),
        case("led by somebody who is not qualified", false, led(false, false)),
    ]
}

fn of_children() -> Vec<Case> {
    let planned = Some("under3_planned");
    let national = [("under3_national_exception_allowed", 1)];
    let case = |rule, about, kept, findings| Case { rule, about, kept, findings };
    vec![
        case(
            "PL-22",
            "poverty and neglect",
            true,
            reasons(&[("poverty", false), ("neglect", true)]),
        ),
        case("PL-22", "poverty alone", false, reasons(&[("poverty", false)])),
        case("PL-16", "on the third birthday", true, entry("2027-03-01", None, None, &[])),
        case(
            "PL-16",
            "the day before the third birthday",
            false,
            entry("2027-02-28", None, None, &[]),
        ),
        case(
            "PL-16",
            "planned for six months",
            true,
            entry("2026-01-31", planned, Some("2026-07-31"), &[]),
        ),
        case(
            "PL-16",
            "planned for six months and a day",
            false,
            entry("2026-01-31", planned, Some("2026-08-01"), &[]),
        ),
        case(
            "PL-16",
            "six months from 31 August",
            true,
            entry("2026-08-31", planned, Some("2027-02-28"), &[]),
        ),
        case(
            "PL-16",
            "an emergency of 30 days",
            true,
            entry("2026-01-01", Some("under3_emergency"), Some("2026-01-31"), &[]),
        ),
        case(
            "PL-16",
            "an emergency of 31 days",
            false,
            entry("2026-01-01", Some("under3_emergency"), Some("2026-02-01"), &[]),
        ),
        case("PL-16", "without an expected end", false, entry("2026-01-01", planned, None, &[])),
        case(
            "PL-17",
            "siblings, where the law knows it",
            true,
            entry(
                "2026-01-01",
                Some("under3_sibling"),
                Some("2026-02-01"),
                &[("under3_sibling_allowed", 1)],
            ),
        ),
        case(
            "PL-17",
            "siblings, where it does not",
            false,
            entry("2026-01-01", Some("under3_sibling"), Some("2026-02-01"), &[]),
        ),
        case(
            "PL-18",
            "six months with a move",
            true,
            after(&[("2026-01-01", "2026-03-01")], "2026-03-01", planned, Some("2026-07-01"), &[]),
        ),
        case(
            "PL-18",
            "a day more with a move",
            false,
            after(&[("2026-01-01", "2026-03-01")], "2026-03-01", planned, Some("2026-07-02"), &[]),
        ),
        case(
            "PL-18",
            "a gap of 29 days stands still",
            true,
            after(&[("2026-01-01", "2026-03-01")], "2026-03-30", planned, Some("2026-07-30"), &[]),
        ),
        case(
            "PL-18",
            "a gap of 29 days does not begin anew",
            false,
            after(&[("2026-01-01", "2026-03-01")], "2026-03-30", planned, Some("2026-07-31"), &[]),
        ),
        case(
            "PL-18",
            "a gap of 30 days begins anew",
            true,
            after(&[("2026-01-01", "2026-03-01")], "2026-03-31", planned, Some("2026-09-30"), &[]),
        ),
        case(
            "PL-19",
            "a move after the third birthday",
            true,
            after(&[("2026-12-01", "2027-04-01")], "2027-04-01", None, Some("2027-06-01"), &[]),
        ),
        case(
            "PL-19",
            "a longer one",
            false,
            after(&[("2026-12-01", "2027-04-01")], "2027-04-01", None, Some("2027-06-02"), &[]),
        ),
        case(
            "PL-20",
            "longer, where the law lets the nation decide",
            true,
            entry("2026-01-01", Some("under3_national"), Some("2026-12-01"), &national),
        ),
        case(
            "PL-20",
            "longer, where it does not",
            false,
            entry("2026-01-01", Some("under3_national"), Some("2026-12-01"), &[]),
        ),
    ]
}

#[test]
fn every_rule_is_kept_on_one_side_of_its_boundary_and_broken_on_the_other() {
    let mut sides: BTreeMap<&str, (usize, usize)> =
        judged().into_iter().map(|rule| (rule, (0, 0))).collect();
    for Case { rule, about, kept, findings } in cases() {
        let found: Vec<&Finding> = findings.iter().filter(|finding| finding.rule == rule).collect();
        assert_eq!(found.len(), 1, "{rule}: {about}: {findings:?}");
        assert_eq!(!found[0].is_broken(), kept, "{rule}: {about}: {findings:?}");
        let (kept_ones, broken) = sides.get_mut(rule).expect("a rule that is judged");
        *if kept { kept_ones } else { broken } += 1;
        for other in findings.iter().filter(|finding| kept && finding.rule != rule) {
            assert!(!other.is_broken(), "{rule}: {about}: {other:?}");
        }
    }
    for (rule, (kept, broken)) in sides {
        assert!(kept > 0 && broken > 0, "{rule} has no case on one of its sides");
    }
}

#[test]
fn a_rule_that_is_not_in_force_finds_nothing() {
    let mut book = book(&[]);
    book.rules.remove("PL-22");
    assert!(poverty::judge(&[Reason { code: "poverty", suffices: false }], &book).is_empty());
    let asked = Entry {
        day: day("2026-01-01"),
        birth: day("2025-01-01"),
        expected_end_on: None,
        exception: None,
        stays: &[],
    };
    book.numbers.insert("residential_min_age_years".to_owned(), 0);
    assert!(residential::judge(&asked, &book).is_empty());
}

#[test]
fn each_of_the_four_findings_is_needed() {
    for missing in 0..4 {
        let mut findings = [true; 4];
        findings[missing] = false;
        let asked = Entry {
            day: day("2026-01-01"),
            birth: day("2025-01-01"),
            expected_end_on: Some(day("2026-02-01")),
            exception: Some(Exception {
                kind: "under3_planned",
                findings,
                national_decision: false,
            }),
            stays: &[],
        };
        let found = residential::judge(&asked, &book(&[]));
        assert_eq!(found[0].pointer.as_deref(), Some("/exception/findings"), "{missing}");
    }
}
