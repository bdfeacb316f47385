//! Records as rows of a CSV file (RFC 4180).
use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};
use serde_json::Value;

use super::model::Table;
use crate::platform::error::{Error, Result};

/// How a text begins that spreadsheets take for a formula. The apostrophe is among them so that the one which
/// is put before such a text can be told from a text's own.
const FORMULAS: &[char] = &['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\''];

/// Rows of these records, after the names of the columns if they are the first ones.
pub fn rows(table: &Table, records: &[Value], first: bool) -> Result<Vec<u8>> {
    let mut rows = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    if first {
        let names = table.columns.iter().map(|column| column.name.as_str());
        rows.write_record(names).map_err(Error::internal)?;
    }
    for record in records {
        add_row(&mut rows, table, record)?;
    }
    rows.into_inner().map_err(|_| Error::internal("rows could not be written"))
}

fn add_row(rows: &mut Writer<Vec<u8>>, table: &Table, record: &Value) -> Result<()> {
    for column in &table.columns {
        let cell = record.pointer(&column.pointer).map_or(Cow::Borrowed(""), cell);
        rows.write_field(cell.as_bytes()).map_err(Error::internal)?;
    }
    rows.write_record(None::<&[u8]>).map_err(Error::internal)
}

/// A value as it stands in a cell: lists and what has no columns of its own as JSON.
fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) if text.starts_with(FORMULAS) => Cow::Owned(format!("'{text}")),
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Cow::Owned(value.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_no_formula_and_a_number_is_one() {
        for text in ["=1+1", "+381 18", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "'s"] {
            assert_eq!(cell(&json!(text)), format!("'{text}"));
        }
        for (value, text) in [
            (json!(-1.5), "-1.5"),
            (json!(true), "true"),
            (json!("2026-01-02"), "2026-01-02"),
            (json!("Ana-Marija = O'Hara"), "Ana-Marija = O'Hara"),
            (json!(["=1", {"a": -1}]), r#"["=1",{"a":-1}]"#),
            (json!(null), ""),
        ] {
            assert_eq!(cell(&value), text);
        }
    }
}
