//! The steps of a referral and of a transfer, and who may take them.
use chrono::Duration;
use kinstead::{
    platform::{clock::Clock as _, db::maintain_on, idempotency::PLATFORM},
    transfers::store,
};
use serde_json::{Value, json};

use super::Scene;
use crate::trust::elsewhere;

#[actix_web::test]
async fn authority_moves_when_a_transfer_is_accepted_and_not_before() {
    let scene = Scene::new().await;
    let own = json!(scene.country.authority);
    let offered = scene.offer("transfer").await;
    let transfer = offered.ok();
    assert_eq!((offered.status.as_u16(), &transfer["state"]), (201, &json!("offered")));
    assert_eq!(
        (&transfer["from_organisation_id"], &transfer["to_organisation_id"]),
        (&own, &scene.asked)
    );
    assert_eq!(transfer["expires_at"], "2026-12-06T12:00:00Z");
    assert_eq!(scene.responsible().await, own);

    scene.world.clock.advance(Duration::hours(1));
    let accepted = scene.step(&elsewhere("supervisor"), &offered, "accept").await;
    assert_eq!(accepted.ok()["state"], "accepted");
    assert_eq!(accepted.ok()["decided_by"], json!(scene.world.client(&elsewhere("supervisor"))));
    assert_eq!(scene.responsible().await, scene.asked);
    let authority = scene.world.persona("national_authority");
    let child = authority.get(&scene.path()).await.ok();
    assert_eq!(child["version"], 2);
    let history = authority.get(&format!("{}/history", scene.path())).await.ok();
    let events = history["data"].as_array().unwrap().iter();
    let events: Vec<&str> = events.map(|entry| entry["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["transferred", "accepted", "offered", "registered"]);
    let before = authority.get(&format!("{}?known_at=2026-11-22T12:30:00Z", scene.path())).await;
    assert_eq!(before.ok()["organisation_id"], own);
    // The next one goes back.
    let back = json!({"kind": "transfer", "to_organisation_id": own, "reason": "They moved back."});
    let path = format!("{}/transfers", scene.path());
    let back = scene.world.persona(&elsewhere("case_worker")).post(&path, back).await;
    scene.step("supervisor", &back, "accept").await.ok();
    assert_eq!(scene.responsible().await, own);
}

#[actix_web::test]
async fn a_referral_leaves_the_authority_where_it_is_and_is_ended_by_either_side() {
    for side in ["supervisor".to_owned(), elsewhere("supervisor")] {
        let scene = Scene::new().await;
        let offered = scene.offer("referral").await;
        let helper = elsewhere("supervisor");
        scene.step(&helper, &offered, "end").await.refused(409, "state_conflict");
        let accepted = scene.step(&helper, &offered, "accept").await;
        assert_eq!(scene.responsible().await, json!(scene.country.authority));
        scene.world.clock.advance(Duration::days(400));
        let transfer = offered.ok();
        assert!(scene.knows(&elsewhere("case_worker"), &transfer).await);
        // The child is offered to somebody else meanwhile; that is another matter.
        let ended = scene.step(&side, &accepted, "end").await;
        assert_eq!(ended.ok()["ending_reason"], "As it was agreed.");
        assert!(!scene.knows(&elsewhere("case_worker"), &transfer).await);
        assert!(scene.knows("case_worker", &transfer).await);
        scene.step("supervisor", &ended, "end").await.refused(409, "state_conflict");
    }
}

#[actix_web::test]
async fn whoever_was_asked_answers_and_nobody_else() {
    let scene = Scene::new().await;
    let offered = scene.offer("transfer").await;
    let (ours, theirs) = ("supervisor", elsewhere("supervisor"));
    scene.step(ours, &offered, "accept").await.broke("TR-02");
    scene.step(ours, &offered, "refuse").await.broke("TR-02");
    scene.step(&theirs, &offered, "revoke").await.broke("TR-02");
    let worker = elsewhere("case_worker");
    scene.step(&worker, &offered, "accept").await.refused(403, "forbidden");
    assert_eq!(scene.responsible().await, json!(scene.country.authority));
    let accepted = scene.step(&theirs, &offered, "accept").await;
    for step in ["accept", "refuse", "revoke", "end"] {
        let reply = scene.step("national_authority", &accepted, step).await;
        reply.refused(409, "state_conflict");
    }
    scene.step(&theirs, &offered, "refuse").await.refused(412, "stale");
}

#[actix_web::test]
async fn a_child_is_offered_by_whoever_is_responsible_and_once_at_a_time() {
    let scene = Scene::new().await;
    let path = format!("{}/transfers", scene.path());
    let worker = scene.world.persona("case_worker");
    let own = json!(scene.country.authority);
    let with = |to: &Value| {
        let mut offer = scene.new_offer("transfer");
        offer["to_organisation_id"] = to.clone();
        offer
    };
    let same = worker.post(&path, with(&own)).await.refused(422, "invalid");
    assert_eq!(same["errors"][0]["code"], "same_organisation");
    let nobody = with(&json!("0199a5b2-0003-7000-8000-000000000009"));
    let unknown = worker.post(&path, nobody).await.refused(422, "invalid");
    assert_eq!(unknown["errors"][0]["code"], "unknown_reference");
    let authority = scene.world.persona("national_authority");
    let closed =
        json!({"kind": "ngo", "name": "Closed", "area_code": "RS", "valid_from": "2001-01-01"});
    let closed = authority.post("/v1/organisations", closed).await;
    let until = json!({"valid_to": "2026-11-22"});
    authority.patch(closed.header("location"), closed.etag(), until).await.ok();
    let gone = worker.post(&path, with(&closed.ok()["id"])).await.refused(422, "invalid");
    assert_eq!(gone["errors"][0]["code"], "not_acting");

    let stranger = scene.world.persona(&elsewhere("case_worker"));
    stranger.post(&path, scene.new_offer("transfer")).await.refused(404, "not_found");
    scene.offer("referral").await.ok();
    scene.offer("transfer").await.broke("TR-01");
    // Who is asked does not ask others.
    stranger.post(&path, with(&closed.ok()["id"])).await.broke("TR-02");
    stranger.post(&path, with(&own)).await.broke("TR-02");
    scene.world.persona("facility_officer").post(&path, with(&own)).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn an_offer_that_has_run_out_is_answered_by_nobody_and_makes_room_for_the_next() {
    let scene = Scene::new().await;
    let offered = scene.offer("transfer").await;
    let transfer = offered.ok();
    scene.world.clock.advance(Duration::days(14) - Duration::seconds(1));
    assert!(scene.knows(&elsewhere("supervisor"), &transfer).await);
    scene.world.clock.advance(Duration::seconds(1));
    assert!(!scene.knows(&elsewhere("supervisor"), &transfer).await);
    for (role, step) in [
        ("national_authority", "accept"),
        ("national_authority", "refuse"),
        ("supervisor", "revoke"),
    ] {
        scene.step(role, &offered, step).await.broke("TR-03");
    }
    let next = scene.offer("transfer").await;
    let worker = scene.world.persona("case_worker");
    let path = format!("/v1/transfers/{}", transfer["id"].as_str().unwrap());
    assert_eq!(worker.get(&path).await.ok()["state"], "expired");
    // Beside the requests it is recorded as well.
    scene.world.clock.advance(Duration::days(14));
    let mut conn = scene.world.database.service();
    let mut expire =
        || maintain_on(&mut conn, PLATFORM, scene.world.clock.now(), store::expire).unwrap();
    assert_eq!((expire(), expire()), (1, 0));
    let path = format!("/v1/transfers/{}", next.ok()["id"].as_str().unwrap());
    let read = scene.world.persona("case_worker").get(&path).await.ok();
    assert_eq!((&read["state"], &read["version"]), (&json!("expired"), &json!(2)));
}

#[actix_web::test]
async fn each_side_lists_what_comes_and_what_goes() {
    let mut scene = Scene::new().await;
    scene.offer("transfer").await.ok();
    let first = scene.child;
    scene.child = scene.country.child("male", "2012-01-01");
    let referral = scene.offer("referral").await;
    scene.step(&elsewhere("supervisor"), &referral, "accept").await.ok();
    let count = async |role: &str, query: &str| {
        let path = format!("/v1/transfers?count=exact&{query}");
        scene.world.persona(role).get(&path).await.ok()["total"].as_i64().unwrap()
    };
    let theirs = elsewhere("case_worker");
    for (role, query, found) in [
        ("case_worker", "direction=outgoing", 2),
        ("case_worker", "direction=incoming", 0),
        (&theirs, "direction=incoming", 2),
        (&theirs, "direction=outgoing", 0),
        (&theirs, "state=offered", 1),
        (&theirs, "state=offered&state=accepted&sort=-offered_at", 2),
        ("national_authority", &format!("child_id={first}"), 1),
        ("regional_authority", "", 2),
        (&elsewhere("regional_authority"), "", 2),
        (&elsewhere("facility_officer"), "", 2),
        ("facility_officer", "", 0),
    ] {
        assert_eq!(count(role, query).await, found, "{role} {query}");
    }
}
