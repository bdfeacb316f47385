//! The boundary table of later rules: guardians, contact, visits, families, caseloads, overrides.
use kinstead::rules::deadlines::{
    CaseloadFacts, ChildFacts, DoubleFacts, FamilyFacts, OverrideFacts, PlacementFacts, Severity,
    of_a_child,
};

use Severity::{Critical, Notice, Warning};

use super::{
    boundaries::{About, Case, book, case, child},
    facts::{approved, in_care, lived, measure, moved, parents, reviewed, stay, under},
};
use crate::support::day;

pub fn cases() -> Vec<Case> {
    let more = [of_overrides(), of_doubles()].into_iter().flatten();
    let of_children = [of_guardians(), of_contact(), of_visits(), of_moves()];
    of_children.into_iter().chain([of_families(), of_workers()]).flatten().chain(more).collect()
}

/// The rights of both parents as they are since that day, and the guardian if there is one.
fn answered(mother: &str, father: &str, guardian: Option<(&str, Option<&str>)>) -> ChildFacts {
    let mut measures = vec![
        measure("parental_rights_mother", mother, "2026-02-28", None),
        measure("parental_rights_father", father, "2026-01-01", None),
    ];
    measures.extend(guardian.map(|(kind, to)| measure("guardianship", kind, "2026-02-28", to)));
    under(measures, "2026-01-01")
}

fn of_guardians() -> Vec<Case> {
    let suspended = |guardian| answered("suspended", "deprived", guardian);
    let told = |on, told, silent| case("PL-28", on, Critical, child(told), child(silent));
    let orphan = |status: &str| ChildFacts { parents: parents(status), ..in_care("2026-01-31") };
    let half = |status: &str| {
        let mother = measure("parental_rights_mother", "suspended", "2026-02-28", None);
        let facts = under(vec![mother], "2026-01-01");
        ChildFacts { parents: parents(status), ..facts }
    };
    vec![
        told("2026-02-28", suspended(None), suspended(Some(("authority", None)))),
        told(
            "2026-02-28",
            suspended(Some(("collision", None))),
            answered("limited", "deprived", None),
        ),
        told(
            "2026-03-01",
            suspended(Some(("direct", Some("2026-03-01")))),
            suspended(Some(("direct", Some("2026-03-02")))),
        ),
        told("2026-01-31", orphan("both_dead"), orphan("mother_dead")),
        told("2026-02-28", half("father_dead"), half("both_alive")),
    ]
}

/// A child with parents who last met one of them on that day.
fn met(on: Option<&str>) -> ChildFacts {
    ChildFacts { contact_on: on.map(day), ..in_care("2025-11-30") }
}

fn of_contact() -> Vec<Case> {
    let lived = |from, until, kin| {
        let placements = vec![PlacementFacts { kin, ..stay(from, until, false, false) }];
        ChildFacts { placements, ..met(None) }
    };
    let missing = |on| ChildFacts { missing_since: Some(day(on)), ..met(None) };
    let restricted = |until| ChildFacts { restricted_until: Some(day(until)), ..met(None) };
    let orphan = |on: Option<&str>| ChildFacts { parents: parents("both_dead"), ..met(on) };
    let told = |on, severity, told, silent| case("CT-01", on, severity, child(told), child(silent));
    vec![
        // Three months from 30 November end in February.
        told("2026-03-01", Warning, met(None), met(Some("2025-12-01"))),
        told("2028-03-01", Warning, met(Some("2027-11-30")), met(Some("2027-12-01"))),
        told("2026-02-21", Notice, met(None), met(Some("2025-12-01"))),
        told("2026-04-02", Warning, restricted("2026-01-01"), restricted("2026-01-02")),
        told("2026-03-01", Warning, missing("2026-03-02"), missing("2026-03-01")),
        told(
            "2026-03-01",
            Warning,
            lived("2025-11-30", None, false),
            lived("2025-11-30", None, true),
        ),
        told(
            "2026-04-02",
            Warning,
            lived("2025-11-30", Some("2026-01-01"), true),
            lived("2025-11-30", Some("2026-01-02"), true),
        ),
        told("2026-03-01", Warning, orphan(Some("2025-11-30")), orphan(None)),
    ]
}

fn of_visits() -> Vec<Case> {
    let seen = |on| ChildFacts { seen_on: Some(day(on)), ..in_care("2028-01-18") };
    let missing = |on| ChildFacts { missing_since: Some(day(on)), ..in_care("2028-01-18") };
    let told = |on, severity, told, silent| case("CT-03", on, severity, child(told), child(silent));
    vec![
        // Six weeks over a leap day: what was seen before care does not count.
        told("2028-03-01", Warning, seen("2027-12-31"), seen("2028-01-19")),
        told("2028-02-22", Notice, in_care("2028-01-18"), in_care("2028-01-19")),
        told("2028-03-01", Warning, missing("2028-03-02"), missing("2028-03-01")),
    ]
}

fn of_families() -> Vec<Case> {
    let since = |from| FamilyFacts { reviewed_on: None, ..approved(from, "2040-01-01") };
    let reviewed = |on: &str| FamilyFacts {
        reviewed_on: Some(day(on)),
        ..approved("2024-02-29", "2040-01-01")
    };
    let suspended = |on| FamilyFacts { approved: false, ..reviewed(on) };
    let told = |on, severity, told, silent| {
        case("CF-03", on, severity, About::Family(told), About::Family(silent))
    };
    let alone = FamilyFacts { unsupported: true, ..approved("2024-02-29", "2040-01-01") };
    vec![
        // A year from 29 February, the approval's first day; a review of before it counts for nothing.
        told("2025-03-01", Warning, reviewed("2024-02-01"), reviewed("2024-03-01")),
        told("2024-12-30", Notice, since("2024-02-29"), since("2024-03-01")),
        told("2029-03-01", Warning, reviewed("2028-02-29"), suspended("2028-02-29")),
        case(
            "CF-04",
            "2024-02-29",
            Notice,
            About::Family(alone),
            About::Family(approved("2024-02-29", "2040-01-01")),
        ),
    ]
}

fn of_overrides() -> Vec<Case> {
    let until = |day: &str, held: &[&str]| ChildFacts {
        overrides: vec![OverrideFacts {
            id: uuid::Uuid::from_u128(10),
            until: crate::support::day(day),
        }],
        ..reviewed("2027-11-01", held, false)
    };
    let told = |on, severity, told, silent| case("OV-01", on, severity, child(told), child(silent));
    vec![
        told("2028-02-16", Notice, until("2028-03-01", &[]), until("2028-03-02", &[])),
        told(
            "2028-03-01",
            Warning,
            until("2028-03-01", &["2028-02-15"]),
            until("2028-03-01", &["2028-02-16"]),
        ),
    ]
}

/// Two records are told of from the weight on that the parameter names, from the day on which they were found.
fn of_doubles() -> Vec<Case> {
    let alike = |weight, found_on: &str| ChildFacts {
        doubles: vec![DoubleFacts { weight, found_on: day(found_on), ..DoubleFacts::default() }],
        ..in_care("2026-01-01")
    };
    let told = |on, told, silent| case("DI-04", on, Warning, child(told), child(silent));
    vec![
        told("2028-02-29", alike(24.0, "2028-02-29"), alike(23.9, "2028-02-29")),
        told("2028-02-29", alike(30.0, "2028-02-29"), alike(30.0, "2028-03-01")),
    ]
}

/// Whoever stays in a home by other terms has not moved.
fn of_moves() -> Vec<Case> {
    let third = |same_home| {
        let mut facts = moved(["2025-10-01", "2026-01-05", "2026-02-28"]);
        for stay in facts.placements.iter_mut().skip(2) {
            stay.same_home = same_home;
        }
        facts
    };
    let after_review = |same_home| {
        let placements =
            vec![PlacementFacts { same_home, ..stay("2026-02-01", None, false, false) }];
        ChildFacts { placements, ..reviewed("2025-12-01", &["2026-01-31"], true) }
    };
    let told =
        |rule, on, severity, told, silent| case(rule, on, severity, child(told), child(silent));
    vec![
        told("PL-26", "2026-02-28", Notice, third(false), third(true)),
        told("RV-05", "2026-03-03", Warning, after_review(true), after_review(false)),
    ]
}

/// An institution has a limit of its own for whoever came below the age limit, and that alone is its.
#[test]
fn an_emergency_placement_goes_by_the_limit_of_its_age() {
    let mut book = book();
    for (name, days) in [("under3_emergency_days", 20), ("emergency_placement_days", 40)] {
        book.numbers.insert(name.to_owned(), days);
    }
    for (born, residential, due_on) in [
        ("2023-02-01", true, "2026-02-20"),
        ("2023-01-31", true, "2026-03-12"),
        ("2023-02-01", false, "2026-03-12"),
    ] {
        let child = lived(born, vec![stay("2026-01-31", None, residential, true)]);
        let due = of_a_child(&child, &book).into_iter().find(|it| it.rule == "PL-25").unwrap();
        assert_eq!(due.due_on, day(due_on), "born {born}, residential: {residential}");
    }
}

fn of_workers() -> Vec<Case> {
    // Twenty cases, and some that come and go.
    let in_charge = |more: &[(&str, Option<&str>)]| {
        let more = more.iter().map(|(from, to)| (day(from), to.map(day)));
        let twenty = std::iter::repeat_n((day("2026-01-05"), None), 20);
        let id = uuid::Uuid::from_u128(11);
        About::Worker(CaseloadFacts { id, in_charge: twenty.chain(more).collect() })
    };
    let told = |on, told, silent| case("WK-02", on, Warning, told, silent);
    vec![
        told("2026-03-01", in_charge(&[("2026-03-01", None)]), in_charge(&[])),
        told(
            "2026-04-01",
            in_charge(&[("2026-02-01", Some("2026-03-01")), ("2026-04-01", None)]),
            in_charge(&[("2026-02-01", Some("2026-03-01")), ("2026-04-02", None)]),
        ),
    ]
}
