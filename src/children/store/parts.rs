//! Names and external identifiers: rows of their own for searching, parts of the child's record.
use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    pg::{Pg, PgValue},
    prelude::*,
    sql_types::Jsonb,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    children::{Child, ChildExternalId, ChildName, search_key::search_key},
    platform::{db::Tx, error::Result, gathered::Gathered, rule::Refusal},
    schema::{child_external_ids as ids, child_names as names_table},
};

/// Rows that were gathered into one JSON value in the query of their child.
#[derive(FromSqlRow)]
#[diesel(sql_type = Jsonb)]
pub struct Parts<T>(Vec<T>);

impl<T: DeserializeOwned> FromSql<Jsonb, Pg> for Parts<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let rows = <Value as FromSql<Jsonb, Pg>>::from_sql(value)?;
        Ok(Self(serde_json::from_value(rows)?))
    }
}
impl From<Parts<ChildName>> for Vec<ChildName> {
    fn from(parts: Parts<ChildName>) -> Self {
        parts.0
    }
}
impl From<Parts<ChildExternalId>> for Vec<ChildExternalId> {
    fn from(parts: Parts<ChildExternalId>) -> Self {
        parts.0
    }
}

/// The names of the child that a query selects.
pub fn names() -> Gathered {
    Gathered(
        "COALESCE((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'use', n.name_use, 'given', n.given, 'middle', n.middle, 'family', n.family,
        'valid_from', n.valid_from, 'valid_to', n.valid_to)) ORDER BY n.id)
        FROM child_names n WHERE n.child_id = children.id), '[]')"
            .to_owned(),
    )
}

/// The external identifiers of the child that a query selects.
pub fn external_ids() -> Gathered {
    Gathered(
        "COALESCE((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'system', i.system, 'value', i.value,
        'valid_from', i.valid_from, 'valid_to', i.valid_to)) ORDER BY i.id)
        FROM child_external_ids i WHERE i.child_id = children.id), '[]')"
            .to_owned(),
    )
}

/// Puts the child's names in the place of those that it had.
pub fn write_names(tx: &mut Tx<'_>, child: &Child, had: bool) -> Result<()> {
    if had {
        diesel::delete(names_table::table.filter(names_table::child_id.eq(child.id)))
            .execute(tx.conn)?;
    }
    let row = |name: &ChildName| {
        (
            names_table::child_id.eq(child.id),
            names_table::name_use.eq(name.r#use.clone()),
            names_table::given.eq(name.given.clone()),
            names_table::middle.eq(name.middle.clone()),
            names_table::family.eq(name.family.clone()),
            names_table::valid_from.eq(name.valid_from),
            names_table::valid_to.eq(name.valid_to),
            names_table::search_key.eq(search_key(&name.whole())),
        )
    };
    let rows: Vec<_> = child.names.iter().map(row).collect();
    diesel::insert_into(names_table::table).values(rows).execute(tx.conn)?;
    Ok(())
}

/// Puts the child's identifiers in the place of those that it had, unless one is another child's
/// (DI-01).
pub fn write_external_ids(tx: &mut Tx<'_>, child: &Child, had: bool) -> Result<()> {
    if had {
        diesel::delete(ids::table.filter(ids::child_id.eq(child.id))).execute(tx.conn)?;
    }
    if child.external_ids.is_empty() {
        return Ok(());
    }
    refuse_taken(tx.conn, child)?;
    let row = |id: &ChildExternalId| {
        (
            ids::child_id.eq(child.id),
            ids::system.eq(id.system.clone()),
            ids::value.eq(id.value.clone()),
            ids::valid_from.eq(id.valid_from),
            ids::valid_to.eq(id.valid_to),
        )
    };
    let rows: Vec<_> = child.external_ids.iter().map(row).collect();
    diesel::insert_into(ids::table).values(rows).execute(tx.conn)?;
    Ok(())
}

fn refuse_taken(conn: &mut PgConnection, child: &Child) -> Result<()> {
    let values: Vec<&str> = child.external_ids.iter().map(|id| id.value.as_str()).collect();
    let held: Vec<(String, String, Option<_>, Option<_>)> = ids::table
        .filter(ids::value.eq_any(values).and(ids::child_id.ne(child.id)))
        .select((ids::system, ids::value, ids::valid_from, ids::valid_to))
        .load(conn)?;
    let taken = child.external_ids.iter().find(|id| {
        held.iter().any(|(system, value, from, to)| {
            let before = |end: Option<chrono::NaiveDate>, start: Option<chrono::NaiveDate>| {
                end.zip(start).is_some_and(|(end, start)| end <= start)
            };
            *system == id.system
                && *value == id.value
                && !before(*to, id.valid_from)
                && !before(id.valid_to, *from)
        })
    });
    let Some(taken) = taken else { return Ok(()) };
    let detail = "another child has this identifier at that time: if it is the same child, go on \
                  with its record; if not, one of the two was mistyped";
    Err(Refusal::conflict("DI-01", "data integrity", detail)
        .at("/external_ids")
        .fact("system", &taken.system)
        .into())
}
