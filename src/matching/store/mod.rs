//! Queries of what identifies children, and pairs of records that may be of one child.
mod candidates;
mod facts;
mod pairs;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

pub use pairs::{Double, doubles, look};

use super::model::{ChildCandidate, ChildToMatch, Comparison, Facts, MatchAnswer, Weights};
use crate::{
    children::{Child, ChildId, model::ChildSummary},
    families::{Family, FamilyId},
    platform::{
        disclosure::Person,
        error::{Error, Result},
        id::Kind,
    },
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
pub(super) fn weights(conn: &mut PgConnection, day: NaiveDate) -> Result<Weights> {
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
    reaching: impl Fn(&mut PgConnection, BTreeSet<Person>) -> Result<BTreeSet<Person>>,
) -> Result<MatchAnswer> {
    asked.check()?;
    let today = parameters::today(conn, now)?;
    let known = asked_for(conn, asked, today)?;
    let weights = weights(conn, today)?;
    let shown = f64::from(parameters::integer(conn, SHOWN, today)?);
    let told = f64::from(parameters::integer(conn, TOLD, today)?);
    let mut ids = candidates::alike(conn, &known)?;
    let reached = reaching(conn, ids.iter().map(|id| person::<Child>(id.untyped())).collect())?;
    ids.retain(|id| {
        Some(*id) != asked.child_id && reached.contains(&person::<Child>(id.untyped()))
    });
    let mut fitting: Vec<(ChildId, BTreeSet<FamilyId>, Comparison)> =
        facts::of_children(conn, &ids)?
            .into_iter()
            .map(|(id, facts)| {
                let comparison = Comparison::of(&known, &facts, &weights);
                (id, facts.families, comparison)
            })
            .filter(|(.., comparison)| comparison.weight >= shown)
            .collect();
    fitting
        .sort_by(|(a, _, one), (b, _, other)| other.weight.total_cmp(&one.weight).then(a.cmp(b)));
    fitting.truncate(usize::try_from(asked.limit.unwrap_or(USUAL)).unwrap_or_default());
    let families = fitting.iter().flat_map(|(_, families, _)| families).chain(&known.families);
    let families = families.map(|id| person::<Family>(id.untyped())).collect();
    let families = reaching(conn, families)?.into_iter();
    let family_ids = families.map(|family| FamilyId::from_untyped(family.id)).collect();
    let mut records = summaries(conn, fitting.iter().map(|(id, ..)| *id).collect())?;
    let candidate = |(id, _, comparison): (ChildId, _, Comparison)| {
        Some(ChildCandidate::of(records.remove(&id)?, &comparison, told))
    };
    let data = fitting.into_iter().filter_map(candidate).collect();
    Ok(MatchAnswer { child_id: asked.child_id, data, family_ids })
}

fn person<K: Kind>(id: Uuid) -> Person {
    Person { kind: K::NAME.to_owned(), id, mentioned: false }
}

/// What is known of the child that is asked for.
fn asked_for(conn: &mut PgConnection, asked: &ChildToMatch, today: NaiveDate) -> Result<Facts> {
    if let Some(id) = asked.child_id {
        let known = facts::of_children(conn, &[id])?.remove(&id);
        let unknown = || Error::value("/child_id", "unknown_reference", "is the id of no child");
        return known.ok_or_else(unknown);
    }
    if let Some(sex) = &asked.sex {
        code_lists::check(conn, "sex", "/sex", sex, today)?;
    }
    if let Some(area) = &asked.area_code {
        areas::check(conn, "/area_code", area)?;
    }
    facts::of_request(conn, asked)
}

fn summaries(
    conn: &mut PgConnection,
    ids: Vec<ChildId>,
) -> Result<BTreeMap<ChildId, ChildSummary>> {
    let of_them = children::table.filter(children::id.eq_any(ids)).select(Child::as_select());
    let records: Vec<Child> = of_them.load(conn)?;
    Ok(records.iter().map(|child| (child.id, ChildSummary::from(child))).collect())
}
