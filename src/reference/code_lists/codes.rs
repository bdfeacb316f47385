//! Code lists that are read once, for whoever asks them very often.
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::store::{is_selectable, unknown};
use crate::{
    platform::{
        error::{Error, Result},
        time::within,
    },
    reference::held,
    schema::code_list_entries as entries,
};

/// First day, first day on which it may no longer be used, attributes.
pub type Code = (NaiveDate, Option<NaiveDate>, Value);
/// The codes of lists, by list.
pub type Lists = HashMap<String, HashMap<String, Code>>;

/// Some code lists as they were when they were read. One that was not read has no codes.
#[derive(Debug, Clone)]
pub struct Codes(Rc<Lists>);

impl Codes {
    /// Reads these lists; those that this thread holds are taken as they are.
    pub fn read(conn: &mut PgConnection, lists: &[&str]) -> Result<Self> {
        if let Some(held) = held::get() {
            return Ok(Self(Rc::clone(held.codes())));
        }
        let rows: Vec<Row> =
            entries::table.filter(entries::list.eq_any(lists)).select(COLUMNS).load(conn)?;
        Ok(Self(Rc::new(by_list(rows))))
    }

    /// The attributes of a code that may be used on `day`; 422 at `pointer` if there is no such code.
    pub fn attributes(
        &self,
        list: &str,
        pointer: &str,
        code: &str,
        day: NaiveDate,
    ) -> Result<&Value> {
        let found = self.0.get(list).and_then(|codes| codes.get(code));
        let found = found.filter(|(from, to, _)| within(day, *from, *to));
        found
            .map(|(.., attributes)| attributes)
            .filter(|attributes| is_selectable(attributes))
            .ok_or_else(|| Error::value(pointer, "unknown_code", &unknown(list)))
    }

    /// Whether the code has this value of an attribute, on whatever day it may be used.
    #[must_use]
    pub fn has(&self, list: &str, code: &str, name: &str, value: &Value) -> bool {
        let found = self.0.get(list).and_then(|codes| codes.get(code));
        found.is_some_and(|(.., attributes)| attributes.get(name) == Some(value))
    }

    /// The codes of a list that have this value of an attribute, on whatever day they may be used.
    #[must_use]
    pub fn with(&self, list: &str, name: &str, value: &Value) -> BTreeSet<String> {
        let has = |(code, attributes): (&String, &Value)| {
            (attributes.get(name) == Some(value)).then(|| code.clone())
        };
        self.of(list).filter_map(has).collect()
    }

    /// What the codes of a list mean, as far as `T` knows their attributes.
    pub fn meanings<T: DeserializeOwned + Default>(
        &self,
        list: &str,
    ) -> Result<BTreeMap<String, T>> {
        let meaning = |(code, attributes): (&String, &Value)| {
            let meaning = match attributes {
                Value::Null => T::default(),
                attributes => T::deserialize(attributes).map_err(Error::internal)?,
            };
            Ok((code.clone(), meaning))
        };
        self.of(list).map(meaning).collect()
    }

    /// What an attribute says, by the codes of a list that have it as a text.
    #[must_use]
    pub fn said(&self, list: &str, name: &str) -> BTreeMap<String, String> {
        let said = |(code, attributes): (&String, &Value)| {
            Some((code.clone(), attributes.get(name)?.as_str()?.to_owned()))
        };
        self.of(list).filter_map(said).collect()
    }

    fn of(&self, list: &str) -> impl Iterator<Item = (&String, &Value)> {
        let codes = self.0.get(list).into_iter().flatten();
        codes.map(|(code, (.., attributes))| (code, attributes))
    }
}

/// A code as it lies in its table.
pub type Row = (String, String, NaiveDate, Option<NaiveDate>, Value);
/// The columns of such a row.
pub const COLUMNS: (
    entries::list,
    entries::code,
    entries::valid_from,
    entries::valid_to,
    entries::attributes,
) = (entries::list, entries::code, entries::valid_from, entries::valid_to, entries::attributes);

/// Sorts codes by their lists.
#[must_use]
pub fn by_list(rows: Vec<Row>) -> Lists {
    let mut lists = Lists::new();
    for (list, code, from, to, attributes) in rows {
        lists.entry(list).or_default().insert(code, (from, to, attributes));
    }
    lists
}
