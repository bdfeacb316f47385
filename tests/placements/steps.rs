//! Each step of a placement over HTTP, and each refusal.
use serde_json::json;

use crate::support::{
    Country, World, in_facility, leave, move_to_facility, move_to_family, plan, start, with_family,
};

#[actix_web::test]
async fn a_child_is_planned_for_moves_in_moves_on_and_leaves() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family, home) = (
        country.child("female", "2016-05-01"),
        country.family(2),
        country.facility(json!({"total": 4})),
    );
    let worker = world.persona("case_worker");

    let provider = json!({"kind": "carer_family", "carer_family_id": family});
    let planned = worker
        .post("/v1/placements", plan(child, "foster_long_term", provider, "2026-12-01"))
        .await;
    let path = planned.header("location").to_owned();
    assert_eq!(planned.ok()["state"], "planned");
    let timeline = format!("/v1/children/{child}/timeline");
    let before = worker.get(&timeline).await.ok();
    assert!(before.get("lives").is_none());
    assert_eq!(before["planned"][0]["id"], planned.json()["id"]);

    let entry = json!({"entry_reason": "neglect", "other_reasons": ["parent_alcohol"], "entry_route": "from_family", "emergency": true});
    let begin = json!({"started_on": "2026-02-01", "care_entry": entry});
    let started = worker.step(&format!("{path}/start"), planned.etag(), begin.clone()).await;
    assert_eq!(started.ok()["state"], "active");
    assert_eq!(started.json()["opens_period"], true);
    worker
        .step(&format!("{path}/start"), started.etag(), begin)
        .await
        .refused(409, "state_conflict");

    let moved = worker
        .step(&format!("{path}/move"), started.etag(), move_to_facility(home, "2026-04-01"))
        .await;
    let next = moved.ok();
    assert_eq!((&next["started_on"], &next["opens_period"]), (&json!("2026-04-01"), &json!(false)));
    let first = worker.get(&path).await.ok();
    assert_eq!(
        (&first["state"], &first["ended_on"], &first["end_reason"]),
        (&json!("ended"), &json!("2026-04-01"), &json!("care_plan"))
    );

    let path = format!("/v1/placements/{}", next["id"].as_str().unwrap());
    let ended = worker.step(&format!("{path}/end"), moved.etag(), leave("2026-06-01")).await.ok();
    assert_eq!(ended["state"], "ended");
    let after = worker.get(&timeline).await.ok();
    let period = &after["care_periods"][0]["care_period"];
    assert_eq!(
        (&period["state"], &period["exit_reason"]),
        (&json!("closed"), &json!("reunified_unplanned"))
    );
    assert_eq!(after["care_periods"][0]["placements"].as_array().unwrap().len(), 2);
    assert!(after.get("lives").is_none());

    let then = worker.get(&format!("{timeline}?as_of=2026-03-15")).await.ok();
    assert_eq!(then["lives"]["provider"]["carer_family_id"], json!(family));
    assert_eq!(
        then["care_periods"][0]["placements"],
        json!([{
            "id": first["id"], "child_id": child, "care_period_id": period["id"], "state": "active", "care_type": "foster_long_term",
            "planned_kind": "long_term", "provider": {"kind": "carer_family", "carer_family_id": family}, "starts_on": "2026-12-01",
            "started_on": "2026-02-01", "opens_period": true, "same_carer": false, "legal_basis": "Family Act, art. 113", "flags": [], "version": 3,
        }])
    );
    let history =
        worker.get(&format!("/v1/placements/{}/history", first["id"].as_str().unwrap())).await.ok();
    let events: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|entry| entry["event"].clone()).collect();
    assert_eq!(events, ["ended", "started", "planned"]);
}

#[actix_web::test]
async fn what_was_known_then_can_be_asked_now() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2016-05-01"), country.family(2));
    let worker = world.persona("case_worker");
    let before = world.clock.clone();
    use kinstead::platform::clock::Clock as _;
    let registered = before.now();
    world.clock.advance(chrono::Duration::minutes(1));
    let started = worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    started.ok();
    let placed = world.clock.now();
    world.clock.advance(chrono::Duration::minutes(1));
    let path = started.header("location").to_owned();
    worker.step(&format!("{path}/end"), started.etag(), leave("2026-06-01")).await.ok();

    let ask =
        |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let timeline = format!("/v1/children/{child}/timeline");
    let at_first = worker.get(&format!("{timeline}?known_at={}", ask(registered))).await.ok();
    assert_eq!(at_first["care_periods"], json!([]));
    let then = worker.get(&format!("{timeline}?known_at={}", ask(placed))).await.ok();
    assert_eq!(then["care_periods"][0]["care_period"]["state"], "open");
    assert_eq!(then["lives"]["since"], "2026-03-01");
    let record = worker.get(&format!("{path}?known_at={}", ask(placed))).await;
    assert_eq!((record.ok()["state"].clone(), record.etag()), (json!("active"), ""));
    let list =
        worker.get(&format!("/v1/placements?child_id={child}&known_at={}", ask(placed))).await.ok();
    assert_eq!(list["data"][0]["state"], "active");
    worker
        .get(&format!("/v1/placements?known_at={}", ask(placed)))
        .await
        .refused(400, "invalid_query");
    worker
        .get(&format!("{path}?known_at=2031-01-01T00:00:00Z"))
        .await
        .refused(400, "invalid_query");
    let long_ago = worker.get(&format!("{timeline}?known_at=2001-01-01T00:00:00Z")).await;
    long_ago.refused(404, "not_found");
}

#[actix_web::test]
async fn a_child_in_care_moves_and_is_not_placed_twice() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, one, other) =
        (country.child("male", "2014-05-01"), country.family(2), country.family(2));
    let worker = world.persona("case_worker");
    let placed = worker.post("/v1/placements", with_family(child, one, "2026-03-01")).await;
    placed.ok();
    worker.post("/v1/placements", with_family(child, other, "2026-04-01")).await.broke("PL-01");
    let planned = worker
        .post(
            "/v1/placements",
            plan(
                child,
                "foster_long_term",
                json!({"kind": "carer_family", "carer_family_id": other}),
                "2026-12-01",
            ),
        )
        .await;
    let entry =
        json!({"entry_reason": "neglect", "entry_route": "from_family", "emergency": false});
    let begin = json!({"started_on": "2026-05-01", "care_entry": entry});
    worker
        .step(&format!("{}/start", planned.header("location")), planned.etag(), begin)
        .await
        .broke("PL-01");
    let path = placed.header("location").to_owned();
    let target = json!({"moved_on": "2026-05-01", "reason": "care_plan", "planned_placement_id": planned.json()["id"]});
    let moved = worker.step(&format!("{path}/move"), placed.etag(), target).await.ok();
    assert_eq!((&moved["id"], &moved["state"]), (&planned.json()["id"], &json!("active")));
}

#[actix_web::test]
async fn a_full_facility_takes_no_child_and_a_full_family_only_siblings() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let home = country.facility(json!({"total": 2, "by_sex": {"female": 1}}));
    let children: Vec<_> = ["female", "male", "female", "male"]
        .iter()
        .map(|sex| country.child(sex, "2015-01-01"))
        .collect();
    worker.post("/v1/placements", in_facility(children[0], home, "2026-03-01")).await.ok();
    let problem = worker
        .post("/v1/placements", in_facility(children[2], home, "2026-03-01"))
        .await
        .broke("PL-12");
    assert_eq!(
        problem["facts"],
        json!({"day": "2026-03-01", "limit": "sex", "capacity": 1, "occupied": 1})
    );
    worker.post("/v1/placements", in_facility(children[1], home, "2026-03-05")).await.ok();
    let problem = worker
        .post("/v1/placements", in_facility(children[3], home, "2026-03-01"))
        .await
        .broke("PL-12");
    assert_eq!(problem["facts"]["limit"], "total", "on a later day it would be one too many");

    let family = country.family(2);
    let group: Vec<_> = (0..4).map(|_| country.child("female", "2015-01-01")).collect();
    country.siblings(&group[..3]);
    for child in &group[..3] {
        worker.post("/v1/placements", with_family(*child, family, "2026-03-01")).await.ok();
    }
    let problem = worker
        .post("/v1/placements", with_family(group[3], family, "2026-03-01"))
        .await
        .broke("PL-12");
    assert_eq!(problem["facts"], json!({"day": "2026-03-01", "max_children": 2, "placed": 3}));
    let exempt = country.child("male", "2015-01-01");
    let other = country.family_with(
        json!({"max_children": 1, "exemptions": [{"child_id": exempt, "until": "2026-06-01"}]}),
    );
    let first = country.child("male", "2015-01-01");
    worker.post("/v1/placements", with_family(first, other, "2026-03-01")).await.ok();
    worker.post("/v1/placements", with_family(exempt, other, "2026-06-01")).await.broke("PL-12");
    worker.post("/v1/placements", with_family(exempt, other, "2026-05-31")).await.ok();
}

#[actix_web::test]
async fn siblings_are_placed_all_or_none() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let home = country.facility(json!({"total": 2}));
    let group: Vec<_> = (0..3).map(|_| country.child("female", "2015-01-01")).collect();
    country.siblings(&group);
    let together = |children: &[kinstead::children::ChildId]| {
        let placements: Vec<_> =
            children.iter().map(|child| in_facility(*child, home, "2026-03-01")).collect();
        json!({"placements": placements})
    };
    worker.post("/v1/sibling-placements", together(&group)).await.broke("PL-12");
    for child in &group {
        let timeline = worker.get(&format!("/v1/children/{child}/timeline")).await.ok();
        assert_eq!(timeline["care_periods"], json!([]), "nobody was placed");
    }
    let made = worker.post("/v1/sibling-placements", together(&group[1..])).await.ok();
    assert_eq!(made["data"][0]["child_id"], json!(group[1]));
    assert_eq!(made["data"][1]["state"], "active");
    let stranger = country.child("male", "2015-01-01");
    let problem = worker
        .post("/v1/sibling-placements", together(&[group[0], stranger]))
        .await
        .refused(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "not_siblings");
}

#[actix_web::test]
async fn a_provider_takes_only_whom_it_may() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let child = country.child("female", "2016-05-01");
    let terms = [
        (json!({"age_max": 5}), "age_max"),
        (json!({"age_min": 12}), "age_min"),
        (json!({"sex": "male"}), "sex"),
        (json!({"named_children": [uuid::Uuid::new_v4()]}), "named_children"),
    ];
    for (terms, term) in terms {
        let family = country.family_with(terms);
        let problem = worker
            .post("/v1/placements", with_family(child, family, "2026-03-01"))
            .await
            .broke("PL-11");
        assert_eq!(problem["facts"]["term"], term);
    }
    let kin = country.family_with(json!({"purposes": ["kinship"]}));
    let problem =
        worker.post("/v1/placements", with_family(child, kin, "2026-03-01")).await.broke("PL-11");
    assert_eq!(problem["facts"]["why"], "purpose_not_covered");
    worker
        .post(
            "/v1/placements",
            start(
                child,
                "kinship_formal",
                json!({"kind": "facility", "facility_id": country.facility(json!({"total": 1}))}),
                "2026-03-01",
            ),
        )
        .await
        .refused(422, "invalid");

    let home = country.facility(json!({"total": 1}));
    worker.post("/v1/placements", in_facility(child, home, "2019-12-31")).await.broke("PL-11");
    let path = format!("/v1/facilities/{home}");
    let authority = world.persona("national_authority");
    let stop = json!({"on": "2026-02-01", "reason": "The house is being repaired.", "decision_no": "7/2026"});
    authority
        .step(&format!("{path}/stop-admissions"), authority.get(&path).await.etag(), stop)
        .await
        .ok();
    worker.post("/v1/placements", in_facility(child, home, "2026-03-01")).await.broke("PL-13");
    worker.post("/v1/placements", in_facility(child, home, "2026-01-31")).await.ok();
}

#[actix_web::test]
async fn kin_may_take_a_child_before_approval_for_three_days() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let child = country.child("female", "2016-05-01");
    let family = country.family_with(json!({"purposes": ["foster"]}));
    let mut new = start(
        child,
        "kinship_formal",
        json!({"kind": "carer_family", "carer_family_id": family}),
        "2026-03-01",
    );
    worker.post("/v1/placements", new.clone()).await.broke("PL-11");
    new["temporary_approval"] = json!({"justification": "The grandmother is the only relative near by.", "authorised_by": "Duty supervisor", "valid_until": "2026-03-05"});
    let problem = worker.post("/v1/placements", new.clone()).await.broke("PL-11");
    assert_eq!(problem["errors"][0]["pointer"], "/temporary_approval/valid_until");
    new["temporary_approval"]["valid_until"] = json!("2026-03-01");
    worker.post("/v1/placements", new.clone()).await.broke("PL-11");
    new["temporary_approval"]["valid_until"] = json!("2026-03-04");
    worker.post("/v1/placements", new).await.ok();
}

#[actix_web::test]
async fn absences_and_missing_episodes_lie_inside_care() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("male", "2012-05-01"), country.family(2));
    let worker = world.persona("case_worker");
    let missing = format!("/v1/children/{child}/missing-episodes");
    let gone = json!({"kind": "missing", "started_at": "2026-05-01T20:00:00Z"});
    worker.post(&missing, gone.clone()).await.broke("PL-32");
    let placed = worker.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let path = placed.header("location").to_owned();

    let absences = format!("{path}/absences");
    worker
        .post(&absences, json!({"reason": "hospital", "started_on": "2026-03-01"}))
        .await
        .broke("PL-24");
    let away =
        worker.post(&absences, json!({"reason": "hospital", "started_on": "2026-04-01"})).await;
    away.ok();
    worker
        .post(
            &absences,
            json!({"reason": "holiday", "started_on": "2026-04-05", "ended_on": "2026-04-06"}),
        )
        .await
        .broke("PL-24");
    let timeline = worker.get(&format!("/v1/children/{child}/timeline")).await.ok();
    assert_eq!(timeline["lives"]["absent"], "hospital");
    worker.step(&format!("{path}/end"), placed.etag(), leave("2026-06-01")).await.broke("PL-24");
    worker
        .step(
            &format!("{}/end", away.header("location")),
            away.etag(),
            json!({"ended_on": "2026-04-08"}),
        )
        .await
        .ok();

    let episode = worker.post(&missing, gone).await;
    episode.ok();
    worker
        .post(&missing, json!({"kind": "missing", "started_at": "2026-05-02T00:00:00Z"}))
        .await
        .broke("PL-32");
    worker
        .post(&missing, json!({"kind": "missing", "started_at": "2027-05-02T00:00:00Z"}))
        .await
        .refused(422, "invalid");
    worker.step(&format!("{path}/end"), placed.etag(), leave("2026-06-01")).await.broke("PL-32");
    let found = json!({"ended_at": "2026-05-02T06:00:00Z", "interview_offered": true, "interview_accepted": false});
    worker.step(&format!("{}/end", episode.header("location")), episode.etag(), found).await.ok();
    worker.step(&format!("{path}/end"), placed.etag(), leave("2026-06-01")).await.ok();
    assert_eq!(worker.get(&missing).await.ok()["data"][0]["interview_accepted"], false);
}

#[actix_web::test]
async fn a_placement_that_was_only_planned_is_cancelled() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("male", "2012-05-01"), country.family(2));
    let worker = world.persona("case_worker");
    let planned = worker
        .post(
            "/v1/placements",
            plan(
                child,
                "foster_long_term",
                json!({"kind": "carer_family", "carer_family_id": family}),
                "2026-12-01",
            ),
        )
        .await;
    let path = planned.header("location").to_owned();
    let cancelled = worker
        .step(&format!("{path}/cancel"), planned.etag(), json!({"reason": "The family withdrew."}))
        .await;
    assert_eq!(cancelled.ok()["state"], "cancelled");
    worker
        .step(&format!("{path}/end"), cancelled.etag(), leave("2026-11-01"))
        .await
        .refused(409, "state_conflict");
    worker
        .step(&format!("{path}/move"), cancelled.etag(), move_to_family(family, "2026-11-01"))
        .await
        .refused(409, "state_conflict");
    let page = worker
        .get(&format!("/v1/placements?child_id={child}&state=cancelled&state=planned"))
        .await
        .ok();
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
}
