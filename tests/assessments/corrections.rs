//! Assessments that were entered in error: they count for nothing, and whoever came into care on one is told of.
use kinstead::{
    assessments::store,
    deadlines::store::{Scope, sweep},
    platform::clock::Clock as _,
};
use serde_json::{Value, json};

use super::{Scene, completion};
use crate::support::{Reply, day, start};

fn wrong() -> Value {
    json!({"reason": "It was made of her brother."})
}

impl Scene {
    async fn approved(&self) -> Reply {
        self.decide(&self.submitted().await, self.decision("approved")).await
    }

    /// What is told of the child by PL-14, once everything was worked out.
    async fn told(&self) -> Vec<Value> {
        let mut conn = self.world.database.service();
        sweep(&mut conn, self.world.clock.now(), Scope::Needed, &|_| {}).unwrap();
        let path = format!("/v1/deadlines?rule=PL-14&child_id={}", self.child);
        let told = self.world.persona("case_worker").get(&path).await.ok();
        told["data"].as_array().unwrap().clone()
    }
}

#[actix_web::test]
async fn an_assessment_that_never_was_is_taken_back_from_every_state() {
    let scene = Scene::new().await;
    let requested = scene.request("gatekeeping").await;
    let begun = scene.in_progress("gatekeeping").await;
    let completed = scene.complete(&scene.in_progress("gatekeeping").await, completion()).await;
    let submitted = scene.submitted().await;
    let why = json!({"reason": "The father was not heard."});
    let returned = scene.step("supervisor", &scene.submitted().await, "return", why.clone()).await;
    let cancelled =
        scene.step("case_worker", &scene.request("initial").await, "cancel", why.clone()).await;
    let decided = scene.approved().await;
    for made in [&requested, &begun, &completed, &submitted, &returned, &cancelled, &decided] {
        let id = &made.ok()["id"];
        scene.step("case_worker", made, "annul", wrong()).await.refused(403, "forbidden");
        let annulled = scene.step("supervisor", made, "annul", wrong()).await;
        assert_eq!(
            (&annulled.ok()["state"], &annulled.ok()["state_reason"]),
            (&json!("entered_in_error"), &wrong()["reason"]),
            "{id}"
        );
        // What was decided stays with it.
        assert_eq!(annulled.ok().get("outcome"), made.ok().get("outcome"));
        scene.step("supervisor", made, "annul", wrong()).await.refused(412, "stale");
        for step in ["annul", "cancel", "return"] {
            let again = scene.step("supervisor", &annulled, step, wrong()).await;
            again.refused(409, "state_conflict");
        }
    }
}

#[actix_web::test]
async fn who_came_into_care_on_one_that_was_taken_back_is_told_of_until_there_is_another() {
    let mut scene = Scene::new().await;
    let family = scene.country.family(1);
    let decided = scene.approved().await;
    let home = json!({"kind": "carer_family", "carer_family_id": family});
    let mut new = start(scene.child, "kinship_formal", home, "2026-03-10");
    new["care_entry"]["emergency"] = json!(false);
    let worker = scene.world.persona("case_worker");
    let placed = worker.post("/v1/placements", new.clone()).await.ok();
    assert_eq!(scene.told().await, Vec::<Value>::new());

    scene.step("supervisor", &decided, "annul", wrong()).await.ok();
    let conn = &mut scene.world.database.owner();
    assert!(store::gatekeeping_on(conn, scene.child, day("2026-03-10")).unwrap().is_none());
    // The child does live there: what is missing is told, and nothing is undone.
    let path = format!("/v1/placements/{}", placed["id"].as_str().unwrap());
    assert_eq!(worker.get(&path).await.ok()["state"], "active");
    let told = scene.told().await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0]["subject_kind"], &told[0]["subject_id"]),
        (&json!("care_period"), &placed["care_period_id"])
    );

    scene.approved().await.ok();
    assert_eq!(scene.told().await, Vec::<Value>::new());
}
