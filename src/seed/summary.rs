//! What was written, counted in the database itself.
use diesel::{prelude::*, sql_query, sql_types::BigInt};
use serde::Serialize;

use crate::platform::error::Result;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, QueryableByName)]
pub struct Summary {
    #[diesel(sql_type = BigInt)]
    pub areas: i64,
    #[diesel(sql_type = BigInt)]
    pub organisations: i64,
    #[diesel(sql_type = BigInt)]
    pub clients: i64,
    /// Children, ever registered.
    #[diesel(sql_type = BigInt)]
    pub children: i64,
    /// Children who are in care now.
    #[diesel(sql_type = BigInt)]
    pub children_in_care: i64,
    /// Those of them who live in facilities.
    #[diesel(sql_type = BigInt)]
    pub children_in_facilities: i64,
    #[diesel(sql_type = BigInt)]
    pub care_periods: i64,
    #[diesel(sql_type = BigInt)]
    pub placements: i64,
    #[diesel(sql_type = BigInt)]
    pub legal_statuses: i64,
    /// Carer families, ever registered.
    #[diesel(sql_type = BigInt)]
    pub carer_families: i64,
    /// Carer families that are approved now.
    #[diesel(sql_type = BigInt)]
    pub carer_families_approved: i64,
    /// Facilities, ever registered.
    #[diesel(sql_type = BigInt)]
    pub facilities: i64,
    /// Facilities that are not closed.
    #[diesel(sql_type = BigInt)]
    pub facilities_open: i64,
    /// Rows of all tables, the journal's among them.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

/// The names of all tables, the largest first.
pub fn tables(conn: &mut PgConnection) -> Result<Vec<String>> {
    let tables: Vec<Table> = sql_query(
        "SELECT quote_ident(relname) AS name FROM pg_class \
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
         ORDER BY pg_table_size(oid) DESC",
    )
    .load(conn)?;
    Ok(tables.into_iter().map(|table| table.name).collect())
}

/// Counts, as the owner.
pub fn count(conn: &mut PgConnection) -> Result<Summary> {
    let counts: Vec<String> =
        tables(conn)?.iter().map(|table| format!("(SELECT count(*) FROM {table})")).collect();
    Ok(sql_query(format!(
        "SELECT (SELECT count(*) FROM areas) AS areas, \
         (SELECT count(*) FROM organisations) AS organisations, \
         (SELECT count(*) FROM clients) AS clients, \
         (SELECT count(*) FROM children) AS children, \
         (SELECT count(*) FROM care_periods WHERE state = 'open') AS children_in_care, \
         (SELECT count(*) FROM placements WHERE state = 'active' AND provider_kind = 'facility') \
             AS children_in_facilities, \
         (SELECT count(*) FROM care_periods) AS care_periods, \
         (SELECT count(*) FROM placements) AS placements, \
         (SELECT count(*) FROM legal_statuses) AS legal_statuses, \
         (SELECT count(*) FROM carer_families) AS carer_families, \
         (SELECT count(*) FROM carer_families WHERE state = 'approved') AS carer_families_approved, \
         (SELECT count(*) FROM facilities) AS facilities, \
         (SELECT count(*) FROM facilities WHERE state <> 'closed') AS facilities_open, \
         ({}) AS rows",
        counts.join(" + ")
    ))
    .get_result(conn)?)
}
