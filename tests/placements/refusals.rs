//! What a request must satisfy besides the rules of the first day, each refusal by itself.
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Country, Reply, World, leave, move_to_family, plan, start, with_family};

fn changed(mut body: Value, member: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(body.as_object_mut().unwrap().remove(member)),
        value => body[member] = value,
    }
    body
}

#[track_caller]
fn at(reply: &Reply, pointer: &str, code: &str) {
    let problem = reply.refused(422, "invalid");
    let fault = &problem["errors"][0];
    assert_eq!((fault["pointer"].as_str(), fault["code"].as_str()), (Some(pointer), Some(code)));
}

#[actix_web::test]
async fn a_plan_is_judged_when_it_is_made() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("male", "2015-03-01"), country.family(1));
    let worker = world.persona("case_worker");
    let post = async |new: Value| worker.post("/v1/placements", new).await;
    let started = with_family(child, family, "2026-03-01");
    let planned =
        changed(changed(started.clone(), "intent", json!("plan")), "care_entry", Value::Null);
    at(
        &post(changed(started.clone(), "care_entry", Value::Null)).await,
        "/care_entry",
        "entry_with_start",
    );
    at(
        &post(changed(started.clone(), "intent", json!("plan"))).await,
        "/care_entry",
        "entry_with_start",
    );
    let short = changed(planned.clone(), "planned_kind", json!("short_term"));
    at(&post(short).await, "/expected_end_on", "missing_member");
    let over = changed(planned.clone(), "expected_end_on", json!("2026-03-01"));
    at(&post(over).await, "/expected_end_on", "out_of_order");
    post(changed(planned.clone(), "care_type", json!("kinship_informal"))).await.broke("PL-34");
    let missing = changed(planned, "care_type", json!("missing"));
    at(&post(missing).await, "/care_type", "no_placement");
    let alone = json!({"kind": "own_dwelling"});
    post(plan(child, "supervised_independent_living", alone, "2026-12-01")).await.broke("PL-10");
}

#[actix_web::test]
async fn a_move_is_judged_on_its_day() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, other) = (country.child("male", "2015-03-01"), country.child("male", "2015-03-01"));
    let (family, next) = (country.family(2), country.family(2));
    let worker = world.persona("case_worker");
    let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let path = format!("{}/move", placed.header("location"));
    let go = async |target: Value| worker.step(&path, placed.etag(), target).await;
    go(move_to_family(next, "2026-11-23")).await.broke("PL-06");
    let alone = json!({"moved_on": "2026-05-01", "reason": "care_plan", "to": {
        "care_type": "supervised_independent_living", "planned_kind": "long_term", "legal_basis": "Family Act, art. 113",
        "provider": {"kind": "own_dwelling"},
    }});
    go(alone).await.broke("PL-10");

    let provider = json!({"kind": "carer_family", "carer_family_id": next});
    let plan_for = async |child| {
        let new = plan(child, "foster_long_term", provider.clone(), "2026-12-01");
        worker.post("/v1/placements", new).await
    };
    let onto = |id: &Value| json!({"moved_on": "2026-05-01", "reason": "care_plan", "planned_placement_id": id});
    let (own, foreign) = (plan_for(child).await, plan_for(other).await);
    let given_up = format!("{}/cancel", own.header("location"));
    worker.step(&given_up, own.etag(), json!({"reason": "The family withdrew."})).await.ok();
    for id in [&foreign.ok()["id"], &own.ok()["id"], &json!(Uuid::new_v4())] {
        at(&go(onto(id)).await, "/planned_placement_id", "unknown_reference");
    }
}

#[actix_web::test]
async fn an_absence_lies_inside_its_placement_and_ends_once() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("male", "2015-03-01"), country.family(2));
    let worker = world.persona("supervisor");
    let placed = country.stay(with_family(child, family, "2026-03-01"), Some("2026-06-01"));
    let path = format!("/v1/placements/{}", placed.id);
    let report = async |from: &str, to: &str| {
        let absence = json!({"reason": "holiday", "started_on": from, "ended_on": to});
        worker.post(&format!("{path}/absences"), absence).await
    };
    for (from, to, pointer) in [
        ("2026-11-23", "2026-11-24", "/started_on"),
        ("2026-04-01", "2026-04-01", "/ended_on"),
        ("2026-04-01", "2026-11-23", "/ended_on"),
        ("2026-05-30", "2026-06-02", "/ended_on"),
    ] {
        let problem = report(from, to).await.broke("PL-24");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{from} {to}");
    }
    let other = country.child("male", "2015-03-01");
    let stays = country.stay(with_family(other, family, "2026-03-01"), None);
    let ahead = json!({"reason": "holiday", "started_on": "2026-11-20", "ended_on": "2026-11-23"});
    let absences = format!("/v1/placements/{}/absences", stays.id);
    worker.post(&absences, ahead).await.broke("PL-24");
    let away = report("2026-05-01", "2026-05-03").await;
    let again = format!("{}/end", away.header("location"));
    away.ok();
    let back = json!({"ended_on": "2026-05-04"});
    worker.step(&again, away.etag(), back).await.refused(409, "state_conflict");
    let tag = worker.get(&path).await.etag().to_owned();
    let why = json!({"reason": "It was entered for the wrong child."});
    worker.step(&format!("{path}/annul"), &tag, why).await.broke("PL-24");
}

#[actix_web::test]
async fn a_missing_episode_lies_in_care_and_ends_once() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("male", "2015-03-01"), country.family(2));
    let worker = world.persona("case_worker");
    country.stay(with_family(child, family, "2026-03-01"), None);
    let episodes = format!("/v1/children/{child}/missing-episodes");
    let gone = |at: &str| json!({"kind": "missing", "started_at": at});
    worker.post(&episodes, gone("2026-02-01T12:00:00Z")).await.broke("PL-32");
    let episode = worker.post(&episodes, gone("2026-05-01T12:00:00Z")).await;
    episode.ok();
    let path = format!("{}/end", episode.header("location"));
    let end = async |at: &str, accepted: bool, tag: &str| {
        let found =
            json!({"ended_at": at, "interview_offered": false, "interview_accepted": accepted});
        worker.step(&path, tag, found).await
    };
    for wrong in ["2026-05-01T12:00:00Z", "2026-11-22T12:00:01Z"] {
        let problem = end(wrong, false, episode.etag()).await.broke("PL-32");
        assert_eq!(problem["errors"][0]["pointer"], "/ended_at");
    }
    let talk = end("2026-05-02T12:00:00Z", true, episode.etag()).await;
    at(&talk, "/interview_accepted", "not_offered");
    let ended = end("2026-05-02T12:00:00Z", false, episode.etag()).await;
    ended.ok();
    end("2026-05-03T12:00:00Z", false, ended.etag()).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn what_has_no_end_is_not_corrected_and_what_ended_in_death_is_not_reopened() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("male", "2015-03-01"), country.family(2));
    let worker = world.persona("supervisor");
    let provider = json!({"kind": "carer_family", "carer_family_id": family});
    let new = start(child, "foster_long_term", provider, "2026-03-01");
    let placed = worker.post("/v1/placements", new).await;
    let path = placed.header("location").to_owned();
    let right = json!({"ended_on": "2026-05-01", "reason": "It was entered for the wrong day."});
    at(
        &worker.step(&format!("{path}/correct"), placed.etag(), right).await,
        "/ended_on",
        "not_ended",
    );

    let record = format!("/v1/children/{child}");
    let tag = worker.get(&record).await.etag().to_owned();
    worker.patch(&record, &tag, json!({"death_date": "2026-05-01"})).await.ok();
    let died = changed(leave("2026-05-01"), "exit_reason", json!("died"));
    let ended = worker.step(&format!("{path}/end"), placed.etag(), died).await.ok();
    let period = format!("/v1/care-periods/{}", ended["care_period_id"].as_str().unwrap());
    let tag = worker.get(&period).await.etag().to_owned();
    let why = json!({"reason": "The exit was entered for the wrong child."});
    worker.step(&format!("{period}/reopen"), &tag, why).await.broke("PL-07");
}

#[actix_web::test]
async fn an_end_lies_in_the_past_when_it_is_made_and_when_it_is_corrected() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("male", "2015-03-01"), country.family(2));
    let worker = world.persona("supervisor");
    let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let path = placed.header("location").to_owned();
    let end = format!("{path}/end");
    worker.step(&end, placed.etag(), leave("2026-11-23")).await.broke("PL-06");
    let ended = worker.step(&end, placed.etag(), leave("2026-11-22")).await;
    ended.ok();
    let right = json!({"ended_on": "2026-11-23", "reason": "It was entered for the wrong day."});
    worker.step(&format!("{path}/correct"), ended.etag(), right).await.broke("PL-06");
}
