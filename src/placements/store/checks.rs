//! What a step's request must satisfy besides the rules: known codes, days in order, a real exit.
use chrono::NaiveDate;
use diesel::PgConnection;
use serde_json::Value;

use crate::{
    placements::{
        model::{CareEntry, CarePeriod, CarePeriodState},
        rules::ChildFacts,
    },
    platform::{
        error::{Error, Result},
        rule::Refusal,
    },
    reference::{areas, code_lists},
};

/// The reasons for entry and the route are known.
pub fn check_entry(conn: &mut PgConnection, entry: &CareEntry, day: NaiveDate) -> Result<()> {
    code_lists::check(conn, "entry_reason", "/care_entry/entry_reason", &entry.entry_reason, day)?;
    code_lists::check(conn, "entry_route", "/care_entry/entry_route", &entry.entry_route, day)?;
    for (index, reason) in entry.other_reasons.iter().enumerate() {
        code_lists::check(
            conn,
            "entry_reason",
            &format!("/care_entry/other_reasons/{index}"),
            reason,
            day,
        )?;
    }
    Ok(())
}

/// What the code list says of a reason for leaving care.
#[derive(Debug, Clone, Copy)]
pub struct Exit {
    /// Whether the child returns to its family.
    pub returns: bool,
    /// Whether that was planned.
    pub planned: bool,
}

impl Exit {
    fn of(attributes: &Value) -> Self {
        let says = |name: &str| attributes.get(name).and_then(Value::as_bool) == Some(true);
        Self { returns: says("reunification"), planned: says("planned") }
    }
}

/// How a care period ended, if it did.
pub fn exit_of(conn: &mut PgConnection, period: &CarePeriod) -> Result<Option<Exit>> {
    let (Some(day), Some(reason)) = (period.ended_on, &period.exit_reason) else {
        return Ok(None);
    };
    let exit = code_lists::store::attributes(conn, "exit_reason", "/exit_reason", reason, day)?;
    Ok(Some(Exit::of(&exit)))
}

/// Why, where and when a child leaves care: known codes, a real exit, and no day ahead.
pub fn check_leaving(
    conn: &mut PgConnection,
    child: &ChildFacts,
    day: NaiveDate,
    reason: &str,
    area: Option<&str>,
    today: NaiveDate,
) -> Result<Exit> {
    let exit = code_lists::store::attributes(conn, "exit_reason", "/exit_reason", reason, day)?;
    check_exit(child, &exit, day)?;
    if let Some(code) = area {
        areas::check(conn, "/exit_area_code", code)?;
    }
    if day > today {
        let detail = "an end must be today or earlier";
        let refusal = Refusal::values("PL-06", detail);
        return Err(refusal.at("/ended_on").into());
    }
    Ok(Exit::of(&exit))
}

/// A transfer to another authority is no exit, and a death ends care on the day of the death.
pub fn check_exit(child: &ChildFacts, exit: &Value, day: NaiveDate) -> Result<()> {
    let is = |name: &str, value: bool| exit.get(name).and_then(Value::as_bool) == Some(value);
    if is("ends_period", false) {
        let detail = "a transfer to another authority ends no care: let the period go on";
        return Err(Error::value("/exit_reason", "no_exit", detail));
    }
    if is("death", true) && child.death_date != Some(day) {
        let detail = "care ends on the day of death: record the death on the child first";
        return Err(Refusal::conflict("PL-07", detail).into());
    }
    if child.death_date.is_some_and(|death| day > death) {
        let detail = "care ends on the day of death";
        return Err(Refusal::conflict("PL-07", detail).into());
    }
    Ok(())
}

/// The day on which the final order of an adoption ended a care period, if one did (AD-10).
pub fn adoption(conn: &mut PgConnection, period: &CarePeriod) -> Result<Option<NaiveDate>> {
    let (CarePeriodState::Closed, Some(day), Some(exit)) =
        (period.state, period.ended_on, &period.exit_reason)
    else {
        return Ok(None);
    };
    let exit = code_lists::store::attributes(conn, "exit_reason", "/exit_reason", exit, day)?;
    let is_final = exit.get("final_adoption").and_then(Value::as_bool) == Some(true);
    Ok(is_final.then_some(day))
}

/// The kind of plan is known, and has a day of its expected end where it needs one.
pub fn check_plan(
    conn: &mut PgConnection,
    from: NaiveDate,
    kind: &str,
    end: Option<NaiveDate>,
    at: &str,
) -> Result<()> {
    let pointer = format!("{at}/planned_kind");
    let attributes = code_lists::store::attributes(conn, "planned_kind", &pointer, kind, from)?;
    let needed = attributes.get("expected_end_required").and_then(Value::as_bool) == Some(true);
    let pointer = format!("{at}/expected_end_on");
    if needed && end.is_none() {
        return Err(Error::value(&pointer, "missing_member", "is required for this kind of plan"));
    }
    if end.is_some_and(|end| end <= from) {
        return Err(Error::value(&pointer, "out_of_order", "must be after the first day"));
    }
    Ok(())
}

pub fn check_decision(
    conn: &mut PgConnection,
    body: Option<&str>,
    day: NaiveDate,
    at: &str,
) -> Result<()> {
    match body {
        Some(body) => {
            code_lists::check(conn, "decision_body", &format!("{at}/decision/body"), body, day)
        }
        None => Ok(()),
    }
}

pub fn unknown_child(error: Error) -> Error {
    match error {
        Error::NotFound(_) => {
            Error::value("/child_id", "unknown_reference", "is the id of no child")
        }
        other => other,
    }
}
