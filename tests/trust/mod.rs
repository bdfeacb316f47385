//! Need to know: who reaches whom, with which fields, and that either wall alone holds.
mod canaries;
mod contested;
mod emergency;
mod fields;
mod matrix;
mod sealed;
pub mod walls;

use kinstead::{
    clients::{Manager, NewClient, store},
    platform::{clock::Clock as _, db::change_on, idempotency::PLATFORM},
    policy::POLICY,
    reference::{areas, organisations},
};
use serde_json::json;

use crate::support::{World, body};

/// The name of the client that has a role in the organisation elsewhere.
pub fn elsewhere(role: &str) -> String {
    format!("{role} elsewhere")
}

/// Adds an organisation in another district, with a client for each role.
pub fn add_elsewhere(world: &World) {
    let mut conn = world.database.owner();
    let added = change_on(&mut conn, PLATFORM, world.clock.now(), |tx| {
        let district = json!({"code": "RS-99", "level": "district", "parent_code": "RS", "names": {"en": "Elsewhere"}});
        drop(areas::store::add(tx, &body(district))?);
        let centre = json!({"kind": "centre_for_social_work", "name": "Centre elsewhere", "area_code": "RS-99", "valid_from": "2000-01-01"});
        let centre = organisations::store::register(tx, &body(centre))?;
        for (role, _) in POLICY {
            let new = NewClient {
                name: elsewhere(role),
                organisation_id: Some(centre.value().id),
                ..NewClient::of_role(role)
            };
            drop(store::register(tx, &Manager::Operator, new)?);
        }
        Ok(centre)
    });
    drop(added.unwrap());
    world.refresh();
}
