//! Queries and changes of the keys of clients.
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::{find, lock};
use crate::{
    clients::model::{ClientId, ClientKey, ClientKeyId, Manager, NewClientKey, Revocation},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::{self, Recorded},
        page::{Page, PageQuery},
        time::KnownAt,
        version::IfMatch,
    },
    schema::client_keys as table,
};

/// Keys that a client may have at a time: enough for a rotation on several machines.
const MOST: i64 = 10;

/// The keys of a client, in the order in which they were added. A client has few: they are cut into
/// pages here.
pub fn list_keys(
    conn: &mut PgConnection,
    client: ClientId,
    when: KnownAt,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<ClientKey>> {
    let (bound, limit) = (page.bind(&(client, when.known_at)), page.limit()?);
    let instant = when.instant(now)?;
    find(conn, client)?;
    let rows: Vec<ClientKey> = match instant {
        Some(at) => journal::known_under(conn, client.untyped(), at)?,
        None => table::table
            .filter(table::client_id.eq(client))
            .order(table::id)
            .select(ClientKey::as_select())
            .load(conn)?,
    };
    bound.cut(rows, limit, |key| key.id, |_| true)
}

pub fn find_key(conn: &mut PgConnection, client: ClientId, id: ClientKeyId) -> Result<ClientKey> {
    let key = table::table.find(id).filter(table::client_id.eq(client));
    key.select(ClientKey::as_select()).first(conn).found::<ClientKey>()
}

/// Adds a key to a client that may act; the older ones stay valid, so that nothing stops while the
/// client changes over.
pub fn add_key(
    tx: &mut Tx<'_>,
    by: &Manager,
    client: ClientId,
    new: &NewClientKey,
) -> Result<Recorded<ClientKey>> {
    let holder = lock(tx, client)?;
    by.other_than(client)?;
    by.may_give(&holder.roles)?;
    if !holder.active {
        return Err(Error::State("the client was revoked".to_owned()));
    }
    let jwk = new.jwk.check("/jwk")?;
    let valid_from = new.valid_from.unwrap_or(tx.now);
    if new.valid_until.is_some_and(|end| end <= valid_from || end <= tx.now) {
        let detail = "must be after valid_from, and lie in the future";
        return Err(Error::value("/valid_until", "out_of_order", detail));
    }
    let kept = table::table.filter(table::client_id.eq(client)).filter(table::revoked_at.is_null());
    let kept = kept.filter(table::valid_until.is_null().or(table::valid_until.gt(tx.now)));
    if kept.count().get_result::<i64>(tx.conn)? >= MOST {
        let detail = format!("the client has {MOST} keys: revoke those that it does not use");
        return Err(Error::State(detail));
    }
    let key = ClientKey {
        id: ClientKeyId::generate(),
        client_id: client,
        kid: jwk.kid.clone(),
        algorithm: jwk.alg,
        jwk,
        valid_from,
        valid_until: new.valid_until,
        revoked_at: None,
        revocation_reason: None,
        version: 1,
    };
    let written = diesel::insert_into(table::table).values(&key).on_conflict(table::kid);
    if written.do_nothing().execute(tx.conn)? == 0 {
        let detail = "this key was added before, here or to another client: make a new one";
        return Err(Error::State(detail.to_owned()));
    }
    tx.created("added", key)
}

/// Ends what a key may sign, and the tokens that it was used for.
pub fn revoke_key(
    tx: &mut Tx<'_>,
    by: &Manager,
    (client, id): (ClientId, ClientKeyId),
    seen: Option<&IfMatch>,
    why: &Revocation,
) -> Result<Recorded<ClientKey>> {
    lock(tx, client)?;
    let before = find_key(tx.conn, client, id)?;
    seen.map_or(Ok(()), |seen| seen.check(&before))?;
    by.other_than(client)?;
    if before.revoked_at.is_some() {
        return Err(Error::State("the key was revoked already".to_owned()));
    }
    let after = ClientKey {
        revoked_at: Some(tx.now),
        revocation_reason: Some(why.reason.clone()),
        version: before.version + 1,
        ..before.clone()
    };
    diesel::update(table::table.find(id))
        .set((
            table::revoked_at.eq(after.revoked_at),
            table::revocation_reason.eq(&after.revocation_reason),
            table::version.eq(after.version),
        ))
        .execute(tx.conn)?;
    tx.changed("revoked", &before, after)
}
