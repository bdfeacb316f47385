//! Whoever may change a record can read it first, with the tag that the change asks for.
use actix_web::http::Method;

use crate::support::{
    Everything,
    operations::{Operation, operations},
};

/// The path of the record that an operation changes: up to its last identifier.
fn record(operation: &Operation) -> &str {
    let end = operation.path.match_indices("_id}").chain(operation.path.match_indices("{id}"));
    let end = end.map(|(at, found)| at + found.len()).max().unwrap();
    &operation.path[..end]
}

#[actix_web::test]
async fn every_record_that_can_be_changed_can_be_read_with_its_tag() {
    let all = Everything::new().await;
    let operations = operations();
    let mut changed = 0;
    for operation in operations.iter().filter(|it| it.has("header", "If-Match")) {
        let path = record(operation);
        let read = operations.iter().find(|it| it.method == "GET" && it.path == path);
        let read = read.unwrap_or_else(|| panic!("{} has no read", operation.name()));
        let reply = all.ask(read, &all.path(read)).send().await;
        reply.ok();
        let tag = reply.etag();
        assert!(!tag.is_empty(), "{}", read.name());
        let held = all.ask(read, &all.path(read)).header("if-none-match", tag).send().await;
        assert_eq!((held.status.as_u16(), held.bytes.len()), (304, 0), "{}", read.name());
        let role = operation.role().unwrap();
        let mine = all.world.persona(role).request(Method::GET, &all.path(read)).send().await;
        assert_eq!(mine.etag(), tag, "{role} may change it by {} but not read", operation.name());
        changed += 1;
    }
    assert!(changed > 25, "{changed}");
}
