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
use diesel::{RunQueryDsl, connection::SimpleConnection as _, sql_query, sql_types::BigInt};
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
use tokio::sync::{
    Semaphore,
    mpsc::{UnboundedSender, unbounded_channel},
};

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

fn importer(desk: &Desk, asked: [usize; 2]) -> Importer {
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

/// The service as it asks itself, which says when it is asked and waits until it may answer.
fn gated(desk: &Desk, asked: UnboundedSender<()>, answer: Arc<Semaphore>) -> Making {
    let parts = desk.world.parts.clone();
    Making::new(move || {
        let (parts, asked, answer) = (parts.clone(), asked.clone(), Arc::clone(&answer));
        async move {
            let service = Rc::new(init_service(app(&parts)).await);
            Ok(Inner::new(move |request: Request| {
                let (service, asked) = (Rc::clone(&service), asked.clone());
                let answer = Arc::clone(&answer);
                async move {
                    asked.send(()).map_err(Error::internal)?;
                    let _turn = answer.acquire().await.map_err(Error::internal)?;
                    let answer = call_service(&*service, request).await;
                    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
                    Ok((status, headers, to_bytes(answer.into_body()).await.unwrap_or_default()))
                }
            }))
        }
    })
}

#[actix_web::test]
async fn whoever_lost_its_turn_counts_no_line_twice() {
    let desk = Desk::new().await;
    let mut wrong = child("K-1", "Zvezdana");
    wrong["data"]["sex"] = json!("nowhere");
    let sent = desk.send(WHO, "", &[wrong]).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let (asked, mut was_asked) = unbounded_channel();
    let answer = Arc::new(Semaphore::new(0));
    let asking = AskingItself::new(gated(&desk, asked, Arc::clone(&answer)), 1);
    let first = Importer::new(desk.world.parts.platform.clone(), asking);
    let first = actix_web::rt::spawn(async move { first.work().await });
    was_asked.recv().await.unwrap();
    let lost = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 \
         AND (classid::bigint << 32) | objid::bigint = hashtextextended('{id}', 5)"
    );
    desk.world.database.admin().batch_execute(&lost).unwrap();
    desk.work().await;
    let (import, _) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["state"], &import["progress"]["refused"]), (&json!("done"), &json!(1)));
    answer.add_permits(1);
    assert!(first.await.unwrap().is_err());
    let (import, results) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["progress"]["refused"], results.len()), (&json!(1), 1));
}

#[actix_web::test]
async fn whoever_comes_too_late_begins_nothing_anew() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "mode=validate", &file(20)).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let (made, mut was_made) = unbounded_channel();
    let (ready, parts) = (Arc::new(Semaphore::new(0)), desk.world.parts.clone());
    let go = Arc::clone(&ready);
    let late = Making::new(move || {
        let (made, ready, parts) = (made.clone(), Arc::clone(&ready), parts.clone());
        async move {
            made.send(()).map_err(Error::internal)?;
            let _turn = ready.acquire().await.map_err(Error::internal)?;
            making(&parts.platform, &parts.base_url, &parts.operations).make().await
        }
    });
    let late = Importer::new(desk.world.parts.platform.clone(), AskingItself::new(late, 1));
    let late = actix_web::rt::spawn(async move { late.work().await });
    was_made.recv().await.unwrap();
    desk.work().await;
    let before = desk.outcome(WHO, &id).await;
    assert_eq!((&before.0["progress"]["created"], before.1.len()), (&json!(40), 40));
    go.add_permits(1);
    assert!(late.await.unwrap().unwrap());
    assert_eq!(desk.outcome(WHO, &id).await, before);
}

#[actix_web::test]
async fn two_at_once_are_as_one() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "", &file(60)).await;
    // The first one waits in the middle of a chunk; the second one leaves it alone.
    drop(importer(&desk, [7, 7]).work().await);
    let (one, other) = (importer(&desk, [9999; 2]), importer(&desk, [9999; 2]));
    loop {
        let (one, other) = futures_util::future::join(one.work(), other.work()).await;
        if let (Ok(false), Ok(false)) = (one, other) {
            break;
        }
    }
    let (import, _) = desk.outcome(WHO, sent.ok()["id"].as_str().unwrap()).await;
    assert_eq!(
        import["progress"],
        json!({"created": 120, "updated": 0, "unchanged": 0, "refused": 0})
    );
    assert_eq!(count(&desk, "children"), 60);
}

#[actix_web::test]
async fn whoever_has_no_turn_leaves_an_import_alone() {
    let desk = Desk::new().await;
    let mut other = desk.world.database.owner();
    for (query, children) in [("mode=validate", 0), ("", 1)] {
        let sent = desk.send(WHO, query, &file(1)).await;
        let id = sent.ok()["id"].as_str().unwrap().to_owned();
        let turn = format!("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('{id}', 5))");
        other.batch_execute(&turn).unwrap();
        let importer = importer(&desk, [99; 2]);
        assert!(!importer.work().await.unwrap(), "{query}");
        assert_eq!(count(&desk, "children"), 0, "{query}");
        other.batch_execute("ROLLBACK").unwrap();
        assert!(importer.work().await.unwrap(), "{query}");
        assert_eq!(count(&desk, "children"), children, "{query}");
    }
}
