//! From enquiry to approval, and what becomes of an approval.
use diesel::connection::SimpleConnection;
use kinstead::platform::check_digit;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{FAMILIES, Scene, family, with};

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
        json!({"pointer": "/on", "code": "out_of_order", "detail": "must not lie before the day that it follows"})
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
    for wrong in [
        json!({"kind": "refresher"}),
        json!({"completed_on": "2024-03-02"}),
        json!({"person_id": made["persons"][1]["id"]}),
    ] {
        scene.post(&path, "trainings", with(training.clone(), wrong)).await.ok();
        scene.post(&path, "approvals", scene.terms()).await.broke("CF-01");
    }
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
