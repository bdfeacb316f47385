//! `/v1/clients`, the token endpoint and what is published about it.
mod clients;
mod keys;
mod oauth;
mod well_known;

use crate::platform::http::Routes;

pub fn routes() -> Routes {
    clients::routes().merge(keys::routes()).merge(oauth::routes()).merge(well_known::routes())
}
