//! PLN-01: a planned return to the family stands on a decided assessment of it, and is followed by a visit in time.
use serde_json::{Value, json};

use crate::{
    assessments::{Scene, completion_with},
    support::{Persona, Reply, World, with_family},
};

fn home(on: &str, visit: Option<&str>) -> Value {
    let mut end = json!({"ended_on": on, "reason": "care_plan", "exit_reason": "reunified_planned", "planned_exit": true});
    if let Some(day) = visit {
        end["first_visit_on"] = json!(day);
    }
    end
}

/// The child of the scene, with a family since January.
async fn placed(scene: &mut Scene) -> Reply {
    let family = scene.country.family(1);
    let worker = scene.world.persona("case_worker");
    let placed =
        worker.post("/v1/placements", with_family(scene.child, family, "2026-01-10")).await;
    placed.ok();
    placed
}

/// Ends care, from the version of the placement that is there now.
async fn end(asking: &Persona<'_>, placed: &Reply, body: Value) -> Reply {
    let path = placed.header("location");
    let seen = asking.get(path).await;
    asking.step(&format!("{path}/end"), seen.etag(), body).await
}

/// An assessment of the return, submitted and decided so; valid from 2 March to 1 September.
async fn assessed(scene: &Scene, recommendation: &str, outcome: &str) -> Value {
    let submitted = submitted(scene, recommendation).await;
    scene.decide(&submitted, scene.decision(outcome)).await.ok()
}

async fn submitted(scene: &Scene, recommendation: &str) -> Reply {
    let made = scene.in_progress("reintegration").await;
    let body = completion_with(&[("/recommendation", json!(recommendation))]);
    let completed = scene.complete(&made, body).await;
    scene.step("case_worker", &completed, "submit", json!({"submitted_on": "2026-03-03"})).await
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

#[actix_web::test]
async fn pln_01_a_planned_return_stands_on_an_assessment_that_was_decided_for_it() {
    let mut scene = Scene::new().await;
    let placed = placed(&mut scene).await;
    let worker = scene.world.persona("case_worker");
    let ends = async |body: Value| end(&worker, &placed, body).await;
    let on = |day: &str| home(day, Some(day));
    let refused = ends(on("2026-06-01")).await.broke("PLN-01");
    assert_eq!((&refused["status"], &refused["rule_version"]), (&json!(409), &json!("1")));
    assert_eq!(refused["legal_basis"], "UN Guidelines ¶49 to ¶52");
    assert_eq!(refused["errors"][0]["pointer"], "/exit_reason");
    assert_eq!(
        refused["facts"],
        json!({"returned_on": "2026-06-01", "latest_first_visit_on": "2026-06-29", "first_visit_on": "2026-06-01"})
    );
    assert!(refused["detail"].as_str().unwrap().contains("needed: an assessment of the return"));
    // One that led into care is none of the way back, nor is one that nobody decided on.
    let entry = scene.submitted().await;
    scene.decide(&entry, scene.decision("approved")).await.ok();
    let waiting = submitted(&scene, "reintegrate").await;
    ends(on("2026-06-01")).await.broke("PLN-01");
    let mut no = scene.decision("rejected");
    no["reason"] = json!("The father drinks again.");
    scene.decide(&waiting, no).await.ok();
    ends(on("2026-06-01")).await.broke("PLN-01");

    let decided = assessed(&scene, "reintegrate", "approved").await;
    assert_eq!(
        (&decided["decided_on"], &decided["valid_until"]),
        (&json!("2026-03-09"), &json!("2026-09-02"))
    );
    ends(on("2026-03-08")).await.broke("PLN-01");
    ends(on("2026-09-02")).await.broke("PLN-01");
    // The latest one counts, whatever the ones before it say.
    let mut other = scene.decision("modified");
    other["decided_on"] = json!("2026-04-01");
    let instead = submitted(&scene, "reintegrate").await;
    scene.decide(&instead, other).await.ok();
    let refused = ends(on("2026-06-01")).await.broke("PLN-01");
    assert_eq!(refused["facts"]["return_recommended"], false);
    ends(on("2026-03-31")).await.ok();
}

#[actix_web::test]
async fn pln_01_an_assessment_that_was_entered_in_error_carries_no_return() {
    let mut scene = Scene::new().await;
    let placed = placed(&mut scene).await;
    let waiting = submitted(&scene, "reintegrate").await;
    let decided = scene.decide(&waiting, scene.decision("approved")).await;
    let wrong = json!({"reason": "It was about another child."});
    scene.step("supervisor", &decided, "annul", wrong).await.ok();
    let worker = scene.world.persona("case_worker");
    end(&worker, &placed, home("2026-06-01", Some("2026-06-01"))).await.broke("PLN-01");
}

#[actix_web::test]
async fn pln_01_a_child_that_has_returned_is_visited_within_four_weeks() {
    let mut scene = Scene::new().await;
    let placed = placed(&mut scene).await;
    let worker = scene.world.persona("case_worker");
    let decided = assessed(&scene, "reintegrate", "approved").await;
    let ends = async |visit: Option<&str>| end(&worker, &placed, home("2026-09-01", visit)).await;
    for visit in [None, Some("2026-09-30")] {
        let refused = ends(visit).await.broke("PLN-01");
        assert_eq!(refused["errors"][0]["pointer"], "/first_visit_on", "{visit:?}");
        assert_eq!(
            (&refused["status"], &refused["facts"]["assessment_id"]),
            (&json!(422), &decided["id"])
        );
    }
    assert_eq!(fault(&ends(Some("2026-08-31")).await), told("out_of_order", "/first_visit_on"));
    let mut abroad = home("2026-09-01", Some("2026-09-02"));
    abroad["exit_reason"] = json!("moved_abroad");
    assert_eq!(fault(&end(&worker, &placed, abroad).await), told("not_wanted", "/first_visit_on"));
    let ended = ends(Some("2026-09-29")).await.ok();
    let period = format!("/v1/care-periods/{}", ended["care_period_id"].as_str().unwrap());
    assert_eq!(worker.get(&period).await.ok()["first_visit_on"], "2026-09-29");
    let then = worker.get(&format!("{period}?as_of=2026-08-31")).await.ok();
    assert!(then.get("first_visit_on").is_none(), "{then}");

    let decision = format!("{}/decision", placed.header("location"));
    let decision = worker.get(&decision).await.ok();
    assert!(decision["findings"].as_array().unwrap().iter().all(|it| it["rule"] != "PLN-01"));
    let [found] = &decision["ending"]["findings"].as_array().unwrap()[..] else {
        panic!("{decision}")
    };
    assert_eq!(
        (&found["rule"], &found["rule_version"], &found["outcome"], &found["class"]),
        (&json!("PLN-01"), &json!(1), &json!("met"), &json!("soft"))
    );
    assert_eq!(
        (&found["facts"]["assessment_id"], &found["facts"]["first_visit_on"]),
        (&decided["id"], &json!("2026-09-29"))
    );
}

/// Why PLN-01 is stepped over.
fn over() -> Value {
    json!([{
        "rule": "PLN-01", "authorised_by": "Head of the region", "authorised_on": "2026-06-01",
        "justification": "The court gave the mother her child back and set no day for it.",
    }])
}

async fn overrides(world: &World) -> Vec<Value> {
    let list = world.persona("supervisor").get("/v1/overrides?rule=PLN-01&count=exact").await.ok();
    let rows = list["data"].as_array().unwrap().clone();
    assert_eq!(list["total"], rows.len());
    rows
}

#[actix_web::test]
async fn pln_01_is_stepped_over_by_the_authorities_with_a_reason() {
    let mut scene = Scene::new().await;
    let placed = placed(&mut scene).await;
    let worker = scene.world.persona("case_worker");
    let nation = scene.world.persona("national_authority");
    let with = |members: &[(&str, Value)]| {
        let mut body = home("2026-06-01", None);
        body["overrides"] = over();
        for (pointer, value) in members {
            *body.pointer_mut(pointer).unwrap() = value.clone();
        }
        body
    };
    let wrong = end(&worker, &placed, with(&[])).await;
    assert_eq!(fault(&wrong), told("override_by_wrong_role", "/overrides/0/rule"));
    let silent = [("/overrides/0/justification", json!(" ".repeat(40)))];
    let said = end(&nation, &placed, with(&silent)).await;
    assert_eq!(fault(&said), told("says_nothing", "/overrides/0/justification"));
    let brief = [("/overrides/0/justification", json!("The court said so."))];
    end(&nation, &placed, with(&brief)).await.refused(422, "invalid");
    let unplanned = [("/exit_reason", json!("reunified_unplanned"))];
    let needless = end(&nation, &placed, with(&unplanned)).await;
    assert_eq!(fault(&needless), told("override_not_needed", "/overrides/0/rule"));
    assert!(overrides(&scene.world).await.is_empty());

    let ended = end(&nation, &placed, with(&[])).await.ok();
    let [made] = &overrides(&scene.world).await[..] else { panic!() };
    assert_eq!(
        (&made["subject_kind"], &made["subject_id"], &made["role"]),
        (&json!("care_period"), &ended["care_period_id"], &json!("national_authority"))
    );
    assert_eq!(
        (&made["begins_on"], &made["valid_until"]),
        (&json!("2026-06-01"), &json!("2026-07-01"))
    );
    let path = format!("{}/decision", placed.header("location"));
    let decision = worker.get(&path).await.ok();
    assert_eq!(decision["ending"]["findings"][0]["outcome"], "overridden");
    assert_eq!(decision["overrides"][0]["id"], made["id"]);

    // Taken back, and ended otherwise: what was found of the first end is told no more.
    let period = format!("/v1/care-periods/{}", ended["care_period_id"].as_str().unwrap());
    let reason = json!({"reason": "The mother did not come for the child."});
    let reopen = async || {
        let seen = nation.get(&period).await;
        let open = nation.step(&format!("{period}/reopen"), seen.etag(), reason.clone()).await.ok();
        assert!(open.get("first_visit_on").is_none(), "{open}");
        let decision = nation.get(&path).await.ok();
        assert!(
            decision.get("ending").is_none() && decision["overrides"] == json!([]),
            "{decision}"
        );
    };
    reopen().await;
    end(
        &nation,
        &placed,
        with(&[("/overrides", json!([])), ("/exit_reason", json!("moved_abroad"))]),
    )
    .await
    .ok();
    assert!(worker.get(&path).await.ok().get("ending").is_none());
    reopen().await;
    end(&nation, &placed, with(&[])).await.ok();
    assert_eq!(overrides(&scene.world).await.len(), 2);
    assert_eq!(worker.get(&path).await.ok()["ending"]["findings"][0]["outcome"], "overridden");
}

#[actix_web::test]
async fn pln_01_holds_as_its_version_of_the_day_says() {
    let mut scene = Scene::new().await;
    let placed = placed(&mut scene).await;
    let nation = scene.world.persona("national_authority");
    let version = json!({"class": "alert", "in_force": true, "source": "Official Gazette 12/2026", "valid_from": "2026-11-22"});
    nation.post("/v1/rules/PLN-01/versions", version).await.ok();
    end(&nation, &placed, home("2026-11-21", None)).await.broke("PLN-01");
    end(&nation, &placed, home("2026-11-22", None)).await.ok();
    let decision = nation.get(&format!("{}/decision", placed.header("location"))).await.ok();
    let found = &decision["ending"]["findings"][0];
    assert_eq!((&found["outcome"], &found["rule_version"]), (&json!("broken"), &json!(2)));
}

#[actix_web::test]
async fn of_a_placement_that_was_taken_over_the_end_is_told() {
    let mut scene = Scene::new().await;
    let family = scene.country.family(1);
    let worker = scene.world.persona("case_worker");
    let past = json!({
        "child_id": scene.child,
        "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
        "placements": [{"starts_on": "2025-03-01", "care_type": "foster_long_term", "planned_kind": "long_term",
            "provider": {"kind": "carer_family", "carer_family_id": family}, "legal_basis": "Family Act, art. 113"}],
    });
    worker.post("/v1/care-periods", past).await.ok();
    let timeline = worker.get(&format!("/v1/children/{}/timeline", scene.child)).await.ok();
    let id = timeline["care_periods"][0]["placements"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/placements/{id}");
    worker.get(&format!("{path}/decision")).await.refused(404, "not_found");
    assessed(&scene, "reintegrate", "approved").await;
    let seen = worker.get(&path).await;
    let body = home("2026-06-01", Some("2026-06-20"));
    worker.step(&format!("{path}/end"), seen.etag(), body).await.ok();
    let decision = worker.get(&format!("{path}/decision")).await.ok();
    assert_eq!(decision["findings"], json!([]));
    assert_eq!(decision["ending"]["findings"][0]["outcome"], "met");
    assert_eq!(decision["made_at"], decision["ending"]["made_at"]);
}

#[actix_web::test]
async fn a_correction_of_an_end_that_breaks_pln_01_is_flagged() {
    let mut scene = Scene::new().await;
    let placed = placed(&mut scene).await;
    let supervisor = scene.world.persona("supervisor");
    assessed(&scene, "reintegrate", "approved").await;
    end(&supervisor, &placed, home("2026-08-20", Some("2026-09-10"))).await.ok();
    let path = placed.header("location");
    for (day, flags) in [("2026-09-01", json!([])), ("2026-09-02", json!(["PLN-01"]))] {
        let seen = supervisor.get(path).await;
        let fix = json!({"ended_on": day, "reason": "The child left later than was entered."});
        let corrected = supervisor.step(&format!("{path}/correct"), seen.etag(), fix).await.ok();
        assert_eq!(corrected["flags"], flags, "{day}");
    }
}
