//! The record itself: registered, changed, corrected, listed, remembered.
use actix_web::http::Method;
use chrono::Duration;
use serde_json::{Value, json};

use super::{child, fault, named, read, registered, world};

#[actix_web::test]
async fn a_child_is_registered_read_changed_and_remembered() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let made = worker.post("/v1/children", child(json!({}))).await;
    let (path, etag, body) =
        (made.header("location").to_owned(), made.etag().to_owned(), made.ok());
    assert_eq!(made.status, 201);
    assert_eq!(path, format!("/v1/children/{}", body["id"].as_str().unwrap()));
    assert_eq!(body["birth_date_precision"], "day");
    assert_eq!(body["disability_status"], "not_assessed");
    assert_eq!(body["confidentiality"], "restricted");
    assert_eq!(body["created_on"], "2026-11-22");
    let number = body["registry_no"].as_str().unwrap();
    assert!(number.starts_with("CH-2026-"));
    assert!(kinstead::platform::check_digit::is_valid(number));

    let held = worker.request(Method::GET, &path).header("if-none-match", &etag);
    assert_eq!(held.send().await.status, 304);
    let patch = json!({"area_code": "RS-00", "ethnicity": "roma", "is_parent": true});
    let changed = worker.patch(&path, &etag, patch).await;
    let after = changed.ok();
    assert_eq!((&after["version"], &after["area_code"]), (&json!(2), &json!("RS-00")));
    let stale = worker.patch(&path, &etag, json!({"is_parent": false})).await;
    stale.refused(412, "stale");
    assert_eq!(stale.etag(), changed.etag());
    let blind = worker.request(Method::PATCH, &path).json(&json!({"is_parent": false}));
    blind.send().await.refused(428, "precondition_required");
    let removed = worker.patch(&path, changed.etag(), json!({"sex": null})).await;
    fault(&removed, "/sex", "wrong_type");
    let cleared = worker.patch(&path, changed.etag(), json!({"cause_without_parental_care": null}));
    assert_eq!(cleared.await.ok()["version"], 3);
    assert_eq!(read(&worker, &path).await.json()["names"][0]["family"], "Đorđević");

    let history = read(&worker, &format!("{path}/history?limit=2")).await;
    assert_eq!(
        history.json()["data"][1]["changed"],
        json!(["area_code", "ethnicity", "is_parent"])
    );
    assert!(history.header("link").contains("cursor="));
    worker
        .get("/v1/children/5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90/history")
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn who_may_not_see_children_sees_none() {
    let world = world().await;
    let (path, _) = registered(&world.persona("case_worker"), child(json!({}))).await;
    for role in ["ngo", "statistician", "carer_support_officer", "inspector", "auditor"] {
        let persona = world.persona(role);
        persona.get(&path).await.refused(403, "forbidden");
        persona.get("/v1/children").await.refused(403, "forbidden");
        persona
            .post("/v1/children:search", json!({"name": "Jelena"}))
            .await
            .refused(403, "forbidden");
    }
    let region = world.persona("regional_authority");
    read(&region, &path).await;
    region.post("/v1/children", child(json!({}))).await.refused(403, "forbidden");
    world.nobody().get(&path).await.refused(401, "unauthenticated");
    assert_eq!(read(&region, &path).await.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn a_child_is_born_or_expected() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let with = |extra: Value| worker.post("/v1/children", child(extra));
    let both = json!({"expected_birth_date": "2027-01-10"});
    fault(&with(both).await, "/expected_birth_date", "born_and_expected");
    fault(&with(json!({"birth_date": "2026-11-23"})).await, "/birth_date", "future_date");
    let mut neither = child(json!({}));
    neither.as_object_mut().unwrap().remove("birth_date");
    fault(&worker.post("/v1/children", neither.clone()).await, "/birth_date", "missing_member");
    neither["expected_birth_date"] = json!("2026-11-01");
    let past = worker.post("/v1/children", neither.clone()).await;
    fault(&past, "/expected_birth_date", "out_of_range");

    neither["expected_birth_date"] = json!("2026-12-01");
    let made = worker.post("/v1/children", neither).await;
    let path = made.header("location").to_owned();
    assert!(made.ok().get("birth_date_precision").is_none());
    let born = json!({"birth_date": "2026-11-22"});
    fault(
        &worker.patch(&path, made.etag(), born).await,
        "/expected_birth_date",
        "born_and_expected",
    );
    let born = json!({"birth_date": "2026-11-22", "expected_birth_date": null});
    let born = worker.patch(&path, made.etag(), born).await.ok();
    assert_eq!(born["birth_date_precision"], "day", "its birth is no correction");
    let (_, guessed) =
        registered(&worker, child(json!({"birth_date_precision": "estimated"}))).await;
    assert_eq!(guessed["birth_date_precision"], "estimated");
}

#[actix_web::test]
async fn another_birth_date_or_sex_is_a_correction_with_its_reason() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let made = worker.post("/v1/children", child(json!({"ethnicity": "serb"}))).await;
    let path = made.header("location").to_owned();
    for patch in
        [json!({"birth_date": "2017-05-15"}), json!({"sex": "male"}), json!({"ethnicity": "roma"})]
    {
        let refused = worker.patch(&path, made.etag(), patch).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.broke("DI-02")["errors"][0]["pointer"], "/correction_reason");
    }
    let short = json!({"birth_date": "2017-05-15", "correction_reason": "typo"});
    fault(&worker.patch(&path, made.etag(), short).await, "/correction_reason", "length");
    let reason = "Birth certificate seen";
    let corrected = json!({"birth_date": "2017-05-15", "correction_reason": reason});
    let corrected = worker.patch(&path, made.etag(), corrected).await.ok();
    assert_eq!(corrected["correction_reason"], reason);
    let history = read(&worker, &format!("{path}/history")).await.json();
    assert_eq!(history["data"][0]["event"], "corrected");
    assert_eq!(history["data"][0]["changed"], json!(["birth_date", "correction_reason"]));
}

#[actix_web::test]
async fn death_and_adoption_are_days_between_birth_and_today() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let made = worker.post("/v1/children", child(json!({}))).await;
    let path = made.header("location").to_owned();
    for (patch, pointer, code) in [
        (json!({"death_date": "2026-11-23"}), "/death_date", "future_date"),
        (json!({"death_date": "2017-05-13"}), "/death_date", "before_birth"),
        (json!({"adopted_on": "2026-11-23"}), "/adopted_on", "future_date"),
        (json!({"adopted_on": "2017-05-13"}), "/adopted_on", "before_birth"),
    ] {
        fault(&worker.patch(&path, made.etag(), patch).await, pointer, code);
    }
    let ends = json!({"death_date": "2026-11-20", "adopted_on": "2026-10-01"});
    let after = worker.patch(&path, made.etag(), ends).await;
    assert_eq!(after.ok()["death_date"], "2026-11-20");
    let then = read(&worker, &format!("{path}?as_of=2026-11-19")).await;
    assert!(then.json().get("death_date").is_none());
    assert_eq!(then.json()["adopted_on"], "2026-10-01");
    let error = json!({"death_date": null});
    let undone = worker.patch(&path, after.etag(), error).await.ok();
    assert!(undone.get("death_date").is_none());
}

#[actix_web::test]
async fn a_read_of_the_past_shows_the_names_of_then_and_what_was_known_then() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let made = worker.post("/v1/children", named("Jelena", "Đorđević")).await;
    let path = made.header("location").to_owned();
    world.clock.advance(Duration::minutes(5));
    let names = json!({"names": [
        {"use": "previous", "given": "Jelena", "family": "Đorđević", "valid_to": "2024-02-01"},
        {"use": "official", "given": "Jelena", "family": "Petrović", "valid_from": "2024-02-01"},
    ]});
    worker.patch(&path, made.etag(), names).await.ok();
    for (day, family) in [("2024-01-31", "Đorđević"), ("2024-02-01", "Petrović")] {
        let then = read(&worker, &format!("{path}?as_of={day}")).await;
        assert_eq!(then.etag(), "");
        assert_eq!(then.json()["names"].as_array().unwrap().len(), 1);
        assert_eq!(then.json()["names"][0]["family"], family);
    }
    let known = read(&worker, &format!("{path}?known_at=2026-11-22T12:01:00Z")).await.json();
    assert_eq!((&known["version"], known["names"].as_array().unwrap().len()), (&json!(1), 1));
    for (instant, status, code) in [
        ("2026-11-22T12:06:00Z", 400, "invalid_query"),
        ("2026-11-22T11:59:59Z", 404, "not_found"),
        ("-9999-01-01T00:00:00Z", 400, "invalid_query"),
    ] {
        worker.get(&format!("{path}?known_at={instant}")).await.refused(status, code);
    }
}

#[actix_web::test]
async fn unknown_codes_areas_and_members_are_refused_and_nothing_is_written() {
    let world = world().await;
    let worker = world.persona("case_worker");
    for (extra, pointer, code) in [
        (json!({"sex": "f"}), "/sex", "unknown_code"),
        (json!({"registration_basis": "x"}), "/registration_basis", "unknown_code"),
        (json!({"special_needs": ["sign_language", "x"]}), "/special_needs/1", "unknown_code"),
        (json!({"names": [{"use": "x", "given": "Ana"}]}), "/names/0/use", "unknown_code"),
        (json!({"names": [{"use": "official"}]}), "/names/0", "empty_name"),
        (json!({"names": [{"use": "official", "given": ""}]}), "/names/0/given", "length"),
        (json!({"area_code": "ZZ"}), "/area_code", "unknown_area"),
        (json!({"confidentiality": "sealed"}), "/confidentiality", "not_for_children"),
        (json!({"citizenships": ["Serbia"]}), "/citizenships/0", "wrong_form"),
        (json!({"registry_no": "CH-2026-000123-07"}), "/registry_no", "unknown_member"),
        (json!({"version": 7}), "/version", "unknown_member"),
        (json!({"ethnicity": null}), "/ethnicity", "null"),
        (json!({"birth_date": "2017-02-30"}), "/birth_date", "wrong_type"),
    ] {
        fault(&worker.post("/v1/children", child(extra)).await, pointer, code);
    }
    assert_eq!(read(&worker, "/v1/children").await.json()["data"], json!([]));
}

#[actix_web::test]
async fn a_retried_registration_has_one_effect() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let send = || {
        let asking = worker.request(Method::POST, "/v1/children");
        asking.header("idempotency-key", "a-1").json(&child(json!({}))).send()
    };
    let (first, second) = (send().await, send().await);
    assert_eq!(first.ok(), second.ok());
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(read(&worker, "/v1/children").await.json()["data"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn lists_are_filtered_by_what_may_stand_in_an_address() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let mut numbers = Vec::new();
    for (born, area, sex) in [
        ("2024-02-29", "RS-20", "female"),
        ("2023-11-22", "RS-20-1", "male"),
        ("2023-11-23", "RS-00", "male"),
        ("2008-11-22", "RS-00", "female"),
    ] {
        let body = child(json!({"birth_date": born, "area_code": area, "sex": sex}));
        numbers.push(registered(&worker, body).await.1["registry_no"].as_str().unwrap().to_owned());
        world.clock.advance(Duration::seconds(10));
    }
    let found = async |query: &str| {
        let page = read(&worker, &format!("/v1/children?{query}")).await.json();
        let of = |child: &Value| {
            numbers.iter().position(|number| *number == child["registry_no"]).unwrap()
        };
        let mut found: Vec<usize> = page["data"].as_array().unwrap().iter().map(of).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(found("").await, [0, 1, 2, 3]);
    assert_eq!(found("area_code=RS-20").await, [0, 1]);
    assert_eq!(found("area_code=RS-20-1&area_code=RS-00").await, [1, 2, 3]);
    assert_eq!(found("sex=male").await, [1, 2]);
    assert_eq!(found("age_min=3").await, [1, 3]);
    assert_eq!(found("age_max=2").await, [0, 2]);
    assert_eq!(found("age_min=3&age_max=17").await, [1]);
    assert_eq!(
        found(&format!("registry_no={}", numbers[2].replace('-', "").to_lowercase())).await,
        [2]
    );
    assert_eq!(found("modified_after=2026-11-22T12:00:10Z").await, [2, 3]);
    assert_eq!(found("modified_after=1900-01-01T00:00:00Z").await, [0, 1, 2, 3]);
    for query in [
        "age_min=-1",
        "age_max=121",
        "registry_no=CH-2026-000001-00",
        "area_code=ZZ",
        "name=Jelena",
        "age_min=x",
    ] {
        worker.get(&format!("/v1/children?{query}")).await.refused(400, "invalid_query");
    }
    let mut seen = 0;
    let mut next = "/v1/children?limit=3&area_code=RS".to_owned();
    loop {
        let page = read(&worker, &next).await;
        seen += page.json()["data"].as_array().unwrap().len();
        let Some(cursor) = page.json()["next_cursor"].as_str().map(ToOwned::to_owned) else {
            break;
        };
        let moved = format!("/v1/children?limit=3&cursor={cursor}");
        worker.get(&moved).await.refused(400, "cursor_mismatch");
        next = page.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
    }
    assert_eq!(seen, 4);
}
