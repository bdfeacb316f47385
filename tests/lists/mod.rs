//! What all lists have in common: orders, bound and sealed cursors, totals, views, bounds of days.
mod filters;
mod orders;
mod paging;
mod views;

use kinstead::{
    children::ChildId,
    deadlines::store::{Scope, sweep},
    overrides::{self, Override, OverrideId},
    placements,
    platform::{clock::Clock as _, db::maintain_on, idempotency::PLATFORM},
};
use serde_json::{Value, json};

use crate::support::{
    Country, World,
    around::{complaint, contact_event, contact_plan, incident, restriction, visit},
    body,
    everything::merged,
    files::send_file,
    in_facility, leave, plan, with_family,
};

/// A registry in which every list has several records, with equals and with fields that are absent.
pub struct Full {
    pub world: World,
    pub country: Country,
    pub children: Vec<ChildId>,
}

impl Full {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let authority = world.persona("national_authority");
        for (name, kind) in [("Beta", "court"), ("Alfa", "ngo"), ("Beta", "ngo"), ("Gama", "court")]
        {
            let new = json!({"name": name, "kind": kind, "area_code": "RS-20", "valid_from": "2001-01-01"});
            authority.post("/v1/organisations", new).await.ok();
        }
        for (code, name) in [("RS-20-B", "Alfa"), ("RS-20-A", "Beta"), ("RS-20-C", "Alfa")] {
            let new = json!({"code": code, "level": "municipality", "parent_code": "RS-20", "names": {"en": name}});
            authority.post("/v1/areas", new).await.ok();
        }
        let mut children = Vec::new();
        for born in
            ["2016-05-01", "2012-01-31", "2016-05-01", "2019-07-07", "2012-01-31", "2016-05-01"]
        {
            children.push(country.child("female", born));
        }
        for _ in 0..4 {
            let again = country.child("female", "2016-05-01").to_string();
            merged(&authority, &children[0].to_string(), &again).await.ok();
        }
        let unborn = json!({
            "sex": "unknown", "expected_birth_date": "2027-01-05", "area_code": "RS-20", "organisation_id": country.authority,
            "registration_basis": "at_risk_of_separation",
        });
        for _ in 0..2 {
            let new =
                country.change(|tx| kinstead::children::store::register(tx, body(unborn.clone())));
            children.push(new.unwrap().id);
        }
        let families = [
            country.family(3),
            country.family(1),
            country.family_with(json!({"valid_to": "2026-12-31", "max_children": 3})),
        ];
        let enquiry = json!({
            "purposes": ["foster"], "area_code": "RS-20", "accepts_disability": true, "emergency": false,
            "supported_by_centre": false, "lat": 43.4, "lon": 21.8,
            "persons": [{"role": "applicant", "given_name": "Rastko", "family_name": "Lipokrilić", "birth_date": "1980-01-01"}],
        });
        for _ in 0..2 {
            authority.post("/v1/carer-families", enquiry.clone()).await.ok();
        }
        for total in [8, 4, 8] {
            country.facility(json!({"total": total}));
        }
        for name in ["Zora", "Čuperak", "Alfa"] {
            let new = json!({
                "name": name, "facility_type": "small_group_home", "ownership": "own_authority",
                "operator_id": country.authority, "area_code": "RS-20",
                "accepts": {"age_min": 0, "age_max": 17, "sex": "any", "disability": true, "emergency": true, "siblings": true},
            });
            authority.post("/v1/facilities", new).await.ok();
        }
        for (child, family, on, end) in [
            (0, 0, "2026-01-01", Some("2026-06-01")),
            (1, 0, "2026-01-01", None),
            (2, 2, "2025-03-01", Some("2026-06-01")),
            (3, 2, "2026-02-01", None),
        ] {
            let mut new = with_family(children[child], families[family], on);
            if end.is_none() {
                new["expected_end_on"] = json!("2027-02-01");
            }
            let placed = authority.post("/v1/placements", new).await;
            placed.ok();
            if let Some(end) = end {
                let path = format!("{}/end", placed.header("location"));
                authority.step(&path, placed.etag(), leave(end)).await.ok();
            }
        }
        let centre = json!({"name": "Delta", "kind": "ngo", "area_code": "RS-20", "valid_from": "2001-01-01"});
        let centre = authority.post("/v1/organisations", centre).await.ok()["id"].clone();
        for (child, kind) in [(2, "referral"), (0, "transfer"), (1, "referral"), (3, "transfer")] {
            let offer =
                json!({"kind": kind, "to_organisation_id": centre, "reason": "They live nearby."});
            let path = format!("/v1/children/{}/transfers", children[child]);
            authority.post(&path, offer).await.ok();
        }
        for (child, on) in [(2, 20), (0, 21), (1, 20), (3, 22)] {
            let new = json!({"kind": "initial", "requested_on": format!("2026-11-{on}"), "reason": "Nobody is there."});
            let path = format!("/v1/children/{}/assessments", children[child]);
            authority.post(&path, new).await.ok();
            let review = json!({"kind": "placement", "due_on": format!("2026-12-{on}")});
            authority.post(&format!("/v1/children/{}/reviews", children[child]), review).await.ok();
            let court = json!({"kind": "guardianship", "court": "Basic Court in Niš", "filed_by": "mother",
                "filed_on": format!("2026-10-{on}"), "next_hearing_on": format!("2026-12-{on}")});
            let path = format!("/v1/children/{}/court-cases", children[child]);
            authority.post(&path, court).await.ok();
            let plan = json!({
                "permanency_goal": "return_6m", "target_date": "2027-05-01", "drafted_on": format!("2026-11-{on}"),
                "content": crate::care_plans::content(),
            });
            authority
                .post(&format!("/v1/children/{}/care-plans", children[child]), plan)
                .await
                .ok();
        }
        let worker = world.persona("case_worker");
        for child in &children[..4] {
            let new = json!({"child_id": child, "reason_code": "missing_child", "reason": "Seen at the station tonight."});
            worker.post("/v1/emergency-accesses", new).await.ok();
        }
        let with = json!({"kind": "carer_family", "carer_family_id": families[1]});
        for (child, on) in
            [(0, "2026-03-02"), (1, "2026-01-05"), (2, "2026-03-02"), (3, "2026-10-01")]
        {
            let case = json!({"child_id": children[child], "opened_on": on, "referral_source": "school",
                "referral_on": "2026-01-02", "primary_need": "abandonment", "manager": {"name": "Milica", "worker_id": "w-1"}});
            authority.post("/v1/cases", case).await.ok();
            let family = json!({"family_type": "other", "area_code": "RS-20", "risk_level": "low", "registered_on": on});
            authority.post("/v1/families", family).await.ok();
            let day = format!("2026-11-{}", 18 + child);
            for (path, new) in [
                ("visits", visit(&day)),
                ("contact-plans", contact_plan()),
                ("contact-restrictions", restriction(&country.authority.to_string())),
                ("contact-events", contact_event(&day)),
                ("incidents", incident(&day)),
                ("complaints", complaint(&day)),
            ] {
                let path = format!("/v1/children/{}/{path}", children[child]);
                authority.post(&path, new).await.ok();
            }
        }
        overridden(&world, &children[..4]);
        let home = country.facility(json!({"total": 8}));
        country.stay(in_facility(children[5], home, "2026-10-01"), None);
        for on in ["2026-11-20", "2026-11-21", "2026-11-20", "2026-11-22"] {
            let plan = country.transform(home, on);
            let transition = country.transition(&plan, children[5], on);
            country.give_up(&plan, &transition);
        }
        let planned = plan(children[4], "foster_long_term", with, "2026-12-01");
        country.change(|tx| placements::store::create(tx, &body(planned.clone()))).unwrap();
        for name in ["Zora", "Čuperak", "Alfa", "Beta"] {
            authority.post("/v1/consumers", json!({"name": name})).await.ok();
        }
        for _ in 0..4 {
            send_file(&world, "national_authority", &vec![json!({}); 4]).await;
        }
        sweep(&mut country.conn, country.now, Scope::Needed, &|_| {}).unwrap();
        Self { world, country, children }
    }

    /// All records of a list, page by page, and how often one went on.
    pub async fn whole(&self, role: Option<&str>, address: &str) -> Vec<Value> {
        let persona = role.map_or_else(|| self.world.nobody(), |role| self.world.persona(role));
        let (mut found, mut next) = (Vec::new(), address.to_owned());
        loop {
            let page = persona.get(&next).await;
            let body = page.ok();
            found.extend(body["data"].as_array().unwrap().clone());
            assert!(found.len() < 1000, "{address} never ends");
            let link = page.header("link").trim_start_matches('<');
            match body["next_cursor"].as_str() {
                Some(cursor) => assert!(link.contains(cursor)),
                None => return found,
            }
            link.split('>').next().unwrap().clone_into(&mut next);
        }
    }
}

/// A soft rule was stepped over for each of these children.
fn overridden(world: &World, children: &[ChildId]) {
    let days = ["2026-03-02", "2026-01-05", "2026-03-02", "2026-10-01"];
    for (child, begins_on) in children.iter().zip(days) {
        let new: Override = body(json!({
            "id": OverrideId::generate(), "rule_code": "PL-23", "rule_version": 1, "child_id": child,
            "subject_kind": "placement", "subject_id": uuid::Uuid::new_v4(), "authorised_by": "Director",
            "justification": "Her aunt lives there.", "authorised_on": begins_on, "client_id": uuid::Uuid::new_v4(),
            "role": "supervisor", "begins_on": begins_on, "valid_until": "2026-12-01", "state": "to_review", "version": 1,
        }));
        let mut conn = world.database.service();
        maintain_on(&mut conn, PLATFORM, world.clock.now(), |tx| {
            overrides::store::keep(tx, vec![new.clone()])
        })
        .unwrap();
    }
}
