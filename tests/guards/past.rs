//! Every record that is read one by one can be read as the registry knew it.
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use kinstead::platform::clock::Clock as _;
use serde_json::json;

use crate::support::{
    Everything,
    operations::{Operation, operations},
};

/// Reference data, whose past lies in their own dated versions, and how far the service's own work, and others',
/// is.
const DATED: [&str; 3] = ["/v1/areas/{code}", "/v1/imports/{id}", "/v1/consumers/{id}"];

/// Of no record: what lies under another one is not found under it.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Lists under a record whose past lies elsewhere: in the list itself.
const HISTORIES: [&str; 6] =
    ["/history", "/results", "/population", "/access-log", "/access-log/persons", "/deliveries"];

#[actix_web::test]
async fn every_list_under_a_record_can_be_read_as_it_was_known() {
    let all = Everything::new().await;
    let now = all.world.clock.now();
    let mut read = 0;
    for operation in operations() {
        let under = operation.path.contains("{id}/") && operation.has("query", "cursor");
        if !under || HISTORIES.iter().any(|end| operation.path.ends_with(end)) {
            continue;
        }
        assert!(operation.has("query", "known_at"), "{}", operation.name());
        let path = all.path(&operation);
        let present = all.ask(&operation, &path).send().await.ok();
        assert!(!present["data"].as_array().unwrap().is_empty(), "{}", operation.name());
        let known = |at: String| format!("{path}?known_at={at}");
        let reply = all.ask(&operation, &known(moment(now, 0))).send().await;
        assert_eq!(reply.ok(), present, "{}", operation.name());
        let before = all.ask(&operation, &known(moment(now, -60 * 24 * 365 * 40))).send().await;
        assert!(
            before.status == 404 || before.ok()["data"] == json!([]),
            "{}: {before:?}",
            operation.name()
        );
        let ahead = all.ask(&operation, &known(moment(now, 10))).send().await;
        ahead.refused(400, "invalid_query");
        read += 1;
    }
    assert!(read > 5, "{read}");
}

fn moment(now: DateTime<Utc>, minutes: i64) -> String {
    (now + Duration::minutes(minutes)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[actix_web::test]
async fn every_record_can_be_read_as_it_was_known() {
    let all = Everything::new().await;
    let now = all.world.clock.now();
    let at = |minutes| moment(now, minutes);
    let mut read = 0;
    for operation in operations() {
        let tagged = operation.method == "GET" && !operation.spec["responses"]["304"].is_null();
        if !tagged || DATED.contains(&operation.path.as_str()) {
            continue;
        }
        assert!(operation.has("query", "known_at"), "{}", operation.name());
        let path = all.path(&operation);
        let present = all.ask(&operation, &path).send().await.ok();
        let known = |when: String| format!("{path}?known_at={when}");
        let reply = all.ask(&operation, &known(at(0))).send().await;
        assert_eq!(reply.ok(), present, "{}", operation.name());
        assert_eq!(reply.etag(), "", "{}: what was is not changed", operation.name());
        let before = all.ask(&operation, &known(at(-60 * 24 * 365 * 40))).send().await;
        before.refused(404, "not_found");
        let ahead = all.ask(&operation, &known(at(10))).send().await;
        ahead.refused(400, "invalid_query");
        let elsewhere = all.path_with(&operation, &[("id", NOBODY)]);
        let elsewhere = format!("{elsewhere}?known_at={}", at(0));
        all.ask(&operation, &elsewhere).send().await.refused(404, "not_found");
        read += 1;
    }
    assert!(read > 11, "{read}");
}

/// Lists over all records whose rows of the past are found under a child.
#[actix_web::test]
async fn every_list_of_dated_records_can_be_read_as_it_was_known() {
    let all = Everything::new().await;
    let now = all.world.clock.now();
    let dated = |one: &&Operation| {
        one.has("query", "cursor") && one.has("query", "as_of") && !one.path.contains("{id}")
    };
    let mut read = Vec::new();
    for operation in operations().iter().filter(dated) {
        assert!(operation.has("query", "known_at"), "{}", operation.name());
        let one = all.ask(operation, &operation.path).send().await.ok();
        let list =
            format!("{}?child_id={}", operation.path, one["data"][0]["child_id"].as_str().unwrap());
        let present = all.ask(operation, &format!("{list}&count=exact")).send().await.ok();
        let known = |at: String, more: &str| format!("{list}&count=exact&known_at={at}{more}");
        let reply = all.ask(operation, &known(moment(now, 0), "")).send().await;
        assert_eq!(reply.ok(), present, "{}", operation.name());
        let before = all.ask(operation, &known(moment(now, -60 * 24 * 365 * 40), "")).send().await;
        assert_eq!(before.ok(), json!({"data": [], "total": 0}), "{}", operation.name());
        let of_all = format!("{}?known_at={}", operation.path, moment(now, 0));
        for refused in
            [known(moment(now, 10), ""), known(moment(now, 0), "&sort=started_on"), of_all]
        {
            all.ask(operation, &refused).send().await.refused(400, "invalid_query");
        }
        read.push(operation.path.clone());
    }
    assert_eq!(read, ["/v1/care-periods", "/v1/placements"]);
}
