//! The dry run of a placement: everything is said, nothing is kept.
use serde_json::{Value, json};

use crate::support::{Country, World, in_facility, with_family};

fn said(evaluation: &Value, rule: &str) -> Option<String> {
    let findings = evaluation["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["rule"] == rule)?;
    found["outcome"].as_str().map(ToOwned::to_owned)
}

#[actix_web::test]
async fn an_infant_and_an_institution_all_findings_and_the_families_instead() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (infant, other) =
        (country.child("female", "2025-05-01"), country.child("male", "2016-05-01"));
    let (home, family) = (country.facility(json!({"total": 1})), country.family(1));
    country.stay(in_facility(other, home, "2026-01-01"), None);
    let worker = world.persona("case_worker");
    let mut new = in_facility(infant, home, "2026-02-01");
    new["care_entry"]["entry_reason"] = json!("poverty");
    let evaluation = worker.post("/v1/placements:evaluate", new).await.ok();
    assert_eq!(evaluation["possible"], false);
    for broken in ["PL-12", "PL-16", "PL-18", "PL-22"] {
        assert_eq!(said(&evaluation, broken).as_deref(), Some("broken"), "{broken}: {evaluation}");
    }
    for met in ["PL-01", "PL-04", "PL-05", "PL-06", "PL-07", "PL-10"] {
        assert_eq!(said(&evaluation, met).as_deref(), Some("met"), "{met}: {evaluation}");
    }
    let options = evaluation["family_options"].as_array().unwrap();
    assert_eq!(options.iter().map(|it| &it["id"]).collect::<Vec<_>>(), [&json!(family)]);

    let instead =
        worker.post("/v1/placements:evaluate", with_family(infant, family, "2026-02-01")).await;
    assert_eq!(instead.ok()["possible"], true, "{instead:?}");
    let timeline = worker.get(&format!("/v1/children/{infant}/timeline")).await.ok();
    assert_eq!(timeline["care_periods"], json!([]));
    worker.post("/v1/placements", with_family(infant, family, "2026-02-01")).await.ok();
    let full = worker
        .post("/v1/placements:evaluate", with_family(infant, family, "2026-02-01"))
        .await
        .ok();
    assert_eq!(said(&full, "PL-01").as_deref(), Some("broken"));
    assert_eq!(full["family_options"], json!([]));
}

#[actix_web::test]
async fn what_is_not_well_said_is_refused_and_nobody_beyond_reach_is_judged() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2016-05-01"), country.family(1));
    let worker = world.persona("case_worker");
    let mut new = with_family(child, family, "2026-02-01");
    new["care_type"] = json!("no_such_care");
    worker.post("/v1/placements:evaluate", new).await.refused(422, "invalid");
    let nobody = kinstead::children::ChildId::generate();
    let absent =
        worker.post("/v1/placements:evaluate", with_family(nobody, family, "2026-02-01")).await;
    absent.refused(422, "invalid");
    world
        .persona("ngo")
        .post("/v1/placements:evaluate", with_family(child, family, "2026-02-01"))
        .await
        .refused(403, "forbidden");
}

#[actix_web::test]
async fn the_dry_run_of_a_move_counts_the_days_where_the_child_still_lives() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let infant = country.child("female", "2025-05-01");
    let (home, other) =
        (country.facility(json!({"total": 4})), country.facility(json!({"total": 4})));
    let worker = world.persona("case_worker");
    let with = |mut new: Value, end: &str| {
        new["expected_end_on"] = json!(end);
        new["exception"] = super::exception("under3_planned", "2026-01-01");
        new
    };
    worker
        .post("/v1/placements", with(in_facility(infant, home, "2026-06-01"), "2026-12-01"))
        .await
        .ok();
    let onward = |end: &str| {
        let mut new = with(in_facility(infant, other, "2026-11-01"), end);
        new["intent"] = json!("plan");
        new.as_object_mut().unwrap().remove("care_entry");
        new
    };
    for (end, outcome) in [("2026-12-01", "met"), ("2026-12-02", "broken")] {
        let said_of = worker.post("/v1/placements:evaluate", onward(end)).await.ok();
        assert_eq!(said(&said_of, "PL-18").as_deref(), Some(outcome), "{said_of}");
    }
}
