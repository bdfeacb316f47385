//! Whoever is killed on the way, or loses its turn: nothing is lost, and nothing is taken twice.
use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use actix_http::Request;
use actix_web::{
    body::to_bytes,
    test::{call_service, init_service},
};
use diesel::{RunQueryDsl, sql_query, sql_types::BigInt};
use kinstead::{
    imports::Importer,
    platform::{
        desk::Desk as AskingItself,
        error::Error,
        inner::{Inner, Making},
    },
    server::{app, making},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use super::{Desk, child, line, under, verdicts};

pub(super) const WHO: &str = "sync_client";

#[derive(diesel::QueryableByName)]
pub(super) struct Count {
    #[diesel(sql_type = BigInt)]
    pub(super) count: i64,
}

pub(super) fn count(desk: &Desk, sql: &str) -> i64 {
    let sql = format!("SELECT count(*) AS count FROM {sql}");
    sql_query(sql).get_result::<Count>(&mut desk.world.database.owner()).unwrap().count
}

/// The service as it asks itself, until it breaks off for good: on each thread after so many requests.
pub(super) fn until(desk: &Desk, asked: [usize; 2]) -> Making {
    let (made, parts) = (Arc::new(AtomicUsize::new(0)), desk.world.parts.clone());
    Making::new(move || {
        let (left, parts) = (Cell::new(asked[made.fetch_add(1, Relaxed) % 2]), parts.clone());
        async move {
            let (left, service) = (Rc::new(left), Rc::new(init_service(app(&parts)).await));
            Ok(Inner::new(move |request: Request| {
                let (service, left) = (Rc::clone(&service), Rc::clone(&left));
                async move {
                    let Some(rest) = left.get().checked_sub(1) else {
                        return Err(Error::internal("killed"));
                    };
                    left.set(rest);
                    let answer = call_service(&*service, request).await;
                    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
                    Ok((status, headers, to_bytes(answer.into_body()).await.unwrap_or_default()))
                }
            }))
        }
    })
}

pub(super) fn file(children: usize) -> Vec<Value> {
    let status =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-06-02"});
    let mut lines = Vec::new();
    for number in 0..children {
        let name = format!("K-{number}");
        lines.push(child(&name, "Zvezdana"));
        lines.push(under(
            line("legal_status", &format!("S-{number}"), status.clone()),
            "child",
            &name,
        ));
    }
    lines
}

pub(super) fn importer(desk: &Desk, asked: [usize; 2]) -> Importer {
    let asking = AskingItself::new(until(desk, asked), 1);
    Importer::new(desk.world.parts.platform.clone(), asking)
}

#[actix_web::test]
async fn whatever_is_killed_goes_on_where_it_was() {
    let desk = Desk::new().await;
    let seed = 20_261_123;
    let mut random = StdRng::seed_from_u64(seed);
    let sent = desk.send(WHO, "", &file(100)).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let (mut killed, mut halves) = (0, 0);
    while count(&desk, "imports WHERE ended_at IS NULL") > 0 && killed < 20 {
        let importer = importer(&desk, [1..50, 1..90].map(|asked| random.random_range(asked)));
        while matches!(importer.work().await, Ok(true)) {}
        killed += 1;
        let (children, statuses) = (count(&desk, "children"), count(&desk, "legal_statuses"));
        let (import, results) = desk.outcome(WHO, &id).await;
        let created = &import["progress"]["created"];
        assert_eq!(created, &json!(children + statuses), "seed {seed}: {killed}");
        assert_eq!(children, statuses, "seed {seed}: {killed}");
        // What is told comes in the order of the file, and nothing is put in before it later.
        assert!([0, 120, 200].contains(&results.len()), "seed {seed}: {}", results.len());
        halves += i32::from(created != &json!(results.len()));
    }
    desk.work().await;
    let (import, results) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["state"], &import["progress"]["created"]), (&json!("done"), &json!(200)));
    assert_eq!(verdicts(&results), ["created"; 200]);
    let lines: Vec<_> = results.iter().map(|result| result["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, (1..=200).collect::<Vec<_>>());
    assert_eq!((count(&desk, "children"), count(&desk, "legal_statuses")), (100, 100));
    assert!(killed > 3 && halves > 0, "seed {seed}: {killed} {halves}");
}

#[actix_web::test]
async fn one_lane_goes_on_where_two_were_broken_off() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "", &file(60)).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    assert!(importer(&desk, [1, 9999]).work().await.is_err());
    let (import, results) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["progress"]["created"], results.len()), (&json!(60), 0));
    // After an error all that is left goes in one lane.
    let (broken, parts) = (Arc::new(AtomicBool::new(true)), desk.world.parts.clone());
    let whole = Arc::clone(&broken);
    let healing = Making::new(move || {
        let (broken, parts) = (broken.load(Relaxed), parts.clone());
        async move {
            if broken {
                return Err(Error::internal("not yet"));
            }
            making(&parts.platform, &parts.base_url, &parts.operations).make().await
        }
    });
    let asking = AskingItself::new(healing, 1);
    let importer = Importer::new(desk.world.parts.platform.clone(), asking);
    assert!(importer.work().await.is_err());
    whole.store(false, Relaxed);
    assert!(importer.work().await.unwrap());
    let (import, results) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["state"], &import["progress"]["created"]), (&json!("done"), &json!(120)));
    assert_eq!(verdicts(&results), ["created"; 120]);
}

#[actix_web::test]
async fn what_is_tried_and_killed_is_tried_anew() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "mode=validate", &file(100)).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    assert!(importer(&desk, [150; 2]).work().await.is_err());
    assert_eq!(desk.outcome(WHO, &id).await.1.len(), 120);
    desk.work().await;
    let (import, results) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["state"], &import["progress"]["created"]), (&json!("done"), &json!(200)));
    assert_eq!((results.len(), count(&desk, "children")), (200, 0));
}
