//! The record itself: changes, the past, inspections, rights, lists.
use chrono::{Duration, SecondsFormat};
use kinstead::platform::clock::Clock as _;
use serde_json::json;
use uuid::Uuid;

use crate::facilities::Scene;

#[actix_web::test]
async fn a_place_is_found_by_area_distance_and_whom_it_takes() {
    let scene = Scene::new().await;
    let full = scene.registered(scene.application()).await;
    let mut elsewhere = scene.application();
    elsewhere["area_code"] = json!("RS-01");
    elsewhere["facility_type"] = json!("emergency_shelter");
    (elsewhere["lat"], elsewhere["lon"]) = (json!(45.77), json!(19.11));
    elsewhere["accepts"] = json!({"age_min": 0, "age_max": 12, "sex": "female", "disability": false, "emergency": true, "siblings": false});
    let free = scene.registered(elsewhere).await;
    scene.apply(scene.application()).await.ok();
    scene.set_capacity(&full, json!({"valid_from": "2020-03-01", "total": 1})).await.ok();
    scene.set_capacity(&free, json!({"valid_from": "2020-03-01", "total": 3})).await.ok();
    scene.place(&full, ("female", "2015-01-01"), None, "2024-01-01", None);
    scene.place(&free, ("female", "2015-01-01"), None, "2024-01-01", None);

    let reader = scene.world.persona("case_worker");
    let all = reader.get("/v1/facilities").await.ok();
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let numbers: Vec<_> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["facility_no"].as_str().unwrap())
        .collect();
    assert!(numbers.len() == 3 && numbers.is_sorted(), "{numbers:?}");
    let found = all["data"].as_array().unwrap().iter().find(|row| row["id"] == id(&free)).unwrap();
    assert_eq!(
        (&found["places"], &found["living_there"], &found["places_free"], &found["admits"]),
        (&json!(3), &json!(1), &json!(2), &json!(true))
    );
    for (query, count) in [
        ("area_code=RS", 3),
        ("area_code=RS-01", 1),
        ("facility_type=emergency_shelter", 1),
        ("facility_type=emergency_shelter&facility_type=small_group_home", 3),
        ("state=application", 1),
        ("state=application&state=registered", 3),
        ("accepts_age=2", 1),
        ("accepts_age=9", 3),
        ("accepts_age=15", 2),
        ("accepts_sex=male", 2),
        ("accepts_sex=female", 3),
        ("accepts_disability=true", 2),
        ("accepts_emergency=true", 1),
        ("accepts_siblings=true&accepts_emergency=true", 0),
        ("places_min=0", 3),
        ("places_min=1", 1),
        ("places_min=2", 1),
        ("places_min=3", 0),
        ("near=43.3,21.9&within_km=10", 2),
        ("near=43.3,21.9&within_km=1000", 3),
        ("near=43.3,21.9&within_km=1000&area_code=RS-01&places_min=1", 1),
    ] {
        let page = reader.get(&format!("/v1/facilities?{query}")).await.ok();
        assert_eq!(page["data"].as_array().unwrap().len(), count, "{query}");
    }
    let operator = &scene.operator;
    let page = reader
        .get(&format!("/v1/facilities?operator_id={operator}&near=43.3209,21.8958"))
        .await
        .ok();
    assert_eq!(page["data"][0]["distance_km"], 0.0);
    for query in [
        "area_code=XX",
        "accepts_age=-1",
        "places_min=-1",
        "near=91,0",
        "within_km=5",
        "state=lost",
        "accept_sex=male",
    ] {
        reader.get(&format!("/v1/facilities?{query}")).await.refused(400, "invalid_query");
    }

    let first = reader.get("/v1/facilities?limit=2&area_code=RS").await;
    assert_eq!(first.ok()["data"].as_array().unwrap().len(), 2);
    let next = first.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
    let rest = reader.get(&next).await.ok();
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    assert!(rest.get("next_cursor").is_none());
    reader
        .get(&next.replace("area_code=RS", "area_code=RS-20"))
        .await
        .refused(400, "cursor_mismatch");
}

#[actix_web::test]
async fn a_facility_is_changed_and_its_past_remains() {
    let scene = Scene::new().await;
    let made = scene.apply(scene.application()).await;
    let (path, etag) = (made.header("location").to_owned(), made.etag().to_owned());
    let officer = scene.world.persona("regional_authority");
    let held = officer.request(actix_web::http::Method::GET, &path).header("if-none-match", &etag);
    assert_eq!(held.send().await.status, 304);
    let noon = scene.world.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    scene.world.clock.advance(Duration::minutes(5));

    let change = json!({"name": "Mala kuća", "address": "Trg 1", "lat": null, "lon": null, "accepts": {"emergency": true}});
    let changed = officer.patch(&path, &etag, change).await;
    let after = changed.ok();
    assert_eq!(
        (&after["name"], &after["version"], after.get("lat")),
        (&json!("Mala kuća"), &json!(2), None)
    );
    assert_eq!(
        (&after["accepts"]["emergency"], &after["accepts"]["age_min"]),
        (&json!(true), &json!(3))
    );
    officer.patch(&path, &etag, json!({"name": "Lost"})).await.refused(412, "stale");
    let tag = changed.etag().to_owned();
    for (change, pointer) in [
        (json!({"name": null}), "/name"),
        (json!({"name": ""}), "/name"),
        (json!({"lat": 44.0}), "/lat"),
        (json!({"accepts": {"age_max": 2}}), "/accepts/age_max"),
        (json!({"facility_type": "castle"}), "/facility_type"),
        (json!({"ownership": "castle"}), "/ownership"),
        (json!({"area_code": "XX"}), "/area_code"),
        (json!({"operator_id": Uuid::now_v7()}), "/operator_id"),
        (json!({"state": "closed"}), "/state"),
        (json!({"opened_on": "0001-01-01"}), "/opened_on"),
    ] {
        let problem = officer.patch(&path, &tag, change.clone()).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{change}");
    }
    let cleared = officer.patch(&path, &tag, json!({"address": null})).await.ok();
    assert_eq!(cleared.get("address"), None);

    let known = officer.get(&format!("{path}?known_at={noon}")).await;
    assert_eq!((known.etag(), &known.ok()["name"]), ("", &json!("Дом Липов Хлад")));
    officer
        .get(&format!("{path}?known_at=2030-01-01T00:00:00Z"))
        .await
        .refused(400, "invalid_query");
    officer.get(&format!("{path}?known_at=2020-01-01T00:00:00Z")).await.refused(404, "not_found");
    scene.step(&path, "inspect", json!({"on": "2020-02-01"})).await.ok();
    let then = officer.get(&format!("{path}?as_of=2020-01-31")).await.ok();
    assert_eq!(
        (&then["state"], then["states"].as_array().unwrap().len()),
        (&json!("application"), 1)
    );
    assert_eq!(officer.get(&format!("{path}?as_of=2020-02-01")).await.ok()["state"], "inspected");
    officer.get(&format!("{path}?as_of=2020-01-09")).await.refused(404, "not_found");
    let history = officer.get(&format!("{path}/history")).await.ok();
    let events: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|entry| entry["event"].clone()).collect();
    assert_eq!(json!(events), json!(["inspected", "changed", "changed", "applied"]));
}

#[actix_web::test]
async fn inspections_are_recorded_and_listed_latest_first() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    let list = format!("{path}/inspections");
    let inspector = scene.world.persona("inspector");
    let inspection = json!({"kind": "unannounced", "inspected_on": "2026-02-17", "body": "Inspectorate", "children_spoken_to": 4, "findings": "One carer at night.", "due_on": "2026-05-17"});
    let made = inspector.post(&list, inspection.clone()).await;
    made.ok();
    assert_eq!(inspector.get(made.header("location")).await.etag(), made.etag());
    let mut older = inspection.clone();
    older["inspected_on"] = json!("2025-02-17");
    inspector.post(&list, older).await.ok();
    let page = inspector.get(&format!("{list}?limit=1")).await;
    assert_eq!(page.ok()["data"][0]["inspected_on"], "2026-02-17");
    let next = page.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
    assert_eq!(inspector.get(&next).await.ok()["data"][0]["inspected_on"], "2025-02-17");
    let history = inspector.get(&format!("{path}/history")).await.ok();
    assert_eq!(history["data"][0]["kind"], "facility_inspection");

    for (member, value, code) in [
        ("inspected_on", json!("2026-11-23"), "future_date"),
        ("due_on", json!("2026-02-16"), "out_of_order"),
        ("kind", json!("secret"), "unknown_code"),
        ("children_spoken_to", json!(-1), "range"),
    ] {
        let mut bad = inspection.clone();
        bad[member] = value;
        let problem = inspector.post(&list, bad).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"));
        assert_eq!(problem["errors"][0]["code"], code);
    }
    let unknown = format!("/v1/facilities/{}/inspections", Uuid::now_v7());
    inspector.post(&unknown, inspection).await.refused(404, "not_found");
    inspector.get(&unknown).await.refused(404, "not_found");
}

#[actix_web::test]
async fn each_right_is_asked_for() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    let etag = scene.world.persona("case_worker").get(&path).await.etag().to_owned();
    scene.world.nobody().get(&path).await.refused(401, "unauthenticated");
    scene.world.persona("ngo").get(&path).await.refused(403, "forbidden");
    let worker = scene.world.persona("case_worker");
    worker.post("/v1/facilities", scene.application()).await.refused(403, "forbidden");
    worker.patch(&path, &etag, json!({"name": "X"})).await.refused(403, "forbidden");
    let officer = scene.world.persona("regional_authority");
    let reason = json!({"on": "2026-11-01", "reason": "The roof."});
    for step in ["impose-conditions", "stop-admissions", "suspend", "revoke", "begin-closing"] {
        officer
            .step(&format!("{path}/{step}"), &etag, reason.clone())
            .await
            .refused(403, "forbidden");
    }
    for step in ["restore", "expire", "close"] {
        let body = json!({"on": "2026-11-01"});
        officer.step(&format!("{path}/{step}"), &etag, body).await.refused(403, "forbidden");
    }
    let inspector = scene.world.persona("inspector");
    let refused =
        inspector.step(&format!("{path}/inspect"), &etag, json!({"on": "2026-11-01"})).await;
    refused.refused(409, "state_conflict");
    let unknown = format!("/v1/facilities/{}", Uuid::now_v7());
    worker.get(&unknown).await.refused(404, "not_found");
    worker.get(&format!("{unknown}/history")).await.refused(404, "not_found");
    worker.get(&format!("{unknown}/occupancy")).await.refused(404, "not_found");
    worker.get("/v1/facilities/nonsense").await.refused(400, "malformed_id");
}
