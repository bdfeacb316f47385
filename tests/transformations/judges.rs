//! What stands against homes in a simulation: the same as would stand against a placement there.
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use diesel::{Connection as _, RunQueryDsl as _, connection::InstrumentationEvent, sql_query};
use kinstead::{
    children::ChildId,
    facilities::FacilityId,
    platform::{clock::Clock as _, db::maintain_on, idempotency::PLATFORM},
    transformations::store::simulate,
};
use serde_json::{Value, json};

use super::Scene;
use crate::support::{body, in_facility, leave, with_family};

impl Scene {
    async fn asked(&self) -> Value {
        let path = format!("{}/closure-plan:simulate", self.facility_path());
        let authority = self.world.persona("national_authority");
        authority.post(&path, json!({"on": "2026-11-22"})).await.ok()
    }

    fn set(&self, sql: &str) {
        sql_query(sql).execute(&mut self.world.database.owner()).unwrap();
    }

    /// Makes somebody the brother of the child of the scene, with whom it is to be kept together.
    async fn keep_together(&self, brother: ChildId) {
        let kept = json!({"kind": "full_sibling", "related_child_id": brother, "to_be_kept_together": "yes"});
        let path = format!("/v1/children/{}/relations", self.child);
        self.world.persona("national_authority").post(&path, kept).await.ok();
    }
}

fn of(answer: &Value, child: ChildId) -> &Value {
    let children = answer["children"].as_array().unwrap();
    children.iter().find(|it| it["child_id"] == json!(child)).unwrap()
}

/// Rule and word for a kind of home; nothing if there is an option.
fn against(answer: &Value, child: ChildId, kind: &str) -> Vec<(Value, Value)> {
    let all = of(answer, child)["none_because"].as_array().unwrap().iter();
    all.filter(|it| it["kind"] == kind).map(|it| (it["rule"].clone(), it["why"].clone())).collect()
}

fn why(rule: Option<&str>, word: &str) -> Vec<(Value, Value)> {
    vec![(rule.map_or(Value::Null, Value::from), json!(word))]
}

#[actix_web::test]
async fn a_home_takes_the_children_that_it_is_for() {
    let mut scene = Scene::new().await;
    let small = scene.country.facility(json!({"total": 4}));
    scene.country.family(2);
    let child = scene.child;
    let answer = scene.asked().await;
    assert_eq!(against(&answer, child, "small_group_home"), []);
    assert_eq!(against(&answer, child, "foster"), []);
    let home = |sql: &str| format!("UPDATE facilities SET {sql} WHERE id = '{small}'");
    for (sql, back, word) in [
        ("accepts_age_max = 11", "accepts_age_max = 25", "age"),
        ("accepts_sex = 'male'", "accepts_sex = 'any'", "sex"),
    ] {
        scene.set(&home(sql));
        let told = against(&scene.asked().await, child, "small_group_home");
        assert_eq!(told, why(None, word), "{sql}");
        scene.set(&home(back));
    }
    // A child with a disability lives where somebody can care for it.
    scene.set(&format!("UPDATE children SET disability_status = 'yes' WHERE id = '{child}'"));
    let answer = scene.asked().await;
    assert_eq!(against(&answer, child, "small_group_home"), []);
    scene.set(&home("accepts_disability = false"));
    scene.set("UPDATE carer_families SET accepts_disability = false");
    let answer = scene.asked().await;
    assert_eq!(against(&answer, child, "small_group_home"), why(None, "disability"));
    assert_eq!(against(&answer, child, "foster"), why(None, "disability"));
    scene.set("UPDATE children SET disability_status = 'not_assessed'");
    let answer = scene.asked().await;
    assert_eq!(against(&answer, child, "small_group_home"), []);
    assert_eq!(against(&answer, child, "foster"), []);
    // Kin was approved for this very child.
    scene.set("UPDATE children SET disability_status = 'yes'");
    scene.country.family_with(json!({"max_children": 1, "named_children": [child]}));
    scene.set("UPDATE carer_families SET accepts_disability = false");
    assert_eq!(against(&scene.asked().await, child, "kinship"), []);
}

#[actix_web::test]
async fn a_home_has_room_for_the_age_and_the_sex_and_takes_siblings() {
    let mut scene = Scene::new().await;
    let child = scene.child;
    for capacity in [
        json!({"total": 4, "by_age_band": {"7-14": 0}}),
        json!({"total": 4, "by_sex": {"female": 0}}),
        json!({"total": 4, "units": [{"name": "A", "places": 0}]}),
    ] {
        scene.country.facility(capacity);
        let told = against(&scene.asked().await, child, "small_group_home");
        assert_eq!(told, why(Some("PL-12"), "no_room"));
    }
    let roomy = scene.country.facility(json!({"total": 4}));
    assert_eq!(against(&scene.asked().await, child, "small_group_home"), []);
    let brother = scene.country.child("male", "2016-05-01");
    scene.country.stay(in_facility(brother, scene.facility, "2026-03-02"), None);
    scene.keep_together(brother).await;
    assert_eq!(against(&scene.asked().await, child, "small_group_home"), []);
    scene.set(&format!("UPDATE facilities SET accepts_siblings = false WHERE id = '{roomy}'"));
    let told = against(&scene.asked().await, child, "small_group_home");
    assert!(told.contains(&(Value::Null, json!("siblings"))), "{told:?}");
}

#[actix_web::test]
async fn pl_21_whoever_has_a_brother_in_care_goes_where_he_lives() {
    let mut scene = Scene::new().await;
    let (child, brother) = (scene.child, scene.country.child("male", "2016-05-01"));
    let (his, other) = (scene.country.family(3), scene.country.family(3));
    scene.country.facility(json!({"total": 4}));
    scene.country.stay(with_family(brother, his, "2026-03-02"), None);
    scene.keep_together(brother).await;
    let answer = scene.asked().await;
    let told = of(&answer, child);
    let options: Vec<_> = told["options"].as_array().unwrap().iter().collect();
    assert_eq!((options.len(), &options[0]["carer_family_id"]), (1, &json!(his)), "not {other}");
    let told = against(&answer, child, "small_group_home");
    assert_eq!(told, why(Some("PL-21"), "siblings_elsewhere"));
    // Of a brother who has left care nobody asks where he lives.
    let authority = scene.world.persona("national_authority");
    let placed = authority.get(&format!("/v1/placements?child_id={brother}")).await.ok();
    let path = format!("/v1/placements/{}", placed["data"][0]["id"].as_str().unwrap());
    let tag = authority.get(&path).await.etag().to_owned();
    authority.step(&format!("{path}/end"), &tag, leave("2026-11-20")).await.ok();
    assert_eq!(against(&scene.asked().await, child, "small_group_home"), []);
}

#[actix_web::test]
async fn pl_21_siblings_whom_no_home_takes_together_are_told_to_be_parted() {
    let mut scene = Scene::new().await;
    let (child, brother) = (scene.child, scene.country.child("male", "2016-05-01"));
    scene.country.stay(in_facility(brother, scene.facility, "2026-03-02"), None);
    scene.keep_together(brother).await;
    for _ in 0..2 {
        scene.country.family_with(json!({"max_children": 1, "siblings_allowed": false}));
    }
    let parted =
        |answer: &Value| [child, brother].map(|it| of(answer, it)["parts_siblings"].clone());
    let answer = scene.asked().await;
    assert_eq!(answer["with_home"], 2);
    assert_eq!(parted(&answer), [json!(true), json!(true)]);
    scene.country.family_with(json!({"max_children": 2, "siblings_allowed": false}));
    let answer = scene.asked().await;
    assert_eq!(parted(&answer), [json!(false), json!(false)]);
    assert_eq!(of(&answer, child)["proposed"], of(&answer, brother)["proposed"]);
}

#[actix_web::test]
async fn pl_19_days_in_an_institution_go_on_in_a_small_group_home() {
    let mut scene = Scene::new().await;
    scene.country.facility(json!({"total": 4}));
    // Three on 1 October, half a year in institutions on 1 December.
    let child = scene.country.child("female", "2023-10-01");
    let mut new = in_facility(child, scene.facility, "2026-06-01");
    new["exception"] = crate::rules::exception("under3_planned", "2026-06-01");
    new["expected_end_on"] = json!("2026-11-30");
    scene.country.stay(new, None);
    let told = against(&scene.asked().await, child, "small_group_home");
    assert_eq!(told, why(Some("PL-19"), "days_in_residential_care"));
}

/// How many statements a simulation takes.
fn statements(scene: &Scene, facility: FacilityId) -> usize {
    let counted = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&counted);
    let mut conn = scene.world.database.service();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counts.fetch_add(1, Ordering::Relaxed);
        }
    });
    let begun = Instant::now();
    let answer = maintain_on(&mut conn, PLATFORM, scene.world.clock.now(), |tx| {
        simulate(tx, facility, &body(json!({"on": "2026-11-22"})))
    });
    let answer = serde_json::to_value(answer.unwrap()).unwrap();
    let (living, took) = (&answer["living_there"], begun.elapsed());
    eprintln!("{living} children, {} with a home, in {took:?}", answer["with_home"]);
    counted.load(Ordering::Relaxed)
}

#[actix_web::test]
async fn two_hundred_children_take_as_many_statements_as_a_few() {
    let mut scene = Scene::new().await;
    let large = scene.country.facility(json!({"total": 200}));
    for most in [1, 2, 3, 3, 2, 1, 3, 3] {
        scene.country.family(most);
    }
    for total in [6, 8, 10, 12] {
        scene.country.facility(json!({"total": total}));
    }
    let mut before: Option<ChildId> = None;
    let mut few = 0;
    for number in 0..200 {
        let born = format!("20{:02}-{:02}-01", 10 + number % 9, 1 + number % 12);
        let child = scene.country.child(["female", "male"][number % 2], &born);
        scene.country.stay(in_facility(child, large, "2026-03-02"), None);
        // Every tenth has a brother or sister there.
        if let Some(other) = before.filter(|_| number % 10 == 9) {
            let kept = json!({"kind": "full_sibling", "related_child_id": other, "to_be_kept_together": "yes"});
            let path = format!("/v1/children/{child}/relations");
            scene.world.persona("national_authority").post(&path, kept).await.ok();
        }
        before = Some(child);
        if number == 19 {
            few = statements(&scene, large);
        }
    }
    assert_eq!(statements(&scene, large), few);
    assert!(few < 60, "{few}");
}
