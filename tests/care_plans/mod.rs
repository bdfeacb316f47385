//! Care plans of children: drafted, approved, superseded, ended.
mod approvals;
mod drafts;

use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::support::{Country, Reply, World, with_family};

/// A child in care.
pub struct Scene {
    pub world: World,
    pub country: Country,
    pub child: ChildId,
    pub period: Value,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let (child, family) = (country.child("female", "2016-05-01"), country.family(2));
        let worker = world.persona("case_worker");
        let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-02")).await;
        let period = placed.ok()["care_period_id"].clone();
        Self { world, country, child, period }
    }

    pub fn path(&self) -> String {
        format!("/v1/children/{}/care-plans", self.child)
    }

    /// A plan for the care period.
    pub fn new_plan(&self) -> Value {
        json!({
            "care_period_id": self.period, "permanency_goal": "return_6m", "parallel_goal": "long_term_kin",
            "target_date": "2026-09-01", "drafted_on": "2026-03-10", "content": content(),
        })
    }

    pub fn plan_with(&self, members: &[(&str, Value)]) -> Value {
        let mut plan = self.new_plan();
        for (name, value) in members {
            if value.is_null() {
                plan.as_object_mut().unwrap().remove(*name);
            } else {
                plan[*name] = value.clone();
            }
        }
        plan
    }

    pub async fn draft(&self, plan: Value) -> Reply {
        self.world.persona("case_worker").post(&self.path(), plan).await
    }

    /// A step by somebody, of the version that the reply shows.
    pub async fn step(&self, role: &str, of: &Reply, step: &str, body: Value) -> Reply {
        let path = format!("/v1/care-plans/{}/{step}", of.ok()["id"].as_str().unwrap());
        self.world.persona(role).step(&path, of.etag(), body).await
    }

    pub async fn submitted(&self, plan: Value) -> Reply {
        let drafted = self.draft(plan).await;
        let told = json!({"informed_on": "2026-03-16"});
        self.step("case_worker", &drafted, "submit", told).await
    }

    pub fn approval(&self, on: &str) -> Value {
        json!({"approved_on": on, "approved_by": self.country.authority})
    }

    pub async fn approve(&self, of: &Reply, on: &str) -> Reply {
        self.step("supervisor", of, "approve", self.approval(on)).await
    }

    /// The plan as it is now.
    pub async fn read(&self, of: &Reply) -> Reply {
        let path = format!("/v1/care-plans/{}", of.ok()["id"].as_str().unwrap());
        self.world.persona("case_worker").get(&path).await
    }
}

/// What a plan says.
pub fn content() -> Value {
    json!({
        "goals": [{"goal": "The mother cares for her again.", "measure": "Help at home.", "responsible": "Centre", "due_on": "2026-09-01", "state": "open"}],
        "participants": [{"role": "child"}, {"role": "mother", "name": "Zvezdana Oblakovski"}],
        "child_views": {"views": "Wants to go home."},
        "contact_arrangements": "The mother visits on Saturdays.",
    })
}
