//! FA-05: a facility closes when everybody who lived there has gone by a plan of their own.
use kinstead::{facilities, platform::version::IfMatch, transformations::store};
use serde_json::{Value, json};

use super::Scene;
use crate::support::{body, in_facility};

/// Ends the child's placement there.
async fn leaves(scene: &mut Scene, on: &str) {
    let worker = scene.world.persona("national_authority");
    let placed = worker.get(&format!("/v1/placements?child_id={}", scene.child)).await.ok();
    let placed = body(placed["data"][0].clone());
    scene.country.leave(&placed, on);
}

#[actix_web::test]
async fn closing_begins_by_a_plan_while_children_live_there() {
    let mut scene = Scene::new().await;
    let refused = scene.facility_step("begin-closing", "2026-11-15").await.broke("FA-05");
    assert_eq!((&refused["status"], &refused["facts"]["living_there"]), (&json!(409), &json!(1)));
    assert_eq!(
        (&refused["legal_basis"], &refused["rule_version"]),
        (&json!("UN Guidelines ¶23"), &json!("1"))
    );
    scene.country.transform(scene.facility, "2026-11-15");
    // Not on the day before its approval.
    scene.facility_step("begin-closing", "2026-11-14").await.broke("FA-05");
    scene.facility_step("begin-closing", "2026-11-15").await.ok();
}

#[actix_web::test]
async fn an_empty_facility_closes_without_a_plan() {
    let mut scene = Scene::new().await;
    leaves(&mut scene, "2026-11-10").await;
    scene.facility_step("begin-closing", "2026-11-09").await.broke("FA-05");
    scene.facility_step("begin-closing", "2026-11-10").await.ok();
    scene.facility_step("close", "2026-11-10").await.ok();
}

#[actix_web::test]
async fn everybody_who_lived_there_at_the_approval_needs_a_plan_that_was_agreed() {
    let mut scene = Scene::new().await;
    let gone = scene.country.child("male", "2014-01-01");
    let facility = scene.facility;
    scene.country.stay(in_facility(gone, facility, "2026-06-01"), Some("2026-11-10"));
    let plan = scene.country.transform(facility, "2026-11-10");
    scene.facility_step("begin-closing", "2026-11-12").await.ok();
    scene.facility_step("close", "2026-11-15").await.broke("FA-05");
    leaves(&mut scene, "2026-11-18").await;
    let refused = scene.facility_step("close", "2026-11-20").await.broke("FA-05");
    assert_eq!(
        refused["facts"],
        json!({"lived_there": 1, "without_transition_plan": 1, "since": "2026-11-10", "on": "2026-11-20"})
    );
    assert_eq!(
        (&refused["legal_basis"], &refused["rule_version"]),
        (&json!("UN Guidelines ¶23"), &json!("1"))
    );
    let drafted = scene.country.transition(&plan, scene.child, "2026-11-11");
    scene.facility_step("close", "2026-11-20").await.broke("FA-05");
    let agreed = scene.country.agree(&drafted, "2026-11-20");
    // By that day it must have been agreed.
    scene.facility_step("close", "2026-11-19").await.broke("FA-05");
    let end = json!({"ended_on": "2026-11-21", "reason": "Nobody agrees any more."});
    let seen = IfMatch::of(&agreed);
    let abandoned = scene
        .country
        .change(|tx| store::abandon_transition(tx, agreed.id, &seen, &body(end.clone())));
    abandoned.unwrap();
    scene.facility_step("close", "2026-11-20").await.broke("FA-05");
    let drafted = scene.country.transition(&plan, scene.child, "2026-11-11");
    scene.country.agree(&drafted, "2026-11-20");
    let closed = scene.facility_step("close", "2026-11-20").await.ok();
    assert_eq!(closed["state"], "closed");
}

#[actix_web::test]
async fn whoever_moves_out_before_closing_begins_needs_a_plan_all_the_same() {
    let mut scene = Scene::new().await;
    let plan = scene.country.transform(scene.facility, "2026-11-10");
    leaves(&mut scene, "2026-11-11").await;
    scene.facility_step("begin-closing", "2026-11-12").await.ok();
    scene.facility_step("close", "2026-11-13").await.broke("FA-05");
    let drafted = scene.country.transition(&plan, scene.child, "2026-11-11");
    scene.country.agree(&drafted, "2026-11-13");
    scene.facility_step("close", "2026-11-13").await.ok();
    // And so the transformation is complete.
    let seen = IfMatch::of(&plan);
    let started = json!({"started_on": "2026-11-10"});
    let going = scene.country.change(|tx| store::start(tx, plan.id, &seen, &body(started.clone())));
    let (going, seen) = (going.as_ref().unwrap(), IfMatch::of(going.as_ref().unwrap()));
    let end = |on: &str| json!({"ended_on": on, "reason": "All live with families."});
    let early =
        scene.country.change(|tx| store::complete(tx, going.id, &seen, &body(end("2026-11-12"))));
    assert!(early.is_err());
    scene
        .country
        .change(|tx| store::complete(tx, going.id, &seen, &body(end("2026-11-13"))))
        .unwrap();
}

#[actix_web::test]
async fn a_child_that_has_died_needs_no_plan() {
    let mut scene = Scene::new().await;
    scene.country.transform(scene.facility, "2026-11-10");
    let authority = scene.world.persona("national_authority");
    let path = format!("/v1/children/{}", scene.child);
    let tag = authority.get(&path).await.etag().to_owned();
    authority.patch(&path, &tag, json!({"death_date": "2026-11-12"})).await.ok();
    let placed = authority.get(&format!("/v1/placements?child_id={}", scene.child)).await.ok();
    let id = placed["data"][0]["id"].as_str().unwrap();
    let seen = authority.get(&format!("/v1/placements/{id}")).await;
    let end = json!({"ended_on": "2026-11-12", "reason": "care_plan", "exit_reason": "died", "planned_exit": false});
    authority.step(&format!("/v1/placements/{id}/end"), seen.etag(), end).await.ok();
    scene.facility_step("begin-closing", "2026-11-12").await.ok();
    scene.facility_step("close", "2026-11-12").await.ok();
}

#[actix_web::test]
async fn fa_05_may_be_changed_by_the_country_but_nobody_lives_in_a_closed_house() {
    let mut scene = Scene::new().await;
    let authority = scene.world.persona("national_authority");
    let off = json!({"class": "alert", "in_force": true, "source": "A law of this test", "valid_from": "2026-11-22"});
    authority.post("/v1/rules/FA-05/versions", off).await.ok();
    scene.facility_step("begin-closing", "2026-11-22").await.ok();
    scene.facility_step("close", "2026-11-22").await.broke("FA-05");
    leaves(&mut scene, "2026-11-22").await;
    scene.facility_step("close", "2026-11-22").await.ok();
}

#[actix_web::test]
async fn of_closing_and_abandoning_at_once_one_sees_the_other() {
    for _ in 0..6 {
        let mut scene = Scene::new().await;
        let plan = scene.country.transform(scene.facility, "2026-11-10");
        let drafted = scene.country.transition(&plan, scene.child, "2026-11-11");
        let agreed = scene.country.agree(&drafted, "2026-11-11");
        leaves(&mut scene, "2026-11-12").await;
        scene.facility_step("begin-closing", "2026-11-12").await.ok();
        let facility = facilities::store::find(&mut scene.country.conn, scene.facility).unwrap();
        let (mut one, mut other) = (
            scene.country.again(&scene.world.database),
            scene.country.again(&scene.world.database),
        );
        let (closed, abandoned): (bool, bool) = std::thread::scope(|scope| {
            let closing = scope.spawn(|| {
                let (seen, on): (_, Value) = (IfMatch::of(&facility), json!({"on": "2026-11-13"}));
                let step = body(json!("close"));
                one.change(|tx| {
                    facilities::store::take_step(tx, facility.id, &seen, step, &body(on.clone()))
                })
                .is_ok()
            });
            let abandoning = scope.spawn(|| {
                let end = json!({"ended_on": "2026-11-13", "reason": "Nobody agrees any more."});
                let seen = IfMatch::of(&agreed);
                other
                    .change(|tx| {
                        store::abandon_transition(tx, agreed.id, &seen, &body(end.clone()))
                    })
                    .is_ok()
            });
            (closing.join().unwrap(), abandoning.join().unwrap())
        });
        // Whoever comes second finds what the first one left.
        assert!(abandoned);
        let state = scene.facility_now().await["state"].clone();
        assert_eq!(state == "closed", closed);
    }
}
