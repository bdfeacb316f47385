//! Queries and changes of clients.
mod actors;
mod assertions;
mod keys;
mod list;

use diesel::prelude::*;

use super::model::{Client, ClientId, ClientPatch, Manager, NewClient, Revocation};
use crate::{
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        version::IfMatch,
    },
    reference::{areas, code_lists, organisations, parameters},
    schema::clients,
};

pub use actors::actors;
pub use assertions::{Presented, live_key, spend, sweep};
pub use keys::{add_key, find_key, list_keys, revoke_key};
pub use list::{ClientFilter, list, total};

/// Every client, by name.
pub fn all(conn: &mut PgConnection) -> Result<Vec<Client>> {
    Ok(clients::table.order(clients::name).select(Client::as_select()).load(conn)?)
}

pub fn find(conn: &mut PgConnection, id: ClientId) -> Result<Client> {
    clients::table.find(id).select(Client::as_select()).first(conn).found::<Client>()
}

/// The client with this name.
pub fn find_by_name(conn: &mut PgConnection, name: &str) -> Result<Client> {
    clients::table
        .filter(clients::name.eq(name))
        .select(Client::as_select())
        .first(conn)
        .found::<Client>()
}

/// Takes the client's row for this transaction.
fn lock(tx: &mut Tx<'_>, id: ClientId) -> Result<Client> {
    let row = clients::table.find(id).for_update().select(Client::as_select());
    row.first(tx.conn).found::<Client>()
}

/// Registers a client.
pub fn register(tx: &mut Tx<'_>, by: &Manager, new: NewClient) -> Result<Recorded<Client>> {
    let client = Client::from(new);
    by.may_give(&client.roles)?;
    check(tx, None, &client)?;
    diesel::insert_into(clients::table).values(&client).execute(tx.conn).map_err(taken)?;
    tx.created("registered", client)
}

/// Changes a client that is still as the caller saw it.
pub fn change(
    tx: &mut Tx<'_>,
    by: &Manager,
    id: ClientId,
    seen: &IfMatch,
    patch: &ClientPatch,
) -> Result<Recorded<Client>> {
    let before = lock(tx, id)?;
    seen.check(&before)?;
    by.other_than(id)?;
    let after = patch.apply(&before);
    by.may_give(&before.roles)?;
    by.may_give(&after.roles)?;
    check(tx, Some(&before), &after)?;
    diesel::update(clients::table.find(id)).set(&after).execute(tx.conn).map_err(taken)?;
    tx.changed("changed", &before, after)
}

/// Ends what a client may do, within seconds on every server.
pub fn revoke(
    tx: &mut Tx<'_>,
    by: &Manager,
    id: ClientId,
    seen: Option<&IfMatch>,
    why: &Revocation,
) -> Result<Recorded<Client>> {
    let before = lock(tx, id)?;
    seen.map_or(Ok(()), |seen| seen.check(&before))?;
    by.other_than(id)?;
    if !before.active {
        return Err(Error::State("the client was revoked already".to_owned()));
    }
    let after = Client {
        active: false,
        revoked_at: Some(tx.now),
        revocation_reason: Some(why.reason.clone()),
        version: before.version + 1,
        ..before.clone()
    };
    diesel::update(clients::table.find(id)).set(&after).execute(tx.conn)?;
    tx.changed("revoked", &before, after)
}

/// Refuses what refers to nothing, a name that is taken, and an end that has passed.
fn check(tx: &mut Tx<'_>, before: Option<&Client>, client: &Client) -> Result<()> {
    client.check()?;
    let new = |old: Option<bool>| !old.unwrap_or_default();
    if let Some(id) = client.organisation_id
        && new(before.map(|before| before.organisation_id == client.organisation_id))
    {
        organisations::store::check(tx.conn, "/organisation_id", id)?;
    }
    for (index, code) in client.area_codes.iter().enumerate() {
        areas::check(tx.conn, &format!("/area_codes/{index}"), code)?;
    }
    if !client.purposes.is_empty() {
        let today = parameters::today(tx.conn, tx.now)?;
        let codes = client.purposes.iter().enumerate();
        let codes: Vec<(&str, String, &str)> = codes
            .map(|(index, code)| ("purpose", format!("/purposes/{index}"), code.as_str()))
            .collect();
        code_lists::check_all(tx.conn, &codes, today)?;
    }
    let ends = client.valid_until.is_some_and(|end| end <= tx.now);
    if ends && new(before.map(|before| before.valid_until == client.valid_until)) {
        return Err(Error::value("/valid_until", "out_of_order", "must lie in the future"));
    }
    refuse_taken(tx, client)
}

fn refuse_taken(tx: &mut Tx<'_>, client: &Client) -> Result<()> {
    let others = clients::table.filter(clients::id.ne(client.id));
    let named = others.filter(clients::name.eq(&client.name));
    if diesel::select(diesel::dsl::exists(named)).get_result(tx.conn)? {
        return Err(Error::State("another client has this name".to_owned()));
    }
    let Some((issuer, subject)) =
        client.external_issuer.as_ref().zip(client.external_subject.as_ref())
    else {
        return Ok(());
    };
    let same = clients::external_issuer.eq(issuer).and(clients::external_subject.eq(subject));
    if diesel::select(diesel::dsl::exists(others.filter(same))).get_result(tx.conn)? {
        return Err(Error::State(
            "another client has this subject of the outside issuer".to_owned(),
        ));
    }
    Ok(())
}

/// What a lost race against another registration hits.
fn taken(error: diesel::result::Error) -> Error {
    use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
    match error {
        DatabaseError(UniqueViolation, _) => {
            Error::State("another client has this name or this subject".to_owned())
        }
        other => other.into(),
    }
}
