//! Limits that national law sets, where they bind.
use serde_json::{Value, json};

use crate::support::{AREA, Country, World};

/// The change by which a parameter is another from today on.
fn from_today(value: &str) -> Value {
    json!({"value": value, "valid_from": "2026-11-22", "source": "A law of this test"})
}

#[actix_web::test]
async fn nobody_is_approved_to_foster_more_children_than_the_law_allows() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let family = country.family(3);
    let (asking, path) =
        (world.persona("national_authority"), format!("/v1/carer-families/{family}"));
    let approval = |purposes: Value, most: i32| {
        json!({
            "decided_by": country.authority, "decision_no": "2/2026", "decided_on": "2026-11-22",
            "assessed_on": "2026-11-01", "valid_from": "2027-01-01", "valid_to": "2028-01-01",
            "max_children": most, "age_min": 0, "age_max": 17, "sex": "any",
            "siblings_allowed": true, "purposes": purposes,
        })
    };
    let approve = async |purposes: Value, most: i32| {
        let read = asking.get(&path).await;
        asking.step(&format!("{path}/approvals"), read.etag(), approval(purposes, most)).await
    };
    for purposes in [json!(["foster"]), json!(["kinship", "emergency"])] {
        let reply = approve(purposes, 4).await;
        let refused = reply.broke("PL-12");
        assert_eq!(refused["status"], 422);
        assert_eq!(refused["errors"][0]["pointer"], "/max_children");
        assert_eq!(refused["facts"], json!({"foster_max_children": 3, "max_children": 4}));
    }
    let versions = "/v1/parameters/foster_max_children/versions";
    asking.post(versions, from_today("2")).await.ok();
    let reply = approve(json!(["foster"]), 3).await;
    assert_eq!(reply.broke("PL-12")["facts"]["foster_max_children"], 2);
    // Relatives take in as many as there are.
    approve(json!(["kinship"]), 4).await.ok();
}

#[actix_web::test]
async fn ethnicity_is_not_written_down_where_the_law_does_not_want_it() {
    let world = World::new().await;
    drop(Country::of(&world));
    let asking = world.persona("national_authority");
    let child = |extra: Value| {
        let mut new = json!({
            "names": [{"use": "official", "given": "Zvezdana"}], "sex": "female",
            "birth_date": "2017-05-14", "area_code": AREA,
            "registration_basis": "without_parental_care",
        });
        new.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        new
    };
    let known = asking.post("/v1/children", child(json!({"ethnicity": "serb"}))).await;
    let path = known.header("location").to_owned();
    asking.post("/v1/parameters/ethnicity_recorded/versions", from_today("false")).await.ok();
    let reply = asking.post("/v1/children", child(json!({"ethnicity": "serb"}))).await;
    let fault = reply.refused(422, "invalid")["errors"][0].clone();
    assert_eq!((&fault["pointer"], &fault["code"]), (&json!("/ethnicity"), &json!("not_recorded")));
    asking.post("/v1/children", child(json!({}))).await.ok();
    // What was declared before stays, and may be taken away.
    let changed = asking.patch(&path, known.etag(), json!({"is_parent": true})).await;
    assert_eq!(changed.ok()["ethnicity"], "serb");
    let reason = json!({"ethnicity": null, "correction_reason": "It is no longer recorded."});
    let removed = asking.patch(&path, changed.etag(), reason).await;
    assert!(removed.ok().get("ethnicity").is_none());
}
