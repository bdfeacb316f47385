//! Statements that the database knows after the first time.
use diesel::{
    QueryResult, QuerySource, RunQueryDsl, Table,
    associations::HasTable,
    pg::Pg,
    query_builder::{
        AsChangeset, AstPass, IntoUpdateTarget, Query, QueryFragment, QueryId, UpdateTarget,
    },
};

/// A statement that is kept by its text: parsed and planned once for each connection. Diesel has some parsed and
/// planned anew each time, because it cannot know how many different ones there are: this is for those of which
/// there are few, and that give rows back.
#[derive(Debug, Clone, Copy)]
pub struct Kept<Q>(Q);

pub fn kept<Q>(statement: Q) -> Kept<Q> {
    Kept(statement)
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Kept<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}
impl<Q> QueryId for Kept<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}
impl<Q, Conn> RunQueryDsl<Conn> for Kept<Q> {}

/// An update of these rows, as diesel's own. Diesel has every update parsed and planned anew,
/// because it cannot know how many different ones there are; this one is parsed and planned once
/// for each connection.
pub fn update<R: IntoUpdateTarget>(rows: R) -> Target<R> {
    Target(rows)
}

/// The rows of an update, before it is said what becomes of them.
#[derive(Debug, Clone, Copy)]
pub struct Target<R>(R);

impl<R: IntoUpdateTarget> Target<R>
where
    <R as HasTable>::Table: Table,
{
    /// What becomes of them.
    pub fn set<C>(self, changes: C) -> Update<FromClause<R>, R::WhereClause, C::Changeset>
    where
        C: AsChangeset<Target = R::Table>,
    {
        let UpdateTarget { table, where_clause } = self.0.into_update_target();
        Update { table: table.from_clause(), rows: where_clause, changes: changes.as_changeset() }
    }
}

type FromClause<R> = <<R as HasTable>::Table as QuerySource>::FromClause;

/// An update that is kept by its text: another text is another statement.
#[derive(Debug)]
pub struct Update<T, W, C> {
    table: T,
    rows: W,
    changes: C,
}

impl<T, W, C> QueryFragment<Pg> for Update<T, W, C>
where
    T: QueryFragment<Pg>,
    W: QueryFragment<Pg>,
    C: QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" SET ");
        self.changes.walk_ast(out.reborrow())?;
        self.rows.walk_ast(out)
    }
}
impl<T, W, C> QueryId for Update<T, W, C> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<T, W, C, Conn> RunQueryDsl<Conn> for Update<T, W, C> {}
