//! Bounds of query parameters, as the contract declares them: held here for every operation.
use serde_json::Value;

use super::error::Fault;

/// What the contract allows of one parameter.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bounds {
    /// Characters of a text.
    longest: Option<usize>,
    /// How often it may be repeated.
    often: Option<usize>,
    least: Option<f64>,
    most: Option<f64>,
}

impl Bounds {
    /// Those that a schema declares.
    #[must_use]
    pub fn of(schema: &Value) -> Self {
        let number = |bound| schema.get(bound).and_then(Value::as_f64);
        let size = |bound| schema.get(bound).and_then(Value::as_u64)?.try_into().ok();
        Self {
            longest: size("maxLength"),
            often: size("maxItems"),
            least: number("minimum"),
            most: number("maximum"),
        }
    }

    /// The fault of a value that is the parameter's `times`-th. What has the wrong form altogether is
    /// left to whoever reads it.
    pub(super) fn fault(&self, pointer: &str, value: &str, times: usize) -> Option<Fault> {
        if let Some(longest) = self.longest.filter(|longest| value.chars().count() > *longest) {
            let detail = format!("must not be longer than {longest} characters");
            return Some(Fault::new(pointer, "too_long", detail));
        }
        // Said once, however often it is there.
        if let Some(often) = self.often.filter(|often| times == often.saturating_add(1)) {
            let detail = format!("must not be there more than {often} times");
            return Some(Fault::new(pointer, "too_many", detail));
        }
        let number: f64 = value.parse().ok()?;
        let beyond = self.least.is_some_and(|least| number < least)
            || self.most.is_some_and(|most| number > most);
        beyond.then(|| Fault::new(pointer, "out_of_range", self.range()))
    }

    fn range(&self) -> String {
        match (self.least, self.most) {
            (Some(least), Some(most)) => format!("must be {least} to {most}"),
            (Some(least), None) => format!("must be at least {least}"),
            (None, Some(most)) => format!("must be at most {most}"),
            (None, None) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Bounds;

    fn code(schema: serde_json::Value, value: &str, times: usize) -> Option<String> {
        Bounds::of(&schema).fault("?x", value, times).map(|fault| fault.code)
    }

    #[test]
    fn bounds_take_in_what_they_name() {
        assert_eq!(code(json!({"maxLength": 2}), "Жћ", 1), None);
        assert_eq!(code(json!({"maxLength": 2}), "abc", 1).as_deref(), Some("too_long"));
        let number = json!({"minimum": 0.5, "maximum": 4});
        for (value, refused) in [("0.5", false), ("4", false), ("0.4", true), ("4.1", true)] {
            assert_eq!(code(number.clone(), value, 1).is_some(), refused, "{value}");
        }
        // They have no number's form: refused by whoever reads them.
        for value in ["", "x", "NaN"] {
            assert_eq!(code(number.clone(), value, 1), None, "{value}");
        }
        assert_eq!(code(json!({"maxItems": 1}), "a", 1), None);
        assert_eq!(code(json!({"maxItems": 1}), "a", 2).as_deref(), Some("too_many"));
        assert_eq!(code(json!({"maxItems": 1}), "a", 3), None);
    }
}
