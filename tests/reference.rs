//! Areas, organisations, code lists and parameters, end to end.
use serde_json::json;

use crate::support::World;

#[actix_web::test]
async fn areas_form_a_tree_that_only_the_authority_extends() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let district = json!({"code": "RS-20", "level": "district", "parent_code": "RS", "names": {"en": "Nišava"}, "lat": 43.32, "lon": 21.9});
    let made = authority.post("/v1/areas", district.clone()).await;
    assert_eq!(made.header("location"), "/v1/areas/RS-20");
    made.ok();
    authority.post("/v1/areas", district.clone()).await.refused(409, "state_conflict");
    world.persona("ngo").post("/v1/areas", district.clone()).await.refused(403, "forbidden");
    world.nobody().post("/v1/areas", district).await.refused(401, "unauthenticated");
    let orphan =
        json!({"code": "XX-1", "level": "district", "parent_code": "XX", "names": {"en": "X"}});
    let problem = authority.post("/v1/areas", orphan).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/parent_code");

    let page = world.nobody().get("/v1/areas?limit=1").await;
    assert_eq!(page.ok()["data"][0]["code"], "RS");
    let link = page.header("link").to_owned();
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    let rest = world.nobody().get(next).await.ok();
    assert_eq!(rest["data"][0]["code"], "RS-20");
    assert!(rest.get("next_cursor").is_none());
    let moved = next.replace("limit=1", "limit=1&level=country");
    world.nobody().get(&moved).await.refused(400, "cursor_mismatch");
}

#[actix_web::test]
async fn code_lists_speak_the_language_that_was_asked_for() {
    let world = World::new().await;
    let lists = world.nobody().get("/v1/code-lists").await.ok();
    assert!(lists["data"].as_array().unwrap().len() >= 60);
    for (language, answered, label) in [
        ("en", "en", "Foster"),
        ("sr", "sr-Latn", "hranitelj"),
        ("sr-Cyrl-RS", "sr-Cyrl", "хранитељ"),
    ] {
        let asking =
            world.nobody().request(actix_web::http::Method::GET, "/v1/code-lists/care_type");
        let list = asking.header("accept-language", language).send().await;
        assert_eq!(list.header("content-language"), answered);
        assert!(list.header("vary").contains("Accept-Language"), "{}", list.header("vary"));
        let entries = list.ok()["entries"].as_array().unwrap().clone();
        let foster = entries.iter().find(|entry| entry["code"] == "foster_long_term").unwrap();
        assert!(
            foster["label"].as_str().unwrap().to_lowercase().contains(&label.to_lowercase()),
            "{foster}"
        );
        assert_eq!(foster["attributes"]["group"], "family_based");
    }
    world.nobody().get("/v1/code-lists/nonsense").await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_parameter_has_versions_and_the_past_stays() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let path = "/v1/parameters/review_interval_months";
    let before = world.nobody().get(path).await.ok();
    let new =
        json!({"value": "2", "valid_from": "2027-01-01", "source": "Official Gazette 1/2026"});
    authority.post(&format!("{path}/versions"), new.clone()).await.ok();
    assert_eq!(world.nobody().get(path).await.ok()["value"], before["value"]);
    let later = world.nobody().get(&format!("{path}?as_of=2027-01-01")).await.ok();
    assert_eq!(later["value"], "2");
    authority.post(&format!("{path}/versions"), new).await.refused(422, "invalid");
    for (bad, code) in [
        (json!({"value": "two", "valid_from": "2027-02-01", "source": "a law"}), "wrong_kind"),
        (json!({"value": "2", "valid_from": "2020-02-01", "source": "a law"}), "rewrites_past"),
    ] {
        let problem =
            authority.post(&format!("{path}/versions"), bad).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["code"], code);
    }
}

#[actix_web::test]
async fn an_organisation_is_registered_changed_and_remembered() {
    let world = World::new().await;
    let authority = world.persona("national_authority");
    let new = json!({"kind": "court", "name": "Court of Lipov Hlad", "area_code": "RS", "valid_from": "2001-01-01"});
    let made = authority.post("/v1/organisations", new.clone()).await;
    let (path, etag) = (made.header("location").to_owned(), made.etag().to_owned());
    assert_eq!(made.ok()["version"], 1);
    let held =
        authority.request(actix_web::http::Method::GET, &path).header("if-none-match", &etag);
    assert_eq!(held.send().await.status, 304);

    let renamed = authority.patch(&path, &etag, json!({"name": "Court of Stari Hrast"})).await;
    assert_eq!(renamed.ok()["version"], 2);
    let stale = authority.patch(&path, &etag, json!({"name": "Lost"})).await;
    stale.refused(412, "stale");
    assert_eq!(stale.etag(), renamed.etag());
    let blind =
        authority.request(actix_web::http::Method::PATCH, &path).json(&json!({"name": "Lost"}));
    blind.send().await.refused(428, "precondition_required");
    let null = authority.patch(&path, renamed.etag(), json!({"name": null})).await;
    assert_eq!(null.refused(422, "invalid")["errors"][0]["pointer"], "/name");

    let history = authority.get(&format!("{path}/history")).await.ok();
    let events: Vec<_> =
        history["data"].as_array().unwrap().iter().map(|entry| entry["event"].clone()).collect();
    assert_eq!(events, ["changed", "registered"]);
    assert_eq!(history["data"][0]["changed"], json!(["name"]));
}
