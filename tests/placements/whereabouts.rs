//! Absences and missing episodes, ended by somebody who did not report them.
use serde_json::json;

use crate::support::{Country, World, with_family};

#[actix_web::test]
async fn whoever_did_not_report_an_absence_reads_it_and_ends_it() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2017-03-01"), country.family(2));
    let worker = world.persona("case_worker");
    let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let placement = placed.header("location").to_owned();
    let away = json!({"reason": "hospital", "started_on": "2026-04-01"});
    let away = worker.post(&format!("{placement}/absences"), away).await.ok();
    let path = format!("{placement}/absences/{}", away["id"].as_str().unwrap());

    let other = world.persona("regional_authority");
    let read = other.get(&path).await;
    assert_eq!(read.ok(), away);
    let back = json!({"ended_on": "2026-04-08"});
    other.step(&format!("{path}/end"), read.etag(), back).await.ok();
    assert_eq!(other.get(&path).await.ok()["ended_on"], "2026-04-08");

    let elsewhere = country.child("male", "2015-03-01");
    let moved = worker.post("/v1/placements", with_family(elsewhere, family, "2026-03-01")).await;
    let absence = away["id"].as_str().unwrap();
    let foreign = format!("{}/absences/{absence}", moved.header("location"));
    other.get(&foreign).await.refused(404, "not_found");
    world.persona("ngo").get(&path).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn whoever_did_not_report_a_child_missing_reads_the_episode_and_ends_it() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2012-03-01"), country.family(2));
    let stranger = country.child("male", "2012-03-01");
    let worker = world.persona("case_worker");
    worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await.ok();
    let episodes = format!("/v1/children/{child}/missing-episodes");
    let missing = json!({"kind": "missing", "started_at": "2026-11-20T20:00:00Z"});
    let missing = worker.post(&episodes, missing).await.ok();
    let episode = missing["id"].as_str().unwrap();
    let path = format!("{episodes}/{episode}");

    let other = world.persona("regional_authority");
    let read = other.get(&path).await;
    assert_eq!(read.ok(), missing);
    let found = json!({"ended_at": "2026-11-21T06:00:00Z", "interview_offered": false});
    other.step(&format!("{path}/end"), read.etag(), found).await.ok();
    assert_eq!(other.get(&path).await.ok()["ended_at"], "2026-11-21T06:00:00Z");

    let foreign = format!("/v1/children/{stranger}/missing-episodes/{episode}");
    other.get(&foreign).await.refused(404, "not_found");
    world.persona("statistician").get(&path).await.refused(403, "forbidden");
}
