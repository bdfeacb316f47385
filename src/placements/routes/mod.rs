//! `/v1/placements`, `/v1/care-periods` and what hangs on them over HTTP.
mod absences;
mod periods;
mod placements;
mod preview;

use crate::platform::http::Routes;

pub fn routes() -> Routes {
    placements::routes().merge(periods::routes()).merge(absences::routes()).merge(preview::routes())
}
