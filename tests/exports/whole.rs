//! An export is its list: the same records to the same clients, refused as the list refuses, and logged as it is.
use std::collections::BTreeSet;

use diesel::{RunQueryDsl as _, sql_query, sql_types::Text};
use kinstead::{
    clients::{Manager, NewClient, store},
    exports::ExportedList,
};
use serde_json::{Value, json};

use super::{cells, leaves, lines, lists, pages, plain, read_by_python, takes};
use crate::{
    support::{Country, Everything, Reply, World},
    trust::{add_elsewhere, elsewhere},
};

/// Who tries each list: who sees all, who sees some, who sees that of others, and who sees lists about nobody.
const ROLES: [&str; 4] =
    ["national_authority", "supervisor", "inspector", "data_protection_officer"];

#[test]
fn every_list_of_the_contract_can_be_exported() {
    let exported: Vec<&str> = ExportedList::ALL.iter().map(|list| list.as_str()).collect();
    assert_eq!(exported, lists().iter().map(String::as_str).collect::<Vec<_>>());
    assert!(exported.len() > 30);
}

/// A table that was read, and the records that it must hold.
struct Told {
    name: String,
    table: String,
    records: Vec<Value>,
}

#[actix_web::test]
async fn an_export_is_the_list_record_by_record() {
    let all = Everything::new().await;
    add_elsewhere(&all.world);
    let (mut told, mut refused, mut withheld) = (Vec::new(), 0, 0);
    for list in lists() {
        for role in ROLES.map(str::to_owned).into_iter().chain([elsewhere("supervisor")]) {
            let persona = all.world.persona(&role);
            let query = if takes(&list, "view") { "view=full" } else { "" };
            let records = pages(&persona, &list, query).await;
            let of_lines = persona.get(&format!("/v1/exports/{list}.ndjson?{query}")).await;
            let of_rows = persona.get(&format!("/v1/exports/{list}.csv?{query}")).await;
            let name = format!("{list} for {role}");
            match records {
                Err(refusal) => {
                    for reply in [&of_lines, &of_rows] {
                        let code = refusal.json()["code"].as_str().unwrap().to_owned();
                        reply.refused(refusal.status.as_u16(), &code);
                    }
                    refused += 1;
                }
                Ok(records) => {
                    assert_eq!(lines(&of_lines), records, "{name}");
                    withheld += records.iter().filter(|it| it["withheld"].is_array()).count();
                    let kind = "text/csv; charset=utf-8; header=present";
                    assert_eq!(of_rows.header("content-type"), kind);
                    let file = format!("attachment; filename=\"{list}.csv\"");
                    assert_eq!(of_rows.header("content-disposition"), file);
                    assert_eq!(of_rows.header("cache-control"), "no-store");
                    let table = String::from_utf8(of_rows.bytes).unwrap();
                    told.push(Told { name, table, records });
                }
            }
        }
    }
    assert!(refused > 20 && withheld > 0, "{refused} {withheld}");
    assert!(told.iter().filter(|it| !it.records.is_empty()).count() > 60);
    compare(&told);
}

fn compare(told: &[Told]) {
    let tables: Vec<String> = told.iter().map(|it| it.table.clone()).collect();
    let mut seen = BTreeSet::new();
    for (Told { name, records, table }, rows) in told.iter().zip(read_by_python(&tables)) {
        assert!(table.ends_with("\r\n"), "{name}");
        let (columns, rows) = rows.split_first().unwrap();
        // The same columns whatever the data.
        let list = name.split(' ').next().unwrap();
        seen.insert((list, columns.clone()));
        assert_eq!(rows.len(), records.len(), "{name}");
        for (row, record) in rows.iter().zip(records) {
            let row: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
            assert_eq!(row, cells(record, columns), "{name}");
            let mut members = BTreeSet::new();
            leaves(record, "", &mut members);
            let homeless: Vec<_> = members.iter().filter(|it| !is_held(it, columns)).collect();
            assert!(homeless.is_empty(), "{name} has no columns for {homeless:?}");
        }
    }
    assert_eq!(seen.len(), lists().len());
}

/// Whether a member has a column, or is a part of one whose members have names of their own.
fn is_held(member: &str, columns: &[String]) -> bool {
    columns.iter().any(|column| member == column || member.starts_with(&format!("{column}.")))
}

#[actix_web::test]
async fn an_export_is_asked_with_what_its_list_takes_and_with_nothing_else() {
    let all = Everything::new().await;
    let asking = all.world.persona("national_authority");
    let child = all.child();
    for (list, query) in [
        ("children", "sex=male&sort=-birth_date"),
        ("children", "view=summary"),
        ("placements", "as_of=2026-03-01"),
        ("placements", &format!("child_id={child}&known_at=2026-11-22T12:00:00Z")),
        ("organisations", "kind=centre_for_social_work&kind=authority&sort=name"),
        ("alerts", &format!("child_id={child}")),
    ] {
        let records = match pages(&asking, list, query).await {
            Ok(records) => records,
            Err(refusal) => panic!("{list}?{query}: {refusal:?}"),
        };
        let export = asking.get(&format!("/v1/exports/{list}.ndjson?{query}")).await;
        assert_eq!(lines(&export), records, "{list}?{query}");
    }
    for ending in ["ndjson", "csv"] {
        let ask = async |query: &str| asking.get(&format!("/v1/exports/{query}")).await;
        let fault = |reply: &Reply| reply.refused(400, "invalid_query")["errors"][0].clone();
        for name in ["limit=3", "cursor=x", "count=exact", "nonsense=1", "filters=x", "child_id=x"]
        {
            let reply = ask(&format!("children.{ending}?{name}")).await;
            let name = name.split('=').next().unwrap();
            assert_eq!(fault(&reply)["pointer"], format!("?{name}"));
            assert_eq!(fault(&reply)["code"], "unknown_parameter");
        }
        let own = asking.get("/v1/children?age_min=x").await;
        let reply = ask(&format!("children.{ending}?age_min=x")).await;
        assert_eq!(fault(&reply), fault(&own));
        assert_eq!(reply.json()["instance"], format!("/v1/exports/children.{ending}"));
        for none in ["nothing", "child", "children.csv", "log", "changes", "Children"] {
            ask(&format!("{none}.{ending}")).await.refused(404, "not_found");
        }
    }
    asking.get("/v1/exports/children").await.refused(404, "not_found");
    asking.get("/v1/exports/children.xlsx").await.refused(404, "not_found");
}

#[actix_web::test]
async fn who_works_with_single_persons_exports_no_lists_about_persons() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    country.child("female", "2016-05-01");
    let (authority, roles) = (country.authority, ["case_worker", "statistician"]);
    let new = NewClient {
        name: "both".to_owned(),
        organisation_id: Some(authority),
        roles: roles.map(str::to_owned).to_vec(),
        ..NewClient::of_role("case_worker")
    };
    country.change(|tx| store::register(tx, &Manager::Operator, new.clone())).unwrap();
    world.refresh();
    let both = world.persona("both");
    both.get("/v1/children").await.ok();
    for ending in ["ndjson", "csv"] {
        let reply = both.get(&format!("/v1/exports/children.{ending}")).await;
        reply.refused(429, "too_many_persons");
        assert_eq!(reply.header("retry-after"), "3600");
        let reply = both.get(&format!("/v1/exports/organisations.{ending}")).await;
        assert_eq!(reply.status, 200);
        world
            .persona("case_worker")
            .get(&format!("/v1/exports/areas.{ending}"))
            .await
            .refused(403, "forbidden");
        world
            .persona("statistician")
            .get(&format!("/v1/exports/children.{ending}"))
            .await
            .refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn an_export_stands_in_the_log_as_its_list_with_its_purpose() {
    #[derive(Debug, PartialEq, Eq, diesel::QueryableByName)]
    struct Entry {
        #[diesel(sql_type = Text)]
        operation: String,
        #[diesel(sql_type = Text)]
        purpose: String,
        #[diesel(sql_type = Text)]
        legal_basis: String,
        #[diesel(sql_type = Text)]
        on_behalf_of: String,
        #[diesel(sql_type = Text)]
        client: String,
        #[diesel(sql_type = Text)]
        classes: String,
    }
    let world = World::new().await;
    let mut country = Country::of(&world);
    let children = [(); 3].map(|()| country.child("female", "2016-05-01"));
    let asked = |list: &str| {
        world
            .persona("supervisor")
            .request(actix_web::http::Method::GET, &format!("/v1/{list}"))
            .header("purpose", "court")
            .header("legal-basis", "Family Law, art. 267")
            .header("on-behalf-of", "worker-4711")
    };
    let entries = |reply: &Reply| {
        let sql = "SELECT operation, purpose, legal_basis, on_behalf_of, client::text, \
            array_to_string(field_classes, ',') AS classes FROM access_inbox WHERE request_id = $1";
        let id = reply.header("x-request-id");
        sql_query(sql).bind::<Text, _>(id).load::<Entry>(&mut world.database.owner()).unwrap()
    };
    let list = asked("children").send().await;
    list.ok();
    let expected = entries(&list);
    assert_eq!(expected.len(), children.len());
    for ending in ["ndjson", "csv"] {
        let export = asked(&format!("exports/children.{ending}")).send().await;
        assert_eq!(export.status, 200, "{export:?}");
        assert_eq!(entries(&export), expected);
    }
    let refused = world
        .persona("supervisor")
        .request(actix_web::http::Method::GET, "/v1/exports/children.csv")
        .header("purpose", "curiosity");
    refused.send().await.refused(403, "purpose_not_allowed");
}

#[actix_web::test]
async fn no_cell_is_a_formula() {
    let world = World::new().await;
    drop(Country::of(&world));
    let authority = world.persona("national_authority");
    let names = [
        "=HYPERLINK(\"http://evil.example\",\"x\")",
        "+381 18 555",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1:A2)",
        "＝1+1",
        "'s-Gravenhage",
        "plain, with \"quotes\" and = inside",
        "Ljubičica; Šabac",
    ];
    for name in names {
        let new =
            json!({"kind": "court", "name": name, "area_code": "RS", "valid_from": "2001-01-01"});
        authority.post("/v1/organisations", new).await.ok();
    }
    let export = authority.get("/v1/exports/organisations.csv?kind=court").await;
    let text = String::from_utf8(export.bytes).unwrap();
    assert!(!text.starts_with('\u{feff}'));
    let [rows] = read_by_python(&[text]).try_into().unwrap();
    assert_eq!(rows[0][..2], ["id", "version"]);
    let column = rows[0].iter().position(|name| name == "name").unwrap();
    let cells: Vec<&str> = rows[1..].iter().map(|row| row[column].as_str()).collect();
    let guarded = |name: &str| {
        if name.starts_with(['p', 'L']) { name.to_owned() } else { format!("'{name}") }
    };
    assert_eq!(cells, names.map(guarded));
}
