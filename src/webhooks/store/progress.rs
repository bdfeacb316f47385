//! How far each endpoint followed the feed, and who is at it: not part of the record, and in no journal.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::{
    feed::Cursor, platform::error::Result, schema::webhook_progress as table,
    webhooks::model::WebhookEndpointId,
};

/// For how long an endpoint is one service's, if that is not lengthened: longer than an attempt may take.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// Endpoints that something is to be done for, and that nobody is at: whoever had its turn longest ago first.
const READY: &str = "
SELECT p.endpoint_id AS id
FROM webhook_progress p JOIN webhook_endpoints e ON e.id = p.endpoint_id CROSS JOIN feed_state f
WHERE e.state = 'active'
  AND (p.held_until IS NULL OR p.held_until <= $1)
  AND (p.taken_until IS NULL OR p.taken_until <= $1)
  AND (p.replay_to IS NOT NULL
       OR p.epoch <> f.epoch OR p.position < f.head
       OR EXISTS (SELECT FROM webhook_deliveries d
                  WHERE d.endpoint_id = p.endpoint_id AND d.state = 'pending' AND d.due_at <= $1))
ORDER BY p.turned_at NULLS FIRST, p.endpoint_id
LIMIT $2";

/// How far an endpoint is.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
pub struct Progress {
    pub epoch: Uuid,
    pub position: i64,
    pub scope: String,
    pub replay_after: Option<i64>,
    pub replay_to: Option<i64>,
}

impl Progress {
    /// Where it goes on, from this place.
    #[must_use]
    pub fn cursor(&self, position: i64) -> Cursor {
        Cursor { epoch: self.epoch, position, scope: self.scope.clone() }
    }
}

#[derive(QueryableByName)]
struct Ready {
    #[diesel(sql_type = SqlUuid)]
    id: WebhookEndpointId,
}

/// Begins at that place.
pub(super) fn begin(
    conn: &mut PgConnection,
    endpoint: WebhookEndpointId,
    at: &Cursor,
) -> Result<()> {
    let row = (
        table::endpoint_id.eq(endpoint),
        table::epoch.eq(at.epoch),
        table::position.eq(at.position),
        table::scope.eq(&at.scope),
    );
    diesel::insert_into(table::table).values(row).execute(conn)?;
    Ok(())
}

/// Goes on from another place, in another history or with another reach; what was to be told once more of the
/// history before is not.
pub fn begin_anew(conn: &mut PgConnection, id: WebhookEndpointId, at: &Cursor) -> Result<()> {
    let none = None::<i64>;
    diesel::update(table::table.find(id))
        .set((
            table::epoch.eq(at.epoch),
            table::position.eq(at.position),
            table::scope.eq(&at.scope),
            (table::replay_after.eq(none), table::replay_to.eq(none)),
        ))
        .execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut PgConnection, id: WebhookEndpointId) -> Result<Progress> {
    Ok(table::table.find(id).select(Progress::as_select()).first(conn)?)
}

/// Endpoints that something is to be done for, in the order of their turns.
pub fn ready(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<WebhookEndpointId>> {
    let query = sql_query(READY).bind::<Timestamptz, _>(now).bind::<BigInt, _>(most);
    Ok(query.load::<Ready>(conn)?.into_iter().map(|ready| ready.id).collect())
}

/// Takes an endpoint, or keeps it for longer; false if somebody else is at it.
pub fn take(
    conn: &mut PgConnection,
    id: WebhookEndpointId,
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<bool> {
    let free = table::taken_until.is_null().or(table::taken_until.le(now));
    let row = table::table.find(id).filter(free.or(table::taken_by.eq(by)));
    let taken = diesel::update(row)
        .set((table::taken_by.eq(by), table::taken_until.eq(now + LEASE), table::turned_at.eq(now)))
        .execute(conn)?;
    Ok(taken == 1)
}

/// Leaves an endpoint to whoever comes next.
pub fn leave(conn: &mut PgConnection, id: WebhookEndpointId, by: Uuid) -> Result<()> {
    diesel::update(table::table.find(id).filter(table::taken_by.eq(by)))
        .set((table::taken_by.eq(None::<Uuid>), table::taken_until.eq(None::<DateTime<Utc>>)))
        .execute(conn)?;
    Ok(())
}

/// Nothing is sent to an endpoint before that moment.
pub fn hold(conn: &mut PgConnection, id: WebhookEndpointId, until: DateTime<Utc>) -> Result<()> {
    let row = table::table.find(id);
    diesel::update(row).set(table::held_until.eq(until)).execute(conn)?;
    Ok(())
}

/// Whatever held it.
pub(super) fn free(conn: &mut PgConnection, id: WebhookEndpointId) -> Result<()> {
    let row = table::table.find(id);
    diesel::update(row).set(table::held_until.eq(None::<DateTime<Utc>>)).execute(conn)?;
    Ok(())
}

/// It followed from one place to another; false if it was elsewhere.
pub fn advance(
    conn: &mut PgConnection,
    id: WebhookEndpointId,
    from: &Progress,
    to: i64,
) -> Result<bool> {
    let row = table::table.find(id).filter(table::position.eq(from.position));
    let row = row.filter(table::epoch.eq(from.epoch));
    Ok(diesel::update(row).set(table::position.eq(to)).execute(conn)? == 1)
}

/// So far was told once more; there is no more to do if that is all.
pub fn replayed(conn: &mut PgConnection, id: WebhookEndpointId, to: i64) -> Result<()> {
    diesel::update(table::table.find(id)).set(table::replay_after.eq(to)).execute(conn)?;
    let done = table::table.find(id).filter(table::replay_after.ge(table::replay_to));
    let none = None::<i64>;
    diesel::update(done)
        .set((table::replay_after.eq(none), table::replay_to.eq(none)))
        .execute(conn)?;
    Ok(())
}

/// These places are to be told once more; false if others still are.
pub(super) fn replay(
    conn: &mut PgConnection,
    id: WebhookEndpointId,
    after: i64,
    to: i64,
) -> Result<bool> {
    let row = table::table.find(id).filter(table::replay_to.is_null());
    let set = diesel::update(row).set((table::replay_after.eq(after), table::replay_to.eq(to)));
    Ok(set.execute(conn)? == 1)
}
