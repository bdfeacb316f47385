//! Assertions of clients: whose key signed them, and that each is used once.
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;

use crate::{
    clients::model::{Client, ClientId, ClientKey},
    platform::error::Result,
    schema::{client_keys, clients, used_assertions as used},
};

/// How far the clocks of services may differ before an assertion could be used twice.
const MARGIN: Duration = Duration::minutes(10);

/// What an assertion says of itself before anything of it is believed.
#[derive(Debug, Clone)]
pub struct Presented {
    pub client: ClientId,
    /// The key that it names; it may name none if the client has but one.
    pub kid: Option<String>,
}

/// The key that an assertion must be signed with: of a client that may act, and itself valid.
pub fn live_key(
    conn: &mut PgConnection,
    presented: &Presented,
    now: DateTime<Utc>,
) -> Result<Option<ClientKey>> {
    let client: Option<Client> =
        clients::table.find(presented.client).select(Client::as_select()).first(conn).optional()?;
    if !client.is_some_and(|client| client.acts_at(now)) {
        return Ok(None);
    }
    let keys: Vec<ClientKey> = client_keys::table
        .filter(client_keys::client_id.eq(presented.client))
        .select(ClientKey::as_select())
        .load(conn)?;
    let mut fitting = keys.into_iter().filter(|key| {
        key.holds_at(now) && presented.kid.as_ref().is_none_or(|kid| *kid == key.kid)
    });
    let first = fitting.next();
    Ok(first.filter(|_| fitting.next().is_none()))
}

/// Notes that an assertion was used; false if it was used before, on whatever service.
pub fn spend(conn: &mut PgConnection, hash: &[u8], until: DateTime<Utc>) -> Result<bool> {
    let row = (used::hash.eq(hash), used::expires_at.eq(until));
    let written = diesel::insert_into(used::table).values(row).on_conflict_do_nothing();
    Ok(written.execute(conn)? == 1)
}

/// Removes assertions that have run out by every service's clock; says how many.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::delete(used::table.filter(used::expires_at.lt(now - MARGIN))).execute(conn)?)
}
