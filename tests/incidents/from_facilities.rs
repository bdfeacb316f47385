//! What a facility reports of the children who live there, and what it is told of it.
use kinstead::{children::ChildId, facilities::FacilityId};
use serde_json::{Value, json};

use super::fault;
use crate::{
    support::{
        Country, Persona, Reply, World, around::incident, body, in_facility, leave, move_to_family,
    },
    trust::{add_elsewhere, elsewhere},
};

/// A child that has lived in a facility since March.
struct Home {
    world: World,
    country: Country,
    child: ChildId,
    facility: FacilityId,
    lives: Reply,
}

impl Home {
    async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        add_elsewhere(&world);
        let child = country.child("female", "2016-05-01");
        let facility = country.facility(json!({"total": 8}));
        let worker = world.persona("case_worker");
        let lives = worker.post("/v1/placements", in_facility(child, facility, "2026-03-02")).await;
        lives.ok();
        Self { world, country, child, facility, lives }
    }

    fn officer(&self) -> Persona<'_> {
        self.world.persona("facility_officer")
    }

    async fn report(&self, from: FacilityId, on: &str) -> Reply {
        let new = json!({"child_id": self.child, "incident": incident(on)});
        self.officer().post(&format!("/v1/facilities/{from}/incidents"), new).await
    }

    /// A case worker reports what a child said.
    async fn alleged(&self) -> Value {
        let mut new = incident("2026-05-20");
        new["kind"] = json!("abuse_allegation");
        let path = format!("/v1/children/{}/incidents", self.child);
        self.world.persona("case_worker").post(&path, new).await.ok()
    }

    /// A facility that another organisation runs.
    async fn of_another_operator(&mut self) -> FacilityId {
        let new = json!({"kind": "authority", "name": "Another", "area_code": "RS", "valid_from": "1990-01-01"});
        let nation = self.world.persona("national_authority");
        let another = nation.post("/v1/organisations", new).await.ok()["id"].clone();
        let own = std::mem::replace(&mut self.country.authority, body(another));
        let facility = self.country.facility(json!({"total": 8}));
        self.country.authority = own;
        facility
    }

    async fn listed(&self) -> Vec<Value> {
        self.officer().get("/v1/incidents").await.ok()["data"].as_array().unwrap().clone()
    }
}

fn withheld(record: &Value) -> Vec<&str> {
    let members = record["withheld"].as_array().into_iter().flatten();
    let mut names: Vec<&str> = members.map(|member| member["member"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

#[actix_web::test]
async fn a_facility_reports_and_whoever_is_responsible_for_the_child_goes_on_with_it() {
    let home = Home::new().await;
    let reported = home.report(home.facility, "2026-05-18").await;
    let told = reported.ok();
    assert_eq!(withheld(&told), ["description", "investigation", "place"]);
    assert_eq!(
        (&told["facility_id"], &told["reported_by"], &told["state"]),
        (&json!(home.facility), &json!(home.country.authority), &json!("reported"))
    );
    let path = reported.header("location").to_owned();
    let worker = home.world.persona("case_worker");
    let seen = worker.get(&path).await;
    assert_eq!(seen.ok()["description"], "An older boy pushed her.");
    let started = json!({"started_on": "2026-05-19"});
    let begun = worker.step(&format!("{path}/investigate"), seen.etag(), started.clone()).await;
    let closing = json!({"closed_on": "2026-06-30", "outcome": "substantiated", "conclusion": "They are apart."});
    worker.step(&format!("{path}/close"), begun.etag(), closing).await.ok();
    // The facility learns that it is dealt with, and not what was found.
    let closed = home.officer().get(&path).await;
    let hidden = ["conclusion", "description", "investigation", "outcome", "place"];
    assert_eq!(withheld(&closed.ok()), hidden);
    assert_eq!(
        (&closed.ok()["state"], &closed.ok()["closed_on"]),
        (&json!("closed"), &json!("2026-06-30"))
    );
    let history = home.officer().get(&format!("{path}/history")).await.ok();
    assert_eq!(history["data"].as_array().unwrap().len(), 3);
    assert_eq!(withheld(&history["data"][0]["after"]), hidden);
    for step in ["investigate", "close", "annul", "notify", "findings"] {
        let step = format!("{path}/{step}");
        home.officer().step(&step, closed.etag(), started.clone()).await.refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn a_facility_is_told_of_nothing_that_others_say_happened_there() {
    let home = Home::new().await;
    let own = home.report(home.facility, "2026-05-18").await.ok();
    let alleged = home.alleged().await;
    let path = format!("/v1/incidents/{}", alleged["id"].as_str().unwrap());
    assert_eq!(alleged["facility_id"], json!(home.facility));
    for what in ["", "/history", "?known_at=2026-11-22T12:00:00Z"] {
        home.officer().get(&format!("{path}{what}")).await.refused(404, "not_found");
    }
    let listed = home.listed().await;
    assert_eq!(listed.iter().map(|it| &it["id"]).collect::<Vec<_>>(), [&own["id"]]);
    // Nor by what became of the child, which tells a facility no more than the records themselves.
    let child = format!("/v1/children/{}/history?limit=100", home.child);
    let told = home.officer().get(&child).await.ok();
    let kinds: Vec<&str> =
        told["data"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "incident").count(), 1, "{kinds:?}");
    let whole = home.world.persona("case_worker").get(&child).await.ok();
    assert!(format!("{whole}").contains(alleged["id"].as_str().unwrap()));
    assert!(!format!("{told}").contains(alleged["id"].as_str().unwrap()));
}

#[actix_web::test]
async fn what_lodgers_do_not_read_in_tables_stands_in_no_history_for_them() {
    let home = Home::new().await;
    let worker = home.world.persona("case_worker");
    let child = format!("/v1/children/{}", home.child);
    let asked = json!({"kind": "initial", "requested_on": "2026-11-20", "reason": "A neighbour."});
    worker.post(&format!("{child}/assessments"), asked).await.ok();
    let review = json!({"kind": "placement", "due_on": "2026-12-01"});
    worker.post(&format!("{child}/reviews"), review).await.ok();
    let kinds = async |who: &str| {
        let told = home.world.persona(who).get(&format!("{child}/history?limit=100")).await.ok();
        let kinds = told["data"].as_array().unwrap().iter().map(|it| it["kind"].clone());
        kinds.map(|kind| kind.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (told, whole) = (kinds("facility_officer").await, kinds("case_worker").await);
    for hidden in ["assessment", "review"] {
        assert!(whole.iter().any(|kind| kind == hidden) && !told.iter().any(|kind| kind == hidden));
    }
    for known in ["child", "placement", "care_period"] {
        assert!(told.iter().any(|kind| kind == known), "{known}: {told:?}");
    }
}

#[actix_web::test]
async fn a_facility_reports_of_days_on_which_the_child_lived_there() {
    let mut home = Home::new().await;
    let (other, family) = (home.country.facility(json!({"total": 8})), home.country.family(1));
    let day = "/incident/occurred_on";
    fault(&home.report(home.facility, "2026-03-01").await, day, "lived_elsewhere");
    fault(&home.report(home.facility, "2026-11-23").await, day, "future_date");
    fault(&home.report(other, "2026-05-18").await, day, "lived_elsewhere");
    let foreign = home.of_another_operator().await;
    home.report(foreign, "2026-05-18").await.refused(403, "out_of_reach");
    // Of the day of a move it says what happened before.
    let worker = home.world.persona("case_worker");
    let path = format!("{}/move", home.lives.header("location"));
    let moved = worker.step(&path, home.lives.etag(), move_to_family(family, "2026-11-10")).await;
    let reported = home.report(home.facility, "2026-11-10").await.ok();
    assert_eq!(reported["facility_id"], json!(home.facility));
    assert!(reported.get("carer_family_id").is_none());
    fault(&home.report(home.facility, "2026-11-11").await, day, "lived_elsewhere");
    moved.ok();
}

#[actix_web::test]
async fn a_facility_reports_of_nobody_who_lives_elsewhere() {
    let mut home = Home::new().await;
    let nobody = json!("5e2d9b80-41c7-4f3a-8d16-b7a0c9e8f511");
    let path = format!("/v1/facilities/{}/incidents", home.facility);
    let elsewhere_now = json!(home.country.child("male", "2015-05-01"));
    for child in [nobody, elsewhere_now] {
        let new = json!({"child_id": child, "incident": incident("2026-05-18")});
        fault(&home.officer().post(&path, new).await, "/child_id", "unknown_reference");
    }
    let new = json!({"child_id": home.child, "incident": incident("2026-05-18")});
    let stranger = home.world.persona(&elsewhere("facility_officer"));
    stranger.post(&path, new.clone()).await.refused(404, "not_found");
    for role in ["case_worker", "national_authority", "inspector"] {
        home.world.persona(role).post(&path, new.clone()).await.refused(403, "forbidden");
    }
    // For 30 days after the child has left, and not longer.
    let reported = home.report(home.facility, "2026-05-18").await;
    let worker = home.world.persona("case_worker");
    let end = format!("{}/end", home.lives.header("location"));
    worker.step(&end, home.lives.etag(), leave("2026-10-01")).await.ok();
    fault(&home.report(home.facility, "2026-05-18").await, "/child_id", "unknown_reference");
    home.officer().get(reported.header("location")).await.refused(404, "not_found");
    assert_eq!(home.listed().await, Vec::<Value>::new());
}
