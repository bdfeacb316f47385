//! Incidents of children, and complaints by them or about their care.
mod about_facilities;
mod allegations;
mod complaints;
mod from_facilities;
mod inspectors;

use diesel::connection::SimpleConnection as _;
use kinstead::{carers::CarerFamilyId, children::ChildId, facilities::FacilityId};
use serde_json::{Value, json};

use crate::{
    support::{Country, Reply, World, around::incident, in_facility, leave, move_to_family},
    trust::{add_elsewhere, elsewhere},
};

/// A child that lived in a facility from March, and with a family from June on.
pub struct Scene {
    pub world: World,
    pub child: ChildId,
    pub facility: FacilityId,
    pub family: CarerFamilyId,
    country: Country,
    lives: Reply,
}

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let (child, family) = (country.child("female", "2016-05-01"), country.family(3));
        let facility = country.facility(json!({"total": 8}));
        let worker = world.persona("case_worker");
        let placed =
            worker.post("/v1/placements", in_facility(child, facility, "2026-03-02")).await;
        placed.ok();
        let path = format!("{}/move", placed.header("location"));
        let lives = worker.step(&path, placed.etag(), move_to_family(family, "2026-06-01")).await;
        lives.ok();
        Self { world, child, facility, family, country, lives }
    }

    pub fn another_child(&mut self) -> ChildId {
        self.country.child("female", "2016-05-01")
    }

    pub async fn post(&self, what: &str, new: Value) -> Reply {
        let path = format!("/v1/children/{}/{what}", self.child);
        self.world.persona("case_worker").post(&path, new).await
    }

    async fn report(&self, kind: &str, on: &str) -> Reply {
        let mut new = incident(on);
        new["kind"] = json!(kind);
        self.post("incidents", new).await
    }

    pub async fn step(&self, of: &Reply, step: &str, body: Value) -> Reply {
        let path = of.ok()["id"].as_str().unwrap().to_owned();
        let kind = if of.ok().get("occurred_on").is_some() { "incidents" } else { "complaints" };
        let path = format!("/v1/{kind}/{path}/{step}");
        self.world.persona("case_worker").step(&path, of.etag(), body).await
    }

    /// Where the child lives now, as the registry says.
    async fn lives(&self) -> Reply {
        let id = self.lives.ok()["id"].as_str().unwrap().to_owned();
        self.world.persona("case_worker").get(&format!("/v1/placements/{id}")).await
    }

    pub async fn dies(&self, on: &str) {
        let path = format!("/v1/children/{}", self.child);
        let authority = self.world.persona("national_authority");
        let seen = authority.get(&path).await;
        authority.patch(&path, seen.etag(), json!({"death_date": on})).await.ok();
    }
}

/// Fails unless the member is refused with this code.
#[track_caller]
pub fn fault(reply: &Reply, pointer: &str, code: &str) {
    let problem = reply.refused(422, "invalid");
    let is = (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]);
    assert_eq!(is, (&json!(pointer), &json!(code)));
}

pub fn why() -> Value {
    json!({"reason": "It was recorded twice."})
}

fn home(of: &Value) -> (Value, Value) {
    let member = |name: &str| of.get(name).cloned().unwrap_or_default();
    (member("facility_id"), member("carer_family_id"))
}

#[actix_web::test]
async fn where_the_child_lived_is_derived_and_not_claimed() {
    let scene = Scene::new().await;
    let (facility, family) = (json!(scene.facility), json!(scene.family));
    for (day, is) in [
        ("2026-03-01", (Value::Null, Value::Null)),
        ("2026-03-02", (facility.clone(), Value::Null)),
        ("2026-05-31", (facility, Value::Null)),
        ("2026-06-01", (Value::Null, family.clone())),
    ] {
        let reported = scene.report("self_harm", day).await.ok();
        assert_eq!(home(&reported), is, "{day}");
        assert_eq!(
            (&reported["state"], &reported["investigation"]),
            (&json!("reported"), &json!([]))
        );
    }
    let lives = scene.lives().await;
    let id = lives.ok()["id"].as_str().unwrap().to_owned();
    let worker = scene.world.persona("case_worker");
    worker.step(&format!("/v1/placements/{id}/end"), lives.etag(), leave("2026-09-01")).await.ok();
    for (day, is) in [("2026-09-01", family), ("2026-09-02", Value::Null)] {
        assert_eq!(home(&scene.report("missing", day).await.ok()).1, is, "{day}");
    }
    let mut claimed = incident("2026-05-18");
    claimed["facility_id"] = json!(scene.facility);
    fault(&scene.post("incidents", claimed).await, "/facility_id", "unknown_member");
}

#[actix_web::test]
async fn an_incident_goes_from_report_through_investigation_to_its_outcome() {
    let scene = Scene::new().await;
    let told = |day: &str| json!({"police_on": day});
    let reported = scene.report("abuse_allegation", "2026-06-10").await;
    fault(&scene.step(&reported, "notify", json!({})).await, "/police_on", "required");
    fault(&scene.step(&reported, "notify", told("2026-06-09")).await, "/police_on", "out_of_order");
    fault(&scene.step(&reported, "notify", told("2026-11-23")).await, "/police_on", "future_date");
    let finding =
        |day: &str| json!({"on": day, "by": "Inspectorate", "finding": "Spoke with the child."});
    let closing = |day: &str| json!({"closed_on": day, "outcome": "substantiated", "conclusion": "She lives elsewhere now."});
    scene.step(&reported, "findings", finding("2026-06-12")).await.refused(409, "state_conflict");
    scene.step(&reported, "close", closing("2026-06-12")).await.refused(409, "state_conflict");
    let noted = scene.step(&reported, "notify", told("2026-06-11")).await;
    assert_eq!(
        (&noted.ok()["state"], &noted.ok()["police_on"]),
        (&json!("reported"), &json!("2026-06-11"))
    );
    let begin = |day: &str| json!({"started_on": day});
    for (day, code) in [("2026-06-09", "out_of_order"), ("2026-11-23", "future_date")] {
        fault(&scene.step(&noted, "investigate", begin(day)).await, "/started_on", code);
    }
    let begun = scene.step(&noted, "investigate", begin("2026-06-12")).await;
    scene.step(&begun, "investigate", begin("2026-06-13")).await.refused(409, "state_conflict");
    let told = scene.step(&begun, "notify", json!({"inspectorate_on": "2026-06-12"})).await;
    assert_eq!(told.ok()["police_on"], "2026-06-11");
    for (day, code) in [("2026-06-09", "out_of_order"), ("2026-11-23", "future_date")] {
        fault(&scene.step(&told, "findings", finding(day)).await, "/on", code);
    }
    let found = scene.step(&told, "findings", finding("2026-06-13")).await;
    assert_eq!(found.ok()["investigation"], json!([finding("2026-06-13")]));
    for (day, code) in [("2026-06-11", "out_of_order"), ("2026-11-23", "future_date")] {
        fault(&scene.step(&found, "close", closing(day)).await, "/closed_on", code);
    }
    let closed = scene.step(&found, "close", closing("2026-06-30")).await;
    assert_eq!(
        (&closed.ok()["state"], &closed.ok()["outcome"]),
        (&json!("closed"), &json!("substantiated"))
    );
    scene.step(&closed, "findings", finding("2026-07-01")).await.refused(409, "state_conflict");
    scene.step(&found, "annul", why()).await.refused(412, "stale");
    let annulled = scene.step(&closed, "annul", why()).await;
    assert_eq!(annulled.ok()["state"], "entered_in_error");
    scene.step(&annulled, "annul", why()).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn in_01_an_incident_of_a_death_is_of_a_death_that_is_recorded_that_day() {
    let scene = Scene::new().await;
    scene.report("death", "2026-08-12").await.broke("IN-01");
    scene.dies("2026-08-12").await;
    scene.report("death", "2026-08-11").await.broke("IN-01");
    let death = scene.report("death", "2026-08-12").await;
    assert_eq!(home(&death.ok()).1, json!(scene.family));
    scene.report("death", "2026-08-12").await.broke("IN-02");
    scene.step(&death, "annul", why()).await.ok();
    scene.report("death", "2026-08-12").await.ok();
    let mut conn = scene.world.database.owner();
    let again = "UPDATE incidents SET state = 'reported', state_reason = NULL WHERE state = 'entered_in_error'";
    let said = conn.batch_execute(again).unwrap_err().to_string();
    assert!(said.contains("in_02_one_incident_of_a_death"), "{said}");
}

#[actix_web::test]
async fn no_incident_lies_before_birth_ahead_or_after_death() {
    let scene = Scene::new().await;
    for (day, code) in [("2016-04-30", "before_birth"), ("2026-11-23", "future_date")] {
        fault(&scene.report("neglect", day).await, "/occurred_on", code);
    }
    scene.dies("2026-08-12").await;
    scene.report("neglect", "2026-08-12").await.ok();
    scene.report("neglect", "2026-08-13").await.broke("PL-07");
}

#[actix_web::test]
async fn who_knows_of_a_child_by_its_authority_reads_and_lists_its_incidents() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let one = scene.report("restraint", "2026-05-18").await.ok();
    scene.report("missing", "2026-06-18").await.ok();
    let path = format!("/v1/incidents/{}", one["id"].as_str().unwrap());
    for role in ["case_worker", "supervisor", "regional_authority", "national_authority"] {
        assert_eq!(scene.world.persona(role).get(&path).await.ok(), one, "{role}");
    }
    for role in ["inspector", "ngo", "auditor"] {
        scene.world.persona(role).get(&path).await.refused(403, "forbidden");
    }
    scene.world.persona("facility_officer").get(&path).await.refused(404, "not_found");
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    stranger.get(&path).await.refused(404, "not_found");
    stranger.get(&format!("{path}/history")).await.refused(404, "not_found");
    let new = format!("/v1/children/{}/incidents", scene.child);
    stranger.post(&new, incident("2026-05-18")).await.refused(404, "not_found");
    assert_eq!(stranger.get("/v1/incidents").await.ok()["data"], json!([]));
    let worker = scene.world.persona("case_worker");
    for (query, found) in [
        (String::new(), 2),
        (format!("child_id={}", scene.child), 2),
        (format!("facility_id={}", scene.facility), 1),
        (format!("carer_family_id={}", scene.family), 1),
        ("kind=restraint&kind=neglect".to_owned(), 1),
        ("severity=serious&sort=-occurred_on".to_owned(), 2),
        ("severity=low".to_owned(), 0),
        ("state=closed".to_owned(), 0),
        ("occurred_on_min=2026-05-19".to_owned(), 1),
        ("occurred_on_max=2026-05-18".to_owned(), 1),
    ] {
        let list = worker.get(&format!("/v1/incidents?count=exact&{query}")).await.ok();
        assert_eq!(list["total"], found, "{query}");
    }
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    scene.report("restraint", "2026-05-18").await.ok();
    let mut complaint = crate::support::around::complaint("2026-05-20");
    complaint["concerns_on"] = json!("2026-05-18");
    scene.post("complaints", complaint).await.ok();
    let mut conn = scene.world.database.owner();
    for (table, set) in [
        ("incidents", "carer_family_id = (SELECT id FROM carer_families)"),
        ("incidents", "police_on = occurred_on - 1"),
        ("incidents", "inspectorate_on = occurred_on - 1"),
        ("incidents", "started_on = occurred_on"),
        ("incidents", "state = 'under_investigation'"),
        ("incidents", "state = 'under_investigation', started_on = occurred_on - 1"),
        ("incidents", "state = 'closed', started_on = occurred_on"),
        ("incidents", "outcome = 'unfounded'"),
        ("incidents", "conclusion = place"),
        (
            "incidents",
            "state = 'closed', started_on = occurred_on, closed_on = occurred_on - 1, outcome = 'unfounded', conclusion = place",
        ),
        ("incidents", "state = 'entered_in_error'"),
        ("incidents", "version = 0"),
        ("incidents", "facility_id = NULL, reported_by = (SELECT id FROM organisations LIMIT 1)"),
        ("complaints", "carer_family_id = (SELECT id FROM carer_families)"),
        ("complaints", "concerns_on = received_on + 1"),
        ("complaints", "state = 'resolved'"),
        (
            "complaints",
            "state = 'resolved', resolved_on = received_on - 1, outcome = 'upheld', conclusion = description",
        ),
        ("complaints", "outcome = 'upheld'"),
        ("complaints", "conclusion = description"),
        ("complaints", "resolved_on = received_on, outcome = 'upheld', conclusion = description"),
        ("complaints", "state = 'entered_in_error'"),
        ("complaints", "version = 0"),
        ("complaints", "child_id = NULL, facility_id = NULL"),
        ("complaint_reporters", "version = 0"),
    ] {
        let said =
            conn.batch_execute(&format!("UPDATE {table} SET {set}")).unwrap_err().to_string();
        assert!(said.contains("violates check constraint"), "{table} {set}: {said}");
    }
}
