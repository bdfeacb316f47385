//! Telling a person of a look later: counted, never hidden, and itself in the log.
use kinstead::platform::clock::Clock as _;
use serde_json::json;
use uuid::Uuid;

use crate::support::{Country, World};

#[actix_web::test]
async fn a_look_is_told_later_but_counted_and_the_deferral_is_in_the_log() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, other) =
        (country.child("female", "2016-05-01"), country.child("male", "2016-05-01"));
    let path = format!("/v1/children/{child}");
    world.persona("case_worker").get(&path).await.ok();
    world.parts.keeper.gather_and_sign().unwrap();
    let officer = world.persona("data_protection_officer");
    let day = |days| world.clock.now().date_naive() + chrono::Duration::days(days);
    let body = |number, until| json!({"number": number, "ground": "criminal_investigation", "until": until});
    let defer = format!("{path}/access-log/defer");
    let put_off = officer.post(&defer, body(1, day(30))).await;
    assert_eq!(put_off.ok()["child_id"], json!(child));
    let looks = officer.get(&format!("{path}/access-log")).await.ok();
    assert_eq!(looks["data"][0]["deferred"]["until"], json!(day(30)));
    assert!(looks["data"][0].get("look").is_none());

    // One at a time, for a year at most, of a look that there is, of this person.
    officer.post(&defer, body(1, day(40))).await.refused(409, "state_conflict");
    for until in [day(0), day(367)] {
        officer.post(&defer, body(1, until)).await.refused(422, "invalid");
    }
    officer.post(&defer, body(9, day(30))).await.refused(404, "not_found");
    let of_another = format!("/v1/children/{other}/access-log/defer");
    officer.post(&of_another, body(1, day(30))).await.refused(404, "not_found");
    let nobody = format!("/v1/children/{}/access-log/defer", Uuid::new_v4());
    officer.post(&nobody, body(1, day(30))).await.refused(404, "not_found");
    for stranger in ["auditor", "case_worker", "national_authority"] {
        world.persona(stranger).post(&defer, body(1, day(30))).await.refused(403, "forbidden");
    }

    world.parts.keeper.gather_and_sign().unwrap();
    let looks = officer.get(&format!("{path}/access-log")).await.ok();
    let told: Vec<_> = looks["data"].as_array().unwrap().iter().collect();
    let deferred = told.iter().find(|look| look["look"]["operation"] == "deferChildAccess");
    assert_eq!(deferred.unwrap()["look"]["outcome"], "changed");

    // When it has run out, it may be deferred anew.
    world.clock.set(format!("{}T12:00:00Z", day(31)).parse().unwrap());
    let officer = world.persona("data_protection_officer");
    officer
        .post(&defer, body(1, world.clock.now().date_naive() + chrono::Duration::days(9)))
        .await
        .ok();
}

#[actix_web::test]
async fn a_look_at_a_family_is_deferred_likewise() {
    let world = World::new().await;
    let family = Country::of(&world).family(1);
    let path = format!("/v1/carer-families/{family}");
    world.persona("carer_support_officer").get(&path).await.ok();
    world.parts.keeper.gather_and_sign().unwrap();
    let officer = world.persona("data_protection_officer");
    let until = world.clock.now().date_naive() + chrono::Duration::days(5);
    let body = json!({"number": 1, "ground": "court_order", "until": until});
    let put_off = officer.post(&format!("{path}/access-log/defer"), body).await;
    assert_eq!(put_off.ok()["carer_family_id"], json!(family));
    let looks = officer.get(&format!("{path}/access-log")).await.ok();
    assert_eq!(looks["data"][0]["deferred"]["ground"], "court_order");
}
