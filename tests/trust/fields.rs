//! Absent and forbidden are one answer; what a relation does not open is left out and named.
use serde_json::{Value, json};

use super::{add_elsewhere, elsewhere};
use crate::support::{Country, Reply, World, in_facility, with_family};

/// An answer without what is of the request alone.
fn plain(reply: &Reply) -> (u16, Vec<String>, Value) {
    let mut body = reply.json();
    let members = body.as_object_mut().unwrap();
    members.remove("instance");
    members.remove("request_id");
    let mut headers: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| {
            !["x-request-id", "ratelimit", "content-length"].contains(&name.as_str())
        })
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    (reply.status.as_u16(), headers, body)
}

#[actix_web::test]
async fn a_foreign_child_is_as_one_that_is_not_there() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let child = country.child("female", "2016-05-01");
    let nobody = "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90";
    let stranger = world.persona(&elsewhere("case_worker"));
    for path in ["", "/history", "/relations", "/legal-statuses", "/timeline"] {
        let foreign = stranger.get(&format!("/v1/children/{child}{path}")).await;
        foreign.refused(404, "not_found");
        let absent = stranger.get(&format!("/v1/children/{nobody}{path}")).await;
        assert_eq!(plain(&foreign), plain(&absent), "{path}");
    }
    let family = country.family(1);
    let place = |child: &str| with_family(child.parse().unwrap(), family, "2026-03-01");
    let foreign = stranger.post("/v1/placements", place(&child.to_string())).await;
    let absent = stranger.post("/v1/placements", place(nobody)).await;
    assert_eq!(plain(&foreign), plain(&absent));
    assert_eq!(stranger.get("/v1/children").await.ok()["data"], json!([]));
    let found =
        stranger.post("/v1/children:search", json!({"name": "Zvezdana Oblakovski"})).await.ok();
    assert_eq!(found["data"], json!([]));
    let own = world.persona("case_worker");
    let found = own.post("/v1/children:search", json!({"name": "Zvezdana Oblakovski"})).await.ok();
    assert_eq!(found["data"][0]["child"]["id"], json!(child));
}

/// What would lead to a family's door.
const DOOR: [&str; 7] =
    ["address_lines", "checks", "external_ids", "lat", "lon", "persons", "trainings"];

fn withheld(record: &Value) -> Vec<&str> {
    let all = record["withheld"].as_array().into_iter().flatten();
    all.map(|member| {
        assert_eq!(member["ground"], "not_needed");
        member["member"].as_str().unwrap()
    })
    .collect()
}

#[actix_web::test]
async fn a_family_elsewhere_is_known_without_its_address() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let family = format!("/v1/carer-families/{}", country.family(2));
    let own = world.persona("case_worker");
    let whole = own.get(&family).await.ok();
    assert!(whole.get("withheld").is_none() && whole["persons"][0]["family_name"] == "Lipokrilić");

    let stranger = world.persona(&elsewhere("case_worker"));
    for path in [family.clone(), "/v1/carer-families?view=full".into(), format!("{family}/history")]
    {
        let reply = stranger.get(&path).await;
        let body = reply.ok();
        let all = body["data"].as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
        let record = |item: &Value| item.get("after").unwrap_or(item).clone();
        let record = all.iter().map(record).find(|it| it.get("family_no").is_some()).unwrap();
        assert_eq!(withheld(&record), DOOR, "{path}");
        for name in DOOR {
            assert!(record.get(name).is_none(), "{path}: {name}");
        }
        assert_eq!(record["family_no"], whole["family_no"]);
        let text = String::from_utf8_lossy(&reply.bytes).into_owned();
        assert!(!text.contains("Lipokrilić"), "{path}: {text}");
    }
    // Nobody asks by what they may not read.
    let asked = "/v1/carer-families?external_system=urn:example:x&external_value=1";
    own.get(asked).await.refused(400, "invalid_query");
    let problem = stranger.get(asked).await.refused(400, "invalid_query");
    assert_eq!(problem["errors"][0]["code"], "not_readable");
    let officer = world.persona("carer_support_officer");
    assert_eq!(officer.get(asked).await.ok()["data"], json!([]));
}

#[actix_web::test]
async fn a_facility_knows_the_children_who_live_there_and_for_thirty_days_after() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let facility = country.facility(json!({"total": 8}));
    let lives = country.child("female", "2014-05-01");
    let left = country.child("male", "2014-05-01");
    let gone = country.child("male", "2013-05-01");
    let never = country.child("male", "2012-05-01");
    let family = country.family(3);
    country.stay(with_family(lives, family, "2025-01-01"), Some("2026-01-01"));
    country.stay(in_facility(lives, facility, "2026-03-01"), None);
    country.stay(in_facility(left, facility, "2026-03-01"), Some("2026-10-24"));
    country.stay(in_facility(gone, facility, "2026-03-01"), Some("2026-10-23"));
    let officer = world.persona("facility_officer");
    for (child, knows) in [(lives, true), (left, true), (gone, false), (never, false)] {
        let reply = officer.get(&format!("/v1/children/{child}")).await;
        if knows {
            assert_eq!(withheld(&reply.ok()), ["external_ids"]);
        } else {
            reply.refused(404, "not_found");
        }
    }
    let listed = officer.get("/v1/children").await.ok();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    // Of the stays it knows its own.
    let stays = officer.get(&format!("/v1/placements?child_id={lives}")).await.ok();
    assert_eq!(stays["data"].as_array().unwrap().len(), 1);
    assert_eq!(stays["data"][0]["provider"]["facility_id"], json!(facility));
    let stranger = world.persona(&elsewhere("facility_officer"));
    assert_eq!(stranger.get("/v1/children").await.ok()["data"], json!([]));
}

#[actix_web::test]
async fn nobody_registers_a_child_for_others() {
    let world = World::new().await;
    let country = Country::of(&world);
    add_elsewhere(&world);
    let new = |organisation: Value| {
        json!({"sex": "female", "birth_date": "2017-05-14", "area_code": "RS-20",
               "organisation_id": organisation, "registration_basis": "without_parental_care"})
    };
    let stranger = world.persona(&elsewhere("case_worker"));
    let own = stranger.post("/v1/children", new(Value::Null)).await;
    own.refused(422, "invalid");
    let mut body = new(Value::Null);
    body.as_object_mut().unwrap().remove("organisation_id");
    let own = stranger.post("/v1/children", body).await.ok();
    assert_eq!(own["organisation_id"], json!(world.actor(&elsewhere("case_worker")).organisation));
    let others = new(json!(country.authority));
    stranger.post("/v1/children", others).await.refused(403, "out_of_reach");
    assert_eq!(stranger.get("/v1/children").await.ok()["data"].as_array().unwrap().len(), 1);
}
