//! Who knows of contact, and finds it.
use serde_json::json;

use super::Scene;
use crate::trust::{add_elsewhere, elsewhere};

#[actix_web::test]
async fn who_knows_of_a_child_by_its_authority_reads_its_contact_and_not_everybody_restricts_it() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let made = [
        ("contact-plans", scene.plan(&[]).await),
        ("contact-restrictions", scene.restrict(&[]).await),
        ("contact-events", scene.event(&[]).await),
    ];
    let stranger = scene.world.persona(&elsewhere("supervisor"));
    for (kind, reply) in &made {
        let (path, one) = (reply.header("location"), reply.ok());
        for role in ["case_worker", "supervisor", "regional_authority", "national_authority"] {
            assert_eq!(scene.world.persona(role).get(path).await.ok(), one, "{role}");
        }
        for role in ["facility_officer", "inspector", "ngo", "auditor"] {
            scene.world.persona(role).get(path).await.refused(403, "forbidden");
        }
        stranger.get(path).await.refused(404, "not_found");
        stranger.get(&format!("{path}/history")).await.refused(404, "not_found");
        assert_eq!(stranger.get(&format!("/v1/{kind}")).await.ok()["data"], json!([]));
        let new = format!("/v1/children/{}/{kind}", scene.child);
        stranger.post(&new, one.clone()).await.refused(422, "invalid");
    }
    let worker = scene.world.persona("case_worker");
    let path = format!("/v1/children/{}/contact-restrictions", scene.child);
    worker.post(&path, json!({})).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn contact_is_found_by_what_it_is() {
    let scene = Scene::new().await;
    scene.plan(&[("valid_to", json!("2026-06-01"))]).await.ok();
    scene.plan(&[("contact_with", json!("sibling")), ("kind", json!("phone"))]).await.ok();
    scene.restrict(&[]).await.ok();
    scene.event(&[]).await.ok();
    let missed =
        [("took_place", json!(false)), ("not_because", json!("illness")), ("kind", json!("phone"))];
    scene.event(&missed).await.ok();
    let worker = scene.world.persona("case_worker");
    for (query, found) in [
        ("contact-plans?limit=1", 2),
        ("contact-plans?contact_with=sibling", 1),
        ("contact-plans?kind=visit", 1),
        ("contact-plans?state=ended", 0),
        ("contact-plans?valid_on=2026-05-31&sort=-valid_from", 2),
        ("contact-plans?valid_on=2026-06-01", 1),
        ("contact-plans?valid_on=2026-03-01", 0),
        ("contact-restrictions?contact_with=father", 1),
        ("contact-restrictions?contact_with=mother", 0),
        ("contact-restrictions?reason=risk_of_harm&reason=child_wish", 1),
        ("contact-restrictions?state=lifted", 0),
        ("contact-restrictions?valid_to_max=2026-11-30", 0),
        ("contact-restrictions?valid_to_max=2026-12-01&sort=valid_to&sort=valid_from", 1),
        ("contact-events?contact_with=mother", 2),
        ("contact-events?kind=phone", 1),
        ("contact-events?took_place=true", 1),
        ("contact-events?state=entered_in_error", 0),
        ("contact-events?happened_on_min=2026-06-16&happened_on_max=2026-06-16", 2),
        ("contact-events?happened_on_min=2026-06-17", 0),
        ("contact-events?happened_on_max=2026-06-15", 0),
    ] {
        for (of, found) in [
            (scene.child.to_string(), found),
            ("5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90".to_owned(), 0),
        ] {
            let list = format!("/v1/{query}&count=exact&child_id={of}");
            assert_eq!(worker.get(&list).await.ok()["total"], found, "{list}");
        }
    }
}
