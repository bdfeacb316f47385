//! Queries and changes of consumers; how far each is lies beside.
use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::progress;
use crate::{
    clients::ClientId,
    feed::model::{Consumer, ConsumerId, ConsumerPatch, ConsumerState, NewConsumer},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        page::{Page, PageQuery},
        version::IfMatch,
    },
    schema::feed_consumers as table,
};

/// Consumers that a client may have at once.
const MOST: i64 = 50;

/// Who asks: consumers are their client's, and whoever watches over the feed sees all of them.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    pub client: ClientId,
    pub everybody: bool,
    pub now: DateTime<Utc>,
}

impl Asking {
    /// A consumer of theirs, with how far it is.
    pub fn find(self, conn: &mut PgConnection, id: ConsumerId) -> Result<Consumer> {
        let known = table::table.find(id).select((table::id, table::client_id));
        let (id, client): (ConsumerId, ClientId) = known.first(conn).found::<Consumer>()?;
        if !self.everybody && client != self.client {
            return Err(Error::NotFound("consumer"));
        }
        progress::with(conn, &[id], self.now)?.pop().ok_or(Error::NotFound("consumer"))
    }

    /// Consumers of theirs, in the order in which they were registered.
    pub fn list(self, conn: &mut PgConnection, page: &PageQuery) -> Result<Page<Consumer>> {
        let bound = page.bind(&("consumers", self.client, self.everybody));
        let (mut query, limit) = (table::table.into_boxed(), page.limit()?);
        if !self.everybody {
            query = query.filter(table::client_id.eq(self.client));
        }
        if let Some(last) = bound.after::<ConsumerId>()? {
            query = query.filter(table::id.gt(last));
        }
        let rows = query.order(table::id).limit(limit + 1).select(table::id);
        let ids: Vec<ConsumerId> = rows.load(conn)?;
        Ok(bound.page(progress::with(conn, &ids, self.now)?, limit, |consumer| consumer.id))
    }

    fn lock(self, tx: &mut Tx<'_>, id: ConsumerId, seen: &IfMatch) -> Result<Consumer> {
        let row = table::table.find(id).for_update().select(table::id);
        let id: ConsumerId = row.first(tx.conn).found::<Consumer>()?;
        let before = Consumer { progress: None, ..self.find(tx.conn, id)? };
        seen.check(&before)?;
        Ok(before)
    }

    /// Changes a consumer that is still as the caller saw it.
    pub fn change(
        self,
        tx: &mut Tx<'_>,
        id: ConsumerId,
        seen: &IfMatch,
        patch: &ConsumerPatch,
        readable: &[&'static str],
    ) -> Result<Recorded<Consumer>> {
        let before = self.lock(tx, id, seen)?;
        let after = patch.apply(&before)?;
        if patch.kinds.is_some() {
            check(&after.kinds, readable)?;
        }
        self.save(tx, "changed", &before, after)
    }

    /// Ends a consumer: nobody follows the feed by it any more.
    pub fn end(
        self,
        tx: &mut Tx<'_>,
        id: ConsumerId,
        seen: &IfMatch,
    ) -> Result<Recorded<Consumer>> {
        let before = self.lock(tx, id, seen)?;
        let after = before.ended(tx.now)?;
        self.save(tx, "ended", &before, after)
    }

    fn save(
        self,
        tx: &mut Tx<'_>,
        event: &str,
        before: &Consumer,
        after: Consumer,
    ) -> Result<Recorded<Consumer>> {
        diesel::update(table::table.find(after.id)).set(&after).execute(tx.conn)?;
        let saved = tx.changed(event, before, after)?;
        let shown = self.find(tx.conn, before.id)?;
        Ok(saved.map(|_| shown))
    }
}

/// Registers a consumer. It has not begun until it asks for something.
pub fn register(
    tx: &mut Tx<'_>,
    asking: Asking,
    new: NewConsumer,
    readable: &[&'static str],
) -> Result<Recorded<Consumer>> {
    let own = table::client_id.eq(asking.client).and(table::state.eq(ConsumerState::Active));
    if table::table.filter(own).count().get_result::<i64>(tx.conn)? >= MOST {
        return Err(Error::State(format!("the client has {MOST} consumers: end one of them")));
    }
    check(&new.kinds, readable)?;
    let consumer = Consumer {
        id: ConsumerId::generate(),
        client_id: asking.client,
        name: new.name,
        kinds: new.kinds,
        description: new.description,
        state: ConsumerState::Active,
        ended_at: None,
        version: 1,
        progress: None,
    };
    diesel::insert_into(table::table).values(&consumer).execute(tx.conn)?;
    progress::begin(tx.conn, consumer.id)?;
    let made = tx.created("registered", consumer)?;
    let shown = asking.find(tx.conn, made.value().id)?;
    Ok(made.map(|_| shown))
}

/// Refuses kinds of which the caller may keep no copy.
fn check(kinds: &[String], readable: &[&'static str]) -> Result<()> {
    let strange = kinds.iter().position(|kind| !readable.contains(&kind.as_str()));
    strange.map_or(Ok(()), |index| {
        let detail = "is no kind of records that the caller may keep a copy of";
        Err(Error::value(&format!("/kinds/{index}"), "unknown_kind", detail))
    })
}
