//! Institutions that are transformed: their plans, the plans of the children, the closing, and a
//! simulation of it.
mod closing;
mod judges;
mod plans;
mod simulation;
mod transitions;

use kinstead::{children::ChildId, facilities::FacilityId};
use serde_json::{Value, json};

use crate::support::{Country, Reply, World, in_facility, leaving::transformation};

/// A facility of twenty places in which one child lives.
pub struct Scene {
    pub world: World,
    pub country: Country,
    pub facility: FacilityId,
    pub child: ChildId,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let facility = country.facility(json!({"total": 20}));
        let child = country.child("female", "2014-05-01");
        country.stay(in_facility(child, facility, "2026-03-02"), None);
        Self { world, country, facility, child }
    }

    pub fn facility_path(&self) -> String {
        format!("/v1/facilities/{}", self.facility)
    }

    pub async fn draft(&self, new: Value) -> Reply {
        let path = format!("{}/transformation-plans", self.facility_path());
        self.world.persona("regional_authority").post(&path, new).await
    }

    /// A step of a transformation plan by somebody, of the version that the reply shows.
    pub async fn step(&self, role: &str, of: &Reply, step: &str, request: Value) -> Reply {
        let path = format!("/v1/transformation-plans/{}/{step}", of.ok()["id"].as_str().unwrap());
        self.world.persona(role).step(&path, of.etag(), request).await
    }

    pub async fn approve(&self, of: &Reply, on: &str) -> Reply {
        let decision = json!({"approved_on": on, "approved_by": self.country.authority, "decision_no": "550-31/2026"});
        self.step("national_authority", of, "approve", decision).await
    }

    /// Takes a step of the facility on its newest version.
    pub async fn facility_step(&self, step: &str, on: &str) -> Reply {
        let authority = self.world.persona("national_authority");
        let path = self.facility_path();
        let etag = authority.get(&path).await.etag().to_owned();
        let mut request = json!({"on": on});
        if step != "close" {
            request["reason"] = json!("Families were found.");
        }
        authority.step(&format!("{path}/{step}"), &etag, request).await
    }

    pub async fn facility_now(&self) -> Value {
        self.world.persona("national_authority").get(&self.facility_path()).await.ok()
    }
}

/// A plan as [`transformation`] with these members.
pub fn plan_with(members: &[(&str, Value)]) -> Value {
    let mut plan = transformation("2026-11-01");
    for (name, value) in members {
        plan[*name] = value.clone();
    }
    plan
}
