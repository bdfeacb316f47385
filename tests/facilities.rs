//! Institutions, end to end: registration, capacity, occupancy, inspection.
use chrono::{Duration, SecondsFormat};
use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};
use kinstead::platform::{check_digit, clock::Clock as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Reply, World};

const AREA: &str = "RS-20";

struct Scene {
    world: World,
    operator: String,
}

impl Scene {
    /// A country of two districts, and a provider; no placements yet.
    async fn new() -> Self {
        let world = World::new().await;
        // The tables of higher domains, as far as facilities read them.
        world
            .database
            .owner()
            .batch_execute(
                "DROP TABLE IF EXISTS placements CASCADE; DROP TABLE IF EXISTS children CASCADE; \
                 CREATE TABLE children (id uuid PRIMARY KEY, sex text NOT NULL, birth_date date); \
                 CREATE TABLE placements (id uuid PRIMARY KEY, child_id uuid NOT NULL REFERENCES children (id), \
                   facility_id uuid, facility_unit_id uuid, state text NOT NULL, started_on date, ended_on date, \
                   FOREIGN KEY (facility_unit_id, facility_id) REFERENCES facility_units (id, facility_id)); \
                 GRANT SELECT ON children, placements TO kinstead_app",
            )
            .unwrap();
        let authority = world.persona("national_authority");
        for (code, level, parent) in [
            ("RS", "country", None),
            (AREA, "district", Some("RS")),
            ("RS-01", "district", Some("RS")),
        ] {
            let mut area = json!({"code": code, "level": level, "names": {"en": code}});
            if let Some(parent) = parent {
                area["parent_code"] = json!(parent);
            }
            authority.post("/v1/areas", area).await.ok();
        }
        let provider = json!({"kind": "provider", "name": "Provider", "area_code": AREA, "valid_from": "2000-01-01"});
        let operator = authority.post("/v1/organisations", provider).await.ok();
        let operator = operator["id"].as_str().unwrap().to_owned();
        Self { world, operator }
    }

    fn application(&self) -> Value {
        json!({
            "name": "Дом Липов Хлад", "facility_type": "small_group_home", "ownership": "own_authority",
            "operator_id": self.operator, "area_code": AREA, "lat": 43.3209, "lon": 21.8958,
            "applied_on": "2020-01-10", "opened_on": "2020-03-01",
            "accepts": {"age_min": 3, "age_max": 17, "sex": "any", "disability": true, "emergency": false, "siblings": true},
        })
    }

    async fn apply(&self, body: Value) -> Reply {
        self.world.persona("regional_authority").post("/v1/facilities", body).await
    }

    /// Takes a step on the newest version, as the national authority.
    async fn step(&self, path: &str, step: &str, body: Value) -> Reply {
        let authority = self.world.persona("national_authority");
        let etag = authority.get(path).await.etag().to_owned();
        authority.step(&format!("{path}/{step}"), &etag, body).await
    }

    async fn set_capacity(&self, path: &str, body: Value) -> Reply {
        let officer = self.world.persona("regional_authority");
        let etag = officer.get(path).await.etag().to_owned();
        officer.put(&format!("{path}/capacity"), &etag, body).await
    }

    /// A facility that is registered from 1 March 2020 on.
    async fn registered(&self, body: Value) -> String {
        let made = self.apply(body).await;
        let path = made.header("location").to_owned();
        made.ok();
        self.step(&path, "inspect", json!({"on": "2020-02-01"})).await.ok();
        let body = json!({"on": "2020-03-01", "number": "SZ-1", "granted_by": self.operator});
        self.step(&path, "register", body).await.ok();
        path
    }

    fn place(
        &self,
        path: &str,
        sex: &str,
        born: &str,
        unit: Option<&str>,
        from: &str,
        to: Option<&str>,
    ) {
        let (child, facility) = (Uuid::new_v4(), path.rsplit('/').next().unwrap());
        let mut conn = self.world.database.owner();
        sql_query(format!("INSERT INTO children VALUES ('{child}', '{sex}', '{born}')"))
            .execute(&mut conn)
            .unwrap();
        let quoted =
            |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
        let state = if to.is_some() { "ended" } else { "active" };
        let row = format!(
            "INSERT INTO placements VALUES (gen_random_uuid(), '{child}', '{facility}', {}, '{state}', '{from}', {})",
            quoted(unit),
            quoted(to)
        );
        sql_query(row).execute(&mut conn).unwrap();
    }

    async fn occupancy(&self, path: &str, day: &str) -> Value {
        let reader = self.world.persona("case_worker");
        reader.get(&format!("{path}/occupancy?as_of={day}")).await.ok()
    }
}

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
    scene.place(&path, "female", "2015-01-01", None, "2024-01-01", None);
    scene.place(&path, "male", "2015-01-01", None, "2024-01-01", Some("2026-10-01"));
    let reason = json!({"on": "2026-09-01", "reason": "Families were found."});
    scene.step(&path, "begin-closing", reason).await.ok();
    let problem = scene.step(&path, "close", json!({"on": "2026-09-15"})).await.broke("FA-05");
    assert_eq!(problem["facts"]["living_there"], 2);
    let problem = scene.step(&path, "close", json!({"on": "2026-11-01"})).await.broke("FA-05");
    assert_eq!((&problem["status"], &problem["facts"]["living_there"]), (&json!(409), &json!(1)));
    let moved = "UPDATE placements SET state = 'ended', ended_on = '2026-11-10'";
    sql_query(moved).execute(&mut scene.world.database.owner()).unwrap();
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
async fn capacity_has_a_history_and_is_never_below_the_children() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    let capacity = format!("{path}/capacity");
    let reader = scene.world.persona("case_worker");
    let first = scene.set_capacity(&path, json!({"valid_from": "2020-03-01", "total": 8, "units": [{"name": "A", "places": 4}, {"name": "B", "places": 4}]})).await;
    assert_eq!(first.etag(), reader.get(&path).await.etag());
    let unit = first.ok()["versions"][0]["units"][0]["id"].as_str().unwrap().to_owned();
    scene.place(&path, "female", "2021-06-01", Some(&unit), "2023-01-01", None);
    scene.place(&path, "female", "2012-01-01", Some(&unit), "2024-01-01", Some("2025-01-01"));
    scene.place(&path, "male", "2012-01-01", None, "2024-06-01", None);

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
    scene.place(&path, "female", "2021-06-01", Some(&unit), "2023-01-01", None);
    scene.place(&path, "male", "2010-02-01", None, "2023-01-01", Some("2024-01-01"));
    sql_query("INSERT INTO placements SELECT gen_random_uuid(), id, NULL, NULL, 'planned', NULL, NULL FROM children LIMIT 1")
        .execute(&mut scene.world.database.owner())
        .unwrap();

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

#[actix_web::test]
async fn a_place_is_found_by_area_distance_and_whom_it_takes() {
    let scene = Scene::new().await;
    let full = scene.registered(scene.application()).await;
    let mut elsewhere = scene.application();
    elsewhere["area_code"] = json!("RS-01");
    elsewhere["facility_type"] = json!("emergency_shelter");
    (elsewhere["lat"], elsewhere["lon"]) = (json!(45.77), json!(19.11));
    elsewhere["accepts"] = json!({"age_min": 0, "age_max": 12, "sex": "female", "disability": false, "emergency": true, "siblings": false});
    let free = scene.registered(elsewhere).await;
    scene.apply(scene.application()).await.ok();
    scene.set_capacity(&full, json!({"valid_from": "2020-03-01", "total": 1})).await.ok();
    scene.set_capacity(&free, json!({"valid_from": "2020-03-01", "total": 3})).await.ok();
    scene.place(&full, "female", "2015-01-01", None, "2024-01-01", None);
    scene.place(&free, "female", "2015-01-01", None, "2024-01-01", None);

    let reader = scene.world.persona("case_worker");
    let all = reader.get("/v1/facilities").await.ok();
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let numbers: Vec<_> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["facility_no"].as_str().unwrap())
        .collect();
    assert!(numbers.len() == 3 && numbers.is_sorted(), "{numbers:?}");
    let found = all["data"].as_array().unwrap().iter().find(|row| row["id"] == id(&free)).unwrap();
    assert_eq!(
        (&found["places"], &found["living_there"], &found["places_free"], &found["admits"]),
        (&json!(3), &json!(1), &json!(2), &json!(true))
    );
    for (query, count) in [
        ("area_code=RS", 3),
        ("area_code=RS-01", 1),
        ("facility_type=emergency_shelter", 1),
        ("facility_type=emergency_shelter&facility_type=small_group_home", 3),
        ("state=application", 1),
        ("state=application&state=registered", 3),
        ("accepts_age=2", 1),
        ("accepts_age=9", 3),
        ("accepts_age=15", 2),
        ("accepts_sex=male", 2),
        ("accepts_sex=female", 3),
        ("accepts_disability=true", 2),
        ("accepts_emergency=true", 1),
        ("accepts_siblings=true&accepts_emergency=true", 0),
        ("places_min=0", 3),
        ("places_min=1", 1),
        ("places_min=2", 1),
        ("places_min=3", 0),
        ("near=43.3,21.9&within_km=10", 2),
        ("near=43.3,21.9&within_km=1000", 3),
        ("near=43.3,21.9&within_km=1000&area_code=RS-01&places_min=1", 1),
    ] {
        let page = reader.get(&format!("/v1/facilities?{query}")).await.ok();
        assert_eq!(page["data"].as_array().unwrap().len(), count, "{query}");
    }
    let operator = &scene.operator;
    let page = reader
        .get(&format!("/v1/facilities?operator_id={operator}&near=43.3209,21.8958"))
        .await
        .ok();
    assert_eq!(page["data"][0]["distance_km"], 0.0);
    for query in [
        "area_code=XX",
        "accepts_age=-1",
        "places_min=-1",
        "near=91,0",
        "within_km=5",
        "state=lost",
        "accept_sex=male",
    ] {
        reader.get(&format!("/v1/facilities?{query}")).await.refused(400, "invalid_query");
    }

    let first = reader.get("/v1/facilities?limit=2&area_code=RS").await;
    assert_eq!(first.ok()["data"].as_array().unwrap().len(), 2);
    let next = first.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
    let rest = reader.get(&next).await.ok();
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    assert!(rest.get("next_cursor").is_none());
    reader
        .get(&next.replace("area_code=RS", "area_code=RS-20"))
        .await
        .refused(400, "cursor_mismatch");
}

#[actix_web::test]
async fn a_facility_is_changed_and_its_past_remains() {
    let scene = Scene::new().await;
    let made = scene.apply(scene.application()).await;
    let (path, etag) = (made.header("location").to_owned(), made.etag().to_owned());
    let officer = scene.world.persona("regional_authority");
    let held = officer.request(actix_web::http::Method::GET, &path).header("if-none-match", &etag);
    assert_eq!(held.send().await.status, 304);
    let noon = scene.world.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    scene.world.clock.advance(Duration::minutes(5));

    let change = json!({"name": "Mala kuća", "address": "Trg 1", "lat": null, "lon": null, "accepts": {"emergency": true}});
    let changed = officer.patch(&path, &etag, change).await;
    let after = changed.ok();
    assert_eq!(
        (&after["name"], &after["version"], after.get("lat")),
        (&json!("Mala kuća"), &json!(2), None)
    );
    assert_eq!(
        (&after["accepts"]["emergency"], &after["accepts"]["age_min"]),
        (&json!(true), &json!(3))
    );
    officer.patch(&path, &etag, json!({"name": "Lost"})).await.refused(412, "stale");
    let tag = changed.etag().to_owned();
    for (change, pointer) in [
        (json!({"name": null}), "/name"),
        (json!({"name": ""}), "/name"),
        (json!({"lat": 44.0}), "/lat"),
        (json!({"accepts": {"age_max": 2}}), "/accepts/age_max"),
        (json!({"facility_type": "castle"}), "/facility_type"),
        (json!({"ownership": "castle"}), "/ownership"),
        (json!({"area_code": "XX"}), "/area_code"),
        (json!({"operator_id": Uuid::now_v7()}), "/operator_id"),
        (json!({"state": "closed"}), "/state"),
        (json!({"opened_on": "0001-01-01"}), "/opened_on"),
    ] {
        let problem = officer.patch(&path, &tag, change.clone()).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{change}");
    }
    let cleared = officer.patch(&path, &tag, json!({"address": null})).await.ok();
    assert_eq!(cleared.get("address"), None);

    let known = officer.get(&format!("{path}?known_at={noon}")).await;
    assert_eq!((known.etag(), &known.ok()["name"]), ("", &json!("Дом Липов Хлад")));
    officer
        .get(&format!("{path}?known_at=2030-01-01T00:00:00Z"))
        .await
        .refused(400, "invalid_query");
    officer.get(&format!("{path}?known_at=2020-01-01T00:00:00Z")).await.refused(404, "not_found");
    scene.step(&path, "inspect", json!({"on": "2020-02-01"})).await.ok();
    let then = officer.get(&format!("{path}?as_of=2020-01-31")).await.ok();
    assert_eq!(
        (&then["state"], then["states"].as_array().unwrap().len()),
        (&json!("application"), 1)
    );
    assert_eq!(officer.get(&format!("{path}?as_of=2020-02-01")).await.ok()["state"], "inspected");
    officer.get(&format!("{path}?as_of=2020-01-09")).await.refused(404, "not_found");
    let history = officer.get(&format!("{path}/history")).await.ok();
    let events: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|entry| entry["event"].clone()).collect();
    assert_eq!(json!(events), json!(["inspected", "changed", "changed", "applied"]));
}

#[actix_web::test]
async fn inspections_are_recorded_and_listed_latest_first() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    let list = format!("{path}/inspections");
    let inspector = scene.world.persona("inspector");
    let inspection = json!({"kind": "unannounced", "inspected_on": "2026-02-17", "body": "Inspectorate", "children_spoken_to": 4, "findings": "One carer at night.", "due_on": "2026-05-17"});
    let made = inspector.post(&list, inspection.clone()).await;
    made.ok();
    assert_eq!(inspector.get(made.header("location")).await.etag(), made.etag());
    let mut older = inspection.clone();
    older["inspected_on"] = json!("2025-02-17");
    inspector.post(&list, older).await.ok();
    let page = inspector.get(&format!("{list}?limit=1")).await;
    assert_eq!(page.ok()["data"][0]["inspected_on"], "2026-02-17");
    let next = page.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
    assert_eq!(inspector.get(&next).await.ok()["data"][0]["inspected_on"], "2025-02-17");
    let history = inspector.get(&format!("{path}/history")).await.ok();
    assert_eq!(history["data"][0]["kind"], "facility_inspection");

    for (member, value, code) in [
        ("inspected_on", json!("2026-11-23"), "future_date"),
        ("due_on", json!("2026-02-16"), "out_of_order"),
        ("kind", json!("secret"), "unknown_code"),
        ("children_spoken_to", json!(-1), "range"),
    ] {
        let mut bad = inspection.clone();
        bad[member] = value;
        let problem = inspector.post(&list, bad).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"));
        assert_eq!(problem["errors"][0]["code"], code);
    }
    let unknown = format!("/v1/facilities/{}/inspections", Uuid::now_v7());
    inspector.post(&unknown, inspection).await.refused(404, "not_found");
    inspector.get(&unknown).await.refused(404, "not_found");
}

#[actix_web::test]
async fn each_right_is_asked_for() {
    let scene = Scene::new().await;
    let path = scene.registered(scene.application()).await;
    let etag = scene.world.persona("case_worker").get(&path).await.etag().to_owned();
    scene.world.nobody().get(&path).await.refused(401, "unauthenticated");
    scene.world.persona("ngo").get(&path).await.refused(403, "forbidden");
    let worker = scene.world.persona("case_worker");
    worker.post("/v1/facilities", scene.application()).await.refused(403, "forbidden");
    worker.patch(&path, &etag, json!({"name": "X"})).await.refused(403, "forbidden");
    let officer = scene.world.persona("regional_authority");
    let reason = json!({"on": "2026-11-01", "reason": "The roof."});
    for step in ["impose-conditions", "stop-admissions", "suspend", "revoke", "begin-closing"] {
        officer
            .step(&format!("{path}/{step}"), &etag, reason.clone())
            .await
            .refused(403, "forbidden");
    }
    for step in ["restore", "expire", "close"] {
        let body = json!({"on": "2026-11-01"});
        officer.step(&format!("{path}/{step}"), &etag, body).await.refused(403, "forbidden");
    }
    let inspector = scene.world.persona("inspector");
    let refused =
        inspector.step(&format!("{path}/inspect"), &etag, json!({"on": "2026-11-01"})).await;
    refused.refused(409, "state_conflict");
    let unknown = format!("/v1/facilities/{}", Uuid::now_v7());
    worker.get(&unknown).await.refused(404, "not_found");
    worker.get(&format!("{unknown}/history")).await.refused(404, "not_found");
    worker.get(&format!("{unknown}/occupancy")).await.refused(404, "not_found");
    worker.get("/v1/facilities/nonsense").await.refused(400, "malformed_id");
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
