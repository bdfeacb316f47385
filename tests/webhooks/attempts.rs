//! When a message is tried again, and when no more.
use chrono::{DateTime, Duration, Utc};
use kinstead::webhooks::SCHEDULE;
use serde_json::{Value, json};

use super::{Office, Registered, receiver::Manner};
use crate::feed::WHOLE;

async fn attempts(office: &Office, delivery: &Value) -> Vec<Value> {
    let path = format!("/v1/webhook-deliveries/{}", delivery["id"].as_str().unwrap());
    office.get(&path).await["attempts"].as_array().unwrap().clone()
}

/// An endpoint with one message that is to be told to it.
async fn scene() -> (Office, Registered) {
    let mut office = Office::new().await;
    let endpoint = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    office.child();
    (office, endpoint)
}

#[actix_web::test]
async fn a_message_is_tried_ten_times_by_the_schedule_and_then_its_endpoint_is_disabled() {
    let (office, endpoint) = scene().await;
    office.receiver.says("/a", 500);
    let mut ids = Vec::new();
    for pause in SCHEDULE {
        // Not before its time, and at the latest a tenth after it.
        if pause > Duration::zero() {
            office.send_after(pause - Duration::seconds(1));
            assert!(office.receiver.take("/a").is_empty(), "{pause}");
            office.send_after(Duration::seconds(1) + pause / 10);
        } else {
            office.send();
        }
        let received = office.receiver.take("/a");
        assert_eq!(received.len(), 1, "{pause}");
        assert!(received[0].is_by_secret(&endpoint.secret));
        ids.push(received[0].id().to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "the id stays");
    let said = office.get(&endpoint.path()).await;
    assert_eq!(
        (&said["state"], &said["disabled_reason"]),
        (&json!("disabled"), &json!("attempts_failed"))
    );
    let failed = office.deliveries(&endpoint, "&state=failed").await;
    assert_eq!((failed.len(), &failed[0]["attempts"]), (1, &json!(10)));
    let tried = attempts(&office, &failed[0]).await;
    assert_eq!(tried.len(), 10);
    assert!(tried.iter().all(|it| it["outcome"] == "status" && it["status"] == 500));
    assert!(tried.iter().map(|it| it["number"].as_i64().unwrap()).eq(1..=10));
    let history = office.get(&format!("{}/history", endpoint.path())).await;
    assert_eq!(history["data"][0]["event"], "disabled");
    // And nothing more is sent, until the client says so: then what happened meanwhile.
    office.send_after(Duration::days(2));
    assert!(office.receiver.take("/a").is_empty());
}

#[actix_web::test]
async fn an_endpoint_that_is_active_again_gets_what_happened_meanwhile() {
    let (mut office, endpoint) = scene().await;
    let client = office.scene.world.persona(WHOLE);
    let off = client.patch(&endpoint.path(), &endpoint.etag, json!({"state": "disabled"})).await;
    let tag = off.etag().to_owned();
    office.send();
    office.child();
    office.send();
    assert_eq!(office.receiver.connections(), 0);
    let client = office.scene.world.persona(WHOLE);
    client.patch(&endpoint.path(), &tag, json!({"state": "active"})).await.ok();
    office.send();
    assert_eq!(office.receiver.take("/a").len(), 2);
}

#[actix_web::test]
async fn what_is_no_success_is_a_failure_and_says_what_came_of_it() {
    for (manner, outcome, status) in [
        (Manner::Says(302, "location: http://127.0.0.1:1/\r\n".to_owned()), "redirect", Some(302)),
        (Manner::Says(404, String::new()), "status", Some(404)),
        (Manner::HangsUp, "connection", None),
        (Manner::Silent, "timeout", None),
        (Manner::Trickles, "timeout", None),
    ] {
        let (office, endpoint) = scene().await;
        office.receiver.behave("/a", manner.clone());
        office.scene.gather();
        Office::send_by(office.post().patient_for(std::time::Duration::from_millis(900)));
        let all = office.deliveries(&endpoint, "").await;
        assert_eq!(all[0]["state"], "pending", "{manner:?}");
        let tried = attempts(&office, &all[0]).await;
        assert_eq!((tried.len(), &tried[0]["outcome"]), (1, &json!(outcome)), "{manner:?}");
        assert_eq!(tried[0]["status"].as_i64(), status, "{manner:?}");
        assert_eq!(office.receiver.connections(), 1, "{manner:?}");
    }
    for status in [200, 201, 202, 299] {
        let (office, endpoint) = scene().await;
        office.receiver.says("/a", status);
        office.send();
        assert_eq!(office.deliveries(&endpoint, "&state=delivered").await.len(), 1, "{status}");
    }
}

#[actix_web::test]
async fn whoever_is_gone_is_disabled_at_once() {
    let (office, endpoint) = scene().await;
    office.receiver.says("/a", 410);
    office.send();
    let said = office.get(&endpoint.path()).await;
    assert_eq!((&said["state"], &said["disabled_reason"]), (&json!("disabled"), &json!("gone")));
    assert_eq!(office.deliveries(&endpoint, "&state=failed").await.len(), 1);
    office.send_after(Duration::days(4));
    assert_eq!(office.receiver.connections(), 1);
}

#[actix_web::test]
async fn whoever_says_when_to_come_again_is_left_alone_until_then() {
    for status in [429, 503] {
        let (mut office, endpoint) = scene().await;
        office.receiver.behave("/a", Manner::Says(status, "retry-after: 600\r\n".to_owned()));
        office.send();
        assert_eq!(office.receiver.take("/a").len(), 1);
        let due = office.deliveries(&endpoint, "").await[0]["due_at"].clone();
        let due: DateTime<Utc> = due.as_str().unwrap().parse().unwrap();
        assert_eq!(due.to_rfc3339(), "2026-11-22T12:10:00+00:00");
        // Nor is it told of anything else meanwhile.
        office.child();
        office.receiver.says("/a", 204);
        office.send_after(Duration::seconds(599));
        assert!(office.receiver.take("/a").is_empty(), "{status}");
        office.send_after(Duration::seconds(1));
        assert_eq!(office.receiver.take("/a").len(), 2, "{status}");
    }
    // Of other answers it is no matter.
    let (office, endpoint) = scene().await;
    office.receiver.behave("/a", Manner::Says(500, "retry-after: 600\r\n".to_owned()));
    office.send();
    let due = office.deliveries(&endpoint, "").await[0]["due_at"].clone();
    assert!(due.as_str().unwrap() < "2026-11-22T12:00:06Z", "{due}");
}
