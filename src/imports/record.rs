//! One record of a file, as another system sends it.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::kinds::Imported;
use crate::platform::{
    error::{Error, Fault, Result},
    extract::parse_line,
    patch::non_null,
    source::Source,
};

/// The number of a record in the system that sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportNumber {
    /// The system, as a URI.
    #[validate(length(min = 3, max = 200))]
    #[schema(min_length = 3, max_length = 200, example = "urn:example:ministry")]
    pub system: String,
    /// The number in that system.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "K-2017-0042")]
    pub value: String,
}

/// Another record, by its number in the system that sends it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportReference {
    /// Kind of the record.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "child")]
    pub kind: String,
    /// The system, as a URI.
    #[validate(length(min = 3, max = 200))]
    #[schema(min_length = 3, max_length = 200, example = "urn:example:ministry")]
    pub system: String,
    /// The number in that system.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "K-2017-0042")]
    pub value: String,
}

/// A line of a file: a record, or a step of one.
///
/// `data` is the body that the operation takes which makes the record, or takes the step. Wherever an id
/// stands in it, a reference may stand instead.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "legal_status", "external": {"system": "urn:example:ministry", "value": "S-88"}, "source_version": 2,
    "of": {"kind": "child", "system": "urn:example:ministry", "value": "K-2017-0042"},
    "data": {"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-03-02"}
}))]
pub struct ImportRecord {
    /// Kind of the record.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "legal_status")]
    pub kind: String,
    /// Its number in the system that sends it.
    #[validate(nested)]
    pub external: ImportNumber,
    /// Its version there: an older one never replaces a newer one.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(range(min = 0))]
    #[schema(nullable = false, minimum = 0, example = 2)]
    pub source_version: Option<i64>,
    /// The record under which it is listed, if there is one, such as the child of a legal status.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub of: Option<ImportReference>,
    /// The step that it takes; the record itself unless said.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "end")]
    pub step: Option<String>,
    /// What is sent.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

impl ImportRecord {
    /// Reads a line.
    pub fn read(line: &[u8]) -> Result<Self> {
        parse_line(line)
    }

    /// How it is written.
    pub fn imported(&self) -> Result<&'static Imported> {
        let Some(kind) = Imported::named(&self.kind) else {
            return Err(fault("/kind", "unknown_kind", "is no kind of records that is imported"));
        };
        if kind.is_under() != self.of.is_some() {
            let detail =
                "names the record under which records of this kind are listed, if they are";
            return Err(fault("/of", "wrong_place", detail));
        }
        let steps = |name: &str| name.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
        if self.step.as_deref().is_some_and(|step| !steps(step)) {
            return Err(fault("/step", "unknown_step", "is no step that such records take"));
        }
        Ok(kind)
    }

    /// Where it comes from: a step is remembered by itself.
    pub fn source(&self, kind: &Imported, sender: Uuid) -> Result<Source> {
        let what = (&self.of, &self.step, &self.data);
        let text = serde_json::to_vec(&what).map_err(Error::internal)?;
        let step = self.step.as_ref().map(|step| format!("{}/{step}", kind.kind));
        Ok(Source {
            sender,
            kind: step.unwrap_or_else(|| kind.kind.to_owned()),
            system: self.external.system.clone(),
            value: self.external.value.clone(),
            version: self.source_version,
            digest: Sha256::digest(&text).to_vec(),
        })
    }
}

/// One thing that is wrong with a line.
pub fn fault(pointer: &str, code: &'static str, detail: &str) -> Error {
    Error::Invalid(vec![Fault::new(pointer.to_owned(), code, detail)])
}

/// The references in a value, each with a pointer to it.
pub fn references(value: &Value, at: &str, found: &mut Vec<(String, ImportReference)>) {
    let is_one = value.get("system").and_then(|_| serde_json::from_value(value.clone()).ok());
    match (is_one, value) {
        (Some(one), _) => found.push((at.to_owned(), one)),
        (None, Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                references(item, &format!("{at}/{index}"), found);
            }
        }
        (None, Value::Object(members)) => {
            for (name, member) in members {
                references(member, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}
