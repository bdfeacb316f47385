//! Which members of a record a change changed.
use serde_json::Value;

/// The members that differ, sorted; of a new record all that it has.
pub fn changed_members(before: Option<&Value>, after: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let before = before.and_then(Value::as_object).unwrap_or(&empty);
    let after = after.as_object().unwrap_or(&empty);
    let mut names: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|name| *name != "version" && before.get(*name) != after.get(*name))
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::changed_members;

    #[test]
    fn only_what_differs_is_named() {
        let before = json!({"a": 1, "b": 2, "version": 1, "gone": true});
        let after = json!({"a": 1, "b": 3, "version": 2, "new": []});
        assert_eq!(changed_members(Some(&before), &after), ["b", "gone", "new"]);
        assert_eq!(changed_members(None, &json!({"b": 1, "version": 1})), ["b"]);
    }
}
