//! T1: what cannot be logged does not leave, and is not changed.
use std::collections::BTreeSet;

use diesel::connection::SimpleConnection as _;
use kinstead::{
    platform::{access_log::AccessLog, embedded::Role, ring::KeySource},
    server::assemble,
};

use crate::support::{
    Database, Everything, Reply, World, key,
    operations::{Operation, operations},
    settings,
};

/// Members of records about persons: none may stand in a refusal.
const CANARIES: [&str; 4] = ["given_name", "birth_date", "family_name", "locality"];

/// The operation on a record that exists, with the document's example as its body.
async fn ask(all: &Everything, operation: &Operation, tag: &str) -> Reply {
    let asking = all.ask(operation, &all.path(operation));
    let asking =
        if operation.has("header", "If-Match") { asking.header("if-match", tag) } else { asking };
    let asking = match &operation.example {
        Some(example) => asking.json(example),
        None => asking,
    };
    asking.send().await
}

/// What is refused while the log cannot be written, by the names of the operations, and what is
/// answered because it tells of nobody.
async fn refused(
    all: &Everything,
    of: &[Operation],
    tags: &[String],
) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut refused, mut silent) = (BTreeSet::new(), BTreeSet::new());
    for (operation, tag) in of.iter().zip(tags) {
        let reply = ask(all, operation, tag).await;
        let text = String::from_utf8_lossy(&reply.bytes).into_owned();
        if reply.status == 503 {
            reply.refused(503, "log_unavailable");
            assert_eq!(reply.header("retry-after"), "1");
            refused.insert(operation.name());
        }
        if reply.status.is_success() {
            assert!(all.world.told(&reply).is_empty(), "{} left unlogged", operation.name());
            silent.insert(operation.name());
        } else {
            let leaked = CANARIES.iter().find(|canary| text.contains(&format!("\"{canary}\":")));
            assert_eq!(leaked, None, "{}: {text}", operation.name());
        }
    }
    (refused, silent)
}

/// Asks everything while `broken` holds, mends it and asks again: whatever tells of persons then was
/// refused before.
async fn nothing_leaves(broken: &str, mended: &str) {
    let all = Everything::new().await;
    // The notice that there is names nobody.
    let nobody = "/v1/notices/{id}/acknowledge";
    let about_persons =
        |operation: &Operation| operation.has("header", "Purpose") && operation.path != nobody;
    let guarded: Vec<Operation> = operations().into_iter().filter(about_persons).collect();
    let mut tags = Vec::new();
    for operation in &guarded {
        tags.push(all.tag(operation).await);
    }
    let (mut owner, before) = (all.world.database.owner(), all.changes());
    owner.batch_execute(broken).unwrap();
    let (refused, silent) = refused(&all, &guarded, &tags).await;
    owner.batch_execute(mended).unwrap();
    assert_eq!(all.changes(), before, "nothing may be changed while the log cannot be written");
    let (mut reads, mut changes) = (0, 0);
    for (operation, tag) in guarded.iter().zip(&tags) {
        let reply = ask(&all, operation, tag).await;
        if !reply.status.is_success() || all.world.told(&reply).is_empty() {
            continue;
        }
        let name = operation.name();
        assert!(refused.contains(&name) || silent.contains(&name), "{name} was not refused");
        if operation.method == "GET" { reads += 1 } else { changes += 1 }
    }
    assert!(reads >= 20 && changes >= 8, "{reads} reads, {changes} changes: {refused:?}");
}

#[actix_web::test]
async fn without_the_right_to_write_the_log_nothing_leaves() {
    nothing_leaves(
        "REVOKE INSERT ON access_inbox FROM kinstead_app",
        "GRANT INSERT ON access_inbox TO kinstead_app",
    )
    .await;
}

#[actix_web::test]
async fn with_the_disk_of_the_log_full_nothing_leaves() {
    nothing_leaves(
        // What PostgreSQL says when a file cannot grow (disk_full, 53100).
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; \
         END $$; \
         CREATE TRIGGER full_disk BEFORE INSERT ON access_inbox EXECUTE FUNCTION full_disk()",
        "DROP TRIGGER full_disk ON access_inbox; DROP FUNCTION full_disk",
    )
    .await;
}

#[actix_web::test]
async fn the_writer_comes_back_when_its_connection_was_ended() {
    let all = Everything::new().await;
    let read = operations().into_iter().find(|it| it.spec["operationId"] == "readChild").unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND usename = 'kinstead_service'";
    all.world.database.admin().batch_execute(end).unwrap();
    // Whoever asked meanwhile is told to come back; then it answers, and logs, as before.
    for _ in 0..20 {
        let reply = ask(&all, &read, "").await;
        if reply.status == 200 {
            return;
        }
        assert_eq!(reply.status, 503, "{reply:?}");
    }
    panic!("the log's writer does not come back");
}

#[test]
fn the_service_does_not_start_without_the_log() {
    let database = Database::migrated();
    let clock: std::sync::Arc<dyn kinstead::platform::clock::Clock> =
        std::sync::Arc::new(kinstead::platform::clock::SystemClock);
    let start = || {
        let keys = KeySource::held(key());
        assemble(&settings(), &database.urls(), keys, clock.clone())
    };
    assert!(start().is_ok());
    let denied = [
        ("INSERT ON access_inbox", "kinstead_app"),
        ("SELECT ON access_log_state", "kinstead_log"),
        ("INSERT ON access_log_checkpoints", "kinstead_log"),
    ];
    // Something to sign, so that the keeper must write.
    for (right, group) in denied {
        let mut owner = database.owner();
        owner
            .batch_execute(&format!(
                "DELETE FROM access_log_published; DELETE FROM access_log_checkpoints; REVOKE {right} FROM {group}"
            ))
            .unwrap();
        let refused = start().err().map(|error| format!("{error:?}"));
        assert!(refused.as_deref().is_some_and(|said| said.contains("access log")), "{refused:?}");
        owner.batch_execute(&format!("GRANT {right} TO {group}")).unwrap();
    }
    assert!(start().is_ok());
    assert!(AccessLog::open(&database.url(Role::Keeper)).is_err());
}

#[actix_web::test]
async fn what_nobody_asked_for_is_refused_even_with_a_log() {
    let world = World::new().await;
    // An operation without a purpose that would tell of persons is a fault of the service.
    let persons = [kinstead::platform::disclosure::Person {
        kind: "child".to_owned(),
        id: uuid::Uuid::new_v4(),
        mentioned: false,
    }];
    let actor = world.actor("case_worker");
    let errand = kinstead::platform::purpose::Errand {
        purpose: None,
        on_behalf_of: None,
        legal_basis: None,
        operation: "readFacility".to_owned(),
        request_id: String::new(),
        answer: [0; 16],
    };
    let outcome = kinstead::platform::access_log::Outcome::Released;
    let looks = kinstead::platform::access_log::looks(&actor, &errand, &[], outcome, &persons);
    assert!(matches!(looks, Err(kinstead::platform::error::Error::Internal(_))));
}
