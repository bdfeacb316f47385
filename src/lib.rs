//! Kinstead: the national child-care registry.
//!
//! Read `ARCHITECTURE.md` first. `platform` knows nothing about child care; every domain module
//! knows nothing about HTTP servers, pools or tokens.
pub mod adoption_links;
pub mod alerts;
pub mod assessments;
pub mod care_plans;
pub mod carers;
pub mod cases;
pub mod casework;
pub mod children;
pub mod clients;
pub mod config;
pub mod contact;
pub mod contract;
pub mod court_cases;
pub mod deadlines;
pub mod exports;
pub mod facilities;
pub mod families;
pub mod feed;
pub mod imports;
pub mod incidents;
pub mod keeper;
pub mod log;
pub mod matching;
pub mod merges;
pub mod overrides;
pub mod oversight;
pub mod placements;
pub mod platform;
pub mod policy;
pub mod protection;
pub mod reference;
pub mod reviews;
pub mod rules;
mod schema;
pub mod seed;
pub mod server;
pub mod service;
pub mod ssda903;
pub mod transfers;
pub mod transformations;
pub mod visits;
pub mod webhooks;

use platform::http::Routes;

/// Every operation of the API. The OpenAPI document and the server are both built from this value,
/// so neither can list an operation that the other lacks.
pub fn api() -> Routes {
    Routes::new()
        .merge(reference::routes())
        .merge(children::routes())
        .merge(matching::routes())
        .merge(merges::routes())
        .merge(carers::routes())
        .merge(facilities::routes())
        .merge(families::routes())
        .merge(placements::routes())
        .merge(cases::routes())
        .merge(assessments::routes())
        .merge(care_plans::routes())
        .merge(reviews::routes())
        .merge(court_cases::routes())
        .merge(overrides::routes())
        .merge(deadlines::routes())
        .merge(alerts::routes())
        .merge(visits::routes())
        .merge(contact::routes())
        .merge(incidents::routes())
        .merge(casework::routes())
        .merge(oversight::routes())
        .merge(transfers::routes())
        .merge(transformations::routes())
        .merge(adoption_links::routes())
        .merge(protection::routes())
        .merge(feed::routes())
        .merge(exports::routes())
        .merge(imports::routes())
        .merge(webhooks::routes())
        .merge(keeper::routes())
        .merge(clients::routes())
        .merge(service::routes())
}
