//! DI-01 without an oracle: a number that somebody beyond the caller's reach has is taken as one that
//! nobody has, and those who watch over the whole country are told.
use diesel::{Connection as _, RunQueryDsl as _, sql_query, sql_types::BigInt};
use kinstead::{
    children::{NewChild, store},
    platform::external_id::{Blinds, ExternalId, contested},
};
use serde_json::{Value, json};

use super::{add_elsewhere, elsewhere};
use crate::support::{AREA, Country, Persona, Reply, World, body};

const SYSTEM: &str = "urn:example:old-register";

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many numbers are contested.
fn contested(world: &World) -> i64 {
    let query = "SELECT (SELECT count(*) FROM child_external_ids WHERE contested) \
                 + (SELECT count(*) FROM carer_external_ids WHERE contested) AS count";
    sql_query(query).get_result::<Count>(&mut world.database.owner()).unwrap().count
}

fn numbers(values: &[&str]) -> Value {
    let all = values.iter().map(|value| json!({"system": SYSTEM, "value": value}));
    Value::from(all.collect::<Vec<_>>())
}

fn child(value: &str, area: &str) -> Value {
    json!({
        "names": [{"use": "official", "given": "Zvezdana", "family": "Oblakovski"}], "sex": "female",
        "birth_date": "2016-05-01", "area_code": area, "registration_basis": "without_parental_care",
        "external_ids": numbers(&[value]),
    })
}

fn family(value: &str, area: &str) -> Value {
    json!({
        "external_ids": numbers(&[value]), "purposes": ["foster"], "area_code": area,
        "persons": [{"role": "applicant", "given_name": "Rastko", "family_name": "Lipokrilić", "birth_date": "1980-01-01"}],
    })
}

async fn scene() -> World {
    let world = World::new().await;
    drop(Country::of(&world));
    add_elsewhere(&world);
    world
}

/// An answer without what is each record's own: status, names of headers, and the body.
fn shape(reply: &Reply) -> (u16, Vec<String>, Value) {
    let mut names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
    names.sort();
    let mut body = reply.ok();
    for own in ["id", "registry_no", "family_no"] {
        body.get_mut(own).into_iter().for_each(|member| *member = json!("own"));
    }
    body["external_ids"][0]["value"] = json!("own");
    let persons = body.get_mut("persons").and_then(Value::as_array_mut);
    persons.into_iter().flatten().for_each(|person| person["id"] = json!("own"));
    (reply.status.as_u16(), names, body)
}

async fn notices(of: &Persona<'_>) -> Vec<Value> {
    let page = of.get("/v1/notices?kind=contested_identifier").await.ok();
    page["data"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_number_of_somebody_beyond_reach_is_as_one_that_nobody_has() {
    let world = scene().await;
    let stranger = elsewhere("case_worker");
    let carers = elsewhere("carer_support_officer");
    let regional = elsewhere("regional_authority");
    type New = fn(&str, &str) -> Value;
    let kinds: [(&str, &str, &str, New); 3] = [
        ("/v1/children", "case_worker", &stranger, child),
        ("/v1/carer-families", "carer_support_officer", &carers, family),
        // It knows that there is the family, and not its numbers.
        ("/v1/carer-families", "carer_support_officer", &regional, family),
    ];
    for (round, (path, owner, stranger, new)) in kinds.into_iter().enumerate() {
        let stranger = world.persona(stranger);
        let (taken, free) = (format!("T-{round}"), format!("F-{round}"));
        world.persona(owner).post(path, new(&taken, AREA)).await.ok();
        let free = stranger.post(path, new(&free, "RS-99")).await;
        let taken = stranger.post(path, new(&taken, "RS-99")).await;
        assert_eq!(shape(&taken), shape(&free));
        assert_eq!(contested(&world), i64::try_from(round).unwrap() + 1);
        let made = taken.header("location");
        for more in ["", "/history"] {
            let told = format!("{:?}", stranger.get(&format!("{made}{more}")).await);
            assert!(!told.contains("contested"), "{told}");
        }
    }
}

#[actix_web::test]
async fn those_who_watch_over_the_country_are_told_and_find_both() {
    let world = scene().await;
    let first = world.persona("case_worker").post("/v1/children", child("N-1", AREA)).await.ok();
    let stranger = world.persona(&elsewhere("case_worker"));
    let second = stranger.post("/v1/children", child("N-1", "RS-99")).await.ok();
    for watch in ["national_authority", "data_protection_officer"] {
        let watch = world.persona(watch);
        let told = notices(&watch).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["child_id"], second["id"]);
        assert!(!told[0].to_string().contains("N-1"), "{told:?}");
        let both = format!("/v1/notices/{}/contested-records", told[0]["id"].as_str().unwrap());
        let mut both = watch.get(&both).await.ok()["children"].as_array().unwrap().clone();
        both.sort_by_key(ToString::to_string);
        let mut expected = vec![first["id"].clone(), second["id"].clone()];
        expected.sort_by_key(ToString::to_string);
        assert_eq!(both, expected);
    }
    for other in [elsewhere("supervisor"), "supervisor".to_owned(), "regional_authority".to_owned()]
    {
        assert_eq!(notices(&world.persona(&other)).await, Vec::<Value>::new(), "{other}");
    }
}

#[actix_web::test]
async fn within_reach_it_stays_refused() {
    let world = scene().await;
    let own = world.persona("case_worker");
    own.post("/v1/children", child("N-1", AREA)).await.ok();
    own.post("/v1/children", child("N-1", AREA)).await.broke("DI-01");
    let stranger = world.persona(&elsewhere("case_worker"));
    stranger.post("/v1/children", child("N-1", "RS-99")).await.ok();
    // Whoever has it, contested or not: the caller may know.
    stranger.post("/v1/children", child("N-1", "RS-99")).await.broke("DI-01");
    let national = world.persona("national_authority");
    national.post("/v1/children", child("N-1", "RS-99")).await.broke("DI-01");
    let found = json!({"external_id": {"system": SYSTEM, "value": "N-1"}});
    for (who, many) in [(&own, 1), (&stranger, 1), (&national, 2)] {
        let found = who.post("/v1/children:search", found.clone()).await.ok();
        assert_eq!(found["data"].as_array().unwrap().len(), many);
    }
}

#[actix_web::test]
async fn a_number_is_contested_until_one_of_both_has_lost_it() {
    let world = scene().await;
    let (own, stranger) = (world.persona("case_worker"), world.persona(&elsewhere("case_worker")));
    let national = world.persona("national_authority");
    let first = own.post("/v1/children", child("N-1", AREA)).await;
    let second = stranger.post("/v1/children", child("N-1", "RS-99")).await;
    let path = second.header("location").to_owned();
    // What a record keeps is not judged anew, and nobody is told twice.
    let more = json!({"external_ids": numbers(&["N-2", "N-1"])});
    let second = stranger.patch(&path, second.etag(), more.clone()).await;
    assert_eq!(second.ok()["external_ids"], more["external_ids"]);
    let kept = national.patch(
        first.header("location"),
        first.etag(),
        json!({"external_ids": numbers(&["N-3", "N-1"])}),
    );
    let kept = kept.await;
    assert_eq!(kept.ok()["version"], 2);
    assert_eq!((contested(&world), notices(&national).await.len()), (1, 1));

    // The first loses it: the second has it as anybody has a number, and a third one's is contested.
    let lost = json!({"external_ids": numbers(&["N-3"])});
    let lost = own.patch(first.header("location"), kept.etag(), lost).await;
    assert_eq!(contested(&world), 0);
    let id = notices(&national).await[0]["id"].as_str().unwrap().to_owned();
    let none = national.get(&format!("/v1/notices/{id}/contested-records")).await.ok();
    assert_eq!(none, json!({"children": [], "carer_families": []}));
    let back = json!({"external_ids": numbers(&["N-3", "N-1"])});
    let back = own.patch(first.header("location"), lost.etag(), back).await;
    assert_eq!((back.ok()["version"].clone(), contested(&world)), (json!(4), 1));
    // The one whose number is contested loses it.
    let lost = json!({"external_ids": numbers(&["N-3"])});
    own.patch(first.header("location"), back.etag(), lost).await.ok();
    assert_eq!((contested(&world), notices(&national).await.len()), (0, 2));
}

#[actix_web::test]
async fn of_two_that_race_one_is_contested_and_neither_is_told() {
    let world = scene().await;
    let (own, stranger) = (world.persona("case_worker"), world.persona(&elsewhere("case_worker")));
    for round in 0..8 {
        let number = format!("R-{round}");
        let (one, other) = tokio::join!(
            own.post("/v1/children", child(&number, AREA)),
            stranger.post("/v1/children", child(&number, "RS-99")),
        );
        assert_eq!((one.status.as_u16(), other.status.as_u16()), (201, 201), "{one:?} {other:?}");
        assert_eq!(contested(&world), round + 1);
    }
    assert_eq!(notices(&world.persona("national_authority")).await.len(), 8);
}

#[actix_web::test]
async fn a_repeated_request_tells_once() {
    let world = scene().await;
    world.persona("case_worker").post("/v1/children", child("N-1", AREA)).await.ok();
    let stranger = world.persona(&elsewhere("case_worker"));
    let ask = async || {
        let asking = stranger.request(actix_web::http::Method::POST, "/v1/children");
        let key = "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90";
        asking.header("idempotency-key", key).json(&child("N-1", "RS-99")).send().await
    };
    let (first, again) = (ask().await, ask().await);
    assert_eq!(first.ok(), again.ok());
    assert_eq!(notices(&world.persona("national_authority")).await.len(), 1);
}

/// Nobody takes the turns of very many numbers one after the other in an order of their own.
#[actix_web::test]
async fn who_writes_many_numbers_does_not_wait_for_who_writes_many_others() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let other = std::cell::RefCell::new(country.again(&world.database));
    let authority = country.authority;
    let many = |mark: &str| -> Vec<NewChild> {
        let new = |number| {
            let mut new = child(&format!("{mark}-{number}"), AREA);
            new["organisation_id"] = json!(authority);
            body(new)
        };
        (0..300).map(new).collect()
    };
    let registered = country.change(|tx| {
        let made = store::register_all(tx, many("A"))?;
        // While the turns of the first are held.
        let others = other.borrow_mut().change(|tx| store::register_all(tx, many("B")))?;
        assert_eq!(others.len(), 300);
        Ok(made)
    });
    assert_eq!(registered.unwrap().len(), 300);
}

#[actix_web::test]
async fn more_numbers_than_the_database_remembers_locks_for_are_written_at_once() {
    let world = World::new().await;
    let id = |number: i32| body(json!({"system": SYSTEM, "value": format!("M-{number}")}));
    let ids: Vec<ExternalId> = (0..40_000).map(id).collect();
    let mut conn = world.database.service();
    let all = Blinds::of(&mut conn, "child_external_ids", ids.iter()).unwrap();
    conn.transaction(|conn| contested::take_turns(conn, &all)).unwrap();
}
