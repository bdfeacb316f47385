//! How many children a facility may take, and how many live there.
use serde_json::json;
use uuid::Uuid;

use super::{Scene, id_of};
use crate::support::plan;

#[actix_web::test]
async fn capacity_has_a_history_and_is_never_below_the_children() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    let capacity = format!("{path}/capacity");
    let reader = scene.world.persona("case_worker");
    let first = scene.set_capacity(&path, json!({"valid_from": "2020-03-01", "total": 8, "units": [{"name": "A", "places": 4}, {"name": "B", "places": 4}]})).await;
    assert_eq!(first.etag(), reader.get(&path).await.etag());
    let unit = first.ok()["versions"][0]["units"][0]["id"].as_str().unwrap().to_owned();
    scene.place(&path, ("female", "2021-06-01"), Some(&unit), "2023-01-01", None);
    scene.place(&path, ("female", "2012-01-01"), Some(&unit), "2024-01-01", Some("2025-01-01"));
    scene.place(&path, ("male", "2012-01-01"), None, "2024-06-01", None);

    let units = json!([{"id": unit, "name": "House A", "places": 2}]);
    for (change, limit, occupied) in [
        (json!({"total": 2, "units": units}), json!("total"), 3),
        (
            json!({"total": 3, "units": [{"id": unit, "name": "A", "places": 1}]}),
            json!({"unit": unit}),
            2,
        ),
        (json!({"total": 3}), json!({"unit": unit}), 1),
        (json!({"total": 3, "units": units, "by_sex": {"female": 1}}), json!({"sex": "female"}), 2),
        (
            json!({"total": 3, "units": units, "by_age_band": {"0-2": 0}}),
            json!({"age_band": "0-2"}),
            1,
        ),
    ] {
        let mut body = change;
        body["valid_from"] = json!("2023-02-01");
        let problem = scene.set_capacity(&path, body).await.broke("FA-02");
        assert_eq!(
            (&problem["facts"]["limit"], &problem["facts"]["occupied"]),
            (&limit, &json!(occupied))
        );
        assert_eq!(problem["status"], 409);
    }
    let lowered = scene.set_capacity(&path, json!({"valid_from": "2025-01-01", "total": 2, "units": units, "by_sex": {"female": 1}})).await.ok();
    assert_eq!(lowered["versions"][0]["valid_to"], "2025-01-01");
    let between = scene
        .set_capacity(&path, json!({"valid_from": "2024-01-01", "total": 3, "units": units}))
        .await
        .ok();
    let days: Vec<_> = between["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| (version["valid_from"].clone(), version["valid_to"].clone()))
        .collect();
    assert_eq!(
        json!(days),
        json!([["2020-03-01", "2024-01-01"], ["2024-01-01", "2025-01-01"], ["2025-01-01", null]])
    );
    let replaced = scene
        .set_capacity(&path, json!({"valid_from": "2025-01-01", "total": 5, "units": units}))
        .await
        .ok();
    assert_eq!(replaced["versions"].as_array().unwrap().len(), 3);
    assert_eq!(replaced["versions"][2]["total"], 5);
    let then = reader.get(&format!("{capacity}?as_of=2024-12-31")).await.ok();
    assert_eq!(
        (then["versions"].as_array().unwrap().len(), &then["versions"][0]["total"]),
        (1, &json!(3))
    );
}

#[actix_web::test]
async fn a_capacity_that_does_not_add_up_is_refused() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    for (body, pointer) in [
        (json!({"total": -1}), "/total"),
        (json!({"total": 2001}), "/total"),
        (json!({"total": 3, "by_age_band": {"0-2": 4}}), "/by_age_band/0-2"),
        (json!({"total": 3, "by_age_band": {"0-2": -1}}), "/by_age_band/0-2"),
        (json!({"total": 3, "by_age_band": {"0~/2": 1}}), "/by_age_band/0~0~12"),
        (json!({"total": 3, "by_sex": {"male": 4}}), "/by_sex/male"),
        (json!({"total": 3, "by_sex": {"other": 1}}), "/by_sex/other"),
        (
            json!({"total": 3, "units": [{"name": "A", "places": 2}, {"name": "B", "places": 2}]}),
            "/units",
        ),
        (
            json!({"total": 3, "units": [{"name": "A", "places": 1}, {"name": "A", "places": 1}]}),
            "/units/1",
        ),
        (
            json!({"total": 3, "units": [{"id": Uuid::now_v7(), "name": "A", "places": 2}]}),
            "/units/0/id",
        ),
        (json!({"total": 3, "valid_from": "0001-01-01"}), "/valid_from"),
    ] {
        let mut body = body;
        if body.get("valid_from").is_none() {
            body["valid_from"] = json!("2024-01-01");
        }
        let problem = scene.set_capacity(&path, body.clone()).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body} {problem}");
    }
    let officer = scene.world.persona("regional_authority");
    let body = json!({"valid_from": "2024-01-01", "total": 3});
    let blind =
        officer.request(actix_web::http::Method::PUT, &format!("{path}/capacity")).json(&body);
    blind.send().await.refused(428, "precondition_required");
    let other = scene.apply(scene.application()).await;
    officer.put(&format!("{path}/capacity"), other.etag(), body).await.refused(412, "stale");
}

#[actix_web::test]
async fn occupancy_is_counted_for_any_day() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    let empty = scene.occupancy(&path, "2024-01-01").await;
    assert_eq!((&empty["places_free"], empty.get("places")), (&json!(0), None));
    let set = scene
        .set_capacity(
            &path,
            json!({"valid_from": "2020-03-01", "total": 8, "units": [{"name": "A", "places": 3}]}),
        )
        .await
        .ok();
    let unit = set["versions"][0]["units"][0]["id"].as_str().unwrap().to_owned();
    scene.place(&path, ("female", "2021-06-01"), Some(&unit), "2023-01-01", None);
    scene.place(&path, ("male", "2010-02-01"), None, "2023-01-01", Some("2024-01-01"));
    let mut country = scene.country.again(&scene.world.database);
    let provider = json!({"kind": "facility", "facility_id": id_of(&path)});
    let planned = country.child("male", "2015-01-01");
    country.stay(plan(planned, "small_group_home", provider, "2023-06-01"), None);

    let full = scene.occupancy(&path, "2023-12-31").await;
    assert_eq!(full["by_age_band"], json!({"0-2": 1, "3-6": 0, "7-14": 1, "15-17": 0, "18+": 0}));
    assert_eq!(full["by_sex"], json!({"female": 1, "male": 1}));
    assert_eq!(
        (&full["living_there"], &full["places_free"], &full["admits"]),
        (&json!(2), &json!(6), &json!(true))
    );
    assert_eq!(full["units"][0]["places_free"], 2);
    let later = scene.occupancy(&path, "2024-06-01").await;
    assert_eq!(later["by_age_band"]["3-6"], 1);
    assert_eq!(later["living_there"], 1);
    let before = scene.occupancy(&path, "2020-02-29").await;
    assert_eq!(
        (&before["admits_not_because"], &before["places_free"]),
        (&json!("not_registered"), &json!(0))
    );

    scene
        .step(&path, "stop-admissions", json!({"on": "2025-01-01", "reason": "The roof."}))
        .await
        .ok();
    let stopped = scene.occupancy(&path, "2025-01-01").await;
    assert_eq!(
        (&stopped["admits_not_because"], &stopped["places_free"]),
        (&json!("admissions_stopped"), &json!(0))
    );
    assert_eq!(scene.occupancy(&path, "2024-12-31").await["places_free"], 7);
    let far =
        scene.world.persona("case_worker").get(&format!("{path}/occupancy?as_of=9000-01-01")).await;
    far.refused(400, "invalid_query");
}
