//! Who may know what is due: the same people who may know of the child, by both walls.
use serde_json::json;

use super::Scene;
use crate::trust::{add_elsewhere, elsewhere};

#[actix_web::test]
async fn whoever_may_not_know_of_the_child_knows_nothing_of_what_is_due() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    scene.sweep();
    let alert = scene.alerts("PL-30").await[0].clone();
    let path = format!("/v1/alerts/{}", alert["id"].as_str().unwrap());
    for role in ["case_worker", "supervisor", "regional_authority"] {
        let own = scene.world.persona(role);
        assert!(!own.get("/v1/deadlines?rule=PL-30").await.ok()["data"][0].is_null(), "{role}");
        assert!(!own.get("/v1/alerts?rule=PL-30").await.ok()["data"][0].is_null(), "{role}");
        own.get(&path).await.ok();
        let foreign = scene.world.persona(&elsewhere(role));
        for list in ["/v1/deadlines?rule=PL-30", "/v1/alerts?rule=PL-30", "/v1/reconciliation"] {
            assert_eq!(foreign.get(list).await.ok()["data"], json!([]), "{role} {list}");
        }
        foreign.get(&path).await.refused(404, "not_found");
        let tag = own.get(&path).await.etag().to_owned();
        let seen = foreign.step(&format!("{path}/acknowledge"), &tag, json!({})).await;
        seen.refused(404, "not_found");
    }
    for role in ["facility_officer", "ngo", "statistician"] {
        let nobody = scene.world.persona(role);
        for list in ["/v1/deadlines", "/v1/alerts", "/v1/reconciliation"] {
            nobody.get(list).await.refused(403, "forbidden");
        }
    }
}

#[actix_web::test]
async fn whoever_supports_a_family_is_told_what_is_due_of_it_and_of_nobody_else() {
    let mut scene = Scene::new().await;
    add_elsewhere(&scene.world);
    scene.country.facility(json!({"total": 4}));
    scene.sweep();
    let officer = scene.world.persona("carer_support_officer");
    let foreign = scene.world.persona(&elsewhere("carer_support_officer"));
    for list in ["/v1/alerts?sort=due_on", "/v1/deadlines"] {
        let told = officer.get(list).await.ok()["data"].as_array().unwrap().clone();
        assert!(!told.is_empty(), "{list}");
        assert!(told.iter().all(|it| it.get("carer_family_id").is_some()), "{list}");
        assert_eq!(foreign.get(list).await.ok()["data"], json!([]), "{list}");
    }
    let alert = officer.get("/v1/alerts?rule=CF-03").await.ok()["data"][0].clone();
    let path = format!("/v1/alerts/{}", alert["id"].as_str().unwrap());
    foreign.get(&path).await.refused(404, "not_found");
    let seen = officer.get(&path).await;
    let note = json!({"note": "They are visited on Monday."});
    let done = officer.step(&format!("{path}/acknowledge"), seen.etag(), note).await.ok();
    assert_eq!(done["state"], "acknowledged");
    assert_eq!(
        officer.get(&format!("{path}/history")).await.ok()["data"][0]["event"],
        "acknowledged"
    );
    officer.get("/v1/reconciliation").await.refused(403, "forbidden");
    let of_child = scene.alerts("PL-30").await[0].clone();
    let path = format!("/v1/alerts/{}", of_child["id"].as_str().unwrap());
    officer.get(&path).await.refused(404, "not_found");
    let authority = scene.world.persona("national_authority");
    let of_facility = authority.get("/v1/alerts?rule=FA-03").await.ok()["data"][0].clone();
    let path = format!("/v1/alerts/{}", of_facility["id"].as_str().unwrap());
    officer.get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn what_is_about_a_facility_is_acknowledged_by_whoever_runs_it() {
    let mut scene = Scene::new().await;
    add_elsewhere(&scene.world);
    scene.country.facility(json!({"total": 4}));
    scene.sweep();
    let authority = scene.world.persona("national_authority");
    let alert = authority.get("/v1/alerts?rule=FA-03").await.ok()["data"][0].clone();
    let path = format!("/v1/alerts/{}", alert["id"].as_str().unwrap());
    let foreign = scene.world.persona(&elsewhere("supervisor"));
    let seen = foreign.get(&path).await;
    let asked = format!("{path}/acknowledge");
    foreign.step(&asked, seen.etag(), json!({})).await.refused(403, "out_of_reach");
    let own = scene.world.persona("supervisor");
    let done = own.step(&asked, seen.etag(), json!({"note": "They come on Monday."})).await.ok();
    assert_eq!(done["state"], "acknowledged");
    own.step(&asked, seen.etag(), json!({})).await.refused(412, "stale");
}
