//! How many records a list has in all: `count=exact|estimated`.
use std::marker::PhantomData;

use diesel::{
    PgConnection, QueryResult, RunQueryDsl,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Json},
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::error::Result;
use crate::text_enum;

/// Up to how many records an estimate is exact.
const COUNTED: i64 = 1000;

text_enum! {
    /// How a list is counted.
    pub enum Count {
        Exact = "exact",
        Estimated = "estimated",
    }
}

/// Whether to count, and how.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CountQuery {
    /// Fills `total`: `exact` counts all records, which takes time on long lists; `estimated` counts up
    /// to 1000 and takes the database's estimate beyond. Not counted unless said.
    #[param(nullable = false, inline)]
    pub count: Option<Count>,
}

impl CountQuery {
    /// How many rows the query has, if that was asked for.
    pub fn total<Q: QueryFragment<Pg>>(
        self,
        conn: &mut PgConnection,
        query: impl FnOnce(&mut PgConnection) -> Result<Q>,
    ) -> Result<Option<i64>> {
        let Some(count) = self.count else { return Ok(None) };
        let query = query(conn)?;
        let most = match count {
            Count::Exact => String::new(),
            Count::Estimated => format!(" LIMIT {}", COUNTED + 1),
        };
        let close = format!("{most}) counted");
        let counted: i64 =
            About::<_, BigInt>::new("SELECT count(*) FROM (", &query, &close).get_result(conn)?;
        if count == Count::Exact || counted <= COUNTED {
            return Ok(Some(counted));
        }
        let plan: Value =
            About::<_, Json>::new("EXPLAIN (FORMAT JSON) ", &query, "").get_result(conn)?;
        let expected = plan.pointer("/0/Plan/Plan Rows").and_then(Value::as_i64);
        Ok(Some(expected.unwrap_or_default().max(counted)))
    }
}

/// A statement around a query, with one column of the type `T`.
struct About<'q, Q, T> {
    before: &'static str,
    query: &'q Q,
    after: &'q str,
    of: PhantomData<T>,
}

impl<'q, Q, T> About<'q, Q, T> {
    fn new(before: &'static str, query: &'q Q, after: &'q str) -> Self {
        Self { before, query, after, of: PhantomData }
    }
}
impl<Q, T> Query for About<'_, Q, T> {
    type SqlType = T;
}
impl<Q, T> QueryId for About<'_, Q, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<Q, T> RunQueryDsl<PgConnection> for About<'_, Q, T> {}
impl<Q: QueryFragment<Pg>, T> QueryFragment<Pg> for About<'_, Q, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.before);
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(self.after);
        Ok(())
    }
}
