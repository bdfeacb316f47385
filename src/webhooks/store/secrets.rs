//! Secrets of endpoints: sealed, the newest and those before it for a while.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    platform::{
        db::Tx,
        error::{Error, Result},
        vault::{Class, Place as _, sealed::open_json},
    },
    reference::parameters,
    schema::webhook_secrets as table,
    sealed_columns,
    webhooks::model::{Signer, WebhookEndpointId},
};

sealed_columns!(webhook_secrets: Sealed { secret, signing_key });

/// The parameter that says for how many hours a secret signs beside the one that took its place.
const OVERLAP: &str = "webhook_secret_overlap_hours";

pub(super) fn add(tx: &mut Tx<'_>, endpoint: WebhookEndpointId, signer: &Signer) -> Result<()> {
    let id = Uuid::now_v7();
    let (secret, key) = signer.to_keep();
    let row = (
        table::id.eq(id),
        table::endpoint_id.eq(endpoint),
        table::secret.eq(tx.seal(table::secret, id, &secret)?),
        table::signing_key.eq(tx.seal(table::signing_key, id, &key)?),
        table::made_at.eq(tx.now),
    );
    diesel::insert_into(table::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Gives the newest secret an end.
pub(super) fn retire(tx: &mut Tx<'_>, endpoint: WebhookEndpointId) -> Result<()> {
    let today = parameters::today(tx.conn, tx.now)?;
    let hours = parameters::store::integers(tx.conn, &[OVERLAP], today)?;
    let hours = hours.get(OVERLAP).copied().unwrap_or_default();
    let newest = table::table.filter(table::endpoint_id.eq(endpoint));
    diesel::update(newest.filter(table::valid_until.is_null()))
        .set(table::valid_until.eq(tx.now + TimeDelta::hours(i64::from(hours))))
        .execute(tx.conn)?;
    Ok(())
}

/// What signs the messages to an endpoint at that moment, the newest first.
pub fn signers(
    conn: &mut PgConnection,
    endpoint: WebhookEndpointId,
    now: DateTime<Utc>,
) -> Result<Vec<Signer>> {
    let rows: Vec<(Uuid, Vec<u8>, Vec<u8>)> = table::table
        .filter(table::endpoint_id.eq(endpoint))
        .filter(table::valid_until.is_null().or(table::valid_until.gt(now)))
        .order(table::id.desc())
        .select((table::id, table::secret, table::signing_key))
        .load(conn)?;
    let open = |(id, secret, key): (Uuid, Vec<u8>, Vec<u8>)| {
        let secret: String =
            open_json(Class::Sealed, table::secret::seat(&id), &secret).map_err(Error::internal)?;
        let key: String = open_json(Class::Sealed, table::signing_key::seat(&id), &key)
            .map_err(Error::internal)?;
        Signer::kept(&secret, &key).ok_or_else(|| Error::internal("a kept secret is none"))
    };
    rows.into_iter().map(open).collect()
}
