//! Masking: an answer without the members that its reader may not be told. What is left out is named in
//! `withheld`, so that nobody takes it for absent.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    error::{Error, Result},
    reach::Rules,
};

/// The member that names what was left out.
pub const WITHHELD: &str = "withheld";
/// Why it was left out: code of the list `withholding_ground`.
const GROUND: &str = "not_needed";

/// Members that are to be left out of what is about a person.
pub type Hidden<'h> = BTreeMap<Uuid, BTreeSet<&'h str>>;

/// Leaves out of each object about one of these persons the members that are hidden. Whom an object is
/// about is said by its members of the names in `owners`.
pub fn cover(body: &[u8], hidden: &Hidden<'_>, owners: &[&str]) -> Result<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).map_err(Error::internal)?;
    cover_value(&mut value, hidden, owners);
    serde_json::to_vec(&value).map_err(Error::internal)
}

fn cover_value(value: &mut Value, hidden: &Hidden<'_>, owners: &[&str]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| cover_value(item, hidden, owners)),
        Value::Object(members) => {
            let names = withheld(members, hidden, owners);
            for name in &names {
                members.remove(*name);
            }
            if !names.is_empty() {
                let all: Vec<Value> =
                    names.iter().map(|name| json!({"member": name, "ground": GROUND})).collect();
                members.insert(WITHHELD.to_owned(), Value::Array(all));
            }
            members.values_mut().for_each(|member| cover_value(member, hidden, owners));
        }
        _ => {}
    }
}

/// The members of this object that are to be left out.
fn withheld<'h>(
    members: &Map<String, Value>,
    hidden: &'h Hidden<'h>,
    owners: &[&str],
) -> BTreeSet<&'h str> {
    owners
        .iter()
        .filter_map(|owner| members.get(*owner)?.as_str()?.parse::<Uuid>().ok())
        .filter_map(|person| hidden.get(&person))
        .flatten()
        .copied()
        .filter(|name| members.contains_key(*name))
        .collect()
}

/// Says in the contract which members may be left out, and where they are named then.
pub fn declare(schemas: &mut Map<String, Value>, rules: &Rules) {
    let mut any = false;
    for schema in schemas.values_mut() {
        any |= declare_in(schema, rules);
    }
    if any {
        schemas.insert("Withheld".to_owned(), withheld_schema());
    }
}

fn declare_in(schema: &mut Value, rules: &Rules) -> bool {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return false;
    };
    // What has no id is no record, but a request for one or a part of one.
    if !properties.contains_key("id") {
        return false;
    }
    let about = |kind: &str, id: &str| {
        let end = format!("/{id}\"");
        let named = |owner: &&str| properties.get(*owner).map(Value::to_string);
        let mut owners = rules.owners.iter().filter_map(named);
        owners.any(|property| property.contains(&end)).then(|| kind.to_owned())
    };
    let kinds: Vec<String> = rules.kinds.iter().filter_map(|(kind, id)| about(kind, id)).collect();
    let fields = rules.fields.iter().filter(|field| kinds.iter().any(|kind| kind == field.kind));
    let members: BTreeSet<&str> = fields
        .flat_map(|field| field.members)
        .copied()
        .filter(|name| properties.contains_key(*name))
        .collect();
    if members.is_empty() {
        return false;
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_none_or(|name| !members.contains(name)));
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        let list = json!({
            "type": "array", "items": {"$ref": "#/components/schemas/Withheld"},
            "description": "Members that are left out because the reader does not need to know them; absent if none.",
        });
        properties.insert(WITHHELD.to_owned(), list);
    }
    true
}

fn withheld_schema() -> Value {
    json!({
        "type": "object",
        "description": "A member that was left out of an answer.",
        "required": ["member", "ground"],
        "properties": {
            "member": {"type": "string", "description": "Its name.", "examples": ["address_lines"]},
            "ground": {
                "type": "string", "examples": [GROUND],
                "description": "Why: a code of the list `withholding_ground`.",
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_gone_and_named_wherever_it_stands() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let body = json!({"data": [
            {"id": one, "number": "A", "name": "x", "parts": [{"id": Uuid::from_u128(3), "number": "B"}]},
            {"id": Uuid::from_u128(4), "child_id": one, "number": "C"},
            {"id": other, "number": "D"},
        ]});
        let hidden = BTreeMap::from([(one, BTreeSet::from(["number", "note"]))]);
        let covered =
            cover(&serde_json::to_vec(&body).unwrap(), &hidden, &["id", "child_id"]).unwrap();
        let withheld = json!([{"member": "number", "ground": "not_needed"}]);
        let expected = json!({"data": [
            {"id": one, "name": "x", "parts": [{"id": Uuid::from_u128(3), "number": "B"}], "withheld": withheld},
            {"id": Uuid::from_u128(4), "child_id": one, "withheld": withheld},
            {"id": other, "number": "D"},
        ]});
        assert_eq!(serde_json::from_slice::<Value>(&covered).unwrap(), expected);
    }
}
