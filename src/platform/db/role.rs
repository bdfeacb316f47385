//! The role as which the service works: it must not be able to step over its rights.
use diesel::{PgConnection, RunQueryDsl as _, sql_query};

use crate::platform::error::{Error, Result};

#[derive(diesel::QueryableByName)]
struct Powers {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    superuser: bool,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    owned: i64,
    #[diesel(sql_type = diesel::sql_types::Text)]
    messages: String,
}

/// Refuses a run-time role that could step over its rights: a superuser, one that bypasses
/// row-level security, or one that owns a table. Refuses messages in other languages than English,
/// because lost races are told apart by them.
pub fn check_role(conn: &mut PgConnection) -> Result<()> {
    let powers: Powers = sql_query(
        "SELECT rolsuper OR rolbypassrls AS superuser, \
                (SELECT count(*) FROM pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p')) AS owned, \
                current_setting('lc_messages') AS messages \
         FROM pg_roles r WHERE rolname = current_user",
    )
    .get_result(conn)?;
    if powers.superuser || powers.owned > 0 {
        return Err(Error::internal(
            "the run-time database role must be no superuser and own no table: give DATABASE_URL a \
             role that is only a member of kinstead_app",
        ));
    }
    let english = ["C", "POSIX", "en", ""].iter().any(|known| {
        powers.messages == *known
            || (!known.is_empty() && powers.messages.starts_with(&format!("{known}.")))
    }) || powers.messages.starts_with("en_");
    if english {
        return Ok(());
    }
    Err(Error::internal(
        "the database must speak English to the service: ALTER DATABASE … SET lc_messages = 'C'",
    ))
}
