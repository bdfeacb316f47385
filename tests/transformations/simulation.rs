//! `POST /v1/facilities/{id}/closure-plan:simulate`: where everybody could go who lives in a facility.
use std::collections::BTreeMap;

use diesel::{RunQueryDsl as _, sql_query};
use kinstead::children::ChildId;
use serde_json::{Value, json};

use super::Scene;
use crate::support::{Reply, around::incident, in_facility, with_family};

impl Scene {
    async fn simulate(&self, role: &str, on: &str) -> Reply {
        let path = format!("{}/closure-plan:simulate", self.facility_path());
        self.world.persona(role).post(&path, json!({"on": on})).await
    }

    /// A child who lives in the facility.
    fn lodger(&mut self, sex: &str, born: &str) -> ChildId {
        let child = self.country.child(sex, born);
        self.country.stay(in_facility(child, self.facility, "2026-03-02"), None);
        child
    }

    /// Changes what no request changes.
    fn run(&self, sql: &str) {
        sql_query(sql).execute(&mut self.world.database.owner()).unwrap();
    }
}

fn of(answer: &Value, child: ChildId) -> &Value {
    let children = answer["children"].as_array().unwrap();
    children.iter().find(|it| it["child_id"] == json!(child)).unwrap()
}

fn kinds(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect()
}

fn against<'a>(child: &'a Value, kind: &str) -> &'a Value {
    let all = child["none_because"].as_array().unwrap();
    all.iter().find(|it| it["kind"] == kind).unwrap_or(&Value::Null)
}

#[actix_web::test]
async fn cf_05_nobody_is_to_go_to_a_family_while_an_allegation_against_it_is_open() {
    let mut scene = Scene::new().await;
    let (family, other) = (scene.country.family(3), scene.country.child("male", "2014-01-01"));
    scene.country.stay(with_family(other, family, "2026-01-01"), None);
    let options = async |scene: &Scene| {
        let answer = scene.simulate("national_authority", "2026-11-22").await.ok();
        kinds(&of(&answer, scene.child)["options"]).len()
    };
    assert_eq!(options(&scene).await, 1);
    let mut alleged = incident("2026-10-01");
    alleged["kind"] = json!("neglect");
    let path = format!("/v1/children/{other}/incidents");
    scene.world.persona("case_worker").post(&path, alleged).await.ok();
    assert_eq!(options(&scene).await, 0);
}

#[actix_web::test]
async fn each_child_is_told_its_options_and_what_stands_against_the_others() {
    let mut scene = Scene::new().await;
    // Kin for this child alone, and a foster family that is full; a small group home with two places.
    let kin =
        scene.country.family_with(json!({"max_children": 1, "named_children": [scene.child]}));
    let full = scene.country.family(1);
    let other = scene.country.child("male", "2014-01-01");
    scene.country.stay(with_family(other, full, "2026-01-01"), None);
    let small = scene.country.facility(json!({"total": 2}));
    let second = scene.lodger("male", "2013-05-01");
    let reply = scene.simulate("national_authority", "2026-11-22").await;
    let answer = reply.ok();
    assert_eq!(
        (
            &answer["living_there"],
            &answer["beyond_reach"],
            &answer["with_option"],
            &answer["without_option"]
        ),
        (&json!(2), &json!(0), &json!(2), &json!(0))
    );
    let first = of(&answer, scene.child);
    assert_eq!(kinds(&first["options"]), ["kinship", "small_group_home"]);
    assert_eq!(first["options"][0]["carer_family_id"], json!(kin));
    assert_eq!(
        (&first["proposed"]["kind"], &first["proposed"]["carer_family_id"]),
        (&json!("kinship"), &json!(kin))
    );
    assert_eq!(
        against(first, "foster"),
        &json!({"kind": "foster", "rule": "PL-12", "why": "no_room", "homes": 1})
    );
    assert_eq!(
        against(first, "reunification"),
        &json!({"kind": "reunification", "why": "no_goal", "homes": 0})
    );
    let second = of(&answer, second);
    assert_eq!(kinds(&second["options"]), ["small_group_home"]);
    assert_eq!(second["proposed"]["facility_id"], json!(small));
    assert_eq!(against(second, "kinship")["why"], "none_known");
    assert_eq!(answer["by_kind"], json!({"kinship": 1, "small_group_home": 1}));
    // Everybody in it is in the access log for it.
    let told = scene.world.told(&reply);
    let named = [scene.child.untyped(), kin.untyped()];
    assert!(named.iter().all(|id| told.contains(id)), "{told:?}");
}

#[actix_web::test]
async fn children_share_the_places_that_are_left_and_the_youngest_come_first() {
    let mut scene = Scene::new().await;
    scene.country.family(1);
    let (older, younger) = (scene.lodger("male", "2012-05-01"), scene.lodger("male", "2018-05-01"));
    let answer = scene.simulate("national_authority", "2026-11-22").await.ok();
    // One place is an option for all three.
    assert_eq!((&answer["with_option"], &answer["with_home"]), (&json!(3), &json!(1)));
    assert_eq!(of(&answer, younger)["proposed"]["kind"], "foster");
    for child in [older, scene.child] {
        assert!(of(&answer, child).get("proposed").is_none(), "{answer}");
        assert_eq!(kinds(&of(&answer, child)["options"]), ["foster"]);
    }
    assert_eq!(
        scene.simulate("national_authority", "2026-11-22").await.ok()["children"],
        answer["children"]
    );
}

#[actix_web::test]
async fn siblings_get_one_home_where_one_takes_them_all() {
    let mut scene = Scene::new().await;
    let (sister, brother) =
        (scene.lodger("female", "2015-05-01"), scene.lodger("male", "2017-05-01"));
    let authority = scene.world.persona("national_authority");
    let kept =
        json!({"kind": "full_sibling", "related_child_id": brother, "to_be_kept_together": "yes"});
    authority.post(&format!("/v1/children/{sister}/relations"), kept).await.ok();
    // The nearer family takes one child, the other one both.
    scene.country.family_with(json!({"max_children": 1, "siblings_allowed": false}));
    let both = scene.country.family_with(json!({"max_children": 2, "siblings_allowed": false}));
    scene.run(&format!("UPDATE carer_families SET lat = lat + 0.1 WHERE id = '{both}'"));
    let answer = scene.simulate("national_authority", "2026-11-22").await.ok();
    for child in [sister, brother] {
        assert_eq!(of(&answer, child)["proposed"]["carer_family_id"], json!(both), "{answer}");
    }
    // The third child gets the place that is left.
    assert_eq!(of(&answer, scene.child)["proposed"]["kind"], "foster");
    assert_eq!(answer["with_home"], 3);
}

#[actix_web::test]
async fn an_active_plan_or_a_decided_assessment_leads_home() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let placed = worker.get(&format!("/v1/placements?child_id={}", scene.child)).await.ok();
    let plan = json!({
        "care_period_id": placed["data"][0]["care_period_id"], "permanency_goal": "return_6m", "target_date": "2027-05-01",
        "drafted_on": "2026-11-20", "content": crate::care_plans::content(),
    });
    let drafted = worker.post(&format!("/v1/children/{}/care-plans", scene.child), plan).await;
    let path = drafted.header("location").to_owned();
    let submitted = worker.step(&format!("{path}/submit"), drafted.etag(), json!({})).await;
    let before = scene.simulate("regional_authority", "2026-11-22").await.ok();
    assert!(of(&before, scene.child).get("return_ground").is_none());
    let approval = json!({"approved_on": "2026-11-21", "approved_by": scene.country.authority});
    let supervisor = scene.world.persona("supervisor");
    let active = supervisor.step(&format!("{path}/approve"), submitted.etag(), approval).await.ok();
    let answer = scene.simulate("regional_authority", "2026-11-22").await.ok();
    let child = of(&answer, scene.child);
    assert_eq!(child["return_ground"], json!({"care_plan_id": active["id"]}));
    assert_eq!(child["proposed"], json!({"kind": "reunification"}));
}

#[actix_web::test]
async fn rules_and_distance_stand_against_homes() {
    let mut scene = Scene::new().await;
    let far = scene.country.family(2);
    let small = scene.country.facility(json!({"total": 2}));
    scene.run(&format!("UPDATE carer_families SET lat = 46.0, lon = 19.5 WHERE id = '{far}'"));
    let infant = scene.country.child("female", "2025-05-01");
    let mut new = in_facility(infant, scene.facility, "2026-11-01");
    new["exception"] = crate::rules::exception("under3_planned", "2026-11-01");
    new["expected_end_on"] = json!("2027-03-01");
    scene.country.stay(new, None);
    scene.run(&format!("UPDATE facilities SET accepts_sex = 'male' WHERE id = '{small}'"));
    let answer = scene.simulate("national_authority", "2026-11-22").await.ok();
    assert_eq!((&answer["without_option"], &answer["with_home"]), (&json!(2), &json!(0)));
    let (infant, girl) = (of(&answer, infant), of(&answer, scene.child));
    assert_eq!(
        against(infant, "small_group_home"),
        &json!({"kind": "small_group_home", "rule": "PL-16", "why": "age_limit", "homes": 0})
    );
    assert_eq!(against(girl, "small_group_home")["why"], "sex");
    assert_eq!(
        against(girl, "foster"),
        &json!({"kind": "foster", "rule": "PL-23", "why": "too_far", "homes": 1})
    );
    // On the day on which the approval has run out it is no family.
    let later = scene.simulate("national_authority", "2027-01-01").await.ok();
    assert_eq!(against(of(&later, scene.child), "foster")["why"], "none_known");
}

#[actix_web::test]
async fn it_is_asked_by_authorities_of_the_place_for_days_to_come_and_writes_nothing() {
    let scene = Scene::new().await;
    scene.simulate("case_worker", "2026-11-22").await.refused(403, "forbidden");
    let refused = scene.simulate("national_authority", "2026-11-21").await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "past_date");
    let nowhere = "/v1/facilities/0199a5b2-0040-7000-8000-000000000009/closure-plan:simulate";
    let authority = scene.world.persona("national_authority");
    authority.post(nowhere, json!({"on": "2026-11-22"})).await.refused(404, "not_found");
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let count = || -> i64 {
        let counted: Count = sql_query("SELECT count(*) FROM journal")
            .get_result(&mut scene.world.database.owner())
            .unwrap();
        counted.count
    };
    let before = count();
    scene.simulate("regional_authority", "2026-11-22").await.ok();
    assert_eq!(count(), before);
    crate::trust::add_elsewhere(&scene.world);
    let elsewhere = crate::trust::elsewhere("regional_authority");
    scene.simulate(&elsewhere, "2026-11-22").await.refused(403, "out_of_reach");
}

#[actix_web::test]
async fn no_home_is_proposed_to_more_children_than_it_takes() {
    let mut scene = Scene::new().await;
    for (place, sex) in ["female", "male"].iter().cycle().take(15).enumerate() {
        scene.lodger(sex, &format!("20{:02}-0{}-01", 10 + place % 9, 1 + place % 8));
    }
    for most in [1, 2, 1] {
        scene.country.family(most);
    }
    scene.country.facility(json!({"total": 3, "by_sex": {"female": 1}}));
    scene.country.facility(
        json!({"total": 4, "units": [{"name": "A", "places": 1}, {"name": "B", "places": 3}]}),
    );
    let answer = scene.simulate("national_authority", "2026-11-22").await.ok();
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    for home in answer["children"].as_array().unwrap().iter().map(|it| &it["proposed"]) {
        for member in ["carer_family_id", "facility_id", "facility_unit_id"] {
            if let Some(id) = home[member].as_str() {
                *used.entry(id.to_owned()).or_default() += 1;
            }
        }
    }
    let mut counts: Vec<i64> = used.values().copied().collect();
    counts.sort_unstable();
    // Families of one, one and two; homes of three and four, the second one of units of one and three.
    assert_eq!(counts, [1, 1, 1, 2, 3, 3, 4], "{answer}");
    assert_eq!(answer["with_home"], 11);
}
