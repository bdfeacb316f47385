//! The record itself: versions, what is refused, the past, rights.
use chrono::{Duration, SecondsFormat};
use kinstead::platform::clock::Clock as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{FAMILIES, Scene, family, with};

#[actix_web::test]
async fn a_change_names_the_version_that_it_changes() {
    let scene = Scene::new().await;
    let officer = scene.world.persona("carer_support_officer");
    let made = scene.register(family()).await;
    let (path, first) = (made.header("location").to_owned(), made.etag().to_owned());
    let read = officer.get(&path).await;
    assert_eq!(read.etag(), first);
    let held = officer.request(actix_web::http::Method::GET, &path).header("if-none-match", &first);
    assert_eq!(held.send().await.status.as_u16(), 304);
    for what in ["submit", "checks", "trainings"] {
        let bare = officer.post(&format!("{path}/{what}"), json!({})).await;
        assert!(matches!(bare.status.as_u16(), 428 | 422), "{bare:?}");
    }
    officer
        .post(&format!("{path}/submit"), json!({"on": "2024-01-08"}))
        .await
        .refused(428, "precondition_required");
    let second = officer.step(&format!("{path}/submit"), &first, json!({"on": "2024-01-08"})).await;
    second.ok();
    let stale =
        officer.step(&format!("{path}/begin-checks"), &first, json!({"on": "2024-01-08"})).await;
    stale.refused(412, "stale");
    assert_eq!(stale.etag(), second.etag());
    officer.patch(&path, &first, json!({"emergency": true})).await.refused(412, "stale");
    let other = scene.register(family()).await;
    officer.patch(&path, other.etag(), json!({"emergency": true})).await.refused(412, "stale");
    let changed =
        officer.patch(&path, second.etag(), json!({"emergency": true, "locality": null})).await;
    assert_eq!(changed.ok()["version"], 3);
    assert!(changed.ok().get("locality").is_none());
    let missing = format!("{FAMILIES}/{}", Uuid::new_v4());
    officer.get(&missing).await.refused(404, "not_found");
    officer.patch(&missing, &first, json!({})).await.refused(404, "not_found");
    for part in ["history", "approvals", "availability"] {
        officer.get(&format!("{missing}/{part}")).await.refused(404, "not_found");
    }
    let approval = format!("{path}/approvals/{}", Uuid::new_v4());
    officer.get(&approval).await.refused(404, "not_found");
}

#[actix_web::test]
async fn bad_input_is_refused_where_it_is_wrong_and_nothing_is_written() {
    let scene = Scene::new().await;
    let person = |members: Value| {
        let mut body = family();
        body["persons"][0] = with(body["persons"][0].clone(), members);
        body
    };
    for (body, pointer) in [
        (with(family(), json!({"purposes": ["nonsense"]})), "/purposes"),
        (with(family(), json!({"area_code": "XX-1"})), "/area_code"),
        (with(family(), json!({"enquired_on": "2026-11-23"})), "/enquired_on"),
        (with(family(), json!({"enquired_on": "0001-01-01"})), "/enquired_on"),
        (with(family(), json!({"lat": 91})), "/lat"),
        (
            with(family(), json!({"disability_types": ["nonsense"], "accepts_disability": true})),
            "/disability_types",
        ),
        (with(family(), json!({"languages": ["?"]})), "/languages/0"),
        (with(family(), json!({"address_lines": [""]})), "/address_lines/0"),
        (
            with(family(), json!({"preferred_age_min": 5, "preferred_age_max": 4})),
            "/preferred_age_max",
        ),
        (with(family(), json!({"persons": []})), "/persons"),
        (with(family(), json!({"locality": null})), "/locality"),
        (person(json!({"birth_date": "2026-11-23"})), "/persons/0/birth_date"),
        (person(json!({"role": "household_member"})), "/persons"),
        (person(json!({"given_name": ""})), "/persons/0/given_name"),
        (person(json!({"id": Uuid::new_v4()})), "/persons/0/id"),
        (person(json!({"nickname": "M"})), "/persons/0/nickname"),
    ] {
        let problem = scene.register(body.clone()).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    let mut half = family();
    half.as_object_mut().unwrap().remove("lon");
    assert_eq!(scene.register(half).await.refused(422, "invalid")["errors"][0]["pointer"], "/lat");
    assert_eq!(scene.read(FAMILIES).await["data"], json!([]));

    let path = scene.register(family()).await.header("location").to_owned();
    for (what, body, pointer) in [
        (
            "checks",
            json!({"kind": "nonsense", "completed_on": "2024-01-10", "result": "passed"}),
            "/kind",
        ),
        (
            "checks",
            json!({"kind": "health", "completed_on": "2026-11-23", "result": "passed"}),
            "/completed_on",
        ),
        (
            "checks",
            json!({"kind": "health", "completed_on": "2024-01-10", "valid_until": "2024-01-10", "result": "passed"}),
            "/valid_until",
        ),
        (
            "checks",
            json!({"kind": "health", "person_id": Uuid::new_v4(), "completed_on": "2024-01-10", "result": "passed"}),
            "/person_id",
        ),
        (
            "trainings",
            json!({"programme": "P", "kind": "initial", "hours": 0, "completed_on": "2024-01-10"}),
            "/hours",
        ),
        (
            "trainings",
            json!({"programme": "P", "kind": "initial", "hours": 9, "completed_on": "2026-11-23"}),
            "/completed_on",
        ),
        ("submit", json!({"on": "2026-11-23"}), "/on"),
        ("submit", json!({"on": "2024-01-04"}), "/on"),
        ("submit", json!({"on": "2024-01-08", "reason": ""}), "/reason"),
    ] {
        let problem = scene.post(&path, what, body).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{what}");
    }
    for (patch, pointer) in [
        (json!({"purposes": null}), "/purposes"),
        (json!({"persons": null}), "/persons"),
        (json!({"lat": null}), "/lat"),
        (json!({"locality": ""}), "/locality"),
        (json!({"on_hold_from": "2026-01-01", "on_hold_to": "2026-01-01"}), "/on_hold_to"),
        (json!({"on_hold_from": "0001-01-01"}), "/on_hold_from"),
        (json!({"state": "approved"}), "/state"),
    ] {
        let problem = scene.patch(&path, patch.clone()).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{patch}");
    }
    assert_eq!(scene.read(&path).await["version"], 1);
}

#[actix_web::test]
async fn the_past_can_be_read_as_it_was_and_as_it_was_known() {
    let scene = Scene::new().await;
    let before = scene.world.clock.now();
    scene.world.clock.advance(Duration::hours(1));
    let path = scene.ready(family()).await;
    let then = scene.world.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    scene.world.clock.advance(Duration::hours(1));
    scene.post(&path, "approvals", scene.terms()).await.ok();
    scene.patch(&path, json!({"locality": "Sokobanja"})).await.ok();

    let past = scene.read(&format!("{path}?as_of=2024-01-31")).await;
    assert_eq!((&past["state"], past["checks"].as_array().unwrap().len()), (&json!("enquiry"), 8));
    assert_eq!(past["trainings"], json!([]));
    assert!(past["states"][0].get("valid_to").is_none());
    assert_eq!(scene.read(&format!("{path}?as_of=2024-03-01")).await["state"], "approved");
    let reader = scene.world.persona("case_worker");
    reader.get(&format!("{path}?as_of=2024-01-04")).await.refused(404, "not_found");
    reader.get(&format!("{path}/availability?as_of=2024-01-04")).await.refused(404, "not_found");
    let known = reader.get(&format!("{path}?known_at={then}")).await;
    assert_eq!(
        (known.etag(), &known.ok()["locality"], &known.ok()["state"]),
        ("", &json!("Ниш"), &json!("panel"))
    );
    let known = reader.get(&format!("{path}/approvals?known_at={then}")).await.ok();
    assert_eq!(known["data"], json!([]));
    let early = before.to_rfc3339_opts(SecondsFormat::Secs, true);
    for part in ["", "/approvals"] {
        reader.get(&format!("{path}{part}?known_at={early}")).await.refused(404, "not_found");
        for wrong in [
            "known_at=2026-11-23T00:00:00Z",
            "known_at=0001-01-01T00:00:00Z",
            "as_of=0001-01-01",
            "as_of=soon",
        ] {
            reader.get(&format!("{path}{part}?{wrong}")).await.refused(400, "invalid_query");
        }
    }

    let history = scene.read(&format!("{path}/history?limit=3")).await;
    let events: Vec<_> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["changed", "granted", "approved"]);
    assert_eq!(history["data"][0]["changed"], json!(["locality"]));
    assert!(history["next_cursor"].is_string());
}

#[actix_web::test]
async fn who_may_not_read_or_manage_or_approve_is_told_so() {
    let scene = Scene::new().await;
    let path = scene.ready(family()).await;
    let etag = scene.world.persona("case_worker").get(&path).await.etag().to_owned();
    scene.world.nobody().get(&path).await.refused(401, "unauthenticated");
    for reader in ["statistician", "ngo", "facility_officer", "auditor"] {
        for read in ["", "/approvals", "/availability", "/history"] {
            scene
                .world
                .persona(reader)
                .get(&format!("{path}{read}"))
                .await
                .refused(403, "forbidden");
        }
    }
    for worker in ["case_worker", "central_adoption_authority"] {
        let worker = scene.world.persona(worker);
        worker.get(&path).await.ok();
        worker.post(FAMILIES, family()).await.refused(403, "forbidden");
        worker.patch(&path, &etag, json!({})).await.refused(403, "forbidden");
        worker
            .step(&format!("{path}/withdraw"), &etag, json!({"on": "2024-03-01"}))
            .await
            .refused(403, "forbidden");
    }
    let officer = scene.world.persona("carer_support_officer");
    officer
        .step(&format!("{path}/approvals"), &etag, scene.terms())
        .await
        .refused(403, "forbidden");
    officer.step(&format!("{path}/withdraw"), &etag, json!({"on": "2024-03-01"})).await.ok();
}
