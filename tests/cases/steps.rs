//! The steps of a case, and what refuses them.
use diesel::connection::SimpleConnection as _;
use kinstead::deadlines::store::Scope;
use serde_json::{Value, json};

use super::{Scene, closing, taken_up, worker};
use crate::support::with_family;

#[actix_web::test]
async fn a_case_goes_from_the_referral_to_its_end() {
    let scene = Scene::new().await;
    let opened = scene.open().await;
    let case = opened.ok();
    assert_eq!(opened.status.as_u16(), 201);
    assert!(case["case_no"].as_str().unwrap().starts_with("CS-2026-"));
    assert_eq!(case["organisation_id"], json!(scene.country.authority));
    assert_eq!((&case["state"], &case["priority"]), (&json!("new"), &json!("normal")));
    let steps = ["register", "assess", "draft-plan", "approve-plan", "implement", "review"];
    let reviewing = scene.through(opened, &steps, "2026-03-04").await;
    scene.step(&reviewing, "close", closing("2026-03-05")).await.refused(409, "state_conflict");
    let closing_begun =
        scene.through(reviewing, &["implement", "review", "begin-closing"], "2026-06-01").await;
    let early = scene.step(&closing_begun, "close", closing("2026-05-31")).await;
    assert_eq!(early.refused(422, "invalid")["errors"][0]["code"], "out_of_order");
    let late = scene.step(&closing_begun, "close", closing("2026-11-23")).await;
    assert_eq!(late.refused(422, "invalid")["errors"][0]["code"], "future_date");
    let closed = scene.step(&closing_begun, "close", closing("2026-06-02")).await;
    let case = closed.ok();
    assert_eq!(
        (&case["closed_on"], &case["closure_reason"]),
        (&json!("2026-06-02"), &json!("services_ceased"))
    );
    assert_eq!((&case["state_reason"], &case["version"]), (&json!("All is well."), &json!(11)));
    assert_eq!(case["managers"][0]["valid_to"], "2026-06-02");
    let states: Vec<_> =
        case["states"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(
        states,
        [
            "new",
            "registered",
            "assessing",
            "plan_drafting",
            "plan_approved",
            "implementing",
            "reviewing",
            "implementing",
            "reviewing",
            "closing",
            "closed"
        ]
    );
    scene.step(&closed, "assess", json!({"on": "2026-06-03"})).await.refused(409, "state_conflict");
    let again = scene.step(&closed, "reopen", taken_up("2026-07-01")).await.ok();
    assert_eq!((&again["state"], again.get("closed_on")), (&json!("assessing"), None));
    assert_eq!(again["managers"][1]["reason"], "first_contact");
    let path = format!("/v1/cases/{}", again["id"].as_str().unwrap());
    let read = scene.world.persona("case_worker").get(&path).await;
    assert_eq!(read.ok(), again);
    scene.step(&closed, "reopen", taken_up("2026-07-01")).await.refused(412, "stale");
}

#[actix_web::test]
async fn what_a_case_cannot_begin_with_is_refused() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let nobody = "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90";
    for (member, value, pointer, code) in [
        ("opened_on", json!("2026-11-23"), "/opened_on", "future_date"),
        ("referral_on", json!("2026-03-03"), "/referral_on", "out_of_order"),
        ("referral_source", json!("birds"), "/referral_source", "unknown_code"),
        ("primary_need", json!("other"), "/primary_need", "unknown_code"),
        ("child_id", json!(nobody), "/child_id", "unknown_reference"),
        ("family_id", json!(nobody), "/child_id", "one_of_two"),
    ] {
        let mut new = scene.new_case();
        new[member] = value;
        let problem = worker.post("/v1/cases", new).await.refused(422, "invalid");
        let fault = &problem["errors"][0];
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!(pointer), &json!(code)));
    }
    let mut new = scene.new_case();
    new.as_object_mut().unwrap().remove("child_id");
    new["family_id"] = json!(nobody);
    let problem = worker.post("/v1/cases", new).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/family_id");
}

#[actix_web::test]
async fn a_case_is_not_closed_while_the_child_is_in_care() {
    let mut scene = Scene::new().await;
    let case = scene.open().await;
    let case = scene.through(case, &["register", "begin-closing"], "2026-03-04").await;
    let family = scene.country.family(1);
    let stay = with_family(scene.child, family, "2026-03-05");
    let placed = scene.world.persona("case_worker").post("/v1/placements", stay).await.ok();
    let problem = scene.step(&case, "close", closing("2026-03-06")).await.broke("CA-01");
    assert_eq!(problem["facts"]["care_period_id"], placed["care_period_id"]);
    let path = format!("/v1/cases/{}", case.ok()["id"].as_str().unwrap());
    let read = scene.world.persona("case_worker").get(&path).await;
    assert_eq!(read.ok()["state"], "closing");
    // It goes on: there is work to do.
    scene.step(&case, "assess", json!({"on": "2026-03-06"})).await.ok();
}

#[actix_web::test]
async fn a_case_is_not_closed_while_a_critical_alert_about_the_child_is_open() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let order =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-10-01"});
    let path = format!("/v1/children/{}/legal-statuses", scene.child);
    let order = worker.post(&path, order).await;
    let case = scene.open().await;
    let case = scene.through(case, &["register", "begin-closing"], "2026-03-04").await;
    crate::deadlines::swept(&scene.world, Scope::Everybody);
    let problem = scene.step(&case, "close", closing("2026-03-05")).await.broke("CA-01");
    assert_eq!(problem["facts"]["alert_rule"], "PL-31");
    // To have seen it is not to have ended it.
    let alert = format!("/v1/alerts/{}", problem["facts"]["alert_id"].as_str().unwrap());
    let seen = worker.get(&alert).await;
    assert_eq!(seen.ok()["worker_id"], "w-1");
    worker.step(&format!("{alert}/acknowledge"), seen.etag(), json!({})).await.ok();
    scene.step(&case, "close", closing("2026-03-05")).await.broke("CA-01");
    let end = format!("{path}/{}/end", order.ok()["id"].as_str().unwrap());
    worker.step(&end, order.etag(), json!({"ended_on": "2026-10-20"})).await.ok();
    crate::deadlines::swept(&scene.world, Scope::Everybody);
    scene.step(&case, "close", closing("2026-03-05")).await.ok();
}

#[actix_web::test]
async fn a_child_and_a_family_have_one_open_case_each() {
    let scene = Scene::new().await;
    let first = scene.open().await.ok();
    let problem = scene.open().await.broke("CA-02");
    assert_eq!(problem["facts"]["case_id"], first["id"]);
    let worker = scene.world.persona("case_worker");
    let family = json!({"family_type": "other", "area_code": "RS-20", "risk_level": "low",
                        "members": [{"role": "child", "child_id": scene.child, "in_household": true}]});
    let family = worker.post("/v1/families", family).await.ok()["id"].clone();
    let mut of_family = scene.new_case();
    of_family.as_object_mut().unwrap().remove("child_id");
    of_family["family_id"] = family.clone();
    let of_family = worker.post("/v1/cases", of_family.clone()).await.ok();
    assert_eq!((of_family.get("child_id"), &of_family["family_id"]), (None, &family));
    let mut second = scene.new_case();
    second.as_object_mut().unwrap().remove("child_id");
    second["family_id"] = family.clone();
    worker.post("/v1/cases", second).await.broke("CA-02");
    let history =
        worker.get(&format!("/v1/families/{}/history", family.as_str().unwrap())).await.ok();
    assert_eq!(history["data"][0]["kind"], "case");
}

#[actix_web::test]
async fn a_closed_case_is_not_reopened_beside_an_open_one() {
    let scene = Scene::new().await;
    let closed = scene.closed().await;
    let open = scene.open().await.ok();
    let problem = scene.step(&closed, "reopen", taken_up("2026-07-01")).await.broke("CA-02");
    assert_eq!(problem["facts"]["case_id"], open["id"]);
}

#[actix_web::test]
async fn a_duplicate_names_the_case_that_goes_on_and_stays_good_for_reading() {
    let mut scene = Scene::new().await;
    let first = scene.closed().await;
    let second = scene.open().await;
    let other = scene.child;
    scene.child = scene.country.child("male", "2014-05-01");
    let foreign = scene.open().await;
    let mark = |survivor: &Value| json!({"survivor_id": survivor, "reason": "The same referral, told twice."});
    for survivor in [&foreign.ok()["id"], &second.ok()["id"]] {
        scene.step(&second, "mark-duplicate", mark(survivor)).await.broke("CA-03");
    }
    let nobody = json!("5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90");
    let unknown =
        scene.step(&second, "mark-duplicate", mark(&nobody)).await.refused(422, "invalid");
    assert_eq!(unknown["errors"][0]["code"], "unknown_reference");
    let marked = scene.step(&second, "mark-duplicate", mark(&first.ok()["id"])).await;
    let case = marked.ok();
    assert_eq!((&case["state"], &case["survivor_id"]), (&json!("duplicate"), &first.ok()["id"]));
    assert_eq!(case["managers"][0]["valid_to"], "2026-11-22");
    scene.step(&first, "mark-duplicate", mark(&case["id"])).await.broke("CA-03");
    scene.step(&marked, "reopen", taken_up("2026-11-22")).await.refused(409, "state_conflict");
    let worker = scene.world.persona("case_worker");
    let read = worker.get(&format!("/v1/cases/{}", case["id"].as_str().unwrap())).await;
    assert_eq!(read.ok(), case);
    // There is room for work with the child.
    scene.child = other;
    scene.step(&first, "reopen", taken_up("2026-11-22")).await.ok();
}

#[actix_web::test]
async fn priority_danger_and_team_change_and_the_need_stays() {
    let scene = Scene::new().await;
    let opened = scene.open().await;
    let path = opened.header("location").to_owned();
    let persona = scene.world.persona("case_worker");
    let change = json!({"priority": "urgent", "immediate_risk": true, "team": [worker("w-7"), worker("w-8")]});
    let changed = persona.patch(&path, opened.etag(), change.clone()).await;
    for member in ["priority", "immediate_risk", "team"] {
        assert_eq!(changed.ok()[member], change[member]);
    }
    assert_eq!(persona.get(&path).await.ok(), changed.ok());
    let other = json!({"primary_need": "abandonment"});
    persona.patch(&path, changed.etag(), other).await.refused(422, "invalid");
    let known = persona.get(&format!("{path}/history")).await.ok();
    assert_eq!(known["data"][0]["changed"], json!(["immediate_risk", "priority", "team"]));
    for (query, found) in [
        (format!("child_id={}", scene.child), 1),
        ("priority=urgent&immediate_risk=true&state=new".to_owned(), 1),
        ("priority=low".to_owned(), 0),
        ("immediate_risk=false".to_owned(), 0),
        ("state=closed".to_owned(), 0),
        (
            format!("organisation_id={}&primary_need=family_acute_stress", scene.country.authority),
            1,
        ),
        ("primary_need=abandonment".to_owned(), 0),
        ("worker_id=w-1&sort=-opened_on&sort=case_no".to_owned(), 1),
        ("worker_id=w-7".to_owned(), 0),
        ("opened_on_min=2026-03-02&opened_on_max=2026-03-02".to_owned(), 1),
        ("opened_on_min=2026-03-03".to_owned(), 0),
        ("opened_on_max=2026-03-01".to_owned(), 0),
        ("family_id=5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90".to_owned(), 0),
    ] {
        let listed = persona.get(&format!("/v1/cases?count=exact&{query}")).await.ok();
        assert_eq!(listed["total"], found, "{query}");
    }
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    scene.open().await.ok();
    let mut conn = scene.world.database.owner();
    let again = "INSERT INTO cases SELECT gen_random_uuid(), 'CS-2', child_id, family_id, organisation_id, state, state_since, \
                 state_reason, opened_on, closed_on, closure_reason, referral_source, referral_on, primary_need, \
                 immediate_risk, priority, team, survivor_id, version FROM cases";
    for (sql, constraint) in [
        (again, "ca_02_one_open_case_of_a_child"),
        ("UPDATE cases SET family_id = gen_random_uuid()", "cases_check"),
        ("UPDATE cases SET child_id = NULL", "cases_check"),
        ("UPDATE cases SET referral_on = opened_on + 1", "cases_check"),
        ("UPDATE cases SET state_since = opened_on - 1", "cases_check"),
        ("UPDATE cases SET closed_on = opened_on", "cases_check"),
        ("UPDATE cases SET state = 'closed'", "cases_check"),
        ("UPDATE cases SET state = 'duplicate'", "cases_check"),
        ("UPDATE cases SET state = 'duplicate', survivor_id = id", "cases_check"),
        // WK-01: somebody is in charge while it is open, one at a time, and nobody after.
        ("UPDATE case_managers SET valid_to = '2026-04-01'", "wk_01_open_case_has_a_manager"),
        ("UPDATE cases SET state = 'transferred'", "wk_01_manager_of_an_open_case"),
        (
            "INSERT INTO case_managers SELECT case_id, 1, organisation_id, name, worker_id, reason, '2026-05-01', NULL FROM case_managers",
            "wk_01_one_manager",
        ),
        (
            "INSERT INTO case_managers SELECT case_id, 1, organisation_id, name, worker_id, reason, '2026-03-01', '2026-03-05' FROM case_managers",
            "wk_01_one_manager_at_a_time",
        ),
        ("UPDATE case_managers SET valid_to = valid_from - 1", "case_managers_check"),
    ] {
        let said = conn.batch_execute(sql).unwrap_err().to_string();
        assert!(said.contains(constraint), "{sql}: {said}");
    }
}
