//! Transactions: what only reads writes nothing and sees one state; what loses a race is tried again.
use std::cell::Cell;

use actix_web::{FromRequest as _, test::TestRequest};
use diesel::connection::SimpleConnection;
use kinstead::{
    platform::{
        access::{Access, Public},
        clock::Clock as _,
        db::{Tx, change_on, connect},
        embedded::Role,
        error::Error,
        idempotency::PLATFORM,
    },
    reference::{areas, permission::ManageReference},
};
use serde_json::json;

use crate::support::{World, body};

#[actix_web::test]
async fn what_only_reads_can_write_nothing_and_sees_one_state() {
    let world = World::new().await;
    let request = TestRequest::get().app_data(world.parts.platform.clone()).to_http_request();
    let reader = Public::extract(&request).await.unwrap();
    let write = "UPDATE areas SET names = names";
    let refused = reader.read(|conn| Ok(conn.batch_execute(write)?)).await.unwrap_err();
    assert!(format!("{refused:?}").contains("read-only transaction"), "{refused:?}");
    let owner = world.database.url(Role::Owner);
    let seen = reader
        .read(move |conn| {
            let before = areas::store::find(conn, "XX").is_ok();
            connect(&owner)?.batch_execute("INSERT INTO areas (id, code, level, names) VALUES (gen_random_uuid(), 'XX', 'country', '{}')")?;
            Ok((before, areas::store::find(conn, "XX").is_ok()))
        })
        .await
        .unwrap();
    assert_eq!(seen, (false, false), "a change beside it is not seen half-way");
}

#[actix_web::test]
async fn what_is_rehearsed_is_taken_back() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.token(world.client("national_authority")));
    let request = TestRequest::get()
        .insert_header(("authorization", bearer))
        .app_data(world.parts.platform.clone())
        .to_http_request();
    let access = Access::<ManageReference>::extract(&request).await.unwrap();
    let new = json!({"code": "XR", "level": "country", "names": {"en": "Somewhere"}});
    let made = move |tx: &mut Tx<'_>| {
        let _added = areas::store::add(tx, &body(new.clone()))?;
        Ok(areas::store::find(tx.conn, "XR").is_ok())
    };
    assert!(access.rehearse(made).await.unwrap(), "it is there while it lasts");
    assert!(areas::store::find(&mut world.database.service(), "XR").is_err());
}

#[actix_web::test]
async fn a_change_that_loses_a_race_is_tried_five_times_in_all() {
    let world = World::new().await;
    let mut conn = world.database.service();
    for (wins_at, done) in [(5, true), (6, false)] {
        let (attempts, code) = (Cell::new(0), format!("X{wins_at}"));
        let new = json!({"code": code, "level": "country", "names": {"en": "Somewhere"}});
        let outcome = change_on(&mut conn, PLATFORM, world.clock.now(), |tx| {
            attempts.set(attempts.get() + 1);
            let added = areas::store::add(tx, &body(new.clone()))?;
            if attempts.get() < wins_at { Err(Error::Busy) } else { Ok(added) }
        });
        assert_eq!((outcome.is_ok(), attempts.get()), (done, 5));
        assert_eq!(areas::store::find(&mut conn, &code).is_ok(), done);
    }
}
