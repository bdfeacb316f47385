//! Complaints about a facility that are about no child: who records, reads and resolves them, and who does not.
use serde_json::{Value, json};

use super::{Scene, fault, why};
use crate::{
    support::{Reply, around::complaint},
    trust::{add_elsewhere, elsewhere},
};

fn cold(on: &str) -> Value {
    json!({"complainant": "other", "channel": "telephone", "received_on": on, "description": "No heating.",
        "reporter": {"name": "Ognjen Travar"}})
}

impl Scene {
    async fn complain(&self, who: &str, new: Value) -> Reply {
        let path = format!("/v1/facilities/{}/complaints", self.facility);
        self.world.persona(who).post(&path, new).await
    }
}

#[actix_web::test]
async fn a_complaint_about_a_facility_is_received_and_resolved_by_those_who_watch_over_it() {
    let scene = Scene::new().await;
    fault(&scene.complain("case_worker", cold("2026-11-23")).await, "/received_on", "future_date");
    let mut later = cold("2026-05-20");
    later["concerns_on"] = json!("2026-05-21");
    fault(&scene.complain("case_worker", later).await, "/received_on", "out_of_order");
    let received = scene.complain("case_worker", cold("2026-05-20")).await;
    let path = received.header("location").to_owned();
    assert_eq!(
        (&received.ok()["facility_id"], &received.ok()["concerns_on"], &received.ok()["state"]),
        (&json!(scene.facility), &json!("2026-05-20"), &json!("received"))
    );
    let inspector = scene.world.persona("inspector");
    let read = inspector.get(&path).await;
    assert_eq!(read.ok()["description"], "No heating.");
    let answer =
        |day: &str| json!({"resolved_on": day, "outcome": "upheld", "conclusion": "It is warm."});
    let resolve = format!("{path}/resolve");
    for (day, code) in [("2026-05-19", "out_of_order"), ("2026-11-23", "future_date")] {
        let refused = inspector.step(&resolve, read.etag(), answer(day)).await;
        fault(&refused, "/resolved_on", code);
    }
    let worker = scene.world.persona("case_worker");
    worker.step(&resolve, read.etag(), answer("2026-06-01")).await.refused(403, "forbidden");
    let resolved = inspector.step(&resolve, read.etag(), answer("2026-06-01")).await;
    assert_eq!(
        (&resolved.ok()["state"], &resolved.ok()["conclusion"]),
        (&json!("resolved"), &json!("It is warm."))
    );
    inspector.step(&resolve, read.etag(), answer("2026-06-01")).await.refused(412, "stale");
    let again = inspector.step(&resolve, resolved.etag(), answer("2026-06-02")).await;
    again.refused(409, "state_conflict");
    let annul = format!("{path}/annul");
    let annulled = inspector.step(&annul, resolved.etag(), why()).await;
    assert_eq!(annulled.ok()["state"], "entered_in_error");
    inspector.step(&annul, annulled.etag(), why()).await.refused(409, "state_conflict");
    let history = inspector.get(&format!("{path}/history")).await.ok();
    assert_eq!(history["data"].as_array().unwrap().len(), 3);
    assert_eq!(history["data"][2]["after"]["description"], "No heating.");
}

#[actix_web::test]
async fn it_is_read_by_those_around_and_inspectors_and_never_by_the_facility() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let path =
        scene.complain("case_worker", cold("2026-05-20")).await.header("location").to_owned();
    let id = path.rsplit('/').next().unwrap().to_owned();
    let list = format!("/v1/facilities/{}/complaints", scene.facility);
    for role in ["case_worker", "supervisor", "regional_authority", "national_authority"] {
        let asking = scene.world.persona(role);
        assert_eq!(asking.get(&path).await.ok()["description"], "No heating.", "{role}");
        assert_eq!(asking.get(&list).await.ok()["data"][0]["id"], json!(id), "{role}");
    }
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    stranger.get(&path).await.refused(404, "not_found");
    stranger.get(&format!("{path}/history")).await.refused(404, "not_found");
    stranger.get(&list).await.refused(403, "out_of_reach");
    // Wherever the facility is, somebody takes it down.
    scene.complain(&elsewhere("case_worker"), cold("2026-05-21")).await.ok();
    let resolve = format!("{path}/resolve");
    let answer =
        json!({"resolved_on": "2026-06-01", "outcome": "upheld", "conclusion": "It is warm."});
    let seen = scene.world.persona("inspector").get(&path).await;
    let region = scene.world.persona(&elsewhere("regional_authority"));
    region.step(&resolve, seen.etag(), answer).await.refused(404, "not_found");
    let officer = scene.world.persona("facility_officer");
    for refused in [&path, &list] {
        officer.get(refused).await.refused(403, "forbidden");
    }
    // Neither what became of the facility nor any other address tells of it.
    let history = format!("/v1/facilities/{}/history?limit=100", scene.facility);
    for role in ["facility_officer", "national_authority", "inspector"] {
        let told = scene.world.persona(role).get(&history).await.ok();
        assert!(!format!("{told}").contains("No heating"), "{role}");
    }
    let nation = scene.world.persona("national_authority");
    for wrong in [format!("/v1/complaints/{id}"), format!("/v1/complaints/{id}/history")] {
        nation.get(&wrong).await.refused(404, "not_found");
    }
    nation.get(&format!("/v1/placements/{id}/history")).await.refused(404, "not_found");
    assert_eq!(nation.get("/v1/complaints").await.ok()["data"], json!([]));
    let of_child = scene.post("complaints", complaint("2026-05-20")).await.ok();
    let wrong = format!("/v1/facility-complaints/{}", of_child["id"].as_str().unwrap());
    nation.get(&wrong).await.refused(404, "not_found");
}

#[actix_web::test]
async fn inspectors_list_both_kinds_and_are_told_which_is_about_a_child() {
    let scene = Scene::new().await;
    let about = scene.complain("inspector", cold("2026-05-19")).await.ok();
    let of_child = scene.post("complaints", complaint("2026-05-18")).await.ok();
    let listed = scene.world.persona("inspector").get("/v1/facility-complaints").await.ok();
    let mut told: Vec<(Value, Value)> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["received_on"].clone(), it["about_child"].clone()))
        .collect();
    told.sort_by_key(|(on, _)| on.to_string());
    assert_eq!(told, [(json!("2026-05-18"), json!(true)), (json!("2026-05-19"), json!(false))]);
    assert!(about.get("child_id").is_none() && of_child.get("child_id").is_some());
    let known =
        format!("/v1/facilities/{}/complaints?known_at=2026-11-22T12:00:00Z", scene.facility);
    let inspector = scene.world.persona("inspector");
    assert_eq!(inspector.get(&known).await.ok()["data"][0]["id"], about["id"]);
    let before = known.replace("2026-11-22", "2026-11-21");
    assert_eq!(inspector.get(&before).await.ok()["data"], json!([]));
}

#[actix_web::test]
async fn ac_03_who_complained_about_a_facility_is_told_to_the_client_alone_that_recorded_it() {
    let scene = Scene::new().await;
    let kept = scene.complain("case_worker", cold("2026-05-20")).await;
    assert_eq!(kept.ok()["reporter_kept"], json!(true));
    let path = kept.header("location").to_owned();
    let reporter = format!("{path}/reporter");
    let worker = scene.world.persona("case_worker");
    assert_eq!(worker.get(&reporter).await.ok()["name"], "Ognjen Travar");
    for role in
        ["supervisor", "regional_authority", "national_authority", "inspector", "sync_client"]
    {
        scene.world.persona(role).get(&reporter).await.refused(404, "not_found");
    }
    scene.world.persona("facility_officer").get(&reporter).await.refused(403, "forbidden");
    // Whoever may record one may read who made it, of its own.
    let own = scene.complain("regional_authority", cold("2026-05-21")).await;
    let own = format!("{}/reporter", own.header("location"));
    let region = scene.world.persona("regional_authority");
    assert_eq!(region.get(&own).await.ok()["name"], "Ognjen Travar");
    worker.get(&own).await.refused(404, "not_found");
    let list = format!("/v1/facilities/{}/complaints", scene.facility);
    let inspector = scene.world.persona("inspector");
    for told in [&path, &format!("{path}/history"), &list, &"/v1/facility-complaints".to_owned()] {
        let text = format!("{}", inspector.get(told).await.ok());
        assert!(!text.contains("Ognjen"), "{told}: {text}");
    }
}
