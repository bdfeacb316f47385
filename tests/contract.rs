//! The contract: what is checked in is what the code makes, and it is whole.
use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

use kinstead::{
    contract,
    platform::time::names_a_time,
    policy::{PLACES, POLICY, RULES, TIES},
};
use serde_json::Value;

use crate::support::operations::{Operation, contract as document, misfits, operations};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Compares with a file that is checked in; `KINSTEAD_UPDATE=1` writes it anew.
fn same_as(file: &str, text: &str) {
    let path = folder().join(file);
    if std::env::var("KINSTEAD_UPDATE").is_ok_and(|wanted| wanted == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(text.lines()).position(|(kept, made)| kept != made);
    assert!(
        kept == text,
        "{file} is out of date from line {} on: run KINSTEAD_UPDATE=1 cargo test contract, and look at the difference",
        differs.map_or(0, |line| line + 1)
    );
}

#[test]
fn the_documents_that_are_checked_in_are_those_of_the_code() {
    same_as("openapi/openapi.json", &contract::pretty(&contract::document().unwrap()).unwrap());
    same_as(
        "openapi/openapi.sdk.json",
        &contract::pretty(&contract::sdk_document().unwrap()).unwrap(),
    );
}

#[test]
fn who_may_call_what_is_one_table() {
    let mut table = String::new();
    for (method, path, permission) in kinstead::api().permissions() {
        writeln!(table, "{method:<6} {path:<60} {}", permission.unwrap_or("(anyone)")).unwrap();
    }
    same_as("tests/snapshots/operations.txt", &table);
}

#[test]
fn what_each_role_may_do_is_one_table() {
    let permissions: BTreeSet<&str> =
        POLICY.iter().flat_map(|(_, held)| held.iter().copied()).collect();
    let mut table = String::new();
    for permission in permissions {
        let roles: Vec<&str> = POLICY
            .iter()
            .filter(|(_, held)| held.contains(&permission))
            .map(|(role, _)| *role)
            .collect();
        writeln!(table, "{permission:<22} {}", roles.join(" ")).unwrap();
    }
    writeln!(table, "\nwhose data, by which relation, of which classes:").unwrap();
    for (role, kind, relation, classes) in TIES {
        let relation = format!("{relation:?}");
        writeln!(table, "{role:<27} {kind:<13} {relation:<15} {}", classes.join(" ")).unwrap();
    }
    writeln!(table, "\nwhere what is nobody's may be changed:").unwrap();
    for (role, permission, kind, relation) in PLACES {
        writeln!(table, "{role:<27} {permission:<22} {kind:<13} {relation:?}").unwrap();
    }
    writeln!(table, "\nmembers of another class than personal:").unwrap();
    for field in RULES.fields {
        writeln!(table, "{:<13} {:<12} {}", field.kind, field.class, field.members.join(" "))
            .unwrap();
    }
    same_as("tests/snapshots/policy.txt", &table);
}

#[test]
fn every_permission_is_needed_by_an_operation_and_held_by_a_role() {
    let needed: BTreeSet<&str> =
        kinstead::api().permissions().iter().filter_map(|(.., permission)| *permission).collect();
    let held: BTreeSet<&str> = POLICY.iter().flat_map(|(_, held)| held.iter().copied()).collect();
    assert_eq!(needed, held);
    let roles: BTreeSet<&str> = POLICY.iter().map(|(role, _)| *role).collect();
    assert_eq!(roles.len(), POLICY.len(), "a role stands in the policy once");
}

#[test]
fn the_document_and_the_server_have_the_same_operations() {
    let mut served: Vec<(String, String, Option<String>)> = kinstead::api()
        .permissions()
        .into_iter()
        .map(|(method, path, permission)| (method, path, permission.map(ToOwned::to_owned)))
        .collect();
    served.sort();
    let mut documented: Vec<_> = operations()
        .into_iter()
        .map(|known| (known.method, known.path, known.permission))
        .collect();
    documented.sort();
    assert_eq!(served, documented);
}

/// What is wrong with the words and examples of one operation.
fn faults(document: &Value, operation: &Operation, tags: &[&str]) -> Vec<String> {
    let (name, spec) = (operation.name(), &operation.spec);
    let mut found = Vec::new();
    for member in ["summary", "description", "operationId"] {
        if spec[member].as_str().is_none_or(str::is_empty) {
            found.push(format!("{name} has no {member}"));
        }
    }
    let tagged = spec["tags"]
        .as_array()
        .is_some_and(|own| own.len() == 1 && tags.contains(&own[0].as_str().unwrap()));
    if !tagged {
        found.push(format!("{name} needs one of the tags {tags:?}"));
    }
    for parameter in spec["parameters"].as_array().into_iter().flatten() {
        if parameter["description"].as_str().is_none_or(str::is_empty) {
            found.push(format!("{name}: the parameter {} is not described", parameter["name"]));
        }
    }
    if operation.method == "POST"
        && operation.permission.is_some()
        && !operation.has("header", "Idempotency-Key")
    {
        found.push(format!("{name} takes no Idempotency-Key"));
    }
    let bodies = spec["requestBody"]["content"].as_object().into_iter().flatten();
    let body = bodies.map(|(kind, media)| (format!("{name} {kind}"), media));
    let responses = spec["responses"].as_object().unwrap();
    let answers = responses.iter().flat_map(|(status, response)| {
        let content = response["content"].as_object().into_iter().flatten();
        content.map(move |(kind, media)| (format!("{status} {kind}"), media))
    });
    for (what, media) in body.chain(answers.map(|(what, media)| (format!("{name} {what}"), media)))
    {
        let mut wrong = Vec::new();
        match media.get("example") {
            Some(example) => misfits(document, &media["schema"], example, "", &mut wrong),
            None => wrong.push("has no example".into()),
        }
        found.extend(wrong.into_iter().map(|fault| format!("{what}: {fault}")));
    }
    if !responses.keys().any(|status| status.starts_with('2')) {
        found.push(format!("{name} never succeeds"));
    }
    found.extend(
        responses
            .keys()
            .filter(|status| status.parse::<u16>().is_err())
            .map(|status| format!("{name}: {status} is no status")),
    );
    found
}

#[test]
fn every_operation_is_described_and_its_examples_fit() {
    let document = document();
    let tags: Vec<&str> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let all = operations();
    let wrong: Vec<String> =
        all.iter().flat_map(|operation| faults(&document, operation, &tags)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let ids: BTreeSet<&str> =
        all.iter().map(|operation| operation.spec["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all.len(), "operation ids are unique");
}

/// Calls `each` with every schema below `schema`, and whether null may stand there.
fn every(schema: &Value, at: &str, each: &mut dyn FnMut(&str, &Value)) {
    each(at, schema);
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        every(member, &format!("{at}/{name}"), each);
    }
    for kind in ["items", "additionalProperties"] {
        if schema[kind].is_object() {
            every(&schema[kind], at, each);
        }
    }
    for kind in ["oneOf", "anyOf", "allOf"] {
        for part in schema[kind].as_array().into_iter().flatten() {
            every(part, at, each);
        }
    }
}

#[test]
fn schemas_are_shaped_for_clean_clients() {
    let document = document();
    let mut wrong = Vec::new();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        if name.ends_with("Page") {
            let paged = schema["properties"].as_object().is_some_and(|members| {
                let names: Vec<_> = members.keys().map(String::as_str).collect();
                names == ["data", "next_cursor"] || names == ["data", "next_cursor", "total"]
            });
            if !paged || schema["required"] != serde_json::json!(["data"]) {
                wrong.push(format!("{name} is no page"));
            }
        }
        every(schema, name, &mut |at, schema| {
            let null = schema["type"]
                .as_array()
                .is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
                || schema["type"] == "null";
            if null && !name.ends_with("Patch") {
                wrong.push(format!("{at} may be null"));
            }
            let kinds = [schema["type"].clone()]
                .into_iter()
                .chain(schema["type"].as_array().cloned().unwrap_or_default());
            let format = schema["format"].as_str().unwrap_or_default();
            for kind in kinds {
                if kind == "integer" && !["int32", "int64"].contains(&format)
                    || kind == "number" && format != "double"
                {
                    wrong.push(format!("{at} is a {kind} of the format {format:?}"));
                }
            }
            for (member, inner) in schema["properties"].as_object().into_iter().flatten() {
                let referred =
                    inner["$ref"].as_str().and_then(|to| schemas.get(to.rsplit('/').next()?));
                let described = inner["description"].is_string()
                    || ["oneOf", "anyOf", "allOf"].iter().any(|kind| {
                        inner[kind].as_array().is_some_and(|parts| {
                            parts.iter().any(|part| part["description"].is_string())
                        })
                    })
                    || referred.is_some_and(|schema| schema["description"].is_string());
                if !described {
                    wrong.push(format!("{at}/{member} is not described"));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The codes of a list, as they stand in the data of the release.
fn codes(list: &str) -> Vec<String> {
    let folder = folder().join("src/reference/data/code-lists");
    let file = fs::read(folder.join(format!("{list}.json"))).unwrap_or_else(|_| panic!("{list}"));
    let list: Value = serde_json::from_slice(&file).unwrap();
    let entries = list["entries"].as_array().unwrap().iter();
    entries.map(|entry| entry["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn codes_stand_beside_what_they_may_be_put_in() {
    let document = document();
    let mut named = 0;
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        every(schema, name, &mut |at, schema| {
            let Some((_, list)) =
                schema["description"].as_str().and_then(|text| text.split_once("f the list `"))
            else {
                return;
            };
            let list = list.split('`').next().unwrap();
            named += 1;
            let of = if schema["items"].is_object() { &schema["items"] } else { schema };
            let beside = of["x-extensible-enum"].as_array().unwrap_or_else(|| panic!("{at}"));
            for code in codes(list) {
                assert!(beside.contains(&Value::String(code.clone())), "{at} lacks {code}");
            }
            assert!(schema["enum"].is_null(), "{at}: a country may add to its lists");
        });
    }
    assert!(named > 50, "{named}");
    let kinds = document["paths"]["/v1/placements"]["get"]["parameters"].as_array().unwrap();
    let kind = kinds.iter().find(|parameter| parameter["name"] == "care_type").unwrap();
    assert_eq!(kind["schema"]["items"]["x-extensible-enum"], serde_json::json!(codes("care_type")));
}

#[test]
fn lists_answer_pages() {
    let mut wrong = Vec::new();
    for operation in operations().iter().filter(|operation| operation.has("query", "cursor")) {
        let schema =
            &operation.spec["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        if !schema.as_str().is_some_and(|name| name.ends_with("Page"))
            || !operation.has("query", "limit")
            || operation.has("query", "sort") != operation.has("query", "count")
        {
            wrong.push(operation.name());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The platform bounds all members that are named like times: so all times must be named so.
#[test]
fn members_that_hold_times_are_named_so() {
    let document = document();
    let mut wrong = BTreeSet::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        every(schema, name, &mut |at, schema| {
            let member = at.rsplit('/').next().unwrap();
            let is_time =
                ["date", "date-time"].contains(&schema["format"].as_str().unwrap_or_default());
            if is_time && !names_a_time(member) {
                wrong.insert(at.to_owned());
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
