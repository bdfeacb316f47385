//! What counts, and what does not: it was taken back, is not decided yet, is over, or is of another kind.
use chrono::Duration;
use diesel::{QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _, sql_query};
use kinstead::{
    carers,
    children::{self, NewLegalStatus},
    deadlines::store::Scope,
    platform::{clock::Clock as _, version::IfMatch},
};
use serde_json::json;

use super::{Scene, swept};
use crate::support::{body, move_to_family, with_family};

/// Text that nobody opens.
const SEALED: &str = "decode(repeat('01', 60), 'hex')";

impl Scene {
    /// Changes something behind the service's back, and looks at everybody.
    fn changed(&self, sql: &str) {
        let sql = sql
            .replace("SEALED", SEALED)
            .replace("CHILD", &format!("'{}'", self.child))
            .replace("PERIOD", &format!("'{}'", self.period))
            .replace("AUTHORITY", &format!("'{}'", self.country.authority));
        self.world
            .database
            .owner()
            .batch_execute(&sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        swept(&self.world, Scope::Everybody);
    }

    /// The days of all clocks of a rule and a kind of subject, whomever they are about.
    fn days(&self, rule: &str, kind: &str) -> Vec<String> {
        self.clocks(&format!("rule = '{rule}' AND subject_kind = '{kind}'"))
    }

    /// How many values are found that are not null.
    fn count(&self, values: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let all = format!("SELECT count(value) AS count FROM ({values}) AS found (value)");
        let count: Count = sql_query(all).get_result(&mut self.world.database.owner()).unwrap();
        count.count
    }

    /// The days of all clocks that are like this.
    pub fn clocks(&self, like: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Day {
            #[diesel(sql_type = diesel::sql_types::Text)]
            day: String,
        }
        let all = format!("SELECT due_on::text AS day FROM deadlines WHERE {like} ORDER BY 1");
        let days: Vec<Day> = sql_query(all).load(&mut self.world.database.owner()).unwrap();
        days.into_iter().map(|it| it.day).collect()
    }
}

/// After each change: of a rule and a kind of subject, these days.
pub type Step = (&'static str, &'static [(&'static str, &'static str, &'static [&'static str])]);

#[track_caller]
pub fn follow(scene: &Scene, steps: &[Step]) {
    for (sql, expected) in steps {
        scene.changed(sql);
        for (rule, kind, days) in *expected {
            assert_eq!(scene.days(rule, kind), *days, "{rule} after {sql}");
        }
    }
}

const OF_A_CHILD: &[Step] = &[
    ("INSERT INTO reviews (id, child_id, care_period_id, kind, state, due_on, version) VALUES (gen_random_uuid(), CHILD, PERIOD, 'placement', 'due', '2026-12-24', 1)",
     &[("RV-01", "care_period", &["2026-12-24"])]),
    ("UPDATE reviews SET state = 'cancelled', state_reason = SEALED", &[("RV-01", "care_period", &["2027-01-31"])]),
    ("UPDATE reviews SET state = 'held', state_reason = NULL, held_on = '2026-11-20', participation = 'attended_spoke', outcome = 'continue', minutes = SEALED, overdue_days = 0",
     &[("RV-01", "care_period", &["2027-05-20"]), ("RV-05", "review", &[])]),
    ("UPDATE reviews SET outcome = 'reintegrate'", &[("RV-05", "review", &["2026-12-20"])]),
    ("UPDATE reviews SET state = 'entered_in_error', state_reason = SEALED",
     &[("RV-01", "care_period", &["2027-01-31"]), ("RV-05", "review", &[])]),
    ("UPDATE reviews SET state = 'held', state_reason = NULL", &[("RV-05", "review", &["2026-12-20"])]),
    ("INSERT INTO care_plans (id, child_id, care_period_id, number, state, permanency_goal, target_date, drafted_on, review_due_on, content, version)
      VALUES (gen_random_uuid(), CHILD, PERIOD, 1, 'draft', 'return_6m', '2027-03-01', '2026-11-10', '2027-02-10', SEALED, 1)",
     &[("PL-27", "care_period", &["2026-12-01"])]),
    ("UPDATE care_plans SET state = 'active', approved_on = '2026-11-12', approved_by = AUTHORITY",
     &[("PL-27", "care_period", &[]), ("PLN-02", "child", &["2030-05-01"])]),
    ("UPDATE care_plans SET permanency_goal = 'supported_living'", &[("PLN-02", "child", &[])]),
    ("UPDATE care_plans SET state = 'revoked', ended_on = '2026-11-20', state_reason = SEALED",
     &[("PL-27", "care_period", &["2026-12-01"]), ("PLN-02", "child", &["2030-05-01"])]),
    // The youngest that it may be, and not younger than it can be.
    ("UPDATE children SET birth_date = '2026-07-01', birth_date_precision = 'year'", &[("PLN-02", "child", &["2040-11-22"])]),
    ("UPDATE children SET birth_date = '2016-07-01', birth_date_precision = 'year'", &[("PLN-02", "child", &["2030-12-31"])]),
    ("INSERT INTO assessments (id, child_id, kind, state, requested_on, request_reason, team, multidisciplinary, started_on, completed_on, findings, recommendation, separates, poverty_only, valid_until, submitted_on, outcome, decided_by, decided_on, decision, version)
      VALUES (gen_random_uuid(), CHILD, 'gatekeeping', 'decided', '2026-11-02', SEALED, SEALED, true, '2026-11-02', '2026-11-05', SEALED, 'foster', true, false, '2027-05-05', '2026-11-05', 'rejected', AUTHORITY, '2026-11-06', SEALED, 1)",
     &[("PL-14", "care_period", &["2026-11-06"])]),
    ("UPDATE assessments SET outcome = 'approved'", &[("PL-14", "care_period", &[]), ("PLN-02", "child", &["2030-12-31"])]),
    ("UPDATE assessments SET kind = 'leaving_care'", &[("PL-14", "care_period", &["2026-11-06"]), ("PLN-02", "child", &[])]),
    ("UPDATE assessments SET state = 'entered_in_error', state_reason = SEALED", &[("PLN-02", "child", &["2030-12-31"])]),
    // Care that began on an assessment that was taken back began without one; on another day, it did not.
    ("UPDATE care_periods SET emergency = false", &[("PL-14", "care_period", &[])]),
    ("UPDATE assessments SET kind = 'gatekeeping', requested_on = '2026-10-01', started_on = '2026-10-01', completed_on = '2026-10-01', submitted_on = '2026-10-01', decided_on = '2026-11-01'",
     &[("PL-14", "care_period", &["2026-11-06"])]),
    ("UPDATE assessments SET outcome = 'rejected'", &[("PL-14", "care_period", &[])]),
    ("UPDATE assessments SET outcome = 'modified', decided_on = '2026-11-02'", &[("PL-14", "care_period", &[])]),
    ("UPDATE assessments SET decided_on = '2026-10-02', valid_until = '2026-11-01'", &[("PL-14", "care_period", &[])]),
    ("UPDATE assessments SET valid_until = '2026-11-02'", &[("PL-14", "care_period", &["2026-11-06"])]),
    ("UPDATE assessments SET kind = 'leaving_care'; UPDATE care_periods SET emergency = true", &[("PL-14", "care_period", &["2026-11-06"])]),
    ("UPDATE placements SET planned_kind = 'emergency'", &[("PL-25", "placement", &["2026-12-01"])]),
    ("UPDATE placements SET planned_kind = 'long_term'", &[("PL-25", "placement", &[])]),
    ("UPDATE placements SET care_type = 'foster_emergency'", &[("PL-25", "placement", &["2026-12-01"])]),
    ("INSERT INTO placements (id, child_id, care_period_id, state, care_type, planned_kind, provider_kind, starts_on, started_on, opens_period, same_carer, legal_basis, flags, version)
      VALUES (gen_random_uuid(), CHILD, PERIOD, 'entered_in_error', 'foster_emergency', 'emergency', 'none', '2026-10-01', '2026-10-01', false, false, SEALED, '{}', 1)",
     &[("PL-25", "placement", &["2026-12-01"])]),
    ("INSERT INTO temporary_absences (id, placement_id, child_id, reason, started_on, version) SELECT gen_random_uuid(), id, child_id, 'other', '2026-11-10', 1 FROM placements WHERE state = 'active'",
     &[("PL-24", "absence", &["2026-11-17"])]),
    ("UPDATE temporary_absences SET ended_on = '2026-11-12'", &[("PL-24", "absence", &[])]),
    ("UPDATE children SET adopted_on = '2026-11-20' WHERE id = CHILD", &[("PL-25", "placement", &[]), ("RV-01", "care_period", &[])]),
    ("UPDATE children SET adopted_on = NULL WHERE id = CHILD", &[("PL-25", "placement", &["2026-12-01"])]),
    ("UPDATE children SET death_date = '2026-11-20' WHERE id = CHILD",
     &[("PL-25", "placement", &[]), ("PL-27", "care_period", &[]), ("RV-01", "care_period", &[]), ("RV-05", "review", &[])]),
];

#[actix_web::test]
async fn of_a_child_what_is_in_force() {
    follow(&Scene::new().await, OF_A_CHILD);
}

const OF_HOMES: &[Step] = &[
    // The child of the other family has left it.
    (
        "SELECT",
        &[
            ("CF-02", "carer_family", &["2027-01-31"]),
            ("CF-03", "carer_check", &[]),
            ("CF-04", "carer_family", &[]),
            ("FA-01", "facility", &[]),
        ],
    ),
    (
        "INSERT INTO carer_reviews (id, carer_family_id, reviewed_on, reviewed_by, outcome, version) SELECT gen_random_uuid(), id, '2026-03-10', AUTHORITY, 'suitable', 1 FROM carer_families LIMIT 1",
        &[("CF-03", "carer_review", &["2025-01-01", "2027-03-10"])],
    ),
    (
        "UPDATE carer_checks SET valid_until = '2026-12-10' WHERE kind = 'references'",
        &[("CF-03", "carer_check", &["2026-12-10", "2026-12-10"])],
    ),
    ("UPDATE carer_checks SET result = 'failed'", &[("CF-03", "carer_check", &[])]),
    (
        "UPDATE carer_families SET supported_by_centre = false",
        &[("CF-04", "carer_family", &["2024-01-01"])],
    ),
    ("UPDATE carer_families SET purposes = '{kinship}'", &[("CF-04", "carer_family", &[])]),
    (
        "UPDATE carer_approvals SET ended_on = '2026-11-20', end_reason = 'revoked'",
        &[
            ("CF-03", "carer_approval", &["2026-11-20", "2026-11-20"]),
            ("CF-02", "carer_family", &["2026-12-20"]),
        ],
    ),
    (
        "UPDATE carer_families SET state = 'suspended', state_since = '2026-11-18'",
        &[("CF-02", "carer_family", &["2026-12-18"]), ("CF-03", "carer_approval", &[])],
    ),
    ("UPDATE carer_families SET state = 'closed'", &[("CF-02", "carer_family", &[])]),
    (
        "INSERT INTO facility_inspections SELECT (jsonb_populate_record(NULL::facility_inspections, to_jsonb(i) || jsonb_build_object('id', gen_random_uuid(), 'kind', 'announced', 'inspected_on', '2026-11-20'))).* FROM facility_inspections i LIMIT 1",
        &[
            ("FA-03", "inspection", &["2027-11-20"]),
            ("FA-03", "unannounced_visit", &["2027-03-01"]),
        ],
    ),
    (
        "UPDATE facility_registrations SET revoked_on = '2026-11-20'",
        &[("FA-01", "facility", &["2026-11-20"])],
    ),
    (
        "UPDATE facilities SET state = 'closed', closed_on = '2026-11-21'",
        &[
            ("FA-01", "facility", &[]),
            ("FA-03", "inspection", &[]),
            ("FA-03", "unannounced_visit", &[]),
        ],
    ),
];

#[actix_web::test]
async fn of_homes_what_is_in_force() {
    let mut scene = Scene::new().await;
    let (other, family) = (scene.country.child("male", "2015-01-01"), scene.country.family(2));
    scene.country.stay(with_family(other, family, "2026-11-01"), Some("2026-11-20"));
    let home = scene.country.facility(json!({"total": 4}));
    let inspection = json!({"kind": "unannounced", "inspected_on": "2025-03-01", "body": "Inspectorate", "children_spoken_to": 3, "findings": "None."});
    let authority = scene.world.persona("national_authority");
    authority.post(&format!("/v1/facilities/{home}/inspections"), inspection).await.ok();
    follow(&scene, OF_HOMES);
}

#[actix_web::test]
async fn other_terms_in_the_same_home_are_no_move() {
    let mut scene = Scene::new().await;
    let (one, other) = (scene.country.family(2), scene.country.family(2));
    let child = scene.country.child("male", "2015-01-01");
    let worker = scene.world.persona("case_worker");
    let mut lives = worker.post("/v1/placements", with_family(child, one, "2026-11-02")).await;
    for (family, kind, on, told) in [
        (one, "medium", "2026-11-05", vec![]),
        (one, "permanent", "2026-11-08", vec![]),
        (other, "permanent", "2026-11-11", vec![]),
        (one, "permanent", "2026-11-15", vec!["2026-11-15"]),
        (one, "medium", "2026-11-18", vec!["2026-11-15"]),
    ] {
        let mut moved = move_to_family(family, on);
        moved["to"]["planned_kind"] = json!(kind);
        let path = format!("/v1/placements/{}/move", lives.ok()["id"].as_str().unwrap());
        lives = worker.step(&path, lives.etag(), moved).await;
        lives.ok();
        scene.changed("SELECT");
        assert_eq!(scene.days("PL-26", "child"), told, "from {on} on");
    }
}

#[actix_web::test]
async fn a_past_that_was_taken_over_was_not_recorded_late() {
    let mut scene = Scene::new().await;
    let (child, family) = (scene.country.child("male", "2015-01-01"), scene.country.family(2));
    let past = json!({
        "child_id": child,
        "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
        "placements": [{
            "starts_on": "2024-02-01", "care_type": "foster_long_term", "planned_kind": "long_term",
            "provider": {"kind": "carer_family", "carer_family_id": family}, "legal_basis": "Family Act, art. 113",
        }],
    });
    scene.world.persona("case_worker").post("/v1/care-periods", past).await.ok();
    scene.changed("SELECT");
    assert_eq!(scene.days("PL-27", "care_period").len(), 2);
    // Of the first child alone.
    assert_eq!(scene.days("PL-29", "care_period"), ["2026-11-08"]);
}

#[actix_web::test]
async fn a_short_measure_is_watched_outside_care_and_nothing_else_is() {
    let mut scene = Scene::new().await;
    let (other, family) = (scene.country.child("male", "2015-01-01"), scene.country.family(2));
    scene.country.stay(with_family(other, family, "2026-11-01"), Some("2026-11-20"));
    let path = format!("/v1/children/{other}/legal-statuses");
    let order =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-11-20"});
    scene.world.persona("case_worker").post(&path, order).await.ok();
    scene.changed("SELECT");
    assert_eq!(scene.days("PL-31", "legal_status"), ["2026-12-11"]);
    // Of the first child alone.
    assert_eq!(scene.days("PL-27", "care_period"), ["2026-12-01"]);
    scene.changed("UPDATE legal_statuses SET valid_to = '2026-11-22'");
    assert!(scene.days("PL-31", "legal_status").is_empty());
}

/// Of whom nothing is asked any more is looked at once more.
#[actix_web::test]
async fn what_was_due_or_told_ends_with_what_it_was_about() {
    const OPEN: &str = "alerts WHERE state IN ('open', 'acknowledged')";
    for (gone, kept) in [("alerts", "deadlines"), ("deadlines", OPEN)] {
        let scene = Scene::new().await;
        scene.changed("UPDATE carer_families SET supported_by_centre = false");
        let left = || {
            ["child_id", "carer_family_id"]
                .map(|of| scene.count(&format!("SELECT {of} FROM {kept}")))
        };
        assert!(left().iter().all(|left| *left > 0), "{kept}");
        scene.changed(&format!(
            "BEGIN; SET CONSTRAINTS ALL DEFERRED; UPDATE placements SET state = 'entered_in_error'; \
             UPDATE care_periods SET state = 'entered_in_error'; \
             UPDATE carer_families SET state = 'closed'; DELETE FROM {gone}; COMMIT"
        ));
        assert_eq!(left(), [0, 0], "{kept}");
    }
}

#[actix_web::test]
async fn what_is_told_for_some_days_only_expires() {
    let mut scene = Scene::new().await;
    scene.sweep();
    assert_eq!(scene.alerts("PL-29").await[0]["state"], "open");
    // It was recorded on 22 November: told for thirty days.
    scene.pass(29);
    scene.sweep();
    assert_eq!(scene.alerts("PL-29").await[0]["state"], "open");
    scene.pass(1);
    scene.sweep();
    assert_eq!(scene.alerts("PL-29").await[0]["state"], "expired");
    assert!(scene.days("PL-29", "care_period").is_empty());
}

#[actix_web::test]
async fn what_was_committed_late_is_seen_and_so_is_a_family() {
    let mut scene = Scene::new().await;
    let family = scene.country.family(2);
    scene.sweep();
    scene.rest();
    scene.sweep();
    // Whoever wrote it had begun a minute before the sweep, and committed after it.
    scene.country.now = scene.world.clock.now() - Duration::minutes(1);
    let new: NewLegalStatus = body(json!(
        {"axis": "care_authority", "status": "full_care_order", "valid_from": "2026-11-01"}
    ));
    let child = scene.child;
    scene.country.change(|tx| children::store::set_status(tx, child, new.clone())).unwrap();
    assert_eq!(scene.sweep().children, 1);
    assert!(scene.days("PL-30", "care_period").is_empty());
    assert_eq!(scene.days("CF-03", "carer_approval").len(), 2);
    let known = carers::store::find(&mut scene.country.conn, family).unwrap();
    let request = json!({"on": "2026-11-22", "reason": "An allegation is looked into."});
    let suspended = scene.country.change(|tx| {
        let seen = IfMatch::of(&known);
        carers::store::take(tx, family, &seen, body(json!("suspend")), &body(request.clone()))
    });
    suspended.unwrap();
    assert_eq!(scene.sweep().carer_families, 1);
    assert_eq!(scene.days("CF-03", "carer_approval").len(), 1);
}

#[actix_web::test]
async fn an_alert_goes_to_whoever_is_in_charge_now() {
    let scene = Scene::new().await;
    scene.sweep();
    let worker_of = |alerts: Vec<serde_json::Value>| alerts[0]["worker_id"].clone();
    assert!(worker_of(scene.alerts("PL-30").await).is_null());
    let case = json!({
        "child_id": scene.child, "opened_on": "2026-11-01", "referral_source": "school", "referral_on": "2026-10-30",
        "primary_need": "family_acute_stress", "manager": {"name": "Milica Vetrić", "worker_id": "worker-4711"},
    });
    scene.world.persona("case_worker").post("/v1/cases", case).await.ok();
    scene.world.clock.advance(Duration::minutes(5));
    scene.sweep();
    assert_eq!(worker_of(scene.alerts("PL-30").await), "worker-4711");
    // Whoever was in charge before is not told.
    scene.changed("UPDATE case_managers SET valid_from = '2026-11-10', place = 1; \
                   INSERT INTO case_managers (case_id, place, organisation_id, name, worker_id, reason, valid_from, valid_to) \
                   SELECT case_id, 0, organisation_id, name, 'worker-1', reason, '2026-11-01', '2026-11-10' FROM case_managers");
    assert_eq!(worker_of(scene.alerts("PL-30").await), "worker-4711");
    scene.changed("BEGIN; UPDATE cases SET state = 'closed', closed_on = '2026-11-22', closure_reason = 'services_ceased'; \
                   UPDATE case_managers SET valid_to = '2026-11-22' WHERE valid_to IS NULL; COMMIT");
    assert!(worker_of(scene.alerts("PL-30").await).is_null());
}
