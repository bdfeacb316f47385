//! Transformation plans: what they may say, who decides, the stop of admissions, their end.
use diesel::connection::SimpleConnection as _;
use kinstead::{
    platform::version::IfMatch,
    transformations::{TransformationPlan, store},
};
use serde_json::{Value, json};

use super::{Scene, plan_with};
use crate::support::{body, in_facility, leaving::transformation, move_to_facility, with_family};

#[actix_web::test]
async fn a_plan_goes_from_draft_over_its_approval_to_its_end() {
    let mut scene = Scene::new().await;
    let mixed = plan_with(&[
        ("target_model", json!("mixed")),
        ("targets", json!([{"on": "2030-06-01", "capacity": 0}])),
    ]);
    let drafted = scene.draft(transformation("2026-11-01")).await;
    assert_eq!((&drafted.ok()["state"], &drafted.ok()["number"]), (&json!("drafted"), &json!(1)));
    assert!(drafted.ok().get("baseline_children").is_none());
    let revised = scene.step("regional_authority", &drafted, "revise", mixed).await;
    assert_eq!(revised.ok()["target_model"], "mixed");
    let start = json!({"started_on": "2026-11-12"});
    scene
        .step("regional_authority", &revised, "start", start.clone())
        .await
        .refused(409, "state_conflict");
    let approved = scene.approve(&revised, "2026-11-10").await;
    // One child lives there, whatever anybody says.
    assert_eq!(
        (&approved.ok()["state"], &approved.ok()["baseline_children"]),
        (&json!("approved"), &json!(1))
    );
    let early = json!({"started_on": "2026-11-09"});
    let refused = scene.step("regional_authority", &approved, "start", early).await;
    assert_eq!(refused.refused(422, "invalid")["errors"][0]["code"], "out_of_order");
    let started = scene.step("regional_authority", &approved, "start", start).await;
    let reached = json!({"number": 1, "reached_on": "2026-11-20"});
    let unknown = json!({"number": 2, "reached_on": "2026-11-20"});
    let refused = scene.step("regional_authority", &started, "reach-milestone", unknown).await;
    assert_eq!(refused.refused(422, "invalid")["errors"][0]["pointer"], "/number");
    let going =
        scene.step("regional_authority", &started, "reach-milestone", reached.clone()).await;
    assert_eq!(going.ok()["milestones"][0]["reached_on"], "2026-11-20");
    let again = scene.step("regional_authority", &going, "reach-milestone", reached).await;
    again.refused(409, "state_conflict");

    // Its last target is that nobody lives there.
    let end = json!({"ended_on": "2026-11-22", "reason": "All live with families."});
    let refused = scene.step("regional_authority", &going, "complete", end.clone()).await;
    refused.refused(409, "state_conflict");
    let stays = scene.world.persona("national_authority");
    let placed = stays.get(&format!("/v1/placements?child_id={}", scene.child)).await.ok();
    let placed = body(placed["data"][0].clone());
    scene.country.leave(&placed, "2026-11-22");
    let early = json!({"ended_on": "2026-11-21", "reason": "All live with families."});
    let refused = scene.step("regional_authority", &going, "complete", early).await;
    refused.refused(409, "state_conflict");
    let done = scene.step("regional_authority", &going, "complete", end.clone()).await;
    assert_eq!(
        (&done.ok()["state"], &done.ok()["ended_on"]),
        (&json!("completed"), &json!("2026-11-22"))
    );
    scene.step("national_authority", &done, "abandon", end).await.refused(409, "state_conflict");
    let path = format!("/v1/transformation-plans/{}/history", done.ok()["id"].as_str().unwrap());
    let history = scene.world.persona("inspector").get(&path).await.ok();
    let events = history["data"].as_array().unwrap().iter();
    let events: Vec<&str> = events.map(|entry| entry["event"].as_str().unwrap()).collect();
    assert_eq!(
        events,
        ["completed", "milestone_reached", "started", "approved", "revised", "drafted"]
    );
}

#[actix_web::test]
async fn what_a_plan_cannot_say_is_refused() {
    let scene = Scene::new().await;
    for (member, value, pointer, code) in [
        ("target_model", json!("nothing"), "/target_model", "unknown_code"),
        ("drafted_on", json!("2026-11-23"), "/drafted_on", "future_date"),
        ("admissions_stop_on", json!("2026-11-21"), "/admissions_stop_on", "past_date"),
        ("targets", json!([{"on": "2026-11-22", "capacity": 0}]), "/targets/0/on", "out_of_order"),
        (
            "targets",
            json!([{"on": "2030-01-01", "capacity": 21}, {"on": "2031-01-01", "capacity": 0}]),
            "/targets/0/capacity",
            "too_many",
        ),
        (
            "targets",
            json!([{"on": "2030-01-01", "capacity": 1}, {"on": "2031-01-01", "capacity": 2}]),
            "/targets/1/capacity",
            "too_many",
        ),
        (
            "targets",
            json!([{"on": "2030-01-01", "capacity": 1}]),
            "/targets/0/capacity",
            "not_empty",
        ),
        (
            "milestones",
            json!([{"name": "Plans.", "due_on": "2026-10-31"}]),
            "/milestones/0/due_on",
            "out_of_order",
        ),
    ] {
        let refused = scene.draft(plan_with(&[(member, value)])).await.refused(422, "invalid");
        let faults = refused["errors"].as_array().unwrap();
        let told = faults.iter().any(|it| it["pointer"] == pointer && it["code"] == code);
        assert!(told, "{pointer}: {refused}");
    }
    // The day before tomorrow's is today.
    let tomorrow =
        json!([{"on": "2026-11-23", "capacity": 20}, {"on": "2030-01-01", "capacity": 0}]);
    let stop = json!("2026-11-22");
    scene.draft(plan_with(&[("targets", tomorrow), ("admissions_stop_on", stop)])).await.ok();
    let stranger = scene.world.persona("case_worker");
    let path = format!("{}/transformation-plans", scene.facility_path());
    stranger.post(&path, transformation("2026-11-01")).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn an_authority_decides_on_its_day() {
    let scene = Scene::new().await;
    let drafted = scene.draft(transformation("2026-11-01")).await;
    let authority = scene.world.persona("national_authority");
    let centre = json!({"kind": "centre_for_social_work", "name": "Centre", "area_code": "RS", "valid_from": "2001-01-01"});
    let centre = authority.post("/v1/organisations", centre).await.ok()["id"].clone();
    let decision =
        |on: &str, by: &Value| json!({"approved_on": on, "approved_by": by, "decision_no": "1/26"});
    let own = json!(scene.country.authority);
    scene
        .step("regional_authority", &drafted, "approve", decision("2026-11-10", &own))
        .await
        .refused(403, "forbidden");
    for (on, by, code) in [
        ("2026-10-31", &own, "out_of_order"),
        ("2026-11-23", &own, "future_date"),
        ("2026-11-10", &centre, "not_competent"),
    ] {
        let refused = scene.step("national_authority", &drafted, "approve", decision(on, by)).await;
        assert_eq!(refused.refused(422, "invalid")["errors"][0]["code"], code);
    }
    scene.approve(&drafted, "2026-11-01").await.ok();
}

#[actix_web::test]
async fn a_target_that_has_passed_is_not_decided_on() {
    let scene = Scene::new().await;
    let near = json!([{"on": "2026-11-24", "capacity": 0}]);
    let drafted = scene.draft(plan_with(&[("targets", near)])).await;
    scene.world.clock.set("2026-11-24T10:00:00Z".parse().unwrap());
    scene.approve(&drafted, "2026-11-24").await.refused(409, "state_conflict");
    scene.approve(&drafted, "2026-11-23").await.ok();
}

#[actix_web::test]
async fn from_its_day_on_the_stop_of_admissions_refuses_entries_and_moves() {
    let mut scene = Scene::new().await;
    let stop = plan_with(&[("admissions_stop_on", json!("2026-11-24"))]);
    let drafted = scene.draft(stop).await;
    assert_eq!(scene.facility_now().await["admissions_stops"], json!([]));
    scene.approve(&drafted, "2026-11-20").await.ok();
    let facility = scene.facility_now().await;
    let set = json!([{"valid_from": "2026-11-24", "decision_no": "550-31/2026"}]);
    assert_eq!((&facility["admissions_stops"], &facility["state"]), (&set, &json!("registered")));

    scene.world.clock.set("2026-11-24T10:00:00Z".parse().unwrap());
    scene.country.now = "2026-11-24T10:00:00Z".parse().unwrap();
    let family = scene.country.family(2);
    let (early, late) =
        (scene.country.child("male", "2014-01-01"), scene.country.child("male", "2014-01-01"));
    let worker = scene.world.persona("case_worker");
    worker.post("/v1/placements", in_facility(early, scene.facility, "2026-11-23")).await.ok();
    let refused =
        worker.post("/v1/placements", in_facility(late, scene.facility, "2026-11-24")).await;
    assert_eq!(refused.broke("PL-13")["facts"]["why"], "admissions_stopped");
    let placed = worker.post("/v1/placements", with_family(late, family, "2026-11-01")).await;
    let path = format!("{}/move", placed.header("location"));
    let moved = |on| move_to_facility(scene.facility, on);
    worker.step(&path, placed.etag(), moved("2026-11-24")).await.broke("PL-13");
    worker.step(&path, placed.etag(), moved("2026-11-23")).await.ok();

    // Neither does the search find room there.
    let found = worker.get("/v1/facilities?places_min=1").await.ok();
    assert_eq!(found["data"], json!([]));
    let listed = worker.get("/v1/facilities").await.ok();
    assert_eq!(
        (&listed["data"][0]["admits"], &listed["data"][0]["places_free"]),
        (&json!(false), &json!(0))
    );
    let occupancy = worker.get(&format!("{}/occupancy", scene.facility_path())).await.ok();
    assert_eq!(occupancy["admits_not_because"], "admissions_stopped");

    // It ends with the plan.
    let plan = format!("/v1/transformation-plans/{}", drafted.ok()["id"].as_str().unwrap());
    let authority = scene.world.persona("national_authority");
    let seen = authority.get(&plan).await;
    let end = json!({"ended_on": "2026-11-24", "reason": "The government fell."});
    authority.step(&format!("{plan}/abandon"), seen.etag(), end).await.ok();
    let third = scene.country.child("male", "2014-01-01");
    worker.post("/v1/placements", in_facility(third, scene.facility, "2026-11-24")).await.ok();
    let found = worker.get("/v1/facilities?places_min=1").await.ok();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn fa_07_of_many_plans_that_are_approved_at_once_one_is() {
    let scene = Scene::new().await;
    let mut plans: Vec<TransformationPlan> = Vec::new();
    for _ in 0..6 {
        plans.push(body(scene.draft(transformation("2026-11-01")).await.ok()));
    }
    let decision = json!({"approved_on": "2026-11-20", "approved_by": scene.country.authority, "decision_no": "1/26"});
    let approved = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for plan in &plans {
            let mut country = scene.country.again(&scene.world.database);
            let (decision, approved) = (&decision, &approved);
            scope.spawn(move || {
                let seen = IfMatch::of(plan);
                let done = country
                    .change(|tx| store::approve(tx, plan.id, &seen, &body(decision.clone())));
                match done {
                    Ok(_) => drop(approved.fetch_add(1, std::sync::atomic::Ordering::Relaxed)),
                    Err(kinstead::platform::error::Error::Rule(refusal)) => {
                        assert_eq!(refusal.rule, "FA-07");
                    }
                    Err(other) => panic!("{other}"),
                }
            });
        }
    });
    assert_eq!(approved.into_inner(), 1);
    let list = "/v1/transformation-plans?count=exact&state=approved";
    assert_eq!(scene.world.persona("case_worker").get(list).await.ok()["total"], 1);
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let mut scene = Scene::new().await;
    let plan = scene.country.transform(scene.facility, "2026-11-10");
    let transition = scene.country.transition(&plan, scene.child, "2026-11-11");
    scene.country.agree(&transition, "2026-11-12");
    let mut conn = scene.world.database.owner();
    for (again, constraint) in [
        (
            "INSERT INTO transformation_plans SELECT gen_random_uuid(), facility_id, number + 1, state, target_model, drafted_on, \
             targets, admissions_stop_on, milestones, budget_reinvestment, baseline_children, approved_on, approved_by, \
             decision_no, started_on, ended_on, state_reason, version FROM transformation_plans",
            "fa_07_one_living_transformation_plan",
        ),
        (
            "INSERT INTO transition_plans SELECT gen_random_uuid(), child_id, facility_id, transformation_plan_id, state, \
             destination, drafted_on, target_on, content, agreed_on, agreed_by, ended_on, state_reason, version FROM transition_plans",
            "fa_08_one_living_transition_plan",
        ),
        (
            "INSERT INTO facility_admission_stops SELECT gen_random_uuid(), id, day::date, NULL, NULL \
             FROM facilities, unnest(ARRAY['2027-01-01', '2028-01-01']) AS day",
            "facility_admission_stops_one_at_a_time",
        ),
    ] {
        let said = conn.batch_execute(again).unwrap_err().to_string();
        assert!(said.contains(constraint), "{said}");
    }
    for set in [
        "transformation_plans SET number = 0",
        "transformation_plans SET version = 0",
        "transformation_plans SET targets = '[]'",
        "transformation_plans SET targets = '{}'",
        "transformation_plans SET milestones = '1'",
        "transformation_plans SET approved_on = drafted_on - 1",
        "transformation_plans SET approved_by = NULL",
        "transformation_plans SET decision_no = NULL",
        "transformation_plans SET baseline_children = NULL",
        "transformation_plans SET baseline_children = -1",
        "transformation_plans SET state = 'drafted'",
        "transformation_plans SET state = 'in_progress'",
        "transformation_plans SET started_on = approved_on",
        "transformation_plans SET state = 'in_progress', started_on = approved_on - 1",
        "transformation_plans SET state = 'abandoned'",
        "transformation_plans SET state = 'abandoned', ended_on = approved_on",
        "transformation_plans SET state = 'abandoned', ended_on = approved_on - 1, state_reason = 'None.'",
        "transformation_plans SET ended_on = approved_on, state_reason = 'None.'",
        "transition_plans SET version = 0",
        "transition_plans SET target_on = drafted_on - 1",
        "transition_plans SET agreed_on = drafted_on - 1",
        "transition_plans SET agreed_by = NULL",
        "transition_plans SET state = 'drafted'",
        "transition_plans SET state = 'carried_out'",
        "transition_plans SET state = 'carried_out', ended_on = agreed_on - 1",
        "transition_plans SET state = 'abandoned', ended_on = agreed_on",
        "transition_plans SET ended_on = agreed_on",
    ] {
        let said = conn.batch_execute(&format!("UPDATE {set}")).unwrap_err().to_string();
        assert!(said.contains("violates check constraint"), "{set}: {said}");
    }
}
