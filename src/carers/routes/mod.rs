//! `/v1/carer-families` over HTTP.
mod approvals;
mod families;

use chrono::{DateTime, NaiveDate, Utc};

use super::model::is_plausible;
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
    past.is_past(now)?;
    let days = [("as_of", past.as_of), ("known_at", past.known_at.map(|at| at.date_naive()))];
    for (name, day) in days {
        if day.is_some_and(|day| !is_plausible(day)) {
            return Err(Error::query(name, "out_of_range", "must lie in the years 1900 to 2199"));
        }
    }
    Ok((past.as_of, past.known_at))
}
