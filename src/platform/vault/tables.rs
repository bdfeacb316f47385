//! The tables that hold sealed values, as the database itself tells: nothing has to be declared for a
//! rotation, so nothing can be forgotten.
use diesel::{
    PgConnection, RunQueryDsl as _, sql_query,
    sql_types::{Array, Text},
};

use crate::platform::error::{Error, Result};

/// The column of blind indexes, which is of the column `value` and the system in `system`.
pub const BLIND: &str = "blind";

/// Every table with columns of the domain `sealed`, with these and their blind indexes, and its primary
/// key: names and types.
const TABLES: &str = "
SELECT c.relname::text AS name,
       array_agg(a.attname::text ORDER BY a.attnum) AS columns,
       (SELECT array_agg(k.attname || ' ' || k.atttypid::regtype ORDER BY k.attnum) FROM pg_index i
        JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey)
        WHERE i.indrelid = c.oid AND i.indisprimary) AS keys,
       (SELECT array_agg(o.attname::text ORDER BY o.attnum) FROM pg_attribute o
        WHERE o.attrelid = c.oid AND o.atttypid = 'uuid'::regtype AND NOT o.attisdropped) AS owners
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
  AND (a.atttypid = 'sealed'::regtype OR a.attname = 'blind')
GROUP BY c.oid, c.relname ORDER BY c.relname";

/// How many of these tables have policies that may hide rows from whoever asks: all but those that show
/// it everything.
pub const HIDDEN: &str = "
SELECT count(*) AS count FROM pg_class c
WHERE c.relname = ANY ($1) AND c.relnamespace = current_schema()::regnamespace AND row_security_active(c.oid)
  AND (EXISTS (SELECT FROM pg_policy p, unnest(p.polroles) AS role
               WHERE p.polrelid = c.oid AND NOT p.polpermissive
                 AND (role = 0 OR pg_has_role(current_user, role, 'USAGE')))
       OR NOT EXISTS (
           SELECT FROM pg_policy p
           WHERE p.polrelid = c.oid AND p.polcmd = '*' AND pg_get_expr(p.polqual, p.polrelid) = 'true'
             AND (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY (p.polroles)))";

/// A table with sealed values.
#[derive(Debug, PartialEq, Eq)]
pub struct SealedTable {
    pub name: String,
    /// The sealed columns and, if it has one, that of the blind indexes.
    pub columns: Vec<String>,
    /// In SQL, what tells a row from all others: the row of its values' seats.
    pub row: String,
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Array<Text>)]
    columns: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    keys: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    owners: Vec<String>,
}

/// The tables with sealed values, by name.
pub fn all(conn: &mut PgConnection) -> Result<Vec<SealedTable>> {
    let found: Vec<Found> = sql_query(TABLES).load(conn)?;
    let table = |found: Found| {
        let row = row(&found)?;
        Ok(SealedTable { name: found.name, columns: found.columns, row })
    };
    found.into_iter().map(table).collect()
}

/// Rows are told apart by their primary key, but for those of which the database makes it: the value is
/// sealed before it is known.
fn row(found: &Found) -> Result<String> {
    if found.name == "journal" {
        return Ok("uuid_send(subject) || int8send(version)".to_owned());
    }
    if let (true, [owner]) = (found.name.ends_with("_external_ids"), &*found.owners) {
        return Ok(format!(
            "uuid_send({owner}) || convert_to(system, 'UTF8') || '\\x00' || \
             convert_to(coalesce(valid_from::text, '') || '/' || coalesce(valid_to::text, ''), 'UTF8')"
        ));
    }
    let part = |key: &String| match key.split_once(' ') {
        Some((name, "uuid")) => Ok(format!("uuid_send({name})")),
        Some((name, "integer")) => Ok(format!("int4send({name})")),
        Some((name, "text")) => Ok(format!("convert_to({name}, 'UTF8')")),
        _ => Err(Error::internal(format!("how rows of {} are sealed is not known", found.name))),
    };
    Ok(found.keys.iter().map(part).collect::<Result<Vec<_>>>()?.join(" || "))
}

impl SealedTable {
    /// Which rows hold a value with one of the keys that are bound first.
    pub fn condition(&self) -> String {
        let old = |column: &String| format!("substring({column} FROM 2 FOR 16) = ANY ($1)");
        self.columns.iter().map(old).collect::<Vec<_>>().join(" OR ")
    }

    /// The system of a row's identifier, if it has one.
    pub fn system(&self) -> &'static str {
        if self.columns.iter().any(|name| name == BLIND) { "system" } else { "''" }
    }

    /// Puts values in the place of those of rows; bound are where these are, and the values of each
    /// column.
    pub fn update(&self) -> String {
        let set = |column: &String| format!("{column} = new.{column}");
        let sets: Vec<String> = self.columns.iter().map(set).collect();
        let arrays: Vec<String> =
            (2..self.columns.len() + 2).map(|bind| format!("${bind}::bytea[]")).collect();
        format!(
            "UPDATE {name} SET {} FROM unnest($1::text[], {}) AS new (at, {}) \
             WHERE {name}.ctid = new.at::tid",
            sets.join(", "),
            arrays.join(", "),
            self.columns.join(", "),
            name = self.name,
        )
    }
}
