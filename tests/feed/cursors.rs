//! Where a copy goes on, and when it cannot.
use std::time::{Duration, Instant};

use diesel::{RunQueryDsl as _, sql_query};
use kinstead::{
    feed,
    platform::{db, embedded::Role},
};
use serde_json::json;

use super::{HERE, Scene, WHOLE, events};

#[actix_web::test]
async fn cursors_that_are_none_are_refused() {
    let scene = Scene::new().await;
    let whole = scene.world.persona(WHOLE);
    for cursor in ["x", "e30", "%F0%9F%98%80", &"a".repeat(200)] {
        whole.get(&format!("/v1/changes?after={cursor}")).await.refused(400, "invalid_cursor");
    }
    for wait in ["61s", "-1s", "1", "1m", "s"] {
        whole.get(&format!("/v1/changes?wait={wait}")).await.refused(400, "invalid_query");
    }
    for limit in ["0", "1001"] {
        whole.get(&format!("/v1/changes?limit={limit}")).await.refused(400, "invalid_query");
    }
}

#[actix_web::test]
async fn a_copy_ends_with_its_history_its_reach_and_its_time() {
    let mut scene = Scene::new().await;
    let child = scene.country.child("female", "2016-05-01").to_string();
    scene.gather();
    let cursor = scene.page(WHOLE, "limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    let ended = async |who: &str| {
        let reply = scene.world.persona(who).get(&format!("/v1/changes?after={cursor}")).await;
        if reply.status == 410 {
            reply.refused(410, "copy_ended")["detail"].to_string()
        } else {
            String::new()
        }
    };
    assert_eq!(ended(WHOLE).await, "");
    assert!(ended(HERE).await.contains("reaches"), "another client's cursor is no good");
    let mut keeper = db::connect(&scene.world.database.url(Role::Keeper)).unwrap();
    // It is the same registry as it was.
    assert!(!feed::wake(&mut keeper, false).unwrap());
    assert_eq!(ended(WHOLE).await, "");
    // What lies before the cursor may be forgotten, and what comes next may not.
    feed::forget(&mut keeper, "2020-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(ended(WHOLE).await, "");
    feed::forget(&mut keeper, "2199-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert!(ended(WHOLE).await.contains("no longer tells"));
    scene.world.persona(WHOLE).get("/v1/changes").await.refused(410, "copy_ended");
    // A registry that was set back has other clusters' marks.
    sql_query("UPDATE feed_state SET timeline = timeline + 1")
        .execute(&mut scene.world.database.owner())
        .unwrap();
    assert!(feed::wake(&mut keeper, false).unwrap());
    assert!(ended(WHOLE).await.contains("set back"));
    assert!(!child.is_empty());
}

#[actix_web::test]
async fn whoever_waits_hears_at_once() {
    let scene = Scene::new().await;
    let before = scene.gather();
    let cursor = scene.page(WHOLE, "limit=1000").await["next_cursor"].as_str().unwrap().to_owned();
    // Nothing happens.
    let page = scene.page(WHOLE, &format!("after={cursor}&wait=1s")).await;
    assert_eq!((&page["data"], &page["to"]), (&json!([]), &json!(before)));
    let sequencing = scene.world.parts.sequencer.clone().start();
    let mut other = scene.country.again(&scene.world.database);
    let writer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        other.child("female", "2016-05-01");
        std::thread::sleep(Duration::from_millis(300));
        other.family(1).to_string()
    });
    let since = Instant::now();
    let page = scene.page(WHOLE, &format!("after={cursor}&kinds=carer_family&wait=50s")).await;
    let family = writer.join().unwrap();
    sequencing.stop();
    assert!(since.elapsed() < Duration::from_secs(40), "it was told when it happened");
    // That of the child was none of its business.
    assert!(events(&page).next().is_some_and(|it| it["id"] == json!(family)), "{page}");
    assert_eq!(page["from"], before);
}
