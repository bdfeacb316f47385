//! Bounds of days and of changes, one parameter a field.
use chrono::Duration;
use serde_json::{Value, json};

use super::Full;
use crate::support::with_family;

#[actix_web::test]
async fn bounds_of_days_take_in_the_days_that_they_name() {
    let full = Full::new().await;
    for (query, found) in [
        ("/v1/children?birth_date_min=2016-05-01", 4),
        ("/v1/children?birth_date_min=2016-05-02", 1),
        ("/v1/children?birth_date_max=2012-01-31", 2),
        ("/v1/children?birth_date_max=2012-01-30", 0),
        ("/v1/children?birth_date_min=2016-05-01&birth_date_max=2016-05-28", 3),
        ("/v1/children?created_on_min=2026-11-22&created_on_max=2026-11-22", 8),
        ("/v1/children?created_on_min=2026-11-23", 0),
        ("/v1/children?created_on_max=2026-11-21", 0),
        ("/v1/placements?started_on_min=2026-01-01&started_on_max=2026-01-01", 2),
        ("/v1/placements?ended_on_min=2026-06-01", 2),
        ("/v1/placements?ended_on_min=2026-06-02", 0),
        ("/v1/placements?ended_on_max=2026-06-01", 2),
        ("/v1/placements?ended_on_max=2026-05-31", 0),
        ("/v1/placements?expected_end_on_min=2027-02-01&expected_end_on_max=2027-02-01", 2),
        ("/v1/placements?expected_end_on_max=2027-01-31", 0),
        ("/v1/care-periods?started_on_min=2026-01-01", 4),
        ("/v1/care-periods?started_on_max=2025-12-31", 1),
        ("/v1/care-periods?ended_on_min=2026-06-01&ended_on_max=2026-06-01", 2),
        ("/v1/facilities?area_code=RS-20-A&area_code=RS-20-B", 0),
        ("/v1/facilities?area_code=RS-20-A&area_code=RS-20", 7),
        ("/v1/organisations?area_code=RS-20-A&area_code=RS-20", 5),
        ("/v1/carer-families?approval_valid_to_max=2026-12-31", 1),
        ("/v1/carer-families?approval_valid_to_min=2026-12-31", 3),
        ("/v1/carer-families?approval_valid_to_min=2027-01-01", 2),
    ] {
        assert_eq!(full.whole(Some("case_worker"), query).await.len(), found, "{query}");
    }
    let known = format!("known_at=2026-11-22T12:00:00Z&child_id={}", full.children[0]);
    for (query, found) in [
        ("ended_on_max=2026-06-01", 1),
        ("ended_on_min=2026-06-02", 0),
        ("expected_end_on_min=2020-01-01", 0),
    ] {
        let address = format!("/v1/placements?{known}&{query}");
        assert_eq!(full.whole(Some("case_worker"), &address).await.len(), found, "{query}");
    }
}

#[actix_web::test]
async fn placements_are_listed_by_their_care_period() {
    let full = Full::new().await;
    let periods = full.whole(Some("case_worker"), "/v1/care-periods").await;
    // A child that comes into care again.
    let ended = periods.iter().find(|period| period["ended_on"] == "2026-06-01").unwrap();
    let child = ended["child_id"].as_str().unwrap();
    let lived = full.whole(Some("case_worker"), &format!("/v1/placements?child_id={child}")).await;
    let family = lived.iter().find_map(|it| it["provider"]["carer_family_id"].as_str()).unwrap();
    let again = with_family(child.parse().unwrap(), family.parse().unwrap(), "2026-06-02");
    full.world.persona("case_worker").post("/v1/placements", again).await.ok();
    let periods = full.whole(Some("case_worker"), "/v1/care-periods").await;
    for period in &periods {
        let of_child = format!("child_id={}", period["child_id"].as_str().unwrap());
        let of_period = format!("care_period_id={}", period["id"].as_str().unwrap());
        let all = full.whole(Some("case_worker"), &format!("/v1/placements?{of_child}")).await;
        let mut expected: Vec<&Value> =
            all.iter().filter(|it| it["care_period_id"] == period["id"]).collect();
        expected.sort_by_key(|it| it["id"].as_str());
        for known in ["", "&known_at=2026-11-22T12:00:00Z"] {
            let address = format!("/v1/placements?{of_period}&{of_child}{known}");
            let listed = full.whole(Some("case_worker"), &address).await;
            assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{address}");
        }
        let listed = full.whole(Some("case_worker"), &format!("/v1/placements?{of_period}")).await;
        assert_eq!(listed.iter().collect::<Vec<_>>(), expected);
    }
    assert!(periods.len() > 3);
}

#[actix_web::test]
async fn a_child_is_not_listed_by_its_birth_date() {
    let full = Full::new().await;
    for range in [
        "birth_date_min=2016-05-01&birth_date_max=2016-05-01",
        "birth_date_min=2016-05-01&birth_date_max=2016-05-27",
        "birth_date_min=2016-05-02&birth_date_max=2016-05-01",
    ] {
        let refused = full.world.persona("case_worker").get(&format!("/v1/children?{range}")).await;
        let problem = refused.refused(400, "invalid_query");
        assert_eq!(problem["errors"][0]["code"], "too_narrow", "{range}");
    }
}

#[actix_web::test]
async fn what_changed_after_an_instant_is_listed() {
    let mut full = Full::new().await;
    let lists = [
        "/v1/children",
        "/v1/carer-families",
        "/v1/facilities",
        "/v1/placements",
        "/v1/care-periods",
    ];
    for list in lists {
        let before = full
            .whole(Some("case_worker"), &format!("{list}?modified_after=2026-11-22T11:59:59Z"))
            .await;
        let all = full.whole(Some("case_worker"), list).await;
        assert_eq!(before, all, "{list}");
        let after = full
            .whole(Some("case_worker"), &format!("{list}?modified_after=2026-11-22T12:00:00Z"))
            .await;
        assert!(after.is_empty(), "{list}");
    }
    full.world.clock.advance(Duration::hours(1));
    full.country.now += Duration::hours(1);
    let family = full.country.family(2);
    let changed = full
        .whole(Some("case_worker"), "/v1/carer-families?modified_after=2026-11-22T12:00:00Z")
        .await;
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["id"], json!(family));
}
