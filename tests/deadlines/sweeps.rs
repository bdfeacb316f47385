//! The sweep: what it finds, that it tells of one thing once, and that it looks at what changed.
use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, RunQueryDsl, connection::SimpleConnection as _, sql_query, sql_types::BigInt,
};
use kinstead::{
    deadlines::store::{Scope, Swept, Transactions, sweep},
    platform::{clock::Clock as _, db::Tx, error::Result},
};
use serde_json::json;

use super::{Scene, swept};
use crate::support::{World, in_facility, with_family};

#[actix_web::test]
async fn clocks_run_before_they_tell_anything_and_are_listed_by_day() {
    let scene = Scene::new().await;
    scene.sweep();
    let worker = scene.world.persona("case_worker");
    let path = format!("/v1/deadlines?child_id={}", scene.child);
    let page = worker.get(&path).await.ok();
    let all: Vec<_> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (it["rule"].as_str().unwrap(), it["due_on"].as_str().unwrap(), it["severity"].as_str())
        })
        .collect();
    let expected = [
        ("PL-30", "2026-11-01", Some("warning")),
        // It began in an emergency on a Sunday: five working days later.
        ("PL-14", "2026-11-06", Some("warning")),
        ("PL-29", "2026-11-08", Some("notice")),
        ("PL-28", "2026-11-22", Some("critical")),
        ("PL-27", "2026-12-01", None),
        ("LS-02", "2026-12-22", None),
        ("CT-03", "2027-01-30", None),
        ("RV-01", "2027-01-31", None),
        ("LS-03", "2027-05-22", None),
        ("PLN-02", "2030-05-01", None),
    ];
    assert_eq!(all, expected);
    for (query, found) in [
        ("before=2026-12-01", 4),
        ("before=2026-12-02", 5),
        ("rule=PL-27&rule=RV-01", 2),
        ("area=RS", 10),
        ("told=false", 6),
        ("told=true", 4),
    ] {
        let page = worker.get(&format!("{path}&{query}")).await.ok();
        assert_eq!(page["data"].as_array().unwrap().len(), found, "{query}");
    }
    worker.get("/v1/deadlines?before=1899-01-01").await.refused(400, "invalid_query");
}

#[actix_web::test]
async fn an_alert_is_raised_becomes_urgent_and_is_resolved_by_the_data_alone() {
    let mut scene = Scene::new().await;
    scene.sweep();
    assert!(scene.alerts("RV-01").await.is_empty());
    scene.pass(56);
    scene.sweep();
    let raised = scene.alerts("RV-01").await;
    assert_eq!(raised.len(), 1);
    assert_eq!(
        (
            &raised[0]["severity"],
            &raised[0]["state"],
            &raised[0]["raised_on"],
            &raised[0]["due_on"]
        ),
        (&json!("notice"), &json!("open"), &json!("2027-01-17"), &json!("2027-01-31"))
    );
    assert_eq!(raised[0]["organisation_id"], json!(scene.country.authority));
    let path = format!("/v1/alerts/{}", raised[0]["id"].as_str().unwrap());
    let worker = scene.world.persona("case_worker");
    let note = json!({"note": "The review is called for Friday."});
    let seen = worker.get(&path).await;
    let seen = worker.step(&format!("{path}/acknowledge"), seen.etag(), note.clone()).await;
    assert_eq!((&seen.ok()["state"], &seen.ok()["note"]), (&json!("acknowledged"), &note["note"]));
    worker
        .step(&format!("{path}/acknowledge"), seen.etag(), note)
        .await
        .refused(409, "state_conflict");
    // It is overdue: who has seen that it was due has not seen that.
    scene.pass(15);
    scene.sweep();
    let late = scene.alerts("RV-01").await;
    assert_eq!(late.len(), 1);
    assert_eq!((&late[0]["severity"], &late[0]["state"]), (&json!("warning"), &json!("open")));
    assert!(late[0].get("note").is_none() && late[0].get("acknowledged_at").is_none());
    scene.review("2027-02-01").await;
    scene.sweep();
    let ended = scene.alerts("RV-01").await;
    assert_eq!(
        (&ended[0]["state"], &ended[0]["ended_on"]),
        (&json!("resolved"), &json!("2027-02-01"))
    );
    assert_eq!(scene.deadline("RV-01").await["due_on"], "2027-08-01");
    let worker = scene.world.persona("case_worker");
    let history = worker.get(&format!("{path}/history")).await.ok();
    let events: Vec<_> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["resolved", "escalated", "acknowledged", "raised"]);
}

#[actix_web::test]
async fn a_sweep_that_has_nothing_to_do_does_nothing() {
    let mut scene = Scene::new().await;
    let first = scene.sweep();
    assert!(first.everybody && first.raised > 0 && first.deadlines > 0, "{first:?}");
    let before = changes(&scene.world);
    scene.rest();
    let second = scene.sweep();
    let expected = Swept { facilities: second.facilities, ..Swept::default() };
    assert_eq!(second, expected);
    let third = swept(&scene.world, Scope::Everybody);
    assert!(third.everybody && third.children == 1);
    assert_eq!(
        (third.raised, third.changed, third.resolved, third.expired, third.deadlines),
        (0, 0, 0, 0, 0)
    );
    assert_eq!(changes(&scene.world), before);
    // An alert that a sweep has raised is no reason to look again.
    scene.pass(56);
    let on_another_day = scene.sweep();
    assert!(on_another_day.everybody && on_another_day.raised > 0, "{on_another_day:?}");
    scene.world.clock.advance(chrono::Duration::minutes(1));
    assert_eq!(scene.sweep().children, 0);
}

/// How many alerts, deadlines and entries of the journal there are.
fn changes(world: &World) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let all = "SELECT (SELECT count(*) FROM journal) + (SELECT sum(hashtext(d::text))::bigint FROM deadlines d) AS count";
    let count: Count = sql_query(all).get_result(&mut world.database.owner()).unwrap();
    count.count
}

#[actix_web::test]
async fn a_sweep_of_the_same_day_looks_at_whose_records_changed() {
    let mut scene = Scene::new().await;
    let other = scene.country.child("male", "2015-01-01");
    let family = scene.country.family(2);
    scene.country.stay(with_family(other, family, "2026-11-01"), None);
    assert_eq!(scene.sweep().children, 2);
    scene.rest();
    scene.review("2026-11-20").await;
    let again = scene.sweep();
    assert!(!again.everybody, "{again:?}");
    assert_eq!((again.children, again.deadlines), (1, 1), "{again:?}");
    assert_eq!(scene.deadline("RV-01").await["due_on"], "2027-05-20");
}

#[actix_web::test]
async fn whoever_goes_by_other_rules_looks_at_everybody() {
    let scene = Scene::new().await;
    scene.sweep();
    let authority = scene.world.persona("national_authority");
    let version =
        json!({"value": "60", "valid_from": "2026-11-22", "source": "A law of this test"});
    authority.post("/v1/parameters/care_plan_days/versions", version).await.ok();
    scene.world.clock.advance(chrono::Duration::minutes(5));
    let again = scene.sweep();
    assert!(again.everybody, "{again:?}");
    assert_eq!(scene.deadline("PL-27").await["due_on"], "2026-12-31");
}

#[actix_web::test]
async fn a_sweep_leaves_another_one_alone() {
    let scene = Scene::new().await;
    let mut other = scene.world.database.service();
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(7739838876766003556)").unwrap();
    let mut conn = scene.world.database.service();
    let now = scene.world.clock.now();
    assert!(sweep(&mut conn, now, Scope::Needed, &|_| {}).unwrap().is_none());
    other.batch_execute("COMMIT").unwrap();
    assert!(sweep(&mut conn, now, Scope::Needed, &|_| {}).unwrap().is_some());
}

/// Opens transactions until another sweep begins one first.
struct Overtaken {
    conn: PgConnection,
    left: usize,
    other: PgConnection,
}

impl Transactions for Overtaken {
    fn change<T>(
        &mut self,
        now: DateTime<Utc>,
        work: impl Fn(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        if self.left == 0 {
            self.other
                .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(7739838876766003556)")
                .unwrap();
        }
        self.left = self.left.wrapping_sub(1);
        self.conn.change(now, work)
    }
}

#[actix_web::test]
async fn a_sweep_that_is_overtaken_leaves_the_rest_to_the_other_one() {
    let mut scene = Scene::new().await;
    scene.country.facility(json!({"total": 4}));
    let now = scene.world.clock.now();
    // Possible duplicates, what it is to look at, the children, the families, and the facilities.
    for left in 0..6 {
        let (conn, other) = (scene.world.database.service(), scene.world.database.service());
        let mut worker = Overtaken { conn, left, other };
        let swept = sweep(&mut worker, now, Scope::Everybody, &|_| {}).unwrap();
        assert_eq!(swept.is_some(), left == 5, "{left}");
        drop(worker);
        // What it had done by then stays, and it has begun nothing more.
        let done = ["child_id", "carer_family_id", "facility_id"]
            .map(|of| !scene.clocks(&format!("{of} IS NOT NULL")).is_empty());
        assert_eq!(done, [left > 2, left > 3, left > 4], "{left}");
    }
}

#[actix_web::test]
async fn the_clock_of_a_young_child_tells_each_week_and_is_critical_after_the_limit() {
    let mut scene = Scene::new().await;
    let infant = scene.country.child("female", "2025-06-01");
    let home = scene.country.facility(json!({"total": 4}));
    let mut new = in_facility(infant, home, "2026-11-22");
    new["expected_end_on"] = json!("2027-05-22");
    new["exception"] = crate::rules::exception("under3_planned", "2026-11-22");
    scene.country.stay(new, None);
    scene.child = infant;
    scene.pass(119);
    scene.sweep();
    assert!(scene.alerts("PL-18").await.is_empty());
    assert_eq!(scene.deadline("PL-18").await["due_on"], "2027-05-22");
    scene.pass(1);
    scene.sweep();
    let told = |alerts: Vec<serde_json::Value>| -> Vec<(String, String, String)> {
        let text = |it: &serde_json::Value, name: &str| it[name].as_str().unwrap().to_owned();
        alerts
            .iter()
            .map(|it| (text(it, "due_on"), text(it, "severity"), text(it, "state")))
            .collect()
    };
    let row = |due: &str, severity: &str, state: &str| {
        (due.to_owned(), severity.to_owned(), state.to_owned())
    };
    assert_eq!(told(scene.alerts("PL-18").await), [row("2027-03-22", "warning", "open")]);
    scene.pass(7);
    scene.sweep();
    let weekly = [row("2027-03-22", "warning", "expired"), row("2027-03-29", "warning", "open")];
    assert_eq!(told(scene.alerts("PL-18").await), weekly);
    scene.pass(55);
    scene.sweep();
    let last = told(scene.alerts("PL-18").await).pop().unwrap();
    assert_eq!(last, row("2027-05-23", "critical", "open"));
}

#[actix_web::test]
async fn an_alert_that_is_due_again_is_raised_again() {
    let mut scene = Scene::new().await;
    scene.sweep();
    let raised = scene.alerts("PL-30").await[0].clone();
    assert_eq!(raised["state"], "open");
    let worker = scene.world.persona("case_worker");
    let alert = format!("/v1/alerts/{}", raised["id"].as_str().unwrap());
    let seen = worker.get(&alert).await;
    let note = json!({"note": "The court decides on Monday."});
    worker.step(&format!("{alert}/acknowledge"), seen.etag(), note).await.ok();
    let path = format!("/v1/children/{}/legal-statuses", scene.child);
    let status =
        json!({"axis": "care_authority", "status": "full_care_order", "valid_from": "2026-11-01"});
    let status = worker.post(&path, status).await;
    scene.world.clock.advance(chrono::Duration::minutes(5));
    scene.sweep();
    assert_eq!(scene.alerts("PL-30").await[0]["state"], "resolved");
    let mut conn = scene.world.database.owner();
    let id = status.ok()["id"].as_str().unwrap().to_owned();
    conn.batch_execute(&format!("DELETE FROM legal_statuses WHERE id = '{id}'")).unwrap();
    scene.pass(1);
    scene.sweep();
    let again = scene.alerts("PL-30").await;
    assert_eq!(again.len(), 1);
    assert_eq!(
        (&again[0]["state"], &again[0]["raised_on"]),
        (&json!("open"), &json!("2026-11-23"))
    );
    // Who saw the first one has not seen this one.
    assert!(again[0].get("note").is_none() && again[0].get("acknowledged_at").is_none());
}

#[actix_web::test]
async fn alerts_about_homes_go_to_whoever_runs_them() {
    let mut scene = Scene::new().await;
    let home = scene.country.facility(json!({"total": 4}));
    scene.sweep();
    let authority = scene.world.persona("national_authority");
    let alerts = authority.get("/v1/alerts?rule=CF-03&rule=FA-03&sort=due_on").await.ok();
    let about: Vec<_> = alerts["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["rule"].as_str().unwrap(),
                it["subject_kind"].as_str().unwrap(),
                it["due_on"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("FA-03", "inspection", "2021-01-01"),
        ("FA-03", "unannounced_visit", "2022-01-01"),
        ("CF-03", "carer_review", "2025-01-01"),
        ("CF-03", "carer_approval", "2027-01-01"),
    ];
    assert_eq!(about, expected);
    let inspection = json!({"kind": "unannounced", "inspected_on": "2026-11-20", "body": "Inspectorate", "children_spoken_to": 3, "findings": "None."});
    authority.post(&format!("/v1/facilities/{home}/inspections"), inspection).await.ok();
    scene.sweep();
    let left = authority.get("/v1/alerts?rule=FA-03&state=open").await.ok();
    assert_eq!(left["data"], json!([]));
}

#[actix_web::test]
async fn only_a_gatekeeping_assessment_follows_an_emergency() {
    let scene = Scene::new().await;
    let authority = scene.world.persona("national_authority");
    let commission = json!({"kind": "authority", "name": "Commission", "area_code": "RS", "valid_from": "2001-01-01"});
    let commission = authority.post("/v1/organisations", commission).await.ok()["id"].clone();
    for (kind, left) in [("initial", 1), ("gatekeeping", 0)] {
        let mut completion = crate::assessments::completion();
        completion["valid_until"] = json!("2027-03-01");
        let past = json!({
            "request": {"kind": kind, "requested_on": "2026-02-20", "reason": "Nobody is at home."},
            "start": {"started_on": "2026-02-23", "team": [
                {"name": "Miroslava", "profession": "psychologist", "organisation_id": scene.country.authority, "lead": true}]},
            "completion": completion,
            "submission": {"submitted_on": "2026-03-03"},
            "decision": {"outcome": "approved", "decided_on": "2026-03-09", "decided_by": commission,
                "body": "gatekeeping_commission", "reference_no": "56-114/2026", "legal_basis": "Family Act, art. 113"},
        });
        let path = format!("/v1/children/{}/past-assessments", scene.child);
        let made = authority.post(&path, past).await.ok();
        assert_eq!((&made["state"], &made["kind"]), (&json!("decided"), &json!(kind)));
        scene.sweep();
        let due = format!("/v1/deadlines?child_id={}&rule=PL-14", scene.child);
        let page = authority.get(&due).await.ok();
        assert_eq!(page["data"].as_array().unwrap().len(), left, "{kind}");
    }
}
