//! Deliveries: made from the feed, tried, listed, forgotten.
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{dsl::count_star, pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use super::find;
use crate::{
    clients::ClientId,
    feed::ChangeEvent,
    platform::{
        error::{Found as _, Result},
        page::{Page, PageQuery},
        send::Sent,
    },
    schema::{webhook_attempts as attempts, webhook_deliveries as table, webhook_endpoints},
    webhooks::model::{
        DeliveryState, WebhookAttempt, WebhookDelivery, WebhookDeliveryDetail, WebhookDeliveryId,
        WebhookEndpointId,
    },
};

/// For how long a delivery is kept after it ended.
const KEPT: TimeDelta = TimeDelta::days(30);
/// Deliveries that are removed in one statement.
const FORGOTTEN: i64 = 10_000;

/// The type of a test, and of the message that a copy cannot go on.
pub const TEST: &str = "webhook.test";
pub const COPY_ENDED: &str = "copy.ended";

/// A delivery that is tried.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
pub struct Due {
    pub id: WebhookDeliveryId,
    pub endpoint_id: WebhookEndpointId,
    pub epoch: Option<Uuid>,
    pub position: Option<i64>,
    pub event: String,
    pub made_at: DateTime<Utc>,
    pub tries: i32,
    pub attempts: i32,
}

#[derive(Insertable)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
struct New<'n> {
    id: WebhookDeliveryId,
    endpoint_id: WebhookEndpointId,
    epoch: Option<Uuid>,
    position: Option<i64>,
    event: &'n str,
    state: DeliveryState,
    tries: i32,
    attempts: i32,
    made_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
}

/// Which deliveries to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookDeliveryFilter {
    /// How it stands with them; repeat it for one of several.
    #[serde(default)]
    #[param(inline, example = json!(["failed"]))]
    pub state: Vec<DeliveryState>,
    /// Type of the message, such as `child.changed`.
    #[param(nullable = false, min_length = 1, max_length = 100, example = "child.changed")]
    pub event: Option<String>,
}

/// The type of the message that tells of an event.
#[must_use]
pub fn event_type(event: &ChangeEvent) -> String {
    format!("{}.{}", event.kind, event.change.as_str())
}

/// Makes a delivery of each of these events; one that is there is sent again if that is asked for.
pub fn add(
    conn: &mut PgConnection,
    endpoint: WebhookEndpointId,
    epoch: Uuid,
    events: &[ChangeEvent],
    (now, again): (DateTime<Utc>, bool),
) -> Result<()> {
    let types: Vec<String> = events.iter().map(event_type).collect();
    let new = events.iter().zip(&types).map(|(event, kind)| New {
        id: WebhookDeliveryId::generate(),
        endpoint_id: endpoint,
        epoch: Some(epoch),
        position: Some(event.position),
        event: kind,
        state: DeliveryState::Pending,
        tries: 0,
        attempts: 0,
        made_at: now,
        due_at: now,
    });
    let new: Vec<New<'_>> = new.collect();
    diesel::insert_into(table::table).values(&new).on_conflict_do_nothing().execute(conn)?;
    if again {
        let places: Vec<i64> = events.iter().map(|event| event.position).collect();
        let there = table::table.filter(table::endpoint_id.eq(endpoint));
        let there = there.filter(table::epoch.eq(epoch).and(table::position.eq_any(places)));
        begin(conn, there.filter(table::state.ne(DeliveryState::Pending)), now)?;
    }
    Ok(())
}

/// Has these tried from the beginning.
fn begin<F>(conn: &mut PgConnection, rows: F, now: DateTime<Utc>) -> Result<usize>
where
    F: diesel::query_builder::IntoUpdateTarget
        + diesel::associations::HasTable<Table = table::table>,
    F::WhereClause: diesel::query_builder::QueryFragment<Pg>,
{
    let set = (
        table::state.eq(DeliveryState::Pending),
        table::tries.eq(0),
        table::due_at.eq(Some(now)),
        table::ended_at.eq(None::<DateTime<Utc>>),
    );
    Ok(diesel::update(rows).set(set).execute(conn)?)
}

/// A message that tells of no event.
pub fn add_other(
    conn: &mut PgConnection,
    endpoint: WebhookEndpointId,
    event: &str,
    now: DateTime<Utc>,
) -> Result<WebhookDelivery> {
    let new = New {
        id: WebhookDeliveryId::generate(),
        endpoint_id: endpoint,
        epoch: None,
        position: None,
        event,
        state: DeliveryState::Pending,
        tries: 0,
        attempts: 0,
        made_at: now,
        due_at: now,
    };
    let made = diesel::insert_into(table::table).values(&new);
    Ok(made.returning(WebhookDelivery::as_returning()).get_result(conn)?)
}

/// What waits for an endpoint.
pub fn waiting(conn: &mut PgConnection, endpoint: WebhookEndpointId) -> Result<i64> {
    let pending = table::table.filter(table::endpoint_id.eq(endpoint));
    let pending = pending.filter(table::state.eq(DeliveryState::Pending));
    Ok(pending.select(count_star()).first(conn)?)
}

/// The delivery that is to be tried next, if one is due.
pub fn next(
    conn: &mut PgConnection,
    endpoint: WebhookEndpointId,
    now: DateTime<Utc>,
) -> Result<Option<Due>> {
    let due = table::table
        .filter(table::endpoint_id.eq(endpoint))
        .filter(table::state.eq(DeliveryState::Pending).and(table::due_at.le(now)))
        .order((table::due_at, table::position.asc().nulls_first(), table::id));
    Ok(due.select(Due::as_select()).first(conn).optional()?)
}

/// How a delivery stands after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It is tried again then.
    Again(DateTime<Utc>),
    /// It is over.
    Ended(DeliveryState),
}

/// Keeps what came of an attempt, and how the delivery stands.
pub fn tried(
    conn: &mut PgConnection,
    delivery: &Due,
    at: DateTime<Utc>,
    sent: &Sent,
    after: After,
) -> Result<()> {
    let number = delivery.attempts + 1;
    let row = (
        attempts::delivery_id.eq(delivery.id),
        attempts::number.eq(number),
        attempts::at.eq(at),
        attempts::outcome.eq(sent.outcome),
        attempts::status.eq(sent.status.map(i32::from)),
        attempts::duration_ms.eq(i32::try_from(sent.took.as_millis()).unwrap_or(i32::MAX)),
    );
    // Somebody else may have tried it meanwhile: then this attempt is told of by it.
    diesel::insert_into(attempts::table).values(row).on_conflict_do_nothing().execute(conn)?;
    let row = table::table.find(delivery.id);
    let tries = (table::tries.eq(delivery.tries + 1), table::attempts.eq(number));
    settle(conn, row, after, at)?;
    diesel::update(row).set(tries).execute(conn)?;
    Ok(())
}

/// Says that a delivery is not made, as the client may not know of it any more.
pub fn withhold(
    conn: &mut PgConnection,
    delivery: WebhookDeliveryId,
    now: DateTime<Utc>,
) -> Result<()> {
    settle(conn, table::table.find(delivery), After::Ended(DeliveryState::Withheld), now)
}

/// Withholds all that waits for an endpoint and is of another history than this.
pub fn withhold_others(
    conn: &mut PgConnection,
    endpoint: WebhookEndpointId,
    epoch: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let others = table::table
        .filter(table::endpoint_id.eq(endpoint))
        .filter(table::state.eq(DeliveryState::Pending).and(table::epoch.ne(epoch)));
    diesel::update(others)
        .set((
            table::state.eq(DeliveryState::Withheld),
            table::due_at.eq(None::<DateTime<Utc>>),
            table::ended_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

fn settle(
    conn: &mut PgConnection,
    row: diesel::dsl::Find<table::table, WebhookDeliveryId>,
    after: After,
    now: DateTime<Utc>,
) -> Result<()> {
    let (state, due, ended) = match after {
        After::Again(due) => (DeliveryState::Pending, Some(due), None),
        After::Ended(state) => (state, None, Some(now)),
    };
    diesel::update(row)
        .set((table::state.eq(state), table::due_at.eq(due), table::ended_at.eq(ended)))
        .execute(conn)?;
    Ok(())
}

/// The deliveries of one endpoint of a client, newest first.
pub fn list(
    conn: &mut PgConnection,
    (client, endpoint): (ClientId, WebhookEndpointId),
    filter: &WebhookDeliveryFilter,
    page: &PageQuery,
) -> Result<Page<WebhookDelivery>> {
    let (bound, limit) = (page.bind(&(endpoint, filter)), page.limit()?);
    find(conn, client, endpoint)?;
    let mut rows = table::table.filter(table::endpoint_id.eq(endpoint)).into_boxed();
    if !filter.state.is_empty() {
        rows = rows.filter(table::state.eq_any(&filter.state));
    }
    if let Some(event) = &filter.event {
        rows = rows.filter(table::event.eq(event));
    }
    if let Some((made_at, id)) = bound.after::<(DateTime<Utc>, WebhookDeliveryId)>()? {
        let older = table::made_at.lt(made_at);
        rows = rows.filter(older.or(table::made_at.eq(made_at).and(table::id.lt(id))));
    }
    let rows = rows.order((table::made_at.desc(), table::id.desc())).limit(limit + 1);
    let rows = rows.select(WebhookDelivery::as_select()).load(conn)?;
    Ok(bound.page(rows, limit, |row| (row.made_at, row.id)))
}

/// A delivery to an endpoint of a client, with its attempts.
pub fn read(
    conn: &mut PgConnection,
    client: ClientId,
    id: WebhookDeliveryId,
) -> Result<WebhookDeliveryDetail> {
    let delivery = of_client(conn, client, id)?;
    let attempts = attempts::table
        .filter(attempts::delivery_id.eq(id))
        .order(attempts::number)
        .select(WebhookAttempt::as_select())
        .load(conn)?;
    Ok(WebhookDeliveryDetail { delivery, attempts })
}

pub(super) fn of_client(
    conn: &mut PgConnection,
    client: ClientId,
    id: WebhookDeliveryId,
) -> Result<WebhookDelivery> {
    table::table
        .find(id)
        .inner_join(webhook_endpoints::table)
        .filter(webhook_endpoints::client_id.eq(client))
        .select(WebhookDelivery::as_select())
        .first(conn)
        .found::<WebhookDelivery>()
}

/// Has a delivery that has ended tried again from the beginning; one that waits, at once.
pub(super) fn again(
    conn: &mut PgConnection,
    id: WebhookDeliveryId,
    now: DateTime<Utc>,
) -> Result<()> {
    begin(conn, table::table.find(id), now).map(drop)
}

/// Removes deliveries that ended long ago; says how many.
pub fn forget(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<usize> {
    let old = table::table.filter(table::ended_at.lt(now - KEPT)).select(table::id);
    let old: Vec<WebhookDeliveryId> = old.limit(FORGOTTEN).load(conn)?;
    Ok(diesel::delete(table::table.filter(table::id.eq_any(old))).execute(conn)?)
}
