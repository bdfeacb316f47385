//! Consumers: named readers of the feed, where each is, and how far it lags.
use chrono::Duration;
use diesel::{RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::BigInt};
use kinstead::{
    feed,
    platform::{clock::Clock as _, db, embedded::Role},
};
use serde_json::{Value, json};

use super::{HERE, Scene, THERE, WHOLE, events};
use crate::support::Reply;

impl Scene {
    /// A consumer of this client: its address and its id.
    async fn consumer(&self, who: &str, new: Value) -> (String, String) {
        let made = self.world.persona(who).post("/v1/consumers", new).await;
        let id = made.ok()["id"].as_str().unwrap().to_owned();
        assert_eq!(
            (made.status.as_u16(), made.header("location")),
            (201, &*format!("/v1/consumers/{id}"))
        );
        (format!("/v1/consumers/{id}"), id)
    }

    async fn progress(&self, who: &str, path: &str) -> Value {
        self.world.persona(who).get(path).await.ok()["progress"].clone()
    }

    fn keeper(&self) -> diesel::PgConnection {
        db::connect(&self.world.database.url(Role::Keeper)).unwrap()
    }
}

fn next(page: &Value) -> String {
    page["next_cursor"].as_str().unwrap().to_owned()
}

/// A page of a consumer.
async fn asked(scene: &Scene, who: &str, query: &str) -> Reply {
    scene.world.persona(who).get(&format!("/v1/changes?{query}")).await
}

#[actix_web::test]
async fn a_consumer_is_told_where_it_is_and_how_far_it_lags() {
    let mut scene = Scene::new().await;
    let (path, id) = scene.consumer(WHOLE, json!({"name": "Cases", "kinds": ["child"]})).await;
    let head = scene.gather();
    assert_eq!(scene.progress(WHOLE, &path).await, json!({"copy": "not_begun", "head": head}));
    scene.country.child("female", "2016-05-01");
    scene.country.family(1);
    scene.country.child("male", "2014-05-01");
    let head = scene.gather();

    let first = scene.page(WHOLE, &format!("consumer={id}&limit=1")).await;
    assert!(events(&first).all(|it| it["kind"] == "child") && events(&first).count() == 1);
    scene.world.clock.advance(Duration::seconds(90));
    let told = scene.progress(WHOLE, &path).await;
    // It has applied nothing yet: of the kinds that it follows there are two changes, told a while ago.
    assert_eq!(
        told,
        json!({"copy": "followed", "position": 0, "head": head, "lag_events": 2, "lag_seconds": 90,
               "last_seen_at": "2026-11-22T12:00:00Z"})
    );
    // It asks from where the first page ended: so far it is. Without a place it goes on from there.
    let after = next(&first);
    let second = scene.page(WHOLE, &format!("consumer={id}&limit=1&after={after}")).await;
    let again = scene.page(WHOLE, &format!("consumer={id}&limit=1")).await;
    assert_eq!((&second["from"], &again), (&first["to"], &second));
    let told = scene.progress(WHOLE, &path).await;
    assert_eq!((&told["position"], &told["lag_events"]), (&first["to"], &json!(1)));
    assert_eq!(told["last_seen_at"], "2026-11-22T12:01:30Z");

    let last = scene.page(WHOLE, &format!("consumer={id}&after={}", next(&second))).await;
    scene.page(WHOLE, &format!("consumer={id}&after={}", next(&last))).await;
    let told = scene.progress(WHOLE, &path).await;
    assert_eq!((&told["position"], &told["lag_seconds"]), (&json!(head), &json!(0)));
    // An older page, asked for once more and much later, takes nothing back.
    scene.world.clock.advance(Duration::seconds(30));
    scene.page(WHOLE, &format!("consumer={id}&after={after}")).await;
    assert_eq!(scene.progress(WHOLE, &path).await["position"], json!(head));
    // What it does not follow makes it lag in nothing.
    scene.country.family(2);
    scene.gather();
    assert_eq!(scene.progress(WHOLE, &path).await["lag_events"], 0);
    assert!(told["head"].as_i64() < scene.progress(WHOLE, &path).await["head"].as_i64());
}

#[actix_web::test]
async fn where_a_consumer_is_is_kept_now_and_then_and_in_no_journal() {
    let mut scene = Scene::new().await;
    for _ in 0..4 {
        scene.country.child("female", "2016-05-01");
    }
    let head = scene.gather();
    let (path, id) = scene.consumer(WHOLE, json!({"name": "Cases"})).await;
    let entries = |scene: &Scene| {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let query = sql_query("SELECT count(*) AS count FROM journal");
        query.get_result::<Count>(&mut scene.world.database.owner()).unwrap().count
    };
    let before = entries(&scene);
    let mut page = scene.page(WHOLE, &format!("consumer={id}&limit=1")).await;
    let begun = scene.progress(WHOLE, &path).await;
    assert_eq!(begun["position"], 0);
    // It reads fast: within a second it is kept once, until it has come to the end.
    for _ in 0..3 {
        page = scene.page(WHOLE, &format!("consumer={id}&limit=1&after={}", next(&page))).await;
        assert_eq!(scene.progress(WHOLE, &path).await["position"], 0);
    }
    scene.world.clock.advance(Duration::seconds(1));
    scene.page(WHOLE, &format!("consumer={id}&limit=1&after={}", next(&page))).await;
    assert_eq!(scene.progress(WHOLE, &path).await["position"], page["to"]);
    let last = scene.page(WHOLE, &format!("consumer={id}&after={}", next(&page))).await;
    scene.page(WHOLE, &format!("consumer={id}&after={}", next(&last))).await;
    let there = scene.progress(WHOLE, &path).await;
    assert_eq!(there["position"], json!(head));
    // Who rests is seen now and then.
    let rested = format!("consumer={id}&after={}", next(&last));
    for (seconds, seen) in [(9, "2026-11-22T12:00:01Z"), (1, "2026-11-22T12:00:11Z")] {
        scene.world.clock.advance(Duration::seconds(seconds));
        scene.page(WHOLE, &rested).await;
        assert_eq!(scene.progress(WHOLE, &path).await["last_seen_at"], seen);
    }
    assert_eq!(entries(&scene), before);
}

#[actix_web::test]
async fn nobody_waits_for_what_is_kept_of_a_consumer() {
    let mut scene = Scene::new().await;
    scene.country.child("female", "2016-05-01");
    scene.gather();
    let (path, id) = scene.consumer(WHOLE, json!({"name": "Cases"})).await;
    let mut other = scene.world.database.service();
    other.batch_execute("BEGIN; SELECT FROM feed_progress FOR UPDATE").unwrap();
    let since = std::time::Instant::now();
    let page = scene.page(WHOLE, &format!("consumer={id}")).await;
    assert!(since.elapsed() < std::time::Duration::from_secs(2), "{:?}", since.elapsed());
    assert_eq!(scene.progress(WHOLE, &path).await["copy"], "not_begun");
    other.batch_execute("COMMIT").unwrap();
    scene.page(WHOLE, &format!("consumer={id}&after={}", next(&page))).await;
    assert_eq!(scene.progress(WHOLE, &path).await["copy"], "followed");
}

#[actix_web::test]
async fn each_client_has_consumers_of_its_own_and_the_national_authority_sees_all() {
    let scene = Scene::new().await;
    let (path, id) =
        scene.consumer(HERE, json!({"name": "Cases", "description": "For the centre."})).await;
    scene.gather();
    let there = scene.world.persona(THERE);
    there.get(&path).await.refused(404, "not_found");
    there.get(&format!("{path}/history")).await.refused(404, "not_found");
    assert_eq!(there.get("/v1/consumers").await.ok()["data"], json!([]));
    let tag = scene.world.persona(HERE).get(&path).await.etag().to_owned();
    there.patch(&path, &tag, json!({"name": "Mine"})).await.refused(404, "not_found");
    there.step(&format!("{path}/end"), &tag, json!({})).await.refused(404, "not_found");
    let refused =
        asked(&scene, THERE, &format!("consumer={id}")).await.refused(400, "invalid_query");
    assert_eq!(refused["errors"][0]["code"], "unknown_consumer");
    // Not even who sees it reads the feed in its name.
    let national = scene.world.persona("national_authority");
    asked(&scene, "national_authority", &format!("consumer={id}"))
        .await
        .refused(400, "invalid_query");
    assert_eq!(national.get("/v1/consumers").await.ok()["data"][0]["id"], json!(id));
    let read = national.get(&path).await;
    assert_eq!(read.ok()["client_id"], json!(scene.world.client(HERE)));
    scene.world.persona("case_worker").get("/v1/consumers").await.refused(403, "forbidden");

    let here = scene.world.persona(HERE);
    let patch = json!({"name": "Case files", "description": null, "kinds": ["child", "case"]});
    let changed = here.patch(&path, &tag, patch).await;
    let after = changed.ok();
    assert_eq!(
        (&after["name"], &after["kinds"]),
        (&json!("Case files"), &json!(["child", "case"]))
    );
    assert!(after.get("description").is_none() && after["version"] == 2);
    let unknown = here.patch(&path, changed.etag(), json!({"kinds": ["child", "client"]})).await;
    assert_eq!(unknown.refused(422, "invalid")["errors"][0]["pointer"], "/kinds/1");
    let unknown = here.post("/v1/consumers", json!({"name": "All", "kinds": ["notice"]})).await;
    assert_eq!(unknown.refused(422, "invalid")["errors"][0]["code"], "unknown_kind");
    let problem = asked(&scene, HERE, &format!("consumer={id}&kinds=child")).await;
    assert_eq!(problem.refused(400, "invalid_query")["errors"][0]["code"], "not_allowed");

    // Whoever watches over the feed ends what nobody ends any more.
    let ended = national.step(&format!("{path}/end"), changed.etag(), json!({})).await;
    assert_eq!(
        (&ended.ok()["state"], &ended.ok()["ended_at"]),
        (&json!("ended"), &json!("2026-11-22T12:00:00Z"))
    );
    here.step(&format!("{path}/end"), ended.etag(), json!({})).await.refused(409, "state_conflict");
    here.patch(&path, ended.etag(), json!({"name": "Again"})).await.refused(409, "state_conflict");
    let refused =
        asked(&scene, HERE, &format!("consumer={id}")).await.refused(400, "invalid_query");
    assert_eq!(refused["errors"][0]["code"], "ended");
    let history = here.get(&format!("{path}/history")).await.ok();
    let events: Vec<&str> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["ended", "changed", "registered"]);
    assert!(history["data"][0]["after"].get("progress").is_none());
}

#[actix_web::test]
async fn a_client_has_fifty_consumers_at_once() {
    let scene = Scene::new().await;
    let whole = scene.world.persona(WHOLE);
    let mut last = None;
    for number in 0..50 {
        last = Some(whole.post("/v1/consumers", json!({"name": format!("{number}")})).await);
    }
    let (one_more, last) = (json!({"name": "51"}), last.unwrap());
    whole.post("/v1/consumers", one_more.clone()).await.refused(409, "state_conflict");
    whole.step(&format!("{}/end", last.header("location")), last.etag(), json!({})).await.ok();
    whole.post("/v1/consumers", one_more).await.ok();
}

#[actix_web::test]
async fn whose_copy_has_ended_is_told_why_until_it_begins_anew() {
    let mut scene = Scene::new().await;
    scene.country.child("female", "2016-05-01");
    let head = scene.gather();
    let (path, id) = scene.consumer(HERE, json!({"name": "Cases"})).await;
    let page = scene.page(HERE, &format!("consumer={id}")).await;
    scene.page(HERE, &format!("consumer={id}&after={}", next(&page))).await;
    let copy = async |scene: &Scene| {
        let told = scene.progress("national_authority", &path).await;
        let goes_on = told["copy"] == "followed";
        assert_eq!(
            (goes_on, goes_on),
            (told.get("lag_events").is_some(), told.get("lag_seconds").is_some())
        );
        (told["copy"].as_str().unwrap().to_owned(), told["position"].as_i64().unwrap())
    };
    assert_eq!(copy(&scene).await, ("followed".to_owned(), head));
    // The client reaches farther: nobody knows until it asks, and then everybody does.
    let national = scene.world.persona("national_authority");
    let client = format!("/v1/clients/{}", scene.world.client(HERE));
    let tag = national.get(&client).await.etag().to_owned();
    national.patch(&client, &tag, json!({"area_codes": ["RS-20", "RS-99"]})).await.ok();
    scene.world.refresh();
    asked(&scene, HERE, &format!("consumer={id}")).await.refused(410, "copy_ended");
    assert_eq!(copy(&scene).await, ("reach_changed".to_owned(), head));
    // It begins from the first page: that is another copy.
    let anew = scene.page(HERE, "limit=1").await;
    scene.page(HERE, &format!("consumer={id}&after={}", next(&anew))).await;
    assert_eq!(copy(&scene).await, ("followed".to_owned(), anew["to"].as_i64().unwrap()));

    // The registry forgets what it has not read yet.
    feed::forget(&mut scene.keeper(), "2199-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(copy(&scene).await.0, "forgotten");
    asked(&scene, HERE, &format!("consumer={id}")).await.refused(410, "copy_ended");
    let snapshot = scene.world.persona(HERE).get("/v1/snapshot/child").await;
    let cursor = snapshot.header("feed-cursor").to_owned();
    scene.page(HERE, &format!("consumer={id}&after={cursor}")).await;
    assert_eq!(copy(&scene).await.0, "followed");
    // It was set back.
    feed::wake(&mut scene.keeper(), true).unwrap();
    assert_eq!(copy(&scene).await.0, "set_back");
    asked(&scene, HERE, &format!("consumer={id}&after={cursor}")).await.refused(410, "copy_ended");
    assert_eq!(copy(&scene).await.0, "set_back");
}

#[actix_web::test]
async fn the_operator_is_told_of_those_that_follow_and_of_nobody_else() {
    let mut scene = Scene::new().await;
    scene.country.child("female", "2016-05-01");
    scene.gather();
    let mut ids = Vec::new();
    for name in ["Begun", "Not begun", "Ended", "Gone with its client"] {
        let who = if name.ends_with("client") { THERE } else { WHOLE };
        let (path, id) = scene.consumer(who, json!({"name": name, "kinds": ["child"]})).await;
        if name != "Not begun" {
            scene.page(who, &format!("consumer={id}")).await;
        }
        if name == "Ended" {
            let whole = scene.world.persona(WHOLE);
            let tag = whole.get(&path).await.etag().to_owned();
            whole.step(&format!("{path}/end"), &tag, json!({})).await.ok();
        }
        ids.push(id);
    }
    let revoke = format!(
        "UPDATE clients SET active = false, revoked_at = now(), revocation_reason = 'x' WHERE id = '{}'",
        scene.world.client(THERE)
    );
    scene.world.database.owner().batch_execute(&revoke).unwrap();
    let now = scene.world.clock.now() + Duration::seconds(40);
    let mut conn = scene.world.database.service();
    let measured = feed::readings(&mut conn, now).unwrap();
    scene.world.parts.platform.readings.replace(&measured);
    let told = scene.world.nobody().get("/metrics").await;
    let text = String::from_utf8(told.bytes.clone()).unwrap();
    let of = |id: &str| {
        text.lines()
            .filter(|line| line.contains(id))
            .map(|line| line.split(' ').next_back().unwrap())
            .collect::<Vec<_>>()
    };
    let lagging = of(&ids[0]);
    assert_eq!((lagging.len(), lagging[0], lagging[2]), (3, "40", "0"), "{text}");
    assert!(text.contains(&format!("feed_consumer_lag_seconds{{consumer=\"{}\"}} 40\n", ids[0])));
    assert!(text.contains("# TYPE feed_consumer_lag_seconds gauge\n"));
    assert!(ids[1..].iter().all(|id| of(id).is_empty()) && !text.contains("Begun"), "{text}");
    feed::wake(&mut scene.keeper(), true).unwrap();
    let measured = feed::readings(&mut conn, now).unwrap();
    assert!(measured[0].rows.is_empty() && measured[2].rows == [(ids[0].clone(), 1)]);
}
