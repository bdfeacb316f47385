//! Queries of code lists.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use super::model::{CodeList, CodeListEntry, CodeListSummary};
use crate::{
    platform::{
        error::{Error, Fault, Result},
        language::{Language, Texts},
    },
    reference::held,
    schema::{code_list_entries as entries, code_lists},
};

type ListRow = (String, Value, String, String, bool);

#[derive(Queryable, Selectable)]
#[diesel(table_name = entries, check_for_backend(diesel::pg::Pg))]
struct EntryRow {
    code: String,
    parent: Option<String>,
    labels: Value,
    definition: String,
    source: Option<String>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    maps_to: Value,
    attributes: Value,
}

/// All code lists by name.
pub fn list(conn: &mut PgConnection, language: Language) -> Result<Vec<CodeListSummary>> {
    let rows: Vec<ListRow> = code_lists::table.order(code_lists::name).load(conn)?;
    let summary = |(name, titles, definition, source, closed): ListRow| {
        let titles: Texts = serde_json::from_value(titles).unwrap_or_default();
        CodeListSummary { title: language.of(&titles), name, definition, source, closed }
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// One code list with its entries.
pub fn find(conn: &mut PgConnection, name: &str, language: Language) -> Result<CodeList> {
    let row: Option<ListRow> = code_lists::table.find(name).first(conn).optional()?;
    let (name, titles, definition, source, closed) = row.ok_or(Error::NotFound("code_list"))?;
    let rows: Vec<EntryRow> = entries::table
        .filter(entries::list.eq(&name))
        .order(entries::place)
        .select(EntryRow::as_select())
        .load(conn)?;
    let titles: Texts = serde_json::from_value(titles).unwrap_or_default();
    let entries = rows.into_iter().map(|row| entry(row, language)).collect();
    Ok(CodeList { title: language.of(&titles), name, definition, source, closed, entries })
}

fn entry(row: EntryRow, language: Language) -> CodeListEntry {
    let labels: Texts = serde_json::from_value(row.labels).unwrap_or_default();
    CodeListEntry {
        code: row.code,
        parent: row.parent,
        label: language.of(&labels),
        labels,
        definition: row.definition,
        source: row.source,
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        maps_to: serde_json::from_value(row.maps_to).unwrap_or_default(),
        attributes: row.attributes,
    }
}

/// The attributes of a code that may be used on `day`; 422 at `pointer` if there is no such code.
pub fn attributes(
    conn: &mut PgConnection,
    list: &str,
    pointer: &str,
    code: &str,
    day: NaiveDate,
) -> Result<Value> {
    let found: Option<Value> = match held::get() {
        Some(held) => held.attributes(list, code, day).cloned(),
        None => entries::table
            .find((list, code))
            .filter(entries::valid_from.le(day))
            .filter(entries::valid_to.is_null().or(entries::valid_to.gt(day)))
            .select(entries::attributes)
            .first(conn)
            .optional()?,
    };
    found.filter(is_selectable).ok_or_else(|| Error::value(pointer, "unknown_code", &unknown(list)))
}

/// Refuses a code that may not be used on `day`: 422 at `pointer`.
pub fn check(
    conn: &mut PgConnection,
    list: &str,
    pointer: &str,
    code: &str,
    day: NaiveDate,
) -> Result<()> {
    attributes(conn, list, pointer, code, day).map(drop)
}

/// Refuses codes that may not be used on `day`, all at once: 422 with a fault for each. Each code
/// comes with its list and its pointer.
pub fn check_all(
    conn: &mut PgConnection,
    codes: &[(&str, String, &str)],
    day: NaiveDate,
) -> Result<()> {
    let held = held::get();
    let known: Vec<(String, String, Value)> = match &held {
        Some(held) => codes
            .iter()
            .filter_map(|(list, _, code)| {
                let attributes = held.attributes(list, code, day)?.clone();
                Some(((*list).to_owned(), (*code).to_owned(), attributes))
            })
            .collect(),
        None => entries::table
            .filter(entries::list.eq_any(codes.iter().map(|(list, ..)| *list)))
            .filter(entries::code.eq_any(codes.iter().map(|(.., code)| *code)))
            .filter(entries::valid_from.le(day))
            .filter(entries::valid_to.is_null().or(entries::valid_to.gt(day)))
            .select((entries::list, entries::code, entries::attributes))
            .load(conn)?,
    };
    let usable = |list: &str, code: &str| {
        known
            .iter()
            .any(|(of, known, attributes)| of == list && known == code && is_selectable(attributes))
    };
    let faults: Vec<Fault> = codes
        .iter()
        .filter(|(list, _, code)| !usable(list, code))
        .map(|(list, pointer, _)| Fault::new(pointer, "unknown_code", unknown(list)))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

pub(super) fn is_selectable(attributes: &Value) -> bool {
    attributes.get("selectable") != Some(&Value::Bool(false))
}

pub(super) fn unknown(list: &str) -> String {
    format!("is no code of the list {list} on that day")
}
