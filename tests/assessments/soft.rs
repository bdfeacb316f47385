//! Where a version of a rule on assessments is soft, a step takes overrides of it.
use serde_json::{Value, json};

use super::{Scene, completion_with};
use crate::support::Reply;

const TODAY: &str = "2026-11-22";

/// Lets supervisors step over the rule from today on, for 30 days.
async fn soften(scene: &Scene, rule: &str) {
    let version = json!({
        "class": "soft", "in_force": true, "source": "Official Gazette 12/2026", "valid_from": TODAY,
        "override_roles": ["supervisor"], "override_days": 30,
    });
    let nation = scene.world.persona("national_authority");
    nation.post(&format!("/v1/rules/{rule}/versions"), version).await.ok();
}

fn over(rule: &str) -> Value {
    json!([{
        "rule": rule, "authorised_by": "Director of the centre", "authorised_on": TODAY,
        "justification": "The house burnt down last night, and there was time for nothing.",
    }])
}

#[track_caller]
fn fault(reply: &Reply) -> (String, String) {
    let problem = reply.refused(422, "invalid");
    let text = |name: &str| problem["errors"][0][name].as_str().unwrap().to_owned();
    (text("code"), text("pointer"))
}

fn told(code: &str, pointer: &str) -> (String, String) {
    (code.to_owned(), pointer.to_owned())
}

/// What was stepped over for an assessment.
async fn made(scene: &Scene, of: &Reply) -> Vec<Value> {
    let id = of.ok()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/overrides?count=exact&subject_id={id}");
    let list = scene.world.persona("supervisor").get(&path).await.ok();
    let rows = list["data"].as_array().unwrap().clone();
    assert_eq!(list["total"], rows.len());
    rows
}

#[actix_web::test]
async fn a_separation_steps_over_what_is_soft_by_somebody_entitled_who_says_why() {
    for (rule, pointer, broken) in [
        ("AS-01", "/findings/prevention", json!([])),
        ("AS-02", "/findings/necessity", json!("not_necessary")),
        ("PL-22", "/poverty_only", json!(true)),
    ] {
        let scene = Scene::new().await;
        soften(&scene, rule).await;
        let begun = scene.in_progress("gatekeeping").await;
        let with = |day: &str, overrides: Value| {
            completion_with(&[
                (pointer, broken.clone()),
                ("/completed_on", json!(day)),
                ("/overrides", overrides),
            ])
        };
        let refused = scene.complete(&begun, with(TODAY, json!([]))).await.broke(rule);
        assert_eq!(refused["rule_version"], "2", "{rule}");
        let by_worker = scene.complete(&begun, with(TODAY, over(rule))).await;
        assert_eq!(fault(&by_worker), told("override_by_wrong_role", "/overrides/0/rule"));
        let complete = async |body| scene.step("supervisor", &begun, "complete", body).await;
        let mut silent = over(rule);
        silent[0]["justification"] = json!(" ".repeat(40));
        let said = complete(with(TODAY, silent)).await;
        assert_eq!(fault(&said), told("says_nothing", "/overrides/0/justification"));
        let mut brief = over(rule);
        brief[0]["justification"] = json!("There was no time for it.");
        complete(with(TODAY, brief)).await.refused(422, "invalid");
        // The day before, the rule was hard.
        let mut earlier = over(rule);
        earlier[0]["authorised_on"] = json!("2026-11-21");
        let hard = complete(with("2026-11-21", earlier)).await;
        assert_eq!(fault(&hard), told("override_of_hard", "/overrides/0/rule"));
        let needless = complete(with(TODAY, over("AS-05"))).await;
        assert_eq!(fault(&needless), told("override_not_needed", "/overrides/0/rule"));
        assert!(made(&scene, &begun).await.is_empty());

        complete(with(TODAY, over(rule))).await.ok();
        let [made] = &made(&scene, &begun).await[..] else { panic!("{rule}") };
        assert_eq!(
            (&made["rule_code"], &made["rule_version"], &made["subject_kind"], &made["role"]),
            (&json!(rule), &json!(2), &json!("assessment"), &json!("supervisor"))
        );
        assert_eq!(
            (&made["begins_on"], &made["valid_until"], &made["state"]),
            (&json!(TODAY), &json!("2026-12-22"), &json!("to_review"))
        );
    }
}

/// An assessment that recommends help at home, as nothing was tried yet, and was submitted today.
async fn submitted(scene: &Scene) -> Reply {
    let begun = scene.in_progress("gatekeeping").await;
    let home = completion_with(&[
        ("/completed_on", json!(TODAY)),
        ("/recommendation", json!("remain_with_support")),
        ("/findings/prevention", json!([])),
    ]);
    let completed = scene.complete(&begun, home).await;
    scene.step("case_worker", &completed, "submit", json!({"submitted_on": TODAY})).await
}

fn decision(scene: &Scene, outcome: &str, overrides: Value) -> Value {
    let mut decision = scene.decision(outcome);
    (decision["decided_on"], decision["overrides"]) = (json!(TODAY), overrides);
    decision
}

#[actix_web::test]
async fn a_decision_steps_over_what_is_soft_as_well() {
    let scene = Scene::new().await;
    soften(&scene, "AS-05").await;
    soften(&scene, "AS-01").await;
    let submitted = submitted(&scene).await;
    let wrong = |outcome: &str, overrides: Value| {
        let mut decision = decision(&scene, outcome, overrides);
        decision["decided_by"] = scene.court.clone();
        decision
    };
    // A court is no commission, and something else than recommended parts the child from its family.
    scene.decide(&submitted, wrong("approved", json!([]))).await.broke("AS-05");
    let by_region = async |body| scene.step("regional_authority", &submitted, "decide", body).await;
    let refused = by_region(wrong("approved", over("AS-05"))).await;
    assert_eq!(fault(&refused), told("override_by_wrong_role", "/overrides/0/rule"));
    scene.decide(&submitted, wrong("modified", over("AS-05"))).await.broke("AS-01");
    scene.decide(&submitted, decision(&scene, "modified", json!([]))).await.broke("AS-01");
    let both = json!([over("AS-05")[0], over("AS-01")[0]]);
    let decided = scene.decide(&submitted, wrong("modified", both)).await;
    assert_eq!(
        (&decided.ok()["state"], &decided.ok()["separates"]),
        (&json!("decided"), &json!(true))
    );
    let made = made(&scene, &decided).await;
    let mut rules: Vec<&str> = made.iter().map(|it| it["rule_code"].as_str().unwrap()).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["AS-01", "AS-05"]);
}

#[actix_web::test]
async fn what_is_completed_anew_is_stepped_over_anew() {
    let scene = Scene::new().await;
    soften(&scene, "AS-01").await;
    let mut at = scene.in_progress("gatekeeping").await;
    let untried = completion_with(&[
        ("/findings/prevention", json!([])),
        ("/completed_on", json!(TODAY)),
        ("/overrides", over("AS-01")),
    ]);
    let twice = completion_with(&[
        ("/findings/prevention", json!([])),
        ("/completed_on", json!(TODAY)),
        ("/overrides", json!([over("AS-01")[0], over("AS-01")[0]])),
    ]);
    let refused = scene.step("supervisor", &at, "complete", twice).await;
    assert_eq!(fault(&refused), told("override_not_needed", "/overrides/1/rule"));
    for time in 1..=2 {
        at = scene.step("supervisor", &at, "complete", untried.clone()).await;
        assert_eq!(made(&scene, &at).await.len(), time);
        at = scene.step("case_worker", &at, "submit", json!({"submitted_on": TODAY})).await;
        at = scene.step("supervisor", &at, "return", json!({"reason": "Say more."})).await;
        let again = json!({"started_on": TODAY, "team": scene.team()});
        at = scene.step("case_worker", &at, "start", again).await;
    }
}

#[actix_web::test]
async fn what_is_taken_over_is_stepped_over_in_each_of_its_steps() {
    let scene = Scene::new().await;
    soften(&scene, "AS-01").await;
    soften(&scene, "AS-05").await;
    let past = |of_completion: Value, of_decision: Value| {
        let mut decision = decision(&scene, "approved", of_decision);
        decision["decided_by"] = scene.court.clone();
        json!({
            "request": {"kind": "gatekeeping", "requested_on": "2026-02-20", "reason": "Nobody is at home."},
            "start": scene.start(),
            "completion": completion_with(&[
                ("/findings/prevention", json!([])),
                ("/completed_on", json!(TODAY)),
                ("/overrides", of_completion),
            ]),
            "submission": {"submitted_on": TODAY},
            "decision": decision,
        })
    };
    let path = format!("/v1/children/{}/past-assessments", scene.child);
    let supervisor = scene.world.persona("supervisor");
    let nothing = json!([]);
    let refused = supervisor.post(&path, past(nothing.clone(), over("AS-05"))).await.broke("AS-01");
    assert_eq!(refused["errors"][0]["pointer"], "/completion/findings/prevention");
    let refused = supervisor.post(&path, past(over("AS-01"), nothing)).await.broke("AS-05");
    assert_eq!(refused["errors"][0]["pointer"], "/decision/decided_by");
    let region = scene.world.persona("regional_authority");
    let wrong = region.post(&path, past(over("AS-01"), over("AS-05"))).await;
    assert_eq!(fault(&wrong), told("override_by_wrong_role", "/completion/overrides/0/rule"));
    let taken = supervisor.post(&path, past(over("AS-01"), over("AS-05"))).await;
    assert_eq!(taken.ok()["state"], "decided");
    assert_eq!(made(&scene, &taken).await.len(), 2);
}
