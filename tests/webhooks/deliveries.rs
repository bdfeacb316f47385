//! What is sent, and that it is what the feed tells, once, and in the access log before.
use std::{collections::BTreeMap, sync::Mutex};

use chrono::Duration;
use diesel::{RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::BigInt};
use kinstead::{platform::embedded::Role, webhooks::posting::Post};
use serde_json::{Value, json};

use super::{
    Office,
    receiver::{Manner, Received},
};
use crate::{
    feed::{HERE, THERE, WHOLE, events},
    support::everything::merged,
};

#[actix_web::test]
async fn a_message_is_an_event_as_the_feed_tells_it() {
    let mut office = Office::new().await;
    let before = office.scene.gather();
    let endpoint = office.endpoint(WHOLE, "/a", json!({})).await;
    let child = office.child();
    let brother = office.scene.country.child("male", "2014-05-01");
    office.scene.country.siblings(&[child.parse().unwrap(), brother]);
    office.send();
    let received = office.receiver.take("/a");
    let page = office.scene.page(WHOLE, "limit=1000").await;
    let told: Vec<&Value> =
        events(&page).filter(|it| it["position"].as_i64() > Some(before)).collect();
    let data: Vec<Value> = received.iter().map(|it| it.json()["data"].clone()).collect();
    // Of the endpoint itself nobody keeps a copy.
    assert_eq!(data.iter().collect::<Vec<_>>(), told);
    assert!(data.len() >= 4);
    for one in &received {
        let message = one.json();
        let kind = format!(
            "{}.{}",
            message["data"]["kind"].as_str().unwrap(),
            message["data"]["type"].as_str().unwrap()
        );
        assert_eq!(message["type"], kind);
        assert_eq!(message["timestamp"], message["data"]["recorded_at"]);
        assert_eq!(one.header("content-type"), "application/json");
        assert_eq!(one.header("webhook-timestamp"), "1795348800");
        assert!(one.is_by_secret(&endpoint.secret) && one.is_by_key(&endpoint.public_key));
    }
    assert_eq!(office.send(), 0, "once");
    let all = office.deliveries(&endpoint, "&state=delivered").await;
    assert_eq!(all.len(), received.len());
    assert_eq!(office.deliveries(&endpoint, "&state=failed&state=pending").await, [] as [Value; 0]);
    let created = office.deliveries(&endpoint, "&event=child.created").await;
    assert_eq!(created.len(), 2);
    assert!(office.deliveries(&endpoint, "&event=child.changed").await.is_empty());
}

#[actix_web::test]
async fn only_those_are_told_who_may_know_and_who_moves_leaves() {
    let mut office = Office::new().await;
    for (who, path) in [(WHOLE, "/whole"), (HERE, "/here"), (THERE, "/there")] {
        office.endpoint(who, path, json!({"kinds": ["child"]})).await;
    }
    let child = office.child();
    office.send();
    let types = |path: &str| -> Vec<String> {
        let received = office.receiver.take(path);
        let about = received.iter().filter(|it| it.json()["data"]["id"] == json!(child));
        about.map(|it| it.json()["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(types("/whole"), ["child.created"]);
    assert_eq!(types("/here"), ["child.created"]);
    assert_eq!(types("/there"), [""; 0]);
    office.scene.move_child(&child, "RS-99").await;
    office.send();
    assert_eq!(types("/whole"), ["child.changed"]);
    assert_eq!(types("/here"), ["child.left_scope"]);
    assert!(types("/there").contains(&"child.entered_scope".to_owned()));
}

#[actix_web::test]
async fn whoever_may_know_is_told_into_which_record_one_was_merged() {
    let mut office = Office::new().await;
    let (child, other) = (office.child(), office.child());
    for (who, path) in [(WHOLE, "/whole"), (HERE, "/here")] {
        office.endpoint(who, path, json!({"kinds": ["child"]})).await;
    }
    // The survivor is out of reach for those who are here.
    office.scene.move_child(&child, "RS-99").await;
    office.send();
    drop((office.receiver.take("/whole"), office.receiver.take("/here")));
    let who = office.scene.world.persona("national_authority");
    merged(&who, &child, &other).await.ok();
    office.send();
    let told = |path: &str| {
        let received = office.receiver.take(path);
        let about = received.iter().map(Received::json).find(|it| it["data"]["id"] == json!(other));
        about.map(|message| {
            (message["data"]["event"].clone(), message["data"].get("merged_into").cloned())
        })
    };
    assert_eq!(told("/whole"), Some((json!("merged"), Some(json!(child)))));
    assert_eq!(told("/here").and_then(|(_, into)| into), None);
}

#[actix_web::test]
async fn nothing_is_sent_before_the_access_log_has_it() {
    let mut office = Office::new().await;
    office.endpoint(WHOLE, "/a", json!({"kinds": ["child"], "purpose": "synchronisation"})).await;
    let owner = Mutex::new(office.scene.world.database.owner());
    office.receiver.probe(move |received| {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let id = received.json()["data"]["id"].as_str().unwrap().to_owned();
        let sql = format!(
            "SELECT count(*) FROM access_inbox WHERE request_id = '{}' AND subject = '{id}' AND outcome = 'released' \
             AND operation = 'receiveChange' AND purpose = 'synchronisation' AND client IN (SELECT id FROM clients WHERE name = 'sync_client')",
            received.id()
        );
        sql_query(sql).get_result::<Count>(&mut *owner.lock().unwrap()).unwrap().count
    });
    office.child();
    office.send();
    let received = office.receiver.take("/a");
    assert_eq!(received.iter().map(|it| it.probed).collect::<Vec<_>>(), [1]);
}

#[actix_web::test]
async fn without_the_access_log_nothing_is_sent_and_nothing_lost() {
    let mut office = Office::new().await;
    let endpoint = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    office.child();
    office.scene.gather();
    let revoke = "REVOKE INSERT ON access_inbox FROM kinstead_app";
    let mut owner = office.scene.world.database.owner();
    owner.batch_execute(revoke).unwrap();
    let post = office.post();
    let done = std::thread::spawn(move || post.work_off()).join().unwrap();
    assert_eq!(done.unwrap_err().code(), "log_unavailable");
    assert_eq!(office.receiver.connections(), 0);
    owner.batch_execute("GRANT INSERT ON access_inbox TO kinstead_app").unwrap();
    office.send_after(Duration::seconds(5));
    assert_eq!(office.receiver.take("/a").len(), 1);
    let delivered = office.deliveries(&endpoint, "").await;
    assert_eq!(delivered[0]["attempts"], 1, "what was not sent is no attempt");
}

#[actix_web::test]
async fn nothing_is_lost_and_an_id_stays_when_the_service_is_killed() {
    let mut office = Office::new().await;
    let endpoint = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    office.receiver.behave("/a", Manner::HangsUp);
    let children: Vec<String> = (0..5).map(|_| office.child()).collect();
    office.send();
    let first = office.receiver.take("/a");
    assert!(!first.is_empty());
    // Another service on the same database goes on where this one was.
    office.receiver.says("/a", 204);
    let url = office.scene.world.database.url(Role::Service);
    let other = Post::open(office.scene.world.parts.platform.clone(), &url).unwrap();
    office.scene.world.clock.advance(Duration::minutes(5));
    office.scene.gather();
    Office::send_by(other);
    let received = office.receiver.take("/a");
    let told: BTreeMap<String, String> = received
        .iter()
        .map(|it| (it.json()["data"]["id"].as_str().unwrap().to_owned(), it.id().to_owned()))
        .collect();
    let mut expected = children.clone();
    expected.sort();
    assert_eq!(told.keys().cloned().collect::<Vec<_>>(), expected);
    assert_eq!(received.len(), 5, "each once");
    for one in &first {
        let child = one.json()["data"]["id"].as_str().unwrap().to_owned();
        assert_eq!(told[&child], one.id());
    }
    assert_eq!(office.deliveries(&endpoint, "&state=delivered").await.len(), 5);
}

#[actix_web::test]
async fn one_service_at_a_time_serves_an_endpoint() {
    let mut office = Office::new().await;
    office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    let taken = "UPDATE webhook_progress SET taken_by = gen_random_uuid(), taken_until = '2026-11-22T12:01:00Z'";
    office.scene.world.database.owner().batch_execute(taken).unwrap();
    office.child();
    assert_eq!(office.send(), 0);
    assert_eq!(office.receiver.connections(), 0);
    // Whoever had it was killed.
    assert!(office.send_after(Duration::minutes(1)) > 0);
    assert_eq!(office.receiver.take("/a").len(), 1);
}

#[actix_web::test]
async fn deliveries_that_ended_long_ago_are_forgotten() {
    let mut office = Office::new().await;
    let endpoint = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    office.child();
    office.send();
    let mut conn = office.scene.world.database.service();
    for (days, left) in [(30, 1), (31, 0)] {
        let now = "2026-11-22T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        let now = now + Duration::days(days);
        kinstead::webhooks::store::deliveries::forget(&mut conn, now).unwrap();
        assert_eq!(office.deliveries(&endpoint, "").await.len(), left);
    }
    assert_eq!(office.count("webhook_attempts"), 0);
}
