//! The codes of the return, by reporting year, and how the registry's codes become them.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::year::Year;
use crate::platform::error::{Error, Result};

/// The codes that each column takes.
#[derive(Debug, Deserialize)]
pub struct Codes {
    lists: BTreeMap<String, Vec<Known>>,
}

#[derive(Debug, Deserialize)]
struct Known {
    code: String,
    #[serde(default)]
    from: Option<i32>,
    #[serde(default)]
    until: Option<i32>,
}

impl Codes {
    /// Those of this release.
    pub fn load() -> Result<Self> {
        serde_json::from_str(include_str!("../data/codes.json")).map_err(Error::internal)
    }

    /// The columns that take codes.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.lists.keys().map(String::as_str)
    }

    /// Whether a column takes this code in the return of a year.
    #[must_use]
    pub fn takes(&self, column: &str, code: &str, year: Year) -> bool {
        let year = year.number();
        let in_year = |known: &Known| {
            known.from.is_none_or(|from| from <= year)
                && known.until.is_none_or(|until| year <= until)
        };
        let codes = self.lists.get(column);
        codes.is_some_and(|codes| codes.iter().any(|known| known.code == code && in_year(known)))
    }
}

/// Codes by a code of the registry, by its list.
type Maps = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// What stands nearest to codes that the return has no word for.
#[derive(Debug, Deserialize)]
pub struct Nearest {
    /// The way back, where more than one code of the registry leads to one of the return.
    read: BTreeMap<String, BTreeMap<String, String>>,
    care_type: BTreeMap<String, Vec<String>>,
    sex: BTreeMap<String, Vec<String>>,
    ethnicity: BTreeMap<String, Vec<String>>,
    entry_reason: BTreeMap<String, Vec<String>>,
}

impl Nearest {
    /// What this release has chosen.
    pub fn load() -> Result<Self> {
        serde_json::from_str(include_str!("../data/nearest.json")).map_err(Error::internal)
    }

    /// The code of the registry that is meant by one of a column.
    #[must_use]
    pub fn read(&self, column: &str, code: &str) -> Option<&str> {
        self.read.get(column)?.get(code).map(String::as_str)
    }

    fn lists(self) -> [(&'static str, BTreeMap<String, Vec<String>>); 4] {
        [
            ("care_type", self.care_type),
            ("sex", self.sex),
            ("ethnicity", self.ethnicity),
            ("entry_reason", self.entry_reason),
        ]
    }
}

/// The codes of the return that a code of the registry may stand for.
#[derive(Debug)]
pub struct Crosswalk {
    maps: Maps,
    codes: Codes,
}

impl Crosswalk {
    /// The lists of the registry that it is made of.
    pub const LISTS: [&str; 13] = [
        "absence_reason",
        "care_type",
        "entry_reason",
        "ethnicity",
        "exit_reason",
        "legal_status",
        "missing_kind",
        "move_reason",
        "ownership",
        "participation",
        "primary_need",
        "sex",
        "worker_change",
    ];

    /// Puts it together: list, code and `maps_to` of each entry. The years before 2025 called the sexes by
    /// the numbers of ISO 5218.
    pub fn new(entries: Vec<(String, String, Value)>) -> Result<Self> {
        let mut maps = Maps::new();
        for (list, code, to) in entries {
            let of = |system: &str| -> Vec<String> {
                let codes = to.get(system).cloned().unwrap_or_default();
                serde_json::from_value(codes).unwrap_or_default()
            };
            let known = [of("ssda903"), of("iso5218")].concat();
            maps.entry(list).or_default().insert(code, known);
        }
        for (list, nearest) in Nearest::load()?.lists() {
            maps.entry(list.to_owned()).or_default().extend(nearest);
        }
        Ok(Self { maps, codes: Codes::load()? })
    }

    /// The codes of the return.
    #[must_use]
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Those that a column takes in the return of a year, the usual one first.
    pub fn all<'c>(
        &'c self,
        (list, code): (&str, &str),
        column: &'c str,
        year: Year,
    ) -> impl Iterator<Item = &'c str> {
        let known = self.maps.get(list).and_then(|codes| codes.get(code));
        let known = known.into_iter().flatten().map(String::as_str);
        known.filter(move |code| self.codes.takes(column, code, year))
    }

    /// The usual one; nothing if the return has no word for it.
    #[must_use]
    pub fn usual(&self, of: (&str, &str), column: &str, year: Year) -> String {
        self.all(of, column, year).next().unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn year(number: i32) -> Year {
        Year::of(number).unwrap()
    }

    #[test]
    fn codes_hold_in_their_years() {
        let codes = Codes::load().unwrap();
        let takes = |column, code, number| codes.takes(column, code, year(number));
        assert!(takes("SEX", "M", 2025) && !takes("SEX", "M", 2024) && takes("SEX", "1", 2024));
        assert!(takes("PLACE", "Z1", 2025) && !takes("PLACE", "Z1", 2026));
        assert!(takes("PLACE", "K3", 2024) && !takes("PLACE", "K3", 2023));
        assert!(takes("ACCOM", "B1", 2026) && !takes("ACCOM", "B3", 2026));
        assert!(!takes("NOTHING", "B1", 2026));
    }

    #[test]
    fn a_code_becomes_what_the_year_has_a_word_for() {
        let sex =
            ("sex".to_owned(), "male".to_owned(), json!({"ssda903": ["M"], "iso5218": ["1"]}));
        let home = ("care_type".to_owned(), "unknown_other".to_owned(), json!({}));
        let walk = Crosswalk::new(vec![sex, home]).unwrap();
        assert_eq!(walk.usual(("sex", "male"), "SEX", year(2026)), "M");
        assert_eq!(walk.usual(("sex", "male"), "SEX", year(2024)), "1");
        assert_eq!(walk.usual(("care_type", "unknown_other"), "PLACE", year(2026)), "Z11");
        assert_eq!(walk.usual(("care_type", "unknown_other"), "PLACE", year(2024)), "Z1");
        assert_eq!(walk.usual(("care_type", "kafala"), "PLACE", year(2026)), "");
    }
}
