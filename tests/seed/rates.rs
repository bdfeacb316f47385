//! How often the rules that alert tell something in the made-up country, and how often one is stepped over.
use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use diesel::{PgConnection, QueryableByName, RunQueryDsl as _, sql_query, sql_types};
use kinstead::{
    deadlines::store::{Scope, sweep},
    feed,
    platform::{db, embedded::Role},
    rules::deadlines::codes,
    seed::{self, Options},
};

use super::{breaches, count, urls};
use crate::support::Database;

/// The day is always the same, so that the history is.
const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a day");
const IN_CARE: &str = "care_periods WHERE state = 'open'";

/// Of a hundred of whom or what, how many are to be told of by the rule on the last day, at least and at most.
/// The rates and where they come from are in `docs/performance.md`.
const BANDS: &[(&str, &str, (f64, f64))] = &[
    // Overdue alone: what is soon due is told of as well.
    ("RV-01' AND severity <> 'notice", IN_CARE, (5.0, 15.0)),
    ("RV-01' AND severity = 'critical", IN_CARE, (0.5, 7.0)),
    ("RV-03", IN_CARE, (0.0, 1.0)),
    ("RV-05", IN_CARE, (0.0, 3.0)),
    ("PL-14", IN_CARE, (0.0, 3.0)),
    ("PL-18", IN_CARE, (0.0, 1.0)),
    ("PL-24", IN_CARE, (0.0, 2.0)),
    ("PL-25", IN_CARE, (0.0, 3.0)),
    ("PL-26", IN_CARE, (0.0, 6.0)),
    ("PL-27' AND severity <> 'notice", IN_CARE, (2.0, 8.0)),
    ("PL-28", IN_CARE, (0.0, 4.0)),
    ("PL-29", IN_CARE, (0.0, 1.0)),
    ("PL-30", IN_CARE, (0.0, 2.0)),
    ("PL-31", IN_CARE, (0.0, 1.0)),
    ("PLN-02' AND severity <> 'notice", IN_CARE, (0.5, 8.0)),
    ("LS-02", IN_CARE, (0.0, 4.0)),
    ("LS-03", IN_CARE, (0.5, 8.0)),
    ("CT-01' AND severity <> 'notice", IN_CARE, (2.0, 12.0)),
    ("CT-03' AND severity <> 'notice", IN_CARE, (1.0, 10.0)),
    ("OV-01' AND severity <> 'notice", IN_CARE, (0.0, 5.0)),
    ("CF-02", "carer_families WHERE state = 'approved'", (0.0, 1.0)),
    ("CF-03' AND severity <> 'notice", "carer_families WHERE state = 'approved'", (1.0, 10.0)),
    (
        "CF-03' AND subject_kind <> 'carer_review",
        "carer_families WHERE state = 'approved'",
        (1.0, 12.0),
    ),
    ("CF-04", "carer_families WHERE state = 'approved'", (0.0, 5.0)),
    (
        "WK-02",
        "(SELECT DISTINCT worker_id FROM case_managers WHERE valid_to IS NULL) workers",
        (0.0, 15.0),
    ),
    ("FA-01", "facilities WHERE state <> 'closed'", (0.0, 15.0)),
    ("FA-03", "facilities WHERE state <> 'closed'", (0.0, 60.0)),
    ("FA-06", "facilities WHERE state <> 'closed'", (2.0, 40.0)),
    ("FA-09", "facilities WHERE state <> 'closed'", (0.0, 15.0)),
    ("FA-10", "facilities WHERE state <> 'closed'", (0.0, 15.0)),
    // Each child who is to leave counts.
    ("FA-11", IN_CARE, (0.0, 5.0)),
    ("DI-04", "children", (0.0, 1.0)),
];

/// How often, of a hundred placements that began since the registry is kept, a rule was stepped over.
const STEPPED_OVER: &[(&str, (f64, f64))] = &[("PL-21", (0.5, 8.0)), ("PL-23", (3.0, 25.0))];
const BEGUN: &str = "placement_decisions";

fn share(conn: &mut PgConnection, some: &str, of: &str) -> f64 {
    let number = |number: i64| f64::from(i32::try_from(number).unwrap());
    100.0 * number(count(conn, some)) / number(count(conn, of))
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = sql_types::Text)]
    rule: String,
    #[diesel(sql_type = sql_types::BigInt)]
    number: i64,
}

#[test]
fn rules_alert_and_are_stepped_over_as_often_as_is_believable() {
    let database = Database::without_personas();
    let options = Options { children: 300, years: 10, seed: 7, today: TODAY };
    seed::run(&urls(&database), &options, &|_| ()).unwrap();
    let now = TODAY.and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap()).and_utc();
    feed::gather(&mut db::connect(&database.url(Role::Keeper)).unwrap()).unwrap();
    let swept = sweep(&mut database.service(), now, Scope::Everybody, &|_| ()).unwrap().unwrap();
    assert!(swept.everybody && swept.raised > 0, "{swept:?}");
    let conn = &mut database.owner();
    assert_eq!(breaches(conn), Vec::<String>::new());
    let mut beyond = Vec::new();
    for (rule, of, band) in BANDS {
        let told = format!("alerts WHERE state = 'open' AND rule = '{rule}'");
        within(&mut beyond, rule, share(conn, &told, of), *band);
    }
    for (rule, band) in STEPPED_OVER {
        let overrides = format!("overrides WHERE rule_code = '{rule}'");
        within(&mut beyond, rule, share(conn, &overrides, BEGUN), *band);
    }
    let all = "SELECT rule, count(*) AS number FROM alerts WHERE state = 'open' GROUP BY rule";
    let all: Vec<Told> = sql_query(all).load(conn).unwrap();
    let all: BTreeMap<_, _> = all.into_iter().map(|told| (told.rule, told.number)).collect();
    assert!(beyond.is_empty(), "{beyond:#?} of {all:?}");
    // A rule that is new has no band yet.
    let banded = |rule: &str| BANDS.iter().any(|(it, ..)| it.starts_with(rule));
    let bare: Vec<_> = codes().into_iter().filter(|rule| !banded(rule)).collect();
    assert!(bare.is_empty(), "{bare:?} alert and have no band");
    let other = "overrides WHERE rule_code NOT IN ('PL-21', 'PL-23')";
    assert_eq!(count(conn, other), 0);
}

fn within(beyond: &mut Vec<String>, rule: &str, share: f64, (least, most): (f64, f64)) {
    if !(least..=most).contains(&share) {
        beyond.push(format!("{rule}: {share:.1} %, not {least} to {most}"));
    }
}

/// What the centres keep: each child in care has a case with somebody in charge of it, and most have more.
#[test]
fn whoever_is_in_care_has_a_file() {
    let conn = &mut super::filled().database.owner();
    let in_care = count(conn, IN_CARE);
    let with = |what: &str| {
        format!("care_periods p WHERE p.state = 'open' AND EXISTS (SELECT FROM {what})")
    };
    for (what, at_least) in [
        (
            "cases c JOIN case_managers m ON m.case_id = c.id AND m.valid_to IS NULL WHERE c.child_id = p.child_id AND c.closed_on IS NULL",
            in_care,
        ),
        ("care_plans c WHERE c.care_period_id = p.id AND c.state = 'active'", in_care * 70 / 100),
        ("reviews r WHERE r.care_period_id = p.id AND r.state = 'held'", in_care * 65 / 100),
        (
            "legal_statuses l WHERE l.child_id = p.child_id AND l.axis = 'parental_rights_mother'",
            in_care * 75 / 100,
        ),
        (
            "family_members m JOIN family_risk_factors USING (family_id) WHERE m.child_id = p.child_id",
            in_care / 3,
        ),
        ("visits v WHERE v.child_id = p.child_id", in_care * 80 / 100),
        ("contact_events e WHERE e.child_id = p.child_id", in_care / 2),
        ("contact_plans c WHERE c.child_id = p.child_id", 1),
    ] {
        let number = count(conn, &with(what));
        assert!(number >= at_least, "{number} of {in_care} have {what}");
    }
    let at_home = "cases c JOIN families f ON f.id = c.family_id WHERE c.closed_on IS NULL";
    assert!(count(conn, at_home) > 0);
}
