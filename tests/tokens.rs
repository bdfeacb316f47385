//! Hostile tokens: each is refused, none breaks anything, and roles come from the registry alone.
use std::time::{Duration as Wait, Instant};

use actix_web::{http::Method, test::TestRequest};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64},
};
use chrono::Duration;
use ed25519_dalek::{Signer, SigningKey, pkcs8::DecodePrivateKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kinstead::{
    clients::{Manager, NewClient, Revocation, store},
    platform::{clock::Clock as _, db::change_on, idempotency::PLATFORM, keys::PrivateKey, token},
    server::Background,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{World, key};

const PATH: &str = "/v1/organisations";
const ISSUER: &str = "https://kinstead.example";

/// A token of these parts, signed by this key whatever its header says.
fn signed(by: &PrivateKey, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let signer = SigningKey::from_pkcs8_der(&by.der().unwrap()).unwrap();
    let signature = signer.sign(text.as_bytes()).to_bytes();
    format!("{text}.{}", BASE64.encode(signature))
}

struct Forge {
    header: Value,
    claims: Value,
}

impl Forge {
    fn new(world: &World) -> Self {
        let mut conn = world.database.service();
        let subject = store::find_by_name(&mut conn, "ngo").unwrap().id;
        let now = world.clock.now().timestamp();
        Self {
            header: json!({"alg": "EdDSA", "typ": "at+jwt", "kid": key().public().id()}),
            claims: json!({"iss": ISSUER, "aud": "kinstead", "sub": subject, "jti": "1", "iat": now, "nbf": now, "exp": now + 300}),
        }
    }

    fn header(&self, name: &str, value: Option<Value>) -> String {
        signed(key(), &changed(&self.header, name, value), &self.claims)
    }

    fn claim(&self, name: &str, value: Option<Value>) -> String {
        signed(key(), &self.header, &changed(&self.claims, name, value))
    }

    fn good(&self) -> String {
        signed(key(), &self.header, &self.claims)
    }
}

fn changed(members: &Value, name: &str, value: Option<Value>) -> Value {
    let mut members = members.clone();
    match value {
        Some(value) => members[name] = value,
        None => drop(members.as_object_mut().unwrap().remove(name)),
    }
    members
}

/// Every token that must not pass, with what is wrong with it.
fn hostile(world: &World) -> Vec<(String, String)> {
    let forge = Forge::new(world);
    let now = world.clock.now().timestamp();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": key().public().x()});
    let mut all: Vec<(String, String)> = Vec::new();
    let mut add = |what: &str, token: String| all.push((what.to_owned(), token));
    for alg in ["none", "None", "HS256", "RS256", "ES256", "eddsa", ""] {
        add(&format!("alg {alg}"), forge.header("alg", Some(json!(alg))));
    }
    for (name, value) in [
        ("alg", None),
        ("alg", Some(json!(7))),
        ("alg", Some(json!(null))),
        ("typ", None),
        ("typ", Some(json!("JWT"))),
        ("typ", Some(json!(""))),
        ("typ", Some(json!(["at+jwt"]))),
        ("kid", None),
        ("kid", Some(json!(""))),
        ("kid", Some(json!("foreign"))),
        ("kid", Some(json!("../../etc/passwd"))),
        ("kid", Some(json!(7))),
        ("jwk", Some(jwk)),
        ("jku", Some(json!("https://evil.example/keys"))),
        ("x5u", Some(json!("https://evil.example/cert"))),
        ("x5c", Some(json!(["AAAA"]))),
        ("crit", Some(json!(["exp"]))),
        ("crit", Some(json!([]))),
        ("cty", Some(json!("JWT"))),
    ] {
        add(&format!("header {name} {value:?}"), forge.header(name, value));
    }
    for name in ["iss", "aud", "sub", "jti", "iat", "exp"] {
        add(&format!("no {name}"), forge.claim(name, None));
        add(&format!("{name} null"), forge.claim(name, Some(json!(null))));
        add(&format!("{name} an object"), forge.claim(name, Some(json!({"a": 1}))));
        add(&format!("{name} true"), forge.claim(name, Some(json!(true))));
    }
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!([ISSUER])),
        ("aud", json!("other")),
        ("aud", json!(["kinstead", "other"])),
        ("aud", json!(["kinstead"])),
        ("aud", json!([])),
        ("aud", json!("")),
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!((now + 300).to_string())),
        ("exp", json!(i64::MAX)),
        ("exp", json!(1e300)),
        ("exp", json!(-1)),
        ("nbf", json!(now + 60)),
        ("nbf", json!("x")),
        ("nbf", json!(i64::MAX)),
        ("iat", json!(now + 60)),
        ("iat", json!(i64::MIN)),
        ("iat", json!(now - 86_400)),
        ("iat", json!(now + 300)),
        ("exp", json!(now + 3600)),
        ("sub", json!("not-a-uuid")),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("sub", json!(Uuid::new_v4())),
        ("sub", json!(Uuid::nil())),
        ("sub", json!("ngo")),
    ] {
        add(&format!("{name} {value}"), forge.claim(name, Some(value)));
    }
    let good = forge.good();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let mut flipped = BASE64.decode(signature).unwrap();
    flipped[0] ^= 1;
    let mut secret = Header::new(Algorithm::HS256);
    (secret.typ, secret.kid) = (Some("at+jwt".into()), Some(key().public().id()));
    for bytes in [
        key().public().pem().unwrap().into_bytes(),
        key().public().x().into_bytes(),
        BASE64.decode(key().public().x()).unwrap(),
    ] {
        add(
            "HS256 with the public key",
            jsonwebtoken::encode(&secret, &forge.claims, &EncodingKey::from_secret(&bytes))
                .unwrap(),
        );
    }
    for (what, token) in [
        ("another key", signed(&PrivateKey::generate(), &forge.header, &forge.claims)),
        ("a flipped bit", format!("{head}.{}", BASE64.encode(&flipped))),
        ("no signature", format!("{head}.")),
        ("no signature nor dot", head.to_owned()),
        ("a short signature", format!("{head}.{}", &signature[..40])),
        ("a long signature", format!("{good}AAAA")),
        ("an extra part", format!("{good}.")),
        ("five parts", format!("{good}.x.y")),
        ("truncated", good[..good.len() / 2].to_owned()),
        ("empty", String::new()),
        ("dots", "..".to_owned()),
        ("no base64", "!!!.???.###".to_owned()),
        (
            "padded base64",
            format!("{head}.{}", BASE64_STANDARD.encode(BASE64.decode(signature).unwrap())),
        ),
        ("a space inside", good.replacen('.', ". ", 1)),
        (
            "other claims",
            good.replacen(
                good.split('.').nth(1).unwrap(),
                &BASE64.encode(changed(&forge.claims, "jti", Some(json!("2"))).to_string()),
                1,
            ),
        ),
        ("no JSON", signed_text("not json", "not json")),
        ("a list", signed_text("[]", "[]")),
        (
            "duplicate claims",
            signed_text(
                &forge.header.to_string(),
                &forge.claims.to_string().replacen('{', "{\"exp\": 1, ", 1),
            ),
        ),
        ("oversized", "a".repeat(1_000_000)),
        ("oversized claims", forge.claim("more", Some(json!("x".repeat(1_000_000))))),
    ] {
        add(what, token);
    }
    all
}

fn signed_text(header: &str, claims: &str) -> String {
    let text = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
    let signer = SigningKey::from_pkcs8_der(&key().der().unwrap()).unwrap();
    format!("{text}.{}", BASE64.encode(signer.sign(text.as_bytes()).to_bytes()))
}

#[actix_web::test]
async fn hostile_tokens_are_refused() {
    let world = World::new().await;
    let good = Forge::new(&world).good();
    world.bearer(&good).get(PATH).await.ok();
    let all = hostile(&world);
    assert!(all.len() >= 80, "{}", all.len());
    for (what, token) in all {
        let reply = world.bearer(&token).get(PATH).await;
        assert_eq!(reply.status, 401, "{what}");
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{what}");
        reply.refused(401, "unauthenticated");
    }
    world.bearer(&good).get(PATH).await.ok();
}

#[actix_web::test]
async fn one_bearer_header_counts() {
    let world = World::new().await;
    let good = Forge::new(&world).good();
    let ask = async |headers: &[String]| {
        let mut request = TestRequest::with_uri(PATH).method(Method::GET);
        for header in headers {
            request = request.append_header(("authorization", header.as_str()));
        }
        world.send(request).await
    };
    ask(&[format!("bearer {good}")]).await.ok();
    ask(&[format!("BEARER {good}")]).await.ok();
    let twice = format!("Bearer {good}");
    for headers in [
        vec![],
        vec![twice.clone(), twice],
        vec![format!("Bearer {good}"), "Basic eDp5".into()],
        vec![format!("Basic {good}")],
        vec![good.clone()],
        vec!["Bearer".into()],
        vec!["Bearer ".into()],
        vec![format!("Bearer  {good}")],
        vec![format!("Bearer {good}, Bearer {good}")],
        vec![format!("DPoP {good}")],
    ] {
        ask(&headers).await.refused(401, "unauthenticated");
    }
    world
        .nobody()
        .get(&format!("{PATH}?access_token={good}"))
        .await
        .refused(401, "unauthenticated");
}

#[actix_web::test]
async fn a_token_that_was_checked_once_still_expires() {
    let world = World::new().await;
    let good = Forge::new(&world).good();
    world.bearer(&good).get(PATH).await.ok();
    world.clock.advance(Duration::seconds(299));
    world.bearer(&good).get(PATH).await.ok();
    world.clock.advance(Duration::seconds(1));
    world.bearer(&good).get(PATH).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn a_revoked_client_is_out_soon() {
    let world = World::new().await;
    let good = Forge::new(&world).good();
    world.bearer(&good).get(PATH).await.ok();
    let mut conn = world.database.owner();
    let client = store::find_by_name(&mut conn, "ngo").unwrap();
    let why = Revocation { reason: "Its contract ended.".to_owned() };
    change_on(&mut conn, PLATFORM, world.clock.now(), |tx| {
        store::revoke(tx, &Manager::Operator, client.id, None, &why)
    })
    .unwrap();
    let background = Background::start(world.parts.platform.clone(), world.clock.clone());
    let started = Instant::now();
    while world.bearer(&good).get(PATH).await.status != 401 {
        assert!(started.elapsed() < Wait::from_secs(20), "the client is still in");
        actix_web::rt::time::sleep(Wait::from_millis(50)).await;
    }
    background.stop();
}

#[actix_web::test]
async fn an_expired_client_is_out_and_an_unknown_role_grants_nothing() {
    let world = World::new().await;
    let mut conn = world.database.owner();
    let now = world.clock.now();
    let new = |roles: &[&str]| NewClient {
        name: format!("new {}", roles.join("+")),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        ..NewClient::default()
    };
    assert!(
        change_on(&mut conn, PLATFORM, now, |tx| store::register(
            tx,
            &Manager::Operator,
            new(&["emperor"])
        ))
        .is_err()
    );
    let (plain, passing) = change_on(&mut conn, PLATFORM, now, |tx| {
        let plain = store::register(tx, &Manager::Operator, new(&["inspector"]))?.into_value();
        Ok(store::register(tx, &Manager::Operator, new(&["auditor", "statistician"]))?
            .map(|passing| (plain, passing)))
    })
    .unwrap();
    let mut actors = store::actors(&mut conn, now).unwrap();
    for actor in &mut actors {
        if actor.id == plain.id.untyped() {
            actor.permissions = kinstead::policy::permissions(&["emperor".to_owned()]);
        }
        if actor.id == passing.id.untyped() {
            actor.valid_until = Some(now + Duration::seconds(30));
        }
    }
    world.parts.platform.directory.replace(actors);
    let sign = |id| token::sign(key(), ISSUER, "kinstead", id, now, Duration::minutes(5)).unwrap();
    world.bearer(&sign(plain.id.untyped())).get(PATH).await.refused(403, "forbidden");
    let token = sign(passing.id.untyped());
    world.bearer(&token).get(PATH).await.ok();
    world.clock.advance(Duration::seconds(30));
    world.bearer(&token).get(PATH).await.refused(401, "unauthenticated");
}
