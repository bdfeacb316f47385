//! Visits to children: recorded, annulled, and when a child was last seen.
use diesel::connection::SimpleConnection as _;
use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::{
    support::{Country, Reply, World, around::visit, leave, with_family},
    trust::{add_elsewhere, elsewhere},
};

/// A child in care since March.
struct Scene {
    world: World,
    country: Country,
    child: ChildId,
    placed: Reply,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let (child, family) = (country.child("female", "2016-05-01"), country.family(3));
        let worker = world.persona("case_worker");
        let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-02")).await;
        placed.ok();
        Self { world, country, child, placed }
    }

    async fn visit(&self, new: Value) -> Reply {
        let path = format!("/v1/children/{}/visits", self.child);
        self.world.persona("case_worker").post(&path, new).await
    }

    async fn annul(&self, visit: &Reply) -> Reply {
        let path = format!("{}/annul", visit.header("location"));
        let why = json!({"reason": "The visit was to her brother."});
        self.world.persona("case_worker").step(&path, visit.etag(), why).await
    }

    async fn last_seen(&self, query: &str) -> Value {
        let path = format!("/v1/children/{}/last-seen{query}", self.child);
        self.world.persona("case_worker").get(&path).await.ok()
    }

    /// Ends care on a day.
    async fn leave(&self, on: &str) {
        let path = format!("{}/end", self.placed.header("location"));
        let worker = self.world.persona("case_worker");
        worker.step(&path, self.placed.etag(), leave(on)).await.ok();
    }
}

#[actix_web::test]
async fn the_last_visit_at_which_the_child_was_seen_is_told() {
    let scene = Scene::new().await;
    let never = scene.last_seen("").await;
    assert_eq!(never, json!({"child_id": scene.child}));
    let mut absent = visit("2026-06-20");
    (absent["child_seen"], absent["seen_alone"]) = (json!(false), Value::Null);
    absent.as_object_mut().unwrap().remove("seen_alone");
    let first = scene.visit(visit("2026-05-11")).await.ok();
    scene.visit(visit("2026-04-01")).await.ok();
    let last = scene.visit(visit("2026-06-01")).await;
    scene.visit(absent).await.ok();
    let seen = scene.last_seen("").await;
    assert_eq!((&seen["visit"], &seen["days_since"]), (&last.ok(), &json!(174)));
    assert_eq!(scene.last_seen("?as_of=2026-05-31").await["visit"], first);
    assert_eq!(scene.last_seen("?as_of=2026-05-11").await["days_since"], 0);
    assert_eq!(scene.last_seen("?as_of=2026-03-31").await.get("last_seen_on"), None);
    let annulled = scene.annul(&last).await;
    assert_eq!(annulled.ok()["state"], "entered_in_error");
    assert_eq!(scene.last_seen("").await["visit"], first);
    let path = last.header("location").to_owned();
    let again = json!({"reason": "Once more."});
    scene.annul(&last).await.refused(412, "stale");
    let worker = scene.world.persona("case_worker");
    worker
        .step(&format!("{path}/annul"), annulled.etag(), again)
        .await
        .refused(409, "state_conflict");
}

#[actix_web::test]
async fn vi_01_a_child_is_visited_while_somebody_looks_after_it() {
    let scene = Scene::new().await;
    for (day, fine) in [("2026-03-01", false), ("2026-03-02", true), ("2026-11-22", true)] {
        let reply = scene.visit(visit(day)).await;
        if fine { drop(reply.ok()) } else { drop(reply.broke("VI-01")) }
    }
    scene.leave("2026-06-01").await;
    scene.visit(visit("2026-06-01")).await.ok();
    scene.visit(visit("2026-06-02")).await.broke("VI-01");
    let case = json!({"child_id": scene.child, "opened_on": "2026-07-01", "referral_source": "school", "referral_on": "2026-07-01",
        "primary_need": "abandonment", "manager": {"name": "Milica", "worker_id": "w-1"}});
    let worker = scene.world.persona("case_worker");
    let mut case = worker.post("/v1/cases", case).await;
    scene.visit(visit("2026-06-30")).await.broke("VI-01");
    scene.visit(visit("2026-07-01")).await.ok();
    let path = case.header("location").to_owned();
    for (step, body) in [
        ("register", json!({"on": "2026-07-02"})),
        ("begin-closing", json!({"on": "2026-08-01"})),
        (
            "close",
            json!({"on": "2026-08-01", "closure_reason": "services_ceased", "reason": "All is well."}),
        ),
    ] {
        case = worker.step(&format!("{path}/{step}"), case.etag(), body).await;
        case.ok();
    }
    scene.visit(visit("2026-08-01")).await.ok();
    let refused = scene.visit(visit("2026-08-02")).await.broke("VI-01");
    assert_eq!(refused["errors"][0]["pointer"], "/visited_on");
}

#[actix_web::test]
async fn no_visit_lies_before_birth_ahead_or_after_death() {
    let scene = Scene::new().await;
    for (day, code) in [("2016-04-30", "before_birth"), ("2026-11-23", "future_date")] {
        let problem = scene.visit(visit(day)).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["code"], code, "{day}");
    }
    let path = format!("/v1/children/{}", scene.child);
    let authority = scene.world.persona("national_authority");
    let seen = authority.get(&path).await;
    authority.patch(&path, seen.etag(), json!({"death_date": "2026-06-02"})).await.ok();
    scene.visit(visit("2026-06-02")).await.ok();
    scene.visit(visit("2026-06-03")).await.broke("PL-07");
}

#[actix_web::test]
async fn what_a_visit_cannot_be_is_refused() {
    let mut scene = Scene::new().await;
    let mut one = visit("2026-05-11");
    one.as_object_mut().unwrap().remove("seen_alone");
    let problem = scene.visit(one.clone()).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "required");
    (one["child_seen"], one["seen_alone"]) = (json!(false), json!(false));
    let problem = scene.visit(one).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "not_wanted");
    let mut one = visit("2026-05-11");
    one["organisation_id"] = json!("0199a5b2-0002-7000-8000-0000000000ff");
    let problem = scene.visit(one).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "unknown_reference");
    let unborn = json!({
        "sex": "unknown", "expected_birth_date": "2027-01-05", "area_code": "RS-20", "organisation_id": scene.country.authority,
        "registration_basis": "at_risk_of_separation",
    });
    let new = |tx: &mut kinstead::platform::db::Tx<'_>| {
        kinstead::children::store::register(tx, crate::support::body(unborn.clone()))
    };
    scene.child = scene.country.change(new).unwrap().id;
    let problem = scene.visit(visit("2026-05-11")).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "before_birth");
}

#[actix_web::test]
async fn who_knows_of_a_child_by_its_authority_reads_and_lists_its_visits() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let seen = scene.visit(visit("2026-05-11")).await.ok();
    let mut other = visit("2026-06-11");
    (other["worker_id"], other["seen_alone"]) = (json!("w-2"), json!(false));
    scene.visit(other).await.ok();
    let path = format!("/v1/visits/{}", seen["id"].as_str().unwrap());
    for role in ["case_worker", "supervisor", "regional_authority", "national_authority"] {
        assert_eq!(scene.world.persona(role).get(&path).await.ok(), seen, "{role}");
    }
    for role in ["facility_officer", "inspector", "ngo", "auditor"] {
        scene.world.persona(role).get(&path).await.refused(403, "forbidden");
    }
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    stranger.get(&path).await.refused(404, "not_found");
    stranger.get(&format!("{path}/history")).await.refused(404, "not_found");
    let of_child = format!("/v1/children/{}", scene.child);
    stranger.get(&format!("{of_child}/last-seen")).await.refused(404, "not_found");
    let new = visit("2026-05-11");
    stranger.post(&format!("{of_child}/visits"), new).await.refused(404, "not_found");
    assert_eq!(stranger.get("/v1/visits").await.ok()["data"], json!([]));
    let worker = scene.world.persona("case_worker");
    for (query, found) in [
        ("", 2),
        (&format!("child_id={}", scene.child), 2),
        ("worker_id=w-2", 1),
        ("child_seen=false", 0),
        ("seen_alone=true", 1),
        ("state=recorded&sort=-visited_on", 2),
        ("state=entered_in_error", 0),
        ("visited_on_min=2026-06-11", 1),
        ("visited_on_max=2026-05-11", 1),
    ] {
        let list = worker.get(&format!("/v1/visits?count=exact&{query}")).await.ok();
        assert_eq!(list["total"], found, "{query}");
    }
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    let seen = scene.visit(visit("2026-05-11")).await.ok();
    let id = seen["id"].as_str().unwrap();
    let mut conn = scene.world.database.owner();
    for set in [
        "child_seen = false",
        "seen_alone = NULL",
        "state = 'entered_in_error'",
        "state_reason = place",
        "worker_name = ''",
        "worker_id = ''",
        "version = 0",
    ] {
        let update = format!("UPDATE visits SET {set} WHERE id = '{id}'");
        let said = conn.batch_execute(&update).unwrap_err().to_string();
        assert!(said.contains("violates check constraint"), "{set}: {said}");
    }
}
