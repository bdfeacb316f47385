//! Who may know of a child for a time, beyond what its role says.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    children::ChildId,
    platform::{db::Tx, error::Result, reach::beyond},
    schema::child_grants as table,
};

/// Lets the client that asks know of the child until then.
pub fn grant_emergency(tx: &mut Tx<'_>, child: ChildId, until: DateTime<Utc>) -> Result<()> {
    let grant = (
        table::id.eq(Uuid::now_v7()),
        table::child_id.eq(child),
        table::client_id.eq(tx.actor),
        table::ground.eq("emergency"),
        table::valid_from.eq(tx.now),
        table::valid_until.eq(until),
    );
    // Until it is written the client does not know of the child.
    beyond(tx.conn, |conn| Ok(diesel::insert_into(table::table).values(grant).execute(conn)?))?;
    Ok(())
}
