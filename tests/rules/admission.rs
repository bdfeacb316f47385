//! The way into care, over HTTP: by an assessment or in an emergency; near to siblings and home, or by an override.
use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::{
    assessments::{Scene, completion_with},
    support::{Country, Persona, World, move_to_facility, plan, start, with_family},
};

fn planned(mut new: Value) -> Value {
    new["care_entry"]["emergency"] = json!(false);
    new
}

fn with_kin(child: ChildId, family: impl serde::Serialize, on: &str) -> Value {
    planned(start(
        child,
        "kinship_formal",
        json!({"kind": "carer_family", "carer_family_id": family}),
        on,
    ))
}

#[actix_web::test]
async fn care_begins_by_a_decided_assessment_that_recommends_it_while_it_is_valid() {
    let mut scene = Scene::new().await;
    let family = scene.country.family(3);
    let child = scene.child;
    let worker = scene.world.persona("case_worker");
    let place = async |new: Value| worker.post("/v1/placements", new).await;
    let problem = place(with_kin(child, family, "2026-03-10")).await.broke("PL-14");
    assert_eq!((&problem["status"], &problem["rule_version"]), (&json!(409), &json!("1")));
    assert_eq!(problem["legal_basis"], "UN Guidelines ¶57, ¶125");
    assert_eq!(problem["facts"], json!({"emergency": false}));

    let submitted = scene.submitted().await;
    place(with_kin(child, family, "2026-03-10")).await.broke("PL-14");
    let decided = scene.decide(&submitted, scene.decision("approved")).await.ok();
    let until = decided["valid_until"].as_str().unwrap();
    let foster = planned(with_family(child, family, "2026-03-10"));
    let other = place(foster).await.broke("PL-14");
    assert_eq!(other["facts"]["assessment_id"], decided["id"]);
    assert_eq!(other["facts"]["recommendation"], "kinship");
    // Decided on 9 March, valid for six months from 2 March on.
    place(with_kin(child, family, "2026-03-08")).await.broke("PL-14");
    assert_eq!(until, "2026-09-02");
    place(with_kin(child, family, until)).await.broke("PL-14");
    let placed = place(with_kin(child, family, "2026-09-01")).await;
    let at = format!("{}/decision", placed.header("location"));
    let decision = worker.get(&at).await.ok();
    assert_eq!(decision["placement_id"], placed.ok()["id"]);
    let findings = decision["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["rule"] == "PL-14").unwrap();
    assert_eq!((&found["outcome"], &found["class"]), (&json!("met"), &json!("hard")));
    assert_eq!(found["facts"]["assessment_id"], decided["id"]);
    for rule in ["PL-01", "PL-05", "PL-12", "PL-23"] {
        assert!(findings.iter().any(|it| it["rule"] == rule && it["outcome"] == "met"), "{rule}");
    }
}

#[actix_web::test]
async fn in_an_emergency_the_assessment_follows() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("female", "2016-05-01"), country.family(3));
    let worker = world.persona("case_worker");
    let planned_one = plan(
        child,
        "foster_long_term",
        json!({"kind": "carer_family", "carer_family_id": family}),
        "2026-12-01",
    );
    let planned_one = worker.post("/v1/placements", planned_one).await;
    let at = planned_one.header("location").to_owned();
    worker.get(&format!("{at}/decision")).await.refused(404, "not_found");
    let entry = |emergency: bool| json!({"started_on": "2026-03-01", "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": emergency}});
    worker.step(&format!("{at}/start"), planned_one.etag(), entry(false)).await.broke("PL-14");
    worker.step(&format!("{at}/start"), planned_one.etag(), entry(true)).await.ok();
    let decision = worker.get(&format!("{at}/decision")).await.ok();
    let findings = decision["findings"].as_array().unwrap();
    assert!(findings.iter().any(|it| it["rule"] == "PL-14" && it["facts"]["emergency"] == true));
    world.persona("ngo").get(&format!("{at}/decision")).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn an_institution_is_a_last_resort() {
    let mut scene = Scene::new().await;
    let (home, other, family) = (
        scene.country.facility(json!({"total": 4})),
        scene.country.facility(json!({"total": 4})),
        scene.country.family(3),
    );
    let child = scene.child;
    let worker = scene.world.persona("case_worker");
    let placed = worker.post("/v1/placements", with_family(child, family, "2026-01-01")).await;
    let path = format!("{}/move", placed.header("location"));
    let mut into = move_to_facility(home, "2026-03-10");
    into["to"]["planned_kind"] = json!("long_term");
    let refused = worker.step(&path, placed.etag(), into.clone()).await.broke("PL-15");
    assert_eq!(refused["errors"][0]["pointer"], "/to/care_type");
    let option = |option: &str| json!({"option": option, "effort": "tried", "considered_on": "2026-01-10", "outcome": "Nobody had room."});
    let completion = completion_with(&[
        ("/recommendation", json!("residential_planned")),
        (
            "/findings/suitability",
            json!([
                {"care_type": "foster_long_term", "finding": "unavailable", "reason": "No family had room."},
                {"care_type": "small_group_home", "finding": "suitable", "reason": "It is near her school."},
            ]),
        ),
        (
            "/findings/options_exhausted",
            json!([option("kinship"), option("foster"), option("family_support")]),
        ),
    ]);
    let submitted = scene.submitted_with(completion).await;
    scene.decide(&submitted, scene.decision("approved")).await.ok();
    let moved = worker.step(&path, placed.etag(), into).await;
    let on = format!("/v1/placements/{}/move", moved.ok()["id"].as_str().unwrap());
    // From one to another when the assessment no longer holds: it is no entry into residential care.
    let mut again = move_to_facility(other, "2026-10-10");
    again["to"]["planned_kind"] = json!("long_term");
    let tag = worker.get(on.trim_end_matches("/move")).await.etag().to_owned();
    worker.step(&on, &tag, again).await.ok();
}

/// A rule, why it is stepped over, and until when.
fn stepping(rule: &str, until: Option<&str>) -> Value {
    let mut said = json!({
        "rule": rule, "justification": "Her aunt, whom she has known all her life, lives there.",
        "authorised_by": "Director of the centre", "authorised_on": "2026-03-01",
    });
    if let Some(day) = until {
        said["valid_until"] = json!(day);
    }
    said
}

async fn refused_override(persona: &Persona<'_>, mut new: Value, said: Value) -> (String, String) {
    new["overrides"] = json!([said]);
    let problem = persona.post("/v1/placements", new).await.refused(422, "invalid");
    let text = |name: &str| problem["errors"][0][name].as_str().unwrap().to_owned();
    (text("code"), text("pointer"))
}

#[actix_web::test]
async fn far_from_home_only_by_an_override_of_somebody_entitled_that_others_review() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, near) =
        (country.child("female", "2016-05-01"), country.child("male", "2016-05-01"));
    let family = country.family(3);
    far_away(&world, child);
    let (worker, supervisor) = (world.persona("case_worker"), world.persona("supervisor"));
    let new = with_family(child, family, "2026-03-01");
    let problem = worker.post("/v1/placements", new.clone()).await.broke("PL-23");
    assert_eq!((&problem["status"], &problem["facts"]["limit_km"]), (&json!(422), &json!(50)));
    assert!(problem["facts"]["distance_km"].as_f64().unwrap() > 100.0);
    let tried = worker.post("/v1/placements:evaluate", new.clone()).await.ok();
    assert_eq!(tried["possible"], false);

    let code = |code: &str, member: &str| (code.to_owned(), format!("/overrides/0{member}"));
    let refused = refused_override(&worker, new.clone(), stepping("PL-23", None)).await;
    assert_eq!(refused, code("override_by_wrong_role", "/rule"));
    for (said, expected) in [
        (stepping("PL-21", None), code("override_not_needed", "/rule")),
        (stepping("PL-23", Some("2026-03-01")), code("override_too_long", "/valid_until")),
        (stepping("PL-23", Some("2026-08-29")), code("override_too_long", "/valid_until")),
        (with("justification", " ".repeat(40)), code("says_nothing", "/justification")),
        (with("authorised_on", "2026-03-02".to_owned()), code("out_of_order", "/authorised_on")),
    ] {
        assert_eq!(refused_override(&supervisor, new.clone(), said).await, expected);
    }
    let hard = planned(with_family(near, family, "2026-03-01"));
    let refused = refused_override(&supervisor, hard, stepping("PL-14", None)).await;
    assert_eq!(refused, code("override_of_hard", "/rule"));
    let mut plan = plan(
        near,
        "foster_long_term",
        json!({"kind": "carer_family", "carer_family_id": family}),
        "2026-12-01",
    );
    plan["overrides"] = json!([stepping("PL-23", None)]);
    supervisor.post("/v1/placements", plan).await.refused(422, "invalid");
    assert_eq!(worker.get("/v1/overrides?count=exact").await.ok()["total"], 0);

    let mut longest = new;
    longest["overrides"] = json!([stepping("PL-23", Some("2026-08-28"))]);
    let possible = supervisor.post("/v1/placements:evaluate", longest.clone()).await.ok();
    assert_eq!(possible["possible"], true);
    assert_eq!(worker.get("/v1/overrides?count=exact").await.ok()["total"], 0);
    let placed = supervisor.post("/v1/placements", longest).await.ok();
    reviewed_by_another(&world, &placed).await;
}

fn with(member: &str, value: String) -> Value {
    let mut said = stepping("PL-23", None);
    said[member] = json!(value);
    said
}

async fn reviewed_by_another(world: &World, placed: &Value) {
    let (supervisor, region) = (world.persona("supervisor"), world.persona("regional_authority"));
    let decision = format!("/v1/placements/{}/decision", placed["id"].as_str().unwrap());
    let decision = world.persona("case_worker").get(&decision).await.ok();
    let found = decision["findings"].as_array().unwrap();
    let found = found.iter().find(|finding| finding["rule"] == "PL-23").unwrap();
    assert_eq!(found["outcome"], "overridden");
    let made = &decision["overrides"][0];
    assert_eq!((&made["role"], &made["state"]), (&json!("supervisor"), &json!("to_review")));
    assert_eq!(
        (&made["begins_on"], &made["valid_until"]),
        (&json!("2026-03-01"), &json!("2026-08-28"))
    );
    let list = async |query: &str| {
        let list = region.get(&format!("/v1/overrides?count=exact&{query}")).await.ok();
        list["total"].as_i64().unwrap()
    };
    assert_eq!(list("rule=PL-23&state=to_review").await, 1);
    assert_eq!(
        (list("in_force_on=2026-08-27").await, list("in_force_on=2026-08-28").await),
        (1, 0)
    );
    assert_eq!((list("ended_by=2026-08-28").await, list("ended_by=2026-08-27").await), (1, 0));
    let at = format!("/v1/overrides/{}", made["id"].as_str().unwrap());
    let review = json!({"upheld": true, "note": "The aunt was visited."});
    let tag = region.get(&at).await.etag().to_owned();
    supervisor
        .step(&format!("{at}/review"), &tag, review.clone())
        .await
        .refused(409, "state_conflict");
    world
        .persona("case_worker")
        .step(&format!("{at}/review"), &tag, review.clone())
        .await
        .refused(403, "forbidden");
    let upheld = region.step(&format!("{at}/review"), &tag, review.clone()).await;
    assert_eq!((&upheld.ok()["state"], &upheld.ok()["version"]), (&json!("upheld"), &json!(2)));
    region
        .step(&format!("{at}/review"), upheld.etag(), review)
        .await
        .refused(409, "state_conflict");
    assert_eq!(list("state=upheld").await, 1);
}

/// Lets the child come from a town far from where families of the tests live.
fn far_away(world: &World, child: ChildId) {
    let mut owner = world.database.owner();
    let sql = "INSERT INTO areas (id, code, level, parent_code, names, lat, lon, version) \
               VALUES (gen_random_uuid(), 'RS-97', 'district', 'RS', '{\"en\": \"Far away\"}', 45.8, 19.1, 1)";
    diesel::RunQueryDsl::execute(diesel::sql_query(sql), &mut owner).unwrap();
    let sql = format!("UPDATE children SET area_code = 'RS-97' WHERE id = '{child}'");
    diesel::RunQueryDsl::execute(diesel::sql_query(sql), &mut owner).unwrap();
    world.refresh();
}

#[actix_web::test]
async fn brothers_and_sisters_who_are_to_stay_together_are_not_parted() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (one, other) = (country.child("female", "2016-05-01"), country.child("male", "2014-05-01"));
    let (home, elsewhere) = (country.family(3), country.family(3));
    let (worker, supervisor) = (world.persona("case_worker"), world.persona("supervisor"));
    let kin =
        json!({"kind": "full_sibling", "related_child_id": other, "to_be_kept_together": "yes"});
    worker.post(&format!("/v1/children/{one}/relations"), kin).await.ok();
    let first = worker.post("/v1/placements", with_family(one, home, "2026-01-01")).await;
    let problem = worker
        .post("/v1/placements", with_family(other, elsewhere, "2026-02-01"))
        .await
        .broke("PL-21");
    assert_eq!(problem["facts"], json!({"siblings_in_care": 1, "siblings_elsewhere": 1}));
    let second = worker.post("/v1/placements", with_family(other, home, "2026-02-01")).await;
    second.ok();
    // Both move: what is planned for the one who follows counts.
    let to = |family| {
        json!({"moved_on": "2026-03-01", "reason": "care_plan", "to": {
        "care_type": "foster_long_term", "planned_kind": "long_term", "legal_basis": "Family Act, art. 113",
        "provider": {"kind": "carer_family", "carer_family_id": family}}})
    };
    let path = format!("{}/move", first.header("location"));
    worker.step(&path, first.etag(), to(elsewhere)).await.broke("PL-21");
    let plan = plan(
        other,
        "foster_long_term",
        json!({"kind": "carer_family", "carer_family_id": elsewhere}),
        "2026-03-01",
    );
    let planned = worker.post("/v1/placements", plan).await.ok();
    worker.step(&path, first.etag(), to(elsewhere)).await.ok();
    let follow = json!({"moved_on": "2026-03-01", "reason": "care_plan", "planned_placement_id": planned["id"]});
    let path = format!("{}/move", second.header("location"));
    let followed = worker.step(&path, second.etag(), follow).await.ok();
    // Apart again, because somebody entitled says why.
    let mut apart = to(home);
    apart["moved_on"] = json!("2026-04-01");
    apart["overrides"] = json!([stepping("PL-21", None)]);
    let path = format!("/v1/placements/{}/move", followed["id"].as_str().unwrap());
    let tag = supervisor.get(path.trim_end_matches("/move")).await.etag().to_owned();
    supervisor.step(&path, &tag, apart).await.ok();
    let list = supervisor.get("/v1/overrides?rule=PL-21").await.ok();
    assert_eq!(list["data"][0]["child_id"], json!(other));
    // As many days as the rule's version allows: 90.
    assert_eq!(list["data"][0]["valid_until"], "2026-06-30");
}
