//! Siblings and parents, recorded once and seen from both.
use chrono::Duration;
use serde_json::{Value, json};

use super::{child, fault, named, read, registered, world};

#[actix_web::test]
async fn siblings_are_recorded_once_and_seen_from_both() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let (sister, one) = registered(&worker, named("Jelena", "Đorđević")).await;
    let (brother, other) = registered(&worker, child(json!({"sex": "male"}))).await;
    let new = json!({"kind": "half_sibling", "related_child_id": other["id"], "to_be_kept_together": "yes", "existing_bond": true});
    let made = worker.post(&format!("{sister}/relations"), new.clone()).await;
    assert_eq!(made.ok()["related_child_id"], other["id"]);
    let mirror = read(&worker, &format!("{brother}/relations")).await.json()["data"][0].clone();
    assert_eq!(
        (&mirror["kind"], &mirror["related_child_id"]),
        (&json!("half_sibling"), &one["id"])
    );
    worker
        .post(
            &format!("{brother}/relations"),
            json!({"kind": "full_sibling", "related_child_id": one["id"]}),
        )
        .await
        .refused(409, "state_conflict");

    let path = made.header("location").to_owned();
    world.clock.advance(Duration::minutes(1));
    let apart = json!({"to_be_kept_together": "no"});
    let why = worker.patch(&path, made.etag(), apart).await;
    fault(&why, "/keep_together_reason", "missing_member");
    let apart =
        json!({"to_be_kept_together": "no", "keep_together_reason": "The court forbids contact."});
    assert_eq!(worker.patch(&path, made.etag(), apart.clone()).await.ok()["version"], 2);
    worker.patch(&path, made.etag(), apart).await.refused(412, "stale");
    let mirrored =
        read(&worker, &format!("{brother}/relations/{}", mirror["id"].as_str().unwrap())).await;
    assert_eq!(mirrored.json()["to_be_kept_together"], "no");
    assert_eq!(mirrored.json()["version"], 2);
    let known =
        read(&worker, &format!("{brother}/relations?known_at=2026-11-22T12:00:30Z")).await.json();
    assert_eq!(known["data"][0]["to_be_kept_together"], "yes");
    let history = read(&worker, &format!("{brother}/history")).await.json();
    assert_eq!(history["data"][0]["event"], "wish_changed");

    let mut conn = world.database.service();
    let id = |body: &Value| body["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(kinstead::children::store::siblings(&mut conn, id(&one)).unwrap(), [id(&other)]);
    assert_eq!(kinstead::children::store::siblings(&mut conn, id(&other)).unwrap(), [id(&one)]);
}

#[actix_web::test]
async fn parents_are_children_of_the_registry_or_other_people() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let (path, one) = registered(&worker, child(json!({}))).await;
    let (young, mother) =
        registered(&worker, child(json!({"birth_date": "2010-01-01", "is_parent": true}))).await;
    let relations = format!("{path}/relations");
    let person = json!({"kind": "father", "person": {"given": "Petar"}});
    let father = worker.post(&relations, person).await.ok();
    assert_eq!(father["person"], json!({"given": "Petar"}));
    assert!(father.get("to_be_kept_together").is_none());
    worker.post(&relations, json!({"kind": "mother", "related_child_id": mother["id"]})).await.ok();
    let seen = read(&worker, &format!("{young}/relations")).await.json();
    assert_eq!(
        (&seen["data"][0]["kind"], &seen["data"][0]["related_child_id"]),
        (&json!("own_child"), &one["id"])
    );
    let page = read(&worker, &format!("{relations}?limit=1")).await.json();
    assert!(page["next_cursor"].is_string());

    let unknown = "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90";
    for (bad, pointer, code) in [
        (json!({"kind": "father"}), "/related_child_id", "one_of_two"),
        (json!({"kind": "father", "person": {}}), "/related_child_id", "one_of_two"),
        (
            json!({"kind": "father", "related_child_id": mother["id"], "person": {"given": "A"}}),
            "/related_child_id",
            "one_of_two",
        ),
        (
            json!({"kind": "full_sibling", "related_child_id": one["id"]}),
            "/related_child_id",
            "self",
        ),
        (
            json!({"kind": "full_sibling", "related_child_id": unknown}),
            "/related_child_id",
            "unknown_reference",
        ),
        (
            json!({"kind": "father", "person": {"given": "A"}, "to_be_kept_together": "yes"}),
            "/to_be_kept_together",
            "not_siblings",
        ),
        (json!({"kind": "uncle", "person": {"given": "A"}}), "/kind", "unknown_value"),
    ] {
        fault(&worker.post(&relations, bad).await, pointer, code);
    }
    let to_nobody = format!("/v1/children/{unknown}/relations");
    worker.get(&to_nobody).await.refused(404, "not_found");
    worker
        .post(&to_nobody, json!({"kind": "mother", "person": {"given": "A"}}))
        .await
        .refused(404, "not_found");
}
