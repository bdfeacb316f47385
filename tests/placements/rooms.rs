//! Room: each limit of a facility and of a family's approval, and the days on which they are judged.
use kinstead::{children, facilities::FacilityId};
use serde_json::{Value, json};

use crate::support::{AREA, Country, Persona, World, body, in_facility, start, with_family};

async fn unit(worker: &Persona<'_>, home: FacilityId) -> String {
    let capacity = worker.get(&format!("/v1/facilities/{home}/capacity")).await.ok();
    capacity["versions"][0]["units"][0]["id"].as_str().unwrap().to_owned()
}

fn in_unit(mut new: Value, unit: &str) -> Value {
    new["provider"]["facility_unit_id"] = json!(unit);
    new
}

#[actix_web::test]
async fn each_limit_of_a_facility_refuses_by_itself() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let home = country.facility(
        json!({"total": 4, "units": [{"name": "A", "places": 1}], "by_age_band": {"7-14": 1}}),
    );
    let unit = unit(&worker, home).await;
    let mut child = |born| country.child("male", born);
    let (first, second, old) = (child("2015-01-01"), child("2015-01-01"), child("2009-01-01"));
    let place = async |new: Value| worker.post("/v1/placements", new).await;
    let at_home = |child| in_facility(child, home, "2026-03-01");
    place(in_unit(at_home(first), &unit)).await.ok();
    let full = place(at_home(second)).await.broke("PL-12");
    assert_eq!(full["facts"]["limit"], "age_band");
    let full = place(in_unit(at_home(old), &unit)).await.broke("PL-12");
    assert_eq!(full["facts"]["limit"], "unit");
    let nowhere = in_unit(at_home(old), &uuid::Uuid::new_v4().to_string());
    let problem = place(nowhere).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/provider/facility_unit_id");
    place(at_home(old)).await.ok();

    let later = country.facility(json!({"valid_from": "2022-01-01", "total": 1}));
    let none = place(in_facility(second, later, "2021-12-31")).await.broke("PL-12");
    assert_eq!(none["facts"]["capacity"], 0);
    place(in_facility(second, later, "2022-01-01")).await.ok();
}

#[actix_web::test]
async fn a_child_who_grows_older_in_a_facility_takes_nobodys_place() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let home = country.facility(json!({"total": 4, "by_age_band": {"7-14": 1}}));
    let (young, older) = (country.child("male", "2019-04-01"), country.child("male", "2015-01-01"));
    country.stay(in_facility(older, home, "2026-05-01"), None);
    country.stay(in_facility(young, home, "2026-03-01"), None);
}

#[actix_web::test]
async fn a_limit_that_falls_during_the_stay_is_kept() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let authority = world.persona("national_authority");
    let mut child = || country.child("male", "2015-01-01");
    let (first, second) = (child(), child());
    let home = country.facility(json!({"total": 2}));
    let path = format!("/v1/facilities/{home}");
    let less = json!({"valid_from": "2026-06-01", "total": 1});
    let tag = authority.get(&path).await.etag().to_owned();
    authority.put(&format!("{path}/capacity"), &tag, less).await.ok();
    worker.post("/v1/placements", in_facility(first, home, "2026-03-01")).await.ok();
    let full = worker.post("/v1/placements", in_facility(second, home, "2026-03-01")).await;
    assert_eq!(full.broke("PL-12")["facts"]["day"], "2026-06-01");

    let mut child = || country.child("male", "2015-01-01");
    let (first, second) = (child(), child());
    let family = country.family_with(json!({"valid_to": "2026-06-01", "max_children": 2}));
    let path = format!("/v1/carer-families/{family}");
    let less = json!({
        "decided_by": country.authority, "decision_no": "2", "decided_on": "2026-05-01", "assessed_on": "2026-04-01",
        "valid_from": "2026-06-01", "valid_to": "2027-06-01", "max_children": 1, "age_min": 0, "age_max": 25,
        "sex": "any", "siblings_allowed": true, "purposes": ["foster"],
    });
    let tag = authority.get(&path).await.etag().to_owned();
    authority.step(&format!("{path}/approvals"), &tag, less).await.ok();
    worker.post("/v1/placements", with_family(first, family, "2026-03-01")).await.ok();
    let full = worker.post("/v1/placements", with_family(second, family, "2026-03-01")).await;
    assert_eq!(full.broke("PL-12")["facts"]["day"], "2026-06-01");
}

#[actix_web::test]
async fn exempt_children_leave_a_place_and_siblings_come_only_where_they_may() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let group: Vec<_> = (0..3).map(|_| country.child("female", "2015-01-01")).collect();
    let exemptions = json!([{"child_id": group[0], "until": "2026-12-31"}]);
    let family = country.family_with(json!({"max_children": 1, "exemptions": exemptions}));
    country.stay(with_family(group[0], family, "2026-03-01"), Some("2026-05-01"));
    country.stay(with_family(group[1], family, "2026-03-01"), Some("2026-05-01"));

    country.siblings(&group);
    let alone = country.family_with(json!({"max_children": 1, "siblings_allowed": false}));
    country.stay(with_family(group[0], alone, "2026-06-01"), None);
    let new = with_family(group[1], alone, "2026-06-01");
    worker.post("/v1/placements", new).await.broke("PL-12");
}

#[actix_web::test]
async fn a_child_not_yet_born_is_not_placed_and_leave_is_for_kin_alone() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let worker = world.persona("case_worker");
    let expected = json!({
        "names": [{"use": "official", "family": "Oblakovski"}], "sex": "unknown", "area_code": AREA,
        "expected_birth_date": "2027-01-15", "organisation_id": country.authority, "registration_basis": "without_parental_care",
    });
    let unborn =
        country.change(|tx| children::store::register(tx, body(expected.clone()))).unwrap().id;
    let family = country.family(1);
    let new = with_family(unborn, family, "2026-11-22");
    worker.post("/v1/placements", new).await.broke("PL-05");

    let kin = country.family_with(json!({"purposes": ["kinship"]}));
    let child = country.child("male", "2015-01-01");
    let provider = json!({"kind": "carer_family", "carer_family_id": kin});
    let mut new = start(child, "foster_long_term", provider, "2026-03-01");
    new["temporary_approval"] = json!({"justification": "There is no other family near by today.", "authorised_by": "Duty supervisor", "valid_until": "2026-03-04"});
    let problem = worker.post("/v1/placements", new).await.broke("PL-11");
    assert_eq!(problem["facts"]["why"], "purpose_not_covered");
}
