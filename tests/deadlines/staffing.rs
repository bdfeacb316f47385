//! FA-06 from the records that there are: the latest staff snapshot of each facility, by the norms of its type.
use chrono::Duration;
use kinstead::{deadlines::store::Scope, platform::clock::Clock as _};
use serde_json::{Value, json};

use super::{Scene, swept};

/// Ten carers, some of them qualified, and how many children each has by day and at night.
fn snapshot(on: &str, qualified: i32, by_day: f64, at_night: f64) -> Value {
    json!({
        "taken_on": on, "vacancies": 0,
        "staff": [
            {"role": "carer", "headcount": 10, "full_time_equivalents": 9.5, "qualified": qualified, "checked": 10},
            // Of them no qualification is asked.
            {"role": "support", "headcount": 30, "full_time_equivalents": 30, "qualified": 0, "checked": 30},
        ],
        "shifts": [
            {"shift": "day", "children_per_carer": by_day}, {"shift": "evening_night", "children_per_carer": at_night},
        ],
    })
}

#[actix_web::test]
async fn the_latest_snapshot_is_judged_by_the_norms_of_its_facility() {
    let mut scene = Scene::new().await;
    let home = scene.country.facility(json!({"total": 4}));
    let list = format!("/v1/facilities/{home}/staff-snapshots");
    let authority = scene.world.persona("national_authority");
    let told = || {
        swept(&scene.world, Scope::Needed);
        ["staff_snapshot", "staff_qualification", "children_per_carer"].map(|kind| {
            let like =
                format!("rule = 'FA-06' AND subject_kind = '{kind}' AND facility_id = '{home}'");
            scene.clocks(&like)
        })
    };
    let none: [Vec<String>; 3] = [vec!["2021-01-01".to_owned()], vec![], vec![]];
    assert_eq!(told(), none, "it has been open for years, and nobody knows who works there");
    for (new, due, unqualified, alone) in [
        // A small group home: five children by day, twelve at night.
        (snapshot("2026-11-01", 8, 5.0, 12.0), "2027-11-01", false, false),
        (snapshot("2026-11-02", 7, 5.0, 12.0), "2027-11-02", true, false),
        (snapshot("2026-11-03", 8, 5.1, 12.0), "2027-11-03", false, true),
        (snapshot("2026-11-04", 7, 5.0, 12.1), "2027-11-04", true, true),
        // Of one day the last that was recorded.
        (snapshot("2026-11-04", 8, 4.0, 10.0), "2027-11-04", false, false),
        // Older ones say nothing more.
        (snapshot("2026-11-01", 1, 9.0, 20.0), "2027-11-04", false, false),
    ] {
        let on = new["taken_on"].as_str().unwrap().to_owned();
        authority.post(&list, new).await.ok();
        let one = |is: bool| if is { vec![on.clone()] } else { vec![] };
        assert_eq!(told(), [vec![due.to_owned()], one(unqualified), one(alone)], "{on}");
    }
}

#[actix_web::test]
async fn where_children_do_not_live_there_is_no_norm() {
    let mut scene = Scene::new().await;
    let home = scene.country.facility(json!({"total": 4}));
    let list = format!("/v1/facilities/{home}/staff-snapshots");
    let authority = scene.world.persona("national_authority");
    authority.post(&list, snapshot("2026-11-01", 8, 30.0, 30.0)).await.ok();
    scene.sweep();
    let alone = "rule = 'FA-06' AND subject_kind = 'children_per_carer'";
    assert_eq!(scene.clocks(alone).len(), 1);
    let tag = authority.get(&format!("/v1/facilities/{home}")).await.etag().to_owned();
    let changed = json!({"facility_type": "day_centre"});
    authority.patch(&format!("/v1/facilities/{home}"), &tag, changed).await.ok();
    scene.world.clock.advance(Duration::minutes(1));
    scene.country.now = scene.world.clock.now();
    scene.sweep();
    assert!(scene.clocks(alone).is_empty());
}
