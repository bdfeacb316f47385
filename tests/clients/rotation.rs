//! One signing key follows another, and no token is refused on the way.
use std::fs;

use chrono::{DateTime, Duration, Utc};
use kinstead::platform::{
    keys::PrivateKey,
    ring::{self, KeySource},
    token::Verifier,
};
use uuid::Uuid;

const LIFE: Duration = Duration::minutes(15);

fn service(source: &KeySource, now: DateTime<Utc>) -> Verifier {
    Verifier::new(source.clone(), ("https://kinstead.example", "kinstead"), LIFE, vec![], now)
        .unwrap()
}

#[test]
fn keys_are_rotated_without_an_outage() {
    let folder = tempfile::tempdir().unwrap();
    let begun: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let source = KeySource {
        folder: Some(folder.path().to_owned()),
        ..KeySource::held(&PrivateKey::generate())
    };
    let (one, two) = (service(&source, begun), service(&source, begun));
    let at = |minutes: i64| begun + Duration::minutes(minutes);
    let put = |minutes| {
        let pem = PrivateKey::generate().pem().unwrap();
        fs::write(ring::file(folder.path(), at(minutes)), pem).unwrap();
    };
    let (mut kids, mut tokens) = (Vec::new(), Vec::new());
    for second in 0..90 * 60 / 5 {
        let now = begun + Duration::seconds(second * 5);
        if now == at(5) {
            put(20);
        }
        if now == at(30) {
            put(40);
        }
        // The second service is a step behind the first.
        one.renew(now).unwrap();
        let issuing = if second % 2 == 0 { &one } else { &two };
        let issued = issuing.issue(Uuid::new_v4(), Uuid::new_v4(), now).unwrap().unwrap();
        tokens.push((now + issued.1, issued.0));
        tokens.retain(|(end, _)| now < *end);
        for verifier in [&one, &two] {
            for (_, token) in tokens.iter().rev().take(3).chain(tokens.first()) {
                assert!(verifier.caller(token, now).is_ok(), "{now}");
            }
        }
        two.renew(now).unwrap();
        kids.push(two.published().len());
    }
    kids.dedup();
    assert_eq!(kids, [1, 2, 3, 2, 1]);
}

#[test]
fn a_key_whose_file_is_taken_away_is_believed_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let now: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let source = KeySource { folder: Some(folder.path().to_owned()), ..KeySource::default() };
    let lost = ring::file(folder.path(), now - Duration::hours(1));
    fs::write(&lost, PrivateKey::generate().pem().unwrap()).unwrap();
    let verifier = service(&source, now);
    let (token, _) = verifier.issue(Uuid::new_v4(), Uuid::new_v4(), now).unwrap().unwrap();
    assert!(verifier.caller(&token, now).is_ok());
    let next = PrivateKey::generate();
    fs::write(ring::file(folder.path(), now), next.pem().unwrap()).unwrap();
    fs::remove_file(lost).unwrap();
    verifier.renew(now).unwrap();
    assert!(verifier.caller(&token, now).is_err());
    // A file that cannot be read leaves things as they are.
    fs::write(ring::file(folder.path(), now + Duration::hours(1)), "no key").unwrap();
    assert!(verifier.renew(now).is_err());
    assert_eq!(verifier.published()[0].kid, next.public().id());
}
