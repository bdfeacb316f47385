//! Bodies between what serde takes and what the contract says: whole numbers, positions, lists.
use serde_json::{Value, json};

use crate::support::{
    Everything, Reply,
    operations::{Member, Operation, contract, members, operations, resolve, with},
};

/// The operations that take a body, with the example of it and its members.
fn writes() -> Vec<(Operation, Value, Vec<Member>)> {
    let document = contract();
    let all = operations().into_iter().filter_map(|operation| {
        let example = operation.example.clone()?;
        let members = members(&document, operation.body.as_ref()?, &example);
        Some((operation, example, members))
    });
    all.collect()
}

async fn send(all: &Everything, operation: &Operation, body: &Value) -> Reply {
    all.ask(operation, &all.path(operation)).json(body).send().await
}

/// The faults of a refusal: pointer and code.
fn faults(reply: &Reply) -> Vec<(String, String)> {
    if reply.status.as_u16() != 422 {
        return Vec::new();
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let problem = reply.json();
    let faults = problem["errors"].as_array().into_iter().flatten();
    faults.map(|fault| (text(&fault["pointer"]), text(&fault["code"]))).collect()
}

fn is(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind
        || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!(kind)))
}

#[actix_web::test]
async fn a_whole_number_is_an_integer_however_it_is_written() {
    let all = Everything::new().await;
    let mut tried = 0;
    for (operation, example, members) in writes() {
        for member in members.iter().filter(|member| is(&member.schema, "integer")) {
            tried += 1;
            let number = example.pointer(&member.pointer).unwrap().as_f64().unwrap();
            let whole = with(&example, &member.pointer, json!(number));
            assert!(whole.to_string().contains(".0"), "{whole}");
            let reply = send(&all, &operation, &whole).await;
            let wrong = (member.pointer.clone(), "wrong_type".to_owned());
            assert!(!faults(&reply).contains(&wrong), "{}: {reply:?}", operation.name());
            let part = with(&example, &member.pointer, json!(number + 0.5));
            let reply = send(&all, &operation, &part).await;
            assert_eq!(faults(&reply), [wrong], "{}: {reply:?}", operation.name());
        }
    }
    assert!(tried > 15, "{tried}");
}

#[actix_web::test]
async fn a_list_is_no_object_at_any_depth() {
    let all = Everything::new().await;
    let (before, mut tried) = (all.changes(), 0);
    for (operation, example, members) in writes() {
        let objects = members.iter().map(|member| member.pointer.clone()).chain([String::new()]);
        for at in objects {
            let Some(Value::Object(object)) = example.pointer(&at) else { continue };
            tried += 1;
            let mut body = example.clone();
            *body.pointer_mut(&at).unwrap() = object.values().cloned().collect();
            let reply = send(&all, &operation, &body).await;
            let wrong = (at, "wrong_type".to_owned());
            assert_eq!(faults(&reply), [wrong], "{}: {reply:?}", operation.name());
        }
    }
    assert!(tried > 40, "{tried}");
    assert_eq!(all.changes(), before);
}

#[actix_web::test]
async fn a_member_that_is_there_twice_is_named() {
    let all = Everything::new().await;
    let (before, worker) = (all.changes(), all.world.persona("case_worker"));
    for (body, pointer) in [
        (r#"{"name": "Ana", "limit": 1, "limit": 2}"#, "/limit"),
        (
            r#"{"external_id": {"system": "urn:x:y", "value": "1", "value": "2"}}"#,
            "/external_id/value",
        ),
    ] {
        let asking = worker.request(actix_web::http::Method::POST, "/v1/children:search");
        let reply = asking.bytes("application/json", body.into()).send().await;
        reply.refused(422, "invalid");
        assert_eq!(faults(&reply), [(pointer.to_owned(), "duplicate_member".to_owned())]);
    }
    assert_eq!(all.changes(), before);
}

/// An item that differs from its like where it may.
fn item(document: &Value, schema: &Value, index: usize) -> Value {
    let schema = resolve(document, schema);
    if let Some(values) = schema["enum"].as_array() {
        return values[index % values.len()].clone();
    }
    if is(schema, "string") && schema["format"] == "uuid" {
        return json!(uuid::Uuid::new_v4());
    }
    if is(schema, "string") {
        return json!(format!("aa-{index}"));
    }
    if is(schema, "array") {
        let least = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap();
        return (0..least).map(|index| item(document, &schema["items"], index)).collect();
    }
    let example = &schema["example"];
    let members = schema["properties"].as_object().unwrap().iter();
    let first = |name: &String, member: &Value| {
        let member = resolve(document, member);
        let given =
            [&example[name], &member["example"], &member["examples"][0], &member["enum"][0]];
        let given = given.into_iter().find(|value| !value.is_null()).cloned();
        given.unwrap_or_else(|| match member["format"].as_str() {
            Some("uuid") => json!(uuid::Uuid::new_v4()),
            _ => item(document, member, 0),
        })
    };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let needed = members.filter(|(name, _)| required.contains(&json!(name)));
    needed
        .map(|(name, member)| (name.clone(), first(name, member)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[actix_web::test]
async fn lists_and_their_items_have_the_bounds_that_the_contract_says() {
    let all = Everything::new().await;
    let (document, mut lists, mut texts) = (contract(), 0, 0);
    for (operation, example, members) in writes() {
        let properties = operation.body.as_ref().unwrap()["properties"].clone();
        let top = properties.as_object().unwrap().iter();
        let top = top.map(|(name, schema)| (format!("/{name}"), schema.clone()));
        let nested = members.into_iter().map(|member| (member.pointer, member.schema));
        let mut found: Vec<(String, Value)> = top.chain(nested).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.dedup_by(|a, b| a.0 == b.0);
        for (at, schema) in found.into_iter().filter(|(_, schema)| is(schema, "array")) {
            lists += 1;
            let name = format!("{} {at}", operation.name());
            let most = schema["maxItems"].as_u64().unwrap_or_else(|| panic!("{name} is endless"));
            let least = schema["minItems"].as_u64().unwrap_or(0);
            let of = |count: u64| -> Value {
                (0..count).map(|index| item(&document, &schema["items"], index as usize)).collect()
            };
            let length = (at.clone(), "length".to_owned());
            let sized = async |count: u64| {
                let mut body = example.clone();
                put(&mut body, &at, of(count));
                faults(&send(&all, &operation, &body).await).contains(&length)
            };
            assert!(!sized(most).await, "{name} refuses {most}");
            assert!(sized(most + 1).await, "{name} takes {}", most + 1);
            assert!(!sized(least).await, "{name} refuses {least}");
            assert!(least == 0 || sized(least - 1).await, "{name} takes {}", least - 1);

            let items = resolve(&document, &schema["items"]);
            if !is(items, "string") || items["format"] == "uuid" || items["enum"].is_array() {
                continue;
            }
            texts += 1;
            let most =
                items["maxLength"].as_u64().unwrap_or_else(|| panic!("{name}: endless items"));
            for count in [0, most + 1] {
                let mut body = example.clone();
                put(&mut body, &at, json!(["x".repeat(count as usize)]));
                let reply = send(&all, &operation, &body).await;
                let faults = faults(&reply);
                let first = format!("{at}/0");
                let inside = faults.iter().any(|(pointer, _)| *pointer == first);
                assert!(inside, "{name} takes {count} characters: {reply:?}");
            }
        }
    }
    assert!(lists > 20 && texts > 8, "{lists} {texts}");
}

/// Sets a member that may not be in the example.
fn put(body: &mut Value, at: &str, value: Value) {
    let (parent, name) = at.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
}
