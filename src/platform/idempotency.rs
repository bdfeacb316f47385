//! `Idempotency-Key`: a repeated request gets the first answer and has no second effect.
//!
//! The key's row is written in the transaction of the effect: either both are there or neither is.
//! A refused request leaves no row, so that its repetition is judged anew.
use actix_web::{HttpMessage, HttpRequest};
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    db::Tx,
    disclosure::Persons,
    error::{Error, Result},
    journal::Recorded,
    reply::Reply,
    vault::{Class, Seat, sealed},
};
use crate::schema::idempotency_keys as keys;

/// How long an answer is kept.
pub const KEPT: Duration = Duration::days(7);
const MAX_KEY: usize = 255;

/// The digest of a request's body, left by the extractor that read it.
#[derive(Clone, Copy)]
pub struct BodyDigest(pub [u8; 32]);

/// The key that a request names. 400 if it has another form than the contract says.
pub fn key(req: &HttpRequest) -> Result<Option<String>> {
    let Some(header) = req.headers().get("Idempotency-Key") else { return Ok(None) };
    let bare = header
        .to_str()
        .ok()
        .map(|key| key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key));
    let well_formed = bare.filter(|key| {
        (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let malformed = || {
        let detail = "Idempotency-Key must be 1 to 255 visible characters, bare or quoted";
        Error::Malformed("malformed_header", detail.to_owned())
    };
    well_formed.map(|key| Some(key.to_owned())).ok_or_else(malformed)
}

/// A key and what it was sent with.
#[derive(Debug, Clone)]
pub struct Attempt {
    key: String,
    fingerprint: Vec<u8>,
}

impl Attempt {
    /// The attempt that a request makes, if it names a key.
    pub fn of(req: &HttpRequest) -> Result<Option<Self>> {
        let Some(key) = key(req)? else { return Ok(None) };
        let body = req.extensions().get::<BodyDigest>().map_or([0; 32], |digest| digest.0);
        let if_match = req.headers().get("If-Match").map(|tag| tag.as_bytes().to_vec());
        let mut hash = Sha256::new();
        for part in
            [req.method().as_str().as_bytes(), req.path().as_bytes(), &if_match.unwrap_or_default()]
        {
            hash.update(part);
            hash.update([0]);
        }
        hash.update(body);
        Ok(Some(Self { key, fingerprint: hash.finalize().to_vec() }))
    }

    /// Carries out the change once; the second member says whether the answer is an old one.
    pub fn once(
        &self,
        tx: &mut Tx<'_>,
        change: impl Fn(&mut Tx<'_>) -> Result<Recorded<Reply>>,
    ) -> Result<Recorded<(Reply, bool)>> {
        if !self.lock(tx)? {
            return Err(Error::KeyInFlight);
        }
        let kept = keys::table
            .filter(keys::client.eq(tx.actor).and(keys::key.eq(&self.key)))
            .filter(keys::created_at.gt(tx.now - KEPT))
            .select(Kept::as_select())
            .first(tx.conn)
            .optional()?;
        if let Some(kept) = kept {
            return self.replay(tx.actor, kept);
        }
        let reply = change(tx)?;
        let reply = reply.map(|reply| (reply, false));
        self.keep(tx, reply)
    }

    /// Tries to take the key for this transaction; fails at once if another one has it.
    fn lock(&self, tx: &mut Tx<'_>) -> Result<bool> {
        diesel::define_sql_function! { fn pg_try_advisory_xact_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool; }
        let digest =
            Sha256::new().chain_update(tx.actor.as_bytes()).chain_update(&self.key).finalize();
        let mut first = [0; 8];
        first.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        Ok(diesel::select(pg_try_advisory_xact_lock(i64::from_be_bytes(first)))
            .get_result(tx.conn)?)
    }

    fn replay(&self, client: Uuid, kept: Kept) -> Result<Recorded<(Reply, bool)>> {
        if kept.fingerprint != self.fingerprint {
            return Err(Error::KeyReused);
        }
        let status = u16::try_from(kept.status).unwrap_or(200);
        let Kept { etag, location, body, persons, .. } = kept;
        let row = self.row(client);
        let body = sealed::open(Class::Journal, seat(&row), &body).map_err(Error::internal)?;
        let reply = Reply { status, etag, location, body, persons };
        Ok(Recorded::before((reply, true)))
    }

    fn keep(
        &self,
        tx: &mut Tx<'_>,
        reply: Recorded<(Reply, bool)>,
    ) -> Result<Recorded<(Reply, bool)>> {
        let (answer, _) = reply.value();
        let row = self.row(tx.actor);
        let body = tx.seal_bytes(Class::Journal, seat(&row), &answer.body)?;
        let row = (
            keys::client.eq(tx.actor),
            keys::key.eq(&self.key),
            keys::fingerprint.eq(&self.fingerprint),
            keys::created_at.eq(tx.now),
            keys::status.eq(i32::from(answer.status)),
            keys::etag.eq(&answer.etag),
            keys::location.eq(&answer.location),
            keys::body.eq(&body),
            keys::persons.eq(&answer.persons),
        );
        diesel::insert_into(keys::table)
            .values(row)
            .on_conflict((keys::client, keys::key))
            .do_update()
            .set(row)
            .execute(tx.conn)?;
        Ok(reply)
    }

    /// What tells the row of this key from all others.
    fn row(&self, client: Uuid) -> Vec<u8> {
        [client.as_bytes().as_slice(), self.key.as_bytes()].concat()
    }
}

fn seat(row: &[u8]) -> Seat<'_> {
    Seat { table: "idempotency_keys", column: "body", row }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = keys, check_for_backend(diesel::pg::Pg))]
struct Kept {
    fingerprint: Vec<u8>,
    status: i32,
    etag: Option<String>,
    location: Option<String>,
    body: Vec<u8>,
    persons: Persons,
}

/// Removes answers that are no longer kept; says how many.
pub fn sweep(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::delete(keys::table.filter(keys::created_at.le(now - KEPT))).execute(conn)?)
}

/// The client in whose name the platform itself acts.
pub const PLATFORM: Uuid = Uuid::nil();
