//! `Idempotency-Key`: a repeated request has one effect and gets the first answer.
use std::thread;

use actix_web::http::Method;
use chrono::Duration;
use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query, sql_types::BigInt};
use kinstead::{
    clients::store::find_by_name,
    platform::{clock::Clock as _, idempotency},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{
    Country, Live, Reply, World,
    live::{Answer, ask},
    proxy::{Cut, Proxy},
};

const PATH: &str = "/v1/organisations";

fn organisation(name: &str) -> Value {
    json!({"kind": "court", "name": name, "area_code": "RS", "valid_from": "2001-01-01"})
}

async fn scene() -> World {
    let world = World::new().await;
    drop(Country::of(&world));
    world
}

async fn post(world: &World, role: &str, path: &str, key: &str, body: &Value) -> Reply {
    world
        .persona(role)
        .request(Method::POST, path)
        .header("idempotency-key", key)
        .json(body)
        .send()
        .await
}

fn count(world: &World, what: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let count: Count = sql_query(format!("SELECT count(*) AS count FROM {what}"))
        .get_result(&mut world.database.owner())
        .unwrap();
    count.count
}

#[actix_web::test]
async fn a_repeated_request_gets_the_first_answer_and_has_one_effect() {
    let world = scene().await;
    let (before, entries) = (count(&world, "organisations"), count(&world, "journal"));
    let first = post(&world, "national_authority", PATH, "a-key", &organisation("Court")).await;
    first.ok();
    assert_eq!(first.header("idempotency-replayed"), "");
    for key in ["a-key", "\"a-key\""] {
        let again = post(&world, "national_authority", PATH, key, &organisation("Court")).await;
        assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
        assert_eq!(
            (again.etag(), again.header("location")),
            (first.etag(), first.header("location"))
        );
        assert_eq!(again.header("idempotency-replayed"), "true");
    }
    assert_eq!(count(&world, "organisations"), before + 1);
    assert_eq!(count(&world, "journal"), entries + 1);
    assert_eq!(count(&world, "idempotency_keys"), 1);
}

#[actix_web::test]
async fn a_key_belongs_to_one_request_of_one_client() {
    let world = scene().await;
    post(&world, "national_authority", PATH, "k", &organisation("Court")).await.ok();
    post(&world, "national_authority", PATH, "k", &organisation("Other"))
        .await
        .refused(422, "idempotency_key_reused");
    let area =
        json!({"code": "RS-01", "level": "district", "parent_code": "RS", "names": {"en": "X"}});
    post(&world, "national_authority", "/v1/areas", "k", &area)
        .await
        .refused(422, "idempotency_key_reused");
    let mut country = Country {
        conn: world.database.service(),
        now: world.clock.now(),
        authority: find_authority(&world).await,
    };
    let mother = json!({"kind": "mother", "person": {"given": "Ana"}});
    let relations =
        [(); 2].map(|()| format!("/v1/children/{}/relations", country.child("male", "2016-01-01")));
    post(&world, "case_worker", &relations[0], "k", &mother).await.ok();
    post(&world, "case_worker", &relations[1], "k", &mother)
        .await
        .refused(422, "idempotency_key_reused");
    let other = post(&world, "sync_client", PATH, "k", &organisation("Court")).await;
    other.ok();
    assert_eq!(other.header("idempotency-replayed"), "");
    assert_eq!(count(&world, "organisations WHERE name = 'Court'"), 2);
}

#[actix_web::test]
async fn a_key_belongs_to_one_version() {
    let world = scene().await;
    let mut country = Country {
        conn: world.database.service(),
        now: world.clock.now(),
        authority: find_authority(&world).await,
    };
    let facility = country.facility(json!({"total": 4}));
    let path = format!("/v1/facilities/{facility}");
    let authority = world.persona("national_authority");
    let tag = authority.get(&path).await.etag().to_owned();
    let stop = json!({"on": "2026-11-01", "reason": "overcrowded"});
    let ask = async |tag: &str| {
        authority
            .request(Method::POST, &format!("{path}/stop-admissions"))
            .header("if-match", tag)
            .header("idempotency-key", "k")
            .json(&stop)
            .send()
            .await
    };
    let first = ask(&tag).await;
    assert!(first.status.is_success(), "{first:?}");
    assert_eq!(ask(&tag).await.header("idempotency-replayed"), "true");
    ask(first.etag()).await.refused(422, "idempotency_key_reused");
}

async fn find_authority(world: &World) -> kinstead::reference::organisations::OrganisationId {
    let list = world.persona("national_authority").get(PATH).await.ok();
    list["data"][0]["id"].as_str().unwrap().parse().unwrap()
}

#[actix_web::test]
async fn a_request_under_way_is_not_begun_again() {
    let world = scene().await;
    let mut other = world.database.service();
    let client = find_by_name(&mut other, "national_authority").unwrap().id.untyped();
    let digest = Sha256::new().chain_update(client.as_bytes()).chain_update("k").finalize();
    let lock = i64::from_be_bytes(digest[..8].try_into().unwrap());
    other.batch_execute(&format!("SELECT pg_advisory_lock({lock})")).unwrap();
    let reply = post(&world, "national_authority", PATH, "k", &organisation("Court")).await;
    reply.refused(409, "idempotency_in_flight");
    assert_eq!(reply.header("retry-after"), "1");
    other.batch_execute(&format!("SELECT pg_advisory_unlock({lock})")).unwrap();
    post(&world, "national_authority", PATH, "k", &organisation("Court")).await.ok();
}

#[actix_web::test]
async fn five_at_once_have_one_effect() {
    let world = scene().await;
    let live = Live::start(&world);
    let token = world.token(
        find_by_name(&mut world.database.service(), "national_authority").unwrap().id.untyped(),
    );
    let body = organisation("Court of five").to_string();
    let answers = thread::scope(|scope| {
        let ask = || {
            let authorization = format!("authorization: Bearer {token}");
            live.ask(
                "POST",
                PATH,
                &[&authorization, "content-type: application/json", "idempotency-key: five"],
                body.as_bytes(),
            )
        };
        let asked: Vec<_> = (0..5).map(|_| scope.spawn(ask)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)), "{answers:?}");
    assert!(answers.iter().any(|answer| answer.status == 201), "{answers:?}");
    assert_eq!(count(&world, "organisations WHERE name = 'Court of five'"), 1);
}

/// Sends one request five times at once until each is answered: what is under way is asked for again.
fn five_answers(ask: impl Fn() -> Answer + Sync) -> Vec<Answer> {
    let patient = || loop {
        let answer = ask();
        if answer.status != 409 {
            return answer;
        }
        assert!(answer.body.windows(21).any(|part| part == b"idempotency_in_flight"), "{answer:?}");
        thread::yield_now();
    };
    thread::scope(|scope| {
        let asked: Vec<_> = (0..5).map(|_| scope.spawn(patient)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[actix_web::test]
async fn what_was_cut_off_and_is_sent_again_five_times_at_once_has_one_effect() {
    let world = scene().await;
    let live = Live::start(&world);
    let token = world.token(
        find_by_name(&mut world.database.service(), "national_authority").unwrap().id.untyped(),
    );
    let authorization = format!("authorization: Bearer {token}");
    for (turn, cut) in [Cut::BeforeTheAnswer, Cut::AfterTheRequest].into_iter().enumerate() {
        for cut_at_once in [1, 5] {
            let name = format!("Court {turn} of {cut_at_once}");
            let (body, key) =
                (organisation(&name).to_string(), format!("idempotency-key: {turn}-{cut_at_once}"));
            let headers = [authorization.as_str(), "content-type: application/json", key.as_str()];
            let entries = count(&world, "journal");
            let proxy = Proxy::before(live.address, cut);
            thread::scope(|scope| {
                for _ in 0..cut_at_once {
                    scope.spawn(|| {
                        let cut = ask(proxy.connect(), "POST", PATH, &headers, body.as_bytes());
                        assert_eq!((cut.status, cut.head.as_str()), (0, ""), "nothing came back");
                    });
                }
            });
            assert_eq!(proxy.cuts(), cut_at_once);
            let rows = format!("organisations WHERE name = '{name}'");
            if cut == Cut::BeforeTheAnswer {
                assert_eq!(count(&world, &rows), 1, "it was done, and nobody was told");
            }
            let answers = five_answers(|| live.ask("POST", PATH, &headers, body.as_bytes()));
            for answer in &answers {
                assert_eq!((answer.status, &answer.body), (201, &answers[0].body), "{cut:?}");
                for header in ["etag", "location"] {
                    assert!(answer.header(header).is_some());
                    assert_eq!(answer.header(header), answers[0].header(header));
                }
            }
            let first = answers.iter().filter(|it| it.header("idempotency-replayed").is_none());
            assert!(first.count() <= usize::from(cut == Cut::AfterTheRequest), "{answers:?}");
            assert_eq!(count(&world, &rows), 1);
            assert_eq!(count(&world, "journal"), entries + 1);
        }
    }
}

#[actix_web::test]
async fn a_refused_request_leaves_no_key() {
    let world = scene().await;
    let mut wrong = organisation("Court");
    wrong["area_code"] = json!("XX-99");
    post(&world, "national_authority", PATH, "k", &wrong).await.refused(422, "invalid");
    assert_eq!(count(&world, "idempotency_keys"), 0);
    post(&world, "national_authority", PATH, "k", &organisation("Court")).await.ok();
}

#[actix_web::test]
async fn an_effect_that_is_undone_takes_its_key_with_it() {
    let world = scene().await;
    let before = (count(&world, "organisations"), count(&world, "journal"));
    let mut owner = world.database.owner();
    let broken = "ALTER TABLE journal ADD CONSTRAINT broken CHECK (event = '') NOT VALID";
    owner.batch_execute(broken).unwrap();
    // The journal is written last: all the rest, the key's row among it, was written by then.
    let ask = async || post(&world, "national_authority", PATH, "k", &organisation("Court")).await;
    ask().await.refused(500, "internal");
    assert_eq!((count(&world, "organisations"), count(&world, "journal")), before);
    assert_eq!(count(&world, "idempotency_keys"), 0);
    owner.batch_execute("ALTER TABLE journal DROP CONSTRAINT broken").unwrap();
    let anew = ask().await;
    anew.ok();
    assert_eq!(anew.header("idempotency-replayed"), "");
}

#[actix_web::test]
async fn answers_are_kept_for_seven_days() {
    let world = scene().await;
    let ask = async || post(&world, "national_authority", PATH, "k", &organisation("Court")).await;
    ask().await.ok();
    world.clock.advance(Duration::days(7) - Duration::seconds(1));
    assert_eq!(ask().await.header("idempotency-replayed"), "true");
    assert_eq!(idempotency::sweep(&mut world.database.service(), world.clock.now()).unwrap(), 0);
    world.clock.advance(Duration::seconds(1));
    let anew = ask().await;
    anew.ok();
    assert_eq!(anew.header("idempotency-replayed"), "");
    assert_eq!(count(&world, "organisations WHERE name = 'Court'"), 2);
    world.clock.advance(Duration::days(7));
    assert_eq!(idempotency::sweep(&mut world.database.service(), world.clock.now()).unwrap(), 1);
    assert_eq!(count(&world, "idempotency_keys"), 0);
}

#[actix_web::test]
async fn keys_of_the_wrong_form_are_refused() {
    let world = scene().await;
    for key in ["", "\"\"", "a b", "a\tb", &"k".repeat(256)] {
        let reply = post(&world, "national_authority", PATH, key, &organisation("Court")).await;
        reply.refused(400, "malformed_header");
    }
    post(&world, "national_authority", PATH, &"k".repeat(255), &organisation("Court")).await.ok();
}
