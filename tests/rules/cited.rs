//! What a refusal says of its rule: the version of the catalogue, and where that comes from.
use serde_json::{Value, json};

use crate::assessments::{Scene, completion_with};

const TODAY: &str = "2026-11-22";

fn version(class: &str, in_force: bool) -> Value {
    json!({"class": class, "in_force": in_force, "source": "Official Gazette 12/2026", "valid_from": TODAY})
}

#[actix_web::test]
async fn a_refusal_cites_the_version_that_holds_today() {
    let scene = Scene::new().await;
    let nation = scene.world.persona("national_authority");
    let made = scene.in_progress("gatekeeping").await;
    let unheard = completion_with(&[("/findings/child_views", json!({}))]);
    let first = scene.complete(&made, unheard.clone()).await.broke("RV-06");
    let rule = nation.get("/v1/rules/RV-06").await.ok();
    assert_eq!(
        (&first["rule_version"], &first["legal_basis"]),
        (&json!("1"), &rule["current"]["source"])
    );
    nation.post("/v1/rules/RV-06/versions", version("hard", true)).await.ok();
    let second = scene.complete(&made, unheard).await.broke("RV-06");
    assert_eq!(
        (&second["rule_version"], &second["legal_basis"]),
        (&json!("2"), &json!("Official Gazette 12/2026"))
    );
}

#[actix_web::test]
async fn a_rule_that_is_not_in_force_on_the_day_refuses_nothing_on_it() {
    for (rule, pointer, broken) in [
        ("AS-01", "/findings/prevention", json!([])),
        ("AS-02", "/findings/necessity", json!("not_necessary")),
        ("PL-22", "/poverty_only", json!(true)),
    ] {
        let scene = Scene::new().await;
        let nation = scene.world.persona("national_authority");
        let completed = |day: &str| {
            completion_with(&[(pointer, broken.clone()), ("/completed_on", json!(day))])
        };
        let made = scene.in_progress("gatekeeping").await;
        scene.complete(&made, completed(TODAY)).await.broke(rule);
        nation.post(&format!("/v1/rules/{rule}/versions"), version("hard", false)).await.ok();
        // What lies before is judged by what held then.
        let before = scene.complete(&made, completed("2026-03-02")).await.broke(rule);
        assert_eq!(before["rule_version"], "1");
        scene.complete(&made, completed(TODAY)).await.ok();
    }
}

#[actix_web::test]
async fn a_rule_that_only_alerts_refuses_nothing() {
    let scene = Scene::new().await;
    let nation = scene.world.persona("national_authority");
    let made = scene.in_progress("gatekeeping").await;
    let today = completion_with(&[("/completed_on", json!(TODAY))]);
    let completed = scene.complete(&made, today).await;
    let on = json!({"submitted_on": TODAY});
    let submitted = scene.step("case_worker", &completed, "submit", on).await;
    let mut decision = scene.decision("approved");
    (decision["decided_by"], decision["decided_on"]) = (scene.court.clone(), json!(TODAY));
    scene.decide(&submitted, decision.clone()).await.broke("AS-05");
    nation.post("/v1/rules/AS-05/versions", version("alert", true)).await.ok();
    scene.decide(&submitted, decision).await.ok();
}
