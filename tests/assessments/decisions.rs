//! What is decided: by whom, when, and what else than was recommended.
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use super::{Scene, completion_with};

#[actix_web::test]
async fn as_03_a_decision_is_not_dated_before_its_assessment() {
    let scene = Scene::new().await;
    let submitted = scene.submitted().await;
    let on = |day: &str| {
        let mut decision = scene.decision("approved");
        decision["decided_on"] = json!(day);
        decision
    };
    let refused = scene.decide(&submitted, on("2026-03-01")).await;
    let problem = refused.refused(422, "decision_predated");
    assert_eq!(problem["errors"][0]["pointer"], "/decided_on");
    // Nor before it was submitted, nor ahead.
    for (day, code) in [("2026-03-02", "out_of_order"), ("2026-11-23", "future_date")] {
        let problem = scene.decide(&submitted, on(day)).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["code"], code, "{day}");
    }
    scene.decide(&submitted, on("2026-03-03")).await.ok();
    let same = |made: Value| completion_with(&[("/completed_on", made)]);
    let same_day = scene.submitted_with(same(json!("2026-03-03"))).await;
    scene.decide(&same_day, on("2026-03-03")).await.ok();
}

#[actix_web::test]
async fn as_04_what_is_out_of_date_is_not_decided() {
    let scene = Scene::new().await;
    let submitted = scene.submitted().await;
    let on = |day: &str| {
        let mut decision = scene.decision("approved");
        decision["decided_on"] = json!(day);
        decision
    };
    let refused = scene.decide(&submitted, on("2026-09-02")).await.broke("AS-04");
    assert_eq!(refused["facts"], json!({"valid_until": "2026-09-02"}));
    scene.decide(&submitted, on("2026-09-01")).await.ok();
}

#[actix_web::test]
async fn as_05_a_competent_body_decides_and_not_the_team_alone() {
    let scene = Scene::new().await;
    let submitted = scene.submitted().await;
    let by = |organisation: &Value, body: &str| {
        let mut decision = scene.decision("approved");
        (decision["decided_by"], decision["body"]) = (organisation.clone(), json!(body));
        decision
    };
    let own = json!(scene.country.authority);
    for (organisation, body) in
        [(&scene.court, "gatekeeping_commission"), (&scene.commission, "court"), (&own, "court")]
    {
        let refused = scene.decide(&submitted, by(organisation, body)).await.broke("AS-05");
        assert_eq!(refused["status"], 422);
        assert_eq!(refused["errors"][0]["pointer"], "/decided_by");
    }
    let alone = scene.decide(&submitted, by(&own, "guardianship_authority")).await;
    assert_eq!(alone.broke("AS-05")["status"], 409);
    let nobody = json!("0199a5b2-0003-7000-8000-000000000009");
    let unknown = scene.decide(&submitted, by(&nobody, "court")).await.refused(422, "invalid");
    assert_eq!(unknown["errors"][0]["code"], "unknown_reference");
    let none = scene.decide(&submitted, by(&scene.court, "king")).await.refused(422, "invalid");
    assert_eq!(none["errors"][0]["code"], "unknown_code");
    scene.decide(&submitted, by(&scene.court, "court")).await.ok();

    // With somebody from elsewhere in the team, it is not the team alone.
    let requested = scene.request("gatekeeping").await;
    let mut start = scene.start();
    start["team"][1]["organisation_id"] = scene.commission.clone();
    let made = scene.step("case_worker", &requested, "start", start).await;
    let completed = scene.complete(&made, super::completion()).await;
    let on = json!({"submitted_on": "2026-03-03"});
    let submitted = scene.step("case_worker", &completed, "submit", on).await;
    scene.decide(&submitted, by(&own, "guardianship_authority")).await.ok();
}

#[actix_web::test]
async fn a_decision_has_what_goes_with_its_outcome() {
    let scene = Scene::new().await;
    let submitted = scene.submitted().await;
    for (outcome, member, value, pointer, code) in [
        ("modified", "recommendation", None, "/recommendation", "required"),
        ("approved", "recommendation", Some("foster"), "/recommendation", "not_wanted"),
        ("rejected", "recommendation", Some("foster"), "/recommendation", "not_wanted"),
        ("modified", "recommendation", Some("wait"), "/recommendation", "unknown_code"),
        ("modified", "reason", None, "/reason", "required"),
        ("rejected", "reason", Some("    "), "/reason", "required"),
        ("approved", "appeal_until", Some("2026-03-08"), "/appeal_until", "out_of_order"),
    ] {
        let mut decision = scene.decision(outcome);
        let members = decision.as_object_mut().unwrap();
        match value {
            Some(value) => drop(members.insert(member.to_owned(), json!(value))),
            None => drop(members.remove(member)),
        }
        let problem = scene.decide(&submitted, decision).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{outcome} {member}");
        assert_eq!(problem["errors"][0]["code"], code, "{outcome} {member}");
    }
    let decided = scene.decide(&submitted, scene.decision("modified")).await.ok();
    assert_eq!(decided["recommendation"], "foster");
    assert_eq!(decided["decision"]["instead_of"], "kinship");
    let rejected = scene.decide(&scene.submitted().await, scene.decision("rejected")).await.ok();
    assert_eq!((&rejected["state"], &rejected["outcome"]), (&json!("decided"), &json!("rejected")));
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    let decided = scene.decide(&scene.submitted().await, scene.decision("approved")).await.ok();
    let id = decided["id"].as_str().unwrap();
    let mut conn = scene.world.database.owner();
    for set in [
        "decided_on = '2026-03-01'",
        "decided_on = valid_until",
        "state = 'submitted'",
        "state = 'requested'",
        "findings = NULL",
        "outcome = NULL",
        "outcome = 'returned'",
        "decided_by = NULL",
        "decision = NULL",
        "completed_on = started_on - 1",
        "started_on = requested_on - 1",
        "submitted_on = NULL",
        "valid_until = completed_on",
        "due_on = requested_on - 1",
        "version = 0",
    ] {
        let update = format!("UPDATE assessments SET {set} WHERE id = '{id}'");
        let said = conn.batch_execute(&update).unwrap_err().to_string();
        assert!(said.contains("violates check constraint"), "{set}: {said}");
    }
}
