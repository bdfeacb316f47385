//! Care periods that are taken over from an older register, and each refusal.
use kinstead::{
    children::ChildId,
    placements::{self, PastCarePeriod},
};
use serde_json::{Value, json};

use crate::support::{Country, Reply, World, body, day, leave, move_to_family};

fn home(facility: impl serde::Serialize) -> Value {
    json!({"kind": "facility", "facility_id": facility})
}

fn carers(family: impl serde::Serialize) -> Value {
    json!({"kind": "carer_family", "carer_family_id": family})
}

/// Lived in a facility and then with a family, and went home.
fn past(child: ChildId, facility: impl serde::Serialize, family: impl serde::Serialize) -> Value {
    json!({
        "child_id": child,
        "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
        "placements": [
            {"starts_on": "2023-03-01", "care_type": "small_group_home", "planned_kind": "medium",
             "provider": home(facility), "legal_basis": "Family Act, art. 113", "end_reason": "care_plan"},
            {"starts_on": "2024-02-01", "care_type": "foster_long_term", "planned_kind": "long_term",
             "provider": carers(family), "legal_basis": "Family Act, art. 113", "end_reason": "care_plan"},
        ],
        "exit": {"ended_on": "2025-05-01", "exit_reason": "reunified_unplanned", "planned_exit": false},
    })
}

/// What is left of the records when ids, versions and what was planned are taken away.
fn told(timeline: &Value) -> Value {
    let mut periods = timeline["care_periods"].clone();
    for period in periods.as_array_mut().unwrap() {
        let placements = period["placements"].as_array_mut().unwrap();
        for record in placements {
            for name in ["id", "child_id", "care_period_id", "version"] {
                record.as_object_mut().unwrap().remove(name);
            }
        }
        for name in ["id", "child_id", "version"] {
            period["care_period"].as_object_mut().unwrap().remove(name);
        }
    }
    periods
}

#[actix_web::test]
async fn a_past_that_is_taken_over_is_the_one_that_was_recorded_step_by_step() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (one, other) =
        (country.child("female", "2016-05-01"), country.child("female", "2016-05-01"));
    let (family, facility) = (country.family(2), country.facility(json!({"total": 4})));
    let worker = world.persona("case_worker");

    let made = worker.post("/v1/care-periods", past(one, facility, family)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let period = worker.get(made.header("location")).await;
    assert_eq!((period.json(), period.etag()), (made.json(), made.etag()));

    let start = json!({
        "child_id": other, "intent": "start", "care_type": "small_group_home", "planned_kind": "medium",
        "starts_on": "2023-03-01", "provider": home(facility), "legal_basis": "Family Act, art. 113",
        "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
    });
    let started = worker.post("/v1/placements", start).await;
    let path = format!("{}/move", started.header("location"));
    let moved = worker.step(&path, started.etag(), move_to_family(family, "2024-02-01")).await;
    let path = format!("/v1/placements/{}/end", moved.ok()["id"].as_str().unwrap());
    worker.step(&path, moved.etag(), leave("2025-05-01")).await.ok();

    let timeline = async |child| worker.get(&format!("/v1/children/{child}/timeline")).await.ok();
    let (taken, lived) = (timeline(one).await, timeline(other).await);
    assert_eq!(told(&taken), told(&lived));

    // The journal tells what was done: each record once.
    for record in
        [&taken["care_periods"][0]["care_period"], &taken["care_periods"][0]["placements"][1]]
    {
        let kind = if record.get("care_type").is_some() { "placements" } else { "care-periods" };
        let path = format!("/v1/{kind}/{}/history", record["id"].as_str().unwrap());
        let history = worker.get(&path).await.ok();
        let entries = history["data"].as_array().unwrap();
        assert_eq!((entries.len(), &entries[0]["event"]), (1, &json!("taken_over")));
    }
}

#[actix_web::test]
async fn a_child_that_is_in_care_still_goes_on_from_what_was_taken_over() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = country.child("female", "2016-05-01");
    let (family, facility) = (country.family(2), country.facility(json!({"total": 4})));
    let worker = world.persona("case_worker");
    let mut open = past(child, facility, family);
    open.as_object_mut().unwrap().remove("exit");
    open["placements"][1].as_object_mut().unwrap().remove("end_reason");
    assert_eq!(worker.post("/v1/care-periods", open.clone()).await.ok()["state"], "open");
    worker.post("/v1/care-periods", open).await.broke("PL-01");

    let timeline = worker.get(&format!("/v1/children/{child}/timeline")).await.ok();
    assert_eq!(timeline["lives"]["provider"], carers(family));
    let last = &timeline["care_periods"][0]["placements"][1];
    let path = format!("/v1/placements/{}", last["id"].as_str().unwrap());
    let seen = worker.get(&path).await;
    worker.step(&format!("{path}/end"), seen.etag(), leave("2026-01-01")).await.ok();
    // An earlier period is not taken over after a later one, nor one of the same days.
    let again = worker.post("/v1/care-periods", past(child, facility, family)).await;
    again.broke("PL-04");
}

/// Changes a member of a body.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

fn faulty(response: &Reply, code: &str, pointer: &str) {
    let problem = response.refused(422, "invalid");
    let fault = &problem["errors"][0];
    assert_eq!((&fault["code"], &fault["pointer"]), (&json!(code), &json!(pointer)), "{problem}");
}

#[actix_web::test]
async fn every_rule_holds_for_what_is_taken_over() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = country.child("female", "2016-05-01");
    let (family, facility) = (country.family(1), country.facility(json!({"total": 1})));
    let worker = world.persona("case_worker");
    let good = past(child, facility, family);
    let send = async |body| worker.post("/v1/care-periods", body).await;
    for (pointer, value, rule) in [
        ("/placements/0/starts_on", json!("2015-03-01"), "PL-05"),
        ("/placements/0/starts_on", json!("2099-01-01"), "PL-06"),
        ("/placements/0/starts_on", json!("2024-02-01"), "PL-02"),
        ("/exit/ended_on", json!("2024-02-01"), "PL-02"),
        ("/exit/ended_on", json!("2099-01-01"), "PL-06"),
        ("/exit/exit_reason", json!("died"), "PL-07"),
        ("/placements/0/starts_on", json!("2019-03-01"), "PL-11"),
        ("/placements/1/starts_on", json!("2023-09-01"), "PL-11"),
    ] {
        let refused = send(with(good.clone(), pointer, value)).await;
        assert_eq!(refused.json()["rule"], rule, "{pointer}: {refused:?}");
    }
    for (pointer, value, code, at) in [
        (
            "/placements/0/care_type",
            json!("foster_long_term"),
            "wrong_provider",
            "/placements/0/provider/kind",
        ),
        (
            "/placements/1/provider/carer_family_id",
            json!(child),
            "unknown_reference",
            "/placements/1/provider/carer_family_id",
        ),
        (
            "/placements/0/provider/facility_id",
            json!(child),
            "unknown_reference",
            "/placements/0/provider/facility_id",
        ),
        ("/placements/0/end_reason", json!("nothing"), "unknown_code", "/placements/0/end_reason"),
        ("/exit/exit_reason", json!("nothing"), "unknown_code", "/exit/exit_reason"),
        ("/exit/exit_reason", json!("transferred_other_authority"), "no_exit", "/exit/exit_reason"),
        ("/care_entry/entry_reason", json!("nothing"), "unknown_code", "/care_entry/entry_reason"),
        (
            "/placements/0/planned_kind",
            json!("emergency"),
            "missing_member",
            "/placements/0/expected_end_on",
        ),
        ("/child_id", json!(facility), "unknown_reference", "/child_id"),
    ] {
        faulty(&send(with(good.clone(), pointer, value)).await, code, at);
    }
    let mut lasting = good.clone();
    lasting.as_object_mut().unwrap().remove("exit");
    faulty(&send(lasting).await, "reason_with_end", "/placements/1/end_reason");
    let mut unmoved = good.clone();
    unmoved["placements"][1] = unmoved["placements"][0].clone();
    unmoved["placements"][1]["starts_on"] = json!("2024-02-01");
    faulty(&send(unmoved).await, "no_change", "/placements/1/care_type");
    let young =
        with(good.clone(), "/placements/1/care_type", json!("supervised_independent_living"));
    let young = with(young, "/placements/1/provider", json!({"kind": "own_dwelling"}));
    send(young).await.broke("PL-10");
    world.persona("ngo").post("/v1/care-periods", good.clone()).await.refused(403, "forbidden");
    assert_eq!(
        worker.get(&format!("/v1/care-periods?child_id={child}")).await.ok()["data"],
        json!([])
    );
    send(good).await.ok();
}

#[actix_web::test]
async fn there_must_have_been_room_on_every_day_for_what_is_taken_over() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let children: Vec<ChildId> = (0..4).map(|_| country.child("female", "2016-05-01")).collect();
    let (family, facility) = (country.family(1), country.facility(json!({"total": 1})));
    let worker = world.persona("case_worker");
    let send = async |body| worker.post("/v1/care-periods", body).await;
    send(past(children[0], facility, family)).await.ok();
    // The facility was full when the second one came, the family when the first one came.
    send(past(children[1], facility, family)).await.broke("PL-12");
    let earlier = json!({
        "child_id": children[1],
        "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
        "placements": [{"starts_on": "2024-01-10", "care_type": "foster_long_term", "planned_kind": "long_term",
                        "provider": carers(family), "legal_basis": "Family Act, art. 113", "end_reason": "care_plan"}],
        "exit": {"ended_on": "2024-02-02", "exit_reason": "reunified_planned", "planned_exit": true},
    });
    send(earlier.clone()).await.broke("PL-12");
    send(with(earlier, "/exit/ended_on", json!("2024-02-01"))).await.ok();

    // Those that are taken over together count for one another before they are written.
    let mut together = |places: i32, most: i32| {
        let facility = country.facility(json!({"total": places}));
        let family = country.family(most);
        let both = [children[2], children[3]].map(|child| body(past(child, facility, family)));
        let both: [PastCarePeriod; 2] = both;
        country.change(|tx| placements::store::take_over(tx, &both))
    };
    for (places, most, limit) in [(1, 2, "total"), (2, 1, "max_children")] {
        let full = format!("{:?}", together(places, most).err().expect("there is no room"));
        assert!(full.contains("PL-12") && full.contains(limit), "{full}");
    }
    assert_eq!(together(2, 2).unwrap().len(), 2);
}

#[actix_web::test]
async fn an_adoption_that_is_taken_over_stands_on_the_child() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = country.child("female", "2016-05-01");
    let (family, facility) = (country.family(1), country.facility(json!({"total": 1})));
    let worker = world.persona("case_worker");
    let adopted =
        with(past(child, facility, family), "/exit/exit_reason", json!("adopted_unopposed"));
    worker.post("/v1/care-periods", adopted).await.ok();
    let read = worker.get(&format!("/v1/children/{child}")).await.ok();
    assert_eq!(read["adopted_on"], json!(day("2025-05-01")));
}
