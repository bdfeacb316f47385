//! Reviews of children: called, held, cancelled.
use diesel::connection::SimpleConnection as _;
use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::{
    support::{Country, Reply, World, with_family},
    trust::{add_elsewhere, elsewhere},
};

/// A child in care.
struct Scene {
    world: World,
    country: Country,
    child: ChildId,
    period: Value,
}

impl Scene {
    async fn born(day: &str) -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let (child, family) = (country.child("female", day), country.family(3));
        let worker = world.persona("case_worker");
        let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-02")).await;
        let period = placed.ok()["care_period_id"].clone();
        Self { world, country, child, period }
    }

    async fn new() -> Self {
        Self::born("2016-05-01").await
    }

    async fn call(&self, new: Value) -> Reply {
        let path = format!("/v1/children/{}/reviews", self.child);
        self.world.persona("case_worker").post(&path, new).await
    }

    fn new_review(&self) -> Value {
        json!({"kind": "placement", "due_on": "2026-06-02", "care_period_id": self.period})
    }

    async fn due(&self) -> Reply {
        self.call(self.new_review()).await
    }

    async fn step(&self, of: &Reply, step: &str, body: Value) -> Reply {
        let path = format!("/v1/reviews/{}/{step}", of.ok()["id"].as_str().unwrap());
        self.world.persona("case_worker").step(&path, of.etag(), body).await
    }
}

/// What a review came to, with other members than usual.
pub fn holding(members: &[(&str, Value)]) -> Value {
    let mut body = json!({
        "held_on": "2026-06-02", "participation": "attended_spoke", "outcome": "continue",
        "minutes": {
            "chair": {"name": "Dragana Stojadinović", "qualified": true, "case_manager": false},
            "child_views": {"views": "Likes it at her aunt's."},
            "matters": {"development": "She reads.", "family": "The mother is at home.", "adequate": true, "necessary": true, "reasons": "It goes well."},
        },
    });
    for (pointer, value) in members {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    body
}

#[actix_web::test]
async fn a_review_is_called_and_held_and_names_the_next_one() {
    let scene = Scene::new().await;
    let due = scene.due().await;
    assert_eq!((due.status.as_u16(), &due.ok()["state"]), (201, &json!("due")));
    let held = scene.step(&due, "hold", holding(&[])).await.ok();
    assert_eq!((&held["state"], &held["overdue_days"]), (&json!("held"), &json!(0)));
    assert_eq!(held["next_due_on"], "2026-12-02");
    for (members, next, overdue) in [
        (vec![("/held_on", json!("2026-06-12"))], json!("2026-12-12"), 10),
        (vec![("/held_on", json!("2026-05-20"))], json!("2026-11-20"), 0),
        (vec![("/held_on", json!("2026-08-31"))], json!("2027-02-28"), 90),
        (vec![("/next_due_on", json!("2026-06-03"))], json!("2026-06-03"), 0),
        (vec![("/outcome", json!("end_care"))], Value::Null, 0),
    ] {
        let due = scene.due().await;
        let held = scene.step(&due, "hold", holding(&members)).await.ok();
        let is = (held.get("next_due_on").cloned().unwrap_or_default(), &held["overdue_days"]);
        assert_eq!(is, (next, &json!(overdue)), "{members:?}");
    }
}

#[actix_web::test]
async fn rv_04_how_the_child_took_part_fits_its_age_on_the_day() {
    for (born, under_four, spoke) in
        [("2022-06-03", true, false), ("2022-06-02", true, true), ("2022-06-01", false, true)]
    {
        let scene = Scene::born(born).await;
        for (way, fits) in [("under_four", under_four), ("attended_spoke", spoke)] {
            let due = scene.due().await;
            let reply = scene.step(&due, "hold", holding(&[("/participation", json!(way))])).await;
            if fits {
                reply.ok();
            } else {
                let refused = reply.broke("RV-04");
                assert_eq!(refused["errors"][0]["pointer"], "/participation", "{born} {way}");
            }
        }
    }
}

#[actix_web::test]
async fn rv_02_the_case_manager_alone_leads_no_review_unless_that_is_stepped_over() {
    let scene = Scene::new().await;
    let due = scene.due().await;
    let over = json!([{
        "rule": "RV-02", "authorised_by": "Director of the centre", "authorised_on": "2026-06-01",
        "justification": "Nobody else of the centre could reach the village through the snow.",
    }]);
    let (qualified, manager) = ("/minutes/chair/qualified", "/minutes/chair/case_manager");
    for (pointer, value) in [(qualified, false), (manager, true)] {
        let refused = scene.step(&due, "hold", holding(&[(pointer, json!(value))])).await;
        assert_eq!(refused.broke("RV-02")["errors"][0]["pointer"], pointer);
    }
    let led = holding(&[(manager, json!(true)), ("/overrides", over.clone())]);
    let wrong = scene.step(&due, "hold", led.clone()).await.refused(422, "invalid");
    assert_eq!(wrong["errors"][0]["code"], "override_by_wrong_role");
    let supervisor = scene.world.persona("supervisor");
    let id = due.ok()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/reviews/{id}/hold");
    supervisor.step(&path, due.etag(), led).await.ok();
    let made = supervisor.get(&format!("/v1/overrides?subject_id={id}")).await.ok();
    let [made] = &made["data"].as_array().unwrap()[..] else { panic!("{made}") };
    assert_eq!((&made["rule_code"], &made["subject_kind"]), (&json!("RV-02"), &json!("review")));
    assert_eq!(
        (&made["begins_on"], &made["valid_until"]),
        (&json!("2026-06-02"), &json!("2026-07-02"))
    );

    let other = scene.due().await;
    let needless = scene.step(&other, "hold", holding(&[("/overrides", over)])).await;
    assert_eq!(needless.refused(422, "invalid")["errors"][0]["code"], "override_not_needed");
}

#[actix_web::test]
async fn rv_06_the_child_is_heard_or_the_reason_why_not_is_there() {
    let scene = Scene::new().await;
    let due = scene.due().await;
    for views in [json!({}), json!({"views": "Home.", "none_because": "Too young."})] {
        let body = holding(&[("/minutes/child_views", views)]);
        let refused = scene.step(&due, "hold", body).await.broke("RV-06");
        assert_eq!(refused["errors"][0]["pointer"], "/minutes/child_views");
    }
    let silent = json!({"none_because": "She did not want to speak."});
    scene.step(&due, "hold", holding(&[("/minutes/child_views", silent)])).await.ok();
}

#[actix_web::test]
async fn what_a_review_cannot_be_is_refused() {
    let mut scene = Scene::new().await;
    let (other, family) = (scene.country.child("male", "2015-01-01"), scene.country.family(1));
    let worker = scene.world.persona("case_worker");
    let placed = worker.post("/v1/placements", with_family(other, family, "2026-03-02")).await;
    let elsewhere = placed.ok()["care_period_id"].clone();
    let nobody = json!("5e2d9b80-41c7-4f3a-8d16-b7a0c9e8f511");
    for (member, value, code) in [
        ("kind", json!("nonsense"), "unknown_code"),
        ("care_period_id", elsewhere, "unknown_reference"),
        ("care_plan_id", nobody.clone(), "unknown_reference"),
    ] {
        let mut new = scene.new_review();
        new[member] = value;
        let problem = scene.call(new).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"));
        assert_eq!(problem["errors"][0]["code"], code);
    }
    let plan = json!({
        "permanency_goal": "return_6m", "target_date": "2026-09-01", "drafted_on": "2026-03-10",
        "content": crate::care_plans::content(),
    });
    let plan = async |child: ChildId| {
        let path = format!("/v1/children/{child}/care-plans");
        scene.world.persona("case_worker").post(&path, plan.clone()).await.ok()["id"].clone()
    };
    let (own, foreign) = (plan(scene.child).await, plan(other).await);
    let mut new = scene.new_review();
    new["care_plan_id"] = foreign;
    scene.call(new.clone()).await.refused(422, "invalid");
    new["care_plan_id"] = own;
    let due = scene.call(new).await;
    for (pointer, value, code) in [
        ("/held_on", json!("2026-11-23"), "future_date"),
        ("/participation", json!("sang"), "unknown_code"),
        ("/outcome", json!("wait"), "unknown_code"),
        ("/next_due_on", json!("2026-06-02"), "out_of_order"),
        ("/minutes/chair/organisation_id", nobody, "unknown_reference"),
    ] {
        let reply = scene.step(&due, "hold", holding(&[(pointer, value)])).await;
        let problem = reply.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
        assert_eq!(problem["errors"][0]["code"], code);
    }
}

#[actix_web::test]
async fn what_was_held_or_cancelled_stays_so_and_the_dead_are_not_reviewed() {
    let scene = Scene::new().await;
    let why = json!({"reason": "The child went home before it."});
    let cancelled = scene.step(&scene.due().await, "cancel", why.clone()).await;
    assert_eq!(cancelled.ok()["state_reason"], why["reason"]);
    let held = scene.step(&scene.due().await, "hold", holding(&[])).await;
    for done in [&cancelled, &held] {
        scene.step(done, "hold", holding(&[])).await.refused(409, "state_conflict");
        scene.step(done, "cancel", why.clone()).await.refused(409, "state_conflict");
    }
    let due = scene.due().await;
    let path = format!("/v1/children/{}", scene.child);
    let authority = scene.world.persona("national_authority");
    let seen = authority.get(&path).await;
    authority.patch(&path, seen.etag(), json!({"death_date": "2026-06-02"})).await.ok();
    scene.step(&due, "hold", holding(&[])).await.broke("PL-07");
    let before = holding(&[("/held_on", json!("2026-06-01"))]);
    scene.step(&due, "hold", before).await.ok();
}

#[actix_web::test]
async fn a_review_that_never_was_is_taken_back_whatever_it_came_to() {
    let scene = Scene::new().await;
    let wrong = json!({"reason": "The review was of her brother."});
    let why = json!({"reason": "The child went home before it."});
    let due = scene.due().await;
    let held = scene.step(&scene.due().await, "hold", holding(&[])).await;
    let cancelled = scene.step(&scene.due().await, "cancel", why.clone()).await;
    for entered in [&due, &held, &cancelled] {
        let annulled = scene.step(entered, "annul", wrong.clone()).await;
        assert_eq!(
            (&annulled.ok()["state"], &annulled.ok()["state_reason"]),
            (&json!("entered_in_error"), &wrong["reason"])
        );
        // What was said stays with it.
        assert_eq!(annulled.ok().get("held_on"), entered.ok().get("held_on"));
        scene.step(entered, "annul", wrong.clone()).await.refused(412, "stale");
        for (step, body) in
            [("annul", wrong.clone()), ("cancel", why.clone()), ("hold", holding(&[]))]
        {
            scene.step(&annulled, step, body).await.refused(409, "state_conflict");
        }
    }
    let path = format!("/v1/reviews/{}/annul", held.ok()["id"].as_str().unwrap());
    let region = scene.world.persona("regional_authority");
    region.step(&path, held.etag(), wrong).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn who_knows_of_a_child_by_its_authority_reads_and_lists_its_reviews() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let held = scene.step(&scene.due().await, "hold", holding(&[])).await.ok();
    scene.call(json!({"kind": "legal", "due_on": "2026-07-01"})).await.ok();
    let path = format!("/v1/reviews/{}", held["id"].as_str().unwrap());
    for role in ["case_worker", "supervisor", "regional_authority", "national_authority"] {
        assert_eq!(scene.world.persona(role).get(&path).await.ok(), held, "{role}");
    }
    for role in ["facility_officer", "ngo", "auditor"] {
        scene.world.persona(role).get(&path).await.refused(403, "forbidden");
    }
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    stranger.get(&path).await.refused(404, "not_found");
    stranger.get(&format!("{path}/history")).await.refused(404, "not_found");
    let of_child = format!("/v1/children/{}/reviews", scene.child);
    stranger.post(&of_child, scene.new_review()).await.refused(404, "not_found");
    assert_eq!(stranger.get("/v1/reviews").await.ok()["data"], json!([]));
    let worker = scene.world.persona("case_worker");
    for (query, found) in [
        ("", 2),
        (&format!("child_id={}", scene.child), 2),
        ("care_plan_id=5e2d9b80-41c7-4f3a-8d16-b7a0c9e8f511", 0),
        ("state=due", 1),
        ("kind=legal&kind=placement&sort=-held_on", 2),
        ("due_on_min=2026-07-01&due_on_max=2026-07-01", 1),
        ("held_on_min=2026-06-02&held_on_max=2026-06-02", 1),
        ("held_on_min=2026-06-03", 0),
        ("held_on_max=2026-06-01", 0),
    ] {
        let list = worker.get(&format!("/v1/reviews?count=exact&{query}")).await.ok();
        assert_eq!(list["total"], found, "{query}");
    }
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    let held = scene.step(&scene.due().await, "hold", holding(&[])).await.ok();
    let id = held["id"].as_str().unwrap();
    let mut conn = scene.world.database.owner();
    for set in [
        "state = 'due'",
        "state = 'cancelled'",
        "participation = NULL",
        "outcome = NULL",
        "minutes = NULL",
        "overdue_days = NULL",
        "overdue_days = 1",
        "held_on = due_on + 1",
        "next_due_on = held_on",
        "state_reason = minutes",
        "version = 0",
    ] {
        let update = format!("UPDATE reviews SET {set} WHERE id = '{id}'");
        let said = conn.batch_execute(&update).unwrap_err().to_string();
        assert!(said.contains("violates check constraint"), "{set}: {said}");
    }
}
