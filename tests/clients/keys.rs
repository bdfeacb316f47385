//! Keys of clients over HTTP.
use kinstead::platform::keys::PrivateKey;
use serde_json::{Value, json};

use crate::support::{Persona, World};

fn ed25519(key: &PrivateKey) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": key.public().x()})
}

async fn client(authority: &Persona<'_>, name: &str) -> String {
    let new = json!({"name": name, "roles": ["case_worker"]});
    authority.post("/v1/clients", new).await.header("location").to_owned()
}

#[actix_web::test]
async fn several_keys_are_valid_at_once_and_one_is_revoked() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let path = format!("{}/keys", client(&authority, "One").await);
    let (first, second) = (PrivateKey::generate(), PrivateKey::generate());
    let added = authority.post(&path, json!({"jwk": ed25519(&first)})).await;
    assert_eq!(added.status, 201, "{added:?}");
    let body = added.ok();
    assert_eq!((&body["kid"], &body["algorithm"]), (&json!(first.public().id()), &json!("EdDSA")));
    assert_eq!(body["valid_from"], "2026-11-22T12:00:00Z");
    let later = json!({"jwk": ed25519(&second), "valid_from": "2026-12-01T00:00:00Z", "valid_until": "2027-12-01T00:00:00Z"});
    authority.post(&path, later).await.ok();
    let own = added.header("location").to_owned();
    let revoke = format!("{own}/revoke");
    let why = json!({"reason": "The machine was lost."});
    authority.step(&revoke, "\"x.1\"", why.clone()).await.refused(412, "stale");
    let revoked = authority.step(&revoke, added.etag(), why.clone()).await;
    assert_eq!(revoked.ok()["revoked_at"], "2026-11-22T12:00:00Z");
    authority.step(&revoke, revoked.etag(), why).await.refused(409, "state_conflict");
    assert_eq!(authority.get(&own).await.ok(), revoked.ok());
    let kids: Vec<Value> = authority.get(&path).await.ok()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].clone())
        .collect();
    assert_eq!(kids, [json!(first.public().id()), json!(second.public().id())]);
}

#[actix_web::test]
async fn a_key_belongs_to_one_client_for_ever() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let (one, two) = (client(&authority, "One").await, client(&authority, "Two").await);
    let key = json!({"jwk": ed25519(&PrivateKey::generate())});
    let added = authority.post(&format!("{one}/keys"), key.clone()).await;
    for path in [&one, &two] {
        authority.post(&format!("{path}/keys"), key.clone()).await.refused(409, "state_conflict");
    }
    let id = added.ok()["id"].as_str().unwrap().to_owned();
    authority.get(&format!("{two}/keys/{id}")).await.refused(404, "not_found");
    let why = json!({"reason": "The machine was lost."});
    let elsewhere = format!("{two}/keys/{id}/revoke");
    authority.step(&elsewhere, added.etag(), why.clone()).await.refused(404, "not_found");
    authority.step(&format!("{one}/keys/{id}/revoke"), added.etag(), why.clone()).await.ok();
    authority.post(&format!("{two}/keys"), key.clone()).await.refused(409, "state_conflict");

    let gone = authority.get(&one).await;
    authority.step(&format!("{one}/revoke"), gone.etag(), why).await.ok();
    let new = json!({"jwk": ed25519(&PrivateKey::generate())});
    authority.post(&format!("{one}/keys"), new).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn a_client_has_ten_keys_at_most() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let path = format!("{}/keys", client(&authority, "One").await);
    let new = || json!({"jwk": ed25519(&PrivateKey::generate())});
    for _ in 0..10 {
        authority.post(&path, new()).await.ok();
    }
    authority.post(&path, new()).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn what_is_no_public_key_for_signatures_is_refused() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let path = format!("{}/keys", client(&authority, "One").await);
    let good = ed25519(&PrivateKey::generate());
    let with = |name: &str, value: Value| {
        let mut key = good.clone();
        key[name] = value;
        json!({ "jwk": key })
    };
    let until =
        |from: &str, until: &str| json!({"jwk": good, "valid_from": from, "valid_until": until});
    for (body, pointer, code) in [
        (with("d", json!("A".repeat(43))), "/jwk/d", "private_key"),
        (with("use", json!("enc")), "/jwk/use", "unknown_value"),
        (with("x", json!("A".repeat(43))), "/jwk/x", "wrong_form"),
        (with("kty", json!("RSA")), "/jwk/kty", "unknown_value"),
        (with("k", json!("secret")), "/jwk/k", "unknown_member"),
        (until("2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"), "/valid_until", "out_of_order"),
        (until("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), "/valid_until", "out_of_order"),
    ] {
        let problem = authority.post(&path, body.clone()).await.refused(422, "invalid");
        let fault = &problem["errors"][0];
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!(pointer), &json!(code)), "{body}");
    }
    assert_eq!(authority.get(&path).await.ok()["data"], json!([]));
}
