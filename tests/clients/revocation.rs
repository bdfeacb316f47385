//! Out means out: on every way in, within seconds, whatever the token's life.
use std::time::{Duration as Wait, Instant};

use kinstead::{platform::clock::Clock as _, server::Background};
use serde_json::json;

use super::system::{Signer, System, ask, form, refused};
use crate::support::World;

const PATH: &str = "/v1/organisations";
const REASON: &str = "It was lost.";

/// Asks again and again with this token until it is refused; how long that took.
async fn until_out(world: &World, token: &str) -> Wait {
    let started = Instant::now();
    while world.bearer(token).get(PATH).await.status != 401 {
        assert!(started.elapsed() < Wait::from_secs(60), "it is still in");
        actix_web::rt::time::sleep(Wait::from_millis(50)).await;
    }
    started.elapsed()
}

#[actix_web::test]
async fn a_revoked_client_and_a_revoked_key_are_out_on_every_way_in() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let background = Background::start(world.parts.platform.clone(), world.clock.clone());
    for of_key in [false, true] {
        let name = if of_key { "By its key" } else { "By itself" };
        let system = System::new(&world, name, Signer::ed25519()).await;
        let token = system.token(&world).await;
        world.bearer(&token).get(PATH).await.ok();
        let signed = world.token(system.id);
        let (path, tag) = if of_key {
            system.key.clone()
        } else {
            (system.path.clone(), authority.get(&system.path).await.etag().to_owned())
        };
        authority.step(&format!("{path}/revoke"), &tag, json!({"reason": REASON})).await.ok();
        // The token endpoint asks the database: it knows at once.
        refused(&ask(&world, &form(&system.assertion())).await, "invalid_client");
        assert!(until_out(&world, &token).await < Wait::from_secs(20));
        // A token that was not got by the key is none of the key's.
        let direct = world.bearer(&signed).get(PATH).await.status.as_u16();
        assert_eq!(direct, if of_key { 200 } else { 401 });
    }
    background.stop();
}

#[actix_web::test]
async fn a_client_and_a_key_that_run_out_are_out() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let system = System::new(&world, "One", Signer::p256()).await;
    let signer = Signer::ed25519();
    let soon = json!({"jwk": signer.jwk(), "valid_until": "2026-11-22T12:01:00Z"});
    let kid = authority.post(&format!("{}/keys", system.path), soon).await.ok()["kid"].clone();
    let later = json!({"jwk": Signer::ed25519().jwk(), "valid_from": "2026-11-22T12:01:00Z"});
    authority.post(&format!("{}/keys", system.path), later).await.ok();
    world.refresh();
    let kid = kid.as_str().unwrap().to_owned();
    let passing =
        System { signer, kid, path: system.path.clone(), key: system.key.clone(), ..system };
    let token = passing.token(&world).await;
    world.clock.advance(chrono::Duration::seconds(59));
    world.bearer(&token).get(PATH).await.ok();
    world.clock.advance(chrono::Duration::seconds(1));
    world.bearer(&token).get(PATH).await.refused(401, "unauthenticated");
    let again = System { now: world.parts.platform.clock.now(), ..passing };
    refused(&ask(&world, &form(&again.assertion())).await, "invalid_client");
}

#[actix_web::test]
async fn a_service_that_cannot_renew_its_copy_lets_nobody_in() {
    let world = World::new().await;
    let actors =
        kinstead::clients::store::actors(&mut world.database.service(), world.clock.now()).unwrap();
    let directory = &world.parts.platform.directory;
    let ngo = world.persona("ngo");
    directory.replace_for(actors.clone(), Wait::from_secs(60));
    ngo.get(PATH).await.ok();
    directory.replace_for(actors, Wait::ZERO);
    let refused = ngo.get(PATH).await;
    refused.refused(503, "busy");
    assert_eq!(refused.header("retry-after"), "1");
}
