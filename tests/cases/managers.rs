//! Who is in charge of a case: exactly one, while it is open.
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use kinstead::{
    cases::{Case, NewCase, store},
    children::ChildId,
    platform::{error::Error, version::IfMatch},
};
use serde_json::json;

use super::{Scene, worker};
use crate::support::body;

#[actix_web::test]
async fn another_worker_takes_over_on_a_day_and_for_a_reason() {
    let scene = Scene::new().await;
    let case = scene.open().await;
    let assign =
        |on: &str, reason: &str| json!({"manager": worker("w-2"), "on": on, "reason": reason});
    for (body, pointer, code) in [
        (assign("2026-03-01", "left_role"), "/on", "out_of_order"),
        (assign("2026-11-23", "left_role"), "/on", "future_date"),
        (assign("2026-04-01", "whim"), "/reason", "unknown_code"),
    ] {
        let problem = scene.step(&case, "managers", body).await.refused(422, "invalid");
        let fault = &problem["errors"][0];
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!(pointer), &json!(code)));
    }
    let unsaid = json!({"manager": worker("w-2"), "on": "2026-04-01"});
    scene.step(&case, "managers", unsaid).await.refused(422, "invalid");
    let changed = scene.step(&case, "managers", assign("2026-04-01", "left_role")).await;
    let managers = changed.ok()["managers"].clone();
    let own = json!(scene.country.authority);
    assert_eq!(
        managers,
        json!([
            {"name": "Milica Vetrić", "worker_id": "w-1", "organisation_id": own, "reason": "first_contact",
             "valid_from": "2026-03-02", "valid_to": "2026-04-01"},
            {"name": "Milica Vetrić", "worker_id": "w-2", "organisation_id": own, "reason": "left_role",
             "valid_from": "2026-04-01"},
        ])
    );
    // On one day, too; and the case is not closed before whoever is in charge began.
    let again = scene.step(&changed, "managers", assign("2026-04-01", "other")).await;
    let closing = scene.through(again, &["register", "begin-closing"], "2026-03-04").await;
    let early = scene.step(&closing, "close", super::closing("2026-03-05")).await;
    assert_eq!(early.refused(422, "invalid")["errors"][0]["code"], "out_of_order");
    let closed = scene.step(&closing, "close", super::closing("2026-04-01")).await;
    let late = assign("2026-05-01", "other");
    scene.step(&closed, "managers", late).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn of_many_cases_opened_at_once_for_a_child_one_is() {
    let mut scene = Scene::new().await;
    let children: Vec<ChildId> =
        (0..15).map(|_| scene.country.child("female", "2015-01-01")).collect();
    let (next, made) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..6 {
            let mut country = scene.country.again(&scene.world.database);
            let (next, made, children, new) = (&next, &made, &children, scene.new_case());
            scope.spawn(move || {
                while let Some(child) = children.get(next.fetch_add(1, Ordering::Relaxed) / 6) {
                    let mut new = new.clone();
                    new["child_id"] = json!(child);
                    let new: NewCase = body(new);
                    match country.change(|tx| store::open(tx, &new)) {
                        Ok(_) => drop(made.fetch_add(1, Ordering::Relaxed)),
                        Err(Error::Rule(refusal)) => assert_eq!(refusal.rule, "CA-02"),
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    assert_eq!(made.into_inner(), 15);
}

#[actix_web::test]
async fn of_two_who_put_somebody_in_charge_at_once_one_does() {
    let mut scene = Scene::new().await;
    let cases: Vec<Case> = (0..15)
        .map(|_| {
            let child = scene.country.child("female", "2015-01-01");
            let mut new = scene.new_case();
            new["child_id"] = json!(child);
            let new: NewCase = body(new);
            scene.country.change(|tx| store::open(tx, &new)).unwrap()
        })
        .collect();
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for id in ["w-2", "w-3"] {
            let mut country = scene.country.again(&scene.world.database);
            let (cases, done) = (&cases, &done);
            scope.spawn(move || {
                let new =
                    body(json!({"manager": worker(id), "on": "2026-04-01", "reason": "other"}));
                for case in cases {
                    match country.change(|tx| store::assign(tx, case.id, &IfMatch::of(case), &new))
                    {
                        Ok(_) => drop(done.fetch_add(1, Ordering::Relaxed)),
                        Err(Error::Stale(_)) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    assert_eq!(done.into_inner(), 15);
}
