//! From application to closing, step by step.
use diesel::{RunQueryDsl, sql_query};
use kinstead::platform::check_digit;
use serde_json::json;
use uuid::Uuid;

use crate::facilities::Scene;

#[actix_web::test]
async fn a_facility_goes_from_application_to_closing() {
    let scene = Scene::new().await;
    let made = scene.apply(scene.application()).await;
    let path = made.header("location").to_owned();
    let facility = made.ok();
    assert_eq!(facility["state"], "application");
    assert_eq!(facility["states"], json!([{"state": "application", "valid_from": "2020-01-10"}]));
    let number = facility["facility_no"].as_str().unwrap();
    assert!(check_digit::is_valid(number), "{number}");
    assert!(number.starts_with("FA-2026-"), "{number}");
    let early = json!({"on": "2020-02-01", "number": "1", "granted_by": scene.operator});
    scene.step(&path, "register", early).await.refused(409, "state_conflict");

    scene.step(&path, "inspect", json!({"on": "2020-02-01"})).await.ok();
    let before = json!({"on": "2020-01-31", "number": "SZ-1", "granted_by": scene.operator});
    let problem = scene.step(&path, "register", before).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/on");
    let first = json!({"on": "2020-03-01", "number": "SZ-1", "granted_by": scene.operator, "valid_to": "2023-03-01"});
    let registered = scene.step(&path, "register", first).await.ok();
    assert_eq!(registered["state"], "registered");
    assert_eq!(registered["registrations"][0]["valid_from"], "2020-03-01");

    for (step, body, state) in [
        (
            "impose-conditions",
            json!({"on": "2021-01-01", "reason": "Two carers at night."}),
            "conditions_imposed",
        ),
        (
            "stop-admissions",
            json!({"on": "2021-02-01", "reason": "The roof.", "decision_no": "7/21"}),
            "admissions_stopped",
        ),
        ("suspend", json!({"on": "2021-02-01", "reason": "The roof fell in."}), "suspended"),
        ("restore", json!({"on": "2021-06-01"}), "registered"),
    ] {
        let after = scene.step(&path, step, body).await.ok();
        assert_eq!(after["state"], state, "{step}");
    }
    let renewal = json!({"on": "2023-02-01", "number": "SZ-2", "granted_by": scene.operator, "valid_from": "2023-02-01"});
    let problem = scene.step(&path, "register", renewal.clone()).await.broke("FA-01");
    assert_eq!(problem["facts"]["valid_to"], "2023-03-01");
    let mut renewal = renewal;
    renewal["valid_from"] = json!("2023-03-01");
    renewal["valid_to"] = json!("2025-03-01");
    let renewed = scene.step(&path, "register", renewal).await.ok();
    assert_eq!(renewed["registrations"].as_array().unwrap().len(), 2);

    let early = scene.step(&path, "expire", json!({"on": "2025-02-28"})).await;
    early.refused(409, "state_conflict");
    scene.step(&path, "expire", json!({"on": "2025-03-01"})).await.ok();
    scene
        .step(&path, "begin-closing", json!({"on": "2025-04-01", "reason": "Families were found."}))
        .await
        .ok();
    let closed = scene.step(&path, "close", json!({"on": "2025-06-01"})).await.ok();
    assert_eq!((&closed["state"], &closed["closed_on"]), (&json!("closed"), &json!("2025-06-01")));
    let states: Vec<&str> = closed["states"]
        .as_array()
        .unwrap()
        .iter()
        .map(|period| period["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        [
            "application",
            "inspected",
            "registered",
            "conditions_imposed",
            "admissions_stopped",
            "suspended",
            "registered",
            "expired",
            "closing",
            "closed"
        ]
    );
    scene.step(&path, "inspect", json!({"on": "2025-07-01"})).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn steps_take_effect_today_at_the_latest_and_measures_need_a_reason() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    let mut early = scene.application();
    early["applied_on"] = json!("2026-11-23");
    let problem = scene.apply(early).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/applied_on");
    let tomorrow = json!({"on": "2026-11-23", "reason": "The roof."});
    let problem = scene.step(&path, "suspend", tomorrow).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "future_date");
    let problem =
        scene.step(&path, "suspend", json!({"on": "2026-11-22"})).await.refused(422, "invalid");
    assert_eq!(
        problem["errors"][0],
        json!({"pointer": "/reason", "code": "missing_member", "detail": "is required"})
    );
    let nobody = json!({"on": "2026-11-22", "number": "1", "granted_by": Uuid::now_v7(), "valid_from": "2026-12-01"});
    let problem = scene.step(&path, "register", nobody).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/granted_by");
    let backwards = json!({"on": "2026-11-22", "number": "1", "granted_by": scene.operator, "valid_from": "2020-02-01", "valid_to": "2020-02-01"});
    let problem = scene.step(&path, "register", backwards).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/valid_to");
    scene.step(&path, "suspend", json!({"on": "2026-11-22", "reason": "The roof."})).await.ok();
    let revoked =
        scene.step(&path, "revoke", json!({"on": "2026-11-22", "reason": "The roof."})).await.ok();
    assert_eq!(revoked["registrations"][0]["revoked_on"], "2026-11-22");
    scene.step(&path, "inspect", json!({"on": "2026-11-22"})).await.ok();
    let again = json!({"on": "2026-11-22", "number": "SZ-2", "granted_by": scene.operator});
    assert_eq!(scene.step(&path, "register", again).await.ok()["state"], "registered");
}

#[actix_web::test]
async fn no_facility_closes_while_a_child_lives_there() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    scene.set_capacity(&path, json!({"valid_from": "2020-03-01", "total": 2})).await.ok();
    let stays = scene.place(&path, ("female", "2015-01-01"), None, "2024-01-01", None);
    let left = scene.place(&path, ("male", "2015-01-01"), None, "2024-01-01", Some("2026-10-01"));
    let mut country = scene.country.again(&scene.world.database);
    let plan = country.transform(super::id_of(&path), "2026-09-01");
    let reason = json!({"on": "2026-09-01", "reason": "Families were found."});
    scene.step(&path, "begin-closing", reason).await.ok();
    for child in [stays.child_id, left.child_id] {
        let drafted = country.transition(&plan, child, "2026-09-01");
        country.agree(&drafted, "2026-09-01");
    }
    let problem = scene.step(&path, "close", json!({"on": "2026-09-15"})).await.broke("FA-05");
    assert_eq!(problem["facts"]["living_there"], 2);
    let problem = scene.step(&path, "close", json!({"on": "2026-11-01"})).await.broke("FA-05");
    assert_eq!((&problem["status"], &problem["facts"]["living_there"]), (&json!(409), &json!(1)));
    scene.country.again(&scene.world.database).leave(&stays, "2026-11-10");
    scene.step(&path, "close", json!({"on": "2026-11-09"})).await.broke("FA-05");
    scene.step(&path, "close", json!({"on": "2026-11-10"})).await.ok();
}

#[actix_web::test]
async fn large_institutions_need_the_national_authority_and_its_reasons() {
    let scene = Scene::new().await;
    let mut large = scene.application();
    large["facility_type"] = json!("infant_home");
    let national = scene.world.persona("national_authority");
    let problem = national.post("/v1/facilities", large.clone()).await.broke("FA-04");
    assert_eq!(problem["facts"]["exception_stated"], false);
    large["large_facility_exception"] = json!({"justification": "Replaces the home that the flood of May destroyed.", "decision_no": "12/26"});
    scene.apply(large.clone()).await.broke("FA-04");
    let made = national.post("/v1/facilities", large).await.ok();
    assert_eq!(made["large_facility_exception"]["decision_no"], "12/26");

    let small = scene.apply(scene.application()).await;
    let (path, etag) = (small.header("location").to_owned(), small.etag().to_owned());
    let grown = national.patch(&path, &etag, json!({"facility_type": "institution_large"})).await;
    assert_eq!(grown.broke("FA-04")["status"], 409);
    let short = json!({"facility_type": "institution_large", "large_facility_exception": {"justification": "short", "decision_no": "1"}});
    let problem = national.patch(&path, &etag, short).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/large_facility_exception/justification");
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    scene.set_capacity(&path, json!({"valid_from": "2020-03-01", "total": 8})).await.ok();
    let id = path.rsplit('/').next().unwrap();
    let mut conn = scene.world.database.owner();
    for (change, constraint) in [
        (
            format!(
                "INSERT INTO facility_registrations (id, facility_id, number, granted_by, valid_from) SELECT gen_random_uuid(), '{id}', '2', granted_by, '2021-01-01' FROM facility_registrations"
            ),
            "fa_01_one_registration_at_a_time",
        ),
        (
            format!(
                "INSERT INTO facility_states (id, facility_id, state, valid_from) VALUES (gen_random_uuid(), '{id}', 'closed', '2021-01-01')"
            ),
            "facility_states_one_at_a_time",
        ),
        (
            format!(
                "INSERT INTO facility_capacities (id, facility_id, valid_from, total) VALUES (gen_random_uuid(), '{id}', '2021-01-01', 9)"
            ),
            "facility_capacities_one_at_a_time",
        ),
        (
            "UPDATE facility_capacities SET by_age_band = '{\"0-2\": 9}'".to_owned(),
            "facility_capacities_check",
        ),
        (
            "UPDATE facilities SET facility_type = 'infant_home'".to_owned(),
            "fa_04_no_new_large_facility_without_an_exception",
        ),
        ("UPDATE facilities SET state = 'closed'".to_owned(), "facilities_check"),
    ] {
        let refused = sql_query(&change).execute(&mut conn).unwrap_err().to_string();
        assert!(refused.contains(constraint), "{change}: {refused}");
    }
}
