//! Very many children between two regions: the copy that loses them ends empty, and the other one has them all.
//!
//! Forty children unless `KINSTEAD_SOAK_CHILDREN` says another number.
use std::collections::BTreeSet;

use kinstead::clients::{Manager, NewClient, store as clients};
use serde_json::{Value, json};

use super::{Copy, HERE, Scene, events, longer};
use crate::support::{Country, World};
use crate::trust::{add_elsewhere, elsewhere};

const KINDS: [&str; 4] = ["child", "relation", "assessment", "transfer"];

/// What a copy holds of the children and of what is about them.
fn held(copy: &Copy) -> BTreeSet<(String, String)> {
    copy.held.keys().filter(|(kind, _)| KINDS.contains(&kind.as_str())).cloned().collect()
}

/// A country with two regions, and in each a system that keeps a copy as a consumer.
async fn scene() -> (Scene, String) {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let centre = country.authority;
    let here = NewClient {
        name: HERE.to_owned(),
        organisation_id: Some(centre),
        area_codes: vec!["RS-20".to_owned()],
        ..NewClient::of_role("sync_client")
    };
    let added = country.change(|tx| clients::register(tx, &Manager::Operator, here.clone()));
    drop(added.unwrap());
    world.refresh();
    let scene = Scene { world, country };
    let made = scene.world.persona(HERE).post("/v1/consumers", json!({"name": "Here"})).await;
    let consumer = format!("consumer={}&limit=50", made.ok()["id"].as_str().unwrap());
    (scene, consumer)
}

/// Hands a child over to the centre elsewhere, which then takes it into its area.
async fn transfer(scene: &Scene, child: &Value, to: &Value) {
    let path = format!("/v1/children/{}", child.as_str().unwrap());
    let offer =
        json!({"kind": "transfer", "to_organisation_id": to, "reason": "The aunt lives there."});
    let offered =
        scene.world.persona("case_worker").post(&format!("{path}/transfers"), offer).await;
    let accept = format!("/v1/transfers/{}/accept", offered.ok()["id"].as_str().unwrap());
    let reason = json!({"reason": "As it was agreed."});
    let theirs = scene.world.persona(&elsewhere("supervisor"));
    theirs.step(&accept, offered.etag(), reason).await.ok();
    let seen = theirs.get(&path).await;
    theirs.patch(&path, seen.etag(), json!({"area_code": "RS-99"})).await.ok();
}

#[actix_web::test]
async fn the_copy_of_the_region_that_hands_its_children_over_ends_empty() {
    let many: usize = longer("KINSTEAD_SOAK_CHILDREN", 40);
    let (scene, consumer) = scene().await;
    let there = elsewhere("sync_client");
    let to = json!(scene.world.actor(&there).organisation);
    let worker = scene.world.persona("case_worker");
    let mut children: Vec<Value> = Vec::new();
    for number in 0..many {
        let new = json!({"sex": "female", "birth_date": "2017-05-14", "area_code": "RS-20",
                         "registration_basis": "without_parental_care"});
        let child = worker.post("/v1/children", new).await.ok()["id"].clone();
        let path = format!("/v1/children/{}", child.as_str().unwrap());
        let asked = json!({"kind": "gatekeeping", "requested_on": "2026-11-20", "reason": "Nobody is at home."});
        worker.post(&format!("{path}/assessments"), asked).await.ok();
        if number % 2 == 1 {
            let sister = json!({"kind": "full_sibling", "related_child_id": children[number - 1]});
            worker.post(&format!("{path}/relations"), sister).await.ok();
        }
        children.push(child);
    }
    scene.gather();
    let (mut old, mut new) = (Copy::default(), Copy::default());
    old.follow(&scene, HERE, &consumer).await;
    new.follow(&scene, &there, "limit=50").await;
    let before = held(&old);
    assert!(before.len() >= many * 5 / 2 && held(&new).is_empty(), "{}", before.len());

    for (number, child) in children.iter().enumerate() {
        transfer(&scene, child, &to).await;
        // They follow meanwhile, each in its own time.
        if number % 7 == 3 {
            scene.gather();
            old.follow(&scene, HERE, &consumer).await;
        }
        if number % 11 == 5 {
            new.follow(&scene, &there, "limit=50").await;
        }
    }
    scene.gather();
    old.follow(&scene, HERE, &consumer).await;
    new.follow(&scene, &there, "limit=50").await;
    assert_eq!(held(&old), BTreeSet::new());
    assert!(old.left >= before.len(), "{} of {}", old.left, before.len());
    let now = held(&new);
    assert!(before.iter().all(|record| now.contains(record)));
    assert_eq!(now.len(), before.len() + many, "and the transfer of each");
    // What the registry tells whoever begins now is the same.
    for kind in KINDS {
        let snapshot = scene.world.persona(HERE).get(&format!("/v1/snapshot/{kind}")).await;
        assert!(snapshot.bytes.is_empty(), "{kind}");
        let snapshot = scene.world.persona(&there).get(&format!("/v1/snapshot/{kind}")).await;
        let lines = snapshot.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let of_kind = now.iter().filter(|(known, _)| known == kind).count();
        assert_eq!(lines.count(), of_kind, "{kind}");
    }
    // It says that it has applied all, and the registry takes it from there.
    old.follow(&scene, HERE, &consumer).await;
    let caught_up = scene.page(HERE, &consumer).await;
    assert_eq!((&caught_up["to"], events(&caught_up).count()), (&caught_up["head"], 0));
}
