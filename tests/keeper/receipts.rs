//! The receipt that comes with an answer: what the log is held to before its next checkpoint.
use actix_web::http::Method;
use base64::{Engine as _, prelude::BASE64_STANDARD as BASE64};
use chrono::TimeDelta;
use diesel::connection::SimpleConnection as _;
use kinstead::{
    keeper::Keeper,
    log::{
        checkpoint::Checkpoint,
        key::{Keys, Role, VerifierKey},
        proof::{Demand, judge},
    },
    platform::{
        access_log,
        clock::{Clock as _, SystemClock},
        disclosure::Person,
        embedded::Role as DatabaseRole,
        keys::{PrivateKey, PublicKey},
        receipt::Receipt,
    },
};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Country, Reply, World, with_family};

fn verifier(world: &World) -> VerifierKey {
    let (origin, key): (&str, PublicKey) = world.parts.keeper.public();
    VerifierKey::new(origin, Role::Log, key).unwrap()
}

fn receipt(world: &World, reply: &Reply) -> Receipt {
    let (origin, key) = world.parts.keeper.public();
    Receipt::verify(reply.header("access-receipt"), origin, [&key]).unwrap()
}

fn person(kind: &str, id: Uuid) -> Person {
    Person { kind: kind.to_owned(), id, mentioned: false }
}

/// What holding the extract about a child against receipts finds.
async fn held_against(world: &World, child: Uuid, receipts: &str) -> String {
    world.parts.keeper.gather_and_sign().unwrap();
    let officer = world.persona("data_protection_officer");
    let extract = officer.get(&format!("/v1/children/{child}/access-log/extract")).await;
    extract.ok();
    let keys: Keys = std::iter::once(verifier(world)).collect();
    let demand = Demand { keys, receipts: Some(receipts.to_owned()), ..Demand::default() };
    let verdict = judge(&extract.bytes, &demand);
    assert!(verdict.holds(), "{verdict:?}");
    let last = verdict.proven.last().unwrap();
    assert_eq!(last.check.as_str(), "receipts");
    last.detail.clone()
}

#[actix_web::test]
async fn an_answer_about_persons_comes_with_a_receipt_and_others_do_not() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2016-05-01"), country.family(1));
    let worker = world.persona("case_worker");
    let path = format!("/v1/children/{child}");
    let reply = worker.get(&path).await;
    reply.ok();
    let told = receipt(&world, &reply);
    assert!(told.is_about(&person("child", child.untyped())));
    assert!(!told.is_about(&person("carer_family", child.untyped())));
    assert!(!told.is_about(&person("child", Uuid::new_v4())));

    let changed = worker.post("/v1/placements", with_family(child, family, "2026-01-01")).await;
    changed.ok();
    let told = receipt(&world, &changed);
    assert!(told.is_about(&person("child", child.untyped())));
    assert!(told.is_about(&person("carer_family", family.untyped())));

    let same = worker.request(Method::GET, &path).header("if-none-match", reply.etag());
    let none =
        [same.send().await, worker.get("/v1/areas").await, worker.get("/v1/children/x").await];
    for other in none {
        assert!(other.header("access-receipt").is_empty(), "{other:?}");
    }
}

#[actix_web::test]
async fn the_log_has_what_the_receipts_of_the_service_promise() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, other) =
        (country.child("female", "2016-05-01"), country.child("male", "2017-05-01"));
    let worker = world.persona("case_worker");
    let mut lines = Vec::new();
    for of in [child, child, other] {
        let asking = worker.request(Method::GET, &format!("/v1/children/{of}"));
        // A client may send one id twice: the answers have names of their own.
        let reply = asking.header("x-request-id", "mine").header("purpose", "court").send().await;
        reply.ok();
        lines.push(reply.header("access-receipt").to_owned());
    }
    let body =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-03-02"});
    let changed = worker.post(&format!("/v1/children/{child}/legal-statuses"), body).await;
    changed.ok();
    lines.push(changed.header("access-receipt").to_owned());
    let said = held_against(&world, child.untyped(), &lines.join("\n")).await;
    assert!(
        said.starts_with("3 answers are in the log") && said.ends_with("1 are about others"),
        "{said}"
    );
}

#[actix_web::test]
async fn an_answer_about_many_persons_has_a_short_receipt_and_a_list_apart() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let children: Vec<_> = (0..40).map(|_| country.child("female", "2016-05-01")).collect();
    let few = world.persona("case_worker").get("/v1/children?limit=32").await;
    few.ok();
    assert!(few.header("access-receipt").starts_with("kinstead-access-receipt/1 "));
    let reply = world.persona("case_worker").get("/v1/children?limit=200").await;
    assert_eq!(reply.ok()["data"].as_array().unwrap().len(), 40);
    let line = reply.header("access-receipt");
    assert!(line.starts_with("kinstead-access-receipt/2 ") && line.len() < 800, "{line}");
    let name = |line: &str| {
        let bytes = BASE64.decode(line.split(' ').nth(3).unwrap()).unwrap();
        format!("/v1/log/receipts/{}", Uuid::from_slice(&bytes).unwrap())
    };
    let list = world.nobody().get(&name(line)).await;
    assert_eq!(list.status, 200, "{list:?}");
    let whole = format!("{line} {}", std::str::from_utf8(&list.bytes).unwrap());
    let (origin, key) = world.parts.keeper.public();
    let receipt = Receipt::verify(&whole, origin, [&key]).unwrap();
    for child in &children {
        assert!(receipt.is_about(&person("child", child.untyped())));
    }
    let said = held_against(&world, children[7].untyped(), &whole).await;
    assert!(said.starts_with("1 answers are in the log"), "{said}");
    world.nobody().get(&name(few.header("access-receipt"))).await.refused(404, "not_found");

    // By the database's clock, which goes.
    let swept = |days| {
        let later = SystemClock.now() + TimeDelta::days(days);
        access_log::sweep(&mut world.database.service(), later).unwrap()
    };
    assert_eq!((swept(6), swept(8), swept(8)), (0, 1, 0));
}

/// That it convicts the operator some minutes later: `log::receipts`.
#[actix_web::test]
async fn a_look_that_was_dropped_before_it_was_signed_is_missed() {
    let world = World::new().await;
    let child = Country::of(&world).child("female", "2016-05-01");
    let reply = world.persona("case_worker").get(&format!("/v1/children/{child}")).await;
    reply.ok();
    let mut owner = world.database.owner();
    owner.batch_execute("DELETE FROM access_inbox").unwrap();
    let line = reply.header("access-receipt");
    let said = held_against(&world, child.untyped(), line).await;
    assert!(said.contains("1 are too young"), "{said}");
}

#[actix_web::test]
async fn a_keeper_takes_in_what_was_left_before_it_signs() {
    let world = World::new().await;
    let child = Country::of(&world).child("female", "2016-05-01");
    world.persona("case_worker").get(&format!("/v1/children/{child}")).await.ok();
    let size = async || {
        let note = world.nobody().get("/v1/log/checkpoint").await.bytes;
        Checkpoint::read(std::str::from_utf8(&note).unwrap()).unwrap().size
    };
    assert_eq!(size().await, 0);
    let url = world.database.url(DatabaseRole::Keeper);
    Keeper::open(&url, "kinstead.example/access-log", PrivateKey::generate()).unwrap();
    assert_eq!(size().await, 1);
}
