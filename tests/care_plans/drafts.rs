//! What a care plan must say, who may draft it, and which of them a list shows.
use serde_json::{Value, json};

use super::{Scene, content};
use crate::{
    support::with_family,
    trust::{add_elsewhere, elsewhere},
};

#[actix_web::test]
async fn a_plan_is_drafted_revised_submitted_and_sent_back() {
    let scene = Scene::new().await;
    let drafted = scene.draft(scene.new_plan()).await;
    let plan = drafted.ok();
    assert_eq!((&plan["state"], &plan["number"]), (&json!("draft"), &json!(1)));
    assert_eq!(plan["review_due_on"], "2026-09-10");
    let other = scene.plan_with(&[
        ("parallel_goal", Value::Null),
        ("review_due_on", json!("2026-03-11")),
        ("permanency_goal", json!("return_1m")),
    ]);
    let revised = scene.step("case_worker", &drafted, "revise", other).await;
    let plan = revised.ok();
    assert!(plan.get("parallel_goal").is_none());
    assert_eq!(plan["review_due_on"], "2026-03-11");
    for (day, code) in [("2026-03-09", "out_of_order"), ("2026-11-23", "future_date")] {
        let told = json!({"informed_on": day});
        let refused = scene.step("case_worker", &revised, "submit", told).await;
        assert_eq!(refused.refused(422, "invalid")["errors"][0]["code"], code);
    }
    let told = json!({"informed_on": "2026-03-16"});
    let submitted = scene.step("case_worker", &revised, "submit", told).await;
    assert_eq!(submitted.ok()["informed_on"], "2026-03-16");
    let again = scene.step("case_worker", &submitted, "revise", scene.new_plan()).await;
    again.refused(409, "state_conflict");
    let why = json!({"reason": "The measures for school are missing."});
    let refused = scene.step("case_worker", &submitted, "send-back", why.clone()).await;
    refused.refused(403, "forbidden");
    let back = scene.step("supervisor", &submitted, "send-back", why.clone()).await;
    assert_eq!(
        (&back.ok()["state"], &back.ok()["state_reason"]),
        (&json!("draft"), &why["reason"])
    );
    let next = scene.draft(scene.new_plan()).await.ok();
    assert_eq!(next["number"], 2);
}

#[actix_web::test]
async fn rv_06_the_child_is_heard_or_the_reason_why_not_is_there() {
    let scene = Scene::new().await;
    for views in [json!({}), json!({"views": "Home.", "none_because": "Too young."})] {
        let mut said = content();
        said["child_views"] = views;
        let refused = scene.draft(scene.plan_with(&[("content", said)])).await.broke("RV-06");
        assert_eq!(refused["errors"][0]["pointer"], "/content/child_views");
    }
}

#[actix_web::test]
async fn what_a_plan_cannot_be_is_refused() {
    let mut scene = Scene::new().await;
    let (other, family) = (scene.country.child("male", "2015-01-01"), scene.country.family(1));
    let worker = scene.world.persona("case_worker");
    let placed = worker.post("/v1/placements", with_family(other, family, "2026-03-02")).await;
    let elsewhere = placed.ok()["care_period_id"].clone();
    for (member, value, code) in [
        ("drafted_on", json!("2026-11-23"), "future_date"),
        ("target_date", json!("2026-03-09"), "out_of_order"),
        ("review_due_on", json!("2026-03-10"), "out_of_order"),
        ("parallel_goal", json!("return_6m"), "duplicate"),
        ("parallel_goal", json!("a castle"), "unknown_code"),
        ("permanency_goal", json!("a castle"), "unknown_code"),
        ("care_period_id", elsewhere, "unknown_reference"),
        ("care_period_id", json!("2b64e1f7-8d15-4c5c-a7ab-0f3c8e7d6a02"), "unknown_reference"),
    ] {
        let problem = scene.draft(scene.plan_with(&[(member, value)])).await;
        let problem = problem.refused(422, "invalid");
        let fault = problem["errors"].as_array().unwrap().last().unwrap().clone();
        let found = (fault["pointer"].as_str().unwrap(), fault["code"].as_str().unwrap());
        let expected = format!("/{member}");
        if member == "drafted_on" {
            assert!(problem.to_string().contains(code));
        } else {
            assert_eq!(found, (expected.as_str(), code));
        }
    }
    let path = format!("/v1/children/{}", scene.child);
    let authority = scene.world.persona("national_authority");
    let seen = authority.get(&path).await;
    authority.patch(&path, seen.etag(), json!({"death_date": "2026-03-10"})).await.ok();
    scene.draft(scene.new_plan()).await.broke("PL-07");
}

#[actix_web::test]
async fn who_knows_of_a_child_by_its_authority_reads_and_lists_its_plans() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let made = scene.draft(scene.new_plan()).await.ok();
    let outside = scene.plan_with(&[("care_period_id", Value::Null)]);
    scene.submitted(outside).await.ok();
    let path = format!("/v1/care-plans/{}", made["id"].as_str().unwrap());
    for role in ["case_worker", "supervisor", "regional_authority", "national_authority"] {
        assert_eq!(scene.world.persona(role).get(&path).await.ok()["content"], content());
    }
    for role in ["facility_officer", "ngo", "auditor"] {
        scene.world.persona(role).get(&path).await.refused(403, "forbidden");
    }
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    stranger.get(&path).await.refused(404, "not_found");
    stranger.get(&format!("{path}/history")).await.refused(404, "not_found");
    stranger.post(&scene.path(), scene.new_plan()).await.refused(404, "not_found");
    assert_eq!(stranger.get("/v1/care-plans").await.ok()["data"], json!([]));
    let worker = scene.world.persona("case_worker");
    for (query, found) in [
        ("", 2),
        (&format!("child_id={}", scene.child), 2),
        (&format!("care_period_id={}", scene.period.as_str().unwrap()), 1),
        ("state=submitted", 1),
        ("state=submitted&state=draft&sort=-drafted_on", 2),
        ("review_due_on_min=2026-09-10&review_due_on_max=2026-09-10", 2),
        ("review_due_on_min=2026-09-11", 0),
        ("review_due_on_max=2026-09-09", 0),
    ] {
        let list = worker.get(&format!("/v1/care-plans?count=exact&{query}")).await.ok();
        assert_eq!(list["total"], found, "{query}");
    }
}
