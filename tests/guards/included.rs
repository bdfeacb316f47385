//! What lies under a record and is read with it.
use actix_web::http::Method;
use serde_json::{Value, json};

use crate::support::{
    Everything,
    operations::{Operation, misfits, operations},
};

/// The operation and the names of what it can include.
fn including() -> Vec<(Operation, Vec<String>)> {
    let names = |operation: &Operation| -> Option<Vec<String>> {
        let parameters = operation.parameters("query");
        let include = parameters.iter().find(|parameter| parameter["name"] == "include")?;
        let names = include["schema"]["items"]["enum"].as_array().unwrap();
        Some(names.iter().map(|name| name.as_str().unwrap().to_owned()).collect())
    };
    let all = operations().into_iter();
    all.filter_map(|operation| names(&operation).map(|names| (operation, names))).collect()
}

#[actix_web::test]
async fn what_is_included_is_the_list_under_the_record_and_no_more() {
    let all = Everything::new().await;
    let (operations, contract) = (operations(), crate::support::operations::contract());
    let mut compared = 0;
    for (read, names) in including() {
        let path = all.path(&read);
        let plain = all.ask(&read, &path).send().await;
        for name in names {
            let whole = all.ask(&read, &format!("{path}?include={name}")).send().await;
            assert_eq!(plain.ok().get(&name), None, "{}: {name}", read.name());
            let mut rest = whole.ok();
            let included = rest.as_object_mut().unwrap().remove(&name).unwrap();
            assert_eq!(rest, plain.ok(), "{}: {name}", read.name());
            // Nobody learns by it what the list would not tell.
            let under = format!("{}/{}", read.path, name.replace('_', "-"));
            let list = operations.iter().find(|it| it.method == "GET" && it.path == under);
            let (list, listed) = if let Some(list) = list {
                (list, all.path(list))
            } else {
                let beside = format!("/v1/{}", name.replace('_', "-"));
                let list = operations.iter().find(|it| it.method == "GET" && it.path == beside);
                let id = path.rsplit('/').next().unwrap();
                (list.unwrap(), format!("{beside}?{}={id}", owner(&read)))
            };
            assert_eq!(list.permission, read.permission, "{}: {name}", read.name());
            let listed = all.ask(list, &listed).send().await.ok();
            assert_eq!(included, listed["data"], "{}: {name}", read.name());
            assert_ne!(included, json!([]), "{}: {name}", read.name());
            let mut found = Vec::new();
            let schema = &contract["components"]["schemas"][schema_of(&contract, &read)];
            misfits(&contract, schema, &whole.json(), "", &mut found);
            assert_eq!(found, Vec::<String>::new(), "{}: {name}", read.name());
            assert!(schema["properties"][&name].is_object(), "{}: {name}", read.name());
            compared += 1;
        }
        let unknown = all.ask(&read, &format!("{path}?include=everything")).send().await;
        let problem = unknown.refused(400, "invalid_query");
        assert_eq!(problem["errors"][0]["pointer"], "?include/0", "{}", read.name());
    }
    assert_eq!(compared, 8);
}

fn owner(read: &Operation) -> String {
    let record = read.path.trim_start_matches("/v1/").split('/').next().unwrap();
    format!("{}_id", record.trim_end_matches('s').replace('-', "_"))
}

fn schema_of<'c>(contract: &'c Value, read: &Operation) -> &'c str {
    let operation = &contract["paths"][&read.path]["get"];
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
    schema.as_str().unwrap().rsplit('/').next().unwrap()
}

#[actix_web::test]
async fn the_tag_of_the_whole_changes_with_its_lists_and_is_good_for_a_change() {
    let all = Everything::new().await;
    let (worker, child) = (all.world.persona("case_worker"), all.child());
    let (record, whole) =
        (format!("/v1/children/{child}"), format!("/v1/children/{child}?include=legal_statuses"));
    let (plain, first) = (worker.get(&record).await, worker.get(&whole).await);
    assert_ne!(plain.etag(), first.etag());
    let held = |tag: &str| worker.request(Method::GET, &whole).header("if-none-match", tag).send();
    let unchanged = held(first.etag()).await;
    assert_eq!((unchanged.status.as_u16(), unchanged.bytes.len()), (304, 0));
    // The version of the record alone does not tell that the list is the same.
    assert_eq!(held(plain.etag()).await.status.as_u16(), 200);
    let status = json!({"axis": "guardianship", "status": "direct", "valid_from": "2026-11-01"});
    worker.post(&format!("/v1/children/{child}/legal-statuses"), status).await.ok();
    assert_eq!(worker.get(&record).await.etag(), plain.etag());
    let second = held(first.etag()).await;
    assert_eq!(second.ok()["legal_statuses"].as_array().unwrap().len(), 2);
    let changed = worker.patch(&record, second.etag(), json!({"languages": ["sr", "en"]})).await;
    assert_eq!(changed.ok()["version"], json!(plain.json()["version"].as_i64().unwrap() + 1));
    // It names the version that was seen, and that has gone.
    let stale = worker.patch(&record, second.etag(), json!({"languages": ["sr"]})).await;
    stale.refused(412, "stale");
}

#[actix_web::test]
async fn what_is_included_is_as_it_was() {
    let all = Everything::new().await;
    let worker = all.world.persona("case_worker");
    let child = format!("/v1/children/{}", all.child());
    let listed = worker.get(&format!("{child}/legal-statuses")).await.ok();
    let begun = listed["data"][0]["valid_from"].as_str().unwrap().to_owned();
    for (day, known) in [(begun.as_str(), 1), ("1999-12-31", 0)] {
        let past = worker.get(&format!("{child}?include=legal_statuses&as_of={day}")).await;
        assert_eq!(past.ok()["legal_statuses"].as_array().unwrap().len(), known, "{day}");
        assert_eq!(past.header("etag"), "", "what was is not changed");
    }
    let end = operations().into_iter().find(|it| it.path.ends_with("/absences/{absence_id}/end"));
    let end = all.path(&end.unwrap());
    let absence = end.trim_end_matches("/end");
    let (placement, _) = absence.split_once("/absences").unwrap();
    let tag = worker.get(absence).await.etag().to_owned();
    worker.step(&end, &tag, json!({"ended_on": "2026-11-21"})).await.ok();
    let (began, back) = ("2026-11-20", json!("2026-11-21"));
    for (day, ended) in [("", Some(&back)), (began, None), ("2026-11-21", Some(&back))] {
        let asked = if day.is_empty() { String::new() } else { format!("&as_of={day}") };
        let past = worker.get(&format!("{placement}?include=absences{asked}")).await.ok();
        assert_eq!(past["absences"][0]["started_on"], began);
        assert_eq!(past["absences"][0].get("ended_on"), ended, "{day}");
    }
    let before = worker.get(&format!("{placement}?include=absences&as_of=2026-11-19")).await.ok();
    assert_eq!(before["absences"], json!([]));
}
