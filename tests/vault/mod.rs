//! Encryption at rest: what the database, its files and its log do not tell, and its keys.
mod canaries;
mod places;
mod rotation;

use serde_json::{Value, json};

use crate::support::{AREA, Persona, Reply};

const SYSTEM: &str = "urn:example:old-register";

fn child(value: &str) -> Value {
    json!({
        "names": [{"use": "official", "given": "Zvezdana", "family": "Oblakovski"}],
        "external_ids": [{"system": SYSTEM, "value": value}],
        "sex": "female", "birth_date": "2017-05-14", "area_code": AREA,
        "registration_basis": "without_parental_care",
    })
}

fn family(value: &str) -> Value {
    json!({
        "external_ids": [{"system": SYSTEM, "value": value}], "purposes": ["foster"], "area_code": AREA,
        "address_lines": ["Lipova 12"], "locality": "Grad Prvi", "postcode": "18000",
        "lat": 43.320_917, "lon": 21.895_813,
        "persons": [{"role": "applicant", "given_name": "Rastko", "family_name": "Lipokrilić", "birth_date": "1980-01-01"}],
    })
}

/// Who has this number.
async fn holders(asking: &Persona<'_>, value: &str) -> usize {
    let sought = json!({"external_id": {"system": SYSTEM, "value": value}});
    let found: Reply = asking.post("/v1/children:search", sought).await;
    found.ok()["data"].as_array().unwrap().len()
}
