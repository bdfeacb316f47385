//! What a placement may stand on: the latest gatekeeping assessment that was approved and is valid.
use kinstead::assessments::{Gatekeeping, store};
use serde_json::{Value, json};

use super::{Scene, completion_with};
use crate::support::day;

impl Scene {
    /// What holds for the child on a day.
    fn holds_on(&self, text: &str) -> Option<Gatekeeping> {
        store::gatekeeping_on(&mut self.world.database.owner(), self.child, day(text)).unwrap()
    }

    async fn decided(&self, made_on: &str, decision: Value) {
        let completion = completion_with(&[("/completed_on", json!(made_on))]);
        let submitted = self.submitted_with(completion).await;
        self.decide(&submitted, decision).await.ok();
    }
}

#[actix_web::test]
async fn the_latest_decision_that_holds_on_a_day_is_found() {
    let scene = Scene::new().await;
    let on = |scene: &Scene, outcome: &str, day: &str| {
        let mut decision = scene.decision(outcome);
        decision["decided_on"] = json!(day);
        decision
    };
    assert!(scene.holds_on("2026-03-09").is_none());
    let decision = on(&scene, "approved", "2026-03-09");
    scene.decided("2026-03-02", decision).await;
    assert!(scene.holds_on("2026-03-08").is_none());
    let first = scene.holds_on("2026-03-09").unwrap();
    assert_eq!((first.recommendation.as_str(), first.separates), ("kinship", true));
    assert_eq!(first.reference_no, "56-114/2026");
    assert_eq!(first.findings.suitability.len(), 2);
    assert!(scene.holds_on("2026-09-01").is_some() && scene.holds_on("2026-09-02").is_none());

    // A rejection authorises nothing, and takes nothing away; a later decision comes first.
    let decision = on(&scene, "rejected", "2026-04-01");
    scene.decided("2026-03-03", decision).await;
    assert_eq!(scene.holds_on("2026-04-02").unwrap().assessment_id, first.assessment_id);
    let decision = on(&scene, "modified", "2026-04-03");
    scene.decided("2026-03-03", decision).await;
    assert_eq!(scene.holds_on("2026-04-02").unwrap().assessment_id, first.assessment_id);
    assert_eq!(scene.holds_on("2026-04-03").unwrap().recommendation, "foster");
    assert_eq!(scene.holds_on("2026-09-02").unwrap().recommendation, "foster");

    // Of another kind, or not decided, it authorises nothing.
    let other = Scene::new().await;
    let made = other.in_progress("reintegration").await;
    let completed = other.complete(&made, super::completion()).await;
    let submitted = json!({"submitted_on": "2026-03-03"});
    let submitted = other.step("case_worker", &completed, "submit", submitted).await;
    assert!(other.holds_on("2026-03-10").is_none());
    other.decide(&submitted, other.decision("approved")).await.ok();
    assert!(other.holds_on("2026-03-10").is_none());
}
