//! CF-05: nobody comes to a family while an allegation against it is open.
use serde_json::{Value, json};

use super::Scene;
use crate::support::{Reply, move_to_family, with_family};

impl Scene {
    /// What the family has to offer on a day.
    async fn availability(&self, on: &str) -> (Value, Value) {
        let path = format!("/v1/carer-families/{}/availability?as_of={on}", self.family);
        let said = self.world.persona("case_worker").get(&path).await.ok();
        (said["availability"].clone(), said["places_free"].clone())
    }

    /// How many families with room are found.
    async fn with_room(&self) -> usize {
        let path = "/v1/carer-families?places_min=1";
        let found = self.world.persona("case_worker").get(path).await.ok();
        found["data"].as_array().unwrap().len()
    }

    async fn alleged(&self, kind: &str, on: &str) -> Reply {
        let reported = self.report(kind, on).await;
        self.step(&reported, "investigate", json!({"started_on": on})).await
    }

    async fn turn(&self, body: Value) {
        let nation = self.world.persona("national_authority");
        nation.post("/v1/rules/CF-05/versions", body).await.ok();
    }
}

#[actix_web::test]
async fn nobody_comes_to_a_family_while_an_allegation_against_it_is_open() {
    let mut scene = Scene::new().await;
    let (one, other) = (scene.another_child(), scene.another_child());
    let alleged = scene.alleged("abuse_allegation", "2026-10-01").await;
    let closed =
        json!({"closed_on": "2026-11-20", "outcome": "unfounded", "conclusion": "Nothing was."});
    let (worker, region) =
        (scene.world.persona("case_worker"), scene.world.persona("regional_authority"));
    let mut new = with_family(one, scene.family, "2026-11-19");
    let refused = worker.post("/v1/placements", new.clone()).await.broke("CF-05");
    assert_eq!(
        (&refused["status"], &refused["facts"]["allegation_open"]),
        (&json!(409), &json!(true))
    );
    worker
        .post("/v1/placements", with_family(one, scene.family, "2026-10-01"))
        .await
        .broke("CF-05");
    let held_back = (json!("on_hold"), json!(0));
    assert_eq!(scene.availability("2026-09-30").await, (json!("available"), json!(2)));
    assert_eq!(scene.availability("2026-10-01").await, held_back);
    assert_eq!(scene.with_room().await, 0);
    let tried = worker.post("/v1/placements:evaluate", new.clone()).await.ok();
    assert_eq!((&tried["possible"], &tried["family_options"]), (&json!(false), &json!([])));

    // Whoever lives there already does not come: only what is agreed about the stay changes.
    let lives = scene.lives().await;
    let mut on = move_to_family(scene.family, "2026-11-19");
    (on["to"]["planned_kind"], on["to"]["expected_end_on"]) =
        (json!("short_term"), json!("2027-03-01"));
    let path = format!("/v1/placements/{}/move", lives.ok()["id"].as_str().unwrap());
    worker.step(&path, lives.etag(), on).await.ok();

    new["overrides"] = json!([{
        "rule": "CF-05", "authorised_by": "Head of the region", "authorised_on": "2026-11-18",
        "justification": "It was said of a guest who has gone; her aunt is with her at every hour.",
    }]);
    let wrong = worker.post("/v1/placements", new.clone()).await.refused(422, "invalid");
    assert_eq!(wrong["errors"][0]["code"], "override_by_wrong_role");
    let came = region.post("/v1/placements", new).await.ok();
    // Of those who live there the one who came is named, and not the one who stayed.
    let nation = scene.world.persona("national_authority");
    let preview = nation.post("/v1/rules/CF-05/versions:preview", json!({})).await.ok();
    assert_eq!((&preview["judged"], &preview["broken"]), (&json!(2), &json!(1)));
    assert_eq!(preview["breaches"][0]["placement_id"], came["id"]);

    scene.step(&alleged, "close", closed).await.ok();
    assert_eq!(scene.availability("2026-11-19").await, held_back);
    assert_eq!(scene.availability("2026-11-20").await, (json!("available"), json!(1)));
    worker
        .post("/v1/placements", with_family(other, scene.family, "2026-11-19"))
        .await
        .broke("CF-05");
    worker.post("/v1/placements", with_family(other, scene.family, "2026-11-20")).await.ok();
}

#[actix_web::test]
async fn what_is_no_allegation_or_was_an_error_keeps_nobody_away() {
    let mut scene = Scene::new().await;
    let child = scene.another_child();
    for kind in ["self_harm", "missing", "peer_violence"] {
        scene.report(kind, "2026-10-01").await.ok();
    }
    let wrong = scene.report("neglect", "2026-10-01").await;
    assert_eq!(scene.with_room().await, 0);
    scene.step(&wrong, "annul", super::why()).await.ok();
    assert_eq!(scene.with_room().await, 1);
    // While the child lived in the facility.
    scene.report("neglect", "2026-05-01").await.ok();
    let worker = scene.world.persona("case_worker");
    worker.post("/v1/placements", with_family(child, scene.family, "2026-11-20")).await.ok();
}

#[actix_web::test]
async fn the_rule_keeps_nobody_away_where_it_is_not_in_force() {
    let mut scene = Scene::new().await;
    let child = scene.another_child();
    scene.report("neglect", "2026-10-01").await.ok();
    scene.turn(json!({
        "class": "alert", "in_force": true, "source": "Official Gazette 12/2026", "valid_from": "2026-11-22",
    })).await;
    assert_eq!(scene.availability("2026-11-21").await.0, "on_hold");
    assert_eq!(scene.availability("2026-11-22").await.0, "available");
    assert_eq!(scene.with_room().await, 1);
    let worker = scene.world.persona("case_worker");
    worker
        .post("/v1/placements", with_family(child, scene.family, "2026-11-21"))
        .await
        .broke("CF-05");
    worker.post("/v1/placements", with_family(child, scene.family, "2026-11-22")).await.ok();
}
