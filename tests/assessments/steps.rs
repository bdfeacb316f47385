//! The steps of an assessment, and who may take them.
use chrono::Duration;
use kinstead::{
    assessments::store,
    platform::{clock::Clock as _, db::maintain_on, idempotency::PLATFORM},
};
use serde_json::json;

use super::{Scene, completion, completion_with};

#[actix_web::test]
async fn an_assessment_goes_from_request_to_decision() {
    let scene = Scene::new().await;
    let requested = scene.request("gatekeeping").await;
    assert_eq!(requested.status, 201);
    let new = requested.ok();
    assert_eq!((&new["state"], &new["team"]), (&json!("requested"), &json!([])));
    assert_eq!(new["organisation_id"], json!(scene.country.authority));
    let started = scene.step("case_worker", &requested, "start", scene.start()).await;
    assert_eq!(started.ok()["multidisciplinary"], true);
    let completed = scene.complete(&started, completion()).await;
    let made = completed.ok();
    assert_eq!((&made["valid_until"], &made["separates"]), (&json!("2026-09-02"), &json!(true)));
    assert_eq!(made["findings"], completion()["findings"]);
    let on = json!({"submitted_on": "2026-03-03"});
    let submitted = scene.step("case_worker", &completed, "submit", on).await;
    let decided = scene.decide(&submitted, scene.decision("approved")).await;
    let done = decided.ok();
    assert_eq!((&done["state"], &done["outcome"]), (&json!("decided"), &json!("approved")));
    assert_eq!(done["decided_by"], scene.commission);
    assert_eq!(done["decision"]["reference_no"], "56-114/2026");
    let path = requested.header("location");
    let worker = scene.world.persona("case_worker");
    assert_eq!(worker.get(path).await.ok(), done);
    let history = worker.get(&format!("{path}/history")).await.ok();
    let events = history["data"].as_array().unwrap().iter();
    let events: Vec<&str> = events.map(|entry| entry["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["decided", "submitted", "completed", "started", "requested"]);
    let cancel = json!({"reason": "It is no longer needed."});
    scene.step("case_worker", &decided, "cancel", cancel).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn one_that_was_returned_is_begun_anew() {
    let scene = Scene::new().await;
    let submitted = scene.submitted().await;
    let why = json!({"reason": "The views of the father are missing."});
    scene.step("case_worker", &submitted, "return", why.clone()).await.refused(403, "forbidden");
    let returned = scene.step("supervisor", &submitted, "return", why.clone()).await;
    assert_eq!(returned.ok()["state_reason"], why["reason"]);
    let mut again = scene.start();
    again["team"].as_array_mut().unwrap().truncate(1);
    // The next work begins after what was returned was submitted.
    let early = scene.step("case_worker", &returned, "start", again.clone()).await;
    let early = early.refused(422, "invalid");
    assert_eq!(early["errors"][0]["pointer"], "/started_on");
    again["started_on"] = json!("2026-03-03");
    let started = scene.step("case_worker", &returned, "start", again).await;
    let anew = started.ok();
    for gone in ["findings", "completed_on", "valid_until", "recommendation", "state_reason"] {
        assert!(anew.get(gone).is_none(), "{gone}");
    }
    assert_eq!(anew["multidisciplinary"], false);
    let completed = scene.complete(&started, completion()).await;
    completed.refused(422, "invalid");
    let later = completion_with(&[("/completed_on", json!("2026-03-20"))]);
    assert_eq!(scene.complete(&started, later).await.ok()["valid_until"], "2026-09-20");
}

#[actix_web::test]
async fn it_is_cancelled_from_every_state_before_a_decision() {
    let scene = Scene::new().await;
    let why = json!({"reason": "The family moved abroad."});
    let made = scene.in_progress("gatekeeping").await;
    let completed = scene.complete(&scene.in_progress("gatekeeping").await, completion()).await;
    let returned = scene.step("supervisor", &scene.submitted().await, "return", why.clone()).await;
    for open in [scene.request("initial").await, made, completed, scene.submitted().await, returned]
    {
        let cancelled = scene.step("case_worker", &open, "cancel", why.clone()).await;
        assert_eq!(cancelled.ok()["state"], "cancelled");
        let again = scene.step("case_worker", &cancelled, "cancel", why.clone()).await;
        again.refused(409, "state_conflict");
    }
}

#[actix_web::test]
async fn days_are_in_order_and_none_lies_ahead() {
    let scene = Scene::new().await;
    let path = format!("/v1/children/{}/assessments", scene.child);
    let worker = scene.world.persona("case_worker");
    let new =
        json!({"kind": "initial", "requested_on": "2026-11-23", "reason": "Nobody is there."});
    let fault = async |reply: crate::support::Reply| {
        let problem = reply.refused(422, "invalid");
        let fault = &problem["errors"][0];
        let text = |name: &str| fault[name].as_str().unwrap().to_owned();
        (text("pointer"), text("code"))
    };
    let is = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let ahead = worker.post(&path, new.clone()).await;
    assert_eq!(fault(ahead).await, is("/requested_on", "future_date"));
    let mut due = new.clone();
    (due["requested_on"], due["due_on"]) = (json!("2026-02-20"), json!("2026-02-19"));
    assert_eq!(fault(worker.post(&path, due).await).await, is("/due_on", "out_of_order"));
    let mut kind = new;
    (kind["requested_on"], kind["kind"]) = (json!("2026-02-20"), json!("nonsense"));
    assert_eq!(fault(worker.post(&path, kind).await).await, is("/kind", "unknown_code"));

    let requested = scene.request("gatekeeping").await;
    for (change, pointer, code) in [
        (json!({"started_on": "2026-02-19"}), "/started_on", "out_of_order"),
        (json!({"started_on": "2026-11-23"}), "/started_on", "future_date"),
    ] {
        let mut start = scene.start();
        start.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let reply = scene.step("case_worker", &requested, "start", start).await;
        assert_eq!(fault(reply).await, is(pointer, code));
    }
    for (member, value, code) in [
        ("profession", json!("wizard"), "unknown_code"),
        ("organisation_id", json!("0199a5b2-0003-7000-8000-000000000009"), "unknown_reference"),
    ] {
        let mut start = scene.start();
        start["team"][1][member] = value;
        let reply = scene.step("case_worker", &requested, "start", start).await;
        assert_eq!(fault(reply).await, is(&format!("/team/1/{member}"), code));
    }
    let started = scene.step("case_worker", &requested, "start", scene.start()).await;
    for (day, code) in [("2026-02-22", "out_of_order"), ("2026-11-23", "future_date")] {
        let completion = completion_with(&[("/completed_on", json!(day))]);
        let reply = scene.complete(&started, completion).await;
        assert_eq!(fault(reply).await, is("/completed_on", code));
    }
    let completed = scene.complete(&started, completion()).await;
    for (day, code) in [("2026-03-01", "out_of_order"), ("2026-11-23", "future_date")] {
        let on = json!({"submitted_on": day});
        let reply = scene.step("case_worker", &completed, "submit", on).await;
        assert_eq!(fault(reply).await, is("/submitted_on", code));
    }
}

#[actix_web::test]
async fn a_child_that_has_died_is_not_assessed() {
    let scene = Scene::new().await;
    let path = format!("/v1/children/{}", scene.child);
    let authority = scene.world.persona("national_authority");
    let seen = authority.get(&path).await;
    authority.patch(&path, seen.etag(), json!({"death_date": "2026-02-20"})).await.ok();
    scene.request("gatekeeping").await.broke("PL-07");
    let new =
        json!({"kind": "initial", "requested_on": "2026-02-19", "reason": "Nobody is there."});
    scene.world.persona("case_worker").post(&format!("{path}/assessments"), new).await.ok();
}

#[actix_web::test]
async fn what_was_never_submitted_goes_out_of_date() {
    let scene = Scene::new().await;
    let made = scene.in_progress("gatekeeping").await;
    let last = completion_with(&[("/valid_until", json!("2026-11-23"))]);
    let completed = scene.complete(&made, last).await;
    let expire = || {
        let mut conn = scene.world.database.service();
        maintain_on(&mut conn, PLATFORM, scene.world.clock.now(), store::expire).unwrap()
    };
    assert_eq!(expire(), 0);
    scene.world.clock.advance(Duration::days(1));
    // Whether or not that was recorded yet, it is out of date (AS-04).
    let on = json!({"submitted_on": "2026-11-23"});
    scene.step("case_worker", &completed, "submit", on).await.broke("AS-04");
    assert_eq!((expire(), expire()), (1, 0));
    let path = format!("/v1/assessments/{}", completed.ok()["id"].as_str().unwrap());
    let read = scene.world.persona("case_worker").get(&path).await;
    assert_eq!(read.ok()["state"], "expired");
    let why = json!({"reason": "It is no longer needed."});
    scene.step("case_worker", &read, "cancel", why).await.refused(409, "state_conflict");
}
