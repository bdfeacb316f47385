//! Every client that may act, as the guards know it.
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    clients::model::Client,
    platform::{actor::Actor, error::Result, id::Id, reach::Place},
    policy::BULK,
    reference::{areas, parameters},
    schema::{client_keys, clients, organisations},
};

/// The parameter that says for how long a facility still reads about a child who has left.
const LODGING_DAYS: &str = "facility_access_days";
/// The parameter that says how many children somebody who works with single ones reads about in an hour.
const TRAWLING: &str = "trawling_children_per_hour";

/// Every client that may act, with its keys and its place in the country.
pub fn actors(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Actor>> {
    let clients: Vec<Client> =
        clients::table.filter(clients::active).select(Client::as_select()).load(conn)?;
    let mut keys = keys(conn)?;
    let homes: HashMap<Uuid, String> = organisations::table
        .filter(
            organisations::id
                .nullable()
                .eq_any(clients::table.filter(clients::active).select(clients::organisation_id)),
        )
        .select((organisations::id, organisations::area_code))
        .load(conn)?
        .into_iter()
        .collect();
    let tree = areas::Tree::load(conn)?;
    let today = parameters::today(conn, now)?;
    let numbers = parameters::store::integers(conn, &[LODGING_DAYS, TRAWLING], today)?;
    let number = |name| numbers.get(name).copied().unwrap_or_default();
    let lodging_days = number(LODGING_DAYS);
    let most_persons = usize::try_from(number(TRAWLING)).unwrap_or_default();
    let actor = |client: Client| {
        let organisation = client.organisation_id.map(Id::untyped);
        let home = organisation.and_then(|id| homes.get(&id));
        let around = home.map(|code| tree.below([code])).unwrap_or_default();
        let whole = tree.is_whole(&around);
        let place = Place {
            client: client.id.untyped(),
            organisation,
            bounds: (!client.area_codes.is_empty()).then(|| tree.below(&client.area_codes)),
            around,
            whole,
            lodging_days,
        };
        let in_bulk = client.roles.iter().any(|role| BULK.contains(&role.as_str()));
        let mut actor = client.into_actor(&place);
        actor.most_persons = (!in_bulk).then_some(most_persons);
        actor.keys = keys.remove(&actor.id).unwrap_or_default();
        actor
    };
    Ok(clients.into_iter().map(actor).collect())
}

type Keys = BTreeMap<Uuid, BTreeMap<Uuid, Option<DateTime<Utc>>>>;

/// The keys of each client that hold.
fn keys(conn: &mut PgConnection) -> Result<Keys> {
    let rows: Vec<(Uuid, Uuid, Option<DateTime<Utc>>)> = client_keys::table
        .filter(client_keys::revoked_at.is_null())
        .select((client_keys::client_id, client_keys::id, client_keys::valid_until))
        .load(conn)?;
    let mut keys = Keys::new();
    for (client, key, until) in rows {
        keys.entry(client).or_default().insert(key, until);
    }
    Ok(keys)
}
