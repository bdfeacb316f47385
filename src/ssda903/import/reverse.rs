//! The way back: which code of the registry is meant by one of the return.
use diesel::prelude::*;
use serde_json::Value;

use super::care::Told;
use crate::{
    placements::ProviderKind,
    platform::error::Result,
    schema::code_list_entries as entries,
    ssda903::{
        derive::place,
        model::{Crosswalk, Nearest, Year},
    },
};

/// For how long a placement may have been meant: nothing that needs a day of its expected end.
const KINDS: [&str; 3] = ["medium", "long_term", "permanent"];
/// What is recorded where the return's code has none of the registry's.
const OTHER_CARE: &str = "unknown_other";

/// The registry's codes in the order of their lists.
pub struct Reverse {
    pub walk: Crosswalk,
    nearest: Nearest,
    entries: Vec<(String, String, Value)>,
}

/// What a placement is recorded as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Care {
    pub kind: String,
    pub planned_kind: &'static str,
    pub provider: ProviderKind,
    /// What a carer family must be approved for.
    pub purpose: Option<String>,
}

impl Reverse {
    pub fn read(conn: &mut PgConnection, walk: Crosswalk) -> Result<Self> {
        let rows: Vec<(String, String, Value)> = entries::table
            .filter(entries::list.eq_any(Crosswalk::LISTS))
            .order((entries::list, entries::place))
            .select((entries::list, entries::code, entries::attributes))
            .load(conn)?;
        let usable = |value: &Value| {
            ["selectable", "ends_period"].iter().all(|name| value.get(name) != Some(&false.into()))
        };
        let entries = rows.into_iter().filter(|(.., value)| usable(value)).collect();
        Ok(Self { walk, nearest: Nearest::load()?, entries })
    }

    fn of_list(&self, list: &str) -> Vec<(&str, &Value)> {
        let of_list = self.entries.iter().filter(|(of, ..)| of == list);
        of_list.map(|(_, code, attributes)| (code.as_str(), attributes)).collect()
    }

    /// The code of a list that becomes this one of a column, the one of which it is the usual word first.
    pub fn code(&self, list: &str, column: &str, told: &str, year: Year) -> Option<&str> {
        if let Some(chosen) = self.nearest.read(column, told) {
            return Some(chosen);
        }
        let usual = |code: &str| self.walk.usual((list, code), column, year) == told;
        let may = |code: &str| self.walk.all((list, code), column, year).any(|code| code == told);
        let codes = self.of_list(list);
        let mut first = codes.iter().map(|(code, _)| *code).filter(|code| usual(code));
        let mut other = codes.iter().map(|(code, _)| *code).filter(|code| may(code));
        first.next().or_else(|| other.next())
    }

    /// The same, or this one where there is none.
    pub fn code_or(&self, list: &str, column: &str, told: &str, year: Year, or: &str) -> String {
        self.code(list, column, told, year).unwrap_or(or).to_owned()
    }

    /// What a placement is recorded as, so that the return says the same of it again; another thing than
    /// `before`, if the child stays with the same carer.
    pub fn care(&self, told: &Told<'_>, same_carer: bool, before: Option<&Care>) -> Care {
        let (code, year) = (told.row.place.as_str(), told.year);
        let chosen = self.nearest.read("PLACE", code);
        let says = |care: &Care, code: &str| {
            let kind = (care.kind.as_str(), care.planned_kind);
            place((&self.walk, year), kind, same_carer, &told.row.ls) == code
        };
        let all = || {
            let types = self.of_list("care_type").into_iter();
            types.flat_map(|(code, value)| KINDS.map(|kind| care_of(code, kind, value)))
        };
        let other = |care: &Care| before != Some(care);
        let named = |care: &Care| chosen.is_none_or(|chosen| care.kind == chosen);
        let may = |care: &Care| {
            let mut codes = self.walk.all(("care_type", &care.kind), "PLACE", year);
            codes.any(|known| known == code)
        };
        let last = |care: &Care| care.kind == OTHER_CARE;
        all()
            .find(|care| named(care) && other(care) && says(care, code))
            .or_else(|| all().find(|care| named(care) && other(care) && may(care)))
            .or_else(|| all().find(|care| last(care) && other(care)))
            .unwrap_or_else(|| care_of(OTHER_CARE, "medium", &Value::Null))
    }
}

fn care_of(code: &str, planned_kind: &'static str, attributes: &Value) -> Care {
    let says = |name: &str| attributes.get(name).and_then(Value::as_str);
    let provider = says("provider").unwrap_or("none");
    let known = ProviderKind::ALL.iter().copied().find(|kind| kind.as_str() == provider);
    Care {
        kind: code.to_owned(),
        planned_kind,
        provider: known.unwrap_or(ProviderKind::Nobody),
        purpose: says("carer_purpose").map(str::to_owned),
    }
}
