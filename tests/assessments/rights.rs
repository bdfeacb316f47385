//! Who may know of an assessment, and which of them a list shows.
use serde_json::json;

use super::Scene;
use crate::trust::{add_elsewhere, elsewhere};

#[actix_web::test]
async fn who_knows_of_a_child_by_its_authority_reads_its_assessments() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let made = scene.in_progress("gatekeeping").await.ok();
    let path = format!("/v1/assessments/{}", made["id"].as_str().unwrap());
    for role in ["case_worker", "supervisor", "regional_authority", "national_authority"] {
        let reply = scene.world.persona(role).get(&path).await;
        assert_eq!(reply.ok()["request_reason"], "Nobody is at home.", "{role}");
    }
    for role in ["facility_officer", "inspector", "ngo", "statistician", "auditor"] {
        scene.world.persona(role).get(&path).await.refused(403, "forbidden");
    }
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    stranger.get(&path).await.refused(404, "not_found");
    stranger.get(&format!("{path}/history")).await.refused(404, "not_found");
    assert_eq!(stranger.get("/v1/assessments").await.ok()["data"], json!([]));
    let new =
        json!({"kind": "initial", "requested_on": "2026-02-20", "reason": "Nobody is there."});
    let of_child = format!("/v1/children/{}/assessments", scene.child);
    stranger.post(&of_child, new.clone()).await.refused(404, "not_found");
    scene.world.persona("regional_authority").post(&of_child, new).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn they_are_listed_by_child_state_kind_and_day_of_decision() {
    let scene = Scene::new().await;
    scene.request("initial").await.ok();
    scene.decide(&scene.submitted().await, scene.decision("approved")).await.ok();
    scene.decide(&scene.submitted().await, scene.decision("rejected")).await.ok();
    let worker = scene.world.persona("case_worker");
    for (query, found) in [
        ("", 3),
        (&format!("child_id={}", scene.child), 3),
        ("child_id=00000000-0000-4000-8000-000000000000", 0),
        ("state=decided", 2),
        ("state=requested&state=decided", 3),
        ("kind=initial", 1),
        ("kind=initial&kind=gatekeeping&sort=-decided_on", 3),
        ("decided_on_min=2026-03-09&decided_on_max=2026-03-09", 2),
        ("decided_on_min=2026-03-10", 0),
        ("decided_on_max=2026-03-08", 0),
    ] {
        let list = worker.get(&format!("/v1/assessments?count=exact&{query}")).await.ok();
        assert_eq!(list["total"], found, "{query}");
        assert_eq!(list["data"].as_array().unwrap().len(), found, "{query}");
    }
}
