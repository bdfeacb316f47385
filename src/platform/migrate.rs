//! Migrations: the schema's steps, run by the owner of the database.
use diesel::{PgConnection, RunQueryDsl, connection::SimpleConnection, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::error::{Error, Result};

pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The group of the run-time roles: rights on rows, none on tables.
pub const RUNTIME_GROUP: &str = "kinstead_app";

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// Runs the steps that are still to be run, and says which.
pub fn run(conn: &mut PgConnection) -> Result<Vec<String>> {
    ensure_runtime_group(conn)?;
    let done = conn.run_pending_migrations(MIGRATIONS).map_err(Error::Internal)?;
    Ok(done.iter().map(ToString::to_string).collect())
}

/// Whether steps are still to be run.
pub fn pending(conn: &mut PgConnection) -> Result<bool> {
    conn.has_pending_migration(MIGRATIONS).map_err(Error::Internal)
}

/// Roles belong to the cluster, not to one database, so no migration can make and unmake them.
pub fn ensure_runtime_group(conn: &mut PgConnection) -> Result<()> {
    let known: Count =
        sql_query(format!("SELECT count(*) FROM pg_roles WHERE rolname = '{RUNTIME_GROUP}'"))
            .get_result(conn)?;
    if known.count == 0 {
        conn.batch_execute(&format!("CREATE ROLE {RUNTIME_GROUP} NOLOGIN"))?;
    }
    Ok(())
}
