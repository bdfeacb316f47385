//! Where a facility may be changed: in the area, or of the organisation, of whoever changes it.
use serde_json::json;

use super::Scene;
use crate::{
    support::AREA,
    trust::{add_elsewhere, elsewhere},
};

#[actix_web::test]
async fn a_regional_authority_changes_facilities_of_its_area_and_its_organisation() {
    let scene = Scene::new().await;
    let world = &scene.world;
    add_elsewhere(world);
    let made = scene.apply(scene.application()).await;
    let path = made.header("location").to_owned();
    let stranger = world.persona(&elsewhere("regional_authority"));
    // Everybody may read it.
    assert_eq!(stranger.get(&path).await.etag(), made.etag());
    let renamed = json!({"name": "Taken over"});
    stranger.patch(&path, made.etag(), renamed.clone()).await.refused(403, "out_of_reach");
    let capacity = json!({"valid_from": "2020-03-01", "total": 8});
    stranger
        .put(&format!("{path}/capacity"), made.etag(), capacity)
        .await
        .refused(403, "out_of_reach");
    stranger.post("/v1/facilities", scene.application()).await.refused(403, "out_of_reach");
    let own = world.persona("regional_authority");
    let renamed = own.patch(&path, made.etag(), renamed).await;
    assert_eq!(renamed.ok()["name"], "Taken over");

    // One of its own organisation, wherever it lies.
    let organisation = world.actor(&elsewhere("regional_authority")).organisation.unwrap();
    let mut away = scene.application();
    away["operator_id"] = json!(organisation);
    let away = stranger.post("/v1/facilities", away).await;
    let handed = json!({"operator_id": scene.operator});
    let path = away.header("location");
    stranger.patch(path, away.etag(), handed).await.refused(403, "out_of_reach");
    let moved = stranger.patch(path, away.etag(), json!({"area_code": "RS-99"})).await;
    assert_eq!(moved.ok()["area_code"], "RS-99");
    let moved = stranger.patch(path, moved.etag(), json!({"operator_id": scene.operator})).await;
    moved.ok();
    let out = json!({"area_code": AREA});
    stranger.patch(path, moved.etag(), out.clone()).await.refused(403, "out_of_reach");
    // The whole country is the national authority's, wherever its organisation lies.
    world.persona(&elsewhere("national_authority")).patch(path, moved.etag(), out).await.ok();
}

#[actix_web::test]
async fn inspectors_work_everywhere() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let path = scene.apply(scene.application()).await.header("location").to_owned();
    let found = json!({"kind": "unannounced", "inspected_on": "2025-01-01", "body": "Inspectorate", "children_spoken_to": 3, "findings": "None."});
    let inspector = scene.world.persona(&elsewhere("inspector"));
    inspector.post(&format!("{path}/inspections"), found).await.ok();
}
