//! Organisations: authorities, centres for social work, providers, courts and NGOs.
mod model;
mod routes;
pub mod store;

pub use model::{NewOrganisation, Organisation, OrganisationId, OrganisationPage};
pub use routes::routes;
