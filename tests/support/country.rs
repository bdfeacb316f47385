//! A small country to test in: areas, an authority, and families, facilities and children on demand.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::PgConnection;
use kinstead::{
    carers::{self, CarerFamilyId},
    children::{self, ChildId},
    clients,
    facilities::{self, FacilityId},
    platform::{
        clock::Clock as _,
        db::{Tx, change_on},
        error::Result,
        idempotency::PLATFORM,
        journal::Recorded,
        version::IfMatch,
    },
    reference::{areas, organisations::OrganisationId},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Database, World};

pub const AREA: &str = "RS-20";

/// Writes through the stores, as the service's role, at the world's time.
pub struct Country {
    pub conn: PgConnection,
    pub now: DateTime<Utc>,
    pub authority: OrganisationId,
}

/// A request body from JSON.
pub fn body<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl Country {
    pub fn of(world: &World) -> Self {
        let country = Self::on(&world.database, world.clock.now());
        // Whose area it lies in must know that it is there.
        world.refresh();
        country
    }

    /// Adds a district to the country of the personas; once for a database.
    pub fn on(database: &Database, now: DateTime<Utc>) -> Self {
        Self::over(database.service(), now)
    }

    /// The same on a database that is no test's own.
    pub fn over(mut conn: PgConnection, now: DateTime<Utc>) -> Self {
        let district = change_on(&mut conn, PLATFORM, now, |tx| {
            let area = json!({"code": AREA, "level": "district", "parent_code": "RS", "names": {"en": "Nišava"}, "lat": 43.32, "lon": 21.9});
            areas::store::add(tx, &body(area))
        });
        drop(district.unwrap());
        let authority = clients::store::find_by_name(&mut conn, "national_authority").unwrap();
        let authority = authority.organisation_id.unwrap();
        Self { conn, now, authority }
    }

    /// Another connection to the same country, for another thread.
    pub fn again(&self, database: &Database) -> Self {
        Self { conn: database.service(), now: self.now, authority: self.authority }
    }

    pub fn change<T>(&mut self, change: impl Fn(&mut Tx<'_>) -> Result<Recorded<T>>) -> Result<T> {
        change_on(&mut self.conn, PLATFORM, self.now, change)
    }

    pub fn child(&mut self, sex: &str, born: &str) -> ChildId {
        let new = json!({
            "names": [{"use": "official", "given": "Zvezdana", "family": "Oblakovski"}],
            "sex": sex, "birth_date": born, "area_code": AREA, "organisation_id": self.authority, "registration_basis": "without_parental_care",
        });
        self.change(|tx| children::store::register(tx, body(new.clone()))).unwrap().id
    }

    /// Makes all of these siblings of each other.
    pub fn siblings(&mut self, group: &[ChildId]) {
        for (index, one) in group.iter().enumerate() {
            for other in &group[index + 1..] {
                let new = json!({"kind": "full_sibling", "related_child_id": other});
                self.change(|tx| children::store::relate(tx, *one, body(new.clone()))).unwrap();
            }
        }
    }

    /// A foster family approved from 2024 until the end of 2026 for children of every age and sex.
    pub fn family(&mut self, max_children: i32) -> CarerFamilyId {
        self.family_with(json!({"max_children": max_children}))
    }

    /// The same with other terms.
    pub fn family_with(&mut self, terms: Value) -> CarerFamilyId {
        let purposes = json!(["foster", "emergency", "kinship"]);
        let new = json!({
            "enquired_on": "2023-01-01", "purposes": purposes, "area_code": AREA, "organisation_id": self.authority, "lat": 43.33, "lon": 21.91,
            "accepts_disability": true, "emergency": true, "supported_by_centre": true,
            "persons": [{"role": "applicant", "given_name": "Rastko", "family_name": "Lipokrilić", "birth_date": "1980-01-01"}],
        });
        let mut approval = json!({
            "decided_by": self.authority, "decision_no": "1/2024", "decided_on": "2024-01-01", "assessed_on": "2023-12-01",
            "valid_from": "2024-01-01", "valid_to": "2027-01-01", "max_children": 3, "age_min": 0, "age_max": 25,
            "sex": "any", "siblings_allowed": true, "purposes": purposes,
        });
        approval.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
        self.change(|tx| {
            let mut family = carers::store::register(tx, &body(new.clone()))?.into_value();
            let (id, person) = (family.id, family.persons[0].id);
            for step in ["submit", "begin_checks"] {
                family = take(tx, &family, step)?;
            }
            for (kind, person) in [("criminal_record", Some(person)), ("child_abuse_register", Some(person)), ("health", Some(person)), ("references", None), ("housing_visit", None)] {
                let mut check = json!({"kind": kind, "completed_on": "2023-06-01", "result": "passed"});
                if let Some(person) = person {
                    check["person_id"] = json!(person);
                }
                family = carers::store::add_check(tx, id, &IfMatch::of(&family), &body(check))?.into_value();
            }
            for step in ["begin_home_study", "begin_training"] {
                family = take(tx, &family, step)?;
            }
            let training = json!({"programme": "First steps", "kind": "initial", "hours": 30, "completed_on": "2023-06-01"});
            family = carers::store::add_training(tx, id, &IfMatch::of(&family), &body(training))?.into_value();
            family = take(tx, &family, "convene_panel")?;
            carers::store::approve(tx, id, &IfMatch::of(&family), &body(approval.clone()))
        })
        .unwrap()
        .carer_family_id
    }

    /// A small group home registered since 2020, with this capacity.
    pub fn facility(&mut self, capacity: Value) -> FacilityId {
        let new = json!({
            "name": "Sunčani most", "facility_type": "small_group_home", "ownership": "own_authority",
            "operator_id": self.authority, "area_code": AREA, "applied_on": "2019-01-01",
            "accepts": {"age_min": 0, "age_max": 25, "sex": "any", "disability": true, "emergency": true, "siblings": true},
        });
        let registration =
            json!({"on": "2020-01-01", "number": "SZ-1", "granted_by": self.authority});
        let mut first = json!({"valid_from": "2020-01-01"});
        first.as_object_mut().unwrap().extend(capacity.as_object().unwrap().clone());
        self.change(|tx| {
            let facility = facilities::store::apply(tx, &body(new.clone()), false)?.into_value();
            let id = facility.id;
            let inspected = body(json!({"on": "2019-06-01"}));
            let facility = facilities::store::take_step(
                tx,
                id,
                &IfMatch::of(&facility),
                body(json!("inspect")),
                &inspected,
            )?
            .into_value();
            let facility = facilities::store::register(
                tx,
                id,
                &IfMatch::of(&facility),
                &body(registration.clone()),
            )?
            .into_value();
            facilities::store::set_capacity(tx, id, &IfMatch::of(&facility), &body(first.clone()))
        })
        .unwrap()
        .id
    }
}

fn take(tx: &mut Tx<'_>, family: &carers::CarerFamily, step: &str) -> Result<carers::CarerFamily> {
    let request = body(json!({"on": "2023-06-01"}));
    Ok(carers::store::take(tx, family.id, &IfMatch::of(family), body(json!(step)), &request)?
        .into_value())
}
