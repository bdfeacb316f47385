//! Loads the release's code lists, parameters and rules into the database, each time it is migrated.
//!
//! Entries are added and their texts renewed; none is taken away, and the values of parameters that
//! are there already stay as they are.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::{
    parameters,
    rules::{RuleVersion, RuleVersionId},
};
use crate::{
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
    },
    reference::parameters::store::insert,
    rules::RuleClass,
    schema::{
        code_list_entries, code_lists, parameter_versions, parameters as parameters_table,
        rule_versions, rules,
    },
};

include!(concat!(env!("OUT_DIR"), "/code_lists.rs"));

const PARAMETERS: &str = include_str!("data/parameters.json");
const RULES: &str = include_str!("data/rules.json");

/// First day of the rules as the release has them: before it, nothing is judged otherwise.
const RULES_FROM: NaiveDate = NaiveDate::from_ymd_opt(1990, 1, 1).expect("a day");

#[derive(Deserialize)]
struct ListData {
    name: String,
    titles: Value,
    definition: String,
    source: String,
    closed: bool,
    entries: Vec<EntryData>,
}

#[derive(Deserialize)]
struct EntryData {
    code: String,
    parent: Option<String>,
    labels: Value,
    definition: String,
    source: Option<String>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    #[serde(default = "empty")]
    maps_to: Value,
    #[serde(default = "empty")]
    attributes: Value,
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

#[derive(Deserialize)]
struct ParameterFile {
    parameters: Vec<ParameterData>,
}

#[derive(Deserialize)]
struct ParameterData {
    name: String,
    kind: parameters::ParameterKind,
    unit: Option<String>,
    title: Value,
    definition: String,
    profiles: BTreeMap<String, Vec<parameters::NewParameterVersion>>,
}

#[derive(Deserialize)]
struct RuleFile {
    rules: Vec<RuleData>,
}

#[derive(Deserialize)]
struct RuleData {
    code: String,
    subject: String,
    fixed: bool,
    applied: bool,
    #[serde(default)]
    alerts: bool,
    class: RuleClass,
    sentence: Value,
    source: String,
    parameters: Vec<String>,
    #[serde(default)]
    r#override: Overriding,
}

/// Who may step over a rule, and for how long.
#[derive(Default, Deserialize)]
struct Overriding {
    roles: Vec<String>,
    days: Option<i32>,
}

/// How many code lists the release has.
#[must_use]
pub fn lists() -> usize {
    CODE_LISTS.len()
}

/// The codes of every list of the release, as they stand in it.
pub fn codes() -> Result<BTreeMap<String, Vec<String>>> {
    let codes = |text: &&str| -> Result<(String, Vec<String>)> {
        let list: ListData = serde_json::from_str(text).map_err(Error::internal)?;
        Ok((list.name, list.entries.into_iter().map(|entry| entry.code).collect()))
    };
    CODE_LISTS.iter().map(codes).collect()
}

/// Loads everything; says how many versions of parameters are new.
pub fn load(tx: &mut Tx<'_>, profile: &str) -> Result<usize> {
    for text in CODE_LISTS {
        load_list(tx.conn, &serde_json::from_str(text).map_err(Error::internal)?)?;
    }
    let file: ParameterFile = serde_json::from_str(PARAMETERS).map_err(Error::internal)?;
    let mut added = 0;
    for data in &file.parameters {
        added += load_parameter(tx, data, profile)?.len();
    }
    let file: RuleFile = serde_json::from_str(RULES).map_err(Error::internal)?;
    for (place, data) in (0_i32..).zip(file.rules) {
        load_rule(tx, place, data)?;
    }
    Ok(added)
}

/// The rule's first version, if it is new; what was decided about it since stays.
fn load_rule(tx: &mut Tx<'_>, place: i32, data: RuleData) -> Result<()> {
    let row = (
        rules::subject.eq(&data.subject),
        rules::fixed.eq(data.fixed),
        rules::applied.eq(data.applied),
        rules::alerts.eq(data.alerts),
        rules::place.eq(place),
    );
    diesel::insert_into(rules::table)
        .values((rules::code.eq(&data.code), row))
        .on_conflict(rules::code)
        .do_update()
        .set(row)
        .execute(tx.conn)?;
    let known = rule_versions::table.filter(rule_versions::rule_code.eq(&data.code));
    if diesel::select(diesel::dsl::exists(known)).get_result(tx.conn)? {
        return Ok(());
    }
    let first = RuleVersion {
        id: RuleVersionId::generate(),
        rule_code: data.code,
        number: 1,
        class: data.class,
        in_force: true,
        sentences: data.sentence,
        source: data.source,
        parameters: data.parameters,
        override_roles: data.r#override.roles,
        override_days: data.r#override.days,
        valid_from: RULES_FROM,
        version: 1,
    };
    let _first = super::rules::store::insert(tx, first)?;
    Ok(())
}

fn load_list(conn: &mut PgConnection, data: &ListData) -> Result<()> {
    let row = (
        code_lists::titles.eq(&data.titles),
        code_lists::definition.eq(&data.definition),
        code_lists::source.eq(&data.source),
        code_lists::closed.eq(data.closed),
    );
    diesel::insert_into(code_lists::table)
        .values((code_lists::name.eq(&data.name), row))
        .on_conflict(code_lists::name)
        .do_update()
        .set(row)
        .execute(conn)?;
    for (place, entry) in (0_i32..).zip(&data.entries) {
        use code_list_entries as columns;
        let row = (
            columns::place.eq(place),
            columns::parent.eq(&entry.parent),
            columns::labels.eq(&entry.labels),
            columns::definition.eq(&entry.definition),
            columns::source.eq(&entry.source),
            columns::valid_from.eq(entry.valid_from),
            columns::valid_to.eq(entry.valid_to),
            columns::maps_to.eq(&entry.maps_to),
            columns::attributes.eq(&entry.attributes),
        );
        diesel::insert_into(columns::table)
            .values((columns::list.eq(&data.name), columns::code.eq(&entry.code), row))
            .on_conflict((columns::list, columns::code))
            .do_update()
            .set(row)
            .execute(conn)?;
    }
    Ok(())
}

fn load_parameter(
    tx: &mut Tx<'_>,
    data: &ParameterData,
    profile: &str,
) -> Result<Vec<Recorded<parameters::ParameterVersion>>> {
    use parameters_table as columns;
    let row = (
        columns::kind.eq(data.kind),
        columns::unit.eq(&data.unit),
        columns::titles.eq(&data.title),
        columns::definition.eq(&data.definition),
    );
    diesel::insert_into(columns::table)
        .values((columns::name.eq(&data.name), row))
        .on_conflict(columns::name)
        .do_update()
        .set(row)
        .execute(tx.conn)?;
    let known = parameter_versions::table.filter(parameter_versions::name.eq(&data.name));
    if diesel::select(diesel::dsl::exists(known)).get_result(tx.conn)? {
        return Ok(Vec::new());
    }
    let versions = data.profiles.get(profile).ok_or_else(|| {
        Error::internal(format!(
            "the parameter {} has no values for the profile {profile}",
            data.name
        ))
    })?;
    versions
        .iter()
        .map(|version| {
            data.kind.check(&data.name, &version.value)?;
            insert(tx, &data.name, version)
        })
        .collect()
}
