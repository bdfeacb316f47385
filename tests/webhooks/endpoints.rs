//! Endpoints: who has them, what they may be, and their secrets.
use chrono::Duration;
use serde_json::json;

use super::Office;
use crate::feed::{HERE, THERE, WHOLE};

const LIST: &str = "/v1/webhook-endpoints";

#[actix_web::test]
async fn a_secret_is_shown_once_and_lies_nowhere_in_clear() {
    let office = Office::new().await;
    let endpoint = office.endpoint(WHOLE, "/a", json!({"description": "Case system"})).await;
    assert!(endpoint.secret.starts_with("whsec_") && endpoint.public_key.starts_with("whpk_"));
    let client = office.scene.world.persona(WHOLE);
    for path in [LIST.to_owned(), endpoint.path(), endpoint.path() + "/history"] {
        let told = String::from_utf8(client.get(&path).await.bytes).unwrap();
        assert!(told.contains(&endpoint.public_key) && !told.contains("whsec_"), "{told}");
        assert!(!told.contains(&endpoint.secret["whsec_".len()..]));
    }
    let secret = endpoint.secret.strip_prefix("whsec_").unwrap();
    let kept = format!("webhook_secrets WHERE webhook_secrets::text LIKE '%{secret}%'");
    assert_eq!(office.count(&kept), 0);
    assert_eq!(office.count("webhook_secrets"), 1);
    assert!(!office.scene.world.database.dump_rows().contains(secret));
}

#[actix_web::test]
async fn each_client_has_endpoints_of_its_own() {
    let office = Office::new().await;
    let own = office.endpoint(HERE, "/a", json!({})).await;
    let world = &office.scene.world;
    for who in [THERE, WHOLE, "national_authority"] {
        let other = world.persona(who);
        assert_eq!(other.get(LIST).await.ok()["data"], json!([]), "{who}");
        for path in [own.path(), own.path() + "/deliveries", own.path() + "/history"] {
            other.get(&path).await.refused(404, "not_found");
        }
        for step in ["test", "rotate-secret"] {
            let path = format!("{}/{step}", own.path());
            other.step(&path, &own.etag, json!({})).await.refused(404, "not_found");
        }
        let replay = format!("{}/replay", own.path());
        other.post(&replay, json!({"from": 1})).await.refused(404, "not_found");
        other.patch(&own.path(), &own.etag, json!({"kinds": []})).await.refused(404, "not_found");
    }
    let made = world.persona(HERE).post(&format!("{}/test", own.path()), json!({})).await.ok();
    let delivery = format!("/v1/webhook-deliveries/{}", made["id"].as_str().unwrap());
    world.persona(HERE).get(&delivery).await.ok();
    world.persona(THERE).get(&delivery).await.refused(404, "not_found");
    let again = format!("{delivery}/retry");
    world.persona(THERE).post(&again, json!({})).await.refused(404, "not_found");
    world.persona("case_worker").get(LIST).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn an_endpoint_is_for_kinds_and_purposes_of_its_client() {
    let office = Office::new().await;
    let client = office.scene.world.persona(WHOLE);
    let url = office.receiver.url("/a");
    for (more, pointer, code) in [
        (json!({"kinds": ["child", "protected_address"]}), "/kinds/1", "unknown_kind"),
        (json!({"kinds": ["nonsense"]}), "/kinds/0", "unknown_kind"),
        (json!({"purpose": "nonsense"}), "/purpose", "not_allowed"),
        (json!({"url": "https://hooks.ministry.example/"}), "/url", "host_not_allowed"),
    ] {
        let mut new = json!({"url": url});
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let fault = client.post(LIST, new).await.refused(422, "invalid")["errors"][0].clone();
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!(pointer), &json!(code)), "{more}");
    }
    let own = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    let changed = client.patch(&own.path(), &own.etag, json!({"kinds": ["x"]})).await;
    changed.refused(422, "invalid");
    let changed = client.patch(&own.path(), &own.etag, json!({"url": "http://10.0.0.1/"})).await;
    changed.refused(422, "invalid");
    let off = client.patch(&own.path(), &own.etag, json!({"state": "disabled"})).await;
    let said = off.ok();
    assert_eq!(
        (&said["state"], &said["disabled_reason"]),
        (&json!("disabled"), &json!("by_client"))
    );
    client.patch(&own.path(), &own.etag, json!({"state": "active"})).await.refused(412, "stale");
    let on = client.patch(&own.path(), off.etag(), json!({"state": "active"})).await.ok();
    assert!(on.get("disabled_reason").is_none() && on.get("disabled_at").is_none(), "{on}");
}

#[actix_web::test]
async fn for_a_day_the_old_secret_signs_beside_the_new_one() {
    let mut office = Office::new().await;
    let old = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    let path = format!("{}/rotate-secret", old.path());
    let rotated = office.scene.world.persona(WHOLE).step(&path, &old.etag, json!({})).await;
    let new = Office::registered(&rotated);
    assert_ne!((&old.secret, &old.public_key), (&new.secret, &new.public_key));
    for (pause, both) in
        [(Duration::zero(), true), (Duration::hours(23), true), (Duration::hours(1), false)]
    {
        office.scene.world.clock.advance(pause);
        office.child();
        office.send();
        let received = office.receiver.take("/a");
        assert_eq!(received.len(), 1);
        assert!(received[0].is_by_secret(&new.secret) && received[0].is_by_key(&new.public_key));
        assert_eq!(received[0].is_by_secret(&old.secret), both, "{pause}");
        assert_eq!(received[0].is_by_key(&old.public_key), both, "{pause}");
    }
}
