//! Cases between organisations, and who may know of them.
use serde_json::{Value, json};

use super::{Scene, taken_up, worker};
use crate::{
    support::{Reply, in_facility},
    trust::{add_elsewhere, elsewhere},
};

/// The child goes to the organisation elsewhere.
async fn transfer(scene: &Scene) -> Reply {
    let asked = scene.world.actor(&elsewhere("supervisor")).organisation;
    let offer =
        json!({"kind": "transfer", "to_organisation_id": asked, "reason": "The aunt lives there."});
    let offers = format!("/v1/children/{}/transfers", scene.child);
    let offer = scene.world.persona("case_worker").post(&offers, offer).await;
    let accept = format!("{}/accept", offer.header("location"));
    scene.world.persona(&elsewhere("supervisor")).step(&accept, offer.etag(), json!({})).await
}

async fn read(scene: &Scene, case: &Reply) -> Value {
    let path = format!("/v1/cases/{}", case.ok()["id"].as_str().unwrap());
    scene.world.persona("national_authority").get(&path).await.ok()
}

#[actix_web::test]
async fn the_open_case_of_a_child_goes_with_it() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let closed = scene.closed().await;
    let case = scene.open().await;
    let case = scene.through(case, &["register", "assess", "draft-plan"], "2026-03-04").await;
    transfer(&scene).await.ok();
    let moved = read(&scene, &case).await;
    let theirs = json!(scene.world.actor(&elsewhere("supervisor")).organisation);
    assert_eq!((&moved["state"], &moved["organisation_id"]), (&json!("transferred"), &theirs));
    assert_eq!(moved["managers"][0]["valid_to"], "2026-11-22");
    // What was closed stays where it was.
    assert_eq!(read(&scene, &closed).await["organisation_id"], json!(scene.country.authority));

    // The former organisation reads it for a while and changes nothing; the next one takes it up.
    let path = format!("/v1/cases/{}", moved["id"].as_str().unwrap());
    let own = scene.world.persona("case_worker");
    let tag = own.get(&path).await.etag().to_owned();
    let take_up = format!("{path}/take-up");
    own.step(&take_up, &tag, taken_up("2026-11-22")).await.refused(403, "out_of_reach");
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    let assess = json!({"on": "2026-11-22"});
    stranger.step(&format!("{path}/assess"), &tag, assess).await.refused(409, "state_conflict");
    let taken = stranger.step(&take_up, &tag, taken_up("2026-11-22")).await.ok();
    assert_eq!(taken["state"], "assessing");
    let manager = &taken["managers"][1];
    assert_eq!(
        (&manager["reason"], &manager["organisation_id"]),
        (&json!("transfer_process"), &theirs)
    );
    let history = stranger.get(&format!("{path}/history")).await.ok();
    let events: Vec<_> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    assert_eq!(events[..2], ["taken_up", "transferred"]);
}

#[actix_web::test]
async fn a_case_that_nobody_took_up_goes_on_with_its_child() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let case = scene.open().await;
    transfer(&scene).await.ok();
    let back = json!({"kind": "transfer", "to_organisation_id": scene.country.authority, "reason": "Back."});
    let offers = format!("/v1/children/{}/transfers", scene.child);
    let offer = scene.world.persona(&elsewhere("case_worker")).post(&offers, back).await;
    let accept = format!("{}/accept", offer.header("location"));
    scene.world.persona("supervisor").step(&accept, offer.etag(), json!({})).await.ok();
    let moved = read(&scene, &case).await;
    let own = json!(scene.country.authority);
    assert_eq!((&moved["state"], &moved["organisation_id"]), (&json!("transferred"), &own));
    assert_eq!(moved["version"], 3);
}

#[actix_web::test]
async fn a_child_without_an_open_case_is_transferred_too() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let closed = scene.closed().await;
    transfer(&scene).await.ok();
    assert_eq!(read(&scene, &closed).await["state"], "closed");
    // Whoever is responsible now reopens it as its own.
    let path = format!("/v1/cases/{}", closed.ok()["id"].as_str().unwrap());
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    let reopened =
        stranger.step(&format!("{path}/reopen"), closed.etag(), taken_up("2026-11-22")).await.ok();
    assert_eq!(
        reopened["organisation_id"],
        json!(scene.world.actor(&elsewhere("supervisor")).organisation)
    );
}

#[actix_web::test]
async fn who_knows_of_the_child_or_the_family_knows_of_the_case() {
    let mut scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let family = json!({"family_type": "other", "area_code": "RS-20", "risk_level": "low"});
    let worker_of = scene.world.persona("case_worker");
    let family = worker_of.post("/v1/families", family).await.ok()["id"].clone();
    let mut new = scene.new_case();
    new.as_object_mut().unwrap().remove("child_id");
    new["family_id"] = family;
    new["manager"] = worker("w-9");
    let of_family = worker_of.post("/v1/cases", new.clone()).await;
    let facility = scene.country.facility(json!({"total": 4}));
    let of_child = scene.open().await;
    let start = in_facility(scene.child, facility, "2026-03-05");
    scene.country.stay(start, None);
    for case in [&of_child, &of_family] {
        let path = format!("/v1/cases/{}", case.ok()["id"].as_str().unwrap());
        for role in
            ["case_worker", "supervisor", "regional_authority", "national_authority", "sync_client"]
        {
            scene.world.persona(role).get(&path).await.ok();
        }
        for role in ["case_worker", "supervisor", "regional_authority", "sync_client"] {
            let stranger = scene.world.persona(&elsewhere(role));
            stranger.get(&path).await.refused(404, "not_found");
            stranger.get(&format!("{path}/history")).await.refused(404, "not_found");
            assert_eq!(stranger.get("/v1/cases").await.ok()["data"], json!([]));
        }
        // Not even where the child lives.
        for role in ["facility_officer", "statistician", "ngo", "inspector", "auditor"] {
            scene.world.persona(role).get(&path).await.refused(403, "forbidden");
        }
    }
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    let foreign = stranger.post("/v1/cases", new).await.refused(422, "invalid");
    assert_eq!(foreign["errors"][0]["code"], "unknown_reference");
}
