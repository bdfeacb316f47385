//! What clients ask to be sent: a test, a range of the feed once more, a delivery again.
use chrono::Duration;
use serde_json::{Value, json};

use super::Office;
use crate::feed::WHOLE;

#[actix_web::test]
async fn a_test_tells_of_nobody() {
    let office = Office::new().await;
    let endpoint = office.endpoint(WHOLE, "/a", json!({})).await;
    let path = format!("{}/test", endpoint.path());
    let made = office.scene.world.persona(WHOLE).post(&path, json!({})).await;
    assert_eq!(made.status, 202);
    office.send();
    let received = office.receiver.take("/a");
    let tests: Vec<_> = received.iter().filter(|it| it.json()["type"] == "webhook.test").collect();
    assert_eq!(tests.len(), 1);
    assert_eq!(tests[0].json()["data"], json!({"endpoint_id": endpoint.id}));
    assert_eq!(json!(tests[0].id()), made.ok()["id"]);
    assert!(tests[0].is_by_secret(&endpoint.secret) && tests[0].is_by_key(&endpoint.public_key));
    assert_eq!(office.count("access_inbox WHERE operation = 'receiveChange'"), 0);
    let history = office.get(&format!("{}/history", endpoint.path())).await;
    assert_eq!(history["data"][0]["event"], "ordered");
    assert_eq!(history["data"][0]["after"]["kind"], "test");
}

#[actix_web::test]
async fn a_range_of_the_feed_is_sent_once_more_with_the_same_ids() {
    let mut office = Office::new().await;
    let early = office.child();
    office.scene.gather();
    let endpoint = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    let children: Vec<String> = (0..3).map(|_| office.child()).collect();
    office.send();
    let first = office.receiver.take("/a");
    assert_eq!(first.len(), 3);
    let place = |at: usize| first[at].json()["data"]["position"].as_i64().unwrap();
    let path = format!("{}/replay", endpoint.path());
    let client = office.scene.world.persona(WHOLE);
    let asked = json!({"from": place(1), "to": place(1)});
    assert_eq!(client.post(&path, asked.clone()).await.ok(), asked);
    office.send();
    let again = office.receiver.take("/a");
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].id(), again[0].json()), (first[1].id(), first[1].json()));
    // Also what happened before there was an endpoint.
    client.post(&path, json!({"from": 1})).await.ok();
    office.send();
    let told: Vec<Value> =
        office.receiver.take("/a").iter().map(|it| it.json()["data"]["id"].clone()).collect();
    for child in children.iter().chain([&early]) {
        assert_eq!(told.iter().filter(|it| *it == child).count(), 1);
    }
    // While one is at work there is no second one.
    client.post(&path, json!({"from": 1})).await.ok();
    client.post(&path, json!({"from": 1})).await.refused(409, "state_conflict");
    office.send();
    office.receiver.take("/a");
    for (asked, code) in [
        (json!({}), "missing_member"),
        (json!({"from": 1, "since": "2026-11-22T12:00:00Z"}), "missing_member"),
        (json!({"from": 5, "to": 2}), "out_of_order"),
    ] {
        let refused = client.post(&path, asked.clone()).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], code, "{asked}");
    }
    // What lies ahead comes by itself.
    let ahead = client.post(&path, json!({"from": place(2) + 1000})).await.ok();
    assert!(ahead["to"].as_i64() < ahead["from"].as_i64(), "{ahead}");
}

#[actix_web::test]
async fn what_was_learned_since_a_moment_is_sent_once_more() {
    let mut office = Office::new().await;
    office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    let listed = office.get("/v1/webhook-endpoints").await;
    let id = listed["data"][0]["id"].as_str().unwrap().to_owned();
    for _ in 0..4 {
        office.child();
        office.send();
        office.scene.world.clock.advance(Duration::hours(1));
        office.scene.country.now += Duration::hours(1);
    }
    assert_eq!(office.receiver.take("/a").len(), 4);
    let client = office.scene.world.persona(WHOLE);
    for (since, count) in
        [("2026-11-22T13:30:00Z", 2), ("2026-11-22T12:00:00Z", 4), ("2026-11-22T16:00:00Z", 0)]
    {
        let path = format!("/v1/webhook-endpoints/{id}/replay");
        client.post(&path, json!({"since": since})).await.ok();
        office.send();
        assert_eq!(office.receiver.take("/a").len(), count, "{since}");
    }
}

#[actix_web::test]
async fn a_delivery_that_failed_is_tried_again_from_the_beginning() {
    let mut office = Office::new().await;
    let endpoint = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    office.receiver.says("/a", 410);
    office.child();
    office.send();
    let failed = office.deliveries(&endpoint, "&state=failed").await;
    let path = format!("/v1/webhook-deliveries/{}", failed[0]["id"].as_str().unwrap());
    let client = office.scene.world.persona(WHOLE);
    let retried = client.post(&format!("{path}/retry"), json!({})).await;
    assert_eq!((retried.status.as_u16(), &retried.ok()["state"]), (202, &json!("pending")));
    let tag = client.get(&endpoint.path()).await.etag().to_owned();
    client.patch(&endpoint.path(), &tag, json!({"state": "active"})).await.ok();
    office.receiver.says("/a", 200);
    office.send();
    let now = client.get(&path).await.ok();
    assert_eq!(now["delivery"]["state"], "delivered");
    let outcomes: Vec<_> =
        now["attempts"].as_array().unwrap().iter().map(|it| it["outcome"].clone()).collect();
    assert_eq!(outcomes, ["status", "success"]);
    assert_eq!(office.receiver.take("/a").len(), 2);
}
