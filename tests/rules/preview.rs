//! What a change of a rule would mean for those who live somewhere today: told, and nothing written.
use serde_json::{Value, json};

use crate::support::{Country, World, in_facility, with_family};

#[actix_web::test]
async fn whoever_changes_a_rule_sees_first_whom_it_would_touch() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (near, far, gone) = (
        country.child("female", "2016-05-01"),
        country.child("male", "2014-05-01"),
        country.child("male", "2014-05-01"),
    );
    let (home, family) = (country.facility(json!({"total": 4})), country.family(3));
    let in_home = country.stay(in_facility(near, home, "2026-01-01"), None);
    let with_them = country.stay(with_family(far, family, "2026-01-01"), None);
    country.stay(with_family(gone, family, "2026-01-01"), Some("2026-02-01"));
    let nation = world.persona("national_authority");
    let preview = async |code: &str, body: Value| {
        nation.post(&format!("/v1/rules/{code}/versions:preview"), body).await
    };

    let now = preview("PL-23", json!({})).await.ok();
    assert_eq!(now, json!({"judged": 2, "broken": 0, "breaches": []}));
    // The family lives 1.4 km from the middle of the district, the home in it.
    let nearer = preview("PL-23", json!({"parameters": {"distance_km": "1"}})).await.ok();
    assert_eq!((&nearer["judged"], &nearer["broken"]), (&json!(2), &json!(1)));
    let breach = &nearer["breaches"][0];
    assert_eq!(breach["placement_id"], json!(with_them.id));
    assert_eq!(breach["child_id"], json!(far));
    assert_eq!(breach["finding"]["facts"], json!({"distance_km": 1.0, "limit_km": 1}));

    let older = json!({"parameters": {"residential_min_age_years": "18"}});
    let older = preview("PL-16", older).await.ok();
    assert_eq!(older["breaches"][0]["placement_id"], json!(in_home.id));
    assert_eq!(older["broken"], 1);

    let version = |class: &str, in_force: bool, from: &str| {
        json!({"version": {
        "class": class, "in_force": in_force, "source": "Official Gazette 12/2026", "valid_from": from,
    }, "parameters": {"residential_min_age_years": "18"}})
    };
    let off = preview("PL-16", version("hard", false, "2027-01-01")).await.ok();
    assert_eq!(off["broken"], 0);
    let on = preview("PL-16", version("hard", true, "2027-01-01")).await.ok();
    assert_eq!(on["breaches"][0]["finding"]["rule_version"], 2);
    let past = preview("PL-16", version("hard", true, "2020-01-01")).await.refused(422, "invalid");
    assert_eq!(past["errors"][0]["pointer"], "/version/valid_from");
    let rule = nation.get("/v1/rules/PL-16").await.ok();
    assert_eq!(rule["versions"].as_array().unwrap().len(), 1);

    preview("PL-99", json!({})).await.refused(404, "not_found");
    preview("PL-12", json!({})).await.refused(409, "state_conflict");
    let unknown = json!({"parameters": {"review_interval_months": "1"}});
    let unknown = preview("PL-16", unknown).await.refused(422, "invalid");
    assert_eq!(unknown["errors"][0]["pointer"], "/parameters/review_interval_months");
    preview("PL-16", json!({"parameters": {"distance_km": "near"}})).await.refused(422, "invalid");
    let region = world.persona("regional_authority");
    region.post("/v1/rules/PL-23/versions:preview", json!({})).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn care_that_began_by_an_assessment_is_looked_at_too() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (one, other) = (country.child("female", "2016-05-01"), country.child("male", "2014-05-01"));
    let home = country.facility(json!({"total": 4}));
    for child in [one, other] {
        let mut new = in_facility(child, home, "2026-01-01");
        new["care_entry"]["other_reasons"] = json!(["poverty"]);
        country.stay(new, None);
    }
    // What was taken over from the past was not judged by an assessment.
    let owner = &mut world.database.owner();
    let planned = format!("UPDATE care_periods SET emergency = false WHERE child_id = '{one}'");
    diesel::RunQueryDsl::execute(diesel::sql_query(planned), owner).unwrap();
    let poor =
        format!("UPDATE care_periods SET entry_reason = 'poverty' WHERE child_id = '{other}'");
    diesel::RunQueryDsl::execute(diesel::sql_query(poor), owner).unwrap();
    let nation = world.persona("national_authority");
    for (rule, child) in [("PL-14", one), ("PL-15", one), ("PL-22", other)] {
        let path = format!("/v1/rules/{rule}/versions:preview");
        let found = nation.post(&path, json!({})).await.ok();
        assert_eq!(found["broken"], 1, "{rule}: {found}");
        assert_eq!(found["breaches"][0]["child_id"], json!(child), "{rule}");
    }
}
