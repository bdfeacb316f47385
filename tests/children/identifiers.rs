//! Numbers by which others know a child: one belongs to one child.
use kinstead::children::national_id::{SexDigit, make_jmbg, make_pinfl};
use serde_json::json;

use super::{child, fault, registered, world};
use crate::support::Reply;

#[actix_web::test]
async fn one_identifier_belongs_to_one_child() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let born = "2017-05-14".parse().unwrap();
    let jmbg = (500..600).find_map(|serial| make_jmbg(born, 71, serial)).unwrap();
    let pinfl = make_pinfl(born, SexDigit::Female, 703, 1).unwrap();
    let with = |system: &str, value: &str| {
        child(json!({"external_ids": [{"system": system, "value": value}]}))
    };
    registered(&worker, with("urn:kinstead:uz:pinfl", &pinfl)).await;
    let made = worker.post("/v1/children", with("urn:kinstead:rs:jmbg", &jmbg)).await;
    let path = made.header("location").to_owned();
    let taken = worker.post("/v1/children", with("urn:kinstead:rs:jmbg", &jmbg)).await;
    assert_eq!(taken.status, 409);
    assert!(!taken.broke("DI-01").to_string().contains(&jmbg));
    registered(&worker, with("urn:example:other", &jmbg)).await;
    let ids = json!({"external_ids": [
        {"system": "urn:kinstead:rs:jmbg", "value": jmbg, "valid_to": "2020-01-01"},
        {"system": "urn:example:x", "value": "1"},
    ]});
    assert_eq!(
        worker.patch(&path, made.etag(), ids.clone()).await.ok()["external_ids"],
        ids["external_ids"]
    );
    let later = json!({"external_ids": [
        {"system": "urn:kinstead:rs:jmbg", "value": jmbg, "valid_from": "2020-01-01"},
    ]});
    registered(&worker, child(later)).await;

    let digit = jmbg.chars().last().unwrap().to_digit(10).unwrap();
    let wrong = format!("{}{}", &jmbg[..12], (digit + 1) % 10);
    for (system, value, code) in [
        ("urn:kinstead:rs:jmbg", wrong.as_str(), "check_digit"),
        ("urn:kinstead:rs:jmbg", "123", "length"),
        ("urn:kinstead:uz:pinfl", "9140517703001X", "digits"),
    ] {
        fault(
            &worker.post("/v1/children", with(system, value)).await,
            "/external_ids/0/value",
            code,
        );
    }
    let twice = json!({"external_ids": [
        {"system": "urn:example:y", "value": "2"}, {"system": "urn:example:y", "value": "2"},
    ]});
    fault(&worker.post("/v1/children", child(twice)).await, "/external_ids/1", "duplicate");
}

#[actix_web::test]
async fn two_racing_registrations_of_one_identifier_leave_one_child() {
    let world = world().await;
    let worker = world.persona("case_worker");
    let body = child(json!({"external_ids": [{"system": "urn:example:race", "value": "1"}]}));
    let tries = (0..4).map(|_| worker.post("/v1/children", body.clone()));
    let replies = futures_join(tries).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(made, 1, "{replies:?}");
    replies.iter().filter(|reply| reply.status != 201).for_each(|reply| {
        assert_eq!(reply.broke("DI-01")["status"], 409);
    });
}

/// Drives all of them at once.
async fn futures_join<F: Future<Output = Reply>>(tries: impl Iterator<Item = F>) -> Vec<Reply> {
    let mut tries: Vec<_> = tries.map(|attempt| (Box::pin(attempt), None)).collect();
    std::future::poll_fn(move |context| {
        for (attempt, reply) in &mut tries {
            if reply.is_none()
                && let std::task::Poll::Ready(done) = attempt.as_mut().poll(context)
            {
                *reply = Some(done);
            }
        }
        if tries.iter().any(|(_, reply)| reply.is_none()) {
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(tries.iter_mut().filter_map(|(_, reply)| reply.take()).collect())
    })
    .await
}
