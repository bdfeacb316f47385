//! Who may ask, under which method, address, query and version.
use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::Method;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde_json::{Value, json};
use uuid::Uuid;

use super::turns::Turns;
use crate::support::{
    Everything, FOREIGN_TAG,
    operations::{Operation, operations},
};

fn method(operation: &Operation) -> Method {
    Method::from_bytes(operation.method.as_bytes()).unwrap()
}

#[actix_web::test]
async fn nobody_gets_in_without_a_token_or_a_role() {
    let all = Everything::new().await;
    let (before, mut guarded) = (all.changes(), 0);
    for operation in operations().iter().filter(|operation| operation.permission.is_some()) {
        guarded += 1;
        let path = all.path(operation);
        let reply = all.world.nobody().request(method(operation), &path).send().await;
        assert_eq!(reply.header("www-authenticate"), "Bearer", "{}", operation.name());
        reply.refused(401, "unauthenticated");
        let Some(stranger) = operation.stranger() else { continue };
        let stranger = all.world.persona(stranger);
        stranger.request(method(operation), &path).send().await.refused(403, "forbidden");
        // Whoever may not ask learns nothing about what is there, nor about the form of requests.
        let nowhere = all.path_with(operation, &[("id", "nonsense"), ("code", "nonsense")]);
        stranger
            .request(method(operation), &format!("{nowhere}?nonsense=1"))
            .send()
            .await
            .refused(403, "forbidden");
    }
    assert!(guarded > 60);
    assert_eq!(all.changes(), before);
}

#[actix_web::test]
async fn unknown_query_parameters_are_refused() {
    let all = Everything::new().await;
    for operation in operations() {
        let asking = all.ask(&operation, &format!("{}?nonsense=1", all.path(&operation)));
        let asking = match &operation.example {
            Some(example) => asking.json(example),
            None => asking,
        };
        let problem = asking.send().await.refused(400, "invalid_query");
        assert_eq!(problem["errors"][0]["pointer"], "?nonsense", "{}", operation.name());
    }
}

#[actix_web::test]
async fn answers_that_cannot_be_read_are_refused() {
    let all = Everything::new().await;
    let before = all.changes();
    for operation in operations() {
        for accept in ["image/png", "*/*;q=0"] {
            let asking = all.ask(&operation, &all.path(&operation)).header("accept", accept);
            let asking = match &operation.example {
                Some(example) => asking.json(example),
                None => asking,
            };
            asking.send().await.refused(406, "not_acceptable");
        }
    }
    assert_eq!(all.changes(), before);
}

#[actix_web::test]
async fn other_methods_are_refused_with_those_that_are_taken() {
    let all = Everything::new().await;
    let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        let methods = taken.entry(all.path(&operation)).or_default();
        methods.insert(operation.method.clone());
        if operation.method == "GET" {
            methods.insert("HEAD".to_owned());
        }
    }
    for (path, methods) in taken {
        for other in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            if methods.contains(other) {
                continue;
            }
            let asking = all
                .world
                .persona("national_authority")
                .request(Method::from_bytes(other.as_bytes()).unwrap(), &path);
            let reply = asking.send().await;
            reply.refused(405, "method_not_allowed");
            let allowed: Vec<&str> = methods.iter().map(String::as_str).collect();
            assert_eq!(reply.header("allow"), allowed.join(", "), "{other} {path}");
        }
    }
}

#[actix_web::test]
async fn changes_need_the_version_that_is_there() {
    let all = Everything::new().await;
    let (before, mut tagged) = (all.changes(), 0);
    for operation in operations().iter().filter(|operation| operation.has("header", "If-Match")) {
        tagged += 1;
        let (path, example) = (all.path(operation), operation.example.clone().unwrap_or_default());
        let persona = all.world.persona(operation.role().unwrap());
        let blind = persona.request(method(operation), &path).json(&example).send().await;
        blind.refused(428, "precondition_required");
        let last = path.split('/').rev().find_map(|part| part.parse::<Uuid>().ok()).unwrap();
        let current = format!("\"{}.", last.simple());
        let old = format!("{current}0\"");
        for tag in [FOREIGN_TAG.to_owned(), old] {
            let reply = persona
                .request(method(operation), &path)
                .header("if-match", &tag)
                .json(&example)
                .send()
                .await;
            assert_eq!(reply.status, 412, "{} {reply:?}", operation.name());
            reply.refused(412, "stale");
            assert!(reply.etag().starts_with(&current), "{} {}", operation.name(), reply.etag());
        }
        for tag in ["*", "W/\"x.1\"", "x", "\"a\", \"b\"", ""] {
            let reply = persona
                .request(method(operation), &path)
                .header("if-match", tag)
                .json(&example)
                .send()
                .await;
            assert!(
                [400, 428].contains(&reply.status.as_u16()),
                "{} {tag} {reply:?}",
                operation.name()
            );
        }
    }
    assert!(tagged > 25, "{tagged}");
    assert_eq!(all.changes(), before);
}

#[actix_web::test]
async fn unknown_and_malformed_ids_tell_nothing() {
    let all = Everything::new().await;
    let before = all.changes();
    for operation in operations() {
        for parameter in operation.parameters("path") {
            let name = parameter["name"].as_str().unwrap();
            // A number elsewhere that nobody has is that of a new record.
            if ["step", "system", "value"].contains(&name) {
                continue;
            }
            let is_id = ["id", "answer"].contains(&name) || name.ends_with("_id");
            let ask = async |value: &str| {
                let path = all.path_with(&operation, &[(name, value)]);
                let asking = all.ask(&operation, &path);
                match &operation.example {
                    Some(example) => asking.json(example).send().await,
                    None => asking.send().await,
                }
            };
            let unknown = if is_id {
                [Uuid::new_v4().to_string(), Uuid::nil().to_string()]
            } else {
                ["nonsense".into(), "x y".into()]
            };
            let mut bodies = Vec::new();
            for value in &unknown {
                let reply = ask(&value.replace(' ', "%20")).await;
                assert_eq!(reply.status, 404, "{} {name}: {reply:?}", operation.name());
                let mut problem = reply.refused(404, "not_found");
                for edge in ["instance", "request_id"] {
                    problem.as_object_mut().unwrap().remove(edge).unwrap();
                }
                bodies.push(problem);
            }
            assert_eq!(bodies[0], bodies[1], "{}", operation.name());
            if is_id {
                for value in ["nonsense", "1", "%00", "%ff", "..%2f", &"a".repeat(5000)] {
                    let reply = ask(value).await;
                    assert!(
                        [400, 404].contains(&reply.status.as_u16()),
                        "{} {value} {reply:?}",
                        operation.name()
                    );
                }
                ask("nonsense").await.refused(400, "malformed_id");
            }
        }
    }
    assert_eq!(all.changes(), before);
}

#[actix_web::test]
async fn hostile_cursors_are_refused() {
    let all = Everything::new().await;
    let forged = |body: &str| BASE64.encode(body);
    let mut lists = 0;
    for operation in operations().iter().filter(|operation| operation.has("query", "cursor")) {
        lists += 1;
        let path = all.path(operation);
        for cursor in [
            "x".to_owned(),
            "e30".to_owned(),
            forged("null"),
            forged("[]"),
            "%00".to_owned(),
            "%ff".to_owned(),
            "a".repeat(10_000),
            forged(r#"{"k":1,"f":"","t":1e300}"#),
            forged(r#"{"k":"x","f":"AAAAAAAAAAAA","t":9223372036854775807}"#),
            String::new(),
        ] {
            let reply = all.ask(operation, &format!("{path}?cursor={cursor}")).send().await;
            assert_eq!(reply.status, 400, "{} {cursor}: {reply:?}", operation.name());
        }
        for limit in ["0", "-1", "201", "9223372036854775808", "x", "1.5", ""] {
            let reply = all.ask(operation, &format!("{path}?limit={limit}")).send().await;
            reply.refused(400, "invalid_query");
        }
        let page = all.ask(operation, &format!("{path}?limit=1")).send().await.ok();
        let Some(cursor) = page["next_cursor"].as_str() else { continue };
        let ours: Value = serde_json::from_slice(&BASE64.decode(cursor).unwrap()).unwrap();
        for key in [
            json!(null),
            json!(true),
            json!(-1),
            json!(1e308),
            json!(i64::MAX),
            json!("x"),
            json!("\u{0}"),
            json!("a\u{0}b"),
            json!([]),
            json!({}),
            json!([null, null]),
            json!(["\u{0}", "\u{0}"]),
            json!([1e308, Uuid::nil()]),
            json!("'; DROP TABLE children; --"),
            json!("x".repeat(300)),
        ] {
            let mut changed = ours.clone();
            changed["k"] = key.clone();
            let cursor = BASE64.encode(changed.to_string());
            let reply = all.ask(operation, &format!("{path}?limit=1&cursor={cursor}")).send().await;
            assert!(
                [200, 400].contains(&reply.status.as_u16()),
                "{} {key}: {reply:?}",
                operation.name()
            );
        }
    }
    assert!(lists > 10);
}

#[actix_web::test]
async fn days_of_other_ages_and_other_nonsense_in_the_query_are_refused() {
    let all = Everything::new().await;
    let (mut times, mut turns) = (0, Turns::default());
    for operation in operations() {
        for parameter in operation.parameters("query") {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            let mut turn = |what: &str, values: &[&str]| {
                let values = values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
                turns.of(format!("{what} {name} {schema}"), values)
            };
            let path = all.path(&operation);
            let format = schema["format"]
                .as_str()
                .or(schema["items"]["format"].as_str())
                .unwrap_or_default();
            if ["date", "date-time"].contains(&format) {
                times += 1;
                for day in turn(
                    "days beyond",
                    &["0001-01-01", "9999-12-31", "-0001-01-01", "%2B262142-12-31", "1899-12-31"],
                ) {
                    let value = if format == "date" { day } else { format!("{day}T12:00:00Z") };
                    let problem = all
                        .ask(&operation, &format!("{path}?{name}={value}"))
                        .send()
                        .await
                        .refused(400, "invalid_query");
                    assert_eq!(
                        problem["errors"][0]["pointer"],
                        format!("?{name}"),
                        "{}",
                        operation.name()
                    );
                }
                for day in turn("days", &["1900-01-01", "2199-12-31"]) {
                    let value = if format == "date" { day } else { format!("{day}T12:00:00Z") };
                    let reply = all.ask(&operation, &format!("{path}?{name}={value}")).send().await;
                    assert!(
                        !reply.status.is_server_error(),
                        "{} {name}={value}: {reply:?}",
                        operation.name()
                    );
                }
            }
            for value in turn(
                "nonsense",
                &[
                    "",
                    "x",
                    "-1",
                    "2147483647",
                    "-2147483648",
                    "9223372036854775807",
                    "1e400",
                    "NaN",
                    "inf",
                    "%00",
                    "%ff",
                    "true",
                    "91,181",
                    "-90,-180",
                    "90,180",
                    "NaN,NaN",
                    "'%3B--",
                    "2026-02-30",
                    "%F0%9F%98%80",
                    &"a".repeat(3000),
                ],
            ) {
                let reply = all.ask(&operation, &format!("{path}?{name}={value}")).send().await;
                assert!(
                    [200, 304, 400, 404, 422, 428, 415].contains(&reply.status.as_u16()),
                    "{} {name}={value}: {reply:?}",
                    operation.name()
                );
            }
        }
    }
    assert!(times > 15, "{times}");
}

#[actix_web::test]
async fn values_in_the_query_beyond_the_bounds_of_the_contract_are_refused() {
    let all = Everything::new().await;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for operation in operations() {
        for parameter in operation.parameters("query") {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            let mut beyond: Vec<(&str, String)> = Vec::new();
            if let Some(most) = schema["maxLength"].as_u64() {
                beyond
                    .push(("maxLength", format!("{name}={}", "%D0%96".repeat(most as usize + 1))));
            }
            if let Some(most) = schema["maxItems"].as_u64() {
                let values = schema["items"]["enum"].as_array().unwrap().iter().cycle();
                let pairs = values.map(|value| format!("{name}={}", value.as_str().unwrap()));
                let pairs: Vec<String> = pairs.take(most as usize + 1).collect();
                beyond.push(("maxItems", pairs.join("&")));
            }
            for (bound, step) in [("minimum", -1.0), ("maximum", 1.0)] {
                if let Some(edge) = schema[bound].as_f64() {
                    beyond.push((bound, format!("{name}={}", edge + step)));
                }
            }
            for (bound, query) in beyond {
                *kinds.entry(bound).or_default() += 1;
                let asked = format!("{}?{query}", all.path(&operation));
                let reply = all.ask(&operation, &asked).send().await;
                assert_eq!(reply.status, 400, "{} {bound} of {name}", operation.name());
                let problem = reply.refused(400, "invalid_query");
                let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
                assert_eq!(pointer, format!("?{name}"), "{}", operation.name());
            }
        }
    }
    for (bound, least) in [("maxLength", 20), ("maxItems", 5), ("minimum", 30), ("maximum", 30)] {
        assert!(kinds[bound] >= least, "{kinds:?}");
    }
}
