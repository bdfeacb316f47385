//! Merges at the same time as each other, and as what is recorded of the child.
use std::{sync::Barrier, thread};

use kinstead::{
    placements::store,
    platform::{error::Error, version::IfMatch},
};
use serde_json::{Value, json};

use super::Scene;
use crate::support::{body, with_family};

fn request(other: Value, version: i64) -> Value {
    json!({"child_id": other, "version": version, "reason": "Registered twice."})
}

#[actix_web::test]
async fn of_two_merges_at_once_each_into_the_other_one_is_done() {
    for _ in 0..8 {
        let scene = Scene::new().await;
        let mut children = [scene.one, scene.other].map(|id| {
            let conn = &mut scene.world.database.service();
            kinstead::children::store::find(conn, id).unwrap()
        });
        let barrier = Barrier::new(2);
        let done: usize = thread::scope(|scope| {
            let mut threads = Vec::new();
            for _ in 0..2 {
                let [one, other] = children.clone();
                children.reverse();
                let mut country = scene.country.again(&scene.world.database);
                let barrier = &barrier;
                threads.push(scope.spawn(move || {
                    barrier.wait();
                    let asked = body(request(json!(other.id), other.version));
                    match country.change(|tx| {
                        kinstead::merges::store::merge(tx, one.id, &IfMatch::of(&one), &asked)
                    }) {
                        Ok(_) => 1,
                        Err(Error::Busy | Error::Stale(_) | Error::State(_)) => 0,
                        Err(other) => panic!("{other}"),
                    }
                }));
            }
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(done, 1);
    }
}

#[actix_web::test]
async fn a_placement_that_is_written_during_a_merge_is_the_survivors_or_is_not() {
    for _ in 0..8 {
        let mut scene = Scene::new().await;
        let family = scene.country.family(3);
        let (one, other) = (scene.one, scene.other);
        let barrier = Barrier::new(2);
        let new = with_family(other, family, "2026-01-01");
        let (mut placing, mut merging) = (
            scene.country.again(&scene.world.database),
            scene.country.again(&scene.world.database),
        );
        let survivor = merging
            .change(|tx| {
                let (survivor, _) = kinstead::children::store::lock_pair(tx, one, other)?;
                kinstead::children::store::hand_over(
                    tx,
                    &survivor,
                    survivor.organisation_id.unwrap(),
                )
            })
            .unwrap();
        let (placed, merged) = thread::scope(|scope| {
            let barrier = &barrier;
            let placing = scope.spawn(move || {
                barrier.wait();
                placing.change(|tx| store::create(tx, &body(new.clone()))).is_ok()
            });
            let merging = scope.spawn(move || {
                barrier.wait();
                let asked = body(request(json!(other), 1));
                merging
                    .change(|tx| {
                        kinstead::merges::store::merge(tx, one, &IfMatch::of(&survivor), &asked)
                    })
                    .map_err(|error| error.to_string())
            });
            (placing.join().unwrap(), merging.join().unwrap())
        });
        assert!(merged.is_ok(), "{merged:?}");
        let authority = scene.authority();
        let count = async |child| {
            authority.get(&format!("/v1/placements?child_id={child}")).await.ok()["data"]
                .as_array()
                .unwrap()
                .len()
        };
        assert_eq!(count(one).await, usize::from(placed));
        assert_eq!(count(other).await, 0);
    }
}
