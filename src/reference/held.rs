//! Reference data held in memory while one thread makes very many changes.
//!
//! Each change looks up codes, parameters and areas again, which is right for a service whose
//! reference data may change at any time, and most of the work of a bulk load. Who loads in bulk
//! knows that they stay as they are, and holds them: the same look-ups, with the same answers.
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use crate::{
    platform::{error::Result, time::within},
    reference::{
        code_lists::{COLUMNS, Lists, Row, by_list},
        rules::RuleVersion,
    },
    schema::{areas, code_list_entries, organisations, parameter_versions, rule_versions},
};

thread_local! {
    static HELD: RefCell<Option<Rc<Held>>> = const { RefCell::new(None) };
}

/// Codes, parameters, rules, areas and organisations as they were when they were read.
pub struct Held {
    codes: Rc<Lists>,
    parameters: HashMap<String, BTreeMap<NaiveDate, String>>,
    /// By code, then by first day.
    rules: BTreeMap<(String, NaiveDate), RuleVersion>,
    areas: BTreeSet<String>,
    organisations: BTreeSet<uuid::Uuid>,
}

/// Holds them for this thread until it is dropped.
#[must_use]
pub struct Holding(());

impl Drop for Holding {
    fn drop(&mut self) {
        HELD.with(|held| held.borrow_mut().take());
    }
}

/// Reads the reference data and holds them for this thread. Whoever changes them meanwhile is not
/// seen: only for work that lasts an instant, or is alone with its registry. An organisation that is not
/// held is looked for.
pub fn hold(conn: &mut PgConnection) -> Result<Holding> {
    let rows: Vec<Row> = code_list_entries::table.select(COLUMNS).load(conn)?;
    let codes = Rc::new(by_list(rows));
    let mut parameters: HashMap<String, BTreeMap<NaiveDate, String>> = HashMap::new();
    let rows: Vec<(String, NaiveDate, String)> = {
        use parameter_versions as table;
        table::table.select((table::name, table::valid_from, table::value)).load(conn)?
    };
    for (name, from, value) in rows {
        parameters.entry(name).or_default().insert(from, value);
    }
    let rules: Vec<RuleVersion> =
        rule_versions::table.select(RuleVersion::as_select()).load(conn)?;
    let rules = rules.into_iter().map(|it| ((it.rule_code.clone(), it.valid_from), it)).collect();
    let areas = areas::table.select(areas::code).load::<String>(conn)?.into_iter().collect();
    let organisations = organisations::table
        .select(organisations::id)
        .load::<uuid::Uuid>(conn)?
        .into_iter()
        .collect();
    let held = Rc::new(Held { codes, parameters, rules, areas, organisations });
    HELD.with(|cell| cell.borrow_mut().replace(held));
    Ok(Holding(()))
}

/// What this thread holds, if it holds anything.
pub(super) fn get() -> Option<Rc<Held>> {
    HELD.with(|held| held.borrow().clone())
}

impl Held {
    /// The codes of every list.
    pub(super) fn codes(&self) -> &Rc<Lists> {
        &self.codes
    }

    /// The attributes of a code that may be used on `day`.
    pub(super) fn attributes(&self, list: &str, code: &str, day: NaiveDate) -> Option<&Value> {
        let (from, to, attributes) = self.codes.get(list)?.get(code)?;
        within(day, *from, *to).then_some(attributes)
    }

    /// The value of a parameter on `day`; before the first version, the first one.
    pub(super) fn parameter(&self, name: &str, day: NaiveDate) -> Option<&str> {
        let versions = self.parameters.get(name)?;
        let (_, value) = versions.range(..=day).next_back().or_else(|| versions.iter().next())?;
        Some(value)
    }

    /// The versions of these rules that hold on `day`.
    pub(super) fn rules(&self, codes: &[&str], day: NaiveDate) -> Vec<RuleVersion> {
        let version = |code: &&str| {
            let first = ((*code).to_owned(), NaiveDate::MIN);
            let (_, version) = self.rules.range(first..=((*code).to_owned(), day)).next_back()?;
            Some(version.clone())
        };
        codes.iter().filter_map(version).collect()
    }

    pub(super) fn knows_area(&self, code: &str) -> bool {
        self.areas.contains(code)
    }

    pub(super) fn knows_organisation(&self, id: uuid::Uuid) -> bool {
        self.organisations.contains(&id)
    }
}
