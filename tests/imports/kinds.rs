//! Which kinds of records can be imported: all that the contract makes one by one, but for those named here.
use std::collections::BTreeSet;

use kinstead::{api, imports::KINDS};

/// Operations that make a record and are for no file, each for a reason.
const NOT: [&str; 34] = [
    // Made by nobody but the national authority, seldom, or by the operator.
    "/v1/areas",
    "/v1/areas/{id}/population",
    "/v1/parameters/{id}/versions",
    "/v1/rules/{id}/versions",
    "/v1/clients",
    "/v1/clients/{id}/keys",
    "/v1/webhook-endpoints",
    "/v1/consumers",
    "/v1/imports",
    // Parts of a record, and the same records by another way.
    "/v1/carer-families/{id}/checks",
    "/v1/carer-families/{id}/trainings",
    "/v1/families/{id}/risk-levels",
    "/v1/families/{id}/risk-factors",
    "/v1/families/{id}/support",
    "/v1/cases/{id}/managers",
    "/v1/sibling-placements",
    "/v1/cases/{id}/assessments",
    "/v1/cases/{id}/care-plans",
    "/v1/cases/{id}/reviews",
    "/v1/cases/{id}/visits",
    "/v1/cases/{id}/contacts",
    "/v1/cases/{id}/incidents",
    "/v1/facilities/{id}/incidents",
    "/v1/facilities/{id}/complaints",
    // What only a named few may know, or is done here and now.
    "/v1/adoption-links",
    "/v1/children/{id}/merge",
    "/v1/children/{id}/protected-addresses",
    "/v1/children/{id}/case-links",
    "/v1/emergency-accesses",
    "/v1/children/{id}/access-log/defer",
    "/v1/carer-families/{id}/access-log/defer",
    "/v1/families/{id}/access-log/defer",
    // Plans of the reform, made by those who decide on them.
    "/v1/facilities/{id}/transformation-plans",
    "/v1/transformation-plans/{id}/transition-plans",
];

#[test]
fn everything_that_is_made_alone_can_be_imported_or_is_named_here() {
    let operations = api().permissions();
    let plain = |path: &str| {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "{id}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let paths: BTreeSet<(String, String)> =
        operations.iter().map(|(method, path, _)| (method.clone(), plain(path))).collect();
    let has = |method: &str, path: &str| paths.contains(&(method.to_owned(), path.to_owned()));
    for kind in KINDS {
        let record = kind.record.replace("{of}", "{id}");
        assert!(has("POST", &kind.collection.replace("{of}", "{id}")), "{}", kind.name);
        assert!(has("GET", &record), "{}", kind.name);
        assert_eq!(has("PATCH", &record), kind.changes, "{}", kind.name);
    }
    // What lies under a record and is a list that can be read makes a record of its own.
    let lists = paths.iter().filter(|(method, path)| {
        method == "POST" && !path.contains(':') && has("GET", path) && path.starts_with("/v1/")
    });
    let more = ["/v1/past-carer-families", "/v1/children/{id}/past-assessments"];
    let imported: BTreeSet<String> =
        KINDS.iter().map(|kind| kind.collection.replace("{of}", "{id}")).collect();
    let left: Vec<&String> =
        lists.map(|(_, path)| path).filter(|path| !imported.contains(*path)).collect();
    let named: BTreeSet<&str> = NOT.into_iter().collect();
    assert!(left.iter().all(|path| named.contains(path.as_str())), "{left:?}");
    assert!(more.iter().all(|path| imported.contains(*path)));
}
