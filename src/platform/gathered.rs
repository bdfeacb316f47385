//! Columns that are gathered from the rows of another table, as one JSON value.
use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    deserialize::{self, FromSql, FromSqlRow},
    expression::{ValidGrouping, is_aggregate},
    pg::{Pg, PgValue},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::Json,
};
use serde::de::DeserializeOwned;

/// A sub-select that is part of a statement's text. Diesel's own literal SQL has every statement
/// parsed and planned anew each time; with this one the database knows the statement after the
/// first time. It must be one of few texts, made without what a caller says.
#[derive(Debug, Clone)]
pub struct Gathered(pub String);

impl Expression for Gathered {
    type SqlType = Json;
}
impl QueryId for Gathered {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl ValidGrouping<()> for Gathered {
    type IsAggregate = is_aggregate::Never;
}
impl<T> AppearsOnTable<T> for Gathered {}
impl<T> SelectableExpression<T> for Gathered {}
impl QueryFragment<Pg> for Gathered {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&self.0);
        Ok(())
    }
}

/// Rows of another table, as they were gathered.
#[derive(Debug, FromSqlRow)]
#[diesel(sql_type = Json)]
pub struct Parts<T>(Vec<T>);

impl<T: DeserializeOwned> FromSql<Json, Pg> for Parts<T> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_slice(bytes.as_bytes())?))
    }
}

impl<T> From<Parts<T>> for Vec<T> {
    fn from(parts: Parts<T>) -> Self {
        parts.0
    }
}
