//! Institutions, end to end: registration, capacity, occupancy, inspection.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]
mod capacity;
mod places;
mod records;
mod registration;
mod staffing;

use diesel::RunQueryDsl as _;
use kinstead::{
    facilities::FacilityId,
    placements::Placement,
    platform::time::{add_months, birthday},
};
use serde_json::{Value, json};

use crate::support::{AREA, Country, Reply, World, body, day, in_facility};

struct Scene {
    world: World,
    country: Country,
    operator: String,
}

impl Scene {
    /// A country of two districts, and a provider; no children yet.
    async fn new() -> Self {
        let world = World::new().await;
        let country = Country::of(&world);
        let authority = world.persona("national_authority");
        let other = json!({"code": "RS-01", "level": "district", "parent_code": "RS", "names": {"en": "Elsewhere"}});
        authority.post("/v1/areas", other).await.ok();
        let provider = json!({"kind": "provider", "name": "Provider", "area_code": AREA, "valid_from": "2000-01-01"});
        let operator = authority.post("/v1/organisations", provider).await.ok();
        let operator = operator["id"].as_str().unwrap().to_owned();
        world.refresh();
        Self { world, country, operator }
    }

    fn application(&self) -> Value {
        json!({
            "name": "Дом Липов Хлад", "facility_type": "small_group_home", "ownership": "own_authority",
            "operator_id": self.operator, "area_code": AREA, "lat": 43.3209, "lon": 21.8958,
            "applied_on": "2020-01-10", "opened_on": "2020-03-01",
            "accepts": {"age_min": 3, "age_max": 17, "sex": "any", "disability": true, "emergency": false, "siblings": true},
        })
    }

    async fn apply(&self, body: Value) -> Reply {
        self.world.persona("regional_authority").post("/v1/facilities", body).await
    }

    /// Takes a step on the newest version, as the national authority.
    async fn step(&self, path: &str, step: &str, body: Value) -> Reply {
        let authority = self.world.persona("national_authority");
        let etag = authority.get(path).await.etag().to_owned();
        authority.step(&format!("{path}/{step}"), &etag, body).await
    }

    async fn set_capacity(&self, path: &str, body: Value) -> Reply {
        let officer = self.world.persona("regional_authority");
        let etag = officer.get(path).await.etag().to_owned();
        officer.put(&format!("{path}/capacity"), &etag, body).await
    }

    /// A facility that is registered from 1 March 2020 on.
    async fn registered(&self, body: Value) -> String {
        let made = self.apply(body).await;
        let path = made.header("location").to_owned();
        made.ok();
        self.step(&path, "inspect", json!({"on": "2020-02-01"})).await.ok();
        let body = json!({"on": "2020-03-01", "number": "SZ-1", "granted_by": self.operator});
        self.step(&path, "register", body).await.ok();
        path
    }

    /// A new child lives in the facility, until `to` if there is such a day.
    fn place(
        &self,
        path: &str,
        (sex, born): (&str, &str),
        unit: Option<&str>,
        from: &str,
        to: Option<&str>,
    ) -> Placement {
        let mut country = self.country.again(&self.world.database);
        let (child, facility) = (country.child(sex, born), id_of(path));
        // It comes from where the facility is, as no child is to be placed far from its home (PL-23).
        let near = format!(
            "UPDATE children SET area_code = (SELECT area_code FROM facilities WHERE id = '{facility}') WHERE id = '{child}'"
        );
        diesel::sql_query(near).execute(&mut self.world.database.owner()).unwrap();
        let mut new = in_facility(child, facility, from);
        if day(from) < birthday(day(born), 3) {
            new["exception"] = crate::rules::exception("under3_planned", from);
            new["expected_end_on"] = json!(add_months(day(from), 6));
        }
        if let Some(unit) = unit {
            new["provider"]["facility_unit_id"] = json!(unit);
        }
        country.stay(new, to)
    }

    async fn occupancy(&self, path: &str, day: &str) -> Value {
        let reader = self.world.persona("case_worker");
        reader.get(&format!("{path}/occupancy?as_of={day}")).await.ok()
    }
}

/// The facility at this address.
fn id_of(path: &str) -> FacilityId {
    body(json!(path.rsplit('/').next().unwrap()))
}
