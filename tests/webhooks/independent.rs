//! Real deliveries, checked by the library `standardwebhooks` of `PyPI`.
use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use super::Office;
use crate::{
    feed::WHOLE,
    support::process::{python, text},
};

/// What the library says of each message.
fn verified(given: &Value) -> Vec<Value> {
    let mut made = Command::new(python())
        .arg("tests/webhooks/verify.py")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    made.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let made = made.wait_with_output().unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    serde_json::from_str(&text(&made.stdout)).unwrap()
}

#[actix_web::test]
async fn an_independent_library_takes_what_is_sent_and_nothing_that_was_changed() {
    let mut office = Office::new().await;
    let old = office.endpoint(WHOLE, "/a", json!({})).await;
    office.child();
    office.send();
    let path = format!("{}/rotate-secret", old.path());
    let rotated = office.scene.world.persona(WHOLE).step(&path, &old.etag, json!({})).await;
    let new = Office::registered(&rotated);
    office.child();
    office.send();
    let received = office.receiver.take("/a");
    assert!(received.len() >= 2);
    let message = |at: usize, secret: &str, change: &str| {
        let one = &received[at];
        let body = String::from_utf8(one.body.clone()).unwrap();
        json!({"secret": secret, "headers": one.headers, "body": body, "change": change})
    };
    let last = received.len() - 1;
    let given = json!([
        message(0, &old.secret, ""),
        message(0, &new.secret, ""),
        message(last, &old.secret, ""),
        message(last, &new.secret, ""),
        message(last, &new.secret, "body"),
        message(last, &new.secret, "webhook-id"),
        message(last, &new.secret, "webhook-timestamp"),
        message(last, &new.secret, "webhook-signature"),
    ]);
    let said = verified(&given);
    assert_eq!(said.len(), 8);
    let fine: Vec<bool> = said.iter().map(|it| it["fine"].as_bool().unwrap()).collect();
    assert_eq!(fine, [true, false, true, true, false, false, false, false], "{said:?}");
    assert_eq!(said[0]["message"], received[0].json());
}
