//! The boundary table: each rule that alerts, at the first day on which it tells something, and on the same
//! day where there is nothing to tell.
mod facilities;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kinstead::rules::{
    RuleClass, Rulebook,
    deadlines::{
        CaseloadFacts, ChildFacts, Deadline, FacilityFacts, FamilyFacts, Severity, codes,
        of_a_child, of_a_facility, of_a_family, of_a_worker,
    },
};
use serde_json::Value;

use Severity::{Critical, Notice, Warning};

use super::{
    facts::{
        absent, approved, born, checked, emergency, in_care, inspected, lived, measure, moved,
        planned, recorded, registered, reviewed, stay, under,
    },
    more,
};
use crate::support::day;

/// What a rule is asked about.
pub enum About {
    Child(Box<ChildFacts>),
    Family(FamilyFacts),
    Facility(FacilityFacts),
    Worker(CaseloadFacts),
}

impl About {
    fn due(&self, book: &Rulebook) -> Vec<Deadline> {
        match self {
            Self::Child(facts) => of_a_child(facts, book),
            Self::Family(facts) => of_a_family(facts, book),
            Self::Facility(facts) => of_a_facility(facts, book),
            Self::Worker(facts) => of_a_worker(facts, book),
        }
    }

    /// The most urgent thing that the rule tells on a day.
    fn told(&self, rule: &str, on: NaiveDate) -> Option<Severity> {
        let due = self.due(&book()).into_iter().filter(|deadline| deadline.rule == rule);
        due.filter_map(|deadline| deadline.told_on(on).map(|stage| stage.severity)).max()
    }
}

/// On its day, and not before, the rule tells this of the first facts; of the second ones it does not.
pub struct Case {
    rule: &'static str,
    on: NaiveDate,
    severity: Severity,
    told: About,
    silent: About,
}

/// Every rule that alerts, with the numbers of the UN Guidelines' profile.
pub fn book() -> Rulebook {
    let version = |code: &str| (code.to_owned(), crate::rules::in_force(RuleClass::Alert));
    let file: Value =
        serde_json::from_str(include_str!("../../src/reference/data/parameters.json")).unwrap();
    let number = |parameter: &Value| {
        let value = parameter["profiles"]["ung"][0]["value"].as_str()?;
        Some((parameter["name"].as_str()?.to_owned(), value.parse().ok()?))
    };
    let numbers = file["parameters"].as_array().unwrap().iter().filter_map(number);
    Rulebook { rules: codes().into_iter().map(version).collect(), numbers: numbers.collect() }
}

pub fn case(rule: &'static str, on: &str, severity: Severity, told: About, silent: About) -> Case {
    Case { rule, on: day(on), severity, told, silent }
}

pub fn child(facts: ChildFacts) -> About {
    About::Child(Box::new(facts))
}

fn of_children() -> Vec<Case> {
    let care = |from, to| measure("care_authority", "full_care_order", from, to);
    let police = |to| {
        under(vec![measure("care_authority", "police_protection", "2028-02-28", to)], "2028-02-28")
    };
    let order = |to| {
        under(vec![measure("care_authority", "emergency_order", "2028-02-20", to)], "2028-02-20")
    };
    let rights = |father| {
        let of = |axis, status| measure(axis, status, "2026-01-31", None);
        under(
            vec![of("parental_rights_mother", "deprived"), of("parental_rights_father", father)],
            "2026-01-01",
        )
    };
    let guarded = || {
        let mut facts = rights("holder_deceased");
        facts.measures.push(measure("guardianship", "direct", "2026-03-02", None));
        facts
    };
    let first = |on| reviewed("2025-11-30", &[on], false);
    let moved_on = |on| {
        let mut facts = reviewed("2025-06-01", &["2026-01-30"], true);
        facts.placements.push(stay(on, None, false, false));
        facts
    };
    let infant = |from| lived("2025-01-01", vec![stay(from, None, true, false)]);
    let seen = |on| ChildFacts {
        reviews: reviewed("2027-01-31", &[on], false).reviews,
        ..infant("2027-01-31")
    };
    let assessed =
        || ChildFacts { assessed_until: vec![day("2026-11-24")], ..emergency("2026-11-23") };
    vec![
        // Monday, and the Tuesday of the next week.
        case("PL-14", "2026-12-01", Warning, child(emergency("2026-11-23")), child(assessed())),
        case(
            "PL-14",
            "2028-03-04",
            Warning,
            child(emergency("2028-02-25")),
            child(emergency("2028-02-28")),
        ),
        // The hundred and twentieth day; six months from 31 August, in a leap year and in none.
        case(
            "PL-18",
            "2026-05-01",
            Warning,
            child(infant("2026-01-01")),
            child(infant("2026-01-02")),
        ),
        case(
            "PL-18",
            "2028-03-01",
            Critical,
            child(lived("2025-01-01", vec![stay("2027-08-31", None, true, false)])),
            child(lived("2025-01-01", vec![stay("2027-09-01", None, true, false)])),
        ),
        case(
            "PL-18",
            "2027-03-01",
            Critical,
            child(infant("2026-08-31")),
            child(lived("2025-01-01", vec![stay("2026-08-31", Some("2027-02-28"), true, false)])),
        ),
        // Born on 29 February, it is three on the twenty-eighth.
        case(
            "PL-18",
            "2027-08-28",
            Critical,
            child(lived("2024-02-29", vec![stay("2027-02-27", None, true, false)])),
            child(lived("2024-02-29", vec![stay("2027-02-28", None, true, false)])),
        ),
        case(
            "PL-24",
            "2026-03-04",
            Warning,
            child(absent("2026-02-24", "absence_other_days")),
            child(absent("2026-02-25", "absence_other_days")),
        ),
        case(
            "PL-25",
            "2026-03-03",
            Warning,
            child(lived("2015-05-01", vec![stay("2026-01-31", None, false, true)])),
            child(lived("2015-05-01", vec![stay("2026-01-31", Some("2026-03-02"), false, true)])),
        ),
        case(
            "PL-26",
            "2026-02-28",
            Notice,
            child(moved(["2025-03-01", "2025-10-01", "2026-02-28"])),
            child(moved(["2025-02-28", "2025-10-01", "2026-02-28"])),
        ),
        case(
            "PL-27",
            "2026-03-03",
            Warning,
            child(in_care("2026-01-31")),
            child(planned(in_care("2026-01-31"), false)),
        ),
        case(
            "PL-27",
            "2028-03-02",
            Warning,
            child(in_care("2028-01-31")),
            child(in_care("2028-02-01")),
        ),
        case(
            "PL-29",
            "2026-01-09",
            Notice,
            child(recorded("2026-01-01", "2026-01-09")),
            child(recorded("2026-01-02", "2026-01-09")),
        ),
        case(
            "PL-30",
            "2026-03-01",
            Warning,
            child(under(vec![care("2026-01-01", Some("2026-03-01"))], "2026-01-01")),
            child(under(
                vec![care("2026-01-01", Some("2026-03-01")), care("2026-03-01", None)],
                "2026-01-01",
            )),
        ),
        case(
            "PL-30",
            "2026-02-15",
            Notice,
            child(under(vec![care("2026-01-01", Some("2026-03-01"))], "2026-01-01")),
            child(under(vec![care("2026-01-01", Some("2026-03-02"))], "2026-01-01")),
        ),
        case(
            "PL-31",
            "2028-03-02",
            Critical,
            child(police(None)),
            child(police(Some("2028-03-02"))),
        ),
        case("PL-31", "2028-03-08", Warning, child(order(None)), child(order(Some("2028-03-12")))),
        case(
            "PL-31",
            "2028-03-12",
            Critical,
            child(order(Some("2028-03-13"))),
            child(order(Some("2028-03-12"))),
        ),
        case(
            "RV-01",
            "2026-02-15",
            Notice,
            child(in_care("2025-11-30")),
            child(in_care("2025-12-01")),
        ),
        case(
            "RV-01",
            "2026-03-02",
            Warning,
            child(in_care("2025-11-30")),
            child(first("2026-03-01")),
        ),
        case(
            "RV-01",
            "2026-03-31",
            Critical,
            child(in_care("2025-11-30")),
            child(in_care("2025-12-01")),
        ),
        // Three months from 30 November end in February.
        case(
            "RV-01",
            "2026-03-01",
            Warning,
            child(first("2025-11-30")),
            child(first("2025-12-01")),
        ),
        case(
            "RV-01",
            "2026-12-01",
            Warning,
            child(reviewed("2026-01-01", &["2026-03-01", "2026-08-31"], false)),
            child(reviewed("2026-01-01", &["2026-03-01", "2026-09-01"], false)),
        ),
        // A month from 31 January.
        case(
            "RV-03",
            "2027-03-01",
            Warning,
            child(infant("2027-01-31")),
            child(seen("2027-02-28")),
        ),
        case(
            "RV-05",
            "2026-03-02",
            Warning,
            child(reviewed("2025-06-01", &["2026-01-30"], true)),
            child(moved_on("2026-03-01")),
        ),
        case(
            "PLN-02",
            "2028-03-01",
            Warning,
            child(born("2012-02-29")),
            child(planned(born("2012-02-29"), true)),
        ),
        case("PLN-02", "2027-03-01", Warning, child(born("2011-02-28")), child(born("2011-03-01"))),
        case("LS-02", "2026-03-03", Warning, child(rights("holder_deceased")), child(guarded())),
        case("LS-02", "2026-03-03", Warning, child(rights("deprived")), child(rights("full"))),
        case("LS-03", "2027-03-01", Warning, child(in_care("2026-08-31")), child(rights("full"))),
        case(
            "LS-03",
            "2028-03-01",
            Warning,
            child(in_care("2027-08-31")),
            child(in_care("2027-09-01")),
        ),
    ]
}

fn of_homes() -> Vec<Case> {
    let empty = FamilyFacts { occupied: false, ..approved("2023-03-01", "2026-03-01") };
    let suspended = FamilyFacts {
        approved: false,
        since: day("2026-02-01"),
        ..approved("2023-03-01", "2026-03-01")
    };
    vec![
        case(
            "CF-02",
            "2026-03-01",
            Critical,
            About::Family(approved("2023-03-01", "2026-03-01")),
            About::Family(empty),
        ),
        case(
            "CF-02",
            "2026-02-01",
            Critical,
            About::Family(suspended),
            About::Family(approved("2023-03-01", "2026-03-01")),
        ),
        case(
            "CF-03",
            "2025-12-31",
            Notice,
            About::Family(approved("2023-03-01", "2026-03-01")),
            About::Family(approved("2023-03-01", "2026-03-02")),
        ),
        case(
            "CF-03",
            "2028-02-29",
            Warning,
            About::Family(checked("2028-02-29")),
            About::Family(checked("2028-03-01")),
        ),
        case(
            "FA-01",
            "2026-03-01",
            Critical,
            About::Facility(registered(Some("2026-03-01"))),
            About::Facility(registered(None)),
        ),
        case(
            "FA-01",
            "2025-12-31",
            Notice,
            About::Facility(registered(Some("2026-03-01"))),
            About::Facility(registered(Some("2026-03-02"))),
        ),
        case(
            "FA-03",
            "2029-03-01",
            Warning,
            About::Facility(inspected("2028-02-29", "2028-02-29")),
            About::Facility(inspected("2028-03-01", "2028-03-01")),
        ),
        case(
            "FA-03",
            "2028-02-29",
            Warning,
            About::Facility(inspected("2028-01-01", "2026-02-28")),
            About::Facility(inspected("2028-01-01", "2026-03-01")),
        ),
    ]
}

fn all() -> impl Iterator<Item = Case> {
    of_children().into_iter().chain(of_homes()).chain(more::cases()).chain(facilities::cases())
}

#[test]
fn every_rule_that_alerts_does_so_from_its_day_on_and_not_without_reason() {
    let mut cases: BTreeMap<&str, usize> = codes().into_iter().map(|rule| (rule, 0)).collect();
    for Case { rule, on, severity, told, silent } in all() {
        assert_eq!(told.told(rule, on), Some(severity), "{rule} on {on}");
        let before = told.told(rule, on.pred_opt().unwrap());
        assert!(before < Some(severity), "{rule} tells {before:?} on the day before {on}");
        let other = silent.told(rule, on);
        assert!(other < Some(severity), "{rule} tells {other:?} on {on} without reason");
        *cases.get_mut(rule).expect("a rule that alerts") += 1;
    }
    let bare: Vec<_> = cases.into_iter().filter(|(_, count)| *count == 0).collect();
    assert!(bare.is_empty(), "{bare:?} alert and have no two cases in the table");
}

#[test]
fn a_rule_that_is_not_in_force_tells_nothing() {
    let mut without = book();
    without.rules.clear();
    for Case { told, .. } in all() {
        assert!(told.due(&without).is_empty());
    }
}
