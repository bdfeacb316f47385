//! Who works in a facility: recorded as it was on a day, by whoever may, and only what can be.
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Scene;
use crate::trust::{add_elsewhere, elsewhere};

fn snapshot(on: &str) -> Value {
    json!({
        "taken_on": on, "vacancies": 2,
        "staff": [
            {"role": "carer", "headcount": 12, "full_time_equivalents": 10.5, "qualified": 9, "checked": 12},
            {"role": "support", "headcount": 3, "full_time_equivalents": 3.0, "qualified": 0, "checked": 3},
        ],
        "shifts": [
            {"shift": "day", "children_per_carer": 4.5}, {"shift": "evening_night", "children_per_carer": 9},
        ],
    })
}

#[actix_web::test]
async fn staff_is_recorded_and_listed_latest_first() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    let list = format!("{path}/staff-snapshots");
    let authority = scene.world.persona("regional_authority");
    let made = authority.post(&list, snapshot("2026-02-01")).await;
    assert_eq!(made.ok()["staff"], snapshot("2026-02-01")["staff"]);
    assert_eq!(authority.get(made.header("location")).await.etag(), made.etag());
    authority.post(&list, snapshot("2025-02-01")).await.ok();
    // The one of that day that was recorded last comes first.
    let mut better = snapshot("2026-02-01");
    better["vacancies"] = json!(0);
    authority.post(&list, better).await.ok();
    let page = authority.get(&list).await.ok();
    let told: Vec<_> = page["data"].as_array().unwrap().iter().collect();
    let told: Vec<_> = told.iter().map(|it| (&it["taken_on"], &it["vacancies"])).collect();
    let (new, old) = (json!("2026-02-01"), json!("2025-02-01"));
    assert_eq!(told, [(&new, &json!(0)), (&new, &json!(2)), (&old, &json!(2))]);
    let whole = format!("{path}?include=staff_snapshots&as_of=2025-12-31");
    let whole = authority.get(&whole).await.ok();
    assert_eq!(whole["staff_snapshots"].as_array().unwrap().len(), 1);
    let history = authority.get(&format!("{path}/history")).await.ok();
    assert_eq!(history["data"][0]["kind"], "facility_staff_snapshot");
    let unknown = format!("/v1/facilities/{}/staff-snapshots", Uuid::now_v7());
    authority.post(&unknown, snapshot("2026-02-01")).await.refused(404, "not_found");
    authority.get(&unknown).await.refused(404, "not_found");
}

#[actix_web::test]
async fn numbers_that_cannot_be_are_refused_where_they_are_wrong() {
    let scene = Scene::new().await;
    let list = format!("{}/staff-snapshots", scene.registered(scene.application()).await);
    let authority = scene.world.persona("regional_authority");
    for (pointer, value, at, code) in [
        ("/taken_on", json!("2026-11-23"), "/taken_on", "future_date"),
        ("/staff/0/role", json!("hero"), "/staff/0/role", "unknown_code"),
        ("/shifts/1/shift", json!("never"), "/shifts/1/shift", "unknown_code"),
        ("/staff/0/qualified", json!(13), "/staff/0/qualified", "above_headcount"),
        ("/staff/0/checked", json!(13), "/staff/0/checked", "above_headcount"),
        (
            "/staff/0/full_time_equivalents",
            json!(12.1),
            "/staff/0/full_time_equivalents",
            "above_headcount",
        ),
        ("/staff/1/role", json!("carer"), "/staff/1", "duplicate"),
        ("/shifts/1/shift", json!("day"), "/shifts/1", "duplicate"),
        ("/staff/0/headcount", json!(-1), "/staff/0/headcount", "range"),
        ("/shifts/0/children_per_carer", json!(-0.5), "/shifts/0/children_per_carer", "range"),
        ("/vacancies", json!(-1), "/vacancies", "range"),
    ] {
        let mut bad = snapshot("2026-02-01");
        *bad.pointer_mut(pointer).unwrap() = value;
        let problem = authority.post(&list, bad).await.refused(422, "invalid");
        let fault = &problem["errors"][0];
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!(at), &json!(code)), "{pointer}");
    }
    assert_eq!(authority.get(&list).await.ok()["data"], json!([]));
}

#[actix_web::test]
async fn whoever_runs_it_records_who_works_there_and_nobody_else_does() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let world = &scene.world;
    // One that the organisation of the officer runs.
    let mut own = scene.application();
    own["operator_id"] = json!(world.actor("facility_officer").organisation.unwrap());
    let list = format!("{}/staff-snapshots", scene.registered(own).await);
    for role in ["facility_officer", "regional_authority", "national_authority", "inspector"] {
        world.persona(role).post(&list, snapshot("2026-02-01")).await.ok();
    }
    world
        .persona("case_worker")
        .post(&list, snapshot("2026-02-01"))
        .await
        .refused(403, "forbidden");
    for role in ["facility_officer", "regional_authority"] {
        let stranger = world.persona(&elsewhere(role));
        stranger.post(&list, snapshot("2026-02-01")).await.refused(403, "out_of_reach");
        assert_eq!(stranger.get(&list).await.ok()["data"].as_array().unwrap().len(), 4);
    }
    world.persona(&elsewhere("inspector")).post(&list, snapshot("2026-02-01")).await.ok();
    world.persona("ngo").get(&list).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn the_database_holds_the_numbers_by_itself() {
    let scene = Scene::new().await;
    let list = format!("{}/staff-snapshots", scene.registered(scene.application()).await);
    let authority = scene.world.persona("regional_authority");
    authority.post(&list, snapshot("2026-02-01")).await.ok();
    let conn = &mut scene.world.database.owner();
    for (at, value) in [
        ("staff, '{0,qualified}'", "13"),
        ("staff, '{0,checked}'", "13"),
        ("staff, '{0,full_time_equivalents}'", "12.1"),
        ("staff, '{0,headcount}'", "-1"),
        ("shifts, '{0,children_per_carer}'", "-0.5"),
    ] {
        let column = at.split(',').next().unwrap();
        let sql =
            format!("UPDATE facility_staff_snapshots SET {column} = jsonb_set({at}, '{value}')");
        let said = conn.batch_execute(&sql).expect_err(&sql).to_string();
        assert!(said.contains("facility_staff_snapshots_no"), "{sql}: {said}");
    }
    for sql in ["staff = '[]'", "shifts = '{}'", "vacancies = -1"] {
        let sql = format!("UPDATE facility_staff_snapshots SET {sql}");
        conn.batch_execute(&sql).expect_err(&sql);
    }
}
