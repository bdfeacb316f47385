//! Contact over HTTP: plans, restrictions, events.
mod events;
mod plans;
mod restrictions;

use crate::platform::http::Routes;

pub fn routes() -> Routes {
    plans::routes().merge(restrictions::routes()).merge(events::routes())
}
