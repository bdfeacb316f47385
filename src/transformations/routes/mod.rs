//! The transformation of institutions over HTTP: plans of facilities, plans of children.
mod plans;
mod simulation;
mod transitions;

use crate::platform::http::Routes;

pub fn routes() -> Routes {
    plans::routes().merge(transitions::routes()).merge(simulation::routes())
}
