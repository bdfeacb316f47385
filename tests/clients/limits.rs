//! How many requests a client may send.
use super::system::{Signer, System, ask, form};
use crate::support::World;

const PATH: &str = "/v1/organisations?limit=1";

/// What a header says under this key.
fn said(header: &str, key: &str) -> u32 {
    let value = header.split(';').find_map(|part| part.strip_prefix(&format!("{key}=")));
    value.unwrap_or_else(|| panic!("{header} has no {key}")).parse().unwrap()
}

#[actix_web::test]
async fn a_client_that_asks_too_often_is_told_when_to_come_back() {
    let world = World::with(&[("KINSTEAD_RATE_LIMIT", "5")]).await;
    let (ngo, auditor) = (world.persona("ngo"), world.persona("auditor"));
    for left in (0..5).rev() {
        let reply = ngo.get(PATH).await;
        reply.ok();
        assert_eq!(reply.header("ratelimit-policy"), "\"client\";q=5;w=60");
        assert_eq!(said(reply.header("ratelimit"), "r"), left);
        assert!(said(reply.header("ratelimit"), "t") <= 60);
    }
    let reply = ngo.get(PATH).await;
    let problem = reply.refused(429, "rate_limited");
    assert_eq!(problem["detail"], "5 requests a minute are taken");
    assert_eq!(said(reply.header("ratelimit"), "r"), 0);
    let wait: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    // What is refused for another reason is counted, too; and each client by itself.
    let refused = auditor.get("/v1/children").await;
    refused.refused(403, "forbidden");
    assert_eq!(said(refused.header("ratelimit"), "r"), 4);
    let public = world.nobody().get("/version").await;
    assert_eq!(public.header("ratelimit"), "");
}

#[actix_web::test]
async fn nothing_is_counted_where_the_operator_says_so() {
    let world = World::with(&[("KINSTEAD_RATE_LIMIT", "0")]).await;
    let reply = world.persona("ngo").get(PATH).await;
    reply.ok();
    assert_eq!((reply.header("ratelimit"), reply.header("ratelimit-policy")), ("", ""));
}

#[actix_web::test]
async fn a_client_gets_no_more_tokens_than_it_may_send_requests() {
    let world = World::with(&[("KINSTEAD_RATE_LIMIT", "3")]).await;
    let system = System::new(&world, "One", Signer::ed25519()).await;
    for _ in 0..3 {
        system.token(&world).await;
    }
    let reply = ask(&world, &form(&system.assertion())).await;
    reply.refused(429, "rate_limited");
    assert!(!reply.header("retry-after").is_empty());
}
