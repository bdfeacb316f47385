//! A record opened in an emergency: for an hour, with notices and a review that nobody can hold back.
use chrono::Duration;
use serde_json::{Value, json};

use super::{add_elsewhere, elsewhere};
use crate::support::{Country, Persona, World};

const OPEN: &str = "/v1/emergency-accesses";

fn request(who: Value) -> Value {
    let mut body = json!({"reason_code": "urgent_placement", "reason": "Found alone at the bus station at night."});
    body.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
    body
}

async fn notices(persona: &Persona<'_>) -> Vec<Value> {
    persona.get("/v1/notices").await.ok()["data"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_record_is_opened_for_an_hour_and_both_authorities_are_told() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let child = country.child("female", "2016-05-01");
    let path = format!("/v1/children/{child}");
    let number = world.persona("case_worker").get(&path).await.ok()["registry_no"].clone();
    let stranger = world.persona(&elsewhere("case_worker"));
    stranger.get(&path).await.refused(404, "not_found");
    let opened = stranger.post(OPEN, request(json!({"registry_no": number}))).await.ok();
    assert_eq!(opened["child_id"], json!(child));
    assert_eq!(opened["valid_until"], "2026-11-22T13:00:00Z");
    assert_eq!(opened["review_due_at"], "2026-11-25T12:00:00Z");
    assert_eq!(stranger.get(&path).await.ok()["registry_no"], number);
    // It opens one child to one client.
    let other = country.child("male", "2016-05-01");
    stranger.get(&format!("/v1/children/{other}")).await.refused(404, "not_found");
    let colleague = world.persona(&elsewhere("supervisor"));
    colleague.get(&path).await.refused(404, "not_found");

    for supervisor in ["supervisor".to_owned(), elsewhere("supervisor")] {
        let told = notices(&world.persona(&supervisor)).await;
        assert_eq!(told.len(), 1, "{supervisor}");
        assert_eq!(told[0]["emergency_access_id"], opened["id"]);
        assert_eq!(told[0]["client_id"], json!(world.client(&elsewhere("case_worker"))));
    }
    world.clock.advance(Duration::minutes(59));
    world.persona(&elsewhere("case_worker")).get(&path).await.ok();
    world.clock.advance(Duration::minutes(1));
    let stranger = world.persona(&elsewhere("case_worker"));
    stranger.get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn somebody_else_reviews_it_within_three_days() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = country.child("female", "2016-05-01");
    let supervisor = world.persona("supervisor");
    let opened = supervisor.post(OPEN, request(json!({"child_id": child, "minutes": 5}))).await;
    let (at, tag) = (opened.header("location").to_owned(), opened.etag().to_owned());
    let review = json!({"justified": false, "findings": "Nothing of it was needed that night."});
    let step = format!("{at}/review");
    supervisor.step(&step, &tag, review.clone()).await.refused(409, "state_conflict");
    let region = world.persona("regional_authority");
    let overdue = format!("{OPEN}?overdue=true");
    assert_eq!(region.get(&overdue).await.ok()["data"], json!([]));
    world.clock.advance(Duration::hours(72));
    let region = world.persona("regional_authority");
    assert_eq!(region.get(&overdue).await.ok()["data"][0]["id"], opened.ok()["id"]);
    let reviewed = region.step(&step, &tag, review.clone()).await.ok();
    assert_eq!((&reviewed["state"], &reviewed["version"]), (&json!("not_justified"), &json!(2)));
    assert_eq!(region.get(&overdue).await.ok()["data"], json!([]));
    let again = region.get(&at).await.etag().to_owned();
    region.step(&step, &again, review).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn it_takes_a_child_a_reason_and_no_more_than_an_hour() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = country.child("female", "2016-05-01");
    let worker = world.persona("case_worker");
    let number = "CH-2026-000123-07";
    for (body, pointer) in [
        (request(json!({})), "/child_id"),
        (request(json!({"child_id": child, "registry_no": number})), "/child_id"),
        (request(json!({"registry_no": number})), "/registry_no"),
        (request(json!({"child_id": child, "minutes": 61})), "/minutes"),
        (request(json!({"child_id": child, "reason": "urgent"})), "/reason"),
        (request(json!({"child_id": child, "reason_code": "curiosity"})), "/reason_code"),
    ] {
        let problem = worker.post(OPEN, body).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    assert_eq!(notices(&world.persona("national_authority")).await.len(), 0);
    let officer = world.persona("facility_officer");
    officer.post(OPEN, request(json!({"child_id": child}))).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn whoever_reads_about_too_many_children_is_refused_and_told_of() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let children: Vec<String> = std::iter::repeat_with(|| country.child("female", "2016-05-01"))
        .take(61)
        .map(|child| format!("/v1/children/{child}"))
        .collect();
    let worker = world.persona("case_worker");
    for path in &children[..60] {
        worker.get(path).await.ok();
    }
    let last = children.last().unwrap();
    let refused = worker.get(last).await;
    let problem = refused.refused(429, "too_many_persons");
    assert_eq!(refused.header("retry-after"), "3600");
    assert!(!problem.to_string().contains("Oblakovski"));
    worker.get("/v1/children?limit=61").await.refused(429, "too_many_persons");
    worker.get(&children[0]).await.ok();
    let supervisor = world.persona("supervisor");
    for persona in [&supervisor, &world.persona("data_protection_officer")] {
        let told = notices(persona).await;
        assert!(!told.is_empty());
        assert!(told.iter().all(|notice| notice["kind"] == "trawling"));
    }
    supervisor.get("/v1/children?limit=61").await.ok();
    let notice = notices(&supervisor).await.remove(0);
    let at = format!("/v1/notices/{}", notice["id"].as_str().unwrap());
    let tag = supervisor.get(&at).await.etag().to_owned();
    let step = |tag: String| {
        supervisor
            .request(actix_web::http::Method::POST, &format!("{at}/acknowledge"))
            .header("if-match", &tag)
    };
    assert_eq!(step(tag.clone()).send().await.ok()["version"], 2);
    step(tag).send().await.refused(412, "stale");
    world.clock.advance(Duration::minutes(60));
    world.persona("case_worker").get(last).await.ok();
}
