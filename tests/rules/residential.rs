//! Infants and institutions, over HTTP: refused, excepted, counted.
use serde_json::{Value, json};

use super::exception;
use crate::support::{Country, World, in_facility, leave, move_to_facility, with_family};

fn until(mut new: Value, end: &str, kind: &str) -> Value {
    new["expected_end_on"] = json!(end);
    new["exception"] = exception(kind, "2026-01-01");
    new
}

#[actix_web::test]
async fn an_infant_is_sent_to_no_institution_without_an_exception() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (infant, older) =
        (country.child("female", "2025-05-01"), country.child("male", "2016-05-01"));
    let (home, family) = (country.facility(json!({"total": 4})), country.family(2));
    let worker = world.persona("case_worker");
    let refused = worker.post("/v1/placements", in_facility(infant, home, "2026-02-01")).await;
    let problem = refused.broke("PL-16");
    assert_eq!(problem["status"], 422);
    assert_eq!(
        (&problem["rule_version"], &problem["legal_basis"]),
        (&json!("1"), &json!("UN Guidelines ¶22"))
    );
    assert_eq!(problem["errors"][0]["pointer"], "/exception");
    assert_eq!(problem["facts"]["age_limit_on"], "2028-05-01");
    assert!(problem["detail"].as_str().unwrap().contains("family-based care"));

    for (member, value, code) in [
        ("kind", json!("no_kind"), "unknown_code"),
        ("justification", json!(" ".repeat(40)), "says_nothing"),
        ("authorised_on", json!("2026-02-02"), "out_of_order"),
    ] {
        let mut new =
            until(in_facility(infant, home, "2026-02-01"), "2026-08-01", "under3_planned");
        new["exception"][member] = value;
        let problem = worker.post("/v1/placements", new).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["code"], code);
        assert_eq!(problem["errors"][0]["pointer"], format!("/exception/{member}"));
    }
    let with = until(with_family(infant, family, "2026-02-01"), "2026-08-01", "under3_planned");
    let problem = worker.post("/v1/placements", with).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "no_exception_needed");
    for finding in ["limited_stay", "last_resort", "absolutely_necessary", "best_interests"] {
        let mut new =
            until(in_facility(infant, home, "2026-02-01"), "2026-08-01", "under3_planned");
        new["exception"]["findings"][finding] = json!(false);
        worker.post("/v1/placements", new).await.broke("PL-16");
    }
    let long = until(in_facility(infant, home, "2026-02-01"), "2026-08-02", "under3_planned");
    worker.post("/v1/placements", long).await.broke("PL-16");
    let placed = until(in_facility(infant, home, "2026-02-01"), "2026-08-01", "under3_planned");
    let placed = worker.post("/v1/placements", placed).await.ok();
    assert_eq!(placed["exception"]["kind"], "under3_planned");
    worker.post("/v1/placements", in_facility(older, home, "2026-02-01")).await.ok();
}

#[actix_web::test]
async fn neither_a_move_nor_a_weekend_begins_the_days_anew() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let infant = country.child("female", "2025-05-01");
    let (home, other) =
        (country.facility(json!({"total": 4})), country.facility(json!({"total": 4})));
    let worker = world.persona("case_worker");
    let placed = until(in_facility(infant, home, "2026-02-01"), "2026-08-01", "under3_planned");
    let placed = worker.post("/v1/placements", placed).await;
    let path = placed.header("location").to_owned();
    let onward = |end: &str| {
        let mut request = move_to_facility(other, "2026-05-01");
        request["to"] = until(request["to"].take(), end, "under3_planned");
        request
    };
    let refused = worker.step(&format!("{path}/move"), placed.etag(), onward("2026-10-01")).await;
    let problem = refused.broke("PL-18");
    assert_eq!(problem["errors"][0]["pointer"], "/to/expected_end_on");
    assert_eq!(problem["facts"]["residential_since"], "2026-02-01");
    assert_eq!(problem["facts"]["residential_days"], 89);
    assert_eq!(problem["facts"]["limit_on"], "2026-08-01");
    let moved = worker.step(&format!("{path}/move"), placed.etag(), onward("2026-08-01")).await;
    let path = format!("/v1/placements/{}", moved.ok()["id"].as_str().unwrap());
    worker.step(&format!("{path}/end"), moved.etag(), leave("2026-06-01")).await.ok();
    let again = |on: &str, end: &str| until(in_facility(infant, home, on), end, "under3_planned");
    let problem = worker.post("/v1/placements", again("2026-06-30", "2026-09-01")).await;
    assert_eq!(problem.broke("PL-18")["facts"]["limit_on"], "2026-08-30");
    worker.post("/v1/placements", again("2026-07-01", "2027-01-01")).await.ok();
}

#[actix_web::test]
async fn an_estimated_birth_date_counts_as_the_youngest_that_it_may_stand_for() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let home = country.facility(json!({"total": 4}));
    let worker = world.persona("case_worker");
    let child = async |precision: &str| {
        let new = json!({
            "names": [{"use": "official", "given": "Zvezdana"}], "sex": "female",
            "birth_date": "2023-01-15", "birth_date_precision": precision,
            "area_code": crate::support::AREA, "registration_basis": "without_parental_care",
        });
        let made = worker.post("/v1/children", new).await.ok();
        serde_json::from_value::<kinstead::children::ChildId>(made["id"].clone()).unwrap()
    };
    for (precision, on, broken) in [
        ("day", "2026-01-15", false),
        ("month", "2026-01-30", true),
        ("month", "2026-01-31", false),
        ("year", "2026-10-01", true),
        ("estimated", "2026-10-01", true),
    ] {
        let placed =
            worker.post("/v1/placements", in_facility(child(precision).await, home, on)).await;
        if broken {
            placed.broke("PL-16");
        } else {
            placed.ok();
        }
    }
}

#[actix_web::test]
async fn poverty_alone_parts_no_child_from_its_family() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2016-05-01"), country.family(2));
    let worker = world.persona("case_worker");
    let mut new = with_family(child, family, "2026-02-01");
    new["care_entry"]["entry_reason"] = json!("poverty");
    let problem = worker.post("/v1/placements", new.clone()).await.broke("PL-22");
    assert_eq!(problem["legal_basis"], "UN Guidelines ¶15");
    // A version of the rule that is not in force refuses nobody.
    let authority = world.persona("national_authority");
    let off = json!({"class": "hard", "in_force": false, "source": "A law of this test", "valid_from": "2026-11-22"});
    authority.post("/v1/rules/PL-22/versions", off).await.ok();
    worker.post("/v1/placements", new.clone()).await.broke("PL-22");
    new["starts_on"] = json!("2026-11-22");
    worker.post("/v1/placements", new).await.ok();
}

#[actix_web::test]
async fn a_correction_lengthens_no_stay_beyond_its_limit() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let infant = country.child("female", "2025-05-01");
    let home = country.facility(json!({"total": 4}));
    let worker = world.persona("case_worker");
    let placed = until(in_facility(infant, home, "2026-09-01"), "2027-01-01", "under3_planned");
    let placed = worker.post("/v1/placements", placed).await;
    let path = placed.header("location").to_owned();
    let later =
        |end: &str| json!({"reason": "The family is not ready yet.", "expected_end_on": end});
    let correct = format!("{path}/correct");
    let authority = world.persona("national_authority");
    let problem = authority.step(&correct, placed.etag(), later("2027-03-02")).await;
    assert_eq!(problem.broke("PL-16")["errors"][0]["pointer"], "/expected_end_on");
    let still = worker.get(&path).await.ok();
    assert_eq!(still["expected_end_on"], "2027-01-01");
    authority.step(&correct, placed.etag(), later("2027-03-01")).await.ok();
}
