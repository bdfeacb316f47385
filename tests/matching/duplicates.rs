//! Possible duplicates: who is told of which two records, since when, and until when.
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use super::{Scene, named, new, registered};
use crate::{
    support::{Persona, with_family},
    trust::elsewhere,
};

/// The live alerts of possible duplicates that somebody is told of, as pairs.
async fn pairs(who: &Persona<'_>) -> Vec<(Value, Value)> {
    let page = who.get("/v1/alerts?rule=DI-04&state=open&state=acknowledged").await.ok();
    let mut pairs: Vec<(Value, Value)> = page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| (alert["child_id"].clone(), alert["other_child_id"].clone()))
        .collect();
    pairs.sort_by_key(|(one, _)| one.to_string());
    pairs
}

fn both(one: &str, other: &str) -> Vec<(Value, Value)> {
    let mut pairs = vec![(json!(one), json!(other)), (json!(other), json!(one))];
    pairs.sort_by_key(|(one, _)| one.to_string());
    pairs
}

#[actix_web::test]
async fn a_child_registered_again_is_told_of_until_one_record_is_another() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let first = registered(&worker, new("RS-20", json!({}))).await;
    registered(
        &worker,
        new("RS-20", json!({"names": [{"use": "official", "given": "Ana", "family": "Kos"}]})),
    )
    .await;
    scene.look();
    assert_eq!(pairs(&worker).await, []);
    // The write is never refused, and waits for nothing.
    let again = new("RS-20", named("Јелена", "Ђорђевић"));
    let second = registered(&worker, again).await;
    assert_eq!(pairs(&worker).await, []);
    scene.look();
    assert_eq!(pairs(&worker).await, both(&first, &second));
    let alerts = worker.get(&format!("/v1/alerts?child_id={second}")).await.ok();
    let alert = &alerts["data"][0];
    assert_eq!(alert["subject_kind"], "possible_duplicate");
    assert_eq!((&alert["severity"], &alert["due_on"]), (&json!("warning"), &json!("2026-11-22")));
    let due = worker.get(&format!("/v1/deadlines?child_id={second}&rule=DI-04")).await.ok();
    assert_eq!(due["data"][0]["other_child_id"], json!(first));
    // It is the same pair whenever somebody looks.
    scene.look();
    let path = format!("/v1/alerts/{}", alert["id"].as_str().unwrap());
    let seen = worker.get(&path).await;
    assert_eq!(seen.ok()["version"], 1);
    let note = json!({"note": "They are cousins."});
    worker.step(&format!("{path}/acknowledge"), seen.etag(), note).await.ok();

    let path = format!("/v1/children/{second}");
    let seen = worker.get(&path).await;
    let other = json!({"names": [{"use": "official", "given": "Milica", "family": "Zec"}]});
    worker.patch(&path, seen.etag(), other).await.ok();
    scene.look();
    assert_eq!(pairs(&worker).await, []);
}

#[actix_web::test]
async fn a_correction_that_makes_two_records_alike_is_told_of() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let first = registered(&worker, new("RS-20", json!({}))).await;
    let second = registered(&worker, new("RS-20", json!({"birth_date": "2013-11-30"}))).await;
    scene.look();
    assert_eq!(pairs(&worker).await, []);
    let path = format!("/v1/children/{second}");
    let seen = worker.get(&path).await;
    let corrected = json!({"birth_date": "2017-05-14",
                           "correction_reason": "Birth certificate seen: it was another child's."});
    worker.patch(&path, seen.etag(), corrected).await.ok();
    scene.look();
    assert_eq!(pairs(&worker).await, both(&first, &second));
}

/// One record of each child, and another one with a birth date that is mistyped or the same.
const WRITTEN_OTHERWISE: [([&str; 2], [&str; 2], bool); 11] = [
    (["Jelena", "Đorđević"], ["Zelena", "Djordjević"], true),
    (["Јелена", "Ђорђевић"], ["Jelana", "Đorđević"], true),
    (["Milica", "Zec"], ["Zec", "Milica"], true),
    (["Marko", "Janković"], ["Mirko", "Janković"], true),
    (["Ana Marija", "Ilić"], ["Marija", "Ilić"], true),
    (["Nikolina", "Petrović"], ["Nikoleta", "Petrovic"], true),
    (["Elena", "Anković"], ["Jelena", "Janković"], true),
    (["Katarina", "Stojanović"], ["Katarin", "Stojanovi"], true),
    (["Stefan", "Kovač"], ["Stefan", "Radić"], false),
    (["Dušan", "Popović"], ["Goran", "Popović"], false),
    (["Luka", "Simić"], ["Vera", "Ostojić"], false),
];

#[actix_web::test]
async fn a_name_written_otherwise_is_told_of_and_another_name_is_not() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let mut expected = Vec::new();
    for (number, (one, other, told)) in WRITTEN_OTHERWISE.into_iter().enumerate() {
        let born = |day: usize| json!(format!("20{:02}-{:02}-{day}", 10 + number % 3, 1 + number));
        let record = |[given, family]: [&str; 2], day| {
            let names = named(given, family)["names"].clone();
            new("RS-20", json!({"birth_date": born(day), "names": names}))
        };
        let one = registered(&worker, record(one, 14)).await;
        let other = registered(&worker, record(other, if number % 2 == 0 { 14 } else { 15 })).await;
        if told {
            expected.extend(both(&one, &other));
        }
    }
    expected.sort_by_key(|(one, _)| one.to_string());
    scene.look();
    assert_eq!(pairs(&worker).await, expected);
}

/// One mother, one day, and a family name that neither begins nor ends as the other.
#[actix_web::test]
async fn whose_given_name_is_not_known_is_compared_with_whoever_was_born_that_day() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let mother = json!({"kind": "mother", "person": {"given": "Marija", "family": "Jankov"}});
    let unnamed = json!({"names": [{"use": "official", "family": "Anković"}]});
    for (first, second) in
        [(named("Petra", "Jankovići"), unnamed.clone()), (unnamed, named("Petra", "Jankovići"))]
    {
        let mut ids = Vec::new();
        for names in [first, second] {
            let id = registered(&worker, new("RS-20", names)).await;
            worker.post(&format!("/v1/children/{id}/relations"), mother.clone()).await.ok();
            ids.push(id);
            scene.look();
        }
        let told = pairs(&worker).await;
        let one = (json!(ids[0]), json!(ids[1]));
        assert!(told.contains(&one), "{told:?}");
    }
}

#[actix_web::test]
async fn a_number_or_a_whole_name_is_enough_to_be_compared() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let number = |period: &str, day: &str| json!([{"system": "urn:example:births", "value": "B-17", period: day}]);
    let vague = |given: &str, day: &str| {
        let mut child = named(given, "Zec");
        child["birth_date"] = json!(day);
        child["birth_date_precision"] = json!("month");
        child
    };
    let mut numbered = named("Milica", "Kos");
    numbered["external_ids"] = number("valid_to", "2020-01-01");
    let mut mistyped = named("Milica", "Kosić");
    mistyped["birth_date"] = json!("2011-02-03");
    mistyped["external_ids"] = number("valid_from", "2020-01-01");
    for (one, other) in
        [(numbered, mistyped), (vague("Jovan", "2015-03-15"), vague("Jovan", "2015-03-15"))]
    {
        let one = registered(&worker, new("RS-20", one)).await;
        let other = registered(&worker, new("RS-20", other)).await;
        scene.look();
        let told = pairs(&worker).await;
        assert!(told.contains(&(json!(one), json!(other))), "{told:?}");
    }
}

#[actix_web::test]
async fn who_may_not_read_both_is_told_of_neither() {
    let scene = Scene::new().await;
    let national = scene.world.persona("national_authority");
    let (own, stranger) =
        (scene.world.persona("case_worker"), scene.world.persona(&elsewhere("case_worker")));
    let first = registered(&own, new("RS-20", json!({}))).await;
    let second = registered(&stranger, new("RS-99", json!({}))).await;
    scene.look();
    assert_eq!(pairs(&national).await, both(&first, &second));
    let alerts = national.get("/v1/alerts?rule=DI-04").await.ok();
    let is_of = |child: &str| {
        let mut all = alerts["data"].as_array().unwrap().iter();
        all.find(|alert| alert["child_id"] == json!(child)).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for by_service_alone in [false, true] {
        if by_service_alone {
            let open = "DROP POLICY knows_of_both ON alerts";
            scene.world.database.owner().batch_execute(open).unwrap();
        }
        for (who, child) in [(&own, &first), (&stranger, &second)] {
            for path in ["", "/history"] {
                let path = format!("/v1/alerts/{}{path}", is_of(child));
                who.get(&path).await.refused(404, "not_found");
            }
            if !by_service_alone {
                assert_eq!(pairs(who).await, []);
                let due = who.get(&format!("/v1/deadlines?child_id={child}&rule=DI-04")).await;
                assert_eq!(due.ok()["data"], json!([]));
                let count = who.get("/v1/alerts?rule=DI-04&count=exact").await.ok();
                assert_eq!(count["total"], 0);
            }
            let history = who.get(&format!("/v1/children/{child}/history")).await.ok();
            let kinds = history["data"].as_array().unwrap();
            assert!(kinds.iter().all(|entry| entry["kind"] != "alert"), "{history}");
        }
    }
}

#[actix_web::test]
async fn siblings_and_twins_are_not_told_of() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let mother = json!({"kind": "mother", "person": {"given": "Marija", "family": "Đorđević"}});
    let mut twins = Vec::new();
    for given in ["Jelena", "Stana"] {
        let twin = registered(&worker, new("RS-20", named(given, "Đorđević"))).await;
        worker.post(&format!("/v1/children/{twin}/relations"), mother.clone()).await.ok();
        twins.push(twin);
    }
    scene.look();
    assert_eq!(pairs(&worker).await, []);
    // Twins whose names are alike as well are told of until it is said what they are.
    let third = registered(&worker, new("RS-20", named("Jelana", "Đorđević"))).await;
    scene.look();
    assert_eq!(pairs(&worker).await, both(&twins[0], &third));
    let sisters = json!({"kind": "full_sibling", "related_child_id": third});
    worker.post(&format!("/v1/children/{}/relations", twins[0]), sisters).await.ok();
    scene.look();
    assert_eq!(pairs(&worker).await, []);
}

#[actix_web::test]
async fn a_place_of_the_feed_is_looked_at_once() {
    let mut scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    for _ in 0..2 {
        registered(&worker, new("RS-20", json!({}))).await;
    }
    scene.look();
    let before = pairs(&worker).await;
    assert_eq!(before.len(), 2);
    // What is not identity is no reason to compare anew.
    let forget = "DELETE FROM possible_duplicates";
    scene.world.database.owner().batch_execute(forget).unwrap();
    let (child, family) = (before[0].0.as_str().unwrap(), scene.country.family(2));
    let placed = with_family(child.parse().unwrap(), family, "2026-11-01");
    worker.post("/v1/placements", placed).await.ok();
    scene.look();
    assert_eq!(pairs(&worker).await, []);
}
