//! Institutions, end to end: registration, capacity, occupancy, inspection.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]
mod capacity;
mod records;
mod registration;

use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Reply, World};

const AREA: &str = "RS-20";

struct Scene {
    world: World,
    operator: String,
}

impl Scene {
    /// A country of two districts, and a provider; no placements yet.
    async fn new() -> Self {
        let world = World::new().await;
        // The tables of higher domains, as far as facilities read them.
        world
            .database
            .owner()
            .batch_execute(
                "DROP TABLE IF EXISTS placements CASCADE; DROP TABLE IF EXISTS children CASCADE; \
                 CREATE TABLE children (id uuid PRIMARY KEY, sex text NOT NULL, birth_date date); \
                 CREATE TABLE placements (id uuid PRIMARY KEY, child_id uuid NOT NULL REFERENCES children (id), \
                   facility_id uuid, facility_unit_id uuid, state text NOT NULL, started_on date, ended_on date, \
                   FOREIGN KEY (facility_unit_id, facility_id) REFERENCES facility_units (id, facility_id)); \
                 GRANT SELECT ON children, placements TO kinstead_app",
            )
            .unwrap();
        let authority = world.persona("national_authority");
        for (code, level, parent) in [
            ("RS", "country", None),
            (AREA, "district", Some("RS")),
            ("RS-01", "district", Some("RS")),
        ] {
            let mut area = json!({"code": code, "level": level, "names": {"en": code}});
            if let Some(parent) = parent {
                area["parent_code"] = json!(parent);
            }
            authority.post("/v1/areas", area).await.ok();
        }
        let provider = json!({"kind": "provider", "name": "Provider", "area_code": AREA, "valid_from": "2000-01-01"});
        let operator = authority.post("/v1/organisations", provider).await.ok();
        let operator = operator["id"].as_str().unwrap().to_owned();
        Self { world, operator }
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

    fn place(
        &self,
        path: &str,
        sex: &str,
        born: &str,
        unit: Option<&str>,
        from: &str,
        to: Option<&str>,
    ) {
        let (child, facility) = (Uuid::new_v4(), path.rsplit('/').next().unwrap());
        let mut conn = self.world.database.owner();
        sql_query(format!("INSERT INTO children VALUES ('{child}', '{sex}', '{born}')"))
            .execute(&mut conn)
            .unwrap();
        let quoted =
            |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
        let state = if to.is_some() { "ended" } else { "active" };
        let row = format!(
            "INSERT INTO placements VALUES (gen_random_uuid(), '{child}', '{facility}', {}, '{state}', '{from}', {})",
            quoted(unit),
            quoted(to)
        );
        sql_query(row).execute(&mut conn).unwrap();
    }

    async fn occupancy(&self, path: &str, day: &str) -> Value {
        let reader = self.world.persona("case_worker");
        reader.get(&format!("{path}/occupancy?as_of={day}")).await.ok()
    }
}
