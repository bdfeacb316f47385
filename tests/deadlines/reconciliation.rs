//! What does not add up.
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use super::Scene;
use crate::support::in_facility;

#[actix_web::test]
async fn children_without_legal_status_and_facilities_that_are_too_full_are_listed() {
    let mut scene = Scene::new().await;
    let home = scene.country.facility(json!({"total": 2}));
    for born in ["2012-01-01", "2013-01-01"] {
        let child = scene.country.child("male", born);
        scene.country.stay(in_facility(child, home, "2026-11-01"), None);
        let status = json!({"axis": "care_authority", "status": "full_care_order", "valid_from": "2026-11-01"});
        let path = format!("/v1/children/{child}/legal-statuses");
        scene.world.persona("case_worker").post(&path, status).await.ok();
    }
    let found = |page: &Value| -> Vec<(String, String)> {
        let id = |it: &Value| {
            let id = it.get("child_id").or(it.get("facility_id"));
            id.unwrap().as_str().unwrap().to_owned()
        };
        let rows = page["data"].as_array().unwrap().iter();
        rows.map(|it| (it["kind"].as_str().unwrap().to_owned(), id(it))).collect()
    };
    let child = ("no_legal_status".to_owned(), scene.child.to_string());
    let worker = scene.world.persona("case_worker");
    let page = worker.get("/v1/reconciliation").await.ok();
    assert_eq!(found(&page), std::slice::from_ref(&child));
    let mut owner = scene.world.database.owner();
    owner
        .batch_execute("UPDATE facility_capacities SET total = 1; UPDATE facility_registrations SET valid_to = '2026-11-22'")
        .unwrap();
    let (full, bare) = ("over_capacity".to_owned(), "not_registered".to_owned());
    let home = home.to_string();
    let page = worker.get("/v1/reconciliation?limit=2").await.ok();
    assert_eq!(found(&page), [child, (bare.clone(), home.clone())]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = worker.get(&format!("/v1/reconciliation?limit=2&cursor={cursor}")).await.ok();
    assert_eq!(found(&page), [(full, home.clone())]);
    assert_eq!((&page["data"][0]["expected"], &page["data"][0]["found"]), (&json!(1), &json!(2)));
    let page = worker.get("/v1/reconciliation?kind=not_registered&area=RS-20").await.ok();
    assert_eq!(found(&page), [(bare, home)]);
    assert_eq!(
        worker.get("/v1/reconciliation?area=RS-20&kind=no_whereabouts").await.ok()["data"],
        json!([])
    );
}
