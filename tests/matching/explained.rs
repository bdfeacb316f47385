//! What a match says of each field.
use serde_json::{Value, json};

use super::{Scene, matched, named, new, outcome, registered};
use crate::{children::fault, trust::elsewhere};

fn asked(given: &str, family: &str) -> Value {
    json!({"names": [{"given": given, "family": family}]})
}

#[actix_web::test]
async fn a_name_fits_in_any_script_spelling_and_order() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    for (given, family) in [
        ("Jelena", "Đorđević"),
        ("Олександр", "Шевченко"),
        ("Юлія", "Ковальчук"),
        ("Георги", "Димитров"),
        ("Ана Марија", "Петровић"),
    ] {
        registered(&worker, new("RS-20", named(given, family))).await;
    }
    let (same, alike) = ("agreement", "partial");
    for (given, family, outcomes) in [
        ("Jelena", "Đorđević", [same, same]),
        ("Јелена", "Ђорђевић", [same, same]),
        ("jelena", "DJORDJEVIC", [same, same]),
        ("Jelen", "Đorđevć", [alike, alike]),
        ("Đorđević", "Jelena", [alike, alike]),
        ("Oleksandr", "Shevchenko", [same, same]),
        ("Александр", "Шевченко", [alike, same]),
        ("Юлия", "Ковальчук", [same, same]),
        ("Yuliya", "Kovalchuk", [same, same]),
        ("Georgi", "Dimitrov", [same, same]),
        ("Ana", "Petrović", [alike, same]),
        ("Marija Ana", "Petrovic", [alike, same]),
    ] {
        let found = matched(&worker, asked(given, family)).await;
        let best = found.first().unwrap_or_else(|| panic!("{given} {family} is nobody"));
        let outcomes_found = [outcome(best, "given_name"), outcome(best, "family_name")];
        assert_eq!(outcomes_found, outcomes, "{given} {family}: {best}");
        assert_eq!(outcome(best, "birth_date"), "missing");
        let whole = outcomes == [same, same];
        assert_eq!(best["score"].as_f64() == Some(1.0), whole, "{best}");
        assert!(found.is_sorted_by(|a, b| a["weight"].as_f64() >= b["weight"].as_f64()));
    }
    assert!(matched(&worker, asked("Zygmunt", "Wójcik")).await.is_empty());
}

#[actix_web::test]
async fn birth_dates_fit_as_exactly_as_they_are_known() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    registered(&worker, new("RS-20", json!({"birth_date": "2017-05-04"}))).await;
    let vague = json!({"birth_date": "2012-06-15", "birth_date_precision": "month",
                       "names": [{"use": "official", "given": "Mirko", "family": "Savić"}]});
    registered(&worker, new("RS-20", vague)).await;
    let clear = ["Jelena", "Đorđević"];
    let mut weights = Vec::new();
    for ([given, family], day, precision, expected) in [
        (clear, "2017-05-04", "day", "agreement"),
        (clear, "2017-04-05", "day", "partial"),
        (clear, "2017-05-24", "day", "partial"),
        (clear, "2017-05-31", "month", "partial"),
        (clear, "2017-01-01", "year", "partial"),
        (clear, "2016-01-01", "estimated", "partial"),
        (clear, "2016-11-23", "day", "disagreement"),
        (["Mirko", "Savić"], "2012-06-03", "day", "partial"),
        (["Mirko", "Savić"], "2012-07-03", "day", "disagreement"),
    ] {
        let mut body = asked(given, family);
        body["birth_date"] = json!(day);
        body["birth_date_precision"] = json!(precision);
        let best = matched(&worker, body).await[0].clone();
        assert_eq!(outcome(&best, "birth_date"), expected, "{day} {precision}: {best}");
        weights.push(best["weight"].as_f64().unwrap());
    }
    assert!(weights[..7].is_sorted_by(|one, next| one >= next), "{weights:?}");
}

#[actix_web::test]
async fn sex_mother_numbers_and_area_speak_for_and_against() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let number = |value: &str| json!([{"system": "urn:test:book", "value": value}]);
    let child = registered(&worker, new("RS-20", json!({"external_ids": number("B-17")}))).await;
    let mother = json!({"kind": "mother", "person": {"given": "Marija", "family": "Đorđević"}});
    worker.post(&format!("/v1/children/{child}/relations"), mother).await.ok();
    let one = |member: &str, value: Value| {
        let mut body = asked("Jelena", "Đorđević");
        body[member] = value;
        body
    };
    for (member, value, field, expected) in [
        ("sex", json!("female"), "sex", "agreement"),
        ("sex", json!("male"), "sex", "disagreement"),
        ("sex", json!("unknown"), "sex", "missing"),
        ("mother", json!({"given": "Марија", "family": "Ђорђевић"}), "mother_name", "agreement"),
        ("mother", json!({"given": "Marjia", "family": "Djordjevic"}), "mother_name", "partial"),
        ("mother", json!({"given": "Stana", "family": "Kos"}), "mother_name", "disagreement"),
        ("external_ids", number("B-17"), "identifier", "agreement"),
        ("external_ids", number("B-18"), "identifier", "disagreement"),
        ("external_ids", json!([{"system": "urn:test:x", "value": "1"}]), "identifier", "missing"),
        ("area_code", json!("RS-20"), "area", "agreement"),
        ("area_code", json!("RS"), "area", "partial"),
        ("area_code", json!("RS-99"), "area", "disagreement"),
    ] {
        let best = matched(&worker, one(member, value.clone())).await[0].clone();
        assert_eq!(outcome(&best, field), expected, "{member} {value}: {best}");
        let weight = |field: &str| {
            let fields = best["fields"].as_array().unwrap();
            fields.iter().find(|it| it["field"] == field).unwrap()["weight"].as_f64().unwrap()
        };
        let says = weight(field).partial_cmp(&0.0).unwrap() as i32;
        let expected = match expected {
            "agreement" | "partial" => 1,
            "disagreement" => -1,
            _ => 0,
        };
        assert_eq!(says, expected, "{field} {best}");
    }
    // A number alone is enough.
    let found = matched(&worker, json!({"external_ids": number("B-17")})).await;
    assert_eq!((found.len(), &found[0]["child"]["id"]), (1, &json!(child)));
    assert_eq!(found[0]["possible_duplicate"], false);
    let whole = new("RS-20", json!({"external_ids": number("B-17")}));
    let whole = json!({"names": [{"given": "Jelena", "family": "Đorđević"}], "sex": "female",
        "birth_date": whole["birth_date"], "external_ids": whole["external_ids"]});
    assert_eq!(matched(&worker, whole).await[0]["possible_duplicate"], true);
}

#[actix_web::test]
async fn nobody_in_particular_is_not_matched() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    for (bad, pointer, code) in [
        (json!({}), "", "nothing_to_search"),
        (json!({"birth_date": "2017-05-14", "sex": "female"}), "", "nothing_to_search"),
        (json!({"names": [{}]}), "/names/0", "no_letters"),
        (json!({"names": [{"given": "Ana"}, {"family": "-"}]}), "/names/1", "no_letters"),
        (json!({"names": [{"given": "Ana"}], "mother": {}}), "/mother", "no_letters"),
        (json!({"names": [{"given": "Ana"}], "sex": "x"}), "/sex", "unknown_code"),
        (json!({"names": [{"given": "Ana"}], "area_code": "XX"}), "/area_code", "unknown_area"),
        (
            json!({"names": [{"given": "Ana"}], "birth_date_precision": "year"}),
            "/birth_date_precision",
            "no_date",
        ),
    ] {
        fault(&worker.post("/v1/children:match", bad).await, pointer, code);
    }
    let most = json!({"names": [{"given": "Ana"}], "limit": 51});
    worker.post("/v1/children:match", most).await.refused(422, "invalid");
}

#[actix_web::test]
async fn so_many_are_answered_as_are_asked_for() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    for year in 2005..2017 {
        let born = json!({"birth_date": format!("{year}-05-14")});
        registered(&worker, new("RS-20", born)).await;
    }
    let mut body = asked("Jelena", "Đorđević");
    assert_eq!(matched(&worker, body.clone()).await.len(), 10);
    body["limit"] = json!(3);
    body["birth_date"] = json!("2011-05-14");
    let found = matched(&worker, body).await;
    assert_eq!((found.len(), &found[0]["child"]["birth_date"]), (3, &json!("2011-05-14")));
}

/// A family of origin with these children of the registry.
fn family(children: &[&str]) -> Value {
    let mut members = vec![
        json!({"role": "mother", "given_name": "Marija", "family_name": "Đorđević", "in_household": true}),
    ];
    let child = |id: &&str| json!({"role": "child", "child_id": id, "in_household": true});
    members.extend(children.iter().map(child));
    json!({"family_type": "single_parent", "area_code": "RS-20", "registered_on": "2026-03-02",
           "risk_level": "medium", "risk_reason": "The rent is not paid.", "members": members})
}

#[actix_web::test]
async fn the_family_of_origin_says_who_the_mother_is_and_who_are_siblings() {
    let scene = Scene::new().await;
    let worker = scene.world.persona("case_worker");
    let first = registered(&worker, new("RS-20", json!({}))).await;
    let second = registered(&worker, new("RS-20", named("Јелена", "Ђорђевић"))).await;
    let home = worker.post("/v1/families", family(&[&first])).await.ok();
    scene.look();
    let told = || async {
        worker.get("/v1/alerts?rule=DI-04&state=open").await.ok()["data"].as_array().unwrap().len()
    };
    assert_eq!(told().await, 2);
    let mut body = asked("Jelena", "Đorđević");
    body["mother"] = json!({"given": "Марија", "family": "Ђорђевић"});
    let reply = worker.post("/v1/children:match", body).await;
    let answer = reply.ok();
    let best = &answer["data"][0];
    assert_eq!((&best["child"]["id"], outcome(best, "mother_name")), (&json!(first), "agreement"));
    assert_eq!(outcome(&answer["data"][1], "mother_name"), "missing");
    // Both children, and the family that says who the mother is.
    let home_id = home["id"].as_str().unwrap().parse().unwrap();
    let told_of = scene.world.told(&reply);
    assert_eq!((told_of.len(), told_of.contains(&home_id)), (3, true));

    let path = format!("/v1/families/{home_id}");
    let seen = worker.get(&path).await;
    let both = family(&[&first, &second])["members"].clone();
    worker.patch(&path, seen.etag(), json!({"members": both})).await.ok();
    scene.look();
    assert_eq!(told().await, 0);
}

#[actix_web::test]
async fn what_is_like_a_record_is_asked_by_its_id() {
    let scene = Scene::new().await;
    let (own, stranger) =
        (scene.world.persona("case_worker"), scene.world.persona(&elsewhere("case_worker")));
    let first = registered(&own, new("RS-20", json!({}))).await;
    let second = registered(&own, new("RS-20", named("Јелена", "Ђорђевић"))).await;
    let reply = own.post("/v1/children:match", json!({"child_id": first})).await;
    let answer = reply.ok();
    assert_eq!(answer["child_id"], json!(first));
    let found: Vec<&Value> = answer["data"].as_array().unwrap().iter().collect();
    assert_eq!((found.len(), &found[0]["child"]["id"]), (1, &json!(second)));
    assert_eq!(found[0]["possible_duplicate"], true);
    assert_eq!(scene.world.told(&reply).len(), 2);
    // Whoever may not be read is not there.
    let there = stranger.post("/v1/children:match", json!({"child_id": first})).await;
    fault(&there, "/child_id", "unknown_reference");
    let nobody = json!({"child_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90"});
    let nowhere = stranger.post("/v1/children:match", nobody).await;
    assert_eq!(there.json()["errors"], nowhere.json()["errors"]);
    let more = json!({"child_id": first, "sex": "female"});
    fault(&own.post("/v1/children:match", more).await, "/child_id", "not_alone");
}
