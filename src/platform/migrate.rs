//! Migrations: the schema's steps, run by the owner of the database.
use std::{fmt, str::FromStr};

use diesel::{
    PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_query,
    sql_types::{Bool, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::error::{Error, Result};

pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The group of the run-time roles: rights on rows, none on tables.
pub const RUNTIME_GROUP: &str = "kinstead_app";

/// The group of the access log's keepers: they alone read what the service writes there.
pub const LOG_GROUP: &str = "kinstead_log";

/// The extensions that the tables need, all of PostgreSQL's own contrib modules.
pub const EXTENSIONS: [&str; 3] = ["btree_gist", "pg_trgm", "unaccent"];

/// Where the steps that were run are written down.
const LEDGER: &str = "__diesel_schema_migrations";
/// Key of the lock that lets one migration run at a time.
const LOCK: i64 = 0x6B69_6E73;

#[derive(diesel::QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn ask(conn: &mut PgConnection, condition: &str) -> Result<bool> {
    let answer: Answer = sql_query(format!("SELECT {condition} AS yes")).get_result(conn)?;
    Ok(answer.yes)
}

fn names(conn: &mut PgConnection, query: &str) -> Result<Vec<String>> {
    let rows: Vec<Name> = sql_query(query).load(conn)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Runs the steps that are still to be run, and says which. Whoever comes second waits, so that
/// several may be told to migrate at once.
pub fn run(conn: &mut PgConnection) -> Result<Vec<String>> {
    conn.batch_execute(&format!(
        "SET statement_timeout = 0; SET lock_timeout = '60s'; SELECT pg_advisory_lock({LOCK})"
    ))?;
    let done = run_alone(conn);
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    done
}

fn run_alone(conn: &mut PgConnection) -> Result<Vec<String>> {
    ensure_extensions_are_there(conn)?;
    ensure_groups(conn)?;
    let pending = standing(conn)?.pending;
    conn.run_pending_migrations(MIGRATIONS).map_err(Error::Internal)?;
    // So that the service can see that steps are missing.
    conn.batch_execute(&format!("GRANT SELECT ON {LEDGER} TO {RUNTIME_GROUP}"))?;
    Ok(pending)
}

/// How the database's schema stands to this release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Names of the steps that are still to be run.
    pub pending: Vec<String>,
    /// Steps of a later release that were run.
    pub unknown: usize,
}

/// How the schema stands; the run-time role may ask.
pub fn standing(conn: &mut PgConnection) -> Result<Standing> {
    let steps: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations().map_err(Error::Internal)?;
    let done = if ask(conn, &format!("to_regclass('{LEDGER}') IS NOT NULL"))? {
        names(conn, &format!("SELECT version::text AS name FROM {LEDGER}"))?
    } else {
        Vec::new()
    };
    let version = |step: &dyn Migration<Pg>| step.name().version().to_string();
    let known: Vec<String> = steps.iter().map(|step| version(&**step)).collect();
    let pending = steps.iter().filter(|step| !done.contains(&version(&***step)));
    Ok(Standing {
        pending: pending.map(|step| step.name().to_string()).collect(),
        unknown: done.iter().filter(|done| !known.contains(done)).count(),
    })
}

/// The extensions that this database lacks.
pub fn missing_extensions(conn: &mut PgConnection) -> Result<Vec<&'static str>> {
    let made = names(conn, "SELECT extname::text AS name FROM pg_extension")?;
    Ok(EXTENSIONS
        .into_iter()
        .filter(|extension| !made.iter().any(|one| one == extension))
        .collect())
}

fn ensure_extensions_are_there(conn: &mut PgConnection) -> Result<()> {
    let there = names(conn, "SELECT name::text AS name FROM pg_available_extensions")?;
    let missing: Vec<&str> = EXTENSIONS
        .into_iter()
        .filter(|extension| !there.iter().any(|one| one == extension))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::internal(format!(
        "the PostgreSQL server lacks {}: install its contrib modules (the package is called postgresql-contrib on most systems)",
        missing.join(", ")
    )))
}

/// Roles belong to the cluster, not to one database, so no migration can make and unmake them.
pub fn ensure_groups(conn: &mut PgConnection) -> Result<()> {
    let may = "(SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)";
    for group in [RUNTIME_GROUP, LOG_GROUP] {
        if ask(conn, &format!("EXISTS (SELECT FROM pg_roles WHERE rolname = '{group}')"))? {
            continue;
        }
        if !ask(conn, may)? {
            return Err(Error::internal(format!(
                "the role {group} is missing and the owner may not make roles: let an administrator run CREATE ROLE {group} NOLOGIN"
            )));
        }
        conn.batch_execute(&format!("CREATE ROLE {group} NOLOGIN"))?;
    }
    Ok(())
}

/// Name of a database role, fit to stand in a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleName(String);

impl FromStr for RoleName {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let first =
            name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let rest = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_$-".contains(&byte));
        if first && rest && name.len() <= 63 {
            return Ok(Self(name.to_owned()));
        }
        Err("must be 1 to 63 letters, digits or one of _ $ -, a letter or _ first")
    }
}

impl RoleName {
    /// Unquoted.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Quoted, as it stands in a statement.
impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// Lets a role into a group. Whether it was not in it before.
pub fn admit(conn: &mut PgConnection, role: &RoleName, group: &str) -> Result<bool> {
    let RoleName(name) = role;
    if !ask(conn, &format!("EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}')"))? {
        return Err(Error::internal(format!("the database knows no role {role}")));
    }
    if ask(conn, &format!("pg_has_role('{name}', '{group}', 'USAGE')"))? {
        return Ok(false);
    }
    conn.batch_execute(&format!("GRANT {group} TO {role}")).map_err(|cause| {
        Error::internal(format!(
            "the owner may not admit {role} ({cause}): let an administrator run GRANT {group} TO {role}"
        ))
    })?;
    Ok(true)
}

/// Whether the role of this connection may work for the service.
pub fn is_admitted(conn: &mut PgConnection) -> Result<bool> {
    let group = format!("SELECT oid FROM pg_roles WHERE rolname = '{RUNTIME_GROUP}'");
    ask(conn, &format!("coalesce(pg_has_role(({group}), 'USAGE'), false)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_name_cannot_leave_its_quotes() {
        assert_eq!("kinstead-1".parse::<RoleName>().unwrap().to_string(), "\"kinstead-1\"");
        for bad in ["", "1a", "a b", "a\"; DROP TABLE areas; --", "a'b", "ж", &"a".repeat(64)] {
            assert!(bad.parse::<RoleName>().is_err(), "{bad}");
        }
    }
}
