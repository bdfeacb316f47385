//! Two records of one child: what moves, what is refused, where the old id leads, and the way back.
mod contradicting;
mod everything;
mod histories;
mod races;
mod reach;

use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::support::{Country, Persona, Reply, World, everything::merged};

/// A country, and two records of one child.
struct Scene {
    world: World,
    country: Country,
    one: ChildId,
    other: ChildId,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let (one, other) =
            (country.child("female", "2016-05-01"), country.child("female", "2016-05-01"));
        Self { world, country, one, other }
    }

    fn authority(&self) -> Persona<'_> {
        self.world.persona("national_authority")
    }

    async fn merge(&self) -> Reply {
        merged(&self.authority(), &self.one.to_string(), &self.other.to_string()).await
    }

    async fn undo(&self, merge: &Value, records: Value) -> Reply {
        undone(&self.authority(), merge, records).await
    }
}

async fn undone(who: &Persona<'_>, merge: &Value, records: Value) -> Reply {
    let path = format!("/v1/child-merges/{}", merge["id"].as_str().unwrap());
    let seen = who.get(&path).await;
    let request = json!({"reason": "They are twins, the hospital says.", "records": records});
    who.step(&format!("{path}/undo"), seen.etag(), request).await
}

#[actix_web::test]
async fn the_address_of_a_merged_record_leads_to_the_survivor() {
    let scene = Scene::new().await;
    let (one, other) = (scene.one, scene.other);
    let authority = scene.authority();
    let patch = json!({"names": [{"use": "nickname", "given": "Zvezda"}],
                       "external_ids": [{"system": "urn:example:old", "value": "7"}]});
    let (old, new) = (format!("/v1/children/{other}"), format!("/v1/children/{one}"));
    let seen = authority.get(&old).await;
    authority.patch(&old, seen.etag(), patch).await.ok();
    let merge = scene.merge().await;
    let merge = merge.ok();
    assert_eq!((&merge["child_id"], &merge["merged_child_id"]), (&json!(one), &json!(other)));

    let moved = authority.get(&old).await;
    let problem = moved.refused(308, "moved");
    assert_eq!((moved.header("location"), &problem["merged_into"]), (&*new, &json!(one)));
    let lists = authority.get(&format!("{old}/legal-statuses?limit=5")).await;
    lists.refused(308, "moved");
    assert_eq!(lists.header("location"), format!("{new}/legal-statuses?limit=5"));
    let step = authority.patch(&old, seen.etag(), json!({"sex": "male"})).await;
    assert_eq!(step.refused(409, "merged")["merged_into"], json!(one));
    let named = json!({"kind": "full_sibling", "related_child_id": other});
    let third = authority.get("/v1/children").await.ok()["data"][0]["id"].clone();
    assert_eq!(third, json!(one), "the merged record is listed no more");
    authority.post(&format!("{new}/relations"), named).await.refused(409, "merged");
    // What happened to it stays where it was.
    let history = authority.get(&format!("{old}/history")).await.ok();
    assert_eq!(history["data"][0]["event"], "merged");

    let child = authority.get(&new).await.ok();
    assert_eq!(child["names"].as_array().unwrap().len(), 2);
    assert_eq!(child["external_ids"][0]["value"], "7");
    let found = json!({"name": "Zvezda Oblakovski"});
    let found = authority.post("/v1/children:search", found).await.ok();
    let ids: Vec<&Value> =
        found["data"].as_array().unwrap().iter().map(|it| &it["child"]["id"]).collect();
    assert_eq!(ids, [&json!(one)]);
    let merges = authority.get(&format!("{new}/merges")).await.ok();
    assert_eq!(merges["data"], json!([merge]));
}

#[actix_web::test]
async fn copies_are_told_that_a_record_was_merged_and_into_which() {
    let scene = Scene::new().await;
    let authority = scene.authority();
    let status = json!({"axis": "guardianship", "status": "authority", "valid_from": "2026-03-02"});
    let old = format!("/v1/children/{}", scene.other);
    let status = authority.post(&format!("{old}/legal-statuses"), status).await.ok();
    let gather = || {
        let url = scene.world.database.url(kinstead::platform::embedded::Role::Keeper);
        kinstead::feed::gather(&mut kinstead::platform::db::connect(&url).unwrap()).unwrap();
    };
    gather();
    let before = authority.get("/v1/changes").await.ok()["next_cursor"].clone();
    scene.merge().await.ok();
    gather();
    let path = format!("/v1/changes?after={}", before.as_str().unwrap());
    let changes = authority.get(&path).await.ok();
    let of = |id: Value| {
        let events = changes["data"].as_array().unwrap();
        events.iter().find(|event| event["id"] == id).unwrap().clone()
    };
    let gone = of(json!(scene.other));
    assert_eq!((&gone["event"], &gone["merged_into"]), (&json!("merged"), &json!(scene.one)));
    let moved = of(status["id"].clone());
    assert_eq!((&moved["parent_id"], &moved["version"]), (&json!(scene.one), &json!(2)));
    assert_eq!(moved["changed"], json!(["child_id"]));
    let snapshot = authority.get("/v1/snapshot/child").await;
    let text = String::from_utf8(snapshot.bytes.clone()).unwrap();
    assert!(text.contains(&scene.one.to_string()) && !text.contains(&scene.other.to_string()));
}

#[actix_web::test]
async fn what_both_records_say_is_kept_once_and_comes_back() {
    let mut scene = Scene::new().await;
    let sister = scene.country.child("female", "2012-01-01");
    let authority = scene.authority();
    for child in [scene.one, scene.other] {
        let path = format!("/v1/children/{child}");
        let status =
            json!({"axis": "guardianship", "status": "authority", "valid_from": "2026-03-02"});
        authority.post(&format!("{path}/legal-statuses"), status).await.ok();
        let sibling = json!({"kind": "full_sibling", "related_child_id": sister});
        authority.post(&format!("{path}/relations"), sibling).await.ok();
    }
    let merge = scene.merge().await.ok();
    let count =
        async |path: String| authority.get(&path).await.ok()["data"].as_array().unwrap().len();
    let (one, other) = (scene.one, scene.other);
    assert_eq!(count(format!("/v1/children/{one}/legal-statuses")).await, 1);
    assert_eq!(count(format!("/v1/children/{one}/relations")).await, 1);
    assert_eq!(count(format!("/v1/children/{sister}/relations")).await, 1);
    scene.undo(&merge, json!([])).await.ok();
    assert_eq!(count(format!("/v1/children/{other}/legal-statuses")).await, 1);
    assert_eq!(count(format!("/v1/children/{other}/relations")).await, 1);
    assert_eq!(count(format!("/v1/children/{sister}/relations")).await, 2);
}

#[actix_web::test]
async fn a_merge_is_asked_for_in_order_and_undone_once() {
    let scene = Scene::new().await;
    let authority = scene.authority();
    let (one, other) = (format!("/v1/children/{}", scene.one), scene.other);
    let seen = authority.get(&one).await;
    let ask = |child: Value, version: i64, reason: &str| json!({"child_id": child, "version": version, "reason": reason});
    let merge = format!("{one}/merge");
    let why = "Registered twice.";
    let refusals = [
        (ask(json!(scene.one), 1, why), 422, "invalid"),
        (ask(json!(other), 1, "Twice."), 422, "invalid"),
        (ask(json!(other), 2, why), 409, "state_conflict"),
        (ask(json!("5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90"), 1, why), 404, "not_found"),
    ];
    for (request, status, code) in refusals {
        authority.step(&merge, seen.etag(), request).await.refused(status, code);
    }
    let request = ask(json!(other), 1, why);
    let tag = "\"0199a5b26c1e4d3a9f002b8c4d5e6f70.1\"";
    authority.step(&merge, tag, request.clone()).await.refused(412, "stale");
    for role in ["case_worker", "supervisor", "inspector"] {
        let who = scene.world.persona(role);
        who.step(&merge, seen.etag(), request.clone()).await.refused(403, "forbidden");
    }
    let tried =
        authority.step(&format!("{merge}:evaluate"), seen.etag(), request.clone()).await.ok();
    assert_eq!((&tried["possible"], &tried["contradictions"]), (&json!(true), &json!([])));
    assert_eq!(authority.get(&one).await.etag(), seen.etag());
    let made = authority.step(&merge, seen.etag(), request).await.ok();
    let undone = scene.undo(&made, json!([])).await.ok();
    assert_eq!((&undone["state"], &undone["version"]), (&json!("undone"), &json!(2)));
    scene.undo(&made, json!([])).await.refused(409, "state_conflict");
    authority.get(&format!("/v1/children/{other}")).await.ok();
}
