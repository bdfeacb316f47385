//! Queries and changes of parameters.
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;

use super::model::{
    NewParameterVersion, Parameter, ParameterKind, ParameterVersion, ParameterVersionId,
};
use crate::{
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        language::{Language, Texts},
        time::{day_in, in_order},
    },
    reference::held,
    schema::{parameter_versions, parameters},
};

/// The parameter that says in which time zone days begin.
pub const TIME_ZONE: &str = "registry_time_zone";
/// The parameter that names the first day on which everything was recorded here.
const GO_LIVE: &str = "go_live_on";

type Row = (String, ParameterKind, Option<String>, serde_json::Value, String);

/// All parameters by name, with the value valid on `day`.
pub fn list(conn: &mut PgConnection, day: NaiveDate, language: Language) -> Result<Vec<Parameter>> {
    let rows: Vec<Row> = parameters::table.order(parameters::name).load(conn)?;
    let versions: Vec<ParameterVersion> = parameter_versions::table
        .order((parameter_versions::name, parameter_versions::valid_from))
        .select(ParameterVersion::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| whole(row, &versions, day, language)).collect())
}

/// One parameter.
pub fn find(
    conn: &mut PgConnection,
    name: &str,
    day: NaiveDate,
    language: Language,
) -> Result<Parameter> {
    let row: Option<Row> = parameters::table.find(name).first(conn).optional()?;
    let versions: Vec<ParameterVersion> = versions(conn, name)?;
    Ok(whole(row.ok_or(Error::NotFound("parameter"))?, &versions, day, language))
}

fn versions(conn: &mut PgConnection, name: &str) -> Result<Vec<ParameterVersion>> {
    Ok(parameter_versions::table
        .filter(parameter_versions::name.eq(name))
        .order(parameter_versions::valid_from)
        .select(ParameterVersion::as_select())
        .load(conn)?)
}

fn whole(row: Row, versions: &[ParameterVersion], day: NaiveDate, language: Language) -> Parameter {
    let (name, kind, unit, titles, definition) = row;
    let versions: Vec<ParameterVersion> =
        versions.iter().filter(|version| version.name == name).cloned().collect();
    let valid = versions.iter().rev().find(|version| version.valid_from <= day);
    let titles: Texts = serde_json::from_value(titles).unwrap_or_default();
    Parameter {
        value: valid.map(|version| version.value.clone()),
        title: language.of(&titles),
        name,
        kind,
        unit,
        definition,
        versions,
    }
}

/// Adds a value. It may begin today at the earliest, so that no decision of the past is rewritten.
pub fn add_version(
    tx: &mut Tx<'_>,
    name: &str,
    new: &NewParameterVersion,
) -> Result<Recorded<ParameterVersion>> {
    check_value(tx.conn, name, &new.value)?;
    let today = today(tx.conn, tx.now)?;
    let last = versions(tx.conn, name)?.last().map(|version| version.valid_from);
    if new.valid_from < today || last.is_some_and(|last| new.valid_from <= last) {
        let detail = "must be today or later, and later than every other version's first day";
        return Err(Error::value("/valid_from", "rewrites_past", detail));
    }
    insert(tx, name, new)
}

/// Refuses a value that this parameter cannot have: 422 at `/value`.
pub fn check_value(conn: &mut PgConnection, name: &str, value: &str) -> Result<()> {
    let kind: Option<ParameterKind> =
        parameters::table.find(name).select(parameters::kind).first(conn).optional()?;
    kind.ok_or(Error::NotFound("parameter"))?.check(name, value)
}

/// Adds a value whenever it begins, as loading the release's parameters does.
pub fn insert(
    tx: &mut Tx<'_>,
    name: &str,
    new: &NewParameterVersion,
) -> Result<Recorded<ParameterVersion>> {
    let version = ParameterVersion {
        id: ParameterVersionId::generate(),
        name: name.to_owned(),
        value: new.value.clone(),
        valid_from: new.valid_from,
        source: new.source.clone(),
        version: 1,
    };
    diesel::insert_into(parameter_versions::table).values(&version).execute(tx.conn)?;
    tx.created("added", version)
}

/// The value that is valid on a day, as text. Before the first version, the first one counts: old
/// records are judged by the oldest value that is known.
pub fn value(conn: &mut PgConnection, name: &str, day: NaiveDate) -> Result<String> {
    if let Some(held) = held::get() {
        let value = held.parameter(name, day).map(ToOwned::to_owned);
        return value.ok_or_else(|| Error::internal(format!("the parameter {name} has no value")));
    }
    let versions = parameter_versions::table
        .filter(parameter_versions::name.eq(name))
        .select(parameter_versions::value);
    let valid: Option<String> = versions
        .filter(parameter_versions::valid_from.le(day))
        .order(parameter_versions::valid_from.desc())
        .first(conn)
        .optional()?;
    if let Some(value) = valid {
        return Ok(value);
    }
    let first = versions.order(parameter_versions::valid_from).first(conn).optional()?;
    first.ok_or_else(|| Error::internal(format!("the parameter {name} has no value")))
}

/// The whole number that is valid on a day.
pub fn integer(conn: &mut PgConnection, name: &str, day: NaiveDate) -> Result<i32> {
    number(&value(conn, name, day)?)
}

/// The whole number that a value stands for. A switch counts as 1 if it is on, and as 0 if it is off.
pub fn number(value: &str) -> Result<i32> {
    match value {
        "true" => Ok(1),
        "false" => Ok(0),
        number => number.parse().map_err(Error::internal),
    }
}

/// The day that the registry calls today, by its time zone.
pub fn today(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<NaiveDate> {
    let zone: Tz = value(conn, TIME_ZONE, now.date_naive())?.parse().map_err(Error::internal)?;
    Ok(day_in(zone, now))
}

/// The first day on which everything was recorded in the registry: what lies before was taken over.
pub fn go_live(conn: &mut PgConnection, today: NaiveDate) -> Result<NaiveDate> {
    value(conn, GO_LIVE, today)?.parse().map_err(Error::internal)
}

/// Refuses a day of a step that lies ahead, or before the one that it follows.
pub fn check_day(
    tx: &mut Tx<'_>,
    pointer: &str,
    day: NaiveDate,
    not_before: NaiveDate,
) -> Result<()> {
    in_order(pointer, day, not_before, today(tx.conn, tx.now)?)
}

/// The whole numbers and switches of these names that are valid on a day, in one query.
pub fn integers(
    conn: &mut PgConnection,
    names: &[&str],
    day: NaiveDate,
) -> Result<BTreeMap<String, i32>> {
    if held::get().is_some() {
        return names
            .iter()
            .map(|name| Ok(((*name).to_owned(), integer(conn, name, day)?)))
            .collect();
    }
    let rows: Vec<(String, String)> = parameter_versions::table
        .filter(parameter_versions::name.eq_any(names))
        .filter(parameter_versions::valid_from.le(day))
        .distinct_on(parameter_versions::name)
        .order((parameter_versions::name, parameter_versions::valid_from.desc()))
        .select((parameter_versions::name, parameter_versions::value))
        .load(conn)?;
    let mut values = rows
        .into_iter()
        .map(|(name, value)| Ok((name, number(&value)?)))
        .collect::<Result<BTreeMap<_, _>>>()?;
    for name in names {
        if !values.contains_key(*name) {
            values.insert((*name).to_owned(), integer(conn, name, day)?);
        }
    }
    Ok(values)
}

/// The day on which an instant falls in the registry's time zone.
pub fn day(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<NaiveDate> {
    today(conn, at)
}
