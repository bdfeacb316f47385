//! Whether those who keep copies of the registry keep up.
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use kinstead::{
    feed::{self, Consumer, CopyState},
    platform::error::Result,
};

use super::Finding;

/// A copy that is older by so many seconds is worth a warning.
const LATE: i64 = 900;

/// A line about all of them, which names those that lag.
pub fn consumers(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<Finding> {
    let all = feed::following(conn, now)?;
    let late: Vec<String> = all.iter().filter_map(late).collect();
    Ok(if late.is_empty() {
        Finding::Ok(format!("{} follow the feed, none of them far behind", all.len()))
    } else {
        Finding::Warning(format!("{} follow the feed; {}", all.len(), late.join("; ")))
    })
}

fn late(consumer: &Consumer) -> Option<String> {
    let progress = consumer.progress.as_ref()?;
    let why = match (progress.copy, progress.lag_seconds) {
        (CopyState::NotBegun, _) => return None,
        (CopyState::Followed, lag) => {
            format!("is {} s behind", lag.filter(|lag| *lag > LATE)?)
        }
        (CopyState::SetBack | CopyState::Forgotten | CopyState::ReachChanged, _) => {
            "has a copy that has to be made anew".to_owned()
        }
    };
    Some(format!("{} ({}) {why}", consumer.name, consumer.id))
}
