//! Hostile tokens and assertions that an independent library signed, and honest ones beside them.
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{SigningKey, pkcs8::DecodePrivateKey as _};
use kinstead::platform::clock::Clock as _;
use serde_json::{Value, json};

use super::system::{ISSUER, Signer, System, ask, form, refused};
use crate::support::{
    World, key,
    process::{python, text},
};

/// The private key as JSON.
fn private(signer: &Signer) -> Value {
    let secret: [u8; 32] = match signer {
        Signer::Ed25519(key) => SigningKey::from_pkcs8_der(&key.der().unwrap()).unwrap().to_bytes(),
        Signer::P256(key) => key.to_bytes().into(),
    };
    let mut jwk = signer.jwk();
    jwk["d"] = json!(BASE64.encode(secret));
    jwk
}

/// What joserfc signs for these.
fn signed(given: &Value) -> Vec<Value> {
    let mut made = Command::new(python())
        .arg("tests/clients/hostile.py")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    made.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let made = made.wait_with_output().unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    text(&made.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[actix_web::test]
async fn what_an_independent_library_signs_with_ill_will_is_refused() {
    let world = World::new().await;
    let systems = [
        System::new(&world, "One", Signer::ed25519()).await,
        System::new(&world, "Two", Signer::p256()).await,
    ];
    let client = |system: &System| {
        let algorithm = json!(system.signer.algorithm());
        json!({"id": system.id, "algorithm": algorithm, "key": private(&system.signer)})
    };
    let subject = kinstead::clients::store::find_by_name(&mut world.database.service(), "ngo");
    let all = signed(&json!({
        "now": world.clock.now().timestamp(), "issuer": ISSUER, "audience": "kinstead",
        "subject": subject.unwrap().id, "service_key": private(&Signer::Ed25519(key().clone())),
        "clients": systems.each_ref().map(client),
    }));
    let (mut honest, mut hostile) = (0, [0, 0]);
    for made in &all {
        let (kind, what, text) =
            (made["kind"].as_str().unwrap(), &made["what"], made["text"].as_str().unwrap());
        let reply = match kind {
            "token" => world.bearer(text).get("/v1/organisations").await,
            "assertion" => ask(&world, &form(text)).await,
            _ => continue,
        };
        if made["honest"] == true {
            honest += 1;
            assert_eq!(reply.status, 200, "{kind}, {what}: {reply:?}");
            continue;
        }
        assert_eq!(reply.status, 401, "{kind}, {what}: {reply:?}");
        if kind == "token" {
            hostile[0] += 1;
            reply.refused(401, "unauthenticated");
        } else {
            hostile[1] += 1;
            refused(&reply, "invalid_client");
        }
    }
    assert_eq!(honest, 6);
    assert!(hostile[0] >= 40 && hostile[1] >= 80, "{hostile:?}");
    assert!(all.last().unwrap()["kind"] == "end", "it broke off");
}
