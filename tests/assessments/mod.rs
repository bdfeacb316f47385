//! Assessments of children: requested, made, decided, returned, expired.
mod corrections;
mod decisions;
mod findings;
mod gatekeeping;
mod rights;
mod soft;
mod steps;

use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::support::{Country, Reply, World};

/// A child, and a court and a commission that may decide about it.
pub struct Scene {
    pub world: World,
    pub country: Country,
    pub child: ChildId,
    pub court: Value,
    pub commission: Value,
}

impl Scene {
    pub async fn new() -> Self {
        Self::born("2016-05-01").await
    }

    pub async fn born(day: &str) -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let child = country.child("female", day);
        let body = async |kind: &str| {
            let new =
                json!({"kind": kind, "name": kind, "area_code": "RS", "valid_from": "2001-01-01"});
            let authority = world.persona("national_authority");
            authority.post("/v1/organisations", new).await.ok()["id"].clone()
        };
        let (court, commission) = (body("court").await, body("authority").await);
        Self { world, country, child, court, commission }
    }

    pub async fn request(&self, kind: &str) -> Reply {
        let path = format!("/v1/children/{}/assessments", self.child);
        let new =
            json!({"kind": kind, "requested_on": "2026-02-20", "reason": "Nobody is at home."});
        self.world.persona("case_worker").post(&path, new).await
    }

    /// A step by somebody, of the version that the reply shows.
    pub async fn step(&self, role: &str, of: &Reply, step: &str, body: Value) -> Reply {
        let path = format!("/v1/assessments/{}/{step}", of.ok()["id"].as_str().unwrap());
        self.world.persona(role).step(&path, of.etag(), body).await
    }

    /// Two professions of one organisation.
    pub fn team(&self) -> Value {
        let member = |name: &str, profession: &str, lead: bool| json!({"name": name, "profession": profession, "organisation_id": self.country.authority, "lead": lead});
        json!([
            member("Miroslava Jablanović", "psychologist", true),
            member("Rastko Dunjić", "social_worker", false)
        ])
    }

    pub fn start(&self) -> Value {
        json!({"started_on": "2026-02-23", "team": self.team()})
    }

    /// An assessment that is in progress.
    pub async fn in_progress(&self, kind: &str) -> Reply {
        let requested = self.request(kind).await;
        self.step("case_worker", &requested, "start", self.start()).await
    }

    pub async fn complete(&self, of: &Reply, body: Value) -> Reply {
        self.step("case_worker", of, "complete", body).await
    }

    /// One that was submitted and recommends kinship care.
    pub async fn submitted(&self) -> Reply {
        self.submitted_with(completion()).await
    }

    pub async fn submitted_with(&self, completion: Value) -> Reply {
        let made = self.in_progress("gatekeeping").await;
        let completed = self.complete(&made, completion).await;
        let on = json!({"submitted_on": "2026-03-03"});
        self.step("case_worker", &completed, "submit", on).await
    }

    pub fn decision(&self, outcome: &str) -> Value {
        let mut decision = json!({
            "outcome": outcome, "decided_on": "2026-03-09", "decided_by": self.commission,
            "body": "gatekeeping_commission", "reference_no": "56-114/2026", "legal_basis": "Family Act, art. 113",
        });
        if outcome != "approved" {
            decision["reason"] = json!("The aunt came forward.");
        }
        if outcome == "modified" {
            decision["recommendation"] = json!("foster");
        }
        decision
    }

    pub async fn decide(&self, of: &Reply, decision: Value) -> Reply {
        self.step("supervisor", of, "decide", decision).await
    }
}

/// What an assessment found that recommends kinship care.
pub fn completion() -> Value {
    json!({
        "completed_on": "2026-03-02", "recommendation": "kinship", "poverty_only": false,
        "findings": {
            "child_seen": true, "child_seen_alone": true, "child_views": {"views": "Wants to live with her aunt."},
            "parents_consulted": true,
            "necessity": "necessary", "necessity_reasons": "Nobody cares for her at home.",
            "suitability": [
                {"care_type": "kinship_formal", "finding": "preferred", "reason": "The aunt is ready."},
                {"care_type": "small_group_home", "finding": "unsuitable", "reason": "She has a family."},
            ],
            "options_exhausted": [
                {"option": "family_support", "effort": "tried", "considered_on": "2026-01-10", "outcome": "The mother fell ill."},
            ],
            "prevention": [
                {"service_type": "family_outreach", "provided_from": "2025-09-01", "provided_to": "2026-02-01", "outcome": "It helped for a while."},
            ],
            "best_interests_statement": "She knows her aunt, and stays near her school.",
        },
    })
}

/// The same with other members, each at its place.
pub fn completion_with(members: &[(&str, Value)]) -> Value {
    let mut body = completion();
    for (pointer, value) in members {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    body
}

pub fn residential_findings() -> Value {
    let finding = json!({"holds": true, "reason": "No family has room tonight."});
    json!({"short_term": finding, "last_resort": finding, "absolutely_necessary": finding, "best_interests": finding})
}
