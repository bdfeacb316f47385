//! The approval of a care plan, the plan that it supersedes, and its end.
use diesel::connection::SimpleConnection as _;
use kinstead::{
    care_plans::{CarePlan, CarePlanApproval, store},
    platform::version::IfMatch,
};
use serde_json::{Value, json};

use super::Scene;
use crate::support::{body, leave};

#[actix_web::test]
async fn the_plan_that_is_approved_supersedes_the_one_before_it() {
    let scene = Scene::new().await;
    let first = scene.approve(&scene.submitted(scene.new_plan()).await, "2026-03-17").await;
    assert_eq!((&first.ok()["state"], &first.ok()["version"]), (&json!("active"), &json!(4)));
    // A plan for the time outside care is another matter.
    let outside = scene.plan_with(&[("care_period_id", Value::Null)]);
    let outside = scene.approve(&scene.submitted(outside).await, "2026-03-17").await;
    let second = scene.submitted(scene.new_plan()).await;
    let early = scene.approve(&second, "2026-03-16").await.refused(422, "invalid");
    assert_eq!(early["errors"][0]["pointer"], "/approved_on");
    assert_eq!(scene.read(&first).await.ok()["state"], "active");
    assert_eq!(scene.read(&second).await.ok()["state"], "submitted");
    let second = scene.approve(&second, "2026-04-01").await;
    let former = scene.read(&first).await.ok();
    assert_eq!(
        (&former["state"], &former["ended_on"]),
        (&json!("superseded"), &json!("2026-04-01"))
    );
    assert_eq!(former["superseded_by"], second.ok()["id"]);
    assert_eq!(scene.read(&outside).await.ok()["state"], "active");
    let path = format!("/v1/care-plans/{}/history", second.ok()["id"].as_str().unwrap());
    let history = scene.world.persona("case_worker").get(&path).await.ok();
    let events = history["data"].as_array().unwrap().iter();
    let events: Vec<&str> = events.map(|entry| entry["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["activated", "approved", "submitted", "drafted"]);
}

#[actix_web::test]
async fn of_many_plans_that_are_approved_at_once_one_is_active() {
    let scene = Scene::new().await;
    let mut plans: Vec<CarePlan> = Vec::new();
    for _ in 0..8 {
        plans.push(body(scene.submitted(scene.new_plan()).await.ok()));
    }
    let approval: CarePlanApproval = body(scene.approval("2026-03-17"));
    std::thread::scope(|scope| {
        for plan in &plans {
            let mut country = scene.country.again(&scene.world.database);
            let approval = &approval;
            scope.spawn(move || {
                let seen = IfMatch::of(plan);
                country.change(|tx| store::approve(tx, plan.id, &seen, approval)).unwrap();
            });
        }
    });
    let path = format!("/v1/care-plans?count=exact&child_id={}", scene.child);
    for (state, count) in [("active", 1), ("superseded", 7)] {
        let worker = scene.world.persona("case_worker");
        let list = worker.get(&format!("{path}&state={state}")).await.ok();
        assert_eq!(list["total"], count, "{state}");
    }
}

#[actix_web::test]
async fn a_plan_is_approved_by_whoever_may_and_on_its_day() {
    let scene = Scene::new().await;
    let submitted = scene.submitted(scene.new_plan()).await;
    let worker =
        scene.step("case_worker", &submitted, "approve", scene.approval("2026-03-17")).await;
    worker.refused(403, "forbidden");
    for (day, code) in [("2026-03-09", "out_of_order"), ("2026-11-23", "future_date")] {
        let refused = scene.approve(&submitted, day).await.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], code);
    }
    let nobody =
        json!({"approved_on": "2026-03-17", "approved_by": "0199a5b2-0003-7000-8000-000000000009"});
    let refused = scene.step("supervisor", &submitted, "approve", nobody).await;
    assert_eq!(refused.refused(422, "invalid")["errors"][0]["code"], "unknown_reference");
    let drafted = scene.draft(scene.new_plan()).await;
    scene.approve(&drafted, "2026-03-17").await.refused(409, "state_conflict");

    // What has ended has no plan.
    let worker = scene.world.persona("case_worker");
    let placements = worker.get(&format!("/v1/placements?child_id={}", scene.child)).await.ok();
    let placement = format!("/v1/placements/{}", placements["data"][0]["id"].as_str().unwrap());
    let seen = worker.get(&placement).await;
    worker.step(&format!("{placement}/end"), seen.etag(), leave("2026-06-01")).await.ok();
    let refused = scene.approve(&submitted, "2026-03-17").await;
    refused.refused(409, "state_conflict");
}

#[actix_web::test]
async fn a_plan_is_completed_when_it_is_active_and_revoked_before_its_end() {
    let scene = Scene::new().await;
    let end = |day: &str| json!({"ended_on": day, "reason": "She lives with her mother again."});
    let submitted = scene.submitted(scene.new_plan()).await;
    let refused = scene.step("case_worker", &submitted, "complete", end("2026-09-01")).await;
    refused.refused(409, "state_conflict");
    let active = scene.approve(&submitted, "2026-03-17").await;
    for (day, code) in [("2026-03-16", "out_of_order"), ("2026-11-23", "future_date")] {
        let refused = scene.step("case_worker", &active, "complete", end(day)).await;
        assert_eq!(refused.refused(422, "invalid")["errors"][0]["code"], code);
    }
    let done = scene.step("case_worker", &active, "complete", end("2026-09-01")).await;
    assert_eq!(done.ok()["state"], "completed");
    let refused = scene.step("supervisor", &done, "revoke", end("2026-09-01")).await;
    refused.refused(409, "state_conflict");
    // Another one may become active, and is revoked.
    let next = scene.approve(&scene.submitted(scene.new_plan()).await, "2026-09-01").await;
    for plan in [next, scene.submitted(scene.new_plan()).await, scene.draft(scene.new_plan()).await]
    {
        let revoked = scene.step("supervisor", &plan, "revoke", end("2026-09-02")).await;
        assert_eq!(revoked.ok()["state"], "revoked");
    }
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    let active = scene.approve(&scene.submitted(scene.new_plan()).await, "2026-03-17").await.ok();
    let outside = scene.plan_with(&[("care_period_id", Value::Null)]);
    let outside = scene.approve(&scene.submitted(outside).await, "2026-03-17").await.ok();
    let mut conn = scene.world.database.owner();
    let again = |id: &Value| {
        format!(
            "INSERT INTO care_plans SELECT gen_random_uuid(), child_id, care_period_id, number + 10, state, permanency_goal, \
             parallel_goal, target_date, drafted_on, review_due_on, content, informed_on, approved_on, approved_by, ended_on, \
             superseded_by, state_reason, version FROM care_plans WHERE id = '{}'",
            id.as_str().unwrap()
        )
    };
    for id in [&active["id"], &outside["id"]] {
        let said = conn.batch_execute(&again(id)).unwrap_err().to_string();
        assert!(said.contains("cp_01_one_active_plan"), "{said}");
    }
    let said = conn.batch_execute(&again(&active["id"]).replace("number + 10", "number"));
    assert!(said.is_err());
    let id = active["id"].as_str().unwrap();
    for set in [
        "parallel_goal = permanency_goal",
        "target_date = drafted_on - 1",
        "review_due_on = drafted_on",
        "approved_on = drafted_on - 1",
        "approved_by = NULL",
        "state = 'draft'",
        "state = 'completed'",
        "state = 'superseded', ended_on = approved_on",
        "state = 'revoked', ended_on = approved_on",
        "ended_on = approved_on",
        "number = 0",
        "version = 0",
    ] {
        let update = format!("UPDATE care_plans SET {set} WHERE id = '{id}'");
        let said = conn.batch_execute(&update).unwrap_err().to_string();
        assert!(said.contains("violates check constraint"), "{set}: {said}");
    }
}
