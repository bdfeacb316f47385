//! What inspectors read of incidents and complaints: of facilities, and without the child.
use serde_json::json;

use super::Scene;
use crate::support::around::{complaint, incident};

#[actix_web::test]
async fn ac_01_inspectors_read_incidents_and_complaints_of_facilities_without_the_child() {
    let scene = Scene::new().await;
    for day in ["2026-05-18", "2026-06-18"] {
        scene.post("incidents", incident(day)).await.ok();
        scene.post("complaints", complaint(day)).await.ok();
    }
    let inspector = scene.world.persona("inspector");
    for (list, day) in
        [("facility-incidents", "occurred_on"), ("facility-complaints", "received_on")]
    {
        let reply = inspector.get(&format!("/v1/{list}")).await;
        let page = reply.ok();
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
        let one = &page["data"][0];
        assert_eq!(
            (&one["facility_id"], &one[day]),
            (&json!(scene.facility), &json!("2026-05-18"))
        );
        let names: Vec<&String> = one.as_object().unwrap().keys().collect();
        for told in [
            "child_id",
            "carer_family_id",
            "place",
            "description",
            "investigation",
            "conclusion",
            "state_reason",
        ] {
            assert!(!names.contains(&&told.to_owned()), "{told}");
        }
        assert!(scene.world.told(&reply).is_empty());
        let text = String::from_utf8_lossy(&reply.bytes).into_owned();
        for hidden in [scene.child.to_string(), "pushed".into(), "locked".into(), "Ognjen".into()] {
            assert!(!text.contains(&hidden), "{text}");
        }
        // Nor is the record itself told.
        let whole =
            format!("/v1/{}/{}", list.trim_start_matches("facility-"), one["id"].as_str().unwrap());
        inspector.get(&whole).await.refused(403, "forbidden");
        let by_child = format!("/v1/{list}?child_id={}", scene.child);
        inspector.get(&by_child).await.refused(400, "invalid_query");
        for role in ["case_worker", "facility_officer", "ngo", "statistician"] {
            scene.world.persona(role).get(&format!("/v1/{list}")).await.refused(403, "forbidden");
        }
    }
}

#[actix_web::test]
async fn inspectors_find_incidents_and_complaints_by_what_they_are() {
    let scene = Scene::new().await;
    scene.post("incidents", incident("2026-05-18")).await.ok();
    scene.post("complaints", complaint("2026-05-20")).await.ok();
    let inspector = scene.world.persona("inspector");
    let facility = format!("facility_id={}", scene.facility);
    for (list, query, found) in [
        ("incidents", facility.as_str(), 1),
        ("incidents", "facility_id=0199a5b2-0031-7000-8000-000000000001", 0),
        ("incidents", "kind=peer_violence", 1),
        ("incidents", "kind=death", 0),
        ("incidents", "severity=low", 0),
        ("incidents", "state=reported", 1),
        ("incidents", "occurred_on_min=2026-05-19", 0),
        ("incidents", "occurred_on_max=2026-05-17", 0),
        ("complaints", facility.as_str(), 1),
        ("complaints", "complainant=other", 1),
        ("complaints", "complainant=parent", 0),
        ("complaints", "state=resolved", 0),
        ("complaints", "received_on_min=2026-05-21", 0),
        ("complaints", "received_on_max=2026-05-19", 0),
    ] {
        let page = inspector.get(&format!("/v1/facility-{list}?{query}")).await.ok();
        assert_eq!(page["data"].as_array().unwrap().len(), found, "{list} {query}");
    }
}
