//! The edge cases of the field that concern placements, each by name.
use serde_json::json;

use crate::support::{
    Country, World, day, leave, move_to_facility, move_to_family, plan, start, with_family,
};

#[actix_web::test]
async fn a_child_born_today_is_placed_today() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2026-11-22"), country.family(1));
    world
        .persona("case_worker")
        .post("/v1/placements", with_family(child, family, "2026-11-22"))
        .await
        .ok();
}

#[actix_web::test]
async fn no_placement_begins_before_birth_or_in_the_future() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2026-11-01"), country.family(1));
    let worker = world.persona("case_worker");
    worker.post("/v1/placements", with_family(child, family, "2026-10-31")).await.broke("PL-05");
    worker.post("/v1/placements", with_family(child, family, "2026-11-23")).await.broke("PL-06");
}

#[actix_web::test]
async fn today_is_the_registrys_day_not_the_servers() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2016-11-01"), country.family(1));
    // 23:30 in Belgrade is already the next day when summer time has ended and it is 22:30 UTC.
    world.clock.set("2026-11-22T23:30:00Z".parse().unwrap());
    world
        .persona("case_worker")
        .post("/v1/placements", with_family(child, family, "2026-11-23"))
        .await
        .ok();
}

#[actix_web::test]
async fn care_begins_before_the_eighteenth_birthday_and_may_go_on_after_it() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let family = country.family(3);
    let grown = country.child("male", "2008-03-01");
    worker.post("/v1/placements", with_family(grown, family, "2026-03-01")).await.broke("PL-05");
    let placed = worker.post("/v1/placements", with_family(grown, family, "2026-02-28")).await;
    placed.ok();
    let home = country.facility(json!({"total": 1}));
    let path = placed.header("location");
    worker
        .step(&format!("{path}/move"), placed.etag(), move_to_facility(home, "2026-06-01"))
        .await
        .ok();
}

#[actix_web::test]
async fn independent_living_is_for_the_older() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let child = country.child("male", "2010-03-01");
    let living =
        |on| start(child, "supervised_independent_living", json!({"kind": "own_dwelling"}), on);
    let problem = worker.post("/v1/placements", living("2025-02-28")).await.broke("PL-10");
    assert_eq!(problem["facts"]["min_age"], 15);
    worker.post("/v1/placements", living("2025-03-01")).await.ok();
}

#[actix_web::test]
async fn twins_of_whom_one_is_placed_apart_each_have_a_home_and_one_another() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let twins = [country.child("female", "2019-05-01"), country.child("male", "2019-05-01")];
    country.siblings(&twins);
    let homes = [country.family(1), country.family(1)];
    let mut placed = Vec::new();
    for (twin, home) in twins.iter().zip(homes) {
        placed.push(worker.post("/v1/placements", with_family(*twin, home, "2026-03-01")).await);
    }
    for (index, twin) in twins.iter().enumerate() {
        let timeline = worker.get(&format!("/v1/children/{twin}/timeline")).await.ok();
        assert_eq!(timeline["lives"]["provider"]["carer_family_id"], json!(homes[index]));
        let relations = worker.get(&format!("/v1/children/{twin}/relations")).await.ok();
        assert_eq!(relations["data"][0]["related_child_id"], json!(twins[1 - index]));
    }
    // The one family has one place; that the other twin is her brother makes room for him.
    let his = &placed[1];
    let path = format!("{}/move", his.header("location"));
    worker.step(&path, his.etag(), move_to_family(homes[0], "2026-06-01")).await.ok();
    let timeline = worker.get(&format!("/v1/children/{}/timeline", twins[1])).await.ok();
    assert_eq!(timeline["lives"]["provider"]["carer_family_id"], json!(homes[0]));
}

#[actix_web::test]
async fn two_moves_on_one_day_are_refused() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let child = country.child("male", "2015-03-01");
    let (one, two, three) = (country.family(1), country.family(1), country.family(1));
    let placed = worker.post("/v1/placements", with_family(child, one, "2026-03-01")).await;
    worker
        .step(
            &format!("{}/move", placed.header("location")),
            placed.etag(),
            move_to_family(two, "2026-03-01"),
        )
        .await
        .broke("PL-02");
    let moved = worker
        .step(
            &format!("{}/move", placed.header("location")),
            placed.etag(),
            move_to_family(two, "2026-03-02"),
        )
        .await;
    let path = format!("/v1/placements/{}", moved.ok()["id"].as_str().unwrap());
    worker
        .step(&format!("{path}/move"), moved.etag(), move_to_family(three, "2026-03-02"))
        .await
        .broke("PL-02");
    let same =
        worker.step(&format!("{path}/move"), moved.etag(), move_to_family(two, "2026-03-09")).await;
    assert_eq!(same.refused(422, "invalid")["errors"][0]["code"], "no_change");
}

#[actix_web::test]
async fn death_ends_care_on_its_day_and_nothing_begins_after() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let (child, family) = (country.child("male", "2015-03-01"), country.family(1));
    let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let path = format!("{}/end", placed.header("location"));
    let died = |on: &str| json!({"ended_on": on, "reason": "other", "exit_reason": "died", "planned_exit": false});
    worker.step(&path, placed.etag(), died("2026-05-01")).await.broke("PL-07");
    let record = format!("/v1/children/{child}");
    let etag = worker.get(&record).await.etag().to_owned();
    worker.patch(&record, &etag, json!({"death_date": "2026-05-01"})).await.ok();
    worker.step(&path, placed.etag(), leave("2026-05-02")).await.broke("PL-07");
    worker.step(&path, placed.etag(), died("2026-05-01")).await.ok();
    worker.post("/v1/placements", with_family(child, family, "2026-05-01")).await.broke("PL-07");
}

#[actix_web::test]
async fn a_final_adoption_ends_care_and_nothing_begins_after() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let (child, family) = (country.child("male", "2015-03-01"), country.family(1));
    let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let path = format!("{}/end", placed.header("location"));
    let adopted = json!({"ended_on": "2026-05-01", "reason": "care_plan", "exit_reason": "adopted_unopposed", "planned_exit": true});
    worker.step(&path, placed.etag(), adopted).await.ok();
    let record = worker.get(&format!("/v1/children/{child}")).await.ok();
    assert_eq!(record["adopted_on"], "2026-05-01");
    worker.post("/v1/placements", with_family(child, family, "2026-06-01")).await.broke("PL-07");
    let home = json!({"kind": "carer_family", "carer_family_id": family});
    let plan = plan(child, "foster_long_term", home, "2026-12-01");
    worker.post("/v1/placements", plan).await.broke("PL-07");
}

#[actix_web::test]
async fn death_on_the_first_day_leaves_no_placement_of_no_length() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("supervisor");
    let child = country.child("male", "2015-03-01");
    let (one, two) = (country.family(1), country.family(1));
    let placed = worker.post("/v1/placements", with_family(child, one, "2026-03-01")).await;
    let moved = worker
        .step(
            &format!("{}/move", placed.header("location")),
            placed.etag(),
            move_to_family(two, "2026-05-01"),
        )
        .await;
    let record = format!("/v1/children/{child}");
    worker
        .patch(&record, worker.get(&record).await.etag(), json!({"death_date": "2026-05-01"}))
        .await
        .ok();
    let died = json!({"ended_on": "2026-05-01", "reason": "other", "exit_reason": "died", "planned_exit": false});
    let path = format!("/v1/placements/{}", moved.ok()["id"].as_str().unwrap());
    worker.step(&format!("{path}/end"), moved.etag(), died.clone()).await.broke("PL-02");
    // The move never was: the placement before it ends on the day of the death.
    worker
        .step(&format!("{path}/annul"), moved.etag(), json!({"reason": "The child died that day."}))
        .await
        .ok();
    let first = placed.header("location");
    worker.step(&format!("{first}/end"), worker.get(first).await.etag(), died).await.ok();
}

#[actix_web::test]
async fn an_erroneous_exit_is_taken_back_and_is_no_re_entry() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("supervisor");
    let (child, family) = (country.child("male", "2015-03-01"), country.family(1));
    let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let path = placed.header("location").to_owned();
    let ended = worker.step(&format!("{path}/end"), placed.etag(), leave("2026-05-01")).await.ok();
    let period = format!("/v1/care-periods/{}", ended["care_period_id"].as_str().unwrap());
    let closed = worker.get(&period).await;
    let why = json!({"reason": "The exit was entered for the wrong child."});
    world
        .persona("case_worker")
        .step(&format!("{period}/reopen"), closed.etag(), why.clone())
        .await
        .refused(403, "forbidden");
    let open = worker.step(&format!("{period}/reopen"), closed.etag(), why.clone()).await.ok();
    assert_eq!((&open["state"], open.get("ended_on")), (&json!("open"), None));
    let again = worker.get(&path).await;
    assert_eq!(again.ok()["state"], "active");
    worker.step(&format!("{path}/end"), again.etag(), leave("2026-05-01")).await.ok();
    let back = worker.post("/v1/placements", with_family(child, family, "2026-07-01")).await.ok();
    let second = worker
        .get(&format!("/v1/care-periods/{}", back["care_period_id"].as_str().unwrap()))
        .await
        .ok();
    assert_eq!(second["re_entry_of"], open["id"]);
    let closed = worker.get(&period).await;
    worker.step(&format!("{period}/reopen"), closed.etag(), why).await.broke("PL-04");
}

#[actix_web::test]
async fn a_transfer_between_authorities_is_no_exit() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let (child, family) = (country.child("male", "2015-03-01"), country.family(1));
    let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let mut exit = leave("2026-05-01");
    exit["exit_reason"] = json!("transferred_other_authority");
    let problem = worker
        .step(&format!("{}/end", placed.header("location")), placed.etag(), exit)
        .await
        .refused(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/exit_reason");
}

#[actix_web::test]
async fn an_approval_does_not_hold_on_the_day_on_which_it_expires() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let child = country.child("male", "2015-03-01");
    let family = country.family_with(json!({"valid_to": "2026-03-01"}));
    let problem = worker
        .post("/v1/placements", with_family(child, family, "2026-03-01"))
        .await
        .broke("PL-11");
    assert_eq!(problem["facts"]["why"], "approval_over");
    worker.post("/v1/placements", with_family(child, family, "2026-02-28")).await.ok();
}

#[test]
fn ages_and_months_follow_the_calendar() {
    use kinstead::platform::time::{add_months, birthday};
    assert_eq!(birthday(day("2024-02-29"), 3), day("2027-02-28"));
    assert_eq!(add_months(day("2026-08-31"), 6), day("2027-02-28"));
}
