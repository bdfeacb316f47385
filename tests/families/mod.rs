//! Families of origin and at risk: who belongs to them, the risk, what was done, who may know.
mod records;
mod rights;

use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::support::{Country, Reply, World};

/// A registry with a child and its mother.
pub struct Home {
    pub world: World,
    pub country: Country,
    pub child: ChildId,
}

impl Home {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let child = country.child("female", "2016-05-01");
        Self { world, country, child }
    }

    pub fn new_family(&self) -> Value {
        json!({
            "family_type": "single_parent", "area_code": "RS-20", "registered_on": "2026-03-02",
            "risk_level": "medium", "risk_reason": "The rent is not paid.",
            "members": [
                {"role": "mother", "given_name": "Snežana", "family_name": "Oblakovski", "in_household": true,
                 "parental_rights": "full"},
                {"role": "child", "child_id": self.child, "in_household": true},
            ],
        })
    }

    /// Registers a family, as a case worker of the organisation that is responsible for the child.
    pub async fn family(&self) -> Reply {
        let family =
            self.world.persona("case_worker").post("/v1/families", self.new_family()).await;
        family.ok();
        family
    }

    /// Something that is done with the family, by a case worker.
    pub async fn post(&self, of: &Reply, what: &str, body: Value) -> Reply {
        let path = format!("/v1/families/{}/{what}", of.ok()["id"].as_str().unwrap());
        self.world.persona("case_worker").step(&path, of.etag(), body).await
    }
}
