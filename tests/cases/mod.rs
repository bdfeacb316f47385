//! Cases: their steps, who is in charge, what keeps them open, and who may know.
mod managers;
mod moves;
mod steps;
mod work;

use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::support::{Country, Reply, World};

/// A registry with a child of whom the personas' organisation is responsible.
pub struct Scene {
    pub world: World,
    pub country: Country,
    pub child: ChildId,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let child = country.child("female", "2016-05-01");
        Self { world, country, child }
    }

    pub fn new_case(&self) -> Value {
        json!({
            "child_id": self.child, "opened_on": "2026-03-02", "referral_source": "school",
            "referral_on": "2026-02-27", "primary_need": "family_acute_stress", "manager": worker("w-1"),
        })
    }

    /// Opens a case of the child, as a case worker.
    pub async fn open(&self) -> Reply {
        self.world.persona("case_worker").post("/v1/cases", self.new_case()).await
    }

    /// A step by a case worker, of the version that the reply shows.
    pub async fn step(&self, of: &Reply, step: &str, body: Value) -> Reply {
        let path = format!("/v1/cases/{}/{step}", of.ok()["id"].as_str().unwrap());
        self.world.persona("case_worker").step(&path, of.etag(), body).await
    }

    /// The case after these steps, one after the other on one day.
    pub async fn through(&self, mut case: Reply, steps: &[&str], on: &str) -> Reply {
        for step in steps {
            case = self.step(&case, step, json!({"on": on})).await;
            case.ok();
        }
        case
    }

    /// A case of the child, closed.
    pub async fn closed(&self) -> Reply {
        let case = self.open().await;
        let case = self.through(case, &["register", "begin-closing"], "2026-03-04").await;
        let closed = self.step(&case, "close", closing("2026-03-05")).await;
        closed.ok();
        closed
    }
}

pub fn worker(id: &str) -> Value {
    json!({"name": "Milica Vetrić", "worker_id": id})
}

pub fn closing(on: &str) -> Value {
    json!({"on": on, "closure_reason": "services_ceased", "reason": "All is well."})
}

/// A case that is worked on again, from that day on.
pub fn taken_up(on: &str) -> Value {
    json!({"on": on, "manager": worker("w-2")})
}
