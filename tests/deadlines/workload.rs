//! WK-02: a worker has more cases than the norm; who is told, and until when.
use diesel::connection::SimpleConnection as _;
use kinstead::deadlines::store::Scope;
use serde_json::{Value, json};

use super::{Scene, swept};
use crate::trust::{add_elsewhere, elsewhere};

impl Scene {
    /// The norm from today on.
    async fn norm(&self, most: u32) {
        let authority = self.world.persona("national_authority");
        let version = json!({"value": most.to_string(), "valid_from": "2026-11-22", "source": "A law of this test"});
        authority.post("/v1/parameters/caseload_norm/versions", version).await.ok();
    }

    /// A case of a child of its own, with this worker in charge of it since that day.
    async fn case(&mut self, worker: &str, since: &str) {
        let child = self.country.child("male", "2015-01-01");
        let case = json!({
            "child_id": child, "opened_on": since, "referral_source": "school", "referral_on": since,
            "primary_need": "family_acute_stress", "manager": {"name": "Milica Vetrić", "worker_id": worker},
        });
        self.world.persona("case_worker").post("/v1/cases", case).await.ok();
    }

    async fn caseloads(&self) -> Vec<Value> {
        let page = self.world.persona("supervisor").get("/v1/alerts?rule=WK-02").await.ok();
        page["data"].as_array().unwrap().clone()
    }
}

#[actix_web::test]
async fn a_worker_with_too_many_cases_is_told_of_until_there_are_fewer() {
    let mut scene = Scene::new().await;
    scene.norm(2).await;
    for (worker, since) in [
        ("worker-1", "2026-11-02"),
        ("worker-1", "2026-11-09"),
        ("worker-2", "2026-11-09"),
        ("worker-2", "2026-11-09"),
    ] {
        scene.case(worker, since).await;
    }
    swept(&scene.world, Scope::Needed);
    assert_eq!(scene.caseloads().await, Vec::<Value>::new());
    scene.case("worker-1", "2026-11-16").await;
    swept(&scene.world, Scope::Needed);
    let told = scene.caseloads().await;
    assert_eq!(told.len(), 1);
    let of = |name: &str| told[0][name].clone();
    assert_eq!(
        (of("subject_kind"), of("worker_id"), of("due_on"), of("severity"), of("organisation_id")),
        (
            json!("case_manager"),
            json!("worker-1"),
            json!("2026-11-16"),
            json!("warning"),
            json!(scene.country.authority)
        )
    );
    assert!(
        ["child_id", "carer_family_id", "facility_id"].iter().all(|it| told[0].get(*it).is_none())
    );
    assert_eq!(swept(&scene.world, Scope::Everybody).changed, 0);
    // The case of another child is another worker's from then on.
    let end = "BEGIN; SET CONSTRAINTS ALL DEFERRED; \
        UPDATE cases SET state = 'closed', closed_on = '2026-11-22', closure_reason = 'services_ceased' WHERE opened_on = '2026-11-02'; \
        UPDATE case_managers SET valid_to = '2026-11-22' WHERE valid_from = '2026-11-02'; COMMIT";
    scene.world.database.owner().batch_execute(end).unwrap();
    swept(&scene.world, Scope::Needed);
    assert_eq!(scene.caseloads().await[0]["state"], "resolved");
    assert!(scene.clocks("rule = 'WK-02'").is_empty());
}

#[actix_web::test]
async fn the_same_id_elsewhere_is_somebody_else_and_nobody_is_told_elsewhere() {
    let mut scene = Scene::new().await;
    add_elsewhere(&scene.world);
    scene.norm(1).await;
    scene.case("worker-1", "2026-11-02").await;
    scene.case("worker-1", "2026-11-09").await;
    let other = json!({"kind": "centre_for_social_work", "name": "Centre", "area_code": "RS", "valid_from": "2001-01-01"});
    let other = scene.world.persona("national_authority").post("/v1/organisations", other).await;
    let other = other.ok()["id"].as_str().unwrap().to_owned();
    let of_other = format!(
        "UPDATE case_managers SET organisation_id = '{other}' WHERE valid_from = '2026-11-02'"
    );
    scene.sweep();
    assert_eq!(scene.caseloads().await.len(), 1);
    let alert = scene.caseloads().await[0].clone();
    let path = format!("/v1/alerts/{}", alert["id"].as_str().unwrap());
    for role in ["case_worker", "supervisor", "regional_authority"] {
        let foreign = scene.world.persona(&elsewhere(role));
        for part in ["", "/history", "?known_at=2026-11-22T12:00:00Z"] {
            foreign.get(&format!("{path}{part}")).await.refused(404, "not_found");
        }
        assert_eq!(foreign.get("/v1/alerts?rule=WK-02").await.ok()["data"], json!([]), "{role}");
        assert_eq!(foreign.get("/v1/deadlines?rule=WK-02").await.ok()["data"], json!([]), "{role}");
    }
    scene.world.persona("carer_support_officer").get(&path).await.refused(404, "not_found");
    let own = scene.world.persona("supervisor");
    let seen = own.get(&path).await;
    let note = json!({"note": "Another worker begins in December."});
    let done = own.step(&format!("{path}/acknowledge"), seen.etag(), note).await.ok();
    assert_eq!(done["state"], "acknowledged");
    scene.world.database.owner().batch_execute(&of_other).unwrap();
    swept(&scene.world, Scope::Everybody);
    assert_eq!(scene.caseloads().await[0]["state"], "resolved");
}
