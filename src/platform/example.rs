//! Examples of the contract, put together from the examples of the members.
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Schemas may refer to one another in a circle; examples end at this depth.
const DEPTH: usize = 16;

/// An example that fits the schema: its own if it has one, else one made of its members'.
pub fn of(schema: &Value, schemas: &BTreeMap<String, Value>) -> Option<Value> {
    compose(schema, schemas, DEPTH)
}

fn compose(schema: &Value, schemas: &BTreeMap<String, Value>, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    if let Some(own) = own(schema) {
        return Some(own);
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return compose(schemas.get(reference.rsplit('/').next()?)?, schemas, depth);
    }
    if let Some(first) =
        schema.get("enum").and_then(Value::as_array).and_then(|values| values.first())
    {
        return Some(first.clone());
    }
    for union in ["oneOf", "anyOf"] {
        if let Some(first) =
            schema.get(union).and_then(Value::as_array).and_then(|list| list.first())
        {
            return compose(first, schemas, depth);
        }
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let mut whole = Map::new();
        for part in parts {
            whole.extend(compose(part, schemas, depth)?.as_object()?.clone());
        }
        return Some(Value::Object(whole));
    }
    of_type(schema, schemas, depth)
}

fn own(schema: &Value) -> Option<Value> {
    let listed = schema.get("examples").and_then(Value::as_array).and_then(|list| list.first());
    schema.get("example").or(listed).cloned()
}

fn of_type(schema: &Value, schemas: &BTreeMap<String, Value>, depth: usize) -> Option<Value> {
    let kind = match schema.get("type")? {
        Value::Array(kinds) => kinds.first()?.as_str()?,
        kind => kind.as_str()?,
    };
    match kind {
        "object" => {
            let members = schema.get("properties").and_then(Value::as_object);
            let made = members.into_iter().flatten().filter_map(|(name, member)| {
                compose(member, schemas, depth).map(|value| (name.clone(), value))
            });
            Some(Value::Object(made.collect()))
        }
        "array" => {
            let item = schema.get("items").and_then(|items| compose(items, schemas, depth));
            let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).max(1);
            let items = std::iter::repeat_n(item, usize::try_from(least).unwrap_or(1));
            Some(Value::Array(items.flatten().collect()))
        }
        "string" => Some(json!(match schema.get("format").and_then(Value::as_str) {
            Some("date") => "2026-03-02",
            Some("date-time") => "2026-03-02T09:30:00Z",
            Some("uuid") => "0199a5b2-6c1e-7d3a-9f00-2b8c4d5e6f70",
            _ => "text",
        })),
        "integer" => Some(schema.get("minimum").cloned().unwrap_or(json!(1))),
        "number" => Some(json!(1.5)),
        "boolean" => Some(json!(true)),
        _ => None,
    }
}
