//! Every record that is read one by one can be read as the registry knew it.
use chrono::{Duration, SecondsFormat};
use kinstead::platform::clock::Clock as _;

use crate::support::{Everything, operations::operations};

/// Reference data, whose past lies in their own dated versions.
const DATED: [&str; 1] = ["/v1/areas/{code}"];

#[actix_web::test]
async fn every_record_can_be_read_as_it_was_known() {
    let all = Everything::new().await;
    let now = all.world.clock.now();
    let at =
        |minutes| (now + Duration::minutes(minutes)).to_rfc3339_opts(SecondsFormat::Secs, true);
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
        read += 1;
    }
    assert!(read > 11, "{read}");
}
