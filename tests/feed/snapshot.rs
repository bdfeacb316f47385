//! What a new copy begins with.
use std::collections::BTreeMap;

use actix_web::{
    body::to_bytes,
    test::{TestRequest, call_service, init_service},
};
use diesel::connection::SimpleConnection as _;
use kinstead::server::app;
use serde_json::{Value, json};

use super::{Copy, HERE, Scene, THERE, WHOLE};
use crate::support::in_facility;

/// The records of a snapshot, by id, and where the copy goes on.
async fn snapshot(scene: &Scene, who: &str, kind: &str) -> (BTreeMap<String, Value>, String) {
    let reply = scene.world.persona(who).get(&format!("/v1/snapshot/{kind}")).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("content-type")),
        (200, "application/x-ndjson")
    );
    let text = String::from_utf8(reply.bytes.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let records = lines.map(|record| (record["id"].as_str().unwrap().to_owned(), record));
    (records.collect(), reply.header("feed-cursor").to_owned())
}

#[actix_web::test]
async fn a_snapshot_and_the_changes_after_it_are_a_whole_copy() {
    let mut scene = Scene::new().await;
    let home = scene.country.facility(json!({"total": 4}));
    let children: Vec<_> = (0..3).map(|_| scene.country.child("female", "2016-05-01")).collect();
    scene.country.stay(in_facility(children[0], home, "2026-03-02"), None);
    scene.gather();
    let (records, cursor) = snapshot(&scene, WHOLE, "child").await;
    assert_eq!(records.len(), 3);
    for (id, record) in &records {
        let read = scene.world.persona(WHOLE).get(&format!("/v1/children/{id}")).await.ok();
        assert_eq!(*record, read, "as it is read by itself");
    }
    let (stays, _) = snapshot(&scene, WHOLE, "placement").await;
    assert_eq!(stays.len(), 1);
    // What happens meanwhile is told after it.
    let late = scene.country.child("male", "2017-05-01").to_string();
    assert_eq!(
        snapshot(&scene, WHOLE, "child").await.0.len(),
        3,
        "what has no place yet is in none"
    );
    scene.gather();
    let mut copy = Copy { cursor: Some(cursor.clone()), ..Copy::default() };
    copy.place = scene.page(WHOLE, &format!("after={cursor}")).await["from"].as_i64().unwrap();
    copy.follow(&scene, WHOLE, "kinds=child").await;
    assert!(copy.held.keys().map(|(_, id)| id).eq([&late]));
    assert!(snapshot(&scene, WHOLE, "child").await.0.contains_key(&late));
}

#[actix_web::test]
async fn a_snapshot_holds_what_its_reader_may_know() {
    let mut scene = Scene::new().await;
    let child = scene.country.child("female", "2016-05-01").to_string();
    scene.gather();
    assert!(snapshot(&scene, HERE, "child").await.0.contains_key(&child));
    assert!(snapshot(&scene, THERE, "child").await.0.is_empty());
    scene.move_child(&child, "RS-99").await;
    assert!(snapshot(&scene, HERE, "child").await.0.is_empty());
    assert!(snapshot(&scene, THERE, "child").await.0.contains_key(&child));
    let whole = scene.world.persona(WHOLE);
    whole.get("/v1/snapshot/protected_address").await.refused(404, "not_found");
    whole.get("/v1/snapshot/x").await.refused(404, "not_found");
    scene.world.persona("ngo").get("/v1/snapshot/child").await.refused(403, "forbidden");
}

#[actix_web::test]
async fn a_snapshot_of_many_children_is_whole() {
    let mut scene = Scene::new().await;
    // So many that they leave in three blocks, each of more persons than a receipt names: that the log has them all
    // is looked at wherever somebody is answered.
    let children: Vec<String> =
        (0..1_001).map(|_| scene.country.child("female", "2016-05-01").to_string()).collect();
    scene.gather();
    let (records, _) = snapshot(&scene, WHOLE, "child").await;
    assert!(records.keys().eq(children.iter().collect::<std::collections::BTreeSet<_>>()));
}

#[actix_web::test]
async fn snapshots_leave_connections_to_others() {
    let scene = Scene::new().await;
    scene.gather();
    // More than is read ahead of whoever does not read.
    let many = "INSERT INTO feed_records SELECT 'organisation', gen_random_uuid(), entry \
        FROM (SELECT entry FROM feed_records WHERE kind = 'organisation' LIMIT 1) r, generate_series(1, 3000)";
    scene.world.database.owner().batch_execute(many).unwrap();
    let service = init_service(app(&scene.world.parts)).await;
    let token = format!("Bearer {}", scene.world.token(scene.world.client(WHOLE)));
    let ask = async || {
        let request = TestRequest::with_uri("/v1/snapshot/organisation");
        call_service(&service, request.insert_header(("authorization", token.clone())).to_request())
            .await
    };
    let mut unread = Vec::new();
    let refused = loop {
        let answer = ask().await;
        if !answer.status().is_success() {
            break answer;
        }
        unread.push(answer);
    };
    assert_eq!(refused.status(), 503);
    assert!((1..=8).contains(&unread.len()), "{}", unread.len());
    scene.world.persona(WHOLE).get("/v1/organisations").await.ok();
    let whole = to_bytes(unread.pop().unwrap().into_body()).await.unwrap_or_default();
    assert!(whole.split(|byte| *byte == b'\n').count() > 3000);
    assert_eq!(ask().await.status(), 200, "who has read makes room");
}
