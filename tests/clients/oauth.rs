//! `/oauth/token` and what is published about it.
use actix_web::{http::Method, test::TestRequest};
use chrono::Duration;
use jsonwebtoken::{Algorithm, Header, encode};
use kinstead::{
    clients::store,
    platform::clock::{Clock as _, SystemClock},
};
use serde_json::{Value, json};

use super::system::{ASSERTION, ISSUER, Signer, System, ask, form, refused, request};
use crate::support::{Database, World, key};

const PATH: &str = "/v1/organisations";

#[actix_web::test]
async fn a_client_gets_a_token_for_an_assertion_of_either_kind() {
    let world = World::new().await;
    for (name, signer) in [("Ed25519", Signer::ed25519()), ("P-256", Signer::p256())] {
        let system = System::new(&world, name, signer).await;
        let granted = ask(&world, &form(&system.assertion())).await;
        assert_eq!(
            (granted.header("cache-control"), granted.header("pragma")),
            ("no-store", "no-cache")
        );
        let body = granted.ok();
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(300)));
        let token = body["access_token"].as_str().unwrap();
        world.bearer(token).get(PATH).await.ok();
        world.bearer(token).get("/v1/clients").await.refused(403, "forbidden");
        // A client with one key need not name it, and may say its id twice.
        let mut header = system.header();
        (header.kid, header.typ) = (None, Some("client-authentication+jwt".into()));
        let unnamed = encode(&header, &system.claims(), &system.signer.key()).unwrap();
        let (id, mut more) = (system.id.to_string(), form(&unnamed));
        more.extend([("client_id", id.as_str()), ("resource", "ignored"), ("scope", "")]);
        ask(&world, &more).await.ok();
    }
}

#[actix_web::test]
async fn a_token_lives_five_minutes() {
    let world = World::new().await;
    let token = System::new(&world, "One", Signer::ed25519()).await.token(&world).await;
    world.clock.advance(Duration::seconds(299));
    world.bearer(&token).get(PATH).await.ok();
    world.clock.advance(Duration::seconds(1));
    world.bearer(&token).get(PATH).await.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn an_assertion_is_used_once_on_whatever_service() {
    let world = World::new().await;
    let (system, other) = (
        System::new(&world, "One", Signer::ed25519()).await,
        System::new(&world, "Two", Signer::p256()).await,
    );
    let assertion = system.assertion();
    let (_, elsewhere) = world.again().await;
    ask(&world, &form(&assertion)).await.ok();
    refused(&ask(&world, &form(&assertion)).await, "invalid_client");
    refused(&elsewhere(request(&form(&assertion)).to_request()).await, "invalid_client");
    // The same id in another assertion of this client is the same; of another client it is not.
    for (by, code) in [(&system, None), (&system, Some("invalid_client")), (&other, None)] {
        let reply = ask(&world, &form(&by.with("jti", json!("the same")))).await;
        code.map_or_else(|| drop(reply.ok()), |code| refused(&reply, code));
    }
    // What was used is remembered until it has run out, and then forgotten.
    let mut conn = world.database.service();
    let sweep = |conn: &mut _, after: i64| {
        store::sweep(conn, world.clock.now() + Duration::seconds(after)).unwrap()
    };
    assert_eq!(sweep(&mut conn, 660), 0);
    assert_eq!(sweep(&mut conn, 661), 3);
}

#[actix_web::test]
async fn what_is_no_request_for_a_token_is_refused_in_the_form_of_the_standard() {
    let world = World::new().await;
    let system = System::new(&world, "One", Signer::ed25519()).await;
    let good = system.assertion();
    let with = |name: &'static str, value: &'static str| {
        let mut pairs: Vec<(&str, &str)> =
            form(&good).into_iter().filter(|(known, _)| *known != name).collect();
        pairs.push((name, value));
        pairs
    };
    let mut twice = form(&good);
    twice.push(("grant_type", "client_credentials"));
    for (pairs, code) in [
        (with("grant_type", ""), "invalid_request"),
        (with("grant_type", "password"), "unsupported_grant_type"),
        (with("grant_type", "authorization_code"), "unsupported_grant_type"),
        (with("scope", "everything"), "invalid_scope"),
        (with("client_secret", "secret"), "invalid_request"),
        (
            with(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
            ),
            "invalid_client",
        ),
        (with("client_assertion", ""), "invalid_client"),
        (with("client_assertion", "a.b.c"), "invalid_client"),
        (with("client_id", "somebody else"), "invalid_client"),
        (twice, "invalid_request"),
        (vec![], "invalid_request"),
    ] {
        refused(&ask(&world, &pairs).await, code);
    }
    let body = |kind: &'static str, body: String| {
        TestRequest::with_uri("/oauth/token")
            .method(Method::POST)
            .insert_header(("content-type", kind))
            .set_payload(body)
    };
    let object = json!({"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": good});
    for request in [
        body("application/json", object.to_string()),
        body("application/x-www-form-urlencoded", "%ff=%fe".to_owned() + &"a".repeat(2_000_000)),
        TestRequest::with_uri("/oauth/token").method(Method::POST),
    ] {
        refused(&world.send(request).await, "invalid_request");
    }
    // None of them used it up.
    ask(&world, &form(&good)).await.ok();
}

#[actix_web::test]
async fn hostile_assertions_are_refused() {
    let world = World::new().await;
    let system = System::new(&world, "One", Signer::ed25519()).await;
    let other = System::new(&world, "Two", Signer::p256()).await;
    let now = world.clock.now().timestamp();
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in [
        ("iss", Value::Null),
        ("iss", json!(ISSUER)),
        ("iss", json!(other.id)),
        ("sub", Value::Null),
        ("sub", json!(other.id)),
        ("sub", json!("One")),
        ("aud", Value::Null),
        ("aud", json!([ISSUER])),
        ("aud", json!([ISSUER, "https://evil.example"])),
        ("aud", json!("https://evil.example")),
        ("aud", json!("kinstead")),
        ("aud", json!(format!("{ISSUER}/oauth/token"))),
        ("aud", json!(format!("{ISSUER}/"))),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!(7)),
        ("jti", json!("j".repeat(256))),
        ("exp", Value::Null),
        ("exp", json!(now)),
        ("exp", json!(now - 60)),
        ("exp", json!(now + 306)),
        ("exp", json!(i64::MAX)),
        ("exp", json!("60")),
        ("exp", json!(1e300)),
        ("iat", json!(now + 6)),
        ("iat", json!(now - 306)),
        ("iat", json!(i64::MIN)),
        ("nbf", json!(now + 6)),
        ("nbf", json!("x")),
    ] {
        all.push((format!("{name} {value}"), system.with(name, value)));
    }
    let mut headers: Vec<(&str, Header)> = Vec::new();
    let mut head = |what, change: &dyn Fn(&mut Header)| {
        let mut header = system.header();
        change(&mut header);
        headers.push((what, header));
    };
    head("kid of another client", &|header| header.kid = Some(other.kid.clone()));
    head("kid that is unknown", &|header| header.kid = Some("unknown".into()));
    head("typ of an access token", &|header| header.typ = Some("at+jwt".into()));
    head("an address of keys", &|header| header.jku = Some("https://evil.example".into()));
    head("a chain", &|header| header.x5c = Some(vec!["AAAA".into()]));
    head("crit", &|header| header.crit = Some(vec!["exp".into()]));
    head("cty", &|header| header.cty = Some("JWT".into()));
    head("b64", &|header| header.extras.insert("b64", false));
    for (what, header) in headers {
        let text = encode(&header, &system.claims(), &system.signer.key()).unwrap();
        all.push((what.to_owned(), text));
    }
    let mut secret = Header::new(Algorithm::HS256);
    secret.kid = Some(system.kid.clone());
    let public = jsonwebtoken::EncodingKey::from_secret(system.kid.as_bytes());
    all.push(("a secret".into(), encode(&secret, &system.claims(), &public).unwrap()));
    let mut foreign = other.header();
    foreign.kid = Some(system.kid.clone());
    all.push((
        "another's key".into(),
        encode(&foreign, &system.claims(), &other.signer.key()).unwrap(),
    ));
    let service = kinstead::platform::token::sign(
        key(),
        ISSUER,
        "kinstead",
        system.id,
        world.clock.now(),
        Duration::minutes(4),
    )
    .unwrap();
    all.push(("an access token".into(), service));
    all.push(("oversized".into(), system.with("more", json!("x".repeat(5_000)))));
    assert!(all.len() >= 40, "{}", all.len());
    for (what, assertion) in all {
        let reply = ask(&world, &form(&assertion)).await;
        assert_eq!(reply.status, 401, "{what}: {reply:?}");
        refused(&reply, "invalid_client");
    }
    ask(&world, &form(&system.assertion())).await.ok();
}

#[actix_web::test]
async fn what_the_issuer_is_stands_where_libraries_look() {
    let world = World::with(&[("KINSTEAD_BASE_URL", "https://registry.example/")]).await;
    let nobody = world.nobody();
    let about = nobody.get("/.well-known/oauth-authorization-server").await.ok();
    assert_eq!(about["issuer"], ISSUER);
    assert_eq!(about["token_endpoint"], "https://registry.example/oauth/token");
    assert_eq!(about["jwks_uri"], "https://registry.example/.well-known/jwks.json");
    assert_eq!(about["token_endpoint_auth_methods_supported"], json!(["private_key_jwt"]));
    let keys = nobody.get("/.well-known/jwks.json").await;
    assert_eq!(keys.header("cache-control"), "public, max-age=60");
    let own = key().public();
    let expected = json!({"kty": "OKP", "crv": "Ed25519", "x": own.x(), "kid": own.id(), "use": "sig", "alg": "EdDSA"});
    assert_eq!(keys.ok()["keys"], json!([expected]));
}

#[test]
fn of_many_services_that_take_an_assertion_at_once_one_does() {
    let (database, until) = (Database::migrated(), SystemClock.now());
    let taken = |hash: [u8; 32]| -> usize {
        std::thread::scope(|scope| {
            let spend = || store::spend(&mut database.service(), &hash, until).unwrap();
            let all: Vec<_> = (0..8).map(|_| scope.spawn(spend)).collect();
            all.into_iter().map(|one| usize::from(one.join().unwrap())).sum()
        })
    };
    for assertion in 0..20 {
        assert_eq!(taken([assertion; 32]), 1);
    }
}
