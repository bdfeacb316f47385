//! Looks that were refused: the person is told of them, and whoever looked is told nothing.
use std::time::{Duration, Instant};

use diesel::{RunQueryDsl as _, sql_query, sql_types::BigInt};
use serde_json::json;

use crate::{
    support::{Country, World, with_family},
    trust::{add_elsewhere, elsewhere},
};

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn refused(world: &World) -> i64 {
    let query = "SELECT count(*) AS count FROM access_inbox WHERE outcome = 'refused'";
    sql_query(query).get_result::<Count>(&mut world.database.owner()).unwrap().count
}

/// Until there are so many: no answer waits for them.
fn await_refused(world: &World, many: i64) {
    let begun = Instant::now();
    while refused(world) < many {
        assert!(begun.elapsed() < Duration::from_secs(10), "{} of {many}", refused(world));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[actix_web::test]
async fn who_looks_beyond_its_reach_is_told_nothing_and_told_of() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let (child, family) = (country.child("female", "2016-05-01"), country.family(1));
    let stranger = world.persona(&elsewhere("case_worker"));
    let path = format!("/v1/children/{child}");
    stranger.get(&path).await.refused(404, "not_found");
    await_refused(&world, 1);
    // Whoever is named in a change, too; and nobody who is not there.
    let placed = with_family(child, family, "2026-01-01");
    let told = stranger.post("/v1/placements", placed).await;
    assert_eq!(told.json()["errors"][0]["code"], "unknown_reference");
    await_refused(&world, 2);
    let nobody = "/v1/children/5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90";
    stranger.get(nobody).await.refused(404, "not_found");
    let own = world.persona("case_worker");
    own.get(&path).await.ok();
    own.patch(&path, "\"0199a5b26c1e4d3a9f002b8c4d5e6f70.1\"", json!({})).await;
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(refused(&world), 2);

    world.parts.keeper.gather_and_sign().unwrap();
    let watch = world.persona("data_protection_officer");
    let log = watch.get(&format!("{path}/access-log?limit=50")).await.ok();
    let entries = log["data"].as_array().unwrap();
    let outcomes: Vec<_> = entries.iter().map(ToString::to_string).collect();
    let told = outcomes.iter().filter(|entry| entry.contains("\"refused\""));
    assert_eq!(told.count(), 2, "{outcomes:?}");
    assert!(outcomes.iter().any(|entry| entry.contains("readChild") && entry.contains("refused")));
}
