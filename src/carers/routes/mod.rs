//! `/v1/carer-families` over HTTP.
mod approvals;
mod families;
mod reviews;

use chrono::{DateTime, NaiveDate, Utc};

use crate::platform::{error::Result, http::Routes, time::AsOf};

pub fn routes() -> Routes {
    families::routes().merge(approvals::routes()).merge(reviews::routes())
}

/// The day and the instant of a look into the past, refused if they cannot be.
fn look(past: AsOf, now: DateTime<Utc>) -> Result<(Option<NaiveDate>, Option<DateTime<Utc>>)> {
    past.is_past(now)?;
    Ok((past.as_of, past.known_at))
}
