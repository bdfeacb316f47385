//! Whatever happens on the way: nothing is lost, and nothing is taken twice.
use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use actix_http::Request;
use actix_web::{
    body::to_bytes,
    http::Method,
    test::{call_service, init_service},
};
use chrono::Duration;
use diesel::{RunQueryDsl, connection::SimpleConnection as _, sql_query, sql_types::BigInt};
use kinstead::{
    children::ChildId,
    imports::{Importer, sweep},
    platform::{
        desk::Desk as AskingItself,
        error::Error,
        inner::{Asked, Errands, Inner, Making},
        joint::Joint,
        source::Source,
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

/// The service as it asks itself, until it breaks off for good: on each thread after so many requests.
fn until(desk: &Desk, asked: [usize; 2]) -> Making {
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

fn importer(desk: &Desk, asked: [usize; 2]) -> Importer {
    let asking = AskingItself::new(until(desk, asked), 1);
    Importer::new(desk.world.parts.platform.clone(), asking)
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

#[actix_web::test]
async fn brothers_and_sisters_are_judged_one_after_the_other() {
    let mut desk = Desk::new().await;
    let day = "2026-06-02";
    let (one, other) =
        (desk.country.child("female", "2016-05-01"), desk.country.child("male", "2017-05-01"));
    let kin =
        json!({"kind": "full_sibling", "related_child_id": other, "to_be_kept_together": "yes"});
    desk.world
        .persona("national_authority")
        .post(&format!("/v1/children/{one}/relations"), kin)
        .await
        .ok();
    let mut apart = |child: ChildId, number: &str| {
        let home = desk.country.facility(json!({"total": 4}));
        let data = json!({
            "child_id": child, "intent": "start", "care_type": "small_group_home", "planned_kind": "long_term",
            "provider": {"kind": "facility", "facility_id": home}, "starts_on": day, "legal_basis": "Family Act, art. 113",
            "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
        });
        line("placement", number, data)
    };
    let mut file = vec![apart(one, "P-1"), apart(other, "P-2")];
    file.extend((0..60).map(|number| child(&format!("K-{number}"), "Zvezdana")));
    let results = desk.import(WHO, "", &file).await;
    assert_eq!(verdicts(&results)[..3], ["created", "refused", "created"], "{:#?}", &results[..2]);
}

#[actix_web::test]
async fn a_newer_version_that_came_meanwhile_is_never_lost() {
    let desk = Desk::new().await;
    let platform = &desk.world.parts.platform;
    let begin =
        || Joint::begin(&platform.db, desk.world.actor(WHO), platform.clock.clone()).unwrap();
    let source = |version| Source {
        sender: begin().sender(),
        kind: "child".to_owned(),
        system: "urn:example:ministry".to_owned(),
        value: "K-1".to_owned(),
        version: Some(version),
        digest: vec![0],
    };
    let record = uuid::Uuid::from_u128(7);
    let keep = |version, record| {
        let joint = begin();
        joint.remember(source(version), record);
        joint.keep()
    };
    keep(2, record).unwrap();
    assert!(matches!(keep(1, record), Err(Error::Busy)), "an older version");
    assert!(matches!(keep(3, uuid::Uuid::from_u128(8)), Err(Error::Busy)), "another record");
    keep(3, record).unwrap();
    assert_eq!(count(&desk, "record_external_ids WHERE source_version = 3"), 1);
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
    let (platform, inner) =
        (&desk.world.parts.platform, until(&desk, [9; 2]).make().await.unwrap());
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
