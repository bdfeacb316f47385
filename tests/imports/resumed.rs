//! Whatever happens on the way: nothing is lost, and nothing is taken twice.
use std::{cell::Cell, rc::Rc};

use actix_http::Request;
use actix_web::{
    body::to_bytes,
    http::Method,
    test::{call_service, init_service},
};
use chrono::Duration;
use diesel::{RunQueryDsl, connection::SimpleConnection as _, sql_query, sql_types::BigInt};
use kinstead::{
    imports::{Importer, sweep},
    platform::{
        error::Error,
        inner::{Asked, Errands, Inner},
        joint::Joint,
    },
    server::app,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use super::{Desk, child, line, under, verdicts};

const WHO: &str = "sync_client";

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(desk: &Desk, sql: &str) -> i64 {
    let sql = format!("SELECT count(*) AS count FROM {sql}");
    sql_query(sql).get_result::<Count>(&mut desk.world.database.owner()).unwrap().count
}

/// The service as it asks itself, until it breaks off for good.
async fn until(desk: &Desk, asked: usize) -> Inner {
    let service = Rc::new(init_service(app(&desk.world.parts)).await);
    let left = Rc::new(Cell::new(asked));
    Inner::new(move |request: Request| {
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
    })
}

fn file(children: usize) -> Vec<Value> {
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

#[actix_web::test]
async fn whatever_is_killed_goes_on_where_it_was() {
    let desk = Desk::new().await;
    let seed = 20_261_123;
    let mut random = StdRng::seed_from_u64(seed);
    let file = file(100);
    let sent = desk.send(WHO, "", &file).await;
    let mut killed = 0;
    while count(&desk, "imports WHERE ended_at IS NULL") > 0 && killed < 10 {
        let inner = until(&desk, random.random_range(1..90)).await;
        let importer = Importer::new(desk.world.parts.platform.clone(), inner);
        while matches!(importer.work().await, Ok(true)) {}
        killed += 1;
        let (children, results) =
            (count(&desk, "children"), count(&desk, "import_chunks WHERE results IS NOT NULL"));
        assert!(
            children % 30 == 10 || children % 30 == 0,
            "seed {seed}: {children} children, {results} chunks"
        );
    }
    desk.work().await;
    let (import, results) = desk.outcome(WHO, sent.ok()["id"].as_str().unwrap()).await;
    assert_eq!((&import["state"], &import["progress"]["created"]), (&json!("done"), &json!(200)));
    assert_eq!(verdicts(&results), ["created"; 200]);
    assert_eq!((count(&desk, "children"), count(&desk, "legal_statuses")), (100, 100));
    assert!(killed > 3, "seed {seed}: {killed}");
}

#[actix_web::test]
async fn two_at_once_are_as_one() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "", &file(60)).await;
    // The first one waits in the middle of a chunk; the second one leaves it alone.
    let first = Importer::new(desk.world.parts.platform.clone(), until(&desk, 7).await);
    drop(first.work().await);
    let importer = |inner| Importer::new(desk.world.parts.platform.clone(), inner);
    let (one, other) = (importer(until(&desk, 9999).await), importer(until(&desk, 9999).await));
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
    let sent = desk.send(WHO, "", &file(1)).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let mut other = desk.world.database.owner();
    let turn = format!("BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('{id}', 5))");
    other.batch_execute(&turn).unwrap();
    let inner = until(&desk, 99).await;
    let importer = Importer::new(desk.world.parts.platform.clone(), inner);
    assert!(!importer.work().await.unwrap());
    assert_eq!(count(&desk, "children"), 0);
    other.batch_execute("ROLLBACK").unwrap();
    assert!(importer.work().await.unwrap());
    assert_eq!(count(&desk, "children"), 1);
}

#[actix_web::test]
async fn what_is_judged_at_the_end_is_judged_for_each_record() {
    let mut desk = Desk::new().await;
    let (one, other) =
        (desk.country.child("female", "2016-05-01"), desk.country.child("male", "2017-05-01"));
    let kin =
        json!({"kind": "full_sibling", "related_child_id": other, "to_be_kept_together": "yes"});
    let national = desk.world.persona("national_authority");
    national.post(&format!("/v1/children/{one}/relations"), kin).await.ok();
    let platform = &desk.world.parts.platform;
    let joint = Joint::begin(&platform.db, desk.world.actor(WHO), platform.clock.clone()).unwrap();
    let broken = "UPDATE child_relations SET mirror_id = gen_random_uuid()";
    assert!(joint.change(|tx| Ok(tx.conn.batch_execute(broken)?)).is_err());
    joint.keep().unwrap();
}

#[actix_web::test]
async fn each_record_is_written_by_its_own_permission() {
    let mut desk = Desk::new().await;
    let home = desk.country.facility(json!({"total": 4}));
    // The first line is refused, the second one allowed, and both again: neither is judged by the other's reach.
    let inspection = json!({
        "kind": "unannounced", "inspected_on": "2026-06-02", "body": "Inspectorate", "children_spoken_to": 2,
        "rating": "good", "findings": "All rooms were seen.",
    });
    let about = |number: &str| {
        let mut line = line("facility_inspection", number, inspection.clone());
        line["of"] = json!({"kind": "facility", "system": "urn:example:homes", "value": "H-1"});
        line
    };
    let number = json!({"external_ids": [{"system": "urn:example:homes", "value": "H-1"}]});
    let national = desk.world.persona("national_authority");
    let path = format!("/v1/facilities/{home}");
    let seen = national.get(&path).await;
    national.patch(&path, seen.etag(), number).await.ok();
    let file = [about("I-1"), child("K-1", "Zvezdana"), about("I-2"), child("K-2", "Vihor")];
    let results = desk.import(WHO, "", &file).await;
    assert_eq!(verdicts(&results), ["refused", "created", "refused", "created"], "{results:#?}");
    assert_eq!(results[0]["problem"]["code"], "forbidden");
}

#[actix_web::test]
async fn what_a_request_was_allowed_is_taken_back_before_the_next() {
    let mut desk = Desk::new().await;
    let child = desk.country.child("female", "2016-05-01");
    let (platform, inner) = (&desk.world.parts.platform, until(&desk, 9).await);
    let joint = Joint::begin(&platform.db, desk.world.actor(WHO), platform.clock.clone()).unwrap();
    let errands = Errands {
        joint: Rc::new(joint),
        purpose: None,
        on_behalf_of: None,
        legal_basis: None,
        request_id: "r-1".to_owned(),
    };
    let path = format!("/v1/children/{child}");
    let asked = Asked { method: Method::GET, path: &path, seen: None, body: None, source: None };
    assert_eq!(inner.ask(&errands, asked).await.unwrap().status, 200);
    let left = "SELECT count(*) AS count FROM unnest(ARRAY['client', 'organisation', 'child', 'family', 'now']) AS name \
        WHERE coalesce(current_setting('kinstead.' || name, true), '') <> ''";
    let left = errands.joint.work(|conn| Ok(sql_query(left).get_result::<Count>(conn)?.count));
    assert_eq!(left.unwrap(), 0);
}

#[actix_web::test]
async fn whoever_may_no_longer_import_is_no_longer_imported_for() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "", &[child("K-1", "Zvezdana")]).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let broken = desk.send(WHO, "", &[child("K-2", "Zvezdana")]).await;
    let other = broken.ok()["id"].as_str().unwrap().to_owned();
    let who = desk.world.persona(WHO);
    let path = format!("/v1/imports/{other}");
    let seen = who.get(&path).await;
    let cancelled = who.step(&format!("{path}/cancel"), seen.etag(), json!({})).await.ok();
    assert_eq!(cancelled["state"], "cancelled");
    let actor = desk.world.actor(WHO);
    let mut less = (*actor).clone();
    less.permissions.remove("imports:write");
    desk.world.parts.platform.directory.replace(vec![less]);
    desk.work().await;
    desk.world.refresh();
    let (import, _) = desk.outcome(WHO, &id).await;
    assert_eq!(import["state"], "failed");
    assert_eq!(count(&desk, "children"), 0);
    // Its organisation knows of it.
    desk.world.persona("national_authority").get(&path).await.ok();
}

#[actix_web::test]
async fn what_is_imported_is_in_the_log_and_the_journal_as_what_its_client_did() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "", &file(1)).await;
    desk.work().await;
    let request = sent.header("x-request-id");
    let client = desk.world.client(WHO);
    let looks = format!(
        "access_inbox WHERE request_id = '{request}' AND client = '{client}' AND outcome = 'changed' AND operation = "
    );
    assert_eq!(count(&desk, &format!("{looks} 'registerChild'")), 1);
    assert_eq!(count(&desk, &format!("{looks} 'setLegalStatus'")), 1);
    let journal = format!("journal WHERE actor = '{client}' AND kind IN ('child', 'legal_status')");
    assert_eq!(count(&desk, &journal), 2);
}

#[actix_web::test]
async fn files_are_kept_for_thirty_days_after_their_end() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "", &file(1)).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let platform = desk.world.parts.platform.clone();
    desk.world.clock.advance(Duration::days(31));
    assert_eq!(sweep(&platform).unwrap(), 0, "it is still open");
    desk.work().await;
    desk.world.clock.advance(Duration::days(29));
    assert_eq!(sweep(&platform).unwrap(), 0);
    assert_eq!(desk.outcome(WHO, &id).await.1.len(), 2);
    desk.world.clock.advance(Duration::days(2));
    assert_eq!(sweep(&platform).unwrap(), 1);
    let (import, results) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["state"], results.len()), (&json!("done"), 0));
    // What never came whole goes, too.
    let orphan = "INSERT INTO import_chunks (import_id, chunk, first_line, lines, records, received_at) \
        VALUES (gen_random_uuid(), 0, 1, 1, decode('01' || repeat('00', 60), 'hex'), '2026-11-22T12:00:00Z')";
    desk.world.database.owner().batch_execute(orphan).unwrap();
    assert_eq!(sweep(&platform).unwrap(), 1);
}
