//! How far each consumer is, by what it asked for: not part of the record, and in no journal.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    connection::SimpleConnection as _,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use crate::{
    clients::ClientId,
    feed::{
        kinds,
        model::{Consumer, ConsumerId, ConsumerProgress, ConsumerState, CopyState, Cursor},
    },
    platform::{
        error::{Error, Result},
        reach::beyond,
    },
    schema::{clients, feed_consumers, feed_progress as table},
};

/// How often it is kept where a consumer is that is far behind, and when one asked that does not move.
const MOVING: TimeDelta = TimeDelta::seconds(1);
const RESTING: TimeDelta = TimeDelta::seconds(10);

/// Places in which the changes that a consumer has not applied are counted by their kinds.
const COUNTED: i64 = 10_000;

/// Consumers with how far they are. Of the feed it counts and dates rows, and tells of none.
const STANDING: &str = "
SELECT c.id, c.client_id, c.name, c.kinds, c.description, c.state, c.ended_at, c.version,
       p.epoch, p.position, p.seen_at, p.turned_away, s.epoch AS present, s.head, s.tail, t.events, t.oldest
FROM feed_consumers c
JOIN feed_progress p ON p.consumer_id = c.id
CROSS JOIN feed_state s
LEFT JOIN LATERAL (
    SELECT count(*) + greatest(s.head - p.position - $2, 0) AS events,
           coalesce(min(f.recorded_at),
                    (SELECT l.recorded_at FROM feed l WHERE l.position = p.position + $2 + 1)) AS oldest
    FROM feed f
    WHERE f.position > p.position AND f.position <= p.position + $2
      AND f.kind = ANY (CASE WHEN c.kinds = '{}' THEN $3 ELSE c.kinds END)
) t ON c.state = 'active' AND p.epoch = s.epoch AND p.position >= s.tail AND NOT p.turned_away
WHERE c.id = ANY ($1)
ORDER BY c.id";

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = SqlUuid)]
    id: ConsumerId,
    #[diesel(sql_type = SqlUuid)]
    client_id: ClientId,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Array<Text>)]
    kinds: Vec<String>,
    #[diesel(sql_type = Nullable<Text>)]
    description: Option<String>,
    #[diesel(sql_type = Text)]
    state: ConsumerState,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    version: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    epoch: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    position: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    seen_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    turned_away: bool,
    #[diesel(sql_type = SqlUuid)]
    present: Uuid,
    #[diesel(sql_type = BigInt)]
    head: i64,
    #[diesel(sql_type = BigInt)]
    tail: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    events: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    oldest: Option<DateTime<Utc>>,
}

impl Standing {
    fn copy(&self) -> CopyState {
        match (self.epoch, self.position) {
            (None, _) | (_, None) => CopyState::NotBegun,
            (Some(epoch), _) if epoch != self.present => CopyState::SetBack,
            (_, Some(position)) if position < self.tail => CopyState::Forgotten,
            _ if self.turned_away => CopyState::ReachChanged,
            _ => CopyState::Followed,
        }
    }

    fn consumer(self, now: DateTime<Utc>) -> Consumer {
        let age = |oldest: DateTime<Utc>| now.signed_duration_since(oldest).num_seconds().max(0);
        let progress = ConsumerProgress {
            copy: self.copy(),
            position: self.position,
            head: self.head,
            lag_events: self.events,
            lag_seconds: self.events.map(|_| self.oldest.map_or(0, age)),
            last_seen_at: self.seen_at,
        };
        Consumer {
            id: self.id,
            client_id: self.client_id,
            name: self.name,
            kinds: self.kinds,
            description: self.description,
            state: self.state,
            ended_at: self.ended_at,
            version: self.version,
            progress: Some(progress),
        }
    }
}

/// These consumers, in the order of their ids, with how far each is.
pub fn with(
    conn: &mut PgConnection,
    ids: &[ConsumerId],
    now: DateTime<Utc>,
) -> Result<Vec<Consumer>> {
    let query = sql_query(STANDING)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<BigInt, _>(COUNTED)
        .bind::<Array<Text>, _>(kinds::names());
    let rows: Vec<Standing> = beyond(conn, |conn| Ok(query.load(conn)?))?;
    Ok(rows.into_iter().map(|row| row.consumer(now)).collect())
}

/// All consumers that follow the feed, of clients that may act. For the registry's own work.
pub fn following(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Consumer>> {
    let active = feed_consumers::state.eq(ConsumerState::Active);
    let acting = clients::active.and(clients::revoked_at.is_null());
    let ids = feed_consumers::table.inner_join(clients::table).filter(active.and(acting));
    let ids: Vec<ConsumerId> = ids.select(feed_consumers::id).load(conn)?;
    with(conn, &ids, now)
}

/// Where a consumer is, as a request of its client needs to know it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
pub struct Follower {
    #[diesel(column_name = consumer_id)]
    pub id: ConsumerId,
    epoch: Option<Uuid>,
    position: Option<i64>,
    scope: Option<String>,
    seen_at: Option<DateTime<Utc>>,
    turned_away: bool,
}

impl Follower {
    /// Where it goes on, if it does not say.
    #[must_use]
    pub fn cursor(&self) -> Option<Cursor> {
        let (epoch, position) = (self.epoch?, self.position?);
        Some(Cursor { epoch, position, scope: self.scope.clone()? })
    }

    /// Whether it is to be kept now that it asks from this place, after which a page tells all that there is,
    /// or not. Whoever reads very fast does not write as fast.
    #[must_use]
    pub fn is_due(&self, from: &Cursor, told_all: bool, now: DateTime<Utc>) -> bool {
        let rested = |pause| self.seen_at.is_none_or(|seen| now >= seen + pause);
        let moved = self.cursor().is_none_or(|known| {
            (known.epoch, &known.scope) != (from.epoch, &from.scope)
                || known.position < from.position
        });
        self.turned_away || moved && (told_all || rested(MOVING)) || rested(RESTING)
    }
}

/// A consumer of this client that follows the feed, with the kinds that it follows.
pub fn follower(
    conn: &mut PgConnection,
    client: ClientId,
    id: ConsumerId,
) -> Result<(Follower, Vec<String>)> {
    let own = table::table.inner_join(feed_consumers::table).filter(table::consumer_id.eq(id));
    let own = own.filter(feed_consumers::client_id.eq(client));
    let row = (Follower::as_select(), feed_consumers::kinds, feed_consumers::state);
    let found: Option<(Follower, Vec<String>, ConsumerState)> =
        own.select(row).first(conn).optional()?;
    match found {
        Some((follower, kinds, ConsumerState::Active)) => Ok((follower, kinds)),
        Some((.., ConsumerState::Ended)) => {
            Err(Error::query("consumer", "ended", "the consumer has ended: register another one"))
        }
        None => Err(Error::query("consumer", "unknown_consumer", "is no consumer of the caller's")),
    }
}

/// It has not asked for anything yet.
pub(super) fn begin(conn: &mut PgConnection, id: ConsumerId) -> Result<()> {
    let row = (table::consumer_id.eq(id), table::turned_away.eq(false));
    diesel::insert_into(table::table).values(row).execute(conn)?;
    Ok(())
}

/// Who is at it does not wait for anybody else who is, nor for the disk: what is lost of it is said again.
const KEEP: &str = "
UPDATE feed_progress SET
    position = CASE WHEN epoch = $2 AND scope = $4 THEN greatest(position, $3) ELSE $3 END,
    epoch = $2, scope = $4, seen_at = greatest(seen_at, $5), turned_away = false
WHERE consumer_id = (SELECT consumer_id FROM feed_progress WHERE consumer_id = $1 FOR UPDATE SKIP LOCKED)";

/// Keeps that a consumer asked from this place: it has applied everything up to there. An older page that is
/// asked for once more takes nothing back; another history, and another reach, are another copy.
pub fn keep(
    conn: &mut PgConnection,
    id: ConsumerId,
    from: &Cursor,
    now: DateTime<Utc>,
) -> Result<()> {
    conn.batch_execute("SET LOCAL synchronous_commit = off")?;
    let query = sql_query(KEEP)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(from.epoch)
        .bind::<BigInt, _>(from.position)
        .bind::<Text, _>(&from.scope)
        .bind::<Timestamptz, _>(now);
    query.execute(conn)?;
    Ok(())
}

/// Keeps that a consumer was told that its copy cannot go on, as its client's reach is another one.
pub fn turn_away(conn: &mut PgConnection, id: ConsumerId) -> Result<()> {
    let row = table::table.find(id).filter(table::turned_away.eq(false));
    diesel::update(row).set(table::turned_away.eq(true)).execute(conn)?;
    Ok(())
}
