//! Carer families, end to end: the way to approval, approvals, free places, the search.
use chrono::{Duration, SecondsFormat};
use diesel::connection::SimpleConnection;
use kinstead::platform::{check_digit, clock::Clock as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Country, Reply, World, body, with_family};

const FAMILIES: &str = "/v1/carer-families";

struct Scene {
    world: World,
    country: Country,
    centre: String,
}

impl Scene {
    /// A country of two districts, one with a town, and a centre that decides; no children yet.
    async fn new() -> Self {
        let world = World::new().await;
        let country = Country::of(&world);
        let authority = world.persona("national_authority");
        for (code, level, parent) in
            [("RS-20-NIS", "municipality", "RS-20"), ("RS-01", "district", "RS")]
        {
            let area =
                json!({"code": code, "level": level, "parent_code": parent, "names": {"en": code}});
            authority.post("/v1/areas", area).await.ok();
        }
        let centre = json!({"kind": "centre_for_social_work", "name": "Centre", "area_code": "RS-20", "valid_from": "2000-01-01"});
        let centre = authority.post("/v1/organisations", centre).await.ok();
        let centre = centre["id"].as_str().unwrap().to_owned();
        Self { world, country, centre }
    }

    async fn register(&self, body: Value) -> Reply {
        self.world.persona("carer_support_officer").post(FAMILIES, body).await
    }

    /// Sends a change of the newest version, as the regional authority.
    async fn post(&self, path: &str, what: &str, body: Value) -> Reply {
        let authority = self.world.persona("regional_authority");
        let etag = authority.get(path).await.etag().to_owned();
        authority.step(&format!("{path}/{what}"), &etag, body).await
    }

    async fn patch(&self, path: &str, body: Value) -> Reply {
        let authority = self.world.persona("regional_authority");
        let etag = authority.get(path).await.etag().to_owned();
        authority.patch(path, &etag, body).await
    }

    async fn read(&self, path: &str) -> Value {
        self.world.persona("case_worker").get(path).await.ok()
    }

    fn terms(&self) -> Value {
        json!({
            "decided_by": self.centre, "decision_no": "560-1/24", "decided_on": "2024-03-01",
            "assessed_on": "2024-02-01", "valid_from": "2024-03-01", "valid_to": "2027-03-01",
            "max_children": 3, "age_min": 0, "age_max": 12, "sex": "any",
            "siblings_allowed": true, "purposes": ["foster"],
        })
    }

    /// Adds every check and the training that an approval needs.
    async fn checked(&self, path: &str) {
        let family = self.read(path).await;
        for person in family["persons"].as_array().unwrap() {
            for kind in ["criminal_record", "child_abuse_register", "health"] {
                let check = json!({"kind": kind, "person_id": person["id"], "completed_on": "2024-01-10", "result": "passed", "valid_until": "2028-01-10"});
                self.post(path, "checks", check).await.ok();
            }
        }
        for kind in ["references", "housing_visit"] {
            let check = json!({"kind": kind, "completed_on": "2024-01-10", "result": "passed"});
            self.post(path, "checks", check).await.ok();
        }
        let training = json!({"programme": "Safe and strong", "kind": "initial", "hours": 33, "completed_on": "2024-02-01"});
        self.post(path, "trainings", training).await.ok();
    }

    /// A family before the panel, with everything that an approval needs.
    async fn ready(&self, body: Value) -> String {
        let made = self.register(body).await;
        let path = made.header("location").to_owned();
        made.ok();
        for step in
            ["submit", "begin-checks", "begin-home-study", "begin-training", "convene-panel"]
        {
            self.post(&path, step, json!({"on": "2024-02-01"})).await.ok();
        }
        self.checked(&path).await;
        path
    }

    /// A family that is approved from 1 March 2024 to 1 March 2027.
    async fn approved(&self, body: Value) -> String {
        let path = self.ready(body).await;
        self.post(&path, "approvals", self.terms()).await.ok();
        path
    }

    /// A new child lives with the family, until `to` if there is such a day.
    fn place(&self, path: &str, from: &str, to: Option<&str>) {
        let family = body(json!(path.rsplit('/').next().unwrap()));
        let mut country = self.country.again(&self.world.database);
        let child = country.child("female", "2018-01-01");
        country.stay(with_family(child, family, from), to);
    }

    async fn free(&self, path: &str, day: &str) -> (String, i64) {
        let found = self.read(&format!("{path}/availability?as_of={day}")).await;
        (found["availability"].as_str().unwrap().to_owned(), found["places_free"].as_i64().unwrap())
    }

    /// Family numbers that a search finds, by the places of the paths in `known`.
    async fn found(&self, known: &[&str], query: &str) -> Vec<usize> {
        let page = self.read(&format!("{FAMILIES}?{query}")).await;
        let place = |family: &Value| {
            let id = family["id"].as_str().unwrap();
            known.iter().position(|path| path.ends_with(id)).unwrap()
        };
        page["data"].as_array().unwrap().iter().map(place).collect()
    }
}

fn family() -> Value {
    json!({
        "enquired_on": "2024-01-05", "purposes": ["foster"], "area_code": "RS-20",
        "address_lines": ["Липова 12"], "locality": "Ниш", "postcode": "18000",
        "lat": 43.3209, "lon": 21.8958, "languages": ["sr-Cyrl", "rom"],
        "persons": [
            {"role": "applicant", "given_name": "Milica", "family_name": "Јанковић", "birth_date": "1984-05-17"},
            {"role": "household_member", "given_name": "Ana", "family_name": "Јанковић", "birth_date": "2015-01-01"},
        ],
    })
}

fn with(mut body: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn close_to(value: &Value, wanted: f64) -> bool {
    (value.as_f64().unwrap() - wanted).abs() < 1.5
}

#[actix_web::test]
async fn a_family_goes_from_enquiry_to_approval() {
    let scene = Scene::new().await;
    let made = scene.register(family()).await;
    let path = made.header("location").to_owned();
    assert_eq!(made.status.as_u16(), 201);
    let made = made.ok();
    assert_eq!((&made["state"], &made["state_since"]), (&json!("enquiry"), &json!("2024-01-05")));
    assert_eq!(made["states"], json!([{"state": "enquiry", "valid_from": "2024-01-05"}]));
    assert_eq!(made["preferred_sex"], "any");
    let number = made["family_no"].as_str().unwrap();
    assert!(check_digit::is_valid(number) && number.starts_with("CF-2026-"), "{number}");
    assert_eq!(path, format!("{FAMILIES}/{}", made["id"].as_str().unwrap()));

    scene.post(&path, "approvals", scene.terms()).await.refused(409, "state_conflict");
    scene
        .post(&path, "begin-checks", json!({"on": "2024-01-06"}))
        .await
        .refused(409, "state_conflict");
    for (step, on, state) in [
        ("submit", "2024-01-08", "application_submitted"),
        ("begin-checks", "2024-01-08", "checks"),
        ("begin-home-study", "2024-01-20", "home_study"),
        ("begin-training", "2024-01-30", "training"),
        ("convene-panel", "2024-02-20", "panel"),
    ] {
        let after = scene
            .post(&path, step, json!({"on": on, "reason": "All papers are there."}))
            .await
            .ok();
        assert_eq!(after["state"], state, "{step}");
    }
    let before = json!({"on": "2024-02-19"});
    let problem = scene.post(&path, "refuse", before).await.refused(422, "invalid");
    assert_eq!(
        problem["errors"][0],
        json!({"pointer": "/on", "code": "out_of_order", "detail": "must not be before the family's last step"})
    );

    let problem = scene.post(&path, "approvals", scene.terms()).await.broke("CF-01");
    assert_eq!(problem["status"], 409);
    assert_eq!(problem["facts"]["missing_checks"].as_array().unwrap().len(), 5);
    assert_eq!(problem["facts"]["untrained_applicants"], json!([made["persons"][0]["id"]]));
    let applicant = &made["persons"][0]["id"];
    for kind in ["criminal_record", "child_abuse_register", "health"] {
        let check = json!({"kind": kind, "person_id": applicant, "completed_on": "2024-01-10", "result": "passed", "valid_until": "2024-03-02"});
        scene.post(&path, "checks", check).await.ok();
    }
    for kind in ["references", "housing_visit"] {
        let check = json!({"kind": kind, "completed_on": "2024-01-10", "result": "passed"});
        scene.post(&path, "checks", check).await.ok();
    }
    scene.post(&path, "approvals", scene.terms()).await.broke("CF-01");
    let training = json!({"programme": "Safe and strong", "kind": "initial", "person_id": applicant, "hours": 33, "completed_on": "2024-02-01"});
    scene.post(&path, "trainings", training).await.ok();

    let granted = scene.post(&path, "approvals", scene.terms()).await;
    assert_eq!(granted.status.as_u16(), 201);
    let (address, tag) = (granted.header("location").to_owned(), granted.etag().to_owned());
    let granted = granted.ok();
    let read = scene.world.persona("case_worker").get(&address).await;
    assert_eq!((read.etag(), read.ok()), (tag.as_str(), granted.clone()));
    assert_eq!(granted["named_children"], json!([]));
    let family = scene.read(&path).await;
    assert_eq!(
        (&family["state"], &family["state_since"]),
        (&json!("approved"), &json!("2024-03-01"))
    );
    assert_eq!(family["states"][6]["decision_no"], "560-1/24");
    assert_eq!(family["states"][5]["valid_to"], "2024-03-01");
    assert_eq!(scene.read(&format!("{path}/approvals")).await["data"], json!([granted]));
    assert_eq!(scene.free(&path, "2024-03-01").await, ("available".to_owned(), 3));
    assert_eq!(scene.free(&path, "2024-02-29").await, ("not_available".to_owned(), 0));
}

#[actix_web::test]
async fn cf_01_looks_at_every_adult_and_at_the_last_check_of_each_kind() {
    let scene = Scene::new().await;
    let mut body = family();
    body["persons"][1]["birth_date"] = json!("2006-03-01");
    let path = scene.ready(body).await;
    let persons = scene.read(&path).await["persons"].clone();
    let approve = |terms: Value| scene.post(&path, "approvals", terms);
    let check = |kind: &str, person: &Value, on: &str, result: &str| json!({"kind": kind, "person_id": person["id"], "completed_on": on, "result": result});

    // On her 18th birthday the other person is an adult, whose health check failed meanwhile.
    let failed = check("health", &persons[1], "2024-02-20", "failed");
    scene.post(&path, "checks", failed).await.ok();
    let problem = approve(scene.terms()).await.broke("CF-01");
    assert_eq!(
        problem["facts"]["missing_checks"],
        json!([{"kind": "health", "person_id": persons[1]["id"]}])
    );
    let earlier = with(scene.terms(), json!({"decided_on": "2024-02-29"}));
    let problem = approve(with(earlier, json!({"assessed_on": "2024-03-01"}))).await;
    assert_eq!(problem.broke("CF-01")["errors"][0]["pointer"], "/assessed_on");

    // A check is valid no longer on `valid_until`.
    let mut passed = check("health", &persons[1], "2024-02-21", "passed");
    passed["valid_until"] = json!("2024-03-01");
    scene.post(&path, "checks", passed).await.ok();
    approve(scene.terms()).await.broke("CF-01");
    let passed = check("health", &persons[1], "2024-02-22", "passed");
    scene.post(&path, "checks", passed).await.ok();

    // Who moves in must be checked, too; who left does not count.
    let people = persons.as_array().unwrap();
    let uncle = json!({"role": "household_member", "given_name": "Petar", "family_name": "Ilić", "birth_date": "1970-01-01"});
    scene.patch(&path, json!({"persons": [people[0], people[1], uncle]})).await.ok();
    let problem = approve(scene.terms()).await.broke("CF-01");
    assert_eq!(problem["facts"]["missing_checks"].as_array().unwrap().len(), 3);
    let after = scene.patch(&path, json!({"persons": people})).await.ok();
    assert_eq!(after["persons"], persons);
    approve(scene.terms()).await.ok();
}

#[actix_web::test]
async fn an_approval_that_expires_at_midnight_is_renewed_without_overlap() {
    let scene = Scene::new().await;
    let path = scene.approved(family()).await;
    scene.post(&path, "expire", json!({"on": "2026-11-22"})).await.refused(409, "state_conflict");
    let renewal = with(
        scene.terms(),
        json!({"decided_on": "2026-11-20", "assessed_on": "2026-11-01", "decision_no": "2", "valid_from": "2027-02-28", "valid_to": "2030-02-28"}),
    );
    scene.post(&path, "approvals", renewal.clone()).await.refused(409, "state_conflict");
    let renewal =
        with(renewal, json!({"valid_from": "2027-03-01", "purposes": ["foster", "foster"]}));
    let second = scene.post(&path, "approvals", renewal).await.ok();
    assert_eq!(second["purposes"], json!(["foster"]));
    let approvals = scene.read(&format!("{path}/approvals?limit=1")).await;
    assert_eq!(approvals["data"][0]["decision_no"], "560-1/24");
    let next = approvals["next_cursor"].as_str().unwrap();
    let rest = scene.read(&format!("{path}/approvals?limit=1&cursor={next}")).await;
    assert_eq!(rest["data"], json!([second]));
    assert!(rest.get("next_cursor").is_none());
    for (day, number) in [("2027-02-28", "560-1/24"), ("2027-03-01", "2")] {
        let on = scene.read(&format!("{path}/approvals?as_of={day}")).await;
        assert_eq!(on["data"].as_array().unwrap().len(), 1);
        assert_eq!(on["data"][0]["decision_no"], number, "{day}");
        let availability = scene.read(&format!("{path}/availability?as_of={day}")).await;
        assert_eq!(availability["approval"]["decision_no"], number, "{day}");
    }
    assert_eq!(scene.free(&path, "2030-02-28").await, ("not_available".to_owned(), 0));

    // Two years later it has run out, and time tells even before anybody says so.
    scene.world.clock.set("2030-03-01T12:00:00Z".parse().unwrap());
    let found = scene.found(&[&path], "state=approved").await;
    assert_eq!(found, [0]);
    let page = scene.read(&format!("{FAMILIES}?state=approved")).await;
    assert_eq!(page["data"][0]["places_free"], 0);
    assert!(page["data"][0].get("approval_valid_to").is_none());
    let early = scene.post(&path, "expire", json!({"on": "2030-02-27"})).await;
    early.refused(409, "state_conflict");
    scene.post(&path, "expire", json!({"on": "2030-02-28"})).await.ok();
    let again = scene.post(&path, "begin-checks", json!({"on": "2030-03-01"})).await.ok();
    assert_eq!(again["state"], "checks");
}

#[actix_web::test]
async fn terms_that_cannot_be_are_refused_where_they_are_wrong() {
    let scene = Scene::new().await;
    let path = scene.ready(family()).await;
    for (members, pointer, code) in [
        (json!({"valid_to": "2024-03-01"}), "/valid_to", "out_of_order"),
        (json!({"valid_to": "2027-03-02"}), "/valid_to", "too_long"),
        (json!({"valid_from": "2024-02-29"}), "/valid_from", "out_of_order"),
        (json!({"decided_on": "2026-11-23"}), "/decided_on", "future_date"),
        (json!({"decided_on": "2024-01-31"}), "/decided_on", "out_of_order"),
        (json!({"valid_to": "0000-01-01"}), "/valid_to", "out_of_range"),
        (json!({"age_min": 13}), "/age_max", "out_of_order"),
        (json!({"age_max": 26}), "/age_max", "range"),
        (json!({"max_children": 13}), "/max_children", "range"),
        (json!({"max_children": 0}), "/max_children", "range"),
        (json!({"sex": "both"}), "/sex", "unknown_value"),
        (json!({"purposes": ["adoption"]}), "/purposes", "not_offered"),
        (json!({"purposes": []}), "/purposes", "length"),
        (json!({"decided_by": Uuid::nil()}), "/decided_by", "unknown_reference"),
        (
            json!({"exemptions": [{"child_id": Uuid::nil(), "until": "-9999-01-01"}]}),
            "/exemptions/0/until",
            "out_of_range",
        ),
        (json!({"surprise": 1}), "/surprise", "unknown_member"),
    ] {
        let refused = scene.post(&path, "approvals", with(scene.terms(), members.clone())).await;
        let problem = refused.refused(422, "invalid");
        let fault =
            (problem["errors"][0]["pointer"].as_str(), problem["errors"][0]["code"].as_str());
        assert_eq!(fault, (Some(pointer), Some(code)), "{members}");
    }
    assert_eq!(scene.read(&format!("{path}/approvals")).await["data"], json!([]));
    let (child, friend) = (Uuid::new_v4(), Uuid::new_v4());
    let kin = json!({"named_children": [child], "exemptions": [{"child_id": friend, "until": "2025-01-01"}]});
    let granted = scene.post(&path, "approvals", with(scene.terms(), kin.clone())).await.ok();
    assert_eq!(
        (&granted["named_children"], &granted["exemptions"]),
        (&kin["named_children"], &kin["exemptions"])
    );
}

#[actix_web::test]
async fn the_database_itself_keeps_approvals_apart() {
    let scene = Scene::new().await;
    let path = scene.approved(family()).await;
    let copy = "INSERT INTO carer_approvals SELECT gen_random_uuid(), carer_family_id, decided_by, decision_no, \
        decided_on, assessed_on, valid_to - 1, valid_to + 1, max_children, age_min, age_max, sex, siblings_allowed, \
        purposes, named_children, exemptions, NULL, NULL, 1 FROM carer_approvals";
    let mut owner = scene.world.database.owner();
    let refused = owner.batch_execute(copy).unwrap_err();
    assert!(refused.to_string().contains("carer_approvals_one_at_a_time"), "{refused}");
    owner.batch_execute(&copy.replace("valid_to - 1", "valid_to")).unwrap();
    let state = "UPDATE carer_families SET state = 'dreaming'";
    assert!(
        owner.batch_execute(state).unwrap_err().to_string().contains("carer_families_state_check")
    );
    for state in kinstead::carers::CarerState::ALL {
        owner
            .batch_execute(&format!("UPDATE carer_families SET state = '{}'", state.as_str()))
            .unwrap();
    }
    assert_eq!(scene.read(&path).await["state"], "closed");
}

#[actix_web::test]
async fn a_suspension_has_its_days_and_a_revocation_ends_the_approval() {
    let scene = Scene::new().await;
    let path = scene.approved(family()).await;
    let officer = scene.world.persona("carer_support_officer");
    let etag = officer.get(&path).await.etag().to_owned();
    for step in ["refuse", "suspend", "reinstate", "revoke"] {
        let tried =
            officer.step(&format!("{path}/{step}"), &etag, json!({"on": "2025-01-01"})).await;
        tried.refused(403, "forbidden");
    }
    scene.post(&path, "revoke", json!({"on": "2025-01-01"})).await.refused(409, "state_conflict");
    scene
        .post(&path, "suspend", json!({"on": "2025-01-01", "reason": "An allegation."}))
        .await
        .ok();
    assert_eq!(scene.free(&path, "2025-06-01").await, ("not_available".to_owned(), 0));
    let renewal = with(
        scene.terms(),
        json!({"decided_on": "2025-01-02", "valid_from": "2027-03-01", "valid_to": "2028-03-01"}),
    );
    scene.post(&path, "approvals", renewal.clone()).await.refused(409, "state_conflict");
    scene.post(&path, "reinstate", json!({"on": "2025-02-01", "decision_no": "9/25"})).await.ok();
    scene.post(&path, "approvals", with(renewal, json!({"decided_on": "2025-02-01"}))).await.ok();
    for (day, places) in
        [("2024-12-31", 3), ("2025-01-01", 0), ("2025-01-31", 0), ("2025-02-01", 3)]
    {
        assert_eq!(scene.free(&path, day).await.1, places, "{day}");
    }

    scene.post(&path, "suspend", json!({"on": "2026-01-01"})).await.ok();
    let revoked = scene.post(&path, "revoke", json!({"on": "2026-03-01"})).await.ok();
    assert_eq!(revoked["state"], "revoked");
    let approvals = scene.read(&format!("{path}/approvals")).await["data"].clone();
    assert_eq!(
        (&approvals[0]["ended_on"], &approvals[0]["end_reason"]),
        (&json!("2026-03-01"), &json!("revoked"))
    );
    assert_eq!(approvals[1]["ended_on"], "2027-03-01");
    for day in ["2026-03-01", "2027-03-01", "2027-09-01"] {
        assert_eq!(scene.free(&path, day).await, ("not_available".to_owned(), 0), "{day}");
    }
    assert_eq!(scene.free(&path, "2025-12-31").await, ("available".to_owned(), 3));
    scene.post(&path, "close", json!({"on": "2026-03-01"})).await.ok();
    scene.post(&path, "close", json!({"on": "2026-03-01"})).await.refused(409, "state_conflict");
    scene.post(&path, "approve", json!({"on": "2026-03-01"})).await.refused(400, "malformed_id");
}

#[actix_web::test]
async fn a_refused_family_may_appeal_and_an_applicant_may_withdraw() {
    let scene = Scene::new().await;
    let path = scene.ready(family()).await;
    for (step, state) in [
        ("refuse", "refused"),
        ("appeal", "appeal"),
        ("convene-panel", "panel"),
        ("refuse", "refused"),
        ("close", "closed"),
    ] {
        assert_eq!(scene.post(&path, step, json!({"on": "2024-03-01"})).await.ok()["state"], state);
    }
    let made = scene.register(family()).await.header("location").to_owned();
    scene.post(&made, "withdraw", json!({"on": "2024-03-01"})).await.ok();
    let resigned = scene.approved(family()).await;
    scene.post(&resigned, "resign", json!({"on": "2025-03-01"})).await.ok();
    let approvals = scene.read(&format!("{resigned}/approvals")).await;
    assert_eq!(approvals["data"][0]["end_reason"], "resigned");
    assert_eq!(scene.free(&resigned, "2025-03-01").await, ("not_available".to_owned(), 0));
}

#[actix_web::test]
async fn free_places_follow_the_children_who_live_there() {
    let scene = Scene::new().await;
    let path = scene.approved(family()).await;
    scene.place(&path, "2024-04-01", Some("2025-04-01"));
    scene.place(&path, "2024-06-01", None);
    scene.place(&path, "2024-07-01", None);
    for (day, availability, free) in [
        ("2024-03-31", "available", 3),
        ("2024-04-01", "available", 2),
        ("2024-07-01", "full", 0),
        ("2025-03-31", "full", 0),
        ("2025-04-01", "available", 1),
    ] {
        assert_eq!(scene.free(&path, day).await, (availability.to_owned(), free), "{day}");
    }
    let today = scene.read(&format!("{path}/availability")).await;
    assert_eq!(
        (&today["on"], &today["places"], &today["places_taken"]),
        (&json!("2026-11-22"), &json!(3), &json!(2))
    );
    let listed = scene.read(FAMILIES).await;
    assert_eq!(listed["data"][0]["places_free"], 1);

    let hold = json!({"on_hold_from": "2026-11-01", "on_hold_to": "2026-12-01", "on_hold_reason": "A birth."});
    scene.patch(&path, hold).await.ok();
    assert_eq!(scene.free(&path, "2026-11-30").await, ("on_hold".to_owned(), 0));
    assert_eq!(scene.free(&path, "2026-12-01").await, ("available".to_owned(), 1));
    assert_eq!(scene.read(FAMILIES).await["data"][0]["places_free"], 0);
    let open = scene.patch(&path, json!({"on_hold_to": null})).await.ok();
    assert!(open.get("on_hold_to").is_none());
    assert_eq!(scene.free(&path, "2026-12-01").await, ("on_hold".to_owned(), 0));
    let half = scene.patch(&path, json!({"on_hold_from": null})).await.refused(422, "invalid");
    assert_eq!(half["errors"][0]["pointer"], "/on_hold_reason");
    scene.patch(&path, json!({"on_hold_from": null, "on_hold_reason": null})).await.ok();
    assert_eq!(scene.free(&path, "2026-12-01").await, ("available".to_owned(), 1));
}

#[actix_web::test]
async fn the_search_finds_a_family_nearby_with_room_for_siblings() {
    let scene = Scene::new().await;
    let nis = scene.approved(with(family(), json!({"emergency": true}))).await;
    let town = json!({"area_code": "RS-20-NIS", "lat": 43.4, "lon": 21.9, "accepts_disability": true, "preferred_sex": "female", "sibling_group_max": 1});
    let town = scene.approved(with(family(), town)).await;
    let far = json!({"area_code": "RS-01", "lat": 45.0, "lon": 20.0, "preferred_age_min": 5});
    let far = scene.approved(with(family(), far)).await;
    let kin = json!({"lat": 43.3, "lon": 21.9, "purposes": ["foster", "kinship"]});
    let kin = scene.ready(with(family(), kin)).await;
    let named = json!({"purposes": ["kinship"], "named_children": [Uuid::new_v4()], "sex": "male"});
    scene.post(&kin, "approvals", with(scene.terms(), named)).await.ok();
    let asking = scene
        .register(with(family(), json!({"purposes": ["adoption"], "lat": 43.32, "lon": 21.9})))
        .await;
    let asking = asking.header("location").to_owned();
    scene.place(&nis, "2024-06-01", None);
    let known = [nis.as_str(), &town, &far, &kin, &asking];

    for (query, found) in [
        ("", vec![0, 1, 2, 3, 4]),
        ("sort=-family_no", vec![4, 3, 2, 1, 0]),
        ("state=approved", vec![0, 1, 2, 3]),
        ("state=approved&state=enquiry", vec![0, 1, 2, 3, 4]),
        ("purpose=foster", vec![0, 1, 2]),
        ("purpose=kinship", vec![3]),
        ("purpose=adoption&purpose=kinship", vec![3, 4]),
        ("purpose=nonsense", vec![]),
        ("area_code=RS-20", vec![0, 1, 3, 4]),
        ("area_code=RS-20-NIS&area_code=RS-01", vec![1, 2]),
        ("near=43.32,21.90&within_km=50&purpose=foster", vec![0, 1]),
        ("near=43.32,21.90&within_km=50&purpose=foster&sort=-family_no", vec![1, 0]),
        ("near=43.4,21.9&purpose=foster", vec![1, 0]),
        ("near=43.32,21.90&within_km=500&purpose=foster", vec![0, 1, 2]),
        ("near=43.32,21.90&within_km=0.1", vec![4]),
        ("age=4&purpose=foster", vec![0, 1]),
        ("age=5&purpose=foster", vec![0, 1, 2]),
        ("age=13", vec![4]),
        ("sex=male&state=approved", vec![0, 2, 3]),
        ("sex=female&state=approved", vec![0, 1, 2]),
        ("sibling_group=2&state=approved", vec![0, 2, 3]),
        ("places_min=1", vec![0, 1, 2]),
        ("places_min=3", vec![1, 2]),
        ("disability=true", vec![1]),
        ("disability=false&state=approved", vec![0, 2, 3]),
        ("emergency=true", vec![0]),
        (
            "purpose=foster&near=43.32,21.90&within_km=50&area_code=RS-20&age=4&sex=female&places_min=2&sibling_group=2&emergency=true&state=approved&sort=distance",
            vec![0],
        ),
    ] {
        assert_eq!(scene.found(&known, query).await, found, "{query}");
    }
    let near =
        scene.read(&format!("{FAMILIES}?near=43.32,21.90&within_km=500&purpose=foster")).await;
    assert_eq!(near["data"][0]["places_free"], 2);
    assert_eq!(near["data"][0]["approval_valid_to"], "2027-03-01");
    assert!(close_to(&near["data"][0]["distance_km"], 0.3), "{near}");
    assert!(close_to(&near["data"][1]["distance_km"], 8.9), "{near}");
    assert!(close_to(&near["data"][2]["distance_km"], 240.6), "{near}");
    let all = scene.read(FAMILIES).await;
    assert!(all["data"][0].get("distance_km").is_none());
    assert_eq!(all["data"][3]["named_children_only"], true);
    for hidden in ["persons", "address_lines", "lat"] {
        assert!(all["data"][0].get(hidden).is_none());
    }
}

#[actix_web::test]
async fn pages_go_on_where_the_last_one_ended_and_cursors_tell_no_place() {
    let scene = Scene::new().await;
    let mut made = Vec::new();
    for place in 0..5 {
        let body = with(family(), json!({"lat": 43.3 + f64::from(place % 3) * 0.1, "lon": 21.9}));
        made.push(scene.register(body).await.header("location").to_owned());
    }
    let known: Vec<&str> = made.iter().map(String::as_str).collect();
    for query in ["sort=family_no", "sort=-family_no", "near=43.3,21.9&within_km=50"] {
        let whole = scene.found(&known, query).await;
        let (mut seen, mut next) = (Vec::new(), format!("{FAMILIES}?{query}&limit=2"));
        loop {
            let page = scene.world.persona("ngo").get(&next).await;
            page.refused(403, "forbidden");
            let page = scene.world.persona("case_worker").get(&next).await;
            let body = page.ok();
            for family in body["data"].as_array().unwrap() {
                let id = family["id"].as_str().unwrap();
                seen.push(known.iter().position(|path| path.ends_with(id)).unwrap());
            }
            let Some(cursor) = body["next_cursor"].as_str() else { break };
            let plain = base64_text(cursor);
            assert!(!plain.contains("43.") && !plain.contains("21.9"), "{plain}");
            next =
                page.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
        }
        assert_eq!(seen, whole, "{query}");
    }
    let page = scene.read(&format!("{FAMILIES}?limit=2")).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = format!("{FAMILIES}?limit=2&emergency=true&cursor={cursor}");
    scene.world.persona("case_worker").get(&other).await.refused(400, "cursor_mismatch");
}

fn base64_text(cursor: &str) -> String {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap()
}

#[actix_web::test]
async fn a_search_that_cannot_be_is_refused() {
    let scene = Scene::new().await;
    for (query, parameter) in [
        ("near=91,0&within_km=5", "?near"),
        ("near=nowhere&within_km=5", "?near"),
        ("near=43,21&within_km=501", "?within_km"),
        ("near=43,21&within_km=-1", "?within_km"),
        ("near=43,21&within_km=NaN", "?within_km"),
        ("within_km=5", "?within_km"),
        ("sort=distance", "?sort"),
        ("sort=name", "?sort"),
        ("age=26", "?age"),
        ("age=old", "?age"),
        ("sibling_group=0", "?sibling_group"),
        ("places_min=13", "?places_min"),
        ("area_code=XX", "?area_code"),
        ("state=dreaming", "?state"),
        ("limit=0", "?limit"),
        ("colour=blue", "?colour"),
    ] {
        let refused = scene.world.persona("case_worker").get(&format!("{FAMILIES}?{query}")).await;
        let problem = refused.refused(400, "invalid_query");
        assert!(
            problem["errors"][0]["pointer"].as_str().unwrap().starts_with(parameter),
            "{problem}"
        );
    }
}

#[actix_web::test]
async fn a_change_names_the_version_that_it_changes() {
    let scene = Scene::new().await;
    let officer = scene.world.persona("carer_support_officer");
    let made = scene.register(family()).await;
    let (path, first) = (made.header("location").to_owned(), made.etag().to_owned());
    let read = officer.get(&path).await;
    assert_eq!(read.etag(), first);
    let held = officer.request(actix_web::http::Method::GET, &path).header("if-none-match", &first);
    assert_eq!(held.send().await.status.as_u16(), 304);
    for what in ["submit", "checks", "trainings"] {
        let bare = officer.post(&format!("{path}/{what}"), json!({})).await;
        assert!(matches!(bare.status.as_u16(), 428 | 422), "{bare:?}");
    }
    officer
        .post(&format!("{path}/submit"), json!({"on": "2024-01-08"}))
        .await
        .refused(428, "precondition_required");
    let second = officer.step(&format!("{path}/submit"), &first, json!({"on": "2024-01-08"})).await;
    second.ok();
    let stale =
        officer.step(&format!("{path}/begin-checks"), &first, json!({"on": "2024-01-08"})).await;
    stale.refused(412, "stale");
    assert_eq!(stale.etag(), second.etag());
    officer.patch(&path, &first, json!({"emergency": true})).await.refused(412, "stale");
    let other = scene.register(family()).await;
    officer.patch(&path, other.etag(), json!({"emergency": true})).await.refused(412, "stale");
    let changed =
        officer.patch(&path, second.etag(), json!({"emergency": true, "locality": null})).await;
    assert_eq!(changed.ok()["version"], 3);
    assert!(changed.ok().get("locality").is_none());
    let missing = format!("{FAMILIES}/{}", Uuid::new_v4());
    officer.get(&missing).await.refused(404, "not_found");
    officer.patch(&missing, &first, json!({})).await.refused(404, "not_found");
    for part in ["history", "approvals", "availability"] {
        officer.get(&format!("{missing}/{part}")).await.refused(404, "not_found");
    }
    let approval = format!("{path}/approvals/{}", Uuid::new_v4());
    officer.get(&approval).await.refused(404, "not_found");
}

#[actix_web::test]
async fn bad_input_is_refused_where_it_is_wrong_and_nothing_is_written() {
    let scene = Scene::new().await;
    let person = |members: Value| {
        let mut body = family();
        body["persons"][0] = with(body["persons"][0].clone(), members);
        body
    };
    for (body, pointer) in [
        (with(family(), json!({"purposes": ["nonsense"]})), "/purposes"),
        (with(family(), json!({"area_code": "XX-1"})), "/area_code"),
        (with(family(), json!({"enquired_on": "2026-11-23"})), "/enquired_on"),
        (with(family(), json!({"enquired_on": "0001-01-01"})), "/enquired_on"),
        (with(family(), json!({"lat": 91})), "/lat"),
        (
            with(family(), json!({"disability_types": ["nonsense"], "accepts_disability": true})),
            "/disability_types",
        ),
        (with(family(), json!({"languages": ["?"]})), "/languages"),
        (with(family(), json!({"address_lines": [""]})), "/address_lines"),
        (
            with(family(), json!({"preferred_age_min": 5, "preferred_age_max": 4})),
            "/preferred_age_max",
        ),
        (with(family(), json!({"persons": []})), "/persons"),
        (with(family(), json!({"locality": null})), "/locality"),
        (person(json!({"birth_date": "2026-11-23"})), "/persons/0/birth_date"),
        (person(json!({"role": "household_member"})), "/persons"),
        (person(json!({"given_name": ""})), "/persons/0/given_name"),
        (person(json!({"id": Uuid::new_v4()})), "/persons/0/id"),
        (person(json!({"nickname": "M"})), "/persons/0/nickname"),
    ] {
        let problem = scene.register(body.clone()).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    let mut half = family();
    half.as_object_mut().unwrap().remove("lon");
    assert_eq!(scene.register(half).await.refused(422, "invalid")["errors"][0]["pointer"], "/lat");
    assert_eq!(scene.read(FAMILIES).await["data"], json!([]));

    let path = scene.register(family()).await.header("location").to_owned();
    for (what, body, pointer) in [
        (
            "checks",
            json!({"kind": "nonsense", "completed_on": "2024-01-10", "result": "passed"}),
            "/kind",
        ),
        (
            "checks",
            json!({"kind": "health", "completed_on": "2026-11-23", "result": "passed"}),
            "/completed_on",
        ),
        (
            "checks",
            json!({"kind": "health", "completed_on": "2024-01-10", "valid_until": "2024-01-10", "result": "passed"}),
            "/valid_until",
        ),
        (
            "checks",
            json!({"kind": "health", "person_id": Uuid::new_v4(), "completed_on": "2024-01-10", "result": "passed"}),
            "/person_id",
        ),
        (
            "trainings",
            json!({"programme": "P", "kind": "initial", "hours": 0, "completed_on": "2024-01-10"}),
            "/hours",
        ),
        (
            "trainings",
            json!({"programme": "P", "kind": "initial", "hours": 9, "completed_on": "2026-11-23"}),
            "/completed_on",
        ),
        ("submit", json!({"on": "2026-11-23"}), "/on"),
        ("submit", json!({"on": "2024-01-04"}), "/on"),
        ("submit", json!({"on": "2024-01-08", "reason": ""}), "/reason"),
    ] {
        let problem = scene.post(&path, what, body).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{what}");
    }
    for (patch, pointer) in [
        (json!({"purposes": null}), "/purposes"),
        (json!({"persons": null}), "/persons"),
        (json!({"lat": null}), "/lat"),
        (json!({"locality": ""}), "/locality"),
        (json!({"on_hold_from": "2026-01-01", "on_hold_to": "2026-01-01"}), "/on_hold_to"),
        (json!({"on_hold_from": "0001-01-01"}), "/on_hold_from"),
        (json!({"state": "approved"}), "/state"),
    ] {
        let problem = scene.patch(&path, patch.clone()).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{patch}");
    }
    assert_eq!(scene.read(&path).await["version"], 1);
}

#[actix_web::test]
async fn the_past_can_be_read_as_it_was_and_as_it_was_known() {
    let scene = Scene::new().await;
    let before = scene.world.clock.now();
    scene.world.clock.advance(Duration::hours(1));
    let path = scene.ready(family()).await;
    let then = scene.world.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    scene.world.clock.advance(Duration::hours(1));
    scene.post(&path, "approvals", scene.terms()).await.ok();
    scene.patch(&path, json!({"locality": "Sokobanja"})).await.ok();

    let past = scene.read(&format!("{path}?as_of=2024-01-31")).await;
    assert_eq!((&past["state"], past["checks"].as_array().unwrap().len()), (&json!("enquiry"), 8));
    assert_eq!(past["trainings"], json!([]));
    assert!(past["states"][0].get("valid_to").is_none());
    assert_eq!(scene.read(&format!("{path}?as_of=2024-03-01")).await["state"], "approved");
    let reader = scene.world.persona("case_worker");
    reader.get(&format!("{path}?as_of=2024-01-04")).await.refused(404, "not_found");
    reader.get(&format!("{path}/availability?as_of=2024-01-04")).await.refused(404, "not_found");
    let known = reader.get(&format!("{path}?known_at={then}")).await;
    assert_eq!(
        (known.etag(), &known.ok()["locality"], &known.ok()["state"]),
        ("", &json!("Ниш"), &json!("panel"))
    );
    let known = reader.get(&format!("{path}/approvals?known_at={then}")).await.ok();
    assert_eq!(known["data"], json!([]));
    let early = before.to_rfc3339_opts(SecondsFormat::Secs, true);
    for part in ["", "/approvals"] {
        reader.get(&format!("{path}{part}?known_at={early}")).await.refused(404, "not_found");
        for wrong in [
            "known_at=2026-11-23T00:00:00Z",
            "known_at=0001-01-01T00:00:00Z",
            "as_of=0001-01-01",
            "as_of=soon",
        ] {
            reader.get(&format!("{path}{part}?{wrong}")).await.refused(400, "invalid_query");
        }
    }

    let history = scene.read(&format!("{path}/history?limit=3")).await;
    let events: Vec<_> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["changed", "granted", "approved"]);
    assert_eq!(history["data"][0]["changed"], json!(["locality"]));
    assert!(history["next_cursor"].is_string());
}

#[actix_web::test]
async fn who_may_not_read_or_manage_or_approve_is_told_so() {
    let scene = Scene::new().await;
    let path = scene.ready(family()).await;
    let etag = scene.world.persona("case_worker").get(&path).await.etag().to_owned();
    scene.world.nobody().get(&path).await.refused(401, "unauthenticated");
    for reader in ["statistician", "ngo", "facility_officer", "auditor"] {
        for read in ["", "/approvals", "/availability", "/history"] {
            scene
                .world
                .persona(reader)
                .get(&format!("{path}{read}"))
                .await
                .refused(403, "forbidden");
        }
    }
    for worker in ["case_worker", "central_adoption_authority"] {
        let worker = scene.world.persona(worker);
        worker.get(&path).await.ok();
        worker.post(FAMILIES, family()).await.refused(403, "forbidden");
        worker.patch(&path, &etag, json!({})).await.refused(403, "forbidden");
        worker
            .step(&format!("{path}/withdraw"), &etag, json!({"on": "2024-03-01"}))
            .await
            .refused(403, "forbidden");
    }
    let officer = scene.world.persona("carer_support_officer");
    officer
        .step(&format!("{path}/approvals"), &etag, scene.terms())
        .await
        .refused(403, "forbidden");
    officer.step(&format!("{path}/withdraw"), &etag, json!({"on": "2024-03-01"})).await.ok();
}
