//! Families that are taken over from an older register.
use kinstead::{
    carers::{
        CarerFamilyId,
        model::CarerStep,
        store::{self, FamilyFile},
    },
    platform::{db::Tx, error::Result, journal::Recorded, version::IfMatch},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{AREA, Country, World, body};

/// The way to an approval, and how far the checks go.
const WAY: [(CarerStep, &str); 5] = [
    (CarerStep::Submit, "2019-01-10"),
    (CarerStep::BeginChecks, "2019-01-10"),
    (CarerStep::BeginHomeStudy, "2019-02-10"),
    (CarerStep::BeginTraining, "2019-04-01"),
    (CarerStep::ConvenePanel, "2019-05-01"),
];

fn enquiry() -> Value {
    json!({
        "enquired_on": "2019-01-01", "purposes": ["foster"], "area_code": AREA,
        "external_ids": [{"system": "urn:example:cards", "value": "K-17"}],
        "persons": [{"role": "applicant", "given_name": "Rastko", "family_name": "Lipokrilić", "birth_date": "1980-01-01"}],
    })
}

fn checks(applicant: Uuid) -> Vec<Value> {
    let of = |kind| json!({"kind": kind, "person_id": applicant, "completed_on": "2019-02-01", "result": "passed"});
    let all = |kind| json!({"kind": kind, "completed_on": "2019-02-01", "result": "passed"});
    vec![
        of("criminal_record"),
        of("child_abuse_register"),
        of("health"),
        all("references"),
        all("housing_visit"),
    ]
}

fn training() -> Value {
    json!({"programme": "First steps", "kind": "initial", "hours": 30, "completed_on": "2019-04-20"})
}

fn terms(country: &Country, from: &str, to: &str) -> Value {
    json!({
        "decided_by": country.authority, "decision_no": "1/2019", "decided_on": from, "assessed_on": from,
        "valid_from": from, "valid_to": to, "max_children": 2, "age_min": 0, "age_max": 17, "sex": "any",
        "siblings_allowed": true, "purposes": ["foster"],
    })
}

/// Decided on before the first one has run out.
fn renewal(country: &Country) -> Value {
    let mut terms = terms(country, "2021-12-01", "2025-06-01");
    terms["valid_from"] = json!("2022-06-01");
    terms
}

/// Enquired, approved, renewed, and resigned or whatever while the last approval was in force.
fn past(tx: &mut Tx<'_>, terms: &[Value], checked: bool, end: CarerStep) -> Result<FamilyFile> {
    let mut past = FamilyFile::enquired(tx, &body(enquiry()))?;
    for (step, on) in WAY {
        past.take(tx, step, &body(json!({"on": on})))?;
    }
    if checked {
        let checks = checks(past.family().persons[0].id).into_iter().map(body).collect::<Vec<_>>();
        past.add_checks(tx, &checks)?;
        past.add_training(tx, &body(training()))?;
    }
    for terms in terms {
        past.approve(tx, &body(terms.clone()))?;
    }
    past.take(tx, end, &body(json!({"on": "2022-01-01"})))?;
    Ok(past)
}

/// The same step by step; an id and not the record, which is read when all is written.
fn lived(tx: &mut Tx<'_>, terms: &[Value]) -> Result<Recorded<CarerFamilyId>> {
    let mut new = enquiry();
    new["external_ids"][0]["value"] = json!("K-18");
    let mut family = store::register(tx, &body(new))?.into_value();
    let id = family.id;
    for (step, on) in WAY {
        let request = body(json!({"on": on}));
        family = store::take(tx, id, &IfMatch::of(&family), step, &request)?.into_value();
    }
    for check in checks(family.persons[0].id) {
        family = store::add_check(tx, id, &IfMatch::of(&family), &body(check))?.into_value();
    }
    family = store::add_training(tx, id, &IfMatch::of(&family), &body(training()))?.into_value();
    for terms in terms {
        let _granted = store::approve(tx, id, &IfMatch::of(&family), &body(terms.clone()))?;
        family = store::find(tx.conn, id)?;
    }
    let request = body(json!({"on": "2022-01-01"}));
    let resigned = store::take(tx, id, &IfMatch::of(&family), CarerStep::Resign, &request)?;
    Ok(resigned.map(|family| family.id))
}

/// What is left of a record when what is its own alone is taken away.
fn told(record: impl serde::Serialize) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for own in ["id", "carer_family_id", "person_id", "family_no", "version", "value"] {
                    members.remove(own);
                }
                members.values_mut().for_each(strip);
            }
            Value::Array(parts) => parts.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(record).unwrap();
    strip(&mut value);
    value
}

#[actix_web::test]
async fn a_family_that_is_taken_over_is_the_one_that_was_recorded_step_by_step() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let all = [terms(&country, "2019-06-01", "2022-06-01"), renewal(&country)];
    let taken = country
        .change(|tx| {
            let past = past(tx, &all, true, CarerStep::Resign)?;
            store::take_over(tx, vec![past])
        })
        .unwrap();
    let lived = country.change(|tx| lived(tx, &all)).unwrap();
    let lived = store::find(&mut country.conn, lived).unwrap();
    let read = store::find(&mut country.conn, taken[0].id).unwrap();
    assert_eq!(serde_json::to_value(&taken[0]).unwrap(), serde_json::to_value(&read).unwrap());
    assert_eq!(told(&read), told(&lived));
    let conn = &mut country.conn;
    let approvals = |conn: &mut _, id| store::approvals(conn, id).unwrap();
    assert_eq!(told(approvals(conn, read.id)), told(approvals(conn, lived.id)));
    assert_eq!(approvals(conn, read.id)[1].end_reason.as_deref(), Some("resigned"));
    assert!(read.family_no.starts_with("CF-2026-"), "{}", read.family_no);

    let history =
        world.persona("case_worker").get(&format!("/v1/carer-families/{}/history", read.id)).await;
    let events: Vec<Value> = history.ok()["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["event"].clone())
        .collect();
    assert_eq!(events, ["granted", "granted", "taken_over"]);
}

#[actix_web::test]
async fn a_family_is_not_taken_over_against_a_rule() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let first = terms(&country, "2019-06-01", "2022-06-01");
    let second = renewal(&country);
    let overlapping = terms(&country, "2021-05-01", "2024-05-01");
    let too_long = terms(&country, "2019-06-01", "2029-06-01");
    let mut refused = |all: &[Value], checked, end| {
        let take_over = |tx: &mut Tx<'_>| {
            let past = past(tx, all, checked, end)?;
            store::take_over(tx, vec![past])
        };
        format!("{:?}", country.change(take_over).expect_err("it breaks a rule"))
    };
    let resign = CarerStep::Resign;
    for (all, checked, end, why) in [
        (vec![first.clone()], false, resign, "CF-01"),
        (vec![first.clone(), overlapping], true, resign, "another approval"),
        (vec![too_long], true, resign, "too_long"),
        (vec![second, first.clone()], true, resign, "out_of_order"),
        (vec![first.clone()], true, CarerStep::Expire, "has not run out"),
        (vec![], true, resign, "cannot take the step resign"),
    ] {
        let told = refused(&all, checked, end);
        assert!(told.contains(why), "{why}: {told}");
    }
    // Two with one number of the older register.
    let both = country.change(|tx| {
        let both = vec![
            past(tx, std::slice::from_ref(&first), true, CarerStep::Resign)?,
            past(tx, std::slice::from_ref(&first), true, CarerStep::Resign)?,
        ];
        store::take_over(tx, both)
    });
    assert!(format!("{:?}", both.err().unwrap()).contains("DI-01"));
}

#[actix_web::test]
async fn a_family_is_taken_over_in_one_request() {
    let world = World::new().await;
    let country = Country::of(&world);
    let authority = world.persona("national_authority");
    let step =
        |(step, on): (CarerStep, &str)| json!({"step": step.as_str().replace('_', "-"), "on": on});
    let of_person = |mut done: Value| {
        if done.as_object_mut().unwrap().remove("person_id").is_some() {
            done["person"] = json!(0);
        }
        done
    };
    let mut steps: Vec<Value> = WAY.into_iter().map(step).collect();
    steps.push(step((CarerStep::Resign, "2022-01-01")));
    let good = json!({
        "family": enquiry(), "steps": steps, "trainings": [training()],
        "checks": checks(Uuid::nil()).into_iter().map(of_person).collect::<Vec<_>>(),
        "approvals": [terms(&country, "2019-06-01", "2022-06-01"), renewal(&country)],
    });
    let send = async |body| authority.post("/v1/past-carer-families", body).await;
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        let (above, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(above).unwrap()[name] = value;
        body
    };
    for (pointer, value, code) in [
        ("/checks/0/person", json!(7), "unknown_reference"),
        ("/trainings/0/completed_on", json!("2099-01-01"), "future_date"),
        ("/steps/1/on", json!("2018-01-01"), "out_of_order"),
        ("/approvals/1/valid_to", json!("2035-01-01"), "too_long"),
        ("/family/area_code", json!("XX"), "unknown_area"),
    ] {
        let problem = send(with(pointer, value)).await.refused(422, "invalid");
        let fault = &problem["errors"][0];
        assert_eq!(
            (&fault["code"], &fault["pointer"]),
            (&json!(code), &json!(pointer)),
            "{problem}"
        );
    }
    send(with("/checks/2/result", json!("failed"))).await.broke("CF-01");
    let worker = world.persona("carer_support_officer");
    worker.post("/v1/past-carer-families", good.clone()).await.refused(403, "forbidden");

    let made = send(good.clone()).await;
    assert_eq!((made.status.as_u16(), &made.ok()["state"]), (201, &json!("resigned")));
    assert_eq!(authority.get(made.header("location")).await.json(), made.json());
    let path = format!("{}/approvals", made.header("location"));
    let approvals = authority.get(&path).await.ok();
    assert_eq!(approvals["data"][1]["end_reason"], "resigned");
    // The same number of the older register is the same family.
    send(good.clone()).await.broke("DI-01");
}
