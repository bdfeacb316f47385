//! Cursors: each leads on in the list that it came from, under the filters that it came with.
use actix_web::http::Method;
use kinstead::{
    platform::{clock::Clock as _, keys::PrivateKey},
    reference::organisations::OrganisationId,
};
use serde_json::{Value, json};

use crate::support::{
    Country, Everything,
    around::{complaint, contact_event, contact_plan, incident, restriction, visit},
    body,
    everything::merged,
    files::send_file,
    in_facility,
    operations::{Operation, contract, operations, resolve},
    with_family,
};

/// Parameters that choose no records and no order: a cursor leads on whatever they are.
const PRESENTATION: [&str; 4] = ["count", "cursor", "limit", "view"];

/// Everything, and a second one of each kind; the parents of the second ones.
async fn two_of_each() -> (Everything, Vec<(&'static str, String)>) {
    let all = Everything::new().await;
    let authority = all.world.persona("national_authority");
    send_file(&all.world, "national_authority", &[json!({})]).await;
    let of = |path: &str| {
        operations().into_iter().find(|operation| operation.path == path).map(|one| all.path(&one))
    };
    let id = |path: &str| of(path).unwrap().rsplit('/').next().unwrap().to_owned();
    let organisation: OrganisationId = body(json!(id("/v1/organisations/{id}")));
    let mut country = Country {
        conn: all.world.database.service(),
        now: all.world.clock.now(),
        authority: organisation,
    };
    let (child, other) =
        (country.child("female", "2015-01-01"), country.child("male", "2015-01-01"));
    let (family, home) = (country.family(2), country.facility(json!({"total": 2})));
    let stay = country.stay(with_family(child, family, "2026-01-01"), None);
    let first = format!("/v1/children/{}", id("/v1/children/{id}"));
    let again = country.child("female", "2016-05-01").to_string();
    merged(&authority, &id("/v1/children/{id}"), &again).await.ok();
    let approvals = format!("/v1/carer-families/{}/approvals", id("/v1/carer-families/{id}"));
    let court =
        json!({"kind": "court", "name": "Court", "area_code": "RS", "valid_from": "2001-01-01"});
    for (path, new) in [
        ("/v1/organisations".to_owned(), court),
        (format!("{first}/relations"), json!({"kind": "mother", "person": {"given": "Ana"}})),
        (
            format!("{first}/legal-statuses"),
            json!({"axis": "guardianship", "status": "authority", "valid_from": "2026-03-02"}),
        ),
        (
            format!("/v1/facilities/{}/inspections", id("/v1/facilities/{id}")),
            json!({"kind": "unannounced", "inspected_on": "2024-01-01", "body": "Inspectorate", "children_spoken_to": 1, "findings": "None."}),
        ),
        (
            approvals.replace("approvals", "reviews"),
            json!({"reviewed_on": "2025-06-01", "reviewed_by": organisation, "outcome": "suitable"}),
        ),
        (
            format!("/v1/facilities/{}/staff-snapshots", id("/v1/facilities/{id}")),
            json!({"taken_on": "2025-02-01", "vacancies": 0, "shifts": [{"shift": "day", "children_per_carer": 4}],
                "staff": [{"role": "carer", "headcount": 6, "full_time_equivalents": 6, "qualified": 6, "checked": 6}]}),
        ),
        (
            format!("/v1/facilities/{}/complaints", id("/v1/facilities/{id}")),
            json!({"complainant": "parent", "channel": "letter", "received_on": "2026-05-21", "description": "No heating."}),
        ),
        (
            format!("/v1/placements/{}/absences", id("/v1/placements/{id}")),
            json!({"reason": "holiday", "started_on": "2026-05-01", "ended_on": "2026-05-03"}),
        ),
        (
            format!("/v1/clients/{}/keys", id("/v1/clients/{id}")),
            json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": PrivateKey::generate().public().x()}}),
        ),
    ] {
        authority.post(&path, new).await.ok();
    }
    let centre = authority.get("/v1/transfers").await.ok()["data"][0]["to_organisation_id"].clone();
    let offer =
        json!({"kind": "referral", "to_organisation_id": centre, "reason": "Speech therapy."});
    authority.post(&format!("/v1/children/{child}/transfers"), offer).await.ok();
    let mut case = json!({"child_id": other, "referral_source": "school", "referral_on": "2026-01-01",
        "primary_need": "abandonment", "manager": {"name": "Milica", "worker_id": "w-1"}});
    let case_of_other = authority.post("/v1/cases", case.clone()).await.ok()["id"].clone();
    let origin = json!({"family_type": "other", "area_code": "RS-20", "risk_level": "low"});
    let origin = authority.post("/v1/families", origin).await.ok()["id"].clone();
    case.as_object_mut().unwrap().remove("child_id");
    case["family_id"] = origin;
    authority.post("/v1/cases", case).await.ok();
    let asked =
        json!({"kind": "initial", "requested_on": "2026-11-20", "reason": "Nobody is at home."});
    let plan = json!({
        "permanency_goal": "return_6m", "target_date": "2027-05-01", "drafted_on": "2026-11-20",
        "content": crate::care_plans::content(),
    });
    let review = json!({"kind": "placement", "due_on": "2026-12-01"});
    for child in [&first, &format!("/v1/children/{child}")] {
        for (path, new) in [
            ("assessments", asked.clone()),
            ("care-plans", plan.clone()),
            ("reviews", review.clone()),
            ("visits", visit("2026-05-16")),
            ("contact-events", contact_event("2026-05-16")),
            ("incidents", incident("2026-05-16")),
        ] {
            authority.post(&format!("{child}/{path}"), new).await.ok();
        }
    }
    let court = json!({"kind": "guardianship", "court": "Basic Court in Niš", "filed_by": "guardianship_authority", "filed_on": "2026-06-02"});
    authority.post(&format!("/v1/children/{child}/court-cases"), court).await.ok();
    // Neither has a legal status.
    country.stay(in_facility(other, home, "2026-01-01"), None);
    for child in [child, other] {
        for day in ["2026-05-16", "2026-05-18"] {
            for (path, new) in [
                ("visits", visit(day)),
                ("contact-plans", contact_plan()),
                ("contact-restrictions", restriction(&organisation.to_string())),
                ("contact-events", contact_event(day)),
                ("incidents", incident(day)),
                ("complaints", complaint(day)),
            ] {
                authority.post(&format!("/v1/children/{child}/{path}"), new).await.ok();
            }
        }
    }
    for _ in 0..2 {
        let plan = country.transform(home, "2026-11-20");
        let transition = country.transition(&plan, other, "2026-11-20");
        country.give_up(&plan, &transition);
    }
    let hooks = all.world.persona("regional_authority");
    let new = json!({"url": "http://127.0.0.1:9/others"});
    hooks.post("/v1/webhook-endpoints", new).await.ok();
    let consumer = json!({"name": "Another one"});
    hooks.post("/v1/consumers", consumer).await.ok();
    let test = format!("/v1/webhook-endpoints/{}/test", id("/v1/webhook-endpoints/{id}"));
    hooks.post(&test, json!({})).await.ok();
    let family_path = approvals.trim_end_matches("/approvals").to_owned();
    let tag = authority.get(&family_path).await.etag().to_owned();
    let terms = json!({
        "decided_by": organisation, "decision_no": "2", "decided_on": "2026-11-01", "assessed_on": "2026-10-01",
        "valid_from": "2027-01-01", "valid_to": "2028-01-01", "max_children": 2, "age_min": 0, "age_max": 18,
        "sex": "any", "siblings_allowed": true, "purposes": ["foster"],
    });
    authority.step(&approvals, &tag, terms).await.ok();
    let episodes = format!("{first}/missing-episodes");
    let open = authority.get(&episodes).await.ok()["data"][0]["id"].as_str().unwrap().to_owned();
    let tag = format!("\"{}.1\"", open.replace('-', ""));
    let found = json!({"ended_at": "2026-11-21T12:00:00Z", "interview_offered": false});
    authority.step(&format!("{episodes}/{open}/end"), &tag, found).await.ok();
    let again = json!({"started_at": "2026-11-22T10:00:00Z", "kind": "missing"});
    authority.post(&episodes, again).await.ok();
    let parents = vec![
        ("/v1/children", other.to_string()),
        ("/v1/carer-families", family.to_string()),
        ("/v1/facilities", home.to_string()),
        ("/v1/placements", stay.id.to_string()),
        ("/v1/cases", case_of_other.as_str().unwrap().to_owned()),
    ];
    (all, parents)
}

/// Some value that the parameter may have.
fn some(document: &Value, parameter: &Value) -> Option<String> {
    let schema = resolve(document, &parameter["schema"]);
    let one = if schema["type"] == "array" { resolve(document, &schema["items"]) } else { schema };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Array(_) => None,
        other => Some(other.to_string()),
    };
    let known = [&one["enum"][0], &parameter["example"], &schema["example"], &one["example"]];
    known.into_iter().find_map(text).or_else(|| {
        let value = match (one["type"].as_str(), one["format"].as_str()) {
            (_, Some("date")) => "2026-06-01",
            (_, Some("date-time")) => "2026-11-22T11:00:00Z",
            (Some("integer"), _) => "1",
            (Some("boolean"), _) => "true",
            _ if parameter["name"] == "area_code" || parameter["name"] == "area" => "RS",
            _ => return None,
        };
        Some(value.to_owned())
    })
}

async fn get(all: &Everything, operation: &Operation, path: &str) -> crate::support::Reply {
    let persona = all.world.persona(operation.role().unwrap_or("national_authority"));
    persona.request(Method::GET, path).send().await
}

#[actix_web::test]
async fn a_cursor_belongs_to_the_list_and_the_filters_it_came_with() {
    let ((all, parents), document) = (two_of_each().await, contract());
    let (mut lists, mut filters, mut others, mut short) = (0, 0, 0, Vec::new());
    for operation in operations().iter().filter(|operation| operation.has("query", "cursor")) {
        let path = all.path(operation);
        let page = get(&all, operation, &format!("{path}?limit=1")).await.ok();
        let Some(cursor) = page["next_cursor"].as_str() else {
            short.push(operation.path.clone());
            continue;
        };
        lists += 1;
        for parameter in operation.parameters("query") {
            let name = parameter["name"].as_str().unwrap();
            let Some(value) = some(&document, &parameter).filter(|_| !PRESENTATION.contains(&name))
            else {
                continue;
            };
            let narrowed = format!("{path}?limit=1&{name}={}", value.replace('+', "%2B"));
            if !get(&all, operation, &narrowed).await.status.is_success() {
                continue;
            }
            filters += 1;
            let reply = get(&all, operation, &format!("{narrowed}&cursor={cursor}")).await;
            assert_eq!(reply.status, 400, "{} {name}={value}", operation.name());
            reply.refused(400, "cursor_mismatch");
        }
        let Some((_, other)) =
            parents.iter().find(|(prefix, _)| operation.path.starts_with(&format!("{prefix}/")))
        else {
            continue;
        };
        others += 1;
        let elsewhere = all.path_with(operation, &[("id", other.as_str())]);
        let reply = get(&all, operation, &format!("{elsewhere}?limit=1&cursor={cursor}")).await;
        assert_eq!(reply.status, 400, "{} of another record", operation.name());
        reply.refused(400, "cursor_mismatch");
    }
    // A record that was never changed has a history of one entry, and nobody asks here in a name.
    let one = |path: &String| path.ends_with("/history") || path.ends_with("/access-log/persons");
    assert!(short.iter().all(one), "no second page: {short:?}");
    assert!(lists > 10 && filters > 30 && others > 5, "{lists} {filters} {others}");
}
