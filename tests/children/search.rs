//! Who might this be: names however they are written, and what narrows them.
use kinstead::children::search_key::to_cyrillic;
use serde_json::{Value, json};

use super::{child, fault, named, registered, world};
use crate::support::Persona;

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
