//! A match is no oracle: what may not be read is not confirmed, and nobody asks often.
use diesel::connection::SimpleConnection as _;
use serde_json::json;

use super::{Scene, matched, named, new, registered};
use crate::{support::World, trust::elsewhere};

#[actix_web::test]
async fn who_may_not_be_read_is_no_candidate() {
    let scene = Scene::new().await;
    let (own, stranger) =
        (scene.world.persona("case_worker"), scene.world.persona(&elsewhere("case_worker")));
    let number = json!([{"system": "urn:test:book", "value": "B-17"}]);
    let child = registered(&own, new("RS-20", json!({"external_ids": number}))).await;
    let known = json!({"names": [{"given": "Jelena", "family": "Đorđević"}], "sex": "female",
                       "birth_date": "2017-05-14", "external_ids": number, "area_code": "RS-20"});
    let made_up = json!({"names": [{"given": "Zygmunt", "family": "Wójcik"}], "sex": "female",
                         "birth_date": "2017-05-14", "external_ids": number, "area_code": "RS-20"});
    assert_eq!(matched(&own, known.clone()).await[0]["child"]["id"], json!(child));
    let national = scene.world.persona("national_authority");
    assert_eq!(matched(&national, known.clone()).await.len(), 1);
    let there = stranger.post("/v1/children:match", known.clone()).await;
    let nowhere = stranger.post("/v1/children:match", made_up).await;
    assert_eq!(there.ok(), json!({"data": [], "family_ids": []}));
    assert_eq!(there.json(), nowhere.json());
    let header = |name| (there.header(name).to_owned(), nowhere.header(name).to_owned());
    for name in ["content-length", "cache-control", "access-receipt", "etag"] {
        let (one, other) = header(name);
        assert_eq!(one, other, "{name}");
    }
    for role in ["facility_officer", "ngo", "statistician", "auditor"] {
        let refused = scene.world.persona(role).post("/v1/children:match", known.clone()).await;
        refused.refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn everybody_in_a_match_is_in_its_receipt() {
    let scene = Scene::new().await;
    let own = scene.world.persona("case_worker");
    for given in ["Jelena", "Jelana"] {
        registered(&own, new("RS-20", named(given, "Đorđević"))).await;
    }
    let known = json!({"names": [{"given": "Jelena", "family": "Đorđević"}]});
    let reply = own.post("/v1/children:match", known).await;
    assert_eq!(reply.ok()["data"].as_array().unwrap().len(), 2);
    assert_eq!(scene.world.told(&reply).len(), 2);
}

#[actix_web::test]
async fn a_match_has_a_limit_of_its_own() {
    let world = World::with(&[("KINSTEAD_MATCH_LIMIT", "2")]).await;
    let (worker, other) = (world.persona("case_worker"), world.persona("supervisor"));
    let known = json!({"names": [{"given": "Jelena"}]});
    for left in ["1", "0"] {
        let reply = worker.post("/v1/children:match", known.clone()).await;
        reply.ok();
        assert!(reply.header("ratelimit").contains(&format!("r={left};")));
    }
    let reply = worker.post("/v1/children:match", known.clone()).await;
    assert_eq!(reply.refused(429, "rate_limited")["detail"], "2 requests a minute are taken");
    // Nobody else, and nothing else, is held up by it.
    other.post("/v1/children:match", known.clone()).await.ok();
    worker.get("/v1/children?limit=1").await.ok();
    worker.post("/v1/children:search", json!({"name": "Jelena"})).await.ok();
}

#[actix_web::test]
async fn the_former_record_of_an_adopted_child_is_like_nobody() {
    let scene = Scene::new().await;
    let national = scene.world.persona("national_authority");
    let former = registered(&national, new("RS-20", json!({}))).await;
    let known = json!({"names": [{"given": "Jelena", "family": "Đorđević"}]});
    assert_eq!(matched(&national, known.clone()).await.len(), 1);
    let adopt =
        format!("UPDATE children SET adopted_on = '2026-11-01', version = 2 WHERE id = '{former}'");
    scene.world.database.owner().batch_execute(&adopt).unwrap();
    assert!(matched(&national, known).await.is_empty());
    registered(&national, new("RS-20", json!({}))).await;
    scene.look();
    let alerts = national.get("/v1/alerts?rule=DI-04").await.ok();
    assert_eq!(alerts["data"], json!([]));
}
