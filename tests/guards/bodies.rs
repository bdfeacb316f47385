//! Bodies that are not what the contract says.
use std::collections::BTreeSet;

use actix_web::http::Method;
use serde_json::{Value, json};

use super::turns::Turns;
use crate::support::{
    Everything, Reply,
    operations::{Member, Operation, contract, members, operations, resolve, takes_null, with},
};

/// The operations that take a body, each with the example of it.
fn writes() -> Vec<(Operation, Value)> {
    operations()
        .into_iter()
        .filter_map(|operation| operation.example.clone().map(|example| (operation, example)))
        .collect()
}

async fn send(all: &Everything, operation: &Operation, body: &Value) -> Reply {
    all.ask(operation, &all.path(operation)).json(body).send().await
}

#[track_caller]
fn at(reply: &Reply, operation: &Operation, pointer: &str, code: &str) {
    assert_eq!(reply.status, 422, "{} {pointer}: {reply:?}", operation.name());
    let problem = reply.refused(422, "invalid");
    let found = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .any(|fault| fault["pointer"] == pointer && (code.is_empty() || fault["code"] == code));
    assert!(found, "{} {pointer}: {reply:?}", operation.name());
}

#[actix_web::test]
async fn what_is_no_json_of_this_size_is_refused() {
    let all = Everything::new().await;
    let before = all.changes();
    for (operation, _) in writes() {
        let path = all.path(&operation);
        let ask = || all.ask(&operation, &path);
        for broken in [
            &b"{"[..],
            b"",
            b"{\"a\":}",
            b"{} {}",
            b"\xff\xfe",
            b"{\"\xff\": 1}",
            b"{\"a\": \"\xc3\x28\"}",
        ] {
            let reply = ask().bytes("application/json", broken.to_vec()).send().await;
            assert_eq!(reply.status, 400, "{} {broken:?} {reply:?}", operation.name());
            reply.refused(400, "malformed_json");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
        let reply = ask().bytes("application/json", deep).send().await;
        assert!([400, 422].contains(&reply.status.as_u16()), "{} {reply:?}", operation.name());
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "nonsense",
        ] {
            ask().bytes(kind, b"{}".to_vec()).send().await.refused(415, "unsupported_media_type");
        }
        ask()
            .bytes("application/json", b"{}".to_vec())
            .header("content-encoding", "gzip")
            .send()
            .await
            .refused(415, "unsupported_media_type");
        let huge = format!("\"{}\"", "x".repeat(10_000_000)).into_bytes();
        ask().bytes("application/json", huge.clone()).send().await.refused(413, "body_too_large");
        let announced =
            ask().bytes("application/json", huge).header("content-length", "10000002").send().await;
        announced.refused(413, "body_too_large");
        // What is announced is refused before it comes.
        let announced =
            ask().bytes("application/json", b"{}".to_vec()).header("content-length", "1048577");
        announced.send().await.refused(413, "body_too_large");
        for whole in [json!([]), json!("text"), json!(7), json!(null), json!(true)] {
            let reply = send(&all, &operation, &whole).await;
            assert_eq!(reply.status, 422, "{} {whole} {reply:?}", operation.name());
        }
    }
    assert_eq!(all.changes(), before);
}

#[actix_web::test]
async fn members_that_are_unknown_or_only_read_are_refused() {
    let all = Everything::new().await;
    let (before, document, mut injected) = (all.changes(), contract(), 0);
    for (operation, example) in writes() {
        let schema = operation.body.as_ref().unwrap();
        let known: BTreeSet<String> =
            schema["properties"].as_object().unwrap().keys().cloned().collect();
        let responses = operation.spec["responses"].as_object().unwrap();
        let answer = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap().1;
        let answer = resolve(&document, &answer["content"]["application/json"]["schema"]);
        let read =
            answer["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
        let others = [
            "nonsense",
            "id",
            "version",
            "state",
            "registry_no",
            "created_at",
            "actor",
            "__proto__",
            "a/b~c",
        ]
        .map(str::to_owned);
        for name in read.chain(others).filter(|name| !known.contains(name)) {
            injected += 1;
            let mut body = example.clone();
            body[&name] = json!(1);
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            at(&send(&all, &operation, &body).await, &operation, &pointer, "unknown_member");
        }
        let inside = members(&document, schema, &example);
        for member in inside.iter().filter(|member| member.schema["properties"].is_object()) {
            let pointer = format!("{}/nonsense", member.pointer);
            let body = with(&example, &pointer, json!(1));
            at(&send(&all, &operation, &body).await, &operation, &pointer, "unknown_member");
        }
    }
    assert!(injected > 300, "{injected}");
    assert_eq!(all.changes(), before);
}

#[actix_web::test]
async fn members_of_the_wrong_type_are_named() {
    let all = Everything::new().await;
    let (before, document, mut turns) = (all.changes(), contract(), Turns::default());
    for (operation, example) in writes() {
        let schema = operation.body.clone().unwrap();
        for member in members(&document, &schema, &example) {
            let wrong = vec![
                json!({"no": 1}),
                json!([[]]),
                json!("\u{1F600}"),
                json!(true),
                json!(1.5),
                json!(7),
            ];
            for wrong in turns.of(declared(&member), wrong) {
                if fits(&document, &member.schema, &wrong) {
                    continue;
                }
                let reply =
                    send(&all, &operation, &with(&example, &member.pointer, wrong.clone())).await;
                assert_eq!(
                    reply.status,
                    422,
                    "{} {} {wrong}: {reply:?}",
                    operation.name(),
                    member.pointer
                );
                if !member.in_union {
                    let problem = reply.refused(422, "invalid");
                    let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
                    // Inside of a value that has members of its own, the fault is theirs.
                    assert!(
                        pointer.starts_with(&member.pointer),
                        "{} {} {wrong}: {reply:?}",
                        operation.name(),
                        member.pointer
                    );
                }
            }
        }
    }
    assert_eq!(all.changes(), before);
}

/// What the contract says of a member, and its name.
fn declared(member: &Member) -> String {
    let name = member.pointer.rsplit('/').find(|part| part.parse::<usize>().is_err());
    let mut schema = member.schema.clone();
    if let Some(parts) = schema.as_object_mut() {
        parts.retain(|part, _| {
            !["description", "examples", "example", "title"].contains(&part.as_str())
        });
    }
    format!("{} {schema}", name.unwrap_or_default())
}

/// Whether the value may be of the type that the schema says.
fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    let schema = resolve(document, schema);
    let parts = ["oneOf", "anyOf", "allOf"]
        .iter()
        .flat_map(|kind| schema[kind].as_array().cloned().unwrap_or_default());
    if parts.clone().count() > 0 {
        return parts.into_iter().any(|part| fits(document, &part, value));
    }
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    let text = schema["format"].is_null() && schema["enum"].is_null();
    kinds.iter().any(|kind| match kind.as_str() {
        Some("object") => value.is_object() && schema["properties"].is_null(),
        Some("array") => value.is_array() && fits(document, &schema["items"], &value[0]),
        Some("string") => value.is_string() && text,
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => false,
    })
}

#[actix_web::test]
async fn null_and_nul_are_refused_where_they_mean_nothing() {
    let all = Everything::new().await;
    let (before, document) = (all.changes(), contract());
    for (operation, example) in writes() {
        let schema = operation.body.clone().unwrap();
        for member in members(&document, &schema, &example) {
            if !takes_null(&member.schema) && !member.in_union {
                let reply =
                    send(&all, &operation, &with(&example, &member.pointer, Value::Null)).await;
                at(&reply, &operation, &member.pointer, "");
            }
            let plain = fits(&document, &member.schema, &json!("text"))
                && example.pointer(&member.pointer).unwrap().is_string();
            if plain {
                let reply =
                    send(&all, &operation, &with(&example, &member.pointer, json!("a\u{0}b")))
                        .await;
                at(&reply, &operation, &member.pointer, "nul_character");
            }
        }
    }
    assert_eq!(all.changes(), before);
}

#[actix_web::test]
async fn days_of_other_ages_are_refused_everywhere() {
    let all = Everything::new().await;
    let (before, document, mut days) = (all.changes(), contract(), 0);
    for (operation, example) in writes() {
        let schema = operation.body.clone().unwrap();
        for member in members(&document, &schema, &example) {
            let format = member.schema["format"].as_str().unwrap_or_default();
            if !["date", "date-time"].contains(&format) {
                continue;
            }
            days += 1;
            for day in [
                "0001-01-01",
                "9999-12-31",
                "-0001-01-01",
                "+262142-12-31",
                "0000-12-31",
                "2200-01-01",
            ] {
                let value =
                    if format == "date" { day.to_owned() } else { format!("{day}T12:00:00Z") };
                let reply =
                    send(&all, &operation, &with(&example, &member.pointer, json!(value))).await;
                assert_eq!(
                    reply.status,
                    422,
                    "{} {} {value}: {reply:?}",
                    operation.name(),
                    member.pointer
                );
                at(&reply, &operation, &member.pointer, "");
            }
        }
    }
    assert!(days > 40, "{days}");
    assert_eq!(all.changes(), before);
}

#[actix_web::test]
async fn values_beyond_the_bounds_of_the_contract_are_refused() {
    let all = Everything::new().await;
    let (before, document, mut tried) = (all.changes(), contract(), 0);
    for (operation, example) in writes() {
        let schema = operation.body.clone().unwrap();
        for member in members(&document, &schema, &example) {
            let now = example.pointer(&member.pointer).unwrap();
            for wrong in beyond(&member.schema, now) {
                tried += 1;
                let body = with(&example, &member.pointer, wrong);
                at(&send(&all, &operation, &body).await, &operation, &member.pointer, "");
            }
        }
    }
    assert!(tried > 150, "{tried}");
    assert_eq!(all.changes(), before);
}

/// Values right below and right above what the schema allows.
fn beyond(schema: &Value, now: &Value) -> Vec<Value> {
    let bound = |name: &str| schema[name].as_i64();
    let size = |name: &str| schema[name].as_u64().map(|size| size as usize);
    let (least, most) = match now {
        Value::String(_) => {
            let text = |length: usize| json!("x".repeat(length));
            let least = size("minLength").filter(|least| *least > 0);
            (least.map(|least| text(least - 1)), size("maxLength").map(|most| text(most + 1)))
        }
        Value::Number(_) => (
            bound("minimum").map(|least| json!(least - 1)),
            bound("maximum").map(|most| json!(most + 1)),
        ),
        Value::Array(items) => {
            let Some(one) = items.first() else { return vec![] };
            let list = |length| json!(vec![one.clone(); length]);
            let least = size("minItems").filter(|least| *least > 0);
            (least.map(|least| list(least - 1)), size("maxItems").map(|most| list(most + 1)))
        }
        _ => (None, None),
    };
    least.into_iter().chain(most).collect()
}

/// Every value here may be refused or taken; none may break the service.
#[actix_web::test]
async fn values_at_the_edge_never_break_the_service() {
    let all = Everything::new().await;
    let (document, mut turns) = (contract(), Turns::default());
    for (operation, example) in writes() {
        let schema = operation.body.clone().unwrap();
        let mut tag = all.tag(&operation).await;
        for member in members(&document, &schema, &example) {
            let schema = &member.schema;
            let most = schema["maxLength"].as_u64().unwrap_or(10_000) as usize;
            let values = match example.pointer(&member.pointer).unwrap() {
                Value::String(_) => vec![
                    json!(""),
                    json!(" "),
                    json!("x".repeat(most)),
                    json!("\u{1F600}".repeat(most)),
                    json!("x".repeat(most + 1)),
                    json!("'; --\\ %_\u{202E}"),
                    json!("1900-01-01"),
                    json!("2199-12-31"),
                    json!("1900-01-01T00:00:00Z"),
                ],
                Value::Number(_) => vec![
                    json!(0),
                    json!(-1),
                    json!(i32::MAX),
                    json!(i32::MIN),
                    json!(i64::MAX),
                    json!(1e308),
                    json!(-1e308),
                    json!(u64::MAX),
                    schema["minimum"].clone(),
                    schema["maximum"].clone(),
                ],
                Value::Array(items) => vec![
                    json!([]),
                    json!(vec![items.first().cloned().unwrap_or(json!("x")); 2]),
                    json!(vec![items.first().cloned().unwrap_or(json!("x")); 1000]),
                ],
                _ => vec![],
            };
            for value in turns.of(declared(&member), values) {
                let body = with(&example, &member.pointer, value.clone());
                let persona = all.world.persona(operation.role().unwrap());
                let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
                let reply = persona
                    .request(method, &all.path(&operation))
                    .header("if-match", &tag)
                    .json(&body)
                    .send()
                    .await;
                assert!(
                    reply.status.as_u16() < 500,
                    "{} {} {value}: {reply:?}",
                    operation.name(),
                    member.pointer
                );
                if reply.status.is_success() {
                    tag = all.tag(&operation).await;
                }
            }
        }
    }
}
