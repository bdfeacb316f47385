//! A sweep beside somebody who takes note of an alert.
use std::{cell::Cell, sync::Mutex, thread};

use kinstead::{
    alerts::{
        Acknowledgement, AlertId,
        store::{acknowledge, find},
    },
    deadlines::store::{Scope, sweep},
    platform::{clock::Clock as _, db, version::IfMatch},
};
use serde_json::{from_value, json};

use super::Scene;
use crate::support::Database;

#[actix_web::test]
async fn what_somebody_notes_while_a_sweep_looks_stays_in_the_history() {
    let mut scene = Scene::new().await;
    scene.pass(56);
    scene.sweep();
    let alert = scene.alerts("RV-01").await.remove(0);
    let id = AlertId::from_untyped(alert["id"].as_str().unwrap().parse().unwrap());
    scene.review("2027-01-16").await;
    let noted: Acknowledgement = from_value(json!({})).unwrap();
    let now = scene.world.clock.now();
    let client = scene.world.client("case_worker");
    let mut of_person = scene.world.database.service();
    // Made before: what holds a lock must not wait for connections.
    let ready = [(); 2].map(|()| Mutex::new(scene.world.database.service()));
    let [of_sweep, watcher] = &ready;
    let swept = thread::scope(|threads| {
        let begun = Cell::new(None);
        db::maintain_on(&mut of_person, client, now, |tx| {
            let seen = IfMatch::of(&find(tx.conn, id)?);
            let _noted = acknowledge(tx, id, &seen, &noted)?;
            begun.set(Some(threads.spawn(move || {
                sweep(&mut *of_sweep.lock().unwrap(), now, Scope::Needed, &|_| {})
            })));
            while Database::waiting(&mut watcher.lock().unwrap()) == 0 {
                thread::yield_now();
            }
            Ok(())
        })
        .unwrap();
        begun.take().unwrap().join().unwrap().unwrap().unwrap()
    });
    assert_eq!(swept.resolved, 1, "{swept:?}");
    let path = format!("/v1/alerts/{}/history", alert["id"].as_str().unwrap());
    let history = scene.world.persona("case_worker").get(&path).await.ok();
    let events: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|it| &it["event"]).collect();
    assert_eq!(events, ["resolved", "acknowledged", "raised"]);
    let ended = &scene.alerts("RV-01").await[0];
    assert_eq!(ended["acknowledged_at"], json!("2027-01-17T12:00:00Z"));
}
