//! Incidents and complaints over HTTP.
mod about_facilities;
mod complaints;
mod facilities;
mod incidents;

use crate::platform::http::Routes;

pub fn routes() -> Routes {
    incidents::routes()
        .merge(complaints::routes())
        .merge(facilities::routes())
        .merge(about_facilities::routes())
}
