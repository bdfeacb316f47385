//! Corrections: what was recorded wrongly is put right, and its neighbours with it.
use serde_json::json;

use crate::support::{Country, World, in_facility, leave, move_to_family, with_family};

#[actix_web::test]
async fn a_correction_moves_the_neighbour_too() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("supervisor");
    let child = country.child("male", "2015-03-01");
    let (one, two) = (country.family(1), country.family(1));
    let placed = worker.post("/v1/placements", with_family(child, one, "2026-03-01")).await;
    let first = placed.header("location").to_owned();
    let moved = worker
        .step(&format!("{first}/move"), placed.etag(), move_to_family(two, "2026-05-01"))
        .await;
    let second = format!("/v1/placements/{}", moved.ok()["id"].as_str().unwrap());
    let right =
        |on: &str| json!({"started_on": on, "reason": "The child had moved on another day."});
    let corrected =
        worker.step(&format!("{second}/correct"), moved.etag(), right("2026-04-20")).await;
    assert_eq!(corrected.ok()["started_on"], "2026-04-20");
    assert_eq!(worker.get(&first).await.ok()["ended_on"], "2026-04-20");
    worker
        .step(&format!("{second}/correct"), corrected.etag(), right("2026-03-01"))
        .await
        .broke("PL-02");
    let begun = worker
        .step(&format!("{first}/correct"), worker.get(&first).await.etag(), right("2026-02-10"))
        .await
        .ok();
    let period = worker
        .get(&format!("/v1/care-periods/{}", begun["care_period_id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(period["started_on"], "2026-02-10");
}

#[actix_web::test]
async fn a_correction_that_breaks_capacity_in_the_past_is_kept_and_flagged() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("supervisor");
    let home = country.facility(json!({"total": 1}));
    let (one, two) = (country.child("male", "2015-03-01"), country.child("male", "2015-03-01"));
    let first = worker.post("/v1/placements", in_facility(one, home, "2026-03-01")).await;
    worker
        .step(&format!("{}/end", first.header("location")), first.etag(), leave("2026-05-01"))
        .await
        .ok();
    let second = worker.post("/v1/placements", in_facility(two, home, "2026-05-01")).await;
    second.ok();
    let right = json!({"started_on": "2026-04-25", "reason": "The child had come a week earlier."});
    let corrected = worker
        .step(&format!("{}/correct", second.header("location")), second.etag(), right)
        .await
        .ok();
    assert_eq!(corrected["flags"], json!(["PL-12"]));
    // Today's limit holds: the exit of the first child cannot be taken back.
    let period = format!(
        "/v1/care-periods/{}",
        worker.get(first.header("location")).await.ok()["care_period_id"].as_str().unwrap()
    );
    let why = json!({"reason": "The exit was entered for the wrong child."});
    worker
        .step(&format!("{period}/reopen"), worker.get(&period).await.etag(), why)
        .await
        .broke("PL-12");
}

#[actix_web::test]
async fn a_placement_entered_in_error_leaves_no_gap() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("supervisor");
    let child = country.child("male", "2015-03-01");
    let (one, two) = (country.family(1), country.family(1));
    let placed = worker.post("/v1/placements", with_family(child, one, "2026-03-01")).await;
    let first = placed.header("location").to_owned();
    let moved = worker
        .step(&format!("{first}/move"), placed.etag(), move_to_family(two, "2026-05-01"))
        .await;
    let why = json!({"reason": "The child never lived there."});
    worker.step(&format!("{first}/annul"), worker.get(&first).await.etag(), why.clone()).await.ok();
    let second = format!("/v1/placements/{}", moved.ok()["id"].as_str().unwrap());
    let now_first = worker.get(&second).await;
    assert_eq!(
        (&now_first.ok()["started_on"], &now_first.json()["opens_period"]),
        (&json!("2026-03-01"), &json!(true))
    );
    worker.step(&format!("{second}/annul"), now_first.etag(), why).await.ok();
    let timeline = worker.get(&format!("/v1/children/{child}/timeline")).await.ok();
    assert_eq!(timeline["care_periods"], json!([]), "the period never was");
    worker.post("/v1/placements", with_family(child, one, "2026-04-01")).await.ok();
}

#[actix_web::test]
async fn a_re_entry_after_care_that_never_was_follows_the_care_before_it() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("supervisor");
    let (child, home) = (country.child("male", "2015-03-01"), country.family(1));
    let mut stays = Vec::new();
    for (from, to) in
        [("2026-01-10", "2026-02-10"), ("2026-03-10", "2026-04-10"), ("2026-05-10", "2026-06-10")]
    {
        let placed = worker.post("/v1/placements", with_family(child, home, from)).await;
        let path = placed.header("location").to_owned();
        let ended = worker.step(&format!("{path}/end"), placed.etag(), leave(to)).await.ok();
        stays.push((
            path,
            format!("/v1/care-periods/{}", ended["care_period_id"].as_str().unwrap()),
        ));
    }
    let read = async |place: usize| worker.get(&stays[place].1).await.ok();
    let annul = async |place: usize| {
        let path = &stays[place].0;
        let why = json!({"reason": "The child never lived there."});
        worker.step(&format!("{path}/annul"), worker.get(path).await.etag(), why).await.ok();
    };
    let (first, last) = (read(0).await, read(2).await);
    assert_eq!(last["re_entry_of"], read(1).await["id"]);
    annul(1).await;
    let after_first = read(2).await;
    assert_eq!(after_first["re_entry_of"], first["id"]);
    assert_eq!(after_first["version"], json!(last["version"].as_i64().unwrap() + 1));
    assert_eq!(read(1).await["state"], "entered_in_error");
    annul(0).await;
    let only = read(2).await;
    assert_eq!((only.get("re_entry_of"), &only["state"]), (None, &json!("closed")));
}

#[actix_web::test]
async fn with_whom_a_child_stayed_is_told_anew_when_its_carer_was_another() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("supervisor");
    let child = country.child("male", "2015-03-01");
    let (one, two) = (country.family(1), country.family(1));
    let first = worker.post("/v1/placements", with_family(child, one, "2026-03-01")).await;
    let mut paths = vec![first.header("location").to_owned()];
    for (planned_kind, on) in [("long_term", "2026-05-01"), ("permanent", "2026-07-01")] {
        let last = paths.last().unwrap().clone();
        let mut target = move_to_family(two, on);
        target["to"]["planned_kind"] = json!(planned_kind);
        let seen = worker.get(&last).await;
        let moved = worker.step(&format!("{last}/move"), seen.etag(), target).await.ok();
        paths.push(format!("/v1/placements/{}", moved["id"].as_str().unwrap()));
    }
    let stayed = async || {
        let mut stayed = Vec::new();
        for path in &paths {
            let placement = worker.get(path).await.ok();
            let lived = placement["state"] != "entered_in_error";
            stayed.extend(lived.then(|| placement["same_carer"].as_bool().unwrap()));
        }
        stayed
    };
    let right = async |place: usize, family| {
        let provider = json!({"kind": "carer_family", "carer_family_id": family});
        let fix = json!({"provider": provider, "reason": "The child had lived with others."});
        let path = &paths[place];
        let seen = worker.get(path).await;
        worker.step(&format!("{path}/correct"), seen.etag(), fix).await.ok();
    };
    assert_eq!(stayed().await, [false, false, true]);
    right(1, one).await;
    assert_eq!(stayed().await, [false, true, false]);
    right(2, one).await;
    assert_eq!(stayed().await, [false, true, true]);
    right(0, two).await;
    assert_eq!(stayed().await, [false, false, true]);
    // The first takes the days of the second, and the third follows the first.
    for (place, expected) in [(1, vec![false, false]), (0, vec![false])] {
        let path = &paths[place];
        let seen = worker.get(path).await;
        let why = json!({"reason": "The child never lived there."});
        worker.step(&format!("{path}/annul"), seen.etag(), why).await.ok();
        assert_eq!(stayed().await, expected);
    }
}

#[actix_web::test]
async fn with_whom_a_child_stayed_is_told_anew_when_a_stay_never_was() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("supervisor");
    let child = country.child("male", "2015-03-01");
    let home = country.family(1);
    let first = worker.post("/v1/placements", with_family(child, home, "2026-03-01")).await;
    let path = first.header("location").to_owned();
    let mut target = move_to_family(home, "2026-05-01");
    target["to"]["planned_kind"] = json!("permanent");
    let moved = worker.step(&format!("{path}/move"), first.etag(), target).await.ok();
    assert_eq!(moved["same_carer"], true);
    let why = json!({"reason": "The child never lived there."});
    worker.step(&format!("{path}/annul"), worker.get(&path).await.etag(), why).await.ok();
    let moved = worker.get(&format!("/v1/placements/{}", moved["id"].as_str().unwrap())).await;
    assert_eq!(
        (&moved.ok()["opens_period"], &moved.json()["same_carer"]),
        (&json!(true), &json!(false))
    );
}
