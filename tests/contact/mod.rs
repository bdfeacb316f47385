//! Contact of children with their families: agreed, restricted by decision, recorded.
mod restrictions;
mod rights;

use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::support::{
    Country, Reply, World,
    around::{contact_event, contact_plan, restriction},
    with_family,
};

/// A child in care since March.
pub struct Scene {
    pub world: World,
    pub country: Country,
    pub child: ChildId,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let (child, family) = (country.child("female", "2016-05-01"), country.family(3));
        let worker = world.persona("case_worker");
        worker.post("/v1/placements", with_family(child, family, "2026-03-02")).await.ok();
        Self { world, country, child }
    }

    pub async fn post(&self, what: &str, new: Value) -> Reply {
        let path = format!("/v1/children/{}/{what}", self.child);
        self.world.persona("supervisor").post(&path, new).await
    }

    pub async fn plan(&self, members: &[(&str, Value)]) -> Reply {
        self.post("contact-plans", with(contact_plan(), members)).await
    }

    pub async fn event(&self, members: &[(&str, Value)]) -> Reply {
        self.post("contact-events", with(contact_event("2026-06-16"), members)).await
    }

    pub async fn restrict(&self, members: &[(&str, Value)]) -> Reply {
        let new = with(restriction(&self.country.authority.to_string()), members);
        self.post("contact-restrictions", new).await
    }

    pub async fn step(&self, of: &Reply, step: &str, body: Value) -> Reply {
        let path = format!("{}/{step}", of.header("location"));
        let tag = self.world.persona("supervisor").get(of.header("location")).await;
        self.world.persona("supervisor").step(&path, tag.etag(), body).await
    }

    /// A relation of the child to somebody.
    pub async fn relation(&self, kind: &str, given: &str) -> Value {
        self.post("relations", json!({"kind": kind, "person": {"given": given}})).await.ok()["id"]
            .clone()
    }

    pub async fn dies(&self, on: &str) {
        let path = format!("/v1/children/{}", self.child);
        let authority = self.world.persona("national_authority");
        let seen = authority.get(&path).await;
        authority.patch(&path, seen.etag(), json!({"death_date": on})).await.ok();
    }
}

/// The same with other members; a null takes one away.
fn with(mut body: Value, members: &[(&str, Value)]) -> Value {
    for (name, value) in members {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(*name);
        } else {
            body[*name] = value.clone();
        }
    }
    body
}

pub fn why() -> Value {
    json!({"reason": "It was the wrong child."})
}

/// Fails unless the member is refused with this code.
#[track_caller]
pub fn fault(reply: &Reply, pointer: &str, code: &str) {
    let problem = reply.refused(422, "invalid");
    let is = (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]);
    assert_eq!(is, (&json!(pointer), &json!(code)));
}

#[actix_web::test]
async fn contact_is_agreed_ended_and_annulled() {
    let scene = Scene::new().await;
    let plan = scene.plan(&[]).await;
    assert_eq!((plan.status.as_u16(), &plan.ok()["state"]), (201, &json!("agreed")));
    let end = |day| json!({"valid_to": day, "reason": "The mother moved abroad."});
    let before = scene.step(&plan, "end", end("2026-03-02")).await;
    fault(&before, "/valid_to", "out_of_order");
    let ended = scene.step(&plan, "end", end("2026-07-01")).await.ok();
    assert_eq!((&ended["state"], &ended["valid_to"]), (&json!("ended"), &json!("2026-07-01")));
    scene.step(&plan, "end", end("2026-06-01")).await.refused(409, "state_conflict");
    let annulled = scene.step(&plan, "annul", why()).await.ok();
    assert_eq!(annulled["state"], "entered_in_error");
    scene.step(&plan, "annul", why()).await.refused(409, "state_conflict");
    let limited = scene.plan(&[("valid_to", json!("2026-06-01"))]).await;
    let later = scene.step(&limited, "end", end("2026-06-02")).await;
    fault(&later, "/valid_to", "out_of_order");
    let path = format!("{}/annul", plan.header("location"));
    let supervisor = scene.world.persona("supervisor");
    supervisor.step(&path, plan.etag(), why()).await.refused(412, "stale");
}

#[actix_web::test]
async fn rv_06_the_child_is_heard_on_plans_and_restrictions() {
    let scene = Scene::new().await;
    for views in [json!({}), json!({"views": "Home.", "none_because": "Too young."})] {
        let views = [("child_views", views)];
        scene.plan(&views).await.broke("RV-06");
        scene.restrict(&views).await.broke("RV-06");
    }
    let silent = [("child_views", json!({"none_because": "She did not want to speak."}))];
    scene.plan(&silent).await.ok();
    scene.restrict(&silent).await.ok();
}

#[actix_web::test]
async fn pl_07_after_death_no_contact_is_agreed_restricted_or_recorded() {
    let scene = Scene::new().await;
    scene.dies("2026-06-02").await;
    for (from, fine) in [("2026-06-01", true), ("2026-06-02", false)] {
        let members = [("valid_from", json!(from))];
        for reply in [scene.plan(&members).await, scene.restrict(&members).await] {
            if fine { drop(reply.ok()) } else { drop(reply.broke("PL-07")) }
        }
    }
    scene.event(&[("happened_on", json!("2026-06-02"))]).await.ok();
    scene.event(&[("happened_on", json!("2026-06-03"))]).await.broke("PL-07");
}

#[actix_web::test]
async fn what_contact_cannot_be_is_refused() {
    let scene = Scene::new().await;
    let nobody = json!("8e1d6b0a-3c57-4f92-b7e4-6a0d9c2f5183");
    let father = scene.relation("father", "Petar").await;
    let mother = scene.relation("mother", "Ana").await;
    fault(&scene.plan(&[("valid_to", json!("2026-03-02"))]).await, "/valid_to", "out_of_order");
    for (relation, code) in [(&nobody, "unknown_reference"), (&father, "other_relation")] {
        let members = [("relation_id", relation.clone())];
        fault(&scene.plan(&members).await, "/relation_id", code);
        fault(&scene.event(&members).await, "/relation_id", code);
    }
    scene.plan(&[("relation_id", mother.clone())]).await.ok();
    scene.event(&[("relation_id", mother)]).await.ok();
    for (day, code) in [("2016-04-30", "before_birth"), ("2026-11-23", "future_date")] {
        fault(&scene.event(&[("happened_on", json!(day))]).await, "/happened_on", code);
    }
    let missed = [("took_place", json!(false))];
    fault(&scene.event(&missed).await, "/not_because", "required");
    let absent = ("not_because", json!("person_absent"));
    fault(&scene.event(std::slice::from_ref(&absent)).await, "/not_because", "not_wanted");
    let event = scene.event(&[missed[0].clone(), absent]).await;
    assert_eq!(event.ok()["not_because"], "person_absent");
    scene.step(&event, "annul", why()).await.ok();
    scene.step(&event, "annul", why()).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn contact_goes_by_a_plan_of_the_child_with_the_same() {
    let scene = Scene::new().await;
    let plan = scene.plan(&[]).await;
    let of = |plan: &Reply| ("contact_plan_id", plan.ok()["id"].clone());
    let event = scene.event(&[of(&plan)]).await.ok();
    assert_eq!(event["contact_plan_id"], plan.ok()["id"]);
    let wrong = scene.event(&[of(&plan), ("contact_with", json!("father"))]).await;
    fault(&wrong, "/contact_plan_id", "unknown_reference");
    scene.step(&plan, "annul", why()).await.ok();
    fault(&scene.event(&[of(&plan)]).await, "/contact_plan_id", "unknown_reference");
    let mut other = Scene::new().await;
    let (first, second) = (other.child, other.country.child("male", "2015-01-01"));
    other.child = second;
    let foreign = other.plan(&[]).await;
    other.child = first;
    fault(&other.event(&[of(&foreign)]).await, "/contact_plan_id", "unknown_reference");
}
