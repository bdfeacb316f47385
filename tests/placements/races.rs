//! Many at once: never two places for one child, never one child too many.
use std::{
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use diesel::{RunQueryDsl, sql_query, sql_types::BigInt};
use kinstead::{
    carers::{self, CarerFamily, model::CarerStep},
    children::ChildId,
    placements::store,
    platform::{error::Error, version::IfMatch},
};
use serde_json::{Value, json};

use crate::support::{Country, Database, World, body, in_facility, move_to_facility, with_family};

const WRITERS: usize = 16;
const TRIES: usize = 2_000;

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(database: &Database, sql: &str) -> i64 {
    sql_query(format!("SELECT count(*) FROM {sql}"))
        .get_result::<Count>(&mut database.owner())
        .unwrap()
        .count
}

/// Lets `WRITERS` threads make `TRIES` requests in all; counts the successes and fails on any
/// answer but a success or a refusal by one of these rules.
fn race(country: &Country, database: &Database, requests: &[Value], allowed: &[&str]) -> usize {
    let (next, placed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            let mut country = country.again(database);
            let (next, placed) = (&next, &placed);
            scope.spawn(move || {
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match country.change(|tx| store::create(tx, &body(request.clone()))) {
                        Ok(_) => {
                            placed.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(Error::Rule(refusal)) if allowed.contains(&refusal.rule.as_str()) => {}
                        Err(other) => panic!(
                            "{other}: {:?}",
                            std::error::Error::source(&other).map(ToString::to_string)
                        ),
                    }
                }
            });
        }
    });
    placed.into_inner()
}

#[actix_web::test]
async fn the_last_places_of_an_institution_and_of_a_family_go_to_as_many_as_there_are() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (home, family) = (country.facility(json!({"total": 7})), country.family(3));
    let children: Vec<ChildId> =
        (0..TRIES / 4).map(|_| country.child("female", "2015-01-01")).collect();
    let requests: Vec<Value> = (0..TRIES)
        .map(|index| {
            let child = children[index % children.len()];
            if index % 2 == 0 {
                in_facility(child, home, "2026-03-01")
            } else {
                with_family(child, family, "2026-03-01")
            }
        })
        .collect();
    let placed = race(&country, &world.database, &requests, &["PL-01", "PL-12"]);
    assert_eq!(placed, 10);
    assert_eq!(count(&world.database, &format!("placements WHERE facility_id = '{home}'")), 7);
    assert_eq!(
        count(&world.database, &format!("placements WHERE carer_family_id = '{family}'")),
        3
    );
}

#[actix_web::test]
async fn one_child_is_placed_once_however_many_ask() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let home = country.facility(json!({"total": 100}));
    let children: Vec<ChildId> = (0..50).map(|_| country.child("female", "2015-01-01")).collect();
    let requests: Vec<Value> =
        (0..800).map(|index| in_facility(children[index / 16], home, "2026-03-01")).collect();
    assert_eq!(race(&country, &world.database, &requests, &["PL-01"]), 50);
    assert_eq!(count(&world.database, "placements"), 50);
}

#[actix_web::test]
async fn two_requests_that_place_one_child_have_one_winner_over_http() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, one, two) =
        (country.child("female", "2015-01-01"), country.family(1), country.family(1));
    let worker = world.persona("case_worker");
    let (first, second) = tokio::join!(
        worker.post("/v1/placements", with_family(child, one, "2026-03-01")),
        worker.post("/v1/placements", with_family(child, two, "2026-03-01")),
    );
    let (winner, loser) = if first.status.is_success() { (first, second) } else { (second, first) };
    winner.ok();
    loser.broke("PL-01");
}

#[actix_web::test]
async fn children_who_swap_places_never_wait_for_each_other_for_ever() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let homes = [country.facility(json!({"total": 40})), country.facility(json!({"total": 40}))];
    let mut placed = Vec::new();
    for index in 0..40 {
        let child = country.child("male", "2015-01-01");
        let new = in_facility(child, homes[index % 2], "2026-03-01");
        placed.push((index, country.change(|tx| store::create(tx, &body(new.clone()))).unwrap()));
    }
    thread::scope(|scope| {
        for chunk in placed.chunks(5) {
            let mut country = country.again(&world.database);
            scope.spawn(move || {
                for (index, placement) in chunk {
                    let target = move_to_facility(homes[(index + 1) % 2], "2026-04-01");
                    let seen = IfMatch::of(placement);
                    country
                        .change(|tx| store::move_on(tx, placement.id, &seen, &body(target.clone())))
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(
        count(&world.database, "placements WHERE state = 'active' AND started_on = '2026-04-01'"),
        40
    );
}

#[actix_web::test]
async fn whoever_waits_for_a_family_sees_what_has_become_of_it() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, id) = (country.child("male", "2015-01-01"), country.family(2));
    let before = carers::store::find(&mut world.database.service(), id).unwrap();
    let after = CarerFamily { version: before.version + 1, ..before.clone() };
    let suspended = Barrier::new(3);
    let [mut first, mut second, mut third] = [(); 3].map(|()| country.again(&world.database));
    let (placed, trained) = thread::scope(|scope| {
        scope.spawn(|| {
            first
                .change(|tx| {
                    let (seen, step) = (IfMatch::of(&before), json!({"on": "2026-02-01"}));
                    let done = carers::store::take(tx, id, &seen, CarerStep::Suspend, &body(step));
                    suspended.wait();
                    // The others come to wait for the lock meanwhile.
                    thread::sleep(Duration::from_millis(400));
                    done
                })
                .unwrap();
        });
        let placed = scope.spawn(|| {
            suspended.wait();
            second.change(|tx| store::create(tx, &body(with_family(child, id, "2026-03-01"))))
        });
        let trained = scope.spawn(|| {
            let new = json!({"programme": "Second steps", "kind": "refresher", "hours": 8, "completed_on": "2026-02-02"});
            suspended.wait();
            third.change(|tx| {
                carers::store::add_training(tx, id, &IfMatch::of(&after), &body(new.clone()))
            })
        });
        (placed.join().unwrap(), trained.join().unwrap())
    });
    let refused = placed.unwrap_err();
    assert!(format!("{refused:?}").contains("suspended"), "{refused:?}");
    assert_eq!(trained.unwrap().states.len(), before.states.len() + 1);
}
