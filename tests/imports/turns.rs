//! Whose turn it is: one takes an import in, and whoever comes beside or after takes nothing twice and undoes nothing.
use std::{rc::Rc, sync::Arc, time::Duration};

use actix_http::Request;
use actix_web::{
    body::to_bytes,
    test::{call_service, init_service},
};
use diesel::{PgConnection, connection::SimpleConnection as _};
use kinstead::{
    imports::Importer,
    platform::{
        desk::Desk as AskingItself,
        error::{Error, Result},
        inner::{Inner, Making},
    },
    server::{app, making},
};
use serde_json::{Value, json};
use tokio::{
    sync::{
        Semaphore,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    task::JoinHandle,
};

use super::{
    Desk, child,
    killed::{WHO, count, file, importer},
};
use crate::support::Database;

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

/// Somebody who takes imports in, and waits before each record until its gate is open.
struct Waiting {
    importer: Rc<Importer>,
    asked: UnboundedReceiver<()>,
    gate: Arc<Semaphore>,
}

impl Waiting {
    /// Has taken a file in before: the service to itself is made, and nobody waits for that.
    async fn ready(desk: &Desk) -> Self {
        let ((send, asked), gate) = (unbounded_channel(), Arc::new(Semaphore::new(1)));
        let asking = AskingItself::new(gated(desk, send, Arc::clone(&gate)), 1);
        let importer = Rc::new(Importer::new(desk.world.parts.platform.clone(), asking));
        desk.send(WHO, "mode=validate", &[child("K-0", "Zvezdana")]).await.ok();
        let mut ready = Self { importer, asked, gate };
        assert!(ready.start().await.unwrap().unwrap());
        ready.asked().await;
        assert_eq!(ready.gate.forget_permits(1), 1);
        ready
    }

    fn start(&self) -> JoinHandle<Result<bool>> {
        let importer = Rc::clone(&self.importer);
        actix_web::rt::spawn(async move { importer.work().await })
    }

    async fn asked(&mut self) {
        self.asked.recv().await.unwrap();
    }

    fn open(&self) {
        self.gate.add_permits(1);
    }
}

/// Ends the connection that has the turn of an import.
fn lose_turn(conn: &mut PgConnection, id: &str) {
    let lost = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 \
         AND (classid::bigint << 32) | objid::bigint = hashtextextended('{id}', 5)"
    );
    conn.batch_execute(&lost).unwrap();
}

fn wrong() -> Value {
    let mut wrong = child("K-1", "Zvezdana");
    wrong["data"]["sex"] = json!("nowhere");
    wrong
}

async fn until_waiting(desk: &Desk, transactions: i64) {
    let mut admin = desk.world.database.admin();
    while Database::waiting(&mut admin) < transactions {
        actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    }
}

#[actix_web::test]
async fn whoever_lost_its_turn_counts_no_line_twice() {
    let desk = Desk::new().await;
    let mut first = Waiting::ready(&desk).await;
    let sent = desk.send(WHO, "", &[wrong()]).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let work = first.start();
    first.asked().await;
    lose_turn(&mut desk.world.database.admin(), &id);
    desk.work().await;
    let (import, _) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["state"], &import["progress"]["refused"]), (&json!("done"), &json!(1)));
    first.open();
    assert!(work.await.unwrap().is_err());
    let (import, results) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["progress"]["refused"], results.len()), (&json!(1), 1));
}

#[actix_web::test]
async fn whoever_has_the_turn_keeps_it_to_the_end() {
    let desk = Desk::new().await;
    let (mut first, mut second) = (Waiting::ready(&desk).await, Waiting::ready(&desk).await);
    for (query, state) in [("mode=validate", "done"), ("atomic=file", "failed")] {
        let sent = desk.send(WHO, query, &[wrong()]).await;
        let id = sent.ok()["id"].as_str().unwrap().to_owned();
        let mut held = desk.world.database.owner();
        let work = first.start();
        first.asked().await;
        let row = format!("BEGIN; SELECT FROM imports WHERE id = '{id}' FOR UPDATE");
        held.batch_execute(&row).unwrap();
        first.open();
        until_waiting(&desk, 1).await;
        tokio::select! {
            done = second.start() => assert!(!done.unwrap().unwrap(), "{query}"),
            () = second.asked() => panic!("{query}: it was begun anew"),
        }
        held.batch_execute("COMMIT").unwrap();
        assert!(work.await.unwrap().unwrap(), "{query}");
        let (import, results) = desk.outcome(WHO, &id).await;
        assert_eq!((&import["state"], results.len()), (&json!(state), 1), "{query}");
        assert_eq!(first.gate.forget_permits(1), 1);
    }
}

#[actix_web::test]
async fn whoever_lost_its_turn_finishes_nothing_that_was_begun_anew() {
    let desk = Desk::new().await;
    let (mut first, mut second) = (Waiting::ready(&desk).await, Waiting::ready(&desk).await);
    let sent = desk.send(WHO, "mode=validate", &file(1)).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let mut held = desk.world.database.owner();
    let work = first.start();
    first.asked().await;
    let row = format!("BEGIN; SELECT FROM import_progress WHERE import_id = '{id}' FOR UPDATE");
    held.batch_execute(&row).unwrap();
    first.open();
    until_waiting(&desk, 1).await;
    lose_turn(&mut desk.world.database.admin(), &id);
    let other = second.start();
    until_waiting(&desk, 2).await;
    held.batch_execute("COMMIT").unwrap();
    second.asked().await;
    assert!(work.await.unwrap().is_err());
    assert_eq!(desk.outcome(WHO, &id).await.0["state"], "open");
    second.open();
    assert!(other.await.unwrap().unwrap());
    let (import, results) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["state"], results.len()), (&json!("done"), 2));
}

#[actix_web::test]
async fn whoever_comes_too_late_begins_nothing_anew() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "mode=validate", &file(70)).await;
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
    assert_eq!((&before.0["progress"]["created"], before.1.len()), (&json!(140), 140));
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
