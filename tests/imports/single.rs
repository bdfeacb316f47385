//! A record that another system sends alone, by its number there.
use std::thread::ScopedJoinHandle;

use actix_web::http::Method;
use diesel::{
    QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_query,
    sql_types::BigInt,
};
use serde_json::{Value, json};

use super::{Desk, SYSTEM, basics::stay, child, line, reference, under};
use crate::{
    support::{
        Reply,
        live::{Answer, Live},
    },
    trust::add_elsewhere,
};

const WHO: &str = "sync_client";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Sends what a line of a file says.
async fn put(desk: &Desk, who: &str, line: &Value) -> Reply {
    let mut body = line.clone();
    let [kind, external] =
        ["kind", "external"].map(|it| body.as_object_mut().unwrap().remove(it).unwrap());
    let path = address(
        kind.as_str().unwrap(),
        external["system"].as_str().unwrap(),
        external["value"].as_str().unwrap(),
    );
    send(desk, who, &path, &body).await
}

async fn send(desk: &Desk, who: &str, path: &str, body: &Value) -> Reply {
    desk.world.persona(who).request(Method::PUT, path).json(body).send().await
}

fn address(kind: &str, system: &str, value: &str) -> String {
    let encoded =
        |text: &str| text.bytes().fold(String::new(), |all, byte| format!("{all}%{byte:02X}"));
    format!("/v1/{kind}/external/{}/{}", encoded(system), encoded(value))
}

#[actix_web::test]
async fn a_record_is_made_changed_and_known() {
    let desk = Desk::new().await;
    let made = put(&desk, WHO, &child("K-1", "Zvezdana")).await;
    assert_eq!(made.status, 201);
    let told = made.ok();
    let number = json!({"system": SYSTEM, "value": "K-1"});
    assert_eq!(
        (&told["verdict"], &told["external"], &told["version"]),
        (&json!("created"), &number, &json!(1))
    );
    let path = format!("/v1/children/{}", told["id"].as_str().unwrap());
    assert_eq!(made.header("location"), path);
    let read = desk.world.persona(WHO).get(&path).await.ok();
    assert_eq!(
        (&read["external_ids"], &read["names"][0]["given"]),
        (&json!([number]), &json!("Zvezdana"))
    );

    let again = put(&desk, WHO, &child("K-1", "Zvezdana")).await;
    assert_eq!((again.status.as_u16(), &again.ok()["verdict"]), (200, &json!("unchanged")));
    let changed = put(&desk, WHO, &child("K-1", "Zvonka")).await;
    let changed = changed.ok();
    assert_eq!((&changed["verdict"], &changed["version"]), (&json!("updated"), &json!(2)));
    // What a file says of it is the same.
    let results = desk.import(WHO, "", &[child("K-1", "Zvonka")]).await;
    assert_eq!((&results[0]["verdict"], &results[0]["id"]), (&json!("unchanged"), &told["id"]));
}

#[actix_web::test]
async fn an_older_version_changes_nothing() {
    let desk = Desk::new().await;
    let at = |version: i64, given: &str| {
        let mut line = child("K-1", given);
        line["source_version"] = json!(version);
        line
    };
    put(&desk, WHO, &at(3, "Zvezdana")).await.ok();
    assert_eq!(put(&desk, WHO, &at(2, "Zora")).await.ok()["verdict"], "unchanged");
    assert_eq!(put(&desk, WHO, &at(4, "Zora")).await.ok()["verdict"], "updated");
}

#[actix_web::test]
async fn references_and_steps_are_those_of_files() {
    let mut desk = Desk::new().await;
    let home = desk.country.facility(json!({"total": 4}));
    put(&desk, WHO, &child("K-1", "Zvezdana")).await.ok();
    put(&desk, WHO, &line("placement", "P-1", stay(home))).await.ok();
    let status =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-03-02"});
    let status = under(line("legal_status", "S-1", status), "child", "K-1");
    let made = put(&desk, WHO, &status).await;
    assert!(made.header("location").contains("/legal-statuses/"));
    desk.world.persona(WHO).get(made.header("location")).await.ok();
    let end = line("legal_status", "S-1", json!({"ended_on": "2026-07-02"}));
    let mut end = under(end, "child", "K-1");
    end["step"] = json!("end");
    let ended = put(&desk, WHO, &end).await.ok();
    assert_eq!((&ended["verdict"], &ended["id"]), (&json!("updated"), &made.ok()["id"]));
    assert_eq!(put(&desk, WHO, &end).await.ok()["verdict"], "unchanged");
    end["external"]["value"] = json!("S-2");
    put(&desk, WHO, &end).await.refused(404, "not_found");
}

#[actix_web::test]
async fn what_is_refused_is_a_problem_of_the_body_and_writes_nothing() {
    let desk = Desk::new().await;
    let written = || {
        let changes = sql_query(
            "SELECT (SELECT count(*) FROM journal) + (SELECT count(*) FROM record_external_ids) AS count",
        );
        changes.get_result::<Count>(&mut desk.world.database.owner()).unwrap().count
    };
    let before = written();
    let mut faulty = child("K-1", "Zvezdana");
    faulty["data"]["sex"] = json!("unheard");
    let problem = put(&desk, WHO, &faulty).await;
    assert_eq!(problem.status.as_u16(), 422);
    assert_eq!(problem.json()["errors"][0]["pointer"], "/data/sex");
    // The number stands in the address, and nowhere else.
    assert_eq!(problem.json()["instance"], "/v1/child/external");
    assert!(!String::from_utf8_lossy(&problem.bytes).contains("K-1"));
    let mut unknown = line("placement", "P-1", json!({"child_id": reference("child", "K-7")}));
    let problem = put(&desk, WHO, &unknown).await;
    assert_eq!(problem.json()["errors"][0]["pointer"], "/data/child_id");
    unknown["more"] = json!(1);
    assert_eq!(put(&desk, WHO, &unknown).await.json()["errors"][0]["pointer"], "/more");
    let body = json!({"data": {}});
    for (path, status, code) in [
        (address("children", SYSTEM, "K-1"), 404, "not_found"),
        (address("child", "x", "K-1"), 400, "malformed_id"),
        (address("child", SYSTEM, &"7".repeat(65)), 400, "malformed_id"),
    ] {
        send(&desk, WHO, &path, &body).await.refused(status, code);
    }
    let statistician = put(&desk, "statistician", &child("K-1", "Zvezdana")).await;
    statistician.refused(403, "forbidden");
    assert_eq!(written(), before);
}

#[actix_web::test]
async fn systems_and_numbers_may_hold_anything() {
    let desk = Desk::new().await;
    for (system, value) in [
        ("https://ministry.example/children?a=1#b", "K/2017/42"),
        ("urn:x:%2F", "a%2Fb c+d"),
        ("urn:example:a+b", "дете 7"),
    ] {
        let mut line = child("K-1", "Zvezdana");
        line["external"] = json!({"system": system, "value": value});
        line["data"]["names"][0]["given"] = json!(format!("Zvezdana{}", value.len()));
        let made = put(&desk, WHO, &line).await;
        assert_eq!(
            (made.status.as_u16(), &made.ok()["external"]),
            (201, &line["external"]),
            "{system} {value}"
        );
        assert_eq!(put(&desk, WHO, &line).await.ok()["verdict"], "unchanged");
    }
}

#[actix_web::test]
async fn whom_the_caller_no_longer_reaches_is_not_named() {
    let desk = Desk::new().await;
    let bound = "UPDATE clients SET area_codes = '{RS-20}' WHERE name = 'sync_client'";
    desk.world.database.owner().batch_execute(bound).unwrap();
    desk.world.refresh();
    let made = put(&desk, WHO, &child("K-1", "Zvezdana")).await.ok();
    let national = desk.world.persona("national_authority");
    let path = format!("/v1/children/{}", made["id"].as_str().unwrap());
    let seen = national.get(&path).await;
    add_elsewhere(&desk.world);
    national.patch(&path, seen.etag(), json!({"area_code": "RS-99"})).await.ok();
    let known = put(&desk, WHO, &child("K-1", "Zvezdana")).await.ok();
    assert_eq!((&known["verdict"], known.get("id")), (&json!("unchanged"), None));
    put(&desk, WHO, &child("K-1", "Zora")).await.refused(404, "not_found");
}

/// What eight are told who send the same at once.
fn at_once(desk: &Desk, who: &str, record: &Value) -> Vec<Value> {
    let live = Live::start(&desk.world);
    let token = desk.world.token(desk.world.client(who));
    let headers =
        [format!("Authorization: Bearer {token}"), "Content-Type: application/json".to_owned()];
    let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
    let body = json!({"data": record["data"]}).to_string();
    let number = record["external"]["value"].as_str().unwrap();
    let path = address(record["kind"].as_str().unwrap(), SYSTEM, number);
    std::thread::scope(|scope| {
        let send = || live.ask("PUT", &path, &headers, body.as_bytes());
        let all: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        let read = |one: ScopedJoinHandle<'_, Answer>| one.join().unwrap().body;
        all.into_iter().map(|one| serde_json::from_slice(&read(one)).unwrap()).collect()
    })
}

#[actix_web::test]
async fn many_at_once_make_one_record() {
    let desk = Desk::new().await;
    let court =
        json!({"kind": "court", "name": "Court", "area_code": "RS-20", "valid_from": "2001-01-01"});
    for line in [child("K-1", "Zvezdana"), line("organisation", "O-1", court)] {
        let told = at_once(&desk, "national_authority", &line);
        let count = |verdict: &str| told.iter().filter(|one| one["verdict"] == verdict).count();
        assert_eq!((count("created"), count("unchanged")), (1, 7), "{told:#?}");
        assert!(told.iter().all(|one| one["id"] == told[0]["id"]));
    }
}
