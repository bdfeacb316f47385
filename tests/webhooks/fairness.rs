//! A hundred endpoints, of which ten are dead and five trickle: the others do not notice.
use std::{
    thread,
    time::{Duration, Instant},
};

use kinstead::webhooks::posting::{PLACES, SLOW_PLACES};
use serde_json::json;

use super::{Office, receiver::Manner};
use crate::feed::WHOLE;

const DEAD: usize = 10;
const TRICKLING: usize = 5;
const WELL: usize = 85;
const MESSAGES: usize = 3;

#[actix_web::test]
async fn the_dead_and_the_slow_delay_nobody_else() {
    let mut office = Office::new().await;
    let mut bad = Vec::new();
    for index in 0..DEAD + TRICKLING {
        let path = format!("/bad/{index}");
        let manner = if index < DEAD { Manner::Silent } else { Manner::Trickles };
        office.receiver.behave(&path, manner);
        bad.push(office.endpoint(WHOLE, &path, json!({"kinds": ["child"]})).await);
    }
    for index in 0..WELL {
        office.endpoint(WHOLE, &format!("/well/{index}"), json!({"kinds": ["child"]})).await;
    }
    for _ in 0..MESSAGES {
        office.child();
    }
    office.scene.gather();
    let posting = office.post().start();
    let begun = Instant::now();
    while office.receiver.count("/well/") < WELL * MESSAGES {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", office.receiver.count("/well/"));
        thread::sleep(Duration::from_millis(20));
    }
    // Each got each, once, and in order, before anything came of a single attempt at the bad ones.
    for index in 0..WELL {
        let received = office.receiver.take(&format!("/well/{index}"));
        let places: Vec<i64> =
            received.iter().map(|it| it.json()["data"]["position"].as_i64().unwrap()).collect();
        assert_eq!(places.len(), MESSAGES);
        assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
    }
    let ids: Vec<String> = bad.iter().map(|it| format!("'{}'", it.id)).collect();
    let of_bad = format!(
        "webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery_id WHERE d.endpoint_id IN ({})",
        ids.join(", ")
    );
    assert_eq!(office.count(&of_bad), 0);
    assert!(office.receiver.count("/bad/") <= DEAD + TRICKLING, "one attempt at a time");
    posting.stop();
}

#[actix_web::test]
async fn those_who_were_slow_leave_places_to_others() {
    const BAD: usize = PLACES + SLOW_PLACES;
    let mut office = Office::new().await;
    for index in 0..BAD {
        let path = format!("/bad/{index}");
        office.receiver.behave(&path, Manner::HangsUp);
        office.endpoint(WHOLE, &path, json!({"kinds": ["child"]})).await;
    }
    office.child();
    office.scene.gather();
    let posting = office.post().start();
    let until = |what: &str, is_so: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
            thread::sleep(Duration::from_millis(5));
        }
    };
    until("each failed once", &|| usize::try_from(office.count("webhook_attempts")) == Ok(BAD));
    for index in 0..BAD {
        office.receiver.behave(&format!("/bad/{index}"), Manner::Silent);
    }
    // Each is due again, and will keep whoever sends to it waiting.
    office.scene.world.clock.advance(chrono::Duration::seconds(6));
    until("some are tried again", &|| office.receiver.count("/bad/") >= BAD + SLOW_PLACES);
    office.endpoint(WHOLE, "/well", json!({"kinds": ["child"]})).await;
    office.child();
    office.scene.gather();
    until("who is well is told", &|| office.receiver.count("/well") == 1);
    assert_eq!(
        office.receiver.count("/bad/"),
        BAD + SLOW_PLACES,
        "and the slow took no more places"
    );
    posting.stop();
}
