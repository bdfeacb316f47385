//! Free places, and the search for a family that has them.
use serde_json::{Value, json};
use uuid::Uuid;

use super::{FAMILIES, Scene, family, with};

#[actix_web::test]
async fn free_places_follow_the_children_who_live_there() {
    let scene = Scene::new().await;
    let path = scene.approved(family()).await;
    scene.place(&path, "2024-04-01", Some("2025-04-01"));
    scene.place(&path, "2024-06-01", None);
    scene.place(&path, "2024-07-01", None);
    for (day, availability, free) in [
        ("2024-03-31", "available", 3),
        ("2024-04-01", "available", 2),
        ("2024-07-01", "full", 0),
        ("2025-03-31", "full", 0),
        ("2025-04-01", "available", 1),
    ] {
        assert_eq!(scene.free(&path, day).await, (availability.to_owned(), free), "{day}");
    }
    let today = scene.read(&format!("{path}/availability")).await;
    assert_eq!(
        (&today["on"], &today["places"], &today["places_taken"]),
        (&json!("2026-11-22"), &json!(3), &json!(2))
    );
    let listed = scene.read(FAMILIES).await;
    assert_eq!(listed["data"][0]["places_free"], 1);

    let hold = json!({"on_hold_from": "2026-11-01", "on_hold_to": "2026-12-01", "on_hold_reason": "A birth."});
    scene.patch(&path, hold).await.ok();
    assert_eq!(scene.free(&path, "2026-11-30").await, ("on_hold".to_owned(), 0));
    assert_eq!(scene.free(&path, "2026-12-01").await, ("available".to_owned(), 1));
    assert_eq!(scene.read(FAMILIES).await["data"][0]["places_free"], 0);
    let open = scene.patch(&path, json!({"on_hold_to": null})).await.ok();
    assert!(open.get("on_hold_to").is_none());
    assert_eq!(scene.free(&path, "2026-12-01").await, ("on_hold".to_owned(), 0));
    let half = scene.patch(&path, json!({"on_hold_from": null})).await.refused(422, "invalid");
    assert_eq!(half["errors"][0]["pointer"], "/on_hold_reason");
    scene.patch(&path, json!({"on_hold_from": null, "on_hold_reason": null})).await.ok();
    assert_eq!(scene.free(&path, "2026-12-01").await, ("available".to_owned(), 1));
}

#[actix_web::test]
async fn the_search_finds_a_family_nearby_with_room_for_siblings() {
    let scene = Scene::new().await;
    let nis = scene.approved(with(family(), json!({"emergency": true}))).await;
    let town = json!({"area_code": "RS-20-NIS", "lat": 43.4, "lon": 21.9, "accepts_disability": true, "preferred_sex": "female", "sibling_group_max": 1});
    let town = scene.approved(with(family(), town)).await;
    let far = json!({"area_code": "RS-01", "lat": 45.0, "lon": 20.0, "preferred_age_min": 5});
    let far = scene.approved(with(family(), far)).await;
    let kin = json!({"lat": 43.3, "lon": 21.9, "purposes": ["foster", "kinship"]});
    let kin = scene.ready(with(family(), kin)).await;
    let named = json!({"purposes": ["kinship"], "named_children": [Uuid::new_v4()], "sex": "male"});
    scene.post(&kin, "approvals", with(scene.terms(), named)).await.ok();
    let asking = scene
        .register(with(family(), json!({"purposes": ["adoption"], "lat": 43.32, "lon": 21.9})))
        .await;
    let asking = asking.header("location").to_owned();
    scene.place(&nis, "2024-06-01", None);
    let known = [nis.as_str(), &town, &far, &kin, &asking];

    for (query, found) in [
        ("", vec![0, 1, 2, 3, 4]),
        ("sort=-family_no", vec![4, 3, 2, 1, 0]),
        ("state=approved", vec![0, 1, 2, 3]),
        ("state=approved&state=enquiry", vec![0, 1, 2, 3, 4]),
        ("purpose=foster", vec![0, 1, 2]),
        ("purpose=kinship", vec![3]),
        ("purpose=adoption&purpose=kinship", vec![3, 4]),
        ("purpose=nonsense", vec![]),
        ("area_code=RS-20", vec![0, 1, 3, 4]),
        ("area_code=RS-20-NIS&area_code=RS-01", vec![1, 2]),
        ("near=43.32,21.90&within_km=50&purpose=foster", vec![0, 1]),
        ("near=43.32,21.90&within_km=50&purpose=foster&sort=-family_no", vec![1, 0]),
        ("near=43.4,21.9&purpose=foster", vec![1, 0]),
        ("near=43.32,21.90&within_km=500&purpose=foster", vec![0, 1, 2]),
        ("near=43.30,21.90&within_km=0.1", vec![3]),
        ("age=4&purpose=foster", vec![0, 1]),
        ("age=5&purpose=foster", vec![0, 1, 2]),
        ("age=13", vec![4]),
        ("sex=male&state=approved", vec![0, 2, 3]),
        ("sex=female&state=approved", vec![0, 1, 2]),
        ("sibling_group=2&state=approved", vec![0, 2, 3]),
        ("places_min=1", vec![0, 1, 2]),
        ("places_min=3", vec![1, 2]),
        ("disability=true", vec![1]),
        ("disability=false&state=approved", vec![0, 2, 3]),
        ("emergency=true", vec![0]),
        (
            "purpose=foster&near=43.32,21.90&within_km=50&area_code=RS-20&age=4&sex=female&places_min=2&sibling_group=2&emergency=true&state=approved&sort=distance",
            vec![0],
        ),
    ] {
        assert_eq!(scene.found(&known, query).await, found, "{query}");
    }
    let near =
        scene.read(&format!("{FAMILIES}?near=43.32,21.90&within_km=500&purpose=foster")).await;
    assert_eq!(near["data"][0]["places_free"], 2);
    assert_eq!(near["data"][0]["approval_valid_to"], "2027-03-01");
    assert!(close_to(&near["data"][0]["distance_km"], 0.0), "{near}");
    assert!(close_to(&near["data"][1]["distance_km"], 8.9), "{near}");
    assert!(close_to(&near["data"][2]["distance_km"], 240.6), "{near}");
    let all = scene.read(FAMILIES).await;
    assert!(all["data"][0].get("distance_km").is_none());
    assert_eq!(all["data"][3]["named_children_only"], true);
    for hidden in ["persons", "address_lines", "lat"] {
        assert!(all["data"][0].get(hidden).is_none());
    }
}

fn close_to(value: &Value, wanted: f64) -> bool {
    (value.as_f64().unwrap() - wanted).abs() < 1.5
}

#[actix_web::test]
async fn pages_go_on_where_the_last_one_ended_and_cursors_tell_no_place() {
    let scene = Scene::new().await;
    let mut made = Vec::new();
    for place in 0..5 {
        let body = with(family(), json!({"lat": 43.3 + f64::from(place % 3) * 0.1, "lon": 21.9}));
        made.push(scene.register(body).await.header("location").to_owned());
    }
    let known: Vec<&str> = made.iter().map(String::as_str).collect();
    for query in ["sort=family_no", "sort=-family_no", "near=43.3,21.9&within_km=50"] {
        let whole = scene.found(&known, query).await;
        let (mut seen, mut next) = (Vec::new(), format!("{FAMILIES}?{query}&limit=2"));
        loop {
            let page = scene.world.persona("ngo").get(&next).await;
            page.refused(403, "forbidden");
            let page = scene.world.persona("case_worker").get(&next).await;
            let body = page.ok();
            for family in body["data"].as_array().unwrap() {
                let id = family["id"].as_str().unwrap();
                seen.push(known.iter().position(|path| path.ends_with(id)).unwrap());
            }
            let Some(cursor) = body["next_cursor"].as_str() else { break };
            let plain = base64_text(cursor);
            assert!(!plain.contains("43.") && !plain.contains("21.9"), "{plain}");
            next =
                page.header("link").trim_start_matches('<').split('>').next().unwrap().to_owned();
        }
        assert_eq!(seen, whole, "{query}");
    }
    let page = scene.read(&format!("{FAMILIES}?limit=2")).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = format!("{FAMILIES}?limit=2&emergency=true&cursor={cursor}");
    scene.world.persona("case_worker").get(&other).await.refused(400, "cursor_mismatch");
}

fn base64_text(cursor: &str) -> String {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap()
}

#[actix_web::test]
async fn a_search_that_cannot_be_is_refused() {
    let scene = Scene::new().await;
    for (query, parameter) in [
        ("near=91,0&within_km=5", "?near"),
        ("near=nowhere&within_km=5", "?near"),
        ("near=43,21&within_km=501", "?within_km"),
        ("near=43,21&within_km=-1", "?within_km"),
        ("near=43,21&within_km=NaN", "?within_km"),
        ("within_km=5", "?within_km"),
        ("sort=distance", "?sort"),
        ("sort=name", "?sort"),
        ("age=26", "?age"),
        ("age=old", "?age"),
        ("sibling_group=0", "?sibling_group"),
        ("places_min=13", "?places_min"),
        ("area_code=XX", "?area_code"),
        ("state=dreaming", "?state"),
        ("limit=0", "?limit"),
        ("colour=blue", "?colour"),
    ] {
        let refused = scene.world.persona("case_worker").get(&format!("{FAMILIES}?{query}")).await;
        let problem = refused.refused(400, "invalid_query");
        assert!(
            problem["errors"][0]["pointer"].as_str().unwrap().starts_with(parameter),
            "{problem}"
        );
    }
}
