//! Legal statuses: who decided, and one a day on each axis.
use chrono::Duration;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use super::{child, fault, read, registered, world};

#[actix_web::test]
async fn rights_are_taken_and_given_back_by_a_court() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let (path, _) = registered(&worker, child(json!({}))).await;
    let statuses = format!("{path}/legal-statuses");
    let with = |decision: Value| {
        let mut body = json!({"axis": "parental_rights_mother", "status": "deprived", "valid_from": "2026-03-02"});
        if !decision.is_null() {
            body["decision"] = decision;
        }
        body
    };
    let court = json!({"body": "court", "kind": "court", "number": "P2 114/2026", "decided_on": "2026-02-10", "effective_on": "2026-03-02"});
    let mut faulty = vec![Value::Null];
    for member in ["number", "effective_on"] {
        let mut decision = court.clone();
        decision.as_object_mut().unwrap().remove(member);
        faulty.push(decision);
    }
    let mut office = court.clone();
    office["kind"] = json!("administrative");
    faulty.push(office);
    for decision in faulty {
        let refused = worker.post(&statuses, with(decision)).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.broke("LS-01")["errors"][0]["pointer"], "/decision");
    }
    assert_eq!(worker.post(&statuses, with(court.clone())).await.ok()["decision"], court);
    let free = json!({"axis": "care_authority", "status": "voluntary_agreement", "valid_from": "2026-03-02"});
    worker.post(&statuses, free).await.ok();
    let unborn = json!({"axis": "guardianship", "status": "direct", "valid_from": "2017-05-13"});
    fault(&worker.post(&statuses, unborn).await, "/valid_from", "before_birth");
    let unknown = json!({"axis": "guardianship", "status": "deprived", "valid_from": "2017-05-14"});
    fault(&worker.post(&statuses, unknown).await, "/status", "unknown_code");
    let mut future = court;
    future["decided_on"] = json!("2026-11-23");
    fault(&worker.post(&statuses, with(future)).await, "/decision/decided_on", "future_date");
}

#[actix_web::test]
async fn a_child_has_one_status_a_day_on_each_axis() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let (path, _) = registered(&worker, child(json!({}))).await;
    let statuses = format!("{path}/legal-statuses");
    let care = |status: &str, from: &str| json!({"axis": "care_authority", "status": status, "valid_from": from});
    let first = worker.post(&statuses, care("emergency_order", "2026-03-02")).await;
    first.ok();
    worker
        .post(&statuses, care("full_care_order", "2026-04-01"))
        .await
        .refused(409, "state_conflict");
    let end = format!("{}/end", first.header("location"));
    world.clock.advance(Duration::minutes(1));
    fault(
        &worker.step(&end, first.etag(), json!({"ended_on": "2026-03-02"})).await,
        "/ended_on",
        "out_of_order",
    );
    worker
        .post(&end, json!({"ended_on": "2026-04-01"}))
        .await
        .refused(428, "precondition_required");
    let ended = worker.step(&end, first.etag(), json!({"ended_on": "2026-04-01"})).await;
    assert_eq!(ended.ok()["valid_to"], "2026-04-01");
    worker.step(&end, first.etag(), json!({"ended_on": "2026-04-01"})).await.refused(412, "stale");
    worker
        .step(&end, ended.etag(), json!({"ended_on": "2026-05-01"}))
        .await
        .refused(409, "state_conflict");
    worker.post(&statuses, care("full_care_order", "2026-04-01")).await.ok();
    worker
        .post(
            &statuses,
            json!({"axis": "guardianship", "status": "authority", "valid_from": "2026-03-02"}),
        )
        .await
        .ok();

    let held = async |query: &str| {
        let page = read(&worker, &format!("{statuses}?{query}")).await.json();
        let of = |status: &Value| status["status"].as_str().unwrap().to_owned();
        page["data"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(held("axis=care_authority&as_of=2026-03-31").await, ["emergency_order"]);
    assert_eq!(held("axis=care_authority&as_of=2026-04-01").await, ["full_care_order"]);
    assert_eq!(held("axis=care_authority&axis=guardianship").await.len(), 3);
    assert_eq!(held("known_at=2026-11-22T12:00:30Z").await, ["emergency_order"]);
    let mut seen = Vec::new();
    let mut next = format!("{statuses}?limit=2");
    loop {
        let page = read(&worker, &next).await;
        seen.extend(
            page.json()["data"].as_array().unwrap().iter().map(|status| status["id"].clone()),
        );
        let link = page.header("link").to_owned();
        if link.is_empty() {
            break;
        }
        next = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
    }
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 3);
    let one = read(&worker, first.header("location")).await;
    assert_eq!(one.etag(), ended.etag());
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let number = json!([{"system": "urn:example:n", "value": "7"}]);
    let (path, _) = registered(&worker, child(json!({"external_ids": number}))).await;
    let care =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-03-02"});
    worker.post(&format!("{path}/legal-statuses"), care).await.ok();
    let mut owner = world.database.owner();
    let status = |axis: &str, status: &str| {
        format!(
            "INSERT INTO legal_statuses (id, child_id, axis, status, valid_from, version) SELECT gen_random_uuid(), id, '{axis}', '{status}', '2026-04-01', 1 FROM children"
        )
    };
    for (change, constraint) in [
        ("INSERT INTO child_external_ids (child_id, system, value, blind) SELECT child_id, system, value, blind FROM child_external_ids".to_owned(), "di_01_one_child_for_an_identifier"),
        (status("parental_rights_mother", "deprived"), "ls_01_rights_by_court_decision"),
        (status("care_authority", "full_care_order"), "legal_statuses_one_on_an_axis"),
        ("UPDATE children SET birth_date = NULL, birth_date_precision = NULL".to_owned(), "children_born_or_expected"),
        ("UPDATE children SET birth_date_precision = NULL".to_owned(), "children_precision"),
        ("UPDATE children SET death_date = birth_date - 1".to_owned(), "children_death"),
        ("UPDATE children SET adopted_on = birth_date - 1".to_owned(), "children_adoption"),
        ("INSERT INTO journal (recorded_at, actor, kind, event, subject, parent, version, changed, after, persons) SELECT recorded_at, actor, kind, event, subject, parent, version, changed, after, persons FROM journal".to_owned(), "journal_subject_version_key"),
    ] {
        let refused = owner.batch_execute(&change).unwrap_err().to_string();
        assert!(refused.contains(constraint), "{change}: {refused}");
    }
}
