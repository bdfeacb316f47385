//! Carer families, end to end: the way to approval, approvals, free places, the search.
mod approval;
mod past;
mod records;
mod reviews;
mod search;

use crate::support::{Country, Reply, World, body, with_family};
use serde_json::{Value, json};

const FAMILIES: &str = "/v1/carer-families";

struct Scene {
    world: World,
    country: Country,
    centre: String,
}

impl Scene {
    /// A country of two districts, one with a town, and a centre that decides; no children yet.
    async fn new() -> Self {
        let world = World::new().await;
        let country = Country::of(&world);
        let authority = world.persona("national_authority");
        for (code, level, parent) in
            [("RS-20-NIS", "municipality", "RS-20"), ("RS-01", "district", "RS")]
        {
            let area =
                json!({"code": code, "level": level, "parent_code": parent, "names": {"en": code}});
            authority.post("/v1/areas", area).await.ok();
        }
        world.refresh();
        let centre = json!({"kind": "centre_for_social_work", "name": "Centre", "area_code": "RS-20", "valid_from": "2000-01-01"});
        let centre = authority.post("/v1/organisations", centre).await.ok();
        let centre = centre["id"].as_str().unwrap().to_owned();
        Self { world, country, centre }
    }

    async fn register(&self, body: Value) -> Reply {
        self.world.persona("carer_support_officer").post(FAMILIES, body).await
    }

    /// Sends a change of the newest version, as the regional authority.
    async fn post(&self, path: &str, what: &str, body: Value) -> Reply {
        let authority = self.world.persona("regional_authority");
        let etag = authority.get(path).await.etag().to_owned();
        authority.step(&format!("{path}/{what}"), &etag, body).await
    }

    async fn patch(&self, path: &str, body: Value) -> Reply {
        let authority = self.world.persona("regional_authority");
        let etag = authority.get(path).await.etag().to_owned();
        authority.patch(path, &etag, body).await
    }

    async fn read(&self, path: &str) -> Value {
        self.world.persona("case_worker").get(path).await.ok()
    }

    fn terms(&self) -> Value {
        json!({
            "decided_by": self.centre, "decision_no": "560-1/24", "decided_on": "2024-03-01",
            "assessed_on": "2024-02-01", "valid_from": "2024-03-01", "valid_to": "2027-03-01",
            "max_children": 3, "age_min": 0, "age_max": 12, "sex": "any",
            "siblings_allowed": true, "purposes": ["foster"],
        })
    }

    /// Adds every check and the training that an approval needs.
    async fn checked(&self, path: &str) {
        let family = self.read(path).await;
        for person in family["persons"].as_array().unwrap() {
            for kind in ["criminal_record", "child_abuse_register", "health"] {
                let check = json!({"kind": kind, "person_id": person["id"], "completed_on": "2024-01-10", "result": "passed", "valid_until": "2028-01-10"});
                self.post(path, "checks", check).await.ok();
            }
        }
        for kind in ["references", "housing_visit"] {
            let check = json!({"kind": kind, "completed_on": "2024-01-10", "result": "passed"});
            self.post(path, "checks", check).await.ok();
        }
        let training = json!({"programme": "Safe and strong", "kind": "initial", "hours": 33, "completed_on": "2024-02-01"});
        self.post(path, "trainings", training).await.ok();
    }

    /// A family before the panel, with everything that an approval needs.
    async fn ready(&self, body: Value) -> String {
        let made = self.register(body).await;
        let path = made.header("location").to_owned();
        made.ok();
        for step in
            ["submit", "begin-checks", "begin-home-study", "begin-training", "convene-panel"]
        {
            self.post(&path, step, json!({"on": "2024-02-01"})).await.ok();
        }
        self.checked(&path).await;
        path
    }

    /// A family that is approved from 1 March 2024 to 1 March 2027.
    async fn approved(&self, body: Value) -> String {
        let path = self.ready(body).await;
        self.post(&path, "approvals", self.terms()).await.ok();
        path
    }

    /// A new child lives with the family, until `to` if there is such a day.
    fn place(&self, path: &str, from: &str, to: Option<&str>) {
        let family = body(json!(path.rsplit('/').next().unwrap()));
        let mut country = self.country.again(&self.world.database);
        let child = country.child("female", "2018-01-01");
        country.stay(with_family(child, family, from), to);
    }

    async fn free(&self, path: &str, day: &str) -> (String, i64) {
        let found = self.read(&format!("{path}/availability?as_of={day}")).await;
        (found["availability"].as_str().unwrap().to_owned(), found["places_free"].as_i64().unwrap())
    }

    /// Family numbers that a search finds, by the places of the paths in `known`.
    async fn found(&self, known: &[&str], query: &str) -> Vec<usize> {
        let page = self.read(&format!("{FAMILIES}?{query}")).await;
        let place = |family: &Value| {
            let id = family["id"].as_str().unwrap();
            known.iter().position(|path| path.ends_with(id)).unwrap()
        };
        page["data"].as_array().unwrap().iter().map(place).collect()
    }
}

fn family() -> Value {
    json!({
        "enquired_on": "2024-01-05", "purposes": ["foster"], "area_code": "RS-20",
        "address_lines": ["Липова 12"], "locality": "Ниш", "postcode": "18000",
        "lat": 43.3209, "lon": 21.8958, "languages": ["sr-Cyrl", "rom"],
        "persons": [
            {"role": "applicant", "given_name": "Milica", "family_name": "Јанковић", "birth_date": "1984-05-17"},
            {"role": "household_member", "given_name": "Ana", "family_name": "Јанковић", "birth_date": "2015-01-01"},
        ],
    })
}

fn with(mut body: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}
