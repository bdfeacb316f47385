//! A world with one record of each kind, so that every operation has something to work on.
use std::collections::BTreeMap;

use actix_web::http::Method;
use diesel::{RunQueryDsl, connection::SimpleConnection as _, sql_query, sql_types::BigInt};
use kinstead::{
    deadlines::store::{Scope, sweep},
    feed,
    platform::{clock::Clock as _, db, embedded::Role},
};
use serde_json::{Value, json};

use super::{
    Country, Persona, Reply, World,
    around::{complaint, contact_event, contact_plan, incident, restriction, visit},
    files::send_file,
    operations::Operation,
    stays::{in_facility, with_family},
    world::Asking,
};

/// An answer about many persons.
const ANSWER: &str = "6f6e6520-616e-7377-6572-277320696421";

/// One record of each kind, each at the address of its first operation.
pub struct Everything {
    pub world: World,
    /// What stands for a parameter in the paths that begin like this.
    parameters: BTreeMap<(&'static str, &'static str), String>,
}

impl Everything {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let (child, sister) =
            (country.child("female", "2016-05-01"), country.child("male", "2014-05-01"));
        let brother = country.child("male", "2012-05-01");
        let (family, apart) = (country.family(3), country.family(3));
        let facility = country.facility(json!({"total": 8}));
        let listed = format!(
            "INSERT INTO access_receipts VALUES (uuid_send('{ANSWER}'), now(), '\\x0001020304050607')"
        );
        world.database.owner().batch_execute(&listed).unwrap();
        let authority = country.authority.to_string();
        let authority_id = authority.clone();
        let start = with_family(child, family, "2026-01-01");
        let mut parameters = BTreeMap::from([
            (("/v1/children", "id"), child.to_string()),
            (("/v1/carer-families", "id"), family.to_string()),
            (("/v1/carer-families", "step"), "resign".to_owned()),
            (("/v1/facilities", "id"), facility.to_string()),
            (("/v1/families", "step"), "close".to_owned()),
            (("/v1/cases", "step"), "register".to_owned()),
            (("/v1/organisations", "id"), authority),
            (("/v1/areas", "code"), "RS-20".to_owned()),
            (("/v1/code-lists", "name"), "care_type".to_owned()),
            (("/v1/parameters", "name"), "review_interval_months".to_owned()),
            (("/v1/rules", "code"), "PL-23".to_owned()),
            (("/problems", "code"), "invalid".to_owned()),
            (("/v1/log/receipts", "answer"), ANSWER.to_owned()),
            (("/v1/snapshot", "kind"), "child".to_owned()),
            (("/v1/exports", "list"), "children".to_owned()),
            (("/v1/{kind}", "kind"), "child".to_owned()),
            (("/v1/{kind}", "system"), "urn:example:ministry".to_owned()),
            (("/v1/{kind}", "value"), "K-2017-0042".to_owned()),
        ]);
        {
            let authority = world.persona("national_authority");
            let made = |reply: Reply| reply.ok()["id"].as_str().unwrap().to_owned();
            let again = country.child("female", "2016-05-01").to_string();
            let merged = merged(&authority, &child.to_string(), &again).await;
            parameters.insert(("/v1/child-merges", "id"), made(merged));
            let placement = authority.post("/v1/placements", start).await;
            let period = placement.ok()["care_period_id"].as_str().unwrap().to_owned();
            let placement = made(placement);
            let status = json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-03-02"});
            let status =
                authority.post(&format!("/v1/children/{child}/legal-statuses"), status).await;
            let relation = json!({"kind": "full_sibling", "related_child_id": sister, "to_be_kept_together": "yes"});
            let relation =
                authority.post(&format!("/v1/children/{child}/relations"), relation).await;
            let kin = json!({"kind": "full_sibling", "related_child_id": brother, "to_be_kept_together": "yes"});
            authority.post(&format!("/v1/children/{child}/relations"), kin).await.ok();
            for other in [sister, brother] {
                let parted = parted(&world, with_family(other, apart, "2026-01-02")).await;
                parameters.insert(("/v1/overrides", "id"), parted);
            }
            let approvals =
                authority.get(&format!("/v1/carer-families/{family}/approvals")).await.ok();
            let held = json!({"reviewed_on": "2025-03-01", "reviewed_by": authority_id, "outcome": "suitable"});
            let held = authority.post(&format!("/v1/carer-families/{family}/reviews"), held).await;
            let inspection = json!({"kind": "unannounced", "inspected_on": "2025-01-01", "body": "Inspectorate", "children_spoken_to": 3, "findings": "None."});
            let inspection =
                authority.post(&format!("/v1/facilities/{facility}/inspections"), inspection).await;
            let staff = json!({"taken_on": "2026-02-01", "vacancies": 1, "shifts": [{"shift": "day", "children_per_carer": 4}],
                "staff": [{"role": "carer", "headcount": 6, "full_time_equivalents": 5.5, "qualified": 5, "checked": 6}]});
            let staff =
                authority.post(&format!("/v1/facilities/{facility}/staff-snapshots"), staff).await;
            let absence = json!({"reason": "holiday", "started_on": "2026-11-20"});
            let absence =
                authority.post(&format!("/v1/placements/{placement}/absences"), absence).await;
            let missing = json!({"started_at": "2026-11-21T10:00:00Z", "kind": "missing"});
            let missing =
                authority.post(&format!("/v1/children/{child}/missing-episodes"), missing).await;
            let client = json!({"name": "Case system", "roles": ["case_worker"]});
            let client = made(authority.post("/v1/clients", client).await);
            let opened = json!({"child_id": child, "reason_code": "urgent_placement", "reason": "Found alone at the bus station at night."});
            let worker = world.persona("case_worker");
            worker.post("/v1/emergency-accesses", opened.clone()).await.ok();
            let opened = made(worker.post("/v1/emergency-accesses", opened).await);
            let notices = authority.get("/v1/notices").await.ok();
            let notice = notices["data"][0]["id"].as_str().unwrap().to_owned();
            let key = json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": CLIENT_KEY}});
            let key = authority.post(&format!("/v1/clients/{client}/keys"), key).await;
            let centre = json!({"kind": "centre_for_social_work", "name": "Centre", "area_code": "RS", "valid_from": "2001-01-01"});
            let centre = made(authority.post("/v1/organisations", centre).await);
            let offer = json!({"kind": "transfer", "to_organisation_id": centre, "reason": "The aunt lives there."});
            let offer = authority.post(&format!("/v1/children/{child}/transfers"), offer).await;
            let hidden = json!({"address_lines": ["Skrivena 4"]});
            let hidden =
                worker.post(&format!("/v1/children/{child}/protected-addresses"), hidden).await;
            let links = worker.get(&format!("/v1/children/{child}/case-links")).await.ok();
            let link = links["data"][0]["id"].as_str().unwrap().to_owned();
            let adopted = json!({"former_child_id": child, "new_child_id": sister, "decision": "Basic Court, P-14/2026"});
            let adopting = world.persona("central_adoption_authority");
            let adopted = made(adopting.post("/v1/adoption-links", adopted).await);
            parameters.extend([
                (("/v1/adoption-links", "id"), adopted),
                (("/v1/children", "link_id"), link),
                (("/v1/children", "address_id"), made(hidden)),
            ]);
            let origin = family_of_origin(&world, &child.to_string()).await;
            let case = json!({"child_id": child, "referral_source": "school", "referral_on": "2026-01-01",
                "primary_need": "family_acute_stress", "manager": {"name": "Milica", "worker_id": "w-1"}});
            let case = authority.post("/v1/cases", case).await;
            parameters
                .extend([(("/v1/families", "id"), origin), (("/v1/cases", "id"), made(case))]);
            let asked = json!({"kind": "gatekeeping", "requested_on": "2026-11-20", "reason": "Nobody is at home."});
            let asked = authority.post(&format!("/v1/children/{child}/assessments"), asked).await;
            let plan = json!({
                "care_period_id": period, "permanency_goal": "return_6m", "target_date": "2027-05-01", "drafted_on": "2026-11-20",
                "content": {
                    "goals": [{"goal": "Home again.", "measure": "Help at home.", "responsible": "Centre", "due_on": "2027-05-01", "state": "open"}],
                    "participants": [{"role": "child"}], "child_views": {"views": "Wants to go home."},
                },
            });
            let plan = authority.post(&format!("/v1/children/{child}/care-plans"), plan).await;
            let review = json!({"kind": "placement", "due_on": "2026-12-01"});
            let review = authority.post(&format!("/v1/children/{child}/reviews"), review).await;
            let court = json!({"kind": "guardianship", "court": "Basic Court in Niš", "filed_by": "guardianship_authority", "filed_on": "2026-06-02"});
            let court = authority.post(&format!("/v1/children/{child}/court-cases"), court).await;
            parameters.insert(("/v1/court-cases", "id"), made(court));
            let leaver = country.child("male", "2013-05-01");
            country.stay(in_facility(leaver, facility, "2026-03-01"), Some("2026-06-01"));
            let transformed = country.transform(facility, "2026-05-20");
            let transition = country.transition(&transformed, leaver, "2026-05-20");
            parameters.extend([
                (("/v1/transformation-plans", "id"), transformed.id.to_string()),
                (("/v1/transition-plans", "id"), transition.id.to_string()),
            ]);
            parameters.extend(around(&world, &child.to_string(), &authority_id).await);
            let cold = json!({"complainant": "other", "channel": "telephone", "received_on": "2026-05-20", "description": "No heating.",
                "reporter": {"name": "Ognjen Travar"}});
            let cold = worker.post(&format!("/v1/facilities/{facility}/complaints"), cold).await;
            parameters.insert(("/v1/facility-complaints", "id"), made(cold));
            parameters.extend([
                (("/v1/reviews", "id"), made(review)),
                (("/v1/care-plans", "id"), made(plan)),
                (("/v1/assessments", "id"), made(asked)),
                (("/v1/transfers", "id"), made(offer)),
                (("/v1/clients", "id"), client),
                (("/v1/clients", "key_id"), made(key)),
                (("/v1/emergency-accesses", "id"), opened),
                (("/v1/notices", "id"), notice),
                (("/v1/placements", "id"), placement),
                (("/v1/care-periods", "id"), period),
                (("/v1/children", "status_id"), made(status)),
                (("/v1/children", "relation_id"), made(relation)),
                (
                    ("/v1/carer-families", "approval_id"),
                    approvals["data"][0]["id"].as_str().unwrap().to_owned(),
                ),
                (("/v1/carer-families", "review_id"), made(held)),
                (("/v1/facilities", "inspection_id"), made(inspection)),
                (("/v1/facilities", "snapshot_id"), made(staff)),
                (("/v1/placements", "absence_id"), made(absence)),
                (("/v1/children", "episode_id"), made(missing)),
            ]);
        }
        parameters.extend(webhooks(&world).await);
        sweep(&mut world.database.service(), world.clock.now(), Scope::Needed, &|_| {}).unwrap();
        let of_child = format!("/v1/alerts?child_id={child}&sort=due_on");
        let alerts = world.persona("national_authority").get(&of_child).await.ok();
        parameters
            .insert(("/v1/alerts", "id"), alerts["data"][0]["id"].as_str().unwrap().to_owned());
        parameters.insert(("/v1/imports", "id"), imported(&world).await);
        world.parts.keeper.gather_and_sign().unwrap();
        let keeper = world.database.url(Role::Keeper);
        feed::gather(&mut db::connect(&keeper).unwrap()).unwrap();
        Self { world, parameters }
    }

    /// The operation's path with the parameters of records that exist, but for those that are given.
    pub fn path_with(&self, operation: &Operation, other: &[(&str, &str)]) -> String {
        let mut path = operation.path.clone();
        for parameter in operation.parameters("path") {
            let name = parameter["name"].as_str().unwrap();
            let known = self
                .parameters
                .iter()
                .find(|((prefix, known), _)| operation.path.starts_with(prefix) && *known == name);
            let given = other.iter().find(|(given, _)| *given == name).map(|(_, value)| *value);
            let value = given
                .unwrap_or_else(|| known.unwrap_or_else(|| panic!("{}: {name}", operation.path)).1);
            path = path.replace(&format!("{{{name}}}"), value);
        }
        path
    }

    /// The path with the query that the operation cannot do without, unless it has one.
    pub fn asked(&self, operation: &Operation, path: &str) -> String {
        let mut needed =
            operation.parameters("query").into_iter().filter(|it| it["required"] == true);
        match needed.next() {
            Some(child) if !path.contains('?') => {
                assert_eq!(child["name"], "child_id", "{path}");
                format!("{path}?child_id={}", self.child())
            }
            _ => path.to_owned(),
        }
    }

    pub fn path(&self, operation: &Operation) -> String {
        self.path_with(operation, &[])
    }

    /// The id of the child.
    pub fn child(&self) -> String {
        self.parameters[&("/v1/children", "id")].clone()
    }

    /// The id of the organisation that is responsible for the child.
    pub fn authority(&self) -> String {
        self.parameters[&("/v1/organisations", "id")].clone()
    }

    /// The id of the carer family.
    pub fn family(&self) -> String {
        self.parameters[&("/v1/carer-families", "id")].clone()
    }

    /// The id of the child's family.
    pub fn family_of_origin(&self) -> String {
        self.parameters[&("/v1/families", "id")].clone()
    }

    /// A request by somebody who may make it, with the tag of some record where one is needed.
    pub fn ask(&self, operation: &Operation, path: &str) -> Asking<'_> {
        let path = &self.asked(operation, path);
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let persona =
            operation.role().map_or_else(|| self.world.nobody(), |role| self.world.persona(role));
        let asking = persona.request(method, path);
        if operation.has("header", "If-Match") {
            asking.header("if-match", FOREIGN_TAG)
        } else {
            asking
        }
    }

    /// How many changes were ever made.
    pub fn changes(&self) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let count: Count = sql_query("SELECT (SELECT count(*) FROM journal) + (SELECT count(*) FROM idempotency_keys) AS count")
            .get_result(&mut self.world.database.owner())
            .unwrap();
        count.count
    }

    /// An address whose record has the version that this operation wants, if it has one.
    pub async fn tag(&self, operation: &Operation) -> String {
        let path = self.path(operation);
        let mut parts: Vec<&str> = path.split('/').collect();
        while parts.len() > 3 {
            let reply = self.world.persona("national_authority").get(&parts.join("/")).await;
            if !reply.etag().is_empty() {
                return reply.etag().to_owned();
            }
            parts.pop();
        }
        FOREIGN_TAG.to_owned()
    }
}

/// Merges another record of a child into this one.
pub async fn merged(who: &Persona<'_>, child: &str, other: &str) -> Reply {
    let path = format!("/v1/children/{child}");
    let seen = who.get(&path).await;
    let version = who.get(&format!("/v1/children/{other}")).await.ok()["version"].clone();
    let request = json!({"child_id": other, "version": version, "reason": "Registered twice."});
    who.step(&format!("{path}/merge"), seen.etag(), request).await
}

/// A file with a few records that was taken in.
async fn imported(world: &World) -> String {
    let line = |number: i32| {
        json!({"kind": "child", "external": {"system": "urn:example:ministry", "value": format!("K-{number}")}, "data": {
            "names": [{"use": "official", "given": "Vihor", "family": "Lipokrilić"}], "sex": "male",
            "birth_date": "2014-05-20", "area_code": "RS-20", "registration_basis": "without_parental_care",
        }})
    };
    send_file(world, "national_authority", &[line(1), line(2), line(3), line(4)]).await
}

/// Places a child apart from its sister, by an override.
async fn parted(world: &World, mut new: Value) -> String {
    new["overrides"] = json!([{
        "rule": "PL-21", "justification": "The court forbids contact between the two for now.",
        "authorised_by": "Director of the centre", "authorised_on": "2026-01-01",
    }]);
    let authority = world.persona("national_authority");
    authority.post("/v1/placements", new).await.ok();
    let made = authority.get("/v1/overrides").await.ok();
    made["data"][0]["id"].as_str().unwrap().to_owned()
}

/// What is recorded around a child in care: visits, contact, incidents, complaints.
async fn around(
    world: &World,
    child: &str,
    authority: &str,
) -> [((&'static str, &'static str), String); 6] {
    let supervisor = world.persona("supervisor");
    let worker = world.persona("case_worker");
    let post = async |asking: &Persona<'_>, path: &str, new| {
        let made = asking.post(&format!("/v1/children/{child}/{path}"), new).await;
        made.ok()["id"].as_str().unwrap().to_owned()
    };
    let restriction = restriction(authority);
    [
        (("/v1/visits", "id"), post(&worker, "visits", visit("2026-05-11")).await),
        (("/v1/contact-plans", "id"), post(&worker, "contact-plans", contact_plan()).await),
        (
            ("/v1/contact-restrictions", "id"),
            post(&supervisor, "contact-restrictions", restriction).await,
        ),
        (
            ("/v1/contact-events", "id"),
            post(&worker, "contact-events", contact_event("2026-05-16")).await,
        ),
        (("/v1/incidents", "id"), post(&worker, "incidents", incident("2026-05-18")).await),
        (("/v1/complaints", "id"), post(&worker, "complaints", complaint("2026-05-20")).await),
    ]
}

/// An endpoint to which nothing is sent, what is to be sent to it, and a consumer that never asks.
async fn webhooks(world: &World) -> [((&'static str, &'static str), String); 3] {
    let client = world.persona("regional_authority");
    let new = json!({"url": "http://127.0.0.1:9/hooks"});
    let made = client.post("/v1/webhook-endpoints", new).await.ok();
    let endpoint = made["endpoint"]["id"].as_str().unwrap().to_owned();
    let test = format!("/v1/webhook-endpoints/{endpoint}/test");
    let sent = client.post(&test, json!({})).await.ok();
    let delivery = sent["id"].as_str().unwrap().to_owned();
    let consumer = json!({"name": "Case system", "kinds": ["child"]});
    let consumer =
        client.post("/v1/consumers", consumer).await.ok()["id"].as_str().unwrap().to_owned();
    [
        (("/v1/webhook-endpoints", "id"), endpoint),
        (("/v1/webhook-deliveries", "id"), delivery),
        (("/v1/consumers", "id"), consumer),
    ]
}

/// The family of a child.
async fn family_of_origin(world: &World, child: &str) -> String {
    let new = json!({"family_type": "single_parent", "area_code": "RS-20", "risk_level": "medium",
        "members": [{"role": "child", "child_id": child, "in_household": false}]});
    let authority = world.persona("national_authority");
    let family = authority.post("/v1/families", new).await;
    let path = family.header("location");
    let factor = json!({"code": "neglect", "subject": "parent", "severity": "high", "identified_on": "2026-01-01"});
    let with = authority.step(&format!("{path}/risk-factors"), family.etag(), factor).await;
    let support = json!({"service_type": "home_help", "started_on": "2026-01-01"});
    authority.step(&format!("{path}/support"), with.etag(), support).await.ok();
    family.ok()["id"].as_str().unwrap().to_owned()
}

/// A public key of which nobody has the private half.
const CLIENT_KEY: &str = "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik";

/// The tag of a record that is none of these.
pub const FOREIGN_TAG: &str = "\"0199a5b26c1e4d3a9f002b8c4d5e6f70.1\"";
