//! Who may no longer know is sent no more, at once.
use chrono::Duration;
use diesel::connection::SimpleConnection as _;
use kinstead::{
    feed,
    platform::{db, embedded::Role},
};
use serde_json::json;

use super::Office;
use crate::feed::{HERE, WHOLE};

#[actix_web::test]
async fn a_revoked_client_is_sent_nothing_and_no_attempt_is_counted() {
    let mut office = Office::new().await;
    let endpoint = office.endpoint(HERE, "/a", json!({"kinds": ["child"]})).await;
    office.receiver.says("/a", 500);
    office.child();
    office.send();
    assert_eq!(office.receiver.take("/a").len(), 1);
    let world = &office.scene.world;
    let authority = world.persona("national_authority");
    let path = format!("/v1/clients/{}", world.client(HERE));
    let tag = authority.get(&path).await.etag().to_owned();
    let why = json!({"reason": "The contract ended."});
    authority.step(&format!("{path}/revoke"), &tag, why).await.ok();
    world.refresh();
    office.receiver.says("/a", 204);
    office.child();
    office.send_after(Duration::minutes(1));
    assert!(office.receiver.take("/a").is_empty());
    let tried =
        format!("webhook_deliveries WHERE endpoint_id = '{}' AND attempts > 1", endpoint.id);
    assert_eq!(office.count(&tried), 0);
}

#[actix_web::test]
async fn what_the_client_may_not_know_any_more_is_withheld() {
    let mut office = Office::new().await;
    let endpoint = office.endpoint(HERE, "/a", json!({"kinds": ["child"]})).await;
    office.receiver.says("/a", 500);
    let child = office.child();
    office.send();
    assert_eq!(office.receiver.take("/a").len(), 1);
    office.scene.move_child(&child, "RS-99").await;
    office.receiver.says("/a", 204);
    office.send_after(Duration::seconds(6));
    let types: Vec<_> =
        office.receiver.take("/a").iter().map(|it| it.json()["type"].clone()).collect();
    assert_eq!(types, ["child.left_scope"]);
    let world = &office.scene.world;
    let path = format!("{}/deliveries?state=withheld", endpoint.path());
    let withheld = world.persona(HERE).get(&path).await.ok();
    assert_eq!(withheld["data"][0]["event"], "child.created");
    assert_eq!(withheld["data"][0]["attempts"], 1);
}

#[actix_web::test]
async fn whose_reach_is_another_makes_its_copy_anew() {
    let mut office = Office::new().await;
    let endpoint = office.endpoint(HERE, "/a", json!({"kinds": ["child"]})).await;
    office.child();
    office.send();
    assert_eq!(office.receiver.take("/a").len(), 1);
    let path = format!("/v1/clients/{}", office.scene.world.client(HERE));
    let authority = office.scene.world.persona("national_authority");
    let tag = authority.get(&path).await.etag().to_owned();
    authority.patch(&path, &tag, json!({"area_codes": ["RS-99"]})).await.ok();
    office.scene.world.refresh();
    office.child();
    office.send();
    let received = office.receiver.take("/a");
    let types: Vec<_> = received.iter().map(|it| it.json()["type"].clone()).collect();
    assert_eq!(types, ["copy.ended"]);
    assert_eq!(received[0].json()["data"], json!({"endpoint_id": endpoint.id}));
    assert!(received[0].is_by_secret(&endpoint.secret));
    // From the present on it is told what it reaches now.
    let child = office.child();
    office.send();
    assert!(office.receiver.take("/a").is_empty());
    office.scene.move_child(&child, "RS-99").await;
    office.send();
    let types: Vec<_> =
        office.receiver.take("/a").iter().map(|it| it.json()["type"].clone()).collect();
    assert!(types.contains(&json!("child.entered_scope")), "{types:?}");
}

#[actix_web::test]
async fn a_registry_that_was_set_back_says_so_and_withholds_what_waited() {
    let mut office = Office::new().await;
    let endpoint = office.endpoint(WHOLE, "/a", json!({"kinds": ["child"]})).await;
    office.receiver.says("/a", 500);
    office.child();
    office.send();
    office.receiver.take("/a");
    let url = office.scene.world.database.url(Role::Keeper);
    assert!(feed::wake(&mut db::connect(&url).unwrap(), true).unwrap());
    office.receiver.says("/a", 204);
    office.send_after(Duration::minutes(1));
    let types: Vec<_> =
        office.receiver.take("/a").iter().map(|it| it.json()["type"].clone()).collect();
    assert_eq!(types, ["copy.ended"]);
    assert_eq!(office.deliveries(&endpoint, "&state=withheld").await.len(), 1);
}

#[actix_web::test]
async fn a_purpose_that_is_the_clients_no_more_stops_what_is_sent_for_it() {
    let mut office = Office::new().await;
    office.endpoint(WHOLE, "/a", json!({"kinds": ["child"], "purpose": "synchronisation"})).await;
    office.child();
    let sql = "UPDATE clients SET purposes = array_remove(purposes, 'synchronisation'), default_purpose = NULL \
        WHERE name = 'sync_client'";
    office.scene.world.database.owner().batch_execute(sql).unwrap();
    office.scene.world.refresh();
    office.send();
    assert_eq!(office.receiver.connections(), 0);
    assert_eq!(office.count("access_inbox WHERE operation = 'receiveChange'"), 0);
}
