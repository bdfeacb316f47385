//! Transition plans of children: for whom, what they say, who knows of them, their end.
use kinstead::transformations::TransformationPlan;
use serde_json::{Value, json};

use super::Scene;
use crate::support::{Reply, body, in_facility, leaving::transition};

impl Scene {
    async fn plan(&self, of: &TransformationPlan, new: Value) -> Reply {
        let path = format!("/v1/transformation-plans/{}/transition-plans", of.id);
        self.world.persona("case_worker").post(&path, new).await
    }

    async fn take(&self, role: &str, of: &Reply, step: &str, request: Value) -> Reply {
        let path = format!("/v1/transition-plans/{}/{step}", of.ok()["id"].as_str().unwrap());
        self.world.persona(role).step(&path, of.etag(), request).await
    }
}

#[actix_web::test]
async fn a_plan_is_drafted_agreed_and_carried_out() {
    let mut scene = Scene::new().await;
    let plan = scene.country.transform(scene.facility, "2026-11-10");
    let drafted = scene.plan(&plan, transition(scene.child, "2026-11-11")).await;
    assert_eq!(drafted.ok()["state"], "drafted");
    scene.plan(&plan, transition(scene.child, "2026-11-11")).await.broke("FA-08");
    let other = json!({"destination": "kinship", "target_on": "2026-12-24",
        "content": {"child_views": {"none_because": "She does not speak yet."}, "preparation": "Visits."}});
    let revised = scene.take("case_worker", &drafted, "revise", other).await;
    assert_eq!(revised.ok()["destination"], "kinship");
    let agreement = |on: &str| json!({"agreed_on": on, "agreed_by": scene.country.authority});
    scene
        .take("case_worker", &revised, "agree", agreement("2026-11-12"))
        .await
        .refused(403, "forbidden");
    for (on, code) in [("2026-11-10", "out_of_order"), ("2026-11-23", "future_date")] {
        let refused = scene.take("supervisor", &revised, "agree", agreement(on)).await;
        assert_eq!(refused.refused(422, "invalid")["errors"][0]["code"], code);
    }
    let end = |on: &str| json!({"ended_on": on, "reason": "She lives with her aunt."});
    scene
        .take("case_worker", &revised, "carry-out", end("2026-11-20"))
        .await
        .refused(409, "state_conflict");
    let agreed = scene.take("supervisor", &revised, "agree", agreement("2026-11-12")).await;
    // She lives there still.
    scene
        .take("case_worker", &agreed, "carry-out", end("2026-11-20"))
        .await
        .refused(409, "state_conflict");
    let worker = scene.world.persona("case_worker");
    let placed = worker.get(&format!("/v1/placements?child_id={}", scene.child)).await.ok();
    let placed = body(placed["data"][0].clone());
    scene.country.again(&scene.world.database).leave(&placed, "2026-11-20");
    scene
        .take("case_worker", &agreed, "carry-out", end("2026-11-19"))
        .await
        .refused(409, "state_conflict");
    let done = scene.take("case_worker", &agreed, "carry-out", end("2026-11-20")).await;
    assert_eq!(done.ok()["state"], "carried_out");
    scene
        .take("case_worker", &done, "abandon", end("2026-11-20"))
        .await
        .refused(409, "state_conflict");
}

#[actix_web::test]
async fn whoever_lived_there_at_the_approval_gets_a_plan_and_nobody_else() {
    let mut scene = Scene::new().await;
    let (before, on_the_day, never) = (
        scene.country.child("male", "2014-01-01"),
        scene.country.child("male", "2014-01-01"),
        scene.country.child("male", "2014-01-01"),
    );
    let facility = scene.facility;
    scene.country.stay(in_facility(before, facility, "2026-06-01"), Some("2026-11-10"));
    scene.country.stay(in_facility(on_the_day, facility, "2026-06-01"), Some("2026-11-11"));
    let drafted = scene.draft(crate::support::leaving::transformation("2026-11-01")).await;
    let draft: TransformationPlan = body(drafted.ok());
    // Nobody has decided on it yet.
    scene.plan(&draft, transition(scene.child, "2026-11-11")).await.refused(409, "state_conflict");
    scene.approve(&drafted, "2026-11-10").await.ok();
    for child in [before, never] {
        let refused = scene.plan(&draft, transition(child, "2026-11-11")).await;
        let refused = refused.refused(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], "not_living_there");
    }
    scene.plan(&draft, transition(on_the_day, "2026-11-11")).await.ok();
    let nobody = "0199a5b2-0040-4000-8000-000000000009".parse().unwrap();
    let refused = scene.plan(&draft, transition(nobody, "2026-11-11")).await;
    refused.refused(422, "invalid");
}

#[actix_web::test]
async fn rv_06_the_child_is_heard_or_the_reason_why_not_is_there() {
    let mut scene = Scene::new().await;
    let plan = scene.country.transform(scene.facility, "2026-11-10");
    let mut silent = transition(scene.child, "2026-11-11");
    silent["content"]["child_views"] = json!({});
    scene.plan(&plan, silent.clone()).await.broke("RV-06");
    let drafted = scene.plan(&plan, transition(scene.child, "2026-11-11")).await;
    let revision =
        json!({"destination": "foster", "target_on": "2027-01-01", "content": silent["content"]});
    scene.take("case_worker", &drafted, "revise", revision).await.broke("RV-06");
    let mut early = transition(scene.child, "2026-11-11");
    early["target_on"] = json!("2026-11-10");
    let refused = scene.plan(&plan, early).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/target_on");
}

#[actix_web::test]
async fn a_child_that_has_died_gets_no_plan() {
    let mut scene = Scene::new().await;
    let plan = scene.country.transform(scene.facility, "2026-11-10");
    let authority = scene.world.persona("national_authority");
    let path = format!("/v1/children/{}", scene.child);
    let tag = authority.get(&path).await.etag().to_owned();
    authority.patch(&path, &tag, json!({"death_date": "2026-11-12"})).await.ok();
    scene.plan(&plan, transition(scene.child, "2026-11-12")).await.broke("PL-07");
    scene.plan(&plan, transition(scene.child, "2026-11-11")).await.ok();
}
