//! Queries and changes of rules.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde_json::json;

use super::model::{NewRuleVersion, Rule, RuleVersion, RuleVersionId};
use crate::{
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        language::{Language, Texts},
        rule::Citation,
    },
    policy,
    reference::{
        held,
        parameters::{self, today},
    },
    rules::{Finding, RuleInForce, Rulebook},
    schema::{rule_versions, rules},
};

type Row = (String, String, bool, bool, bool);

/// All rules in their order, with the version that holds on `day`.
pub fn list(conn: &mut PgConnection, day: NaiveDate, language: Language) -> Result<Vec<Rule>> {
    let rows: Vec<Row> = rules::table
        .order(rules::place)
        .select((rules::code, rules::subject, rules::fixed, rules::applied, rules::alerts))
        .load(conn)?;
    let versions: Vec<RuleVersion> = rule_versions::table
        .order((rule_versions::rule_code, rule_versions::valid_from))
        .select(RuleVersion::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| whole(row, &versions, day, language)).collect())
}

/// One rule.
pub fn find(
    conn: &mut PgConnection,
    code: &str,
    day: NaiveDate,
    language: Language,
) -> Result<Rule> {
    let row = row(conn, code)?;
    Ok(whole(row, &versions(conn, code)?, day, language))
}

fn row(conn: &mut PgConnection, code: &str) -> Result<Row> {
    let row: Option<Row> = rules::table
        .find(code)
        .select((rules::code, rules::subject, rules::fixed, rules::applied, rules::alerts))
        .first(conn)
        .optional()?;
    row.ok_or(Error::NotFound("rule"))
}

fn versions(conn: &mut PgConnection, code: &str) -> Result<Vec<RuleVersion>> {
    Ok(rule_versions::table
        .filter(rule_versions::rule_code.eq(code))
        .order(rule_versions::valid_from)
        .select(RuleVersion::as_select())
        .load(conn)?)
}

fn whole(row: Row, versions: &[RuleVersion], day: NaiveDate, language: Language) -> Rule {
    let (code, subject, fixed, applied, alerts) = row;
    let versions: Vec<RuleVersion> =
        versions.iter().filter(|version| version.rule_code == code).cloned().collect();
    let current = versions.iter().rev().find(|version| version.valid_from <= day).cloned();
    let said = current.as_ref().or(versions.first());
    let texts: Texts = said
        .and_then(|version| serde_json::from_value(version.sentences.clone()).ok())
        .unwrap_or_default();
    Rule { code, subject, fixed, applied, alerts, sentence: language.of(&texts), current, versions }
}

/// Adds a version.
pub fn add_version(
    tx: &mut Tx<'_>,
    code: &str,
    new: &NewRuleVersion,
) -> Result<Recorded<RuleVersion>> {
    let version = drafted(tx.conn, tx.now, code, new)?;
    insert(tx, version)
}

/// Whether there is such a rule.
pub fn is_known(conn: &mut PgConnection, code: &str) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(rules::table.find(code))).get_result(conn)?)
}

/// A version as it would be added. It may begin today at the earliest, and after every other one: so no
/// decision of the past is rewritten, and no two hold on one day.
pub fn drafted(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    code: &str,
    new: &NewRuleVersion,
) -> Result<RuleVersion> {
    let (_, _, fixed, ..) = row(conn, code)?;
    let roles: Vec<&str> = policy::POLICY.iter().map(|(role, _)| *role).collect();
    new.check(fixed, &roles)?;
    let before = versions(conn, code)?;
    let last = before.last().ok_or_else(|| Error::internal("a rule has no version"))?;
    if new.valid_from < today(conn, now)? {
        let detail = "must be today or later: what was decided stays as it was judged";
        return Err(Error::value("/valid_from", "rewrites_past", detail));
    }
    if new.valid_from <= last.valid_from {
        let detail = "must be later than every other version's first day";
        return Err(Error::value("/valid_from", "overlapping_version", detail));
    }
    Ok(RuleVersion {
        id: RuleVersionId::generate(),
        number: last.number + 1,
        class: new.class,
        in_force: new.in_force,
        sentences: new.sentences.as_ref().map_or_else(|| last.sentences.clone(), |it| json!(it)),
        source: new.source.clone(),
        override_roles: new.override_roles.clone(),
        override_days: new.override_days,
        valid_from: new.valid_from,
        version: 1,
        ..last.clone()
    })
}

/// Adds a version whenever it begins, as loading the release's rules does.
pub fn insert(tx: &mut Tx<'_>, version: RuleVersion) -> Result<Recorded<RuleVersion>> {
    diesel::insert_into(rule_versions::table).values(&version).execute(tx.conn)?;
    tx.created("added", version)
}

/// What holds of a rule now. What the registry itself keeps to is cited by its first version until that begins.
pub fn cited(conn: &mut PgConnection, code: &str, now: DateTime<Utc>) -> Result<Option<Citation>> {
    let today = today(conn, now)?;
    let versions = versions(conn, code)?;
    let begun = versions.iter().rfind(|version| version.valid_from <= today);
    let cite = |version: &RuleVersion| Citation {
        version: version.number,
        legal_basis: version.source.clone(),
    };
    Ok(begun.or(versions.first()).map(cite))
}

/// What a refusal by a rule comes to on a day: one by a rule that is not in force, or only alerts, to nothing.
/// What is no rule's refusal stays as it is.
pub fn refused_by(conn: &mut PgConnection, day: NaiveDate, error: Error) -> Result<()> {
    let Error::Rule(refusal) = error else { return Err(error) };
    let rule = refusal.rule.clone();
    let book = book(conn, day, &[&rule], &[])?;
    if !book.rules.contains_key(&rule) {
        return Ok(());
    }
    match book.said(&[&rule], Err(*refusal)).into_iter().find(Finding::is_refused) {
        Some(finding) => Err(finding.refusal().into()),
        None => Ok(()),
    }
}

/// The rules of these codes that are in force on a day, with the numbers that they go by.
pub fn book(
    conn: &mut PgConnection,
    day: NaiveDate,
    codes: &[&str],
    names: &[&str],
) -> Result<Rulebook> {
    let versions = match held::get() {
        Some(held) => held.rules(codes, day),
        None => rule_versions::table
            .filter(rule_versions::rule_code.eq_any(codes))
            .filter(rule_versions::valid_from.le(day))
            .distinct_on(rule_versions::rule_code)
            .order((rule_versions::rule_code, rule_versions::valid_from.desc()))
            .select(RuleVersion::as_select())
            .load(conn)?,
    };
    let in_force = versions.into_iter().filter(|version| version.in_force);
    let rules = in_force.map(|version| (version.rule_code.clone(), version.into())).collect();
    let numbers = parameters::store::integers(conn, names, day)?;
    Ok(Rulebook { rules, numbers })
}

impl From<RuleVersion> for RuleInForce {
    fn from(version: RuleVersion) -> Self {
        Self {
            number: version.number,
            class: version.class,
            source: version.source,
            override_roles: version.override_roles,
            override_days: version
                .override_days
                .and_then(|days| u32::try_from(days).ok())
                .unwrap_or_default(),
        }
    }
}
