//! Reviews of carer families: what is recorded, who may, what is due.
use kinstead::platform::clock::Clock as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{FAMILIES, Scene, with};
use crate::trust::{add_elsewhere, elsewhere};

fn review(scene: &Scene) -> Value {
    json!({"reviewed_on": "2026-02-17", "reviewed_by": scene.centre, "outcome": "support_needed",
        "recommendations": "A course on children who have lost somebody."})
}

#[actix_web::test]
async fn reviews_are_recorded_and_listed_latest_first() {
    let mut scene = Scene::new().await;
    let path = format!("{FAMILIES}/{}", scene.country.family(2));
    let list = format!("{path}/reviews");
    let officer = scene.world.persona("carer_support_officer");
    let made = officer.post(&list, review(&scene)).await;
    made.ok();
    assert_eq!(officer.get(made.header("location")).await.etag(), made.etag());
    scene.world.clock.advance(chrono::Duration::minutes(1));
    let before = scene.world.clock.now();
    scene.world.clock.advance(chrono::Duration::minutes(1));
    let older = with(review(&scene), json!({"reviewed_on": "2025-02-17", "outcome": "suitable"}));
    officer.post(&list, older).await.ok();
    let page = officer.get(&format!("{list}?limit=1")).await;
    assert_eq!(page.ok()["data"][0]["reviewed_on"], "2026-02-17");
    let next = page.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
    assert_eq!(officer.get(&next).await.ok()["data"][0]["reviewed_on"], "2025-02-17");
    let days = async |query: &str| -> Vec<String> {
        let page = officer.get(&format!("{list}?{query}")).await.ok();
        let day = |it: &Value| it["reviewed_on"].as_str().unwrap().to_owned();
        page["data"].as_array().unwrap().iter().map(day).collect()
    };
    assert_eq!(days("as_of=2026-02-16").await, ["2025-02-17"]);
    let known = before.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    assert_eq!(days(&format!("known_at={known}")).await, ["2026-02-17"]);
    let history = officer.get(&format!("{path}/history")).await.ok();
    assert_eq!(history["data"][0]["kind"], "carer_review");
}

#[actix_web::test]
async fn what_a_review_cannot_be_is_refused() {
    let mut scene = Scene::new().await;
    let list = format!("{FAMILIES}/{}/reviews", scene.country.family(2));
    let officer = scene.world.persona("carer_support_officer");
    for (member, value, code) in [
        ("reviewed_on", json!("2026-11-23"), "future_date"),
        ("reviewed_on", json!("2023-12-31"), "out_of_order"),
        ("outcome", json!("nonsense"), "unknown_code"),
        ("reviewed_by", json!(Uuid::now_v7()), "unknown_reference"),
        ("recommendations", json!(" "), "length"),
    ] {
        let bad = with(review(&scene), json!({ member: value }));
        let problem = officer.post(&list, bad).await.refused(422, "invalid");
        let fault = &problem["errors"][0];
        assert_eq!(
            (&fault["pointer"], &fault["code"]),
            (&json!(format!("/{member}")), &json!(code))
        );
    }
    let applicant = scene.register(super::family()).await.header("location").to_owned();
    let early = officer.post(&format!("{applicant}/reviews"), review(&scene)).await;
    assert_eq!(early.refused(422, "invalid")["errors"][0]["code"], "out_of_order");
    let unknown = format!("{FAMILIES}/{}/reviews", Uuid::new_v4());
    officer.post(&unknown, review(&scene)).await.refused(404, "not_found");
    officer.get(&unknown).await.refused(404, "not_found");
    officer.get(&format!("{list}/{}", Uuid::new_v4())).await.refused(404, "not_found");
}

#[actix_web::test]
async fn whoever_supports_the_family_records_its_reviews() {
    let mut scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let list = format!("{FAMILIES}/{}/reviews", scene.country.family(2));
    scene.world.nobody().post(&list, review(&scene)).await.refused(401, "unauthenticated");
    let worker = scene.world.persona("case_worker");
    worker.post(&list, review(&scene)).await.refused(403, "forbidden");
    let foreign = scene.world.persona(&elsewhere("carer_support_officer"));
    foreign.post(&list, review(&scene)).await.refused(404, "not_found");
    foreign.get(&list).await.refused(404, "not_found");
    scene.world.persona("regional_authority").post(&list, review(&scene)).await.ok();
    let read = worker.get(&list).await.ok();
    assert_eq!(read["data"][0]["recommendations"], review(&scene)["recommendations"]);
    // Far away one learns that there was a review, and not what was recommended.
    let far = scene.world.persona(&elsewhere("case_worker")).get(&list).await.ok();
    assert_eq!(far["data"][0]["outcome"], "support_needed");
    assert!(far["data"][0].get("recommendations").is_none());
}
