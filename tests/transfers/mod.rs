//! Children between organisations: offered, accepted, refused, revoked, expired, ended.
mod races;
mod rights;
mod steps;

use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::{
    support::{Country, Reply, World},
    trust::{add_elsewhere, elsewhere},
};

/// A child of one organisation, and another one that may be asked.
pub struct Scene {
    pub world: World,
    pub country: Country,
    pub child: ChildId,
    /// The organisation elsewhere.
    pub asked: Value,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        add_elsewhere(&world);
        let child = country.child("female", "2016-05-01");
        let asked = json!(world.actor(&elsewhere("supervisor")).organisation);
        Self { world, country, child, asked }
    }

    pub fn path(&self) -> String {
        format!("/v1/children/{}", self.child)
    }

    /// An offer to the organisation elsewhere.
    pub fn new_offer(&self, kind: &str) -> Value {
        json!({"kind": kind, "to_organisation_id": self.asked, "reason": "The aunt lives there."})
    }

    pub async fn offer(&self, kind: &str) -> Reply {
        let worker = self.world.persona("case_worker");
        worker.post(&format!("{}/transfers", self.path()), self.new_offer(kind)).await
    }

    /// A step by somebody, of the version that the reply shows.
    pub async fn step(&self, role: &str, of: &Reply, step: &str) -> Reply {
        let path = format!("/v1/transfers/{}/{step}", of.ok()["id"].as_str().unwrap());
        let reason = json!({"reason": "As it was agreed."});
        self.world.persona(role).step(&path, of.etag(), reason).await
    }

    /// Whether somebody may read about the child, and about its transfer.
    pub async fn knows(&self, role: &str, transfer: &Value) -> bool {
        let persona = self.world.persona(role);
        let child = persona.get(&self.path()).await;
        let path = format!("/v1/transfers/{}", transfer["id"].as_str().unwrap());
        let (one, history) =
            (persona.get(&path).await, persona.get(&format!("{path}/history")).await);
        let listed = persona.get("/v1/transfers").await.ok();
        let listed = listed["data"].as_array().unwrap().iter().any(|it| it["id"] == transfer["id"]);
        let all = [child.status, one.status, history.status].map(|status| status.is_success());
        assert!(all.iter().all(|one| *one == listed), "{all:?} {listed} {child:?} {one:?}");
        if !listed {
            child.refused(404, "not_found");
            one.refused(404, "not_found");
        }
        listed
    }

    /// Who is responsible for the child.
    pub async fn responsible(&self) -> Value {
        let reply = self.world.persona("national_authority").get(&self.path()).await;
        reply.ok()["organisation_id"].clone()
    }
}
