//! What an assessment must find, and what contradicts itself.
use serde_json::{Value, json};

use super::{Scene, completion_with, residential_findings};

#[actix_web::test]
async fn rv_06_the_child_is_heard_or_the_reason_why_not_is_there() {
    let scene = Scene::new().await;
    let made = scene.in_progress("gatekeeping").await;
    for views in [
        json!({}),
        json!({"method": "Drawing, alone with the psychologist."}),
        json!({"views": "    "}),
        json!({"views": "Wants to go home.", "none_because": "Too young."}),
    ] {
        let body = completion_with(&[("/findings/child_views", views)]);
        let refused = scene.complete(&made, body).await.broke("RV-06");
        assert_eq!(refused["errors"][0]["pointer"], "/findings/child_views");
    }
    let silent = json!({"none_because": "She is eleven days old."});
    let body = completion_with(&[("/findings/child_views", silent)]);
    scene.complete(&made, body).await.ok();
}

#[actix_web::test]
async fn pl_22_poverty_alone_separates_nobody() {
    let scene = Scene::new().await;
    let made = scene.in_progress("gatekeeping").await;
    let poor = |recommendation: &str| {
        completion_with(&[
            ("/poverty_only", json!(true)),
            ("/recommendation", json!(recommendation)),
        ])
    };
    for separating in ["kinship", "foster", "residential_planned", "adoption"] {
        let refused = scene.complete(&made, poor(separating)).await.broke("PL-22");
        assert_eq!(refused["errors"][0]["pointer"], "/recommendation");
    }
    let completed = scene.complete(&made, poor("remain_with_support")).await;
    assert_eq!(completed.ok()["separates"], false);
    // Nor does a decision that says something else.
    let on = json!({"submitted_on": "2026-03-03"});
    let submitted = scene.step("case_worker", &completed, "submit", on).await;
    scene.decide(&submitted, scene.decision("modified")).await.broke("PL-22");
    scene.decide(&submitted, scene.decision("approved")).await.ok();
}

#[actix_web::test]
async fn as_01_a_separation_names_what_was_tried_to_prevent_it() {
    let scene = Scene::new().await;
    let made = scene.in_progress("gatekeeping").await;
    let with = |recommendation: &str| {
        completion_with(&[
            ("/findings/prevention", json!([])),
            ("/recommendation", json!(recommendation)),
        ])
    };
    let refused = scene.complete(&made, with("foster")).await.broke("AS-01");
    assert_eq!(refused["errors"][0]["pointer"], "/findings/prevention");
    let completed = scene.complete(&made, with("remain_with_support")).await;
    let on = json!({"submitted_on": "2026-03-03"});
    let submitted = scene.step("case_worker", &completed, "submit", on).await;
    scene.decide(&submitted, scene.decision("modified")).await.broke("AS-01");
}

#[actix_web::test]
async fn as_02_a_separation_was_found_necessary() {
    let scene = Scene::new().await;
    let made = scene.in_progress("gatekeeping").await;
    let with = |recommendation: &str| {
        completion_with(&[
            ("/findings/necessity", json!("not_necessary")),
            ("/recommendation", json!(recommendation)),
        ])
    };
    scene.complete(&made, with("foster")).await.broke("AS-02");
    scene.complete(&made, with("remain_with_support")).await.ok();
}

#[actix_web::test]
async fn findings_that_contradict_themselves_are_refused_all_at_once() {
    let scene = Scene::new().await;
    let made = scene.in_progress("gatekeeping").await;
    let twice =
        json!({"care_type": "kinship_formal", "finding": "unsuitable", "reason": "No room."});
    let body = completion_with(&[
        ("/findings/child_seen", json!(false)),
        ("/findings/parents_consulted", json!(false)),
        ("/findings/suitability", json!([twice, twice])),
        (
            "/findings/options_exhausted",
            json!([{"option": "foster", "effort": "tried", "considered_on": "2026-03-03", "outcome": "Too late."}]),
        ),
        (
            "/findings/prevention",
            json!([{"service_type": "family_outreach", "provided_from": "2026-03-03", "provided_to": "2026-03-03", "outcome": "Too late."}]),
        ),
        ("/findings/residential", residential_findings()),
        ("/valid_until", json!("2026-03-02")),
    ]);
    let problem = scene.complete(&made, body).await.refused(422, "invalid");
    let of = |fault: &Value| format!("{} {}", fault["pointer"], fault["code"]).replace('"', "");
    let mut faults: Vec<String> = problem["errors"].as_array().unwrap().iter().map(of).collect();
    faults.sort();
    assert_eq!(
        faults,
        [
            "/findings/child_seen_alone not_seen",
            "/findings/not_consulted_because required",
            "/findings/options_exhausted/0/considered_on out_of_order",
            "/findings/prevention/0/provided_from out_of_order",
            "/findings/prevention/0/provided_to out_of_order",
            "/findings/residential not_residential",
            "/findings/suitability/1/care_type duplicate",
            "/valid_until out_of_order",
        ]
    );
    for (pointer, value, at) in [
        ("/findings/suitability/0/care_type", json!("castle"), "/findings/suitability/0/care_type"),
        (
            "/findings/prevention/0/service_type",
            json!("magic"),
            "/findings/prevention/0/service_type",
        ),
        ("/recommendation", json!("wait"), "/recommendation"),
        ("/findings/not_consulted_because", json!("They were."), "/findings/not_consulted_because"),
    ] {
        let reply = scene.complete(&made, completion_with(&[(pointer, value)])).await;
        assert_eq!(reply.refused(422, "invalid")["errors"][0]["pointer"], at);
    }
}

#[actix_web::test]
async fn a_young_child_has_its_four_findings_where_residential_care_is_recommended() {
    // On the day before the third birthday, and on it.
    for (born, young) in [("2023-03-03", true), ("2023-03-02", false)] {
        let scene = Scene::born(born).await;
        let made = scene.in_progress("gatekeeping").await;
        let bare = completion_with(&[("/recommendation", json!("residential_emergency"))]);
        let reply = scene.complete(&made, bare).await;
        if young {
            let problem = reply.refused(422, "invalid");
            assert_eq!(problem["errors"][0]["pointer"], "/findings/residential");
            let whole = completion_with(&[
                ("/recommendation", json!("residential_emergency")),
                ("/findings/residential", residential_findings()),
            ]);
            let completed = scene.complete(&made, whole).await.ok();
            assert_eq!(completed["findings"]["residential"], residential_findings());
        } else {
            reply.ok();
        }
    }
}
