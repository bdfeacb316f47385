//! What an entry says. That there is one for each person of each answer is looked at in every test:
//! see [`crate::support::disclosed`].
use actix_web::http::Method;
use diesel::{RunQueryDsl, sql_query, sql_types::Text};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Country, World, with_family};

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

/// The entries that were written for a request, without their time and number.
fn entries(world: &World, request: &str) -> Vec<Value> {
    let sql = "SELECT (to_jsonb(i) - 'id' - 'at')::text AS row FROM access_inbox i WHERE request_id = $1 ORDER BY subject_kind, subject";
    let rows: Vec<Row> =
        sql_query(sql).bind::<Text, _>(request).load(&mut world.database.owner()).unwrap();
    rows.iter().map(|row| serde_json::from_str(&row.row).unwrap()).collect()
}

#[actix_web::test]
async fn an_entry_says_who_asked_for_whom_what_for_and_by_which_operation() {
    let world = World::new().await;
    let child = Country::of(&world).child("female", "2016-05-01");
    let worker = world.persona("case_worker");
    let asking = worker
        .request(Method::GET, &format!("/v1/children/{child}"))
        .header("purpose", "court")
        .header("on-behalf-of", "worker-4711");
    let reply = asking.send().await;
    reply.ok();
    let client = world.client("case_worker");
    assert_eq!(
        entries(&world, reply.header("x-request-id")),
        [json!({
            "subject_kind": "child", "subject": child, "client": client, "organisation": world.actor("case_worker").organisation,
            "on_behalf_of": "worker-4711", "purpose": "court", "legal_basis": null,
            "operation": "readChild", "field_classes": ["personal", "identifying"],
            "request_id": reply.header("x-request-id"), "outcome": "released",
        })]
    );
}

#[actix_web::test]
async fn a_change_is_an_entry_for_everybody_whom_it_changed_and_a_refusal_is_none() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2016-05-01"), country.family(1));
    let worker = world.persona("case_worker");
    let reply = worker.post("/v1/placements", with_family(child, family, "2026-01-01")).await;
    reply.ok();
    let found = entries(&world, reply.header("x-request-id"));
    let persons: Vec<_> =
        found.iter().map(|entry| (&entry["subject_kind"], &entry["outcome"])).collect();
    assert_eq!(
        persons,
        [(&json!("carer_family"), &json!("changed")), (&json!("child"), &json!("changed"))]
    );

    let other = country.child("female", "2016-05-01");
    let refused = worker.post("/v1/placements", with_family(other, family, "2026-01-01")).await;
    refused.broke("PL-12");
    assert!(entries(&world, refused.header("x-request-id")).is_empty());
}

#[actix_web::test]
async fn a_repeated_answer_is_a_new_entry() {
    let world = World::new().await;
    let child = Country::of(&world).child("female", "2016-05-01");
    let worker = world.persona("case_worker");
    let body =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-03-02"});
    for outcome in ["changed", "released"] {
        let asking = worker
            .request(Method::POST, &format!("/v1/children/{child}/legal-statuses"))
            .header("idempotency-key", "one")
            .json(&body);
        let reply = asking.send().await;
        reply.ok();
        let found = entries(&world, reply.header("x-request-id"));
        assert_eq!((found.len(), &found[0]["outcome"]), (1, &json!(outcome)));
    }
}

#[actix_web::test]
async fn an_answer_without_data_is_no_entry() {
    let world = World::new().await;
    let child = Country::of(&world).child("female", "2016-05-01");
    let worker = world.persona("case_worker");
    let path = format!("/v1/children/{child}");
    let tag = worker.get(&path).await.etag().to_owned();
    let same = worker.request(Method::GET, &path).header("if-none-match", &tag).send().await;
    assert_eq!(same.status, 304);
    assert!(entries(&world, same.header("x-request-id")).is_empty());
    let nowhere = worker.get(&format!("/v1/children/{}", Uuid::new_v4())).await;
    nowhere.refused(404, "not_found");
    assert!(entries(&world, nowhere.header("x-request-id")).is_empty());
}

#[actix_web::test]
async fn a_purpose_is_one_of_the_list_and_a_person_has_a_plain_name() {
    let world = World::new().await;
    let worker = world.persona("case_worker");
    let ask = |name, value: &str| worker.request(Method::GET, "/v1/children").header(name, value);
    for (name, value) in [
        ("purpose", "Curiosity"),
        ("purpose", ""),
        ("on-behalf-of", ""),
        ("on-behalf-of", "Ana Anić"),
    ] {
        ask(name, value).send().await.refused(400, "malformed_header");
    }
    ask("on-behalf-of", &"a".repeat(101)).send().await.refused(400, "malformed_header");
    ask("on-behalf-of", &"a".repeat(100)).send().await.ok();
    for purpose in ["case_management", "court"] {
        ask("purpose", purpose).send().await.ok();
    }
    for other in ["subject_access", "curiosity"] {
        ask("purpose", other).send().await.refused(403, "purpose_not_allowed");
    }
}
