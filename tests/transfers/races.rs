//! Many at once: one offer for a child, one answer to an offer.
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use diesel::{RunQueryDsl as _, sql_query, sql_types::BigInt};
use kinstead::{
    children::ChildId,
    platform::{error::Error, version::IfMatch},
    transfers::{Acceptance, NewTransfer, StepReason, Transfer, store},
};
use serde_json::json;

use super::Scene;
use crate::{support::body, trust::elsewhere};

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(scene: &Scene, sql: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {sql}");
    sql_query(sql).get_result::<Count>(&mut scene.world.database.owner()).unwrap().count
}

#[actix_web::test]
async fn of_many_offers_for_one_child_one_is_made() {
    let mut scene = Scene::new().await;
    let children: Vec<ChildId> =
        (0..25).map(|_| scene.country.child("female", "2015-01-01")).collect();
    let new: NewTransfer = body(scene.new_offer("transfer"));
    let (next, made) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            let mut country = scene.country.again(&scene.world.database);
            let (next, made, children, new) = (&next, &made, &children, &new);
            scope.spawn(move || {
                while let Some(child) = children.get(next.fetch_add(1, Ordering::Relaxed) / 8) {
                    match country.change(|tx| store::offer(tx, *child, new)) {
                        Ok(_) => drop(made.fetch_add(1, Ordering::Relaxed)),
                        Err(Error::Rule(refusal)) => assert_eq!(refusal.rule, "TR-01"),
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    assert_eq!(made.into_inner(), 25);
    assert_eq!(count(&scene, "transfers WHERE state = 'offered'"), 25);
    assert_eq!(count(&scene, "child_grants"), 25);
}

#[actix_web::test]
async fn an_offer_is_accepted_or_revoked_and_never_both() {
    let mut scene = Scene::new().await;
    let new: NewTransfer = body(scene.new_offer("transfer"));
    let offers: Vec<Transfer> = (0..40)
        .map(|_| {
            let child = scene.country.child("male", "2015-01-01");
            scene.country.change(|tx| store::offer(tx, child, &new)).unwrap()
        })
        .collect();
    let (accepted, revoked) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (yes, no): (Acceptance, StepReason) =
        (body(json!({})), body(json!({"reason": "A mistake."})));
    thread::scope(|scope| {
        for accepts in [true, false] {
            let mut country = scene.country.again(&scene.world.database);
            let (offers, yes, no) = (&offers, &yes, &no);
            let won = if accepts { &accepted } else { &revoked };
            scope.spawn(move || {
                for offer in offers {
                    let seen = IfMatch::of(offer);
                    let done = country.change(|tx| {
                        if accepts {
                            store::accept(tx, offer.id, &seen, yes)
                        } else {
                            store::revoke(tx, offer.id, &seen, no)
                        }
                    });
                    match done {
                        Ok(_) => drop(won.fetch_add(1, Ordering::Relaxed)),
                        Err(Error::Stale(_)) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    let (accepted, revoked) = (accepted.into_inner(), revoked.into_inner());
    assert_eq!(accepted + revoked, 40);
    let moved = format!("children WHERE organisation_id = {}", scene.asked).replace('"', "'");
    assert_eq!(count(&scene, &moved), i64::try_from(accepted).unwrap());
    let both = "transfers t JOIN child_grants g ON g.id = t.id AND g.valid_until > g.valid_from";
    assert_eq!(count(&scene, both), 0, "no grant outlives its offer");
}

#[actix_web::test]
async fn whoever_comes_second_is_told_so_over_http() {
    let mut scene = Scene::new().await;
    for _ in 0..6 {
        scene.child = scene.country.child("male", "2015-01-01");
        let path = format!("{}/transfers", scene.path());
        let worker = scene.world.persona("case_worker");
        let (first, second) = tokio::join!(
            worker.post(&path, scene.new_offer("transfer")),
            worker.post(&path, scene.new_offer("referral")),
        );
        let (winner, loser) =
            if first.status.is_success() { (first, second) } else { (second, first) };
        loser.broke("TR-01");
        let theirs = elsewhere("supervisor");
        let (accepted, revoked) = tokio::join!(
            scene.step(&theirs, &winner, "accept"),
            scene.step("supervisor", &winner, "revoke"),
        );
        if accepted.status.is_success() {
            revoked.refused(412, "stale");
        } else {
            revoked.ok();
            // It may know of the child no longer: that the offer was revoked is not said.
            assert!([404, 412].contains(&accepted.status.as_u16()), "{accepted:?}");
        }
    }
}
