//! Pairs of records that may be of one child, worked out from the feed.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::{TOLD, candidates, facts, weights};
use crate::{
    children::{Child, ChildId, Relation},
    families::Family,
    insert_rows,
    matching::model::Comparison,
    platform::{db::Tx, disclosure::Persons, error::Result, id::Kind as _, prepared},
    reference::parameters,
    rules::deadlines::DoubleFacts,
    schema::{
        child_relations, duplicate_looks as looks, feed,
        possible_duplicates::{self as table, dsl},
    },
};

/// Places of the feed that are looked through at once, and how many children are compared at once.
const WINDOW: i64 = 5_000;
const BLOCK: usize = 50;
/// Members of a child by which it is recognised, and that of its adoption.
const IDENTIFYING: [&str; 7] = [
    "names",
    "external_ids",
    "sex",
    "birth_date",
    "birth_date_precision",
    "area_code",
    "adopted_on",
];

/// A record that may be of the same child as another one.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
pub struct Double {
    pub id: Uuid,
    pub child_id: ChildId,
    pub other_id: ChildId,
    /// In bits.
    pub weight: f64,
    /// Day since which the two are so alike.
    pub found_on: NaiveDate,
}

impl From<Double> for DoubleFacts {
    fn from(double: Double) -> Self {
        let Double { id, other_id, weight, found_on, .. } = double;
        Self { id, other: other_id.untyped(), weight, found_on }
    }
}

/// With whom each of these children may be one, as it was last worked out.
pub fn doubles(conn: &mut PgConnection, children: &[Uuid]) -> Result<Vec<Double>> {
    let of_them = table::table.filter(dsl::child_id.eq_any(children));
    Ok(of_them.order((dsl::child_id, dsl::other_id)).select(Double::as_select()).load(conn)?)
}

type Event = (i64, String, Uuid, Option<Uuid>, Vec<String>, Persons);

/// Goes on in the feed: compares some children who are new there, or whose identifying facts changed, with
/// all others. Says whether there is more to look at.
pub fn look(tx: &mut Tx<'_>) -> Result<bool> {
    let begun: Option<i64> = looks::table.select(looks::position).first(tx.conn).optional()?;
    let begun = begun.unwrap_or_default();
    let events: Vec<Event> = feed::table
        .filter(feed::position.gt(begun))
        .order(feed::position)
        .limit(WINDOW)
        .select((
            feed::position,
            feed::kind,
            feed::subject,
            feed::parent,
            feed::changed,
            feed::persons,
        ))
        .load(tx.conn)?;
    let Some((last, ..)) = events.last() else { return Ok(false) };
    let last = *last;
    let (mut ids, mut place) = (BTreeSet::new(), begun);
    for event in events {
        if ids.len() >= BLOCK {
            break;
        }
        place = event.0;
        ids.extend(whose(event));
    }
    pair(tx, &ids.into_iter().collect::<Vec<_>>())?;
    diesel::insert_into(looks::table)
        .values((looks::id.eq(1), looks::position.eq(place)))
        .on_conflict(looks::id)
        .do_update()
        .set(looks::position.eq(place))
        .execute(tx.conn)?;
    Ok(place < last)
}

/// Whose identity an event may concern.
fn whose((_, kind, subject, parent, changed, persons): Event) -> Vec<ChildId> {
    let tells = |members: &[&str]| changed.iter().any(|member| members.contains(&member.as_str()));
    match kind.as_str() {
        Child::NAME if tells(&IDENTIFYING) => vec![ChildId::from_untyped(subject)],
        Relation::NAME => parent.map(ChildId::from_untyped).into_iter().collect(),
        Family::NAME if tells(&["members"]) => {
            let children = persons.0.iter().filter(|person| person.kind == Child::NAME);
            children.map(|person| ChildId::from_untyped(person.id)).collect()
        }
        _ => Vec::new(),
    }
}

/// Makes the pairs of these children those that there are.
fn pair(tx: &mut Tx<'_>, ids: &[ChildId]) -> Result<()> {
    let today = parameters::today(tx.conn, tx.now)?;
    let weights = weights(tx.conn, today)?;
    let told = f64::from(parameters::integer(tx.conn, TOLD, today)?);
    let known = facts::of_children(tx.conn, ids)?;
    let related = related(tx.conn, ids)?;
    let pairs = candidates::sharing(tx.conn, &known)?;
    let others: BTreeSet<ChildId> = pairs.iter().map(|(_, other)| *other).collect();
    let others = facts::of_children(tx.conn, &others.into_iter().collect::<Vec<_>>())?;
    let mut found: BTreeMap<(ChildId, ChildId), f64> = BTreeMap::new();
    for (id, other) in pairs {
        let Some((of_child, of_other)) = known.get(&id).zip(others.get(&other)) else { continue };
        let of_one_family = !of_child.families.is_disjoint(&of_other.families);
        if of_one_family || related.contains(&(id, other)) {
            continue;
        }
        let comparison = Comparison::of(of_child, of_other, &weights);
        if comparison.may_be_one(told) {
            found.insert((id, other), comparison.weight);
            found.insert((other, id), comparison.weight);
        }
    }
    write(tx, ids, found, today)
}

/// Who is recorded as somebody's relation, and so is somebody else.
fn related(conn: &mut PgConnection, ids: &[ChildId]) -> Result<BTreeSet<(ChildId, ChildId)>> {
    let rows: Vec<(ChildId, Option<ChildId>)> = child_relations::table
        .filter(child_relations::child_id.eq_any(ids))
        .filter(child_relations::related_child_id.is_not_null())
        .select((child_relations::child_id, child_relations::related_child_id))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(child, related)| Some((child, related?))).collect())
}

/// Writes the differences. A pair that was known keeps its id and its day.
fn write(
    tx: &mut Tx<'_>,
    ids: &[ChildId],
    mut found: BTreeMap<(ChildId, ChildId), f64>,
    today: NaiveDate,
) -> Result<()> {
    let of_them = dsl::child_id.eq_any(ids).or(dsl::other_id.eq_any(ids));
    let standing: Vec<Double> =
        table::table.filter(of_them).select(Double::as_select()).load(tx.conn)?;
    let mut gone = Vec::new();
    for pair in standing {
        match found.remove(&(pair.child_id, pair.other_id)) {
            None => gone.push(pair.id),
            Some(weight) => {
                let set = (dsl::weight.eq(weight), dsl::found_at.eq(tx.now));
                prepared::update(table::table.find(pair.id)).set(set).execute(tx.conn)?;
            }
        }
    }
    diesel::delete(table::table.filter(dsl::id.eq_any(gone))).execute(tx.conn)?;
    let double = |((child_id, other_id), weight)| {
        let new = Double { id: Uuid::new_v4(), child_id, other_id, weight, found_on: today };
        (new, dsl::found_at.eq(tx.now))
    };
    let rows: Vec<_> = found.into_iter().map(double).collect();
    insert_rows!(table::table, tx.conn, rows);
    Ok(())
}
