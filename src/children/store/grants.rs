//! Who is responsible for a child, and who may know of it for a time beyond that. Whoever changes either
//! holds the child's lock.
use chrono::{DateTime, Utc};
use diesel::{dsl::sql, prelude::*, sql_types};
use uuid::Uuid;

use crate::{
    children::{Child, ChildId},
    platform::{db::Tx, error::Result, journal::Recorded, prepared, reach::beyond},
    reference::organisations::OrganisationId,
    schema::{
        child_grants,
        children::{self, dsl},
    },
};

diesel::define_sql_function! {
    /// Whether the caller is answerable for a child by its role.
    fn answerable_for(child: sql_types::Uuid) -> sql_types::Bool;
}

/// Whether the caller is answerable for the child by its role, and does not know of it by a grant alone.
pub fn is_answerable(conn: &mut PgConnection, id: ChildId) -> Result<bool> {
    Ok(diesel::select(answerable_for(id.untyped())).get_result(conn)?)
}

/// Makes another organisation responsible for a locked child.
pub fn hand_over(tx: &mut Tx<'_>, before: &Child, to: OrganisationId) -> Result<Recorded<Child>> {
    let mut after = before.clone();
    after.organisation_id = Some(to);
    after.version = before.version + 1;
    prepared::update(children::table.find(after.id))
        .set((&after, dsl::modified_at.eq(tx.now)))
        .execute(tx.conn)?;
    tx.changed("transferred", before, after)
}

/// Lets an organisation know of a child, from now on until then.
pub fn grant(
    tx: &mut Tx<'_>,
    id: Uuid,
    child: ChildId,
    organisation: OrganisationId,
    until: DateTime<Utc>,
) -> Result<()> {
    let row = (
        child_grants::id.eq(id),
        child_grants::child_id.eq(child),
        child_grants::organisation_id.eq(organisation),
        child_grants::ground.eq("transfer"),
        child_grants::valid_from.eq(tx.now),
        child_grants::valid_until.eq(until),
    );
    diesel::insert_into(child_grants::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Lets the client that asks know of the child until then.
pub fn grant_emergency(tx: &mut Tx<'_>, child: ChildId, until: DateTime<Utc>) -> Result<()> {
    let row = (
        child_grants::id.eq(Uuid::now_v7()),
        child_grants::child_id.eq(child),
        child_grants::client_id.eq(tx.actor),
        child_grants::ground.eq("emergency"),
        child_grants::valid_from.eq(tx.now),
        child_grants::valid_until.eq(until),
    );
    let query = diesel::insert_into(child_grants::table).values(row);
    // Until it is written the client does not know of the child.
    beyond(tx.conn, |conn| Ok(query.execute(conn)?))?;
    Ok(())
}

/// Lets a grant last until it is ended.
pub fn extend_grant(tx: &mut Tx<'_>, id: Uuid) -> Result<()> {
    let for_ever = sql::<sql_types::Timestamptz>("'infinity'::timestamptz");
    prepared::update(child_grants::table.find(id))
        .set(child_grants::valid_until.eq(for_ever))
        .execute(tx.conn)?;
    Ok(())
}

/// Ends a grant now, unless it has ended.
pub fn end_grant(tx: &mut Tx<'_>, id: Uuid) -> Result<()> {
    // A service whose clock goes before that of another one ends it no earlier than it began.
    let now = sql::<sql_types::Timestamptz>("GREATEST(valid_from, LEAST(valid_until, ")
        .bind::<sql_types::Timestamptz, _>(tx.now)
        .sql("))");
    prepared::update(child_grants::table.find(id))
        .set(child_grants::valid_until.eq(now))
        .execute(tx.conn)?;
    Ok(())
}
