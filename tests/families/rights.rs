//! Who may know of a family, and who is told of its children.
use serde_json::json;

use super::Home;
use crate::trust::{add_elsewhere, elsewhere};

#[actix_web::test]
async fn who_is_responsible_and_those_above_know_of_a_family_and_nobody_else() {
    let home = Home::new().await;
    add_elsewhere(&home.world);
    let family = home.family().await;
    let path = family.header("location").to_owned();
    for role in
        ["case_worker", "supervisor", "regional_authority", "national_authority", "sync_client"]
    {
        home.world.persona(role).get(&path).await.ok();
    }
    home.world.persona(&elsewhere("national_authority")).get(&path).await.ok();
    for role in ["case_worker", "supervisor", "regional_authority", "sync_client"] {
        let stranger = home.world.persona(&elsewhere(role));
        stranger.get(&path).await.refused(404, "not_found");
        stranger.get(&format!("{path}/history")).await.refused(404, "not_found");
        assert_eq!(stranger.get("/v1/families").await.ok()["data"], json!([]));
    }
    for role in
        ["facility_officer", "carer_support_officer", "inspector", "statistician", "ngo", "auditor"]
    {
        home.world.persona(role).get(&path).await.refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn nobody_puts_a_child_into_a_family_of_whom_they_may_not_know() {
    let home = Home::new().await;
    add_elsewhere(&home.world);
    let stranger = home.world.persona(&elsewhere("case_worker"));
    let mut new = home.new_family();
    new["area_code"] = json!("RS-99");
    let foreign = stranger.post("/v1/families", new.clone()).await.refused(422, "invalid");
    new["members"][1]["child_id"] = json!("5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90");
    let absent = stranger.post("/v1/families", new).await.refused(422, "invalid");
    assert_eq!(foreign["errors"], absent["errors"]);
}

#[actix_web::test]
async fn a_family_that_names_a_child_who_went_elsewhere_is_still_known() {
    let home = Home::new().await;
    add_elsewhere(&home.world);
    let family = home.family().await;
    let path = family.header("location").to_owned();
    let asked = home.world.actor(&elsewhere("supervisor")).organisation;
    let offer =
        json!({"kind": "transfer", "to_organisation_id": asked, "reason": "The aunt lives there."});
    let offers = format!("/v1/children/{}/transfers", home.child);
    let offer = home.world.persona("case_worker").post(&offers, offer).await;
    let accept = format!("{}/accept", offer.header("location"));
    let theirs = home.world.persona(&elsewhere("supervisor"));
    theirs.step(&accept, offer.etag(), json!({})).await.ok();
    home.world.clock.advance(chrono::Duration::days(31));
    let worker = home.world.persona("case_worker");
    worker.get(&format!("/v1/children/{}", home.child)).await.refused(404, "not_found");
    let read = worker.get(&path).await;
    assert_eq!(read.ok()["members"][1]["child_id"], json!(home.child));
    // Its other members can be changed, and it still belongs to the family.
    let members = read.ok()["members"].clone();
    let mut changed = members.clone();
    changed[0]["whereabouts_known"] = json!(false);
    worker.patch(&path, read.etag(), json!({"members": changed})).await.ok();
    home.world.persona(&elsewhere("supervisor")).get(&path).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_family_may_ask_who_saw_its_record() {
    let home = Home::new().await;
    let family = home.family().await;
    let path = family.header("location").to_owned();
    home.world.persona("case_worker").get(&path).await.ok();
    home.world.parts.keeper.gather_and_sign().unwrap();
    let officer = home.world.persona("data_protection_officer");
    let looks = officer.get(&format!("{path}/access-log")).await.ok();
    let outcomes: Vec<_> =
        looks["data"].as_array().unwrap().iter().map(|it| it["look"]["outcome"].clone()).collect();
    assert_eq!(outcomes, ["changed", "released"]);
    officer.get(&format!("{path}/access-log/extract")).await.ok();
    // The child is told of the look as well: its id stood in the answer.
    let child = format!("/v1/children/{}/access-log", home.child);
    assert_eq!(officer.get(&child).await.ok()["data"].as_array().unwrap().len(), 2);
    let put_off = json!({"number": 2, "ground": "court_order", "until": "2027-01-01"});
    let put_off = officer.post(&format!("{path}/access-log/defer"), put_off).await.ok();
    assert_eq!(put_off["family_id"], family.ok()["id"]);
}
