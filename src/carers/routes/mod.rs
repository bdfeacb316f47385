//! `/v1/carer-families` over HTTP.
mod approvals;
mod families;

use chrono::{DateTime, NaiveDate, Utc};

use super::model::plausible;
use crate::platform::{
    error::{Error, Result},
    http::Routes,
    time::AsOf,
};

pub fn routes() -> Routes {
    families::routes().merge(approvals::routes())
}

/// The day and the instant of a look into the past, refused if they cannot be.
fn look(past: AsOf, now: DateTime<Utc>) -> Result<(Option<NaiveDate>, Option<DateTime<Utc>>)> {
    let detail = "must lie in the years 1900 to 2199";
    let wrong = |name| move |_| Error::query(name, "out_of_range", detail);
    if let Some(day) = past.as_of {
        plausible("", day).map_err(wrong("as_of"))?;
    }
    if let Some(at) = past.known_at {
        plausible("", at.date_naive()).map_err(wrong("known_at"))?;
        if at > now {
            return Err(Error::query("known_at", "future", "must not lie in the future"));
        }
    }
    Ok((past.as_of, past.known_at))
}
