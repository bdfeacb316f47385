//! Every operation of the contract, as tests go through them: what it needs and an example of it.
use std::collections::BTreeMap;

use kinstead::policy::POLICY;
use serde_json::{Value, json};

/// The contract.
pub fn contract() -> Value {
    kinstead::contract::document().unwrap()
}

/// One operation of the contract.
pub struct Operation {
    pub method: String,
    /// The path with its parameters in braces.
    pub path: String,
    pub permission: Option<String>,
    /// The operation as the document has it.
    pub spec: Value,
    /// Its body's schema, if it takes one.
    pub body: Option<Value>,
    /// The document's example of its body.
    pub example: Option<Value>,
}

/// Every operation, in the order of the document.
pub fn operations() -> Vec<Operation> {
    let document = contract();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, spec) in item.as_object().unwrap() {
            let media = &spec["requestBody"]["content"]["application/json"];
            all.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                permission: spec["x-permission"].as_str().map(ToOwned::to_owned),
                spec: spec.clone(),
                body: media.get("schema").map(|schema| resolve(&document, schema).clone()),
                example: media.get("example").cloned(),
            });
        }
    }
    all
}

impl Operation {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// A role that may ask this.
    pub fn role(&self) -> Option<&'static str> {
        let permission = self.permission.as_deref()?;
        let holds = |(_, held): &&(&str, &[&str])| held.contains(&permission);
        Some(POLICY.iter().find(holds).unwrap().0)
    }

    /// A role that may not.
    pub fn stranger(&self) -> Option<&'static str> {
        let permission = self.permission.as_deref()?;
        POLICY.iter().find(|(_, held)| !held.contains(&permission)).map(|(role, _)| *role)
    }

    pub fn parameters(&self, place: &str) -> Vec<Value> {
        let all = self.spec["parameters"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|parameter| parameter["in"] == place).collect()
    }

    pub fn has(&self, place: &str, name: &str) -> bool {
        self.parameters(place).iter().any(|parameter| parameter["name"] == name)
    }
}

/// The schema that a reference leads to.
pub fn resolve<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let name = reference.rsplit('/').next().unwrap();
            resolve(document, &document["components"]["schemas"][name])
        }
        None => schema,
    }
}

/// A member of an example body.
pub struct Member {
    /// Where it is (RFC 6901).
    pub pointer: String,
    pub schema: Value,
    /// Whether it lies in a union, where the decoder cannot tell the place of a fault.
    pub in_union: bool,
}

/// The members of an example, at every depth, with their schemas.
pub fn members(document: &Value, schema: &Value, example: &Value) -> Vec<Member> {
    let mut found = Vec::new();
    collect(document, schema, example, "", false, &mut found);
    found
}

fn collect(
    document: &Value,
    schema: &Value,
    example: &Value,
    at: &str,
    union: bool,
    found: &mut Vec<Member>,
) {
    let schema = resolve(document, schema);
    for kind in ["oneOf", "anyOf", "allOf"] {
        for part in schema[kind].as_array().into_iter().flatten() {
            let part = resolve(document, part);
            let constants = part["properties"].as_object().into_iter().flatten();
            let fits = constants
                .filter_map(|(name, member)| Some((name, member["enum"].as_array()?)))
                .all(|(name, values)| example.get(name).is_none_or(|value| values.contains(value)));
            if fits {
                collect(
                    document,
                    part,
                    example,
                    at,
                    union || kind != "allOf" && schema[kind].as_array().unwrap().len() > 1,
                    found,
                );
            }
        }
    }
    match example {
        Value::Object(members) => {
            for (name, value) in members {
                let member = &schema["properties"][name];
                if member.is_null() {
                    continue;
                }
                let pointer = format!("{at}/{name}");
                found.push(Member {
                    pointer: pointer.clone(),
                    schema: resolve(document, member).clone(),
                    in_union: union,
                });
                collect(document, member, value, &pointer, union, found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(document, &schema["items"], value, &format!("{at}/{index}"), union, found);
            }
        }
        _ => {}
    }
}

/// The body with another value at that place.
pub fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other} has no members"),
    }
    body
}

/// Whether null may stand there.
pub fn takes_null(schema: &Value) -> bool {
    schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!("null")))
        || ["oneOf", "anyOf"].iter().any(|kind| {
            schema[kind]
                .as_array()
                .is_some_and(|parts| parts.iter().any(|part| part["type"] == "null"))
        })
}

/// What is wrong with a value, by its schema; only the keywords that the contract uses.
pub fn misfits(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema = resolve(document, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        misfits(document, part, value, at, found);
    }
    for kind in ["oneOf", "anyOf"] {
        let Some(parts) = schema[kind].as_array() else { continue };
        let fitting = parts.iter().filter(|part| {
            let mut inner = Vec::new();
            misfits(document, part, value, at, &mut inner);
            inner.is_empty()
        });
        let count = fitting.count();
        if count == 0 || kind == "oneOf" && count > 1 {
            found.push(format!("{at} fits {count} of {kind}"));
        }
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{at}: {other} is no type"),
    };
    if !kinds.is_empty() && !kinds.iter().any(is) {
        found.push(format!("{at} is no {kinds:?}"));
        return;
    }
    if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        found.push(format!("{at} is none of the enum"));
    }
    bounds(schema, value, at, found);
    if let Some(members) = value.as_object() {
        let known: BTreeMap<_, _> =
            schema["properties"].as_object().cloned().unwrap_or_default().into_iter().collect();
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                found.push(format!("{at}/{name} is missing"));
            }
        }
        for (name, member) in members {
            match known.get(name) {
                Some(schema) => misfits(document, schema, member, &format!("{at}/{name}"), found),
                None if schema["additionalProperties"] == json!(false) => {
                    found.push(format!("{at}/{name} is unknown"));
                }
                None => {}
            }
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        misfits(document, &schema["items"], item, &format!("{at}/{index}"), found);
    }
}

fn bounds(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let size = match value {
        Value::String(text) => Some(("Length", text.chars().count())),
        Value::Array(items) => Some(("Items", items.len())),
        _ => None,
    };
    if let Some((what, size)) = size {
        let bound = |which: &str| schema[format!("{which}{what}")].as_u64();
        if bound("min").is_some_and(|least| (size as u64) < least)
            || bound("max").is_some_and(|most| size as u64 > most)
        {
            found.push(format!("{at} has {size} {what}"));
        }
    }
    let below = |number| schema["minimum"].as_f64().is_some_and(|least| number < least);
    let above = |number| schema["maximum"].as_f64().is_some_and(|most| number > most);
    if value.as_f64().is_some_and(|number| below(number) || above(number)) {
        found.push(format!("{at} is out of bounds"));
    }
    let Some(text) = value.as_str() else { return };
    let fine = match schema["format"].as_str() {
        Some("date") => text.parse::<chrono::NaiveDate>().is_ok(),
        Some("date-time") => text.parse::<chrono::DateTime<chrono::Utc>>().is_ok(),
        Some("uuid") => text.parse::<uuid::Uuid>().is_ok(),
        _ => true,
    };
    if !fine {
        found.push(format!("{at} has the wrong form"));
    }
}
