//! FA-09 to FA-11 from the records that there are: the living plan of a facility, and those of its children.
use diesel::connection::SimpleConnection as _;
use kinstead::{
    deadlines::store::Scope,
    platform::version::IfMatch,
    transformations::{MilestoneReached, TransformationStart, store},
};
use serde_json::json;

use super::{Scene, swept};
use crate::support::in_facility;

/// What is due of transformations: rule and day.
fn due(scene: &Scene) -> Vec<(&'static str, String)> {
    swept(&scene.world, Scope::Needed);
    let of = |rule: &'static str| {
        let days = scene.clocks(&format!("rule = '{rule}' AND facility_id IS NOT NULL"));
        days.into_iter().map(move |day| (rule, day))
    };
    ["FA-09", "FA-10", "FA-11"].into_iter().flat_map(of).collect()
}

#[actix_web::test]
async fn what_a_living_plan_promised_is_due_until_it_is_done() {
    let mut scene = Scene::new().await;
    let home = scene.country.facility(json!({"total": 8}));
    let mut children = Vec::new();
    for born in ["2014-05-01", "2015-05-01", "2016-05-01"] {
        let child = scene.country.child("female", born);
        scene.country.stay(in_facility(child, home, "2026-03-02"), None);
        children.push(child);
    }
    assert_eq!(due(&scene), []);
    // At most two from June 2030 on, nobody from 2031 on; a plan for every child by March 2030.
    let plan = scene.country.transform(home, "2026-11-10");
    let expect = |all: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        all.iter().map(|(rule, on)| (*rule, (*on).to_owned())).collect()
    };
    assert_eq!(due(&scene), expect(&[("FA-09", "2030-06-01"), ("FA-10", "2030-03-01")]));
    let transition = scene.country.transition(&plan, children[0], "2026-11-10");
    let transition = scene.country.agree(&transition, "2026-11-12");
    let with_child = [("FA-09", "2030-06-01"), ("FA-10", "2030-03-01"), ("FA-11", "2030-01-01")];
    assert_eq!(due(&scene), expect(&with_child));
    // Nothing in it tells of which child it is.
    let authority = scene.world.persona("national_authority");
    let told = authority.get("/v1/deadlines?rule=FA-11").await.ok();
    assert_eq!(told["data"][0]["subject_id"], json!(transition.id));
    assert_eq!(told["data"][0]["facility_id"], json!(home));
    assert!(told["data"][0].get("child_id").is_none(), "{told}");

    let seen = IfMatch::of(&plan);
    let started = TransformationStart { started_on: "2026-11-12".parse().unwrap() };
    let plan = scene.country.change(|tx| store::start(tx, plan.id, &seen, &started)).unwrap();
    let seen = IfMatch::of(&plan);
    let reached = MilestoneReached { number: 1, reached_on: "2026-11-20".parse().unwrap() };
    let plan = scene.country.change(|tx| store::reach_milestone(tx, plan.id, &seen, &reached));
    let plan = plan.unwrap();
    assert_eq!(due(&scene), expect(&[("FA-09", "2030-06-01"), ("FA-11", "2030-01-01")]));
    // With two the first target is met, and the next one counts.
    let path = format!("/v1/placements?child_id={}", children[1]);
    let placed = authority.get(&path).await.ok()["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/placements/{placed}");
    let tag = authority.get(&path).await.etag().to_owned();
    authority.step(&format!("{path}/end"), &tag, crate::support::leave("2026-11-20")).await.ok();
    assert_eq!(due(&scene), expect(&[("FA-09", "2031-01-01"), ("FA-11", "2030-01-01")]));
    // Of two plans for a child, the one that was given up before is due no more.
    let given_up = "INSERT INTO transition_plans (id, child_id, facility_id, transformation_plan_id, state, destination, drafted_on, target_on, content, ended_on, state_reason, version) \
        SELECT gen_random_uuid(), child_id, facility_id, transformation_plan_id, 'abandoned', destination, drafted_on, '2029-07-01', content, '2026-11-12', content, 1 FROM transition_plans";
    scene.world.database.owner().batch_execute(given_up).unwrap();
    assert_eq!(due(&scene), expect(&[("FA-09", "2031-01-01"), ("FA-11", "2030-01-01")]));
    // What is given up is due no more.
    scene.country.give_up(&plan, &transition);
    assert_eq!(due(&scene), []);
}

#[actix_web::test]
async fn a_day_that_has_passed_is_an_alert_to_whoever_runs_the_facility() {
    let mut scene = Scene::new().await;
    let home = scene.country.facility(json!({"total": 8}));
    let child = scene.country.child("female", "2014-05-01");
    scene.country.stay(in_facility(child, home, "2026-03-02"), None);
    let plan = scene.country.transform(home, "2026-11-10");
    scene.country.transition(&plan, child, "2026-11-10");
    let severities = async |scene: &Scene| {
        swept(&scene.world, Scope::Needed);
        let path = "/v1/alerts?rule=FA-09&rule=FA-10&rule=FA-11&state=open&sort=due_on";
        let page = scene.world.persona("national_authority").get(path).await.ok();
        let all = page["data"].as_array().unwrap().iter();
        all.map(|it| {
            format!("{} {}", it["rule"].as_str().unwrap(), it["severity"].as_str().unwrap())
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(severities(&scene).await, Vec::<String>::new());
    // To the first day of 2030, and the day after.
    scene.pass(1136);
    assert_eq!(severities(&scene).await, ["FA-11 notice"]);
    scene.pass(1);
    assert_eq!(severities(&scene).await, ["FA-11 warning"]);
    scene.pass(60);
    assert_eq!(severities(&scene).await, ["FA-11 warning", "FA-10 warning"]);
}
