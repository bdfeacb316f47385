//! What is recorded in a case, with the child whom it is about.
use serde_json::{Value, json};

use super::Scene;
use crate::{
    support::{
        around::{contact_event, incident, visit},
        body,
    },
    trust::{add_elsewhere, elsewhere},
};

/// Where records lie under a case and on their own, and a new one.
fn kinds() -> Vec<(&'static str, &'static str, Value)> {
    let assessment =
        json!({"kind": "initial", "requested_on": "2026-11-20", "reason": "Nobody is at home."});
    let plan = json!({
        "permanency_goal": "return_6m", "target_date": "2027-05-01", "drafted_on": "2026-11-20",
        "content": crate::care_plans::content(),
    });
    vec![
        ("assessments", "assessments", assessment),
        ("care-plans", "care-plans", plan),
        ("reviews", "reviews", json!({"kind": "legal", "due_on": "2026-12-01"})),
        ("visits", "visits", visit("2026-11-20")),
        ("contacts", "contact-events", contact_event("2026-11-20")),
        ("incidents", "incidents", incident("2026-11-20")),
    ]
}

#[actix_web::test]
async fn what_is_recorded_in_a_case_is_of_its_child_and_of_nobody_else() {
    let mut scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let case = scene.open().await.ok();
    let case = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    let other = scene.country.child("male", "2014-05-01");
    let worker = scene.world.persona("case_worker");
    let mut of_other = scene.new_case();
    of_other["child_id"] = json!(other);
    worker.post("/v1/cases", of_other).await.ok();
    for (under, alone, new) in kinds() {
        let made = worker.post(&format!("{case}/{under}"), new.clone()).await;
        assert_eq!((made.status.as_u16(), &made.ok()["child_id"]), (201, &json!(scene.child)));
        let own = worker.get(made.header("location")).await.ok();
        assert_eq!(own, made.ok(), "{under}");
        worker.post(&format!("/v1/children/{other}/{alone}"), new.clone()).await.ok();
        let listed = worker.get(&format!("{case}/{under}")).await.ok();
        assert_eq!(listed["data"], json!([own]), "{under}");
        let stranger = scene.world.persona(&elsewhere("case_worker"));
        stranger.get(&format!("{case}/{under}")).await.refused(404, "not_found");
        stranger.post(&format!("{case}/{under}"), new).await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn a_case_of_a_family_shows_what_concerns_its_children() {
    let mut scene = Scene::new().await;
    let (sister, worker) =
        (scene.country.child("female", "2018-05-01"), scene.world.persona("case_worker"));
    let origin: Value = body(json!({
        "family_type": "other", "area_code": "RS-20", "risk_level": "low",
        "members": [
            {"role": "child", "child_id": scene.child, "in_household": true},
            {"role": "child", "child_id": sister, "in_household": true},
            {"role": "mother", "given_name": "Jasna", "family_name": "Lipokrilić", "in_household": true},
        ],
    }));
    let origin = worker.post("/v1/families", origin).await.ok()["id"].clone();
    let of = |family: Value| {
        let mut case = scene.new_case();
        case.as_object_mut().unwrap().remove("child_id");
        case["family_id"] = family;
        case
    };
    let case = worker.post("/v1/cases", of(origin)).await.ok();
    let case = format!("/v1/cases/{}", case["id"].as_str().unwrap());
    let empty = json!({"family_type": "other", "area_code": "RS-20", "risk_level": "low"});
    let empty = worker.post("/v1/families", empty).await.ok()["id"].clone();
    let nobodys = worker.post("/v1/cases", of(empty)).await.ok();
    let nobodys = format!("/v1/cases/{}", nobodys["id"].as_str().unwrap());
    for child in [scene.child, sister] {
        let mut of_child = scene.new_case();
        of_child["child_id"] = json!(child);
        worker.post("/v1/cases", of_child).await.ok();
    }
    for (under, alone, new) in kinds() {
        worker.post(&format!("{case}/{under}"), new.clone()).await.refused(409, "state_conflict");
        for child in [scene.child, sister] {
            worker.post(&format!("/v1/children/{child}/{alone}"), new.clone()).await.ok();
        }
        let first = worker.get(&format!("{case}/{under}?limit=1")).await.ok();
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = worker.get(&format!("{case}/{under}?limit=1&cursor={cursor}")).await.ok();
        let mut children = [&first["data"][0]["child_id"], &second["data"][0]["child_id"]];
        children.sort_by_key(|child| **child != json!(scene.child));
        assert_eq!(children, [&json!(scene.child), &json!(sister)], "{under}");
        let now = worker.get(&format!("{case}/{under}")).await.ok();
        let known = format!("{case}/{under}?known_at=2026-11-22T12:00:00Z");
        assert_eq!(worker.get(&known).await.ok(), now, "{under}");
        let listed = worker.get(&format!("{nobodys}/{under}")).await.ok();
        assert_eq!(listed["data"], json!([]), "{under}");
        let strayed = worker.get(&format!("{nobodys}/{under}?limit=1&cursor={cursor}")).await;
        strayed.refused(400, "cursor_mismatch");
    }
}
