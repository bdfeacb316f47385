//! Outside issuers: whose tokens are believed, of which client, by which keys.
use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
};

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, Header, encode};
use kinstead::{
    config::Config,
    platform::{
        clock::{Clock as _, SystemClock},
        keys::PrivateKey,
        outside::{Outside, OutsideIssuer, read_issuers},
        ring::KeySource,
    },
    server::assemble,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::system::Signer;
use crate::support::{Database, World, key};

const PATH: &str = "/v1/organisations";
const LOGIN: &str = "https://login.ministry.example";

struct Login {
    folder: TempDir,
    signer: Signer,
}

impl Login {
    /// An issuer with one key, in files as the operator would write them.
    fn new(signer: Signer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let issuer = json!({
            "issuer": LOGIN, "audience": "kinstead-api", "algorithm": json!(signer.algorithm()),
            "keys": folder.path().join("keys.json"),
        });
        fs::write(folder.path().join("issuers.json"), json!([issuer]).to_string()).unwrap();
        let login = Self { folder, signer };
        login.publish(&[("one", &login.signer)]);
        login
    }

    fn publish(&self, keys: &[(&str, &Signer)]) {
        let named = |(kid, signer): &(&str, &Signer)| {
            let mut jwk = signer.jwk();
            jwk["kid"] = json!(kid);
            jwk
        };
        let mut set: Vec<Value> = keys.iter().map(named).collect();
        set.push(json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "short"}));
        set.push(json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "rsa"}));
        set.push(json!("nonsense"));
        fs::write(self.folder.path().join("keys.json"), json!({"keys": set}).to_string()).unwrap();
    }

    async fn world(&self) -> World {
        let file = self.folder.path().join("issuers.json").display().to_string();
        let world = World::with(&[("KINSTEAD_ISSUERS_FILE", &file)]).await;
        let new = json!({"name": "Portal", "roles": ["ngo"], "external_issuer": LOGIN, "external_subject": "portal-7"});
        world.persona("national_authority").post("/v1/clients", new).await.ok();
        world.refresh();
        world
    }

    fn token(&self, now: DateTime<Utc>, changes: &Value) -> String {
        let mut header = Header::new(self.signer.algorithm());
        header.typ = Some(changes["typ"].as_str().unwrap_or("at+jwt").to_owned());
        header.kid = Some(changes["kid"].as_str().unwrap_or("one").to_owned());
        let now = now.timestamp();
        let mut claims = json!({"iss": LOGIN, "aud": ["kinstead-api", "other"], "sub": "portal-7", "iat": now, "exp": now + 600});
        for (name, value) in changes["claims"].as_object().into_iter().flatten() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        encode(&header, &claims, &self.signer.key()).unwrap()
    }
}

#[actix_web::test]
async fn a_client_comes_with_a_token_of_an_outside_issuer() {
    for signer in [Signer::ed25519(), Signer::p256()] {
        let login = Login::new(signer);
        let world = login.world().await;
        let now = world.clock.now();
        let good = login.token(now, &json!({}));
        world.bearer(&good).get(PATH).await.ok();
        world.bearer(&good).get("/v1/children").await.refused(403, "forbidden");
        let one = login.token(now, &json!({"claims": {"aud": "kinstead-api"}}));
        world.bearer(&one).get(PATH).await.ok();
        for changes in [
            json!({"claims": {"sub": "somebody"}}),
            json!({"claims": {"sub": null}}),
            json!({"claims": {"iss": "https://login.other.example"}}),
            json!({"claims": {"iss": "https://kinstead.example"}}),
            json!({"claims": {"iss": null}}),
            json!({"claims": {"aud": "kinstead"}}),
            json!({"claims": {"aud": ["other"]}}),
            json!({"claims": {"aud": null}}),
            json!({"claims": {"exp": now.timestamp()}}),
            json!({"claims": {"exp": now.timestamp() + 16 * 60}}),
            json!({"claims": {"iat": now.timestamp() + 60}}),
            json!({"claims": {"nbf": now.timestamp() + 60}}),
            json!({"typ": "JWT"}),
            json!({"kid": "two"}),
            json!({"kid": "short"}),
        ] {
            let reply = world.bearer(&login.token(now, &changes)).get(PATH).await;
            assert_eq!(reply.status, 401, "{changes}");
        }
        // Neither issuer speaks in the other's name.
        let ours =
            Login { folder: tempfile::tempdir().unwrap(), signer: Signer::Ed25519(key().clone()) };
        let stolen = ours.token(now, &json!({"kid": key().public().id()}));
        world.bearer(&stolen).get(PATH).await.refused(401, "unauthenticated");
    }
}

#[actix_web::test]
async fn an_issuer_rotates_its_keys_and_a_key_that_is_gone_is_believed_no_more() {
    let login = Login::new(Signer::ed25519());
    let world = login.world().await;
    let verifier = &world.parts.platform.verifier;
    let renew = || {
        let now = world.clock.now();
        for issuer in verifier.outside() {
            issuer.renew(now, &|_| unreachable!()).unwrap();
        }
        verifier.renew(now).unwrap();
    };
    let first = login.token(world.clock.now(), &json!({}));
    world.bearer(&first).get(PATH).await.ok();
    let next = Login { folder: tempfile::tempdir().unwrap(), signer: Signer::ed25519() };
    login.publish(&[("one", &login.signer), ("two", &next.signer)]);
    world.clock.advance(Duration::seconds(61));
    let second = next.token(world.clock.now(), &json!({"kid": "two"}));
    world.bearer(&second).get(PATH).await.refused(401, "unauthenticated");
    renew();
    world.bearer(&second).get(PATH).await.ok();
    world.bearer(&first).get(PATH).await.ok();
    login.publish(&[("two", &next.signer)]);
    world.clock.advance(Duration::minutes(5));
    renew();
    world.bearer(&first).get(PATH).await.refused(401, "unauthenticated");
    world.bearer(&second).get(PATH).await.ok();
}

#[test]
fn nobody_makes_the_service_ask_an_issuer_often() {
    let config: OutsideIssuer = serde_json::from_value(json!({
        "issuer": LOGIN, "audience": "kinstead-api", "algorithm": "EdDSA", "keys": "https://login.example/keys",
    }))
    .unwrap();
    let signer = Signer::ed25519();
    let mut jwk = signer.jwk();
    jwk["kid"] = json!("one");
    let set = json!({"keys": [jwk]}).to_string();
    let asked = AtomicUsize::new(0);
    let outside = std::sync::Arc::new(Outside::new(config));
    let source = KeySource::held(&PrivateKey::generate());
    let begun: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let names = ("https://kinstead.example", "kinstead");
    let verifier = kinstead::platform::token::Verifier::new(
        source,
        names,
        Duration::minutes(15),
        vec![outside.clone()],
        begun,
    )
    .unwrap();
    let login = Login { folder: tempfile::tempdir().unwrap(), signer };
    let answers: Vec<Result<Vec<u8>, String>> = vec![
        Err("no answer".into()),
        Ok(set.clone().into_bytes().into_iter().chain(vec![b' '; 300_000]).collect()),
        Ok(b"{}".to_vec()),
        Ok(b"{\"keys\": []}".to_vec()),
        Ok(set.into_bytes()),
        Err("no answer".into()),
    ];
    let answers = std::sync::Arc::new(answers);
    let asked = std::sync::Arc::new(asked);
    let (kept, counted) = (answers.clone(), asked.clone());
    let fetch = move |_: &str| {
        let at = counted.fetch_add(1, Ordering::Relaxed);
        kept.get(at).cloned().unwrap_or_else(|| Err("no answer".into()))
    };
    // Every second somebody comes with a key that nobody knows.
    for second in 0..600 {
        let now = begun + Duration::seconds(second);
        let unknown = login.token(now, &json!({"kid": format!("key-{second}")}));
        assert!(verifier.caller(&unknown, now).is_err());
        drop(outside.renew(now, &fetch));
        let good = verifier.caller(&login.token(now, &json!({})), now);
        assert_eq!(good.is_ok(), second >= 240, "{second}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 10);
}

#[test]
fn a_file_of_issuers_that_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("issuers.json");
    let good =
        json!({"issuer": LOGIN, "audience": "a", "algorithm": "RS256", "keys": "/keys.json"});
    let with = |name: &str, value: &str| {
        let mut issuer = good.clone();
        issuer[name] = json!(value);
        json!([issuer])
    };
    for (list, fine) in [
        (json!([good]), true),
        (json!([]), true),
        (with("token_type", "JWT"), true),
        (with("token_type", "id"), false),
        (with("algorithm", "HS256"), false),
        (with("algorithm", "none"), false),
        (with("keys", "http://login.example/keys"), false),
        (with("issuer", ""), false),
        (with("audience", ""), false),
        (with("more", "x"), false),
        (json!([good, good]), false),
        (good.clone(), false),
    ] {
        fs::write(&file, list.to_string()).unwrap();
        assert_eq!(read_issuers(&file).is_ok(), fine, "{list}");
    }
    assert_eq!(json!(Algorithm::RS256), json!("RS256"));
}

#[test]
fn no_outside_issuer_has_the_name_of_the_service() {
    let (database, folder) = (Database::migrated(), tempfile::tempdir().unwrap());
    let file = folder.path().join("issuers.json");
    let ours = json!({"issuer": "https://kinstead.example", "audience": "kinstead", "algorithm": "EdDSA", "keys": "/keys.json"});
    fs::write(&file, json!([ours]).to_string()).unwrap();
    let set = |name: &str| (name == "KINSTEAD_ISSUERS_FILE").then(|| file.display().to_string());
    let config = Config::read(&set).unwrap();
    let clock = std::sync::Arc::new(SystemClock);
    let made = assemble(&config, &database.urls(), KeySource::held(key()), clock);
    assert!(made.is_err());
}
