//! Who may merge, who is pointed to the survivor, and who learns of nothing; by either wall alone.
use diesel::{
    QueryableByName, RunQueryDsl as _,
    connection::SimpleConnection as _,
    sql_query,
    sql_types::{Nullable, Uuid as SqlUuid},
};
use kinstead::platform::{clock::Clock as _, db, embedded::Role};
use serde_json::json;
use uuid::Uuid;

use crate::{
    support::{Country, Persona, World, everything::merged},
    trust::{add_elsewhere, elsewhere},
};

async fn registered(who: &Persona<'_>, area: &str) -> String {
    let new = json!({"sex": "female", "birth_date": "2017-05-14", "area_code": area, "registration_basis": "without_parental_care"});
    who.post("/v1/children", new).await.ok()["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn who_may_read_only_one_of_the_two_merges_neither_and_is_pointed_nowhere() {
    let world = World::new().await;
    let _country = Country::of(&world);
    add_elsewhere(&world);
    let (own, stranger) = (world.persona("case_worker"), world.persona(&elsewhere("case_worker")));
    let national = world.persona("national_authority");
    let (near, far) = (registered(&own, "RS-20").await, registered(&stranger, "RS-99").await);
    let region = world.persona(&elsewhere("regional_authority"));
    let (path, seen) =
        (format!("/v1/children/{far}"), national.get(&format!("/v1/children/{far}")).await);
    let request = json!({"child_id": near, "version": 1, "reason": "Registered twice."});
    for verb in ["merge", "merge:evaluate"] {
        region
            .step(&format!("{path}/{verb}"), seen.etag(), request.clone())
            .await
            .refused(404, "not_found");
    }
    let other = national.get(&format!("/v1/children/{near}")).await;
    let swapped = json!({"child_id": far, "version": 1, "reason": "Registered twice."});
    region
        .step(&format!("/v1/children/{near}/merge"), other.etag(), swapped)
        .await
        .refused(404, "not_found");

    let merge = merged(&national, &far, &near).await.ok();
    // Its own record is one with another of which it may not know.
    own.get(&format!("/v1/children/{near}")).await.refused(404, "not_found");
    own.get(&format!("/v1/child-merges/{}", merge["id"].as_str().unwrap()))
        .await
        .refused(404, "not_found");
    let led = stranger.get(&format!("/v1/children/{near}")).await;
    assert_eq!(led.refused(308, "moved")["merged_into"], json!(far));
    let read =
        stranger.get(&format!("/v1/child-merges/{}", merge["id"].as_str().unwrap())).await.ok();
    assert_eq!(read, merge);
}

#[actix_web::test]
async fn the_database_moves_nothing_for_whom_may_change_only_one() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let near = country.child("female", "2017-05-14");
    let far = registered(&world.persona(&elsewhere("case_worker")), "RS-99").await;
    let mut conn = db::connect(&world.database.url(Role::Service)).unwrap();
    for (client, allowed) in
        [("national_authority".to_owned(), true), (elsewhere("regional_authority"), false)]
    {
        let reach = world.actor(&client).reaches["children:merge"].clone();
        let begin = format!(
            "BEGIN; {}{}",
            reach.settings(world.clock.now()),
            reach.change_settings(&["personal", "identifying"], false)
        );
        for asked in [
            format!("SELECT FROM hung_on('{near}', '{far}')"),
            format!("SELECT rehang('visits', 'child_id', '{{}}', '{near}', '{far}')"),
            format!("SELECT count_up('visit', '{{}}', '{near}', '{far}')"),
            format!("SELECT FROM last_entries('visit', '{{}}', '{near}', '{far}')"),
        ] {
            conn.batch_execute(&begin).unwrap();
            let done = sql_query(&asked).execute(&mut conn);
            assert_eq!(done.is_ok(), allowed, "{client}: {asked}: {done:?}");
            conn.batch_execute("ROLLBACK").unwrap();
        }
    }
}

#[actix_web::test]
async fn what_hangs_on_neither_of_the_two_is_told_and_changed_never() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let [one, other, third] = [1, 2, 3].map(|_| country.child("female", "2017-05-14"));
    let authority = world.persona("national_authority");
    let mut statuses = Vec::new();
    for child in [other, third] {
        let path = format!("/v1/children/{child}/legal-statuses");
        let new = json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-03-02"});
        statuses.push(authority.post(&path, new).await.ok()["id"].as_str().unwrap().to_owned());
    }
    let mut conn = db::connect(&world.database.url(Role::Service)).unwrap();
    let reach = world.actor("national_authority").reaches["children:merge"].clone();
    let settings = reach.settings(world.clock.now());
    let changes = reach.change_settings(&["personal", "identifying"], false);
    for (ids, allowed) in [
        (statuses[0].clone(), true),
        (statuses[1].clone(), false),
        (format!("{},{}", statuses[0], statuses[1]), false),
    ] {
        for asked in ["SELECT count_up", "SELECT FROM last_entries"] {
            conn.batch_execute(&format!("BEGIN; {settings}{changes}")).unwrap();
            let asked = format!("{asked}('legal_status', '{{{ids}}}', '{one}', '{other}')");
            let done = sql_query(&asked).execute(&mut conn);
            assert_eq!(done.is_ok(), allowed, "{asked}: {done:?}");
            conn.batch_execute("ROLLBACK").unwrap();
        }
    }
}

#[derive(Debug, QueryableByName)]
struct Told {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    merged_into: Option<Uuid>,
}

#[actix_web::test]
async fn the_database_points_those_to_a_survivor_who_may_know_of_it() {
    let world = World::new().await;
    let _country = Country::of(&world);
    add_elsewhere(&world);
    let (own, stranger) = (world.persona("case_worker"), world.persona(&elsewhere("case_worker")));
    let (near, far) = (registered(&own, "RS-20").await, registered(&stranger, "RS-99").await);
    merged(&world.persona("national_authority"), &far, &near).await.ok();
    let survivor = Some(far.parse().unwrap());
    let mut conn = db::connect(&world.database.url(Role::Service)).unwrap();
    for (client, told) in [
        ("national_authority".to_owned(), Some(survivor)),
        // It knows of the survivor.
        (elsewhere("case_worker"), Some(survivor)),
        // It knows of what was merged alone.
        ("case_worker".to_owned(), Some(None)),
        ("ngo".to_owned(), None),
    ] {
        let actor = world.actor(&client);
        let settings = actor.reaches.get("children:read").map(|it| it.settings(world.clock.now()));
        conn.batch_execute(&format!("BEGIN; {}", settings.unwrap_or_default())).unwrap();
        let asked = format!("SELECT merged_into FROM merged_persons('{{{near}}}')");
        let found: Vec<Told> = sql_query(&asked).load(&mut conn).unwrap();
        let found = found.first().map(|row| row.merged_into);
        assert_eq!(found, told, "{client}");
        conn.batch_execute("ROLLBACK").unwrap();
    }
}
