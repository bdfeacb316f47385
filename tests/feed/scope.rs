//! Whom the feed tells of what.
use std::collections::BTreeSet;

use diesel::connection::SimpleConnection as _;
use kinstead::{
    feed,
    platform::{clock::Clock as _, db, embedded::Role, reach::Relation},
    policy::{POLICY, TIES},
};
use serde_json::json;

use crate::{
    support::{Country, Everything, World, in_facility},
    trust::{add_elsewhere, elsewhere, walls::count},
};

use super::{Copy, HERE, Scene, THERE, WHOLE, events};

#[actix_web::test]
async fn what_happens_is_told_in_its_order_with_what_changed() {
    let mut scene = Scene::new().await;
    let before = scene.gather();
    let child = scene.country.child("female", "2016-05-01").to_string();
    let worker = scene.world.persona("case_worker");
    let seen = worker.get(&format!("/v1/children/{child}")).await;
    worker
        .patch(&format!("/v1/children/{child}"), seen.etag(), json!({"languages": ["sr"]}))
        .await
        .ok();
    // What has no place yet is told to nobody.
    assert_eq!(scene.page(WHOLE, "kinds=child").await["head"], before);
    assert_eq!(scene.gather(), before + 2);
    let page = scene.page(WHOLE, "kinds=child,placement").await;
    let told: Vec<_> = events(&page)
        .map(|it| (it["type"].clone(), it["version"].clone(), it["position"].as_i64().unwrap()))
        .collect();
    assert_eq!(
        told,
        [(json!("created"), json!(1), before + 1), (json!("changed"), json!(2), before + 2)]
    );
    let changed = events(&page).nth(1).unwrap();
    assert_eq!(changed["changed"], json!(["languages"]));
    assert_eq!((&changed["kind"], &changed["id"]), (&json!("child"), &json!(child)));
    assert_eq!((&page["from"], &page["to"]), (&json!(0), &json!(before + 2)));
}

#[actix_web::test]
async fn only_those_are_told_who_may_know() {
    let mut scene = Scene::new().await;
    let child = scene.country.child("female", "2016-05-01").to_string();
    let last = scene.gather();
    for (who, knows) in [(WHOLE, true), (HERE, true), (THERE, false), ("national_authority", true)]
    {
        let page = scene.page(who, "kinds=child").await;
        let told = events(&page).any(|it| it["id"] == json!(child));
        assert_eq!(told, knows, "{who}");
        // That there was something it may not know of makes no gap.
        assert_eq!(page["to"], last, "{who}");
    }
    scene.world.persona("ngo").get("/v1/changes").await.refused(403, "forbidden");
    let unknown = scene.world.persona(WHOLE).get("/v1/changes?kinds=protected_address").await;
    let problem = unknown.refused(400, "invalid_query");
    assert_eq!(problem["errors"][0]["code"], "unknown_kind");
}

#[actix_web::test]
async fn whoever_moves_leaves_one_copy_whole_and_enters_another_whole() {
    let mut scene = Scene::new().await;
    let child = scene.country.child("female", "2016-05-01");
    let other = scene.country.child("male", "2015-05-01");
    let home = scene.country.facility(json!({"total": 4}));
    scene.country.stay(in_facility(child, home, "2026-03-02"), None);
    scene.country.siblings(&[child, other]);
    scene.gather();
    let (mut whole, mut here, mut there) = (Copy::default(), Copy::default(), Copy::default());
    for (copy, who) in [(&mut whole, WHOLE), (&mut here, HERE), (&mut there, THERE)] {
        copy.follow(&scene, who, "limit=3").await;
    }
    let of = |copy: &Copy, kinds: &[&str]| -> BTreeSet<_> {
        copy.held.keys().filter(|(kind, _)| kinds.contains(&kind.as_str())).cloned().collect()
    };
    let all = ["child", "care_period", "placement", "relation", "assessment"];
    let (before, seen) = (of(&here, &all), whole.place);
    assert!(before.len() >= 5 && before == of(&whole, &all) && of(&there, &all).is_empty());

    scene.move_child(&child.to_string(), "RS-99").await;
    for (copy, who) in [(&mut whole, WHOLE), (&mut here, HERE), (&mut there, THERE)] {
        copy.follow(&scene, who, "limit=3").await;
    }
    // To whom everything is in reach, a move is a change of the child and nothing else.
    let told = scene.page(WHOLE, "limit=1000").await;
    let news: Vec<_> = events(&told).filter(|it| it["position"].as_i64() > Some(seen)).collect();
    assert_eq!(news.len(), 1, "{news:?}");
    assert_eq!((&news[0]["kind"], &news[0]["type"]), (&json!("child"), &json!("changed")));
    // The other child, and that it has a sibling.
    let stays: Vec<String> = of(&here, &all).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(stays, ["child", "relation"]);
    assert!(here.held.contains_key(&("child".to_owned(), other.to_string())));
    let came = of(&there, &all);
    assert!(came.contains(&("child".to_owned(), child.to_string())) && here.left >= 4);
    assert_eq!(came.len(), before.len() - 2, "but not the other child, nor what is about both");
    for (record, version) in &there.held {
        assert_eq!(whole.held.get(record), Some(version), "{record:?}");
    }
    // And back again.
    scene.move_child(&child.to_string(), "RS-20").await;
    here.follow(&scene, HERE, "").await;
    there.follow(&scene, THERE, "").await;
    assert_eq!(of(&here, &all), before);
    assert!(of(&there, &all).is_empty());
}

#[actix_web::test]
async fn of_members_that_are_kept_from_the_reader_not_even_the_names_are_told() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let family = country.family(2).to_string();
    feed::gather(&mut db::connect(&world.database.url(Role::Keeper)).unwrap()).unwrap();
    let named = async |who: &str| -> BTreeSet<String> {
        let page = world.persona(who).get("/v1/changes?kinds=carer_family").await.ok();
        let told = events(&page).filter(|it| it["id"] == json!(family));
        let names = told.flat_map(|it| it["changed"].as_array().unwrap());
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let (own, far) =
        (named("regional_authority").await, named(&elsewhere("regional_authority")).await);
    let kept: BTreeSet<&str> = own.difference(&far).map(String::as_str).collect();
    let doors = ["address_lines", "checks", "external_ids", "lat", "lon", "persons", "trainings"];
    assert_eq!(kept, BTreeSet::from(doors));
    assert!(far.contains("purposes"));
}

#[actix_web::test]
async fn who_may_know_for_a_time_keeps_no_copy() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let child = country.child("female", "2016-05-01");
    let theirs = elsewhere("sync_client");
    let asked = world.actor(&theirs).organisation;
    let offer =
        json!({"kind": "referral", "to_organisation_id": asked, "reason": "The aunt lives there."});
    let path = format!("/v1/children/{child}");
    world.persona("case_worker").post(&format!("{path}/transfers"), offer).await.ok();
    feed::gather(&mut db::connect(&world.database.url(Role::Keeper)).unwrap()).unwrap();
    world.persona(&theirs).get(&path).await.ok();
    let page = world.persona(&theirs).get("/v1/changes").await.ok();
    let about = |it: &&serde_json::Value| [&it["id"], &it["parent_id"]].contains(&&json!(child));
    assert_eq!(events(&page).filter(about).count(), 0);
}

#[actix_web::test]
async fn what_a_named_few_may_know_is_in_no_feed() {
    let all = Everything::new().await;
    feed::gather(&mut db::connect(&all.world.database.url(Role::Keeper)).unwrap()).unwrap();
    let sealed = "feed WHERE kind IN ('adoption_link', 'protected_address', 'complaint_reporter')";
    assert!(count(&mut all.world.database.owner(), sealed) >= 3);
    let reach = all.world.actor("national_authority").reaches["changes:read"].clone();
    let mut conn = db::connect(&all.world.database.url(Role::Service)).unwrap();
    conn.batch_execute(&format!("BEGIN; {}", reach.settings(all.world.clock.now()))).unwrap();
    assert!(count(&mut conn, "feed") > 10);
    assert_eq!(count(&mut conn, sealed), 0);
    // Nor does the contract know of them.
    for kind in ["adoption_link", "protected_address", "complaint_reporter", "client", "notice"] {
        let path = format!("/v1/changes?kinds={kind}");
        let told = all.world.persona("national_authority").get(&path).await;
        told.refused(400, "invalid_query");
    }
}

#[test]
fn nobody_keeps_a_copy_by_what_ends_with_time() {
    let keeps = |role: &str| {
        POLICY.iter().any(|(known, granted)| *known == role && granted.contains(&"changes:read"))
    };
    let lodging = TIES.iter().filter(|(_, _, relation, _)| *relation == Relation::LivesWith);
    let roles: BTreeSet<&str> = lodging.map(|(role, ..)| *role).collect();
    assert!(!roles.is_empty() && roles.iter().all(|role| !keeps(role)));
    assert!(keeps("sync_client"));
}
