//! Queries and changes of clients.
use diesel::prelude::*;

use super::model::{Client, ClientId, NewClient};
use crate::{
    platform::{
        actor::Actor,
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
    },
    policy::POLICY,
    schema::clients,
};

/// Every client that may act, as the guards know it.
pub fn actors(conn: &mut PgConnection) -> Result<Vec<Actor>> {
    let clients: Vec<Client> =
        clients::table.filter(clients::active).select(Client::as_select()).load(conn)?;
    Ok(clients.into_iter().map(Actor::from).collect())
}

/// The client with this name.
pub fn find_by_name(conn: &mut PgConnection, name: &str) -> Result<Client> {
    clients::table
        .filter(clients::name.eq(name))
        .select(Client::as_select())
        .first(conn)
        .found::<Client>()
}

/// Registers a client. Its roles must be known: an unknown one would silently grant nothing.
pub fn register(tx: &mut Tx<'_>, new: &NewClient) -> Result<Recorded<Client>> {
    if let Some(unknown) =
        new.roles.iter().find(|role| !POLICY.iter().any(|(known, _)| known == role))
    {
        return Err(Error::value("/roles", "unknown_role", &format!("there is no role {unknown}")));
    }
    let client = Client {
        id: ClientId::generate(),
        name: new.name.clone(),
        organisation_id: new.organisation_id,
        roles: new.roles.clone(),
        active: true,
        valid_until: None,
        version: 1,
    };
    diesel::insert_into(clients::table).values(&client).execute(tx.conn)?;
    tx.created("registered", client)
}

/// Ends what a client may do, within seconds on every server.
pub fn revoke(tx: &mut Tx<'_>, id: ClientId) -> Result<Recorded<Client>> {
    let before: Client = clients::table
        .find(id)
        .for_update()
        .select(Client::as_select())
        .first(tx.conn)
        .found::<Client>()?;
    let after: Client = diesel::update(clients::table.find(id))
        .set((clients::active.eq(false), clients::version.eq(clients::version + 1)))
        .returning(Client::as_returning())
        .get_result(tx.conn)?;
    tx.changed("revoked", &before, after)
}
