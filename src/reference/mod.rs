//! What all other domains refer to: areas, organisations, code lists, dated parameters and rules.
//!
//! Code lists, parameters and rules are data: they come with the release, are loaded by `kinstead migrate`
//! and are added to, never taken from. A parameter has versions, each valid from a day until the
//! next one begins; a new version never rewrites the past.
pub mod areas;
pub mod code_lists;
pub mod held;
pub mod load;
pub mod organisations;
pub mod parameters;
pub mod rules;

use crate::platform::http::Routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read organisations.
        ReadOrganisations = "organisations:read";
        /// Register and change organisations.
        ManageOrganisations = "organisations:manage";
        /// Add areas, populations, parameter and rule versions.
        ManageReference = "reference:manage";
    }
}

pub fn routes() -> Routes {
    areas::routes()
        .merge(organisations::routes())
        .merge(code_lists::routes())
        .merge(parameters::routes())
        .merge(rules::routes())
}
