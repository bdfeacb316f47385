//! Queries of what identifies children, and pairs of records that may be of one child.
mod candidates;
mod facts;
mod pairs;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

pub use pairs::{Double, doubles, look};

use super::model::{ChildCandidate, ChildToMatch, Comparison, MatchAnswer, Weights};
use crate::{
    children::{Child, ChildId, model::ChildSummary},
    platform::error::Result,
    reference::{areas, code_lists, parameters},
    schema::{children, code_list_entries as entries},
};

/// The code list of the fields that are compared.
const FIELDS: &str = "match_field";
/// From which weight on a record is shown, and from which two are told of, in bits.
const SHOWN: &str = "match_shown_bits";
pub(super) const TOLD: &str = "match_alert_bits";
/// How many candidates are answered unless said.
const USUAL: i32 = 10;

/// How much each field says on a day.
pub(super) fn weights(conn: &mut PgConnection, day: chrono::NaiveDate) -> Result<Weights> {
    let rows = entries::table
        .filter(entries::list.eq(FIELDS).and(entries::valid_from.le(day)))
        .filter(entries::valid_to.is_null().or(entries::valid_to.gt(day)))
        .order(entries::place)
        .select((entries::code, entries::attributes))
        .load(conn)?;
    Weights::of(rows)
}

/// The records that may be of a child of whom this is known, the likeliest first: of those that the caller
/// may read.
pub fn matches(
    conn: &mut PgConnection,
    asked: &ChildToMatch,
    now: DateTime<Utc>,
) -> Result<MatchAnswer> {
    asked.check()?;
    let today = parameters::today(conn, now)?;
    if let Some(sex) = &asked.sex {
        code_lists::check(conn, "sex", "/sex", sex, today)?;
    }
    if let Some(area) = &asked.area_code {
        areas::check(conn, "/area_code", area)?;
    }
    let weights = weights(conn, today)?;
    let shown = f64::from(parameters::integer(conn, SHOWN, today)?);
    let told = f64::from(parameters::integer(conn, TOLD, today)?);
    let known = facts::of_request(conn, asked)?;
    let ids = candidates::alike(conn, &known)?;
    let mut fitting: Vec<(ChildId, Comparison)> = facts::of_children(conn, &ids)?
        .into_iter()
        .map(|(id, facts)| (id, Comparison::of(&known, &facts, &weights)))
        .filter(|(_, comparison)| comparison.weight >= shown)
        .collect();
    fitting.sort_by(|(a, one), (b, other)| other.weight.total_cmp(&one.weight).then(a.cmp(b)));
    fitting.truncate(usize::try_from(asked.limit.unwrap_or(USUAL)).unwrap_or_default());
    let mut records = summaries(conn, fitting.iter().map(|(id, _)| *id).collect())?;
    let candidate = |(id, comparison): (ChildId, Comparison)| {
        Some(ChildCandidate::of(records.remove(&id)?, &comparison, told))
    };
    Ok(MatchAnswer { data: fitting.into_iter().filter_map(candidate).collect() })
}

fn summaries(
    conn: &mut PgConnection,
    ids: Vec<ChildId>,
) -> Result<BTreeMap<ChildId, ChildSummary>> {
    let of_them = children::table.filter(children::id.eq_any(ids)).select(Child::as_select());
    let records: Vec<Child> = of_them.load(conn)?;
    Ok(records.iter().map(|child| (child.id, ChildSummary::from(child))).collect())
}
