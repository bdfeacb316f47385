//! Children, their names, relations and legal statuses, end to end.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a panic fails the test"
)]
use actix_web::http::Method;
use chrono::Duration;
use kinstead::children::{
    national_id::{SexDigit, make_jmbg, make_pinfl},
    search_key::to_cyrillic,
};
use serde_json::{Value, json};

use crate::support::{Persona, Reply, World};

/// A registry with two areas.
async fn world() -> World {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    for area in [
        json!({"code": "RS", "level": "country", "names": {"en": "Serbia"}}),
        json!({"code": "RS-00", "level": "district", "parent_code": "RS", "names": {"en": "Belgrade"}}),
        json!({"code": "RS-20", "level": "district", "parent_code": "RS", "names": {"en": "Nišava"}}),
        json!({"code": "RS-20-1", "level": "municipality", "parent_code": "RS-20", "names": {"en": "Niš"}}),
    ] {
        authority.post("/v1/areas", area).await.ok();
    }
    world
}

/// A new child, with these members more or instead.
fn child(extra: Value) -> Value {
    let mut body = json!({
        "names": [{"use": "official", "given": "Jelena", "family": "Đorđević"}],
        "sex": "female", "birth_date": "2017-05-14", "area_code": "RS-20",
        "registration_basis": "without_parental_care",
    });
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    body
}

fn named(given: &str, family: &str) -> Value {
    child(json!({"names": [{"use": "official", "given": given, "family": family}]}))
}

async fn registered(worker: &Persona<'_>, body: Value) -> (String, Value) {
    let made = worker.post("/v1/children", body).await;
    let body = made.ok();
    (made.header("location").to_owned(), body)
}

async fn read(worker: &Persona<'_>, path: &str) -> Reply {
    let reply = worker.get(path).await;
    reply.ok();
    reply
}

#[track_caller]
fn faults(problem: &Value) -> Vec<(String, String)> {
    let text = |fault: &Value, member: &str| fault[member].as_str().unwrap().to_owned();
    let faults = problem["errors"].as_array().unwrap();
    faults.iter().map(|fault| (text(fault, "pointer"), text(fault, "code"))).collect()
}

#[track_caller]
fn fault(reply: &Reply, pointer: &str, code: &str) {
    let problem = reply.refused(422, "invalid");
    assert_eq!(faults(&problem), [(pointer.to_owned(), code.to_owned())]);
}

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
    for role in ["ngo", "statistician", "facility_officer", "inspector", "auditor"] {
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
async fn one_identifier_belongs_to_one_child() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let born = "2017-05-14".parse().unwrap();
    let jmbg = (500..600).find_map(|serial| make_jmbg(born, 71, serial)).unwrap();
    let pinfl = make_pinfl(born, SexDigit::Female, 703, 1).unwrap();
    let with = |system: &str, value: &str| {
        child(json!({"external_ids": [{"system": system, "value": value}]}))
    };
    registered(&worker, with("urn:kinstead:uz:pinfl", &pinfl)).await;
    let made = worker.post("/v1/children", with("urn:kinstead:rs:jmbg", &jmbg)).await;
    let path = made.header("location").to_owned();
    let taken = worker.post("/v1/children", with("urn:kinstead:rs:jmbg", &jmbg)).await;
    assert_eq!(taken.status, 409);
    assert!(!taken.broke("DI-01").to_string().contains(&jmbg));
    registered(&worker, with("urn:example:other", &jmbg)).await;
    let ids = json!({"external_ids": [
        {"system": "urn:kinstead:rs:jmbg", "value": jmbg, "valid_to": "2020-01-01"},
        {"system": "urn:example:x", "value": "1"},
    ]});
    assert_eq!(
        worker.patch(&path, made.etag(), ids.clone()).await.ok()["external_ids"],
        ids["external_ids"]
    );
    let later = json!({"external_ids": [
        {"system": "urn:kinstead:rs:jmbg", "value": jmbg, "valid_from": "2020-01-01"},
    ]});
    registered(&worker, child(later)).await;

    let digit = jmbg.chars().last().unwrap().to_digit(10).unwrap();
    let wrong = format!("{}{}", &jmbg[..12], (digit + 1) % 10);
    for (system, value, code) in [
        ("urn:kinstead:rs:jmbg", wrong.as_str(), "check_digit"),
        ("urn:kinstead:rs:jmbg", "123", "length"),
        ("urn:kinstead:uz:pinfl", "9140517703001X", "digits"),
    ] {
        fault(
            &worker.post("/v1/children", with(system, value)).await,
            "/external_ids/0/value",
            code,
        );
    }
    let twice = json!({"external_ids": [
        {"system": "urn:example:y", "value": "2"}, {"system": "urn:example:y", "value": "2"},
    ]});
    fault(&worker.post("/v1/children", child(twice)).await, "/external_ids/1", "duplicate");
}

#[actix_web::test]
async fn two_racing_registrations_of_one_identifier_leave_one_child() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let body = child(json!({"external_ids": [{"system": "urn:example:race", "value": "1"}]}));
    let tries = (0..4).map(|_| worker.post("/v1/children", body.clone()));
    let replies = futures_join(tries).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(made, 1, "{replies:?}");
    replies.iter().filter(|reply| reply.status != 201).for_each(|reply| {
        assert_eq!(reply.broke("DI-01")["status"], 409);
    });
}

/// Drives all of them at once.
async fn futures_join<F: Future<Output = Reply>>(tries: impl Iterator<Item = F>) -> Vec<Reply> {
    let mut tries: Vec<_> = tries.map(|attempt| (Box::pin(attempt), None)).collect();
    std::future::poll_fn(move |context| {
        for (attempt, reply) in &mut tries {
            if reply.is_none()
                && let std::task::Poll::Ready(done) = attempt.as_mut().poll(context)
            {
                *reply = Some(done);
            }
        }
        if tries.iter().any(|(_, reply)| reply.is_none()) {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(tries.iter_mut().filter_map(|(_, reply)| reply.take()).collect())
    })
    .await
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

async fn search(worker: &Persona<'_>, body: Value) -> Vec<(String, f64)> {
    let page = worker.post("/v1/children:search", body).await.ok();
    let of = |found: &Value| {
        (
            found["matched_name"].as_str().unwrap_or_default().to_owned(),
            found["score"].as_f64().unwrap(),
        )
    };
    page["data"].as_array().unwrap().iter().map(of).collect()
}

#[actix_web::test]
async fn a_name_is_found_however_it_is_written() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let cyrillic = to_cyrillic("Đorđević");
    for (given, family) in [
        ("Jelena", "Đorđević"),
        (&to_cyrillic("Milena"), &cyrillic),
        ("Marko", "Nikolić"),
        ("Shavkat", "Oʻktamov"),
        ("Гулноза", "Ғуломова"),
        ("Ana", "Kovačević"),
    ] {
        registered(&worker, named(given, family)).await;
    }
    for name in
        ["Đorđević", "Djordjevic", "Dordevic", "ЂОРЂЕВИЋ", "djordjevich", "Djorđevć", "Djordevic"]
    {
        let found = search(&worker, json!({"name": name})).await;
        let families = found
            .iter()
            .filter(|(name, _)| name.ends_with("Đorđević") || name.ends_with(&cyrillic));
        assert_eq!(families.count(), 2, "{name}: {found:?}");
    }
    for (typed, whole) in [
        ("Шавкат Ўктамов", "Shavkat Oʻktamov"),
        ("Savkat Oktamov", "Shavkat Oʻktamov"),
        ("Shavkt Uktamov", "Shavkat Oʻktamov"),
        ("Gulnoza G'ulomova", "Гулноза Ғуломова"),
        ("Gulomova Gulnoza", "Гулноза Ғуломова"),
        ("Jelena Djordjevic", "Jelena Đorđević"),
        ("Makro Nikolic", "Marko Nikolić"),
        ("Macko", "Marko Nikolić"),
    ] {
        let found = search(&worker, json!({"name": typed})).await;
        assert_eq!(found.first().map(|(name, _)| name.as_str()), Some(whole), "{typed}: {found:?}");
        assert!(found.iter().all(|(_, score)| (0.0..=1.0).contains(score)));
        assert!(found.is_sorted_by(|a, b| a.1 >= b.1));
    }
    assert_eq!(search(&worker, json!({"name": "Jelena Đorđević"})).await[0].1, 1.0);
    assert!(search(&worker, json!({"name": "Zygmunt"})).await.is_empty());
}

#[actix_web::test]
async fn a_search_is_narrowed_by_birth_date_sex_area_and_number() {
    let world = world().await;
    let worker = world.persona("case_worker");
    for (birth, precision, extra) in [
        ("2017-05-14", "day", json!({"external_ids": [{"system": "urn:example:n", "value": "7"}]})),
        ("2017-06-15", "month", json!({"sex": "male"})),
        ("2018-07-01", "year", json!({"area_code": "RS-00"})),
    ] {
        let mut body = child(json!({"birth_date": birth, "birth_date_precision": precision}));
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        registered(&worker, body).await;
    }
    let count = async |extra: Value| {
        let mut body = json!({"name": "Djordjevic"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        search(&worker, body).await.len()
    };
    assert_eq!(count(json!({})).await, 3);
    assert_eq!(count(json!({"born_on": "2017-05-14"})).await, 1);
    assert_eq!(count(json!({"born_on": "2017-05-13"})).await, 0);
    assert_eq!(count(json!({"born_on": "2017-05-13", "tolerance_days": 1})).await, 1);
    assert_eq!(count(json!({"born_on": "2017-06-01"})).await, 1, "known to the month");
    assert_eq!(count(json!({"born_on": "2018-01-01"})).await, 1, "known to the year");
    assert_eq!(count(json!({"born_on": "2017-05-20", "tolerance_days": 3650})).await, 3);
    assert_eq!(count(json!({"sex": "male"})).await, 1);
    assert_eq!(count(json!({"area_code": "RS-20"})).await, 2);
    let number = json!({"system": "urn:example:n", "value": "7"});
    assert_eq!(count(json!({"external_id": number})).await, 1);
    let only = worker.post("/v1/children:search", json!({"external_id": number})).await.ok();
    assert_eq!(only["data"][0]["score"], 1.0);
    assert_eq!(only["data"][0]["child"]["birth_date"], "2017-05-14");
    assert!(only["data"][0]["child"].get("external_ids").is_none());
    let nearest = search(
        &worker,
        json!({"name": "Djordjevic", "born_on": "2017-05-16", "tolerance_days": 60}),
    )
    .await;
    assert!(nearest[0].1 > nearest[1].1);

    let mut pages = 0;
    let mut body = json!({"name": "Djordjevic", "limit": 1});
    loop {
        let page = worker.post("/v1/children:search", body.clone()).await.ok();
        pages += page["data"].as_array().unwrap().len();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        body["cursor"] = json!(cursor);
    }
    assert_eq!(pages, 3);
    body["name"] = json!("Jelena");
    worker.post("/v1/children:search", body).await.refused(400, "cursor_mismatch");
    for (bad, pointer, code) in [
        (json!({}), "", "nothing_to_search"),
        (json!({"born_on": "2017-05-14"}), "", "nothing_to_search"),
        (json!({"name": "—"}), "/name", "no_letters"),
        (json!({"name": "Ana", "tolerance_days": 3651}), "/tolerance_days", "range"),
        (json!({"name": "Ana", "born_on": "-9999-01-01"}), "/born_on", "out_of_range"),
        (json!({"name": "Ana", "area_code": "ZZ"}), "/area_code", "unknown_area"),
        (json!({"name": "Ana", "limit": 0}), "/limit", "range"),
    ] {
        fault(&worker.post("/v1/children:search", bad).await, pointer, code);
    }
}

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

#[actix_web::test]
async fn rights_are_taken_and_given_back_by_a_court() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let (path, _) = registered(&worker, child(json!({}))).await;
    let statuses = format!("{path}/legal-statuses");
    let with = |decision: Value| {
        let mut body = json!({"axis": "parental_rights_mother", "status": "deprived", "valid_from": "2026-03-02"});
        if !decision.is_null() {
            body["decision"] = decision;
        }
        body
    };
    let court = json!({"body": "court", "kind": "court", "number": "P2 114/2026", "decided_on": "2026-02-10", "effective_on": "2026-03-02"});
    let mut faulty = vec![Value::Null];
    for member in ["number", "effective_on"] {
        let mut decision = court.clone();
        decision.as_object_mut().unwrap().remove(member);
        faulty.push(decision);
    }
    let mut office = court.clone();
    office["kind"] = json!("administrative");
    faulty.push(office);
    for decision in faulty {
        let refused = worker.post(&statuses, with(decision)).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.broke("LS-01")["errors"][0]["pointer"], "/decision");
    }
    assert_eq!(worker.post(&statuses, with(court.clone())).await.ok()["decision"], court);
    let free = json!({"axis": "care_authority", "status": "voluntary_agreement", "valid_from": "2026-03-02"});
    worker.post(&statuses, free).await.ok();
    let unborn = json!({"axis": "guardianship", "status": "direct", "valid_from": "2017-05-13"});
    fault(&worker.post(&statuses, unborn).await, "/valid_from", "before_birth");
    let unknown = json!({"axis": "guardianship", "status": "deprived", "valid_from": "2017-05-14"});
    fault(&worker.post(&statuses, unknown).await, "/status", "unknown_code");
    let mut future = court;
    future["decided_on"] = json!("2026-11-23");
    fault(&worker.post(&statuses, with(future)).await, "/decision/decided_on", "future_date");
}

#[actix_web::test]
async fn a_child_has_one_status_a_day_on_each_axis() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let (path, _) = registered(&worker, child(json!({}))).await;
    let statuses = format!("{path}/legal-statuses");
    let care = |status: &str, from: &str| json!({"axis": "care_authority", "status": status, "valid_from": from});
    let first = worker.post(&statuses, care("emergency_order", "2026-03-02")).await;
    first.ok();
    worker
        .post(&statuses, care("full_care_order", "2026-04-01"))
        .await
        .refused(409, "state_conflict");
    let end = format!("{}/end", first.header("location"));
    world.clock.advance(Duration::minutes(1));
    fault(
        &worker.step(&end, first.etag(), json!({"ended_on": "2026-03-02"})).await,
        "/ended_on",
        "out_of_order",
    );
    worker
        .post(&end, json!({"ended_on": "2026-04-01"}))
        .await
        .refused(428, "precondition_required");
    let ended = worker.step(&end, first.etag(), json!({"ended_on": "2026-04-01"})).await;
    assert_eq!(ended.ok()["valid_to"], "2026-04-01");
    worker.step(&end, first.etag(), json!({"ended_on": "2026-04-01"})).await.refused(412, "stale");
    worker
        .step(&end, ended.etag(), json!({"ended_on": "2026-05-01"}))
        .await
        .refused(409, "state_conflict");
    worker.post(&statuses, care("full_care_order", "2026-04-01")).await.ok();
    worker
        .post(
            &statuses,
            json!({"axis": "guardianship", "status": "authority", "valid_from": "2026-03-02"}),
        )
        .await
        .ok();

    let held = async |query: &str| {
        let page = read(&worker, &format!("{statuses}?{query}")).await.json();
        let of = |status: &Value| status["status"].as_str().unwrap().to_owned();
        page["data"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(held("axis=care_authority&as_of=2026-03-31").await, ["emergency_order"]);
    assert_eq!(held("axis=care_authority&as_of=2026-04-01").await, ["full_care_order"]);
    assert_eq!(held("axis=care_authority&axis=guardianship").await.len(), 3);
    assert_eq!(held("known_at=2026-11-22T12:00:30Z").await, ["emergency_order"]);
    let mut seen = Vec::new();
    let mut next = format!("{statuses}?limit=2");
    loop {
        let page = read(&worker, &next).await;
        seen.extend(
            page.json()["data"].as_array().unwrap().iter().map(|status| status["id"].clone()),
        );
        let link = page.header("link").to_owned();
        if link.is_empty() {
            break;
        }
        next = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
    }
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 3);
    let one = read(&worker, first.header("location")).await;
    assert_eq!(one.etag(), ended.etag());
}
