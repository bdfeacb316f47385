//! Incidents and complaints over HTTP.
mod complaints;
mod facilities;
mod incidents;

use crate::platform::http::Routes;

pub fn routes() -> Routes {
    incidents::routes().merge(complaints::routes()).merge(facilities::routes())
}
