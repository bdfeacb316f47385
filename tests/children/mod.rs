//! Children, their names, relations and legal statuses, end to end.
#![allow(clippy::float_cmp, reason = "scores are compared with what they were")]
mod identifiers;
mod legal;
mod records;
mod relations;
mod search;

use serde_json::{Value, json};

use crate::support::{Persona, Reply, World};

/// A registry with two districts.
async fn world() -> World {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    for area in [
        json!({"code": "RS-00", "level": "district", "parent_code": "RS", "names": {"en": "Belgrade"}}),
        json!({"code": "RS-20", "level": "district", "parent_code": "RS", "names": {"en": "Nišava"}}),
        json!({"code": "RS-20-1", "level": "municipality", "parent_code": "RS-20", "names": {"en": "Niš"}}),
    ] {
        authority.post("/v1/areas", area).await.ok();
    }
    world.refresh();
    world
}

/// A new child, with these members more or instead.
fn child(extra: Value) -> Value {
    let mut body = json!({
        "names": [{"use": "official", "given": "Jelena", "family": "Đorđević"}],
        "sex": "female", "birth_date": "2017-05-14", "area_code": "RS-20",
        "registration_basis": "without_parental_care",
    });
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    body
}

fn named(given: &str, family: &str) -> Value {
    child(json!({"names": [{"use": "official", "given": given, "family": family}]}))
}

async fn registered(worker: &Persona<'_>, body: Value) -> (String, Value) {
    let made = worker.post("/v1/children", body).await;
    let body = made.ok();
    (made.header("location").to_owned(), body)
}

async fn read(worker: &Persona<'_>, path: &str) -> Reply {
    let reply = worker.get(path).await;
    reply.ok();
    reply
}

#[track_caller]
fn faults(problem: &Value) -> Vec<(String, String)> {
    let text = |fault: &Value, member: &str| fault[member].as_str().unwrap().to_owned();
    let faults = problem["errors"].as_array().unwrap();
    faults.iter().map(|fault| (text(fault, "pointer"), text(fault, "code"))).collect()
}

#[track_caller]
pub fn fault(reply: &Reply, pointer: &str, code: &str) {
    let problem = reply.refused(422, "invalid");
    assert_eq!(faults(&problem), [(pointer.to_owned(), code.to_owned())]);
}
