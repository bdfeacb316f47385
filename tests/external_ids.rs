//! Numbers of other systems, as children, carer families and facilities have them.
use serde_json::{Value, json};

use crate::support::{AREA, Country, Reply, World};

const SYSTEM: &str = "urn:example:old-register";

fn family(ids: Value) -> Value {
    json!({
        "external_ids": ids, "purposes": ["foster"], "area_code": AREA,
        "persons": [{"role": "applicant", "given_name": "Rastko", "family_name": "Lipokrilić", "birth_date": "1980-01-01"}],
    })
}

fn facility(country: &Country, ids: Value) -> Value {
    json!({
        "external_ids": ids, "name": "Sunčani most", "facility_type": "small_group_home",
        "ownership": "own_authority", "operator_id": country.authority, "area_code": AREA,
        "accepts": {"age_min": 0, "age_max": 17, "sex": "any", "disability": true, "emergency": true, "siblings": true},
    })
}

fn number(value: &str) -> Value {
    json!([{"system": SYSTEM, "value": value}])
}

/// Fails unless the reply names this member and fault.
#[track_caller]
fn faulty(reply: &Reply, pointer: &str, code: &str) {
    let problem = reply.refused(422, "invalid");
    let fault = &problem["errors"][0];
    assert_eq!((fault["pointer"].as_str(), fault["code"].as_str()), (Some(pointer), Some(code)));
}

#[actix_web::test]
async fn a_number_of_another_system_belongs_to_one_record_of_its_kind() {
    let world = World::new().await;
    let country = Country::of(&world);
    let asking = world.persona("national_authority");
    let kinds: [(&str, &dyn Fn(Value) -> Value); 2] =
        [("/v1/carer-families", &family), ("/v1/facilities", &|ids| facility(&country, ids))];
    for (kind, new) in kinds {
        let made = asking.post(kind, new(number("N-1"))).await;
        assert_eq!(made.ok()["external_ids"], number("N-1"), "{kind}");
        let path = made.header("location").to_owned();

        let taken = json!([{"system": SYSTEM, "value": "N-2"}, {"system": SYSTEM, "value": "N-1"}]);
        let reply = asking.post(kind, new(taken)).await;
        let refused = reply.broke("DI-01");
        assert_eq!(refused["status"], 409);
        assert_eq!(refused["errors"][0]["pointer"], "/external_ids/1");
        assert_eq!(refused["facts"]["system"], SYSTEM);
        assert!(!refused.to_string().contains("N-1"), "{refused}");
        // Nothing of the refused record is left, the number that was free included.
        let other = asking.post(kind, new(number("N-2"))).await;
        let moved = asking.patch(&path, made.etag(), json!({"external_ids": number("N-2")})).await;
        assert_eq!(moved.broke("DI-01")["errors"][0]["pointer"], "/external_ids/0");

        // One that is over may be another's from then on.
        let over = json!([{"system": SYSTEM, "value": "N-1", "valid_to": "2020-01-01"}]);
        let changed = asking.patch(&path, made.etag(), json!({"external_ids": over})).await;
        assert_eq!(changed.ok()["external_ids"], over);
        let taken = json!([
            {"system": SYSTEM, "value": "N-1", "valid_from": "2020-01-01"},
            {"system": SYSTEM, "value": "N-2"},
        ]);
        let location = other.header("location").to_owned();
        let changed = asking.patch(&location, other.etag(), json!({"external_ids": taken})).await;
        assert_eq!(changed.ok()["external_ids"], taken);
        assert_eq!(asking.get(&location).await.ok()["external_ids"], taken);

        let history = asking.get(&format!("{path}/history")).await.ok();
        assert_eq!(history["data"][0]["changed"], json!(["external_ids"]));
    }
}

#[actix_web::test]
async fn numbers_of_other_systems_have_a_form() {
    let world = World::new().await;
    let country = Country::of(&world);
    let asking = world.persona("national_authority");
    let kinds: [(&str, &dyn Fn(Value) -> Value); 2] =
        [("/v1/carer-families", &family), ("/v1/facilities", &|ids| facility(&country, ids))];
    for (kind, new) in kinds {
        let no_uri = json!([{"system": "no uri", "value": "1"}]);
        faulty(&asking.post(kind, new(no_uri)).await, "/external_ids/0/system", "not_a_uri");
        let twice = json!([number("N-1")[0], number("N-1")[0]]);
        faulty(&asking.post(kind, new(twice)).await, "/external_ids/1", "duplicate");
        let never = json!([{"system": SYSTEM, "value": "1", "valid_from": "2020-01-01", "valid_to": "2020-01-01"}]);
        faulty(&asking.post(kind, new(never)).await, "/external_ids/0/valid_to", "out_of_order");
        let empty = json!([{"system": SYSTEM, "value": ""}]);
        faulty(&asking.post(kind, new(empty)).await, "/external_ids/0/value", "length");
        let many: Vec<Value> = (0..21).map(|n| number(&format!("N-{n}"))[0].clone()).collect();
        faulty(&asking.post(kind, new(json!(many))).await, "/external_ids", "length");
    }
}

#[actix_web::test]
async fn records_are_found_by_their_numbers_in_other_systems() {
    let world = World::new().await;
    let country = Country::of(&world);
    let asking = world.persona("national_authority");
    let kinds: [(&str, &dyn Fn(Value) -> Value); 2] =
        [("/v1/carer-families", &family), ("/v1/facilities", &|ids| facility(&country, ids))];
    for (kind, new) in kinds {
        let mut made = Vec::new();
        for ids in [
            number("N-1"),
            number("N-2"),
            json!([{"system": "urn:example:x", "value": "N-1"}]),
            json!([]),
        ] {
            made.push(asking.post(kind, new(ids)).await.ok()["id"].clone());
        }
        let found = async |query: &str| {
            let page = asking.get(&format!("{kind}?{query}")).await.ok();
            let ids = page["data"].as_array().unwrap().iter().map(|one| one["id"].clone());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(
            found("external_system=urn:example:old-register&external_value=N-1").await,
            made[..1]
        );
        assert_eq!(found("external_system=urn:example:old-register").await, made[..2]);
        assert_eq!(
            found("external_system=urn:example:old-register&external_value=N-3").await.len(),
            0
        );
        assert_eq!(found("limit=10").await.len(), 4);
        let alone = asking.get(&format!("{kind}?external_value=N-1")).await;
        let problem = alone.refused(400, "invalid_query");
        assert_eq!(problem["errors"][0]["pointer"], "?external_value");
    }
}

#[actix_web::test]
async fn a_number_is_shown_as_it_was_on_a_day_and_as_it_was_known() {
    let world = World::new().await;
    let country = Country::of(&world);
    let asking = world.persona("national_authority");
    let mut new = facility(
        &country,
        json!([{"system": SYSTEM, "value": "N-1", "valid_from": "2025-01-01", "valid_to": "2026-01-01"}]),
    );
    new["applied_on"] = json!("2024-01-01");
    let made = asking.post("/v1/facilities", new).await;
    let path = made.header("location").to_owned();
    let ids = async |query: &str| {
        asking.get(&format!("{path}{query}")).await.ok()["external_ids"].as_array().unwrap().len()
    };
    assert_eq!(ids("").await, 1);
    assert_eq!(ids("?as_of=2025-06-01").await, 1);
    assert_eq!(ids("?as_of=2026-01-01").await, 0);
    world.clock.advance(chrono::Duration::minutes(5));
    asking.patch(&path, made.etag(), json!({"external_ids": []})).await.ok();
    assert_eq!(ids("").await, 0);
    assert_eq!(ids("?known_at=2026-11-22T12:04:00Z").await, 1);
}

#[actix_web::test]
async fn two_racing_registrations_of_one_number_leave_one_family() {
    let world = World::new().await;
    drop(Country::of(&world));
    let asking = world.persona("national_authority");
    let register = || asking.post("/v1/carer-families", family(number("N-1")));
    let (one, two, three) = tokio::join!(register(), register(), register());
    let replies = [one, two, three];
    let made = replies.iter().filter(|reply| reply.status.as_u16() == 201);
    assert_eq!(made.count(), 1, "{replies:?}");
    let refused = replies.iter().filter(|reply| reply.status.as_u16() != 201);
    refused.for_each(|reply| assert_eq!(reply.broke("DI-01")["status"], 409));
}
