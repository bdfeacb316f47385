//! Totals and views: what is counted, what a summary leaves out, and that both fit the contract.
use serde_json::Value;

use super::Full;
use crate::support::operations::{contract, misfits, operations};

#[actix_web::test]
async fn a_total_is_given_when_it_is_asked_for_and_counts_what_the_filters_let_through() {
    let full = Full::new().await;
    let mut counted = 0;
    for operation in operations().iter().filter(|operation| operation.has("query", "count")) {
        counted += 1;
        let persona = match operation.role() {
            Some(role) => full.world.persona(role),
            None => full.world.nobody(),
        };
        let path = &operation.path;
        let all = full.whole(operation.role(), &format!("{path}?limit=200")).await.len();
        let plain = persona.get(&format!("{path}?limit=1")).await.ok();
        assert!(plain.get("total").is_none(), "{path}");
        for count in ["exact", "estimated"] {
            let page = persona.get(&format!("{path}?limit=1&count={count}")).await.ok();
            assert_eq!(page["total"], all, "{path} {count}");
        }
        for count in ["", "all", "EXACT"] {
            let refused = persona.get(&format!("{path}?count={count}")).await;
            refused.refused(400, "invalid_query");
        }
    }
    assert!(counted >= 7, "{counted}");
    let worker = full.world.persona("case_worker");
    for (query, total) in [
        ("/v1/children?sex=unknown", 2),
        ("/v1/children?area_code=RS-20-A", 0),
        ("/v1/placements?state=active&state=planned", 4),
        ("/v1/carer-families?places_min=1", 3),
        ("/v1/carer-families?near=43.4,21.8&within_km=1", 2),
        ("/v1/facilities?places_min=5", 3),
        ("/v1/care-periods?state=closed", 2),
    ] {
        for count in ["exact", "estimated"] {
            let page = worker.get(&format!("{query}&limit=1&count={count}")).await.ok();
            assert_eq!(page["total"], total, "{query} {count}");
        }
    }
    let known = format!(
        "/v1/placements?count=exact&known_at=2026-11-22T12:00:00Z&child_id={}",
        full.children[0]
    );
    assert_eq!(worker.get(&known).await.ok()["total"], 1);
}

#[actix_web::test]
async fn both_views_fit_the_contract_and_the_summary_is_smaller() {
    let full = Full::new().await;
    let document = contract();
    let mut views = 0;
    for operation in operations().iter().filter(|operation| operation.has("query", "view")) {
        views += 1;
        let schema = &operation.spec["responses"]["200"]["content"]["application/json"]["schema"];
        let read = async |query: &str| {
            let address = format!("{}?limit=200{query}", operation.path);
            let page = full.world.persona(operation.role().unwrap()).get(&address).await.ok();
            let mut wrong = Vec::new();
            misfits(&document, schema, &page, "", &mut wrong);
            assert!(wrong.is_empty(), "{address}: {wrong:#?}");
            page["data"].as_array().unwrap().clone()
        };
        let (summaries, records, usual) =
            (read("&view=summary").await, read("&view=full").await, read("").await);
        assert!(usual == summaries || usual == records, "{}", operation.name());
        let members = |rows: &[Value]| -> usize {
            rows.iter().map(|row| row.as_object().unwrap().len()).sum()
        };
        assert!(members(&summaries) < members(&records), "{}", operation.name());
        for (summary, record) in summaries.iter().zip(&records) {
            for (name, value) in summary.as_object().unwrap() {
                assert_eq!(&record[name], value, "{} {name}", operation.name());
            }
            let one = format!("{}/{}", operation.path, record["id"].as_str().unwrap());
            let one = full.world.persona(operation.role().unwrap()).get(&one).await.ok();
            for (name, value) in one.as_object().unwrap() {
                assert_eq!(&record[name], value, "{} {name}", operation.name());
            }
        }
    }
    assert_eq!(views, 3);
}

#[actix_web::test]
async fn a_summary_of_a_child_holds_no_more_than_recognises_it() {
    let full = Full::new().await;
    let worker = full.world.persona("case_worker");
    let page = worker.get("/v1/children?view=summary&sort=birth_date&limit=1").await.ok();
    let members: Vec<_> = page["data"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        members,
        ["area_code", "birth_date", "birth_date_precision", "id", "name", "registry_no", "sex"]
    );
}
