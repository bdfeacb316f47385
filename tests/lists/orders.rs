//! Every list in every order that the contract names: each record once, in its place.
use std::{cmp::Ordering, collections::BTreeSet};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::Value;

use super::Full;
use crate::support::operations::{Operation, operations};

/// The lists that can be sorted, each with the orders that its contract names.
fn sorted_lists() -> Vec<(Operation, Vec<String>)> {
    let orders = |operation: Operation| {
        let parameter =
            operation.parameters("query").into_iter().find(|it| it["name"] == "sort")?;
        let named = parameter["schema"]["items"]["enum"].as_array().expect("orders are named");
        let named = named.iter().map(|order| order.as_str().unwrap().to_owned()).collect();
        Some((operation, named))
    };
    operations().into_iter().filter_map(orders).collect()
}

/// What a record is sorted by: what is absent comes last.
fn key(record: &Value, field: &str) -> Value {
    let absent = match field {
        "birth_date" => record["expected_birth_date"].clone(),
        "name" if record["names"].is_object() => record["names"]["en"].clone(),
        "distance" => record["distance_km"].clone(),
        "places" => Value::from(0),
        _ => Value::Null,
    };
    record.get(field).cloned().unwrap_or(absent)
}

fn compare(a: &Value, b: &Value) -> Ordering {
    let letters = |text: &str| text.replace('Č', "C\u{7f}");
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::String(a), Value::String(b)) => letters(a).cmp(&letters(b)),
        _ => a.as_f64().unwrap().total_cmp(&b.as_f64().unwrap()),
    }
}

/// How two records stand to each other in an order; what cannot be told from them counts as right.
fn stands(a: &Value, b: &Value, order: &[&str]) -> Ordering {
    let mut down = false;
    for sort in order {
        let field = sort.trim_start_matches('-');
        down = sort.starts_with('-');
        match compare(&key(a, field), &key(b, field)) {
            // The distance shown is rounded: between equals another field decides, or another metre.
            Ordering::Equal if field == "distance" => return Ordering::Less,
            Ordering::Equal => {}
            found => return if down { found.reverse() } else { found },
        }
    }
    let ids = a["id"].as_str().cmp(&b["id"].as_str());
    if down { ids.reverse() } else { ids }
}

#[actix_web::test]
async fn every_order_gives_each_record_once_and_in_its_place() {
    let full = Full::new().await;
    let lists = sorted_lists();
    assert!(lists.len() >= 7, "{}", lists.len());
    for (operation, orders) in lists {
        let role = operation.role();
        let near = if orders.iter().any(|it| it == "distance") { "&near=43.32,21.9" } else { "" };
        let all = full.whole(role, &format!("{}?limit=200{near}", operation.path)).await;
        let all: BTreeSet<_> =
            all.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        assert!(all.len() >= 4, "{}: {}", operation.name(), all.len());
        let field = |order: &str| order.trim_start_matches('-').to_owned();
        let pairs = orders.iter().flat_map(|first| {
            let others = orders.iter().filter(|second| field(second) != field(first));
            others.map(|second| vec![first.as_str(), second.as_str()])
        });
        let wanted: Vec<_> = orders.iter().map(|one| vec![one.as_str()]).chain(pairs).collect();
        for (place, order) in wanted.iter().enumerate() {
            let sort = format!("&sort={}", order.join("&sort="));
            let address = format!("{}?limit={}{near}{sort}", operation.path, 1 + place % 3);
            let rows = full.whole(role, &address).await;
            let seen: BTreeSet<_> =
                rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
            assert_eq!((rows.len(), &seen), (all.len(), &all), "{address}");
            let right = rows.is_sorted_by(|a, b| stands(a, b, order) == Ordering::Less);
            assert!(right, "{address}: {rows:#?}");
        }
    }
}

#[actix_web::test]
async fn names_are_sorted_as_people_sort_them() {
    let full = Full::new().await;
    let rows = full.whole(Some("national_authority"), "/v1/facilities?sort=name").await;
    let mut names: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    names.dedup();
    assert_eq!(names, ["Alfa", "Čuperak", "Sunčani most", "Zora"]);
}

#[actix_web::test]
async fn a_cursor_belongs_to_its_order_and_shows_no_key() {
    let full = Full::new().await;
    let worker = full.world.persona("case_worker");
    let page = worker.get("/v1/children?limit=2&sort=birth_date").await.ok();
    let born = page["data"][1]["birth_date"].as_str().unwrap();
    let cursor = page["next_cursor"].as_str().unwrap();
    let plain: Value = serde_json::from_slice(&BASE64.decode(cursor).unwrap()).unwrap();
    let sealed = BASE64.decode(plain["k"].as_str().unwrap()).unwrap();
    for text in [plain.to_string().into_bytes(), sealed] {
        assert!(!String::from_utf8_lossy(&text).contains(born));
    }
    for other in ["", "&sort=-birth_date", "&sort=birth_date&sort=registry_no", "&sort=created_on"]
    {
        let moved = format!("/v1/children?limit=2{other}&cursor={cursor}");
        worker.get(&moved).await.refused(400, "cursor_mismatch");
    }
    let mut forged = plain.clone();
    forged["f"] = worker.get("/v1/children?limit=2&sort=-birth_date").await.ok()["next_cursor"]
        .as_str()
        .map(|cursor| {
            serde_json::from_slice::<Value>(&BASE64.decode(cursor).unwrap()).unwrap()["f"].clone()
        })
        .unwrap();
    let forged = BASE64.encode(forged.to_string());
    let moved = format!("/v1/children?limit=2&sort=-birth_date&cursor={forged}");
    worker.get(&moved).await.refused(400, "invalid_cursor");
    // The page is another one, the way on is the same.
    let wider =
        format!("/v1/children?limit=5&view=summary&count=exact&sort=birth_date&cursor={cursor}");
    assert_eq!(worker.get(&wider).await.ok()["total"], full.children.len());
}

#[actix_web::test]
async fn an_order_that_is_none_is_refused() {
    let full = Full::new().await;
    for (operation, orders) in sorted_lists() {
        let persona = match operation.role() {
            Some(role) => full.world.persona(role),
            None => full.world.nobody(),
        };
        let first = orders[0].trim_start_matches('-');
        for sort in [
            "sort=",
            "sort=id",
            "sort=names'--",
            "sort=Name",
            &format!("sort=--{first}"),
            &format!("sort={first}&sort=-{first}"),
            &format!("sort={first},{first}"),
        ] {
            let reply = persona.get(&format!("{}?{sort}", operation.path)).await;
            let problem = reply.refused(400, "invalid_query");
            let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
            assert!(pointer.starts_with("?sort"), "{} {sort}: {problem}", operation.name());
        }
    }
    let worker = full.world.persona("case_worker");
    worker.get("/v1/carer-families?sort=distance").await.refused(400, "invalid_query");
    let known = format!(
        "/v1/placements?sort=started_on&known_at=2026-11-01T00:00:00Z&child_id={}",
        full.children[0]
    );
    worker.get(&known).await.refused(400, "invalid_query");
}
