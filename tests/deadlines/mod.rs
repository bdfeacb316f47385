//! Deadlines: what is due when, the sweep that works it out, who may know, what does not add up.
mod boundaries;
mod caseloads;
mod counted;
mod facts;
mod homes;
mod institutions;
mod lives;
mod met;
mod more;
mod naive;
mod naive_contact;
mod raced;
mod reconciliation;
mod rights;
mod staffing;
mod sweeps;
mod transformations;
mod workload;

use chrono::Duration;
use kinstead::{
    children::ChildId,
    deadlines::store::{Scope, Swept, sweep},
    platform::clock::Clock as _,
};
use serde_json::{Value, json};

use crate::support::{Country, World, with_family};

/// A child that came to a family on 1 November 2026, and nothing has been done since.
pub struct Scene {
    pub world: World,
    pub country: Country,
    pub child: ChildId,
    pub period: String,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let (child, family) = (country.child("female", "2016-05-01"), country.family(3));
        let new = with_family(child, family, "2026-11-01");
        let placed = world.persona("case_worker").post("/v1/placements", new).await.ok();
        let period = placed["care_period_id"].as_str().unwrap().to_owned();
        Self { world, country, child, period }
    }

    /// Works everything out that is needed.
    pub fn sweep(&self) -> Swept {
        swept(&self.world, Scope::Needed)
    }

    /// Lets some minutes pass, until nothing lies so near that it must be looked at again.
    pub fn rest(&self) {
        for _ in 0..2 {
            self.world.clock.advance(Duration::minutes(5));
            self.sweep();
        }
        self.world.clock.advance(Duration::minutes(5));
    }

    /// Lets so many days pass.
    pub fn pass(&mut self, days: i64) {
        self.world.clock.advance(Duration::days(days));
        self.country.now = self.world.clock.now();
    }

    /// The alerts about the child by this rule, as a case worker reads them.
    pub async fn alerts(&self, rule: &str) -> Vec<Value> {
        let path = format!("/v1/alerts?child_id={}&rule={rule}&sort=due_on", self.child);
        let page = self.world.persona("case_worker").get(&path).await.ok();
        page["data"].as_array().unwrap().clone()
    }

    /// The deadline of the child by this rule.
    pub async fn deadline(&self, rule: &str) -> Value {
        let path = format!("/v1/deadlines?child_id={}&rule={rule}", self.child);
        self.world.persona("case_worker").get(&path).await.ok()["data"][0].clone()
    }

    /// A review of the child that was held on that day.
    pub async fn review(&self, on: &str) {
        let worker = self.world.persona("case_worker");
        let new = json!({"kind": "placement", "due_on": on, "care_period_id": self.period});
        let path = format!("/v1/children/{}/reviews", self.child);
        let due = worker.post(&path, new).await;
        let path = format!("{}/hold", due.header("location"));
        let held = crate::reviews::holding(&[("/held_on", json!(on))]);
        worker.step(&path, due.etag(), held).await.ok();
    }
}

pub fn swept(world: &World, scope: Scope) -> Swept {
    let mut conn = world.database.service();
    sweep(&mut conn, world.clock.now(), scope, &|_| {}).unwrap().expect("nobody else is at it")
}
