//! JSON as bodies may have it: what serde would take besides the contract is refused.
//!
//! Serde reads a list where a type has named members, in the order of its source, and the last of two
//! members of one name. To it `2.0` is no integer, which to JSON Schema it is.
use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeOwned, IntoDeserializer, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Number, Value};

type Error = serde_json::Error;
/// An error, and where it was.
pub type At = serde_path_to_error::Error<Error>;

/// Reads JSON in which no object has two members of one name.
pub fn read(bytes: &[u8]) -> Result<Value, At> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let path = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let value = Unique::deserialize(path).and_then(|Unique(value)| reader.end().map(|()| value));
    value.map_err(|error| At::new(track.path(), error))
}

/// Makes a type of what was read.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, At> {
    serde_path_to_error::deserialize(Strict(value))
}

/// A value in which no object has two members of one name.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading).map(Self)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(whole(value).map_or_else(|| value.into(), Value::Number))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(de::Error::custom(format_args!("duplicate field `{name}`")));
            }
            let Unique(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// The integer that a number without a fraction is; `None` beyond those that it names exactly.
fn whole(value: f64) -> Option<Number> {
    let exact = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_991.0;
    exact.then(|| format!("{value:.0}").parse::<i64>().ok()).flatten().map(Number::from)
}

/// A value that is taken for what it is: an object for members, a text for one of several words.
struct Strict<'de>(&'de Value);

impl<'de> Deserializer<'de> for Strict<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => number.deserialize_any(visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => {
                let mut access = SeqDeserializer::new(items.iter().map(Strict));
                let value = visitor.visit_seq(&mut access)?;
                access.end()?;
                Ok(value)
            }
            Value::Object(members) => {
                let pairs = members.iter().map(|(name, value)| (name.as_str(), Strict(value)));
                let mut access = MapDeserializer::new(pairs);
                let value = visitor.visit_map(&mut access)?;
                access.end()?;
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.0.is_array() {
            return Err(de::Error::invalid_type(Unexpected::Seq, &visitor));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(de::Error::invalid_type(Unexpected::Other("no text"), &visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for Strict<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{decode, read};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "read by Debug")]
    struct Whole {
        #[serde(default)]
        count: i32,
        #[serde(default)]
        share: f64,
        #[serde(default)]
        parts: Vec<Whole>,
        word: Option<Word>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        One,
    }

    fn taken(text: &str) -> String {
        let made = read(text.as_bytes()).and_then(|value| decode::<Whole>(&value));
        made.map_or_else(
            |error| format!("{} at {}", error.inner(), error.path()),
            |it| format!("{it:?}"),
        )
    }

    #[test]
    fn only_what_the_contract_says_is_taken() {
        let cases = [
            r#"{"count": 2.0, "share": 2, "word": "one"}"#,
            r#"{"count": -2e2, "share": 0.5}"#,
            r#"{"count": 2.5}"#,
            r#"{"count": 3e9}"#,
            r#"{"count": "2"}"#,
            r#"{"parts": [{"count": 1}, [1, 2, [], "one"]]}"#,
            r#"{"parts": {"count": 1}}"#,
            r#"{"count": 1, "parts": [{"share": 1, "share": 2}]}"#,
            r#"{"word": {"one": null}}"#,
            r#"{"word": null, "other": 1}"#,
        ];
        insta::assert_snapshot!(cases.map(taken).join("\n"), @r#"
        Whole { count: 2, share: 2.0, parts: [], word: Some(One) }
        Whole { count: -200, share: 0.5, parts: [], word: None }
        invalid type: floating point `2.5`, expected i32 at count
        invalid value: integer `3000000000`, expected i32 at count
        invalid type: string "2", expected i32 at count
        invalid type: sequence, expected struct Whole at parts[1]
        invalid type: map, expected a sequence at parts
        duplicate field `share` at line 1 column 43 at parts[0]
        invalid type: no text, expected enum Word at word
        unknown field `other`, expected one of `count`, `share`, `parts`, `word` at other
        "#);
    }
}
