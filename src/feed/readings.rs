//! What the operator is told of consumers: how far each lags, by its id alone.
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    model::{Consumer, CopyState},
    store::progress,
};
use crate::platform::{error::Result, readings::Gauge};

/// How far each consumer lags that follows the feed now; of those that have not begun, nothing.
pub fn readings(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Gauge>> {
    let consumers = progress::following(conn, now)?;
    let gauge = |name, help, read: &dyn Fn(&Consumer) -> Option<i64>| {
        let rows = consumers.iter().filter_map(|it| Some((it.id.to_string(), read(it)?)));
        Gauge { name, help, label: "consumer", rows: rows.collect() }
    };
    let lag_events = |it: &Consumer| it.progress.as_ref()?.lag_events;
    let lag_seconds = |it: &Consumer| it.progress.as_ref()?.lag_seconds;
    let ended = |it: &Consumer| match it.progress.as_ref()?.copy {
        CopyState::NotBegun => None,
        CopyState::Followed => Some(0),
        CopyState::SetBack | CopyState::Forgotten | CopyState::ReachChanged => Some(1),
    };
    Ok(vec![
        gauge("feed_consumer_lag_seconds", "Age of the oldest change not applied.", &lag_seconds),
        gauge("feed_consumer_lag_events", "Changes not applied.", &lag_events),
        gauge("feed_consumer_copy_ended", "Whether the copy has to be made anew.", &ended),
    ])
}
