//! What stands in the way of a merge, and of its undoing.
use kinstead::children::ChildId;
use serde_json::{Value, json};

use super::Scene;
use crate::support::{around::visit, everything::merged, in_facility, with_family};

#[actix_web::test]
async fn two_homes_on_one_day_are_refused_with_both_records() {
    let mut scene = Scene::new().await;
    let (family, home) = (scene.country.family(3), scene.country.facility(json!({"total": 4})));
    let (one, other) = (scene.one, scene.other);
    let first = scene.country.stay(with_family(one, family, "2026-01-01"), Some("2026-05-01"));
    let second = scene.country.stay(in_facility(other, home, "2026-04-30"), None);
    let problem = scene.merge().await.broke("PL-04");
    let pairs = problem["facts"]["contradictions"].as_array().unwrap().clone();
    let rules: Vec<&Value> = pairs.iter().map(|pair| &pair["rule"]).collect();
    assert_eq!(rules, ["PL-04", "PL-01"]);
    let homes = (&pairs[1]["record_id"], &pairs[1]["other_record_id"]);
    assert_eq!(homes, (&json!(first.id), &json!(second.id)));
    assert_eq!(problem["errors"][0]["pointer"], "/child_id");
    // Told of, and not written.
    scene.authority().get(&format!("/v1/children/{other}")).await.ok();
}

#[actix_web::test]
async fn two_legal_statuses_on_one_axis_are_refused() {
    let scene = Scene::new().await;
    let authority = scene.authority();
    let (one, other) = (scene.one, scene.other);
    for (child, from) in [(one, "2026-03-02"), (other, "2026-04-02")] {
        let status = json!({"axis": "guardianship", "status": "authority", "valid_from": from});
        authority.post(&format!("/v1/children/{child}/legal-statuses"), status).await.ok();
    }
    let problem = scene.merge().await.broke("DI-03");
    assert_eq!(problem["facts"]["contradictions"][0]["kind"], "legal_status");
}

#[actix_web::test]
async fn twins_who_are_recorded_as_such_are_not_merged() {
    let mut scene = Scene::new().await;
    let (one, other) = (scene.one, scene.other);
    scene.country.siblings(&[one, other]);
    let problem = scene.merge().await.broke("DI-03");
    assert_eq!(problem["facts"]["contradictions"][0]["kind"], "relation");
}

#[actix_web::test]
async fn a_placement_that_the_union_breaks_a_rule_by_refuses_the_merge() {
    let mut scene = Scene::new().await;
    let home = scene.country.facility(json!({"total": 4}));
    let young = scene.country.child("female", "2024-01-01");
    let stay = scene.country.stay(in_facility(scene.other, home, "2026-01-01"), Some("2026-05-01"));
    let authority = scene.authority();
    let path = format!("/v1/children/{young}");
    let seen = authority.get(&path).await;
    let version =
        authority.get(&format!("/v1/children/{}", scene.other)).await.ok()["version"].clone();
    let request =
        json!({"child_id": scene.other, "version": version, "reason": "Registered twice."});
    let tried =
        authority.step(&format!("{path}/merge:evaluate"), seen.etag(), request.clone()).await.ok();
    assert_eq!(tried["possible"], false, "{tried}");
    let found: Vec<&Value> =
        tried["findings"].as_array().unwrap().iter().map(|it| &it["finding"]["rule"]).collect();
    assert!(found.contains(&&json!("PL-16")), "{found:?}");
    assert_eq!(tried["findings"][0]["placement_id"], json!(stay.id));
    let refused = authority.step(&format!("{path}/merge"), seen.etag(), request).await;
    assert!(found.contains(&&refused.json()["rule"]), "{refused:?}");
    authority.get(&format!("/v1/children/{}", scene.other)).await.ok();
}

#[actix_web::test]
async fn what_was_recorded_since_stays_unless_it_is_named_or_refers_to_what_goes() {
    let mut scene = Scene::new().await;
    let family = scene.country.family(3);
    let (one, other) = (scene.one, scene.other);
    let stay = scene.country.stay(with_family(other, family, "2026-01-01"), None);
    let merge = scene.merge().await.ok();
    let authority = scene.authority();
    let path = format!("/v1/children/{one}/visits");
    let mine = authority.post(&path, visit("2026-05-11")).await.ok()["id"].clone();
    let its = authority.post(&path, visit("2026-05-12")).await.ok()["id"].clone();
    let absence = json!({"reason": "holiday", "started_on": "2026-11-20"});
    let absence =
        authority.post(&format!("/v1/placements/{}/absences", stay.id), absence).await.ok();
    let torn = scene.undo(&merge, json!([{"kind": "visit", "id": its}])).await.broke("DI-03");
    assert_eq!(
        torn["facts"]["records"],
        json!([{"kind": "temporary_absence", "id": absence["id"]}])
    );
    let nobody = json!([{"kind": "visit", "id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90"}]);
    scene.undo(&merge, nobody).await.refused(422, "invalid");
    let named =
        json!([{"kind": "visit", "id": its}, {"kind": "temporary_absence", "id": absence["id"]}]);
    scene.undo(&merge, named).await.ok();
    let owner = async |path: String| authority.get(&path).await.ok()["child_id"].clone();
    assert_eq!(owner(format!("/v1/visits/{}", its.as_str().unwrap())).await, json!(other));
    assert_eq!(owner(format!("/v1/visits/{}", mine.as_str().unwrap())).await, json!(one));
    assert_eq!(owner(format!("/v1/placements/{}", stay.id)).await, json!(other));
}

#[actix_web::test]
async fn a_merge_into_a_record_that_was_merged_itself_is_undone_after_that() {
    let mut scene = Scene::new().await;
    let first = scene.merge().await.ok();
    let third = scene.country.child("female", "2016-05-01");
    let authority = scene.authority();
    let second =
        crate::support::everything::merged(&authority, &third.to_string(), &scene.one.to_string())
            .await
            .ok();
    let moved = authority.get(&format!("/v1/children/{}", scene.other)).await;
    assert_eq!(moved.refused(308, "moved")["merged_into"], json!(third));
    scene.undo(&first, json!([])).await.refused(409, "state_conflict");
    scene.undo(&second, json!([])).await.ok();
    scene.undo(&first, json!([])).await.ok();
}

#[actix_web::test]
async fn a_soft_rule_that_the_union_breaks_is_stepped_over_by_whoever_says_why() {
    let mut scene = Scene::new().await;
    let sister = scene.country.child("female", "2017-05-01");
    let (home, apart) = (scene.country.family(3), scene.country.family(3));
    let (one, other) = (scene.one, scene.other);
    let kin =
        json!({"kind": "full_sibling", "related_child_id": sister, "to_be_kept_together": "yes"});
    scene.authority().post(&format!("/v1/children/{one}/relations"), kin).await.ok();
    scene.country.stay(with_family(sister, home, "2026-01-01"), None);
    let stay = scene.country.stay(with_family(other, apart, "2026-01-02"), None);
    let authority = scene.authority();
    let path = format!("/v1/children/{one}");
    let seen = authority.get(&path).await;
    let version = authority.get(&format!("/v1/children/{other}")).await.ok()["version"].clone();
    let merging = async |placement: &Value, rule: &str| {
        let over = json!({"rule": rule, "justification": "The court forbids contact between the two for now.",
            "authorised_by": "Director of the centre", "authorised_on": "2026-01-01"});
        let overrides = json!([{"placement_id": placement, "overrides": [over]}]);
        let request = json!({"child_id": other, "version": version, "reason": "Registered twice.", "overrides": overrides});
        authority.step(&format!("{path}/merge"), seen.etag(), request).await
    };
    scene.merge().await.broke("PL-21");
    let strange = merging(&json!(sister), "PL-21").await;
    assert_eq!(strange.json()["errors"][0]["code"], "override_not_needed");
    let unneeded = merging(&json!(stay.id), "PL-15").await;
    assert_eq!(unneeded.status.as_u16(), 422, "{unneeded:?}");
    merging(&json!(stay.id), "PL-21").await.ok();
    let kept = authority.get(&format!("/v1/overrides?child_id={one}")).await.ok();
    let kept = (&kept["data"][0]["rule_code"], &kept["data"][0]["subject_id"]);
    assert_eq!(kept, (&json!("PL-21"), &json!(stay.id)));
}

#[actix_web::test]
async fn a_record_of_an_adopted_child_and_one_that_alone_knows_of_a_death_are_not_merged() {
    let mut scene = Scene::new().await;
    let [alive, dead, adopted] = [1, 2, 3].map(|_| scene.country.child("female", "2016-05-01"));
    let authority = scene.authority();
    let end = async |child: ChildId, end: Value| {
        let path = format!("/v1/children/{child}");
        let seen = authority.get(&path).await;
        authority.patch(&path, seen.etag(), end).await.ok();
    };
    end(dead, json!({"death_date": "2026-11-20"})).await;
    end(adopted, json!({"adopted_on": "2026-10-01"})).await;
    for (one, other) in [(alive, dead), (alive, adopted), (adopted, alive)] {
        let refused = merged(&authority, &one.to_string(), &other.to_string()).await.broke("DI-03");
        assert_eq!(refused["errors"][0]["pointer"], "/child_id");
    }
    end(alive, json!({"death_date": "2026-11-20"})).await;
    merged(&authority, &alive.to_string(), &dead.to_string()).await.ok();
}

#[actix_web::test]
async fn what_is_the_survivors_no_more_cannot_go_back() {
    let scene = Scene::new().await;
    let family = json!({
        "family_type": "single_parent", "area_code": "RS-20", "registered_on": "2026-03-02",
        "risk_level": "medium", "risk_reason": "The rent is not paid.",
        "members": [{"role": "mother", "given_name": "Snežana", "family_name": "Oblakovski", "in_household": true},
                    {"role": "child", "child_id": scene.other, "in_household": true}],
    });
    let authority = scene.authority();
    let family = scene.world.persona("case_worker").post("/v1/families", family).await.ok();
    let merge = scene.merge().await.ok();
    let path = format!("/v1/families/{}", family["id"].as_str().unwrap());
    let seen = authority.get(&path).await;
    let mother = json!([seen.ok()["members"][0]]);
    authority.patch(&path, seen.etag(), json!({"members": mother})).await.ok();
    let lost = scene.undo(&merge, json!([])).await.broke("DI-03");
    assert_eq!(lost["facts"]["records"], json!([{"kind": "family", "id": family["id"]}]));
}

#[actix_web::test]
async fn what_goes_back_is_judged_by_whose_it_is_then() {
    let mut scene = Scene::new().await;
    let home = scene.country.facility(json!({"total": 4}));
    let young = scene.country.child("female", "2024-01-01");
    let merge = merged(&scene.authority(), &scene.one.to_string(), &young.to_string()).await.ok();
    let stay = scene.country.stay(in_facility(scene.one, home, "2026-06-02"), None);
    // Of a child of two years it would be an infant's stay in an institution.
    let its = json!([{"kind": "placement", "id": stay.id}, {"kind": "care_period", "id": stay.care_period_id}]);
    let refused = scene.undo(&merge, its).await;
    assert_eq!(refused.json()["rule"], "PL-16", "{refused:?}");
    scene.undo(&merge, json!([])).await.ok();
}
