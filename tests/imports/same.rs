//! A record of a file fares as the same record alone: random ones, sound and unsound, both ways.
use std::collections::HashMap;

use kinstead::{carers::CarerFamilyId, facilities::FacilityId};
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha12Rng};
use serde_json::{Value, json};

use super::{Desk, line, reference, under};
use crate::support::{Persona, Reply};

const WHO: &str = "sync_client";
/// Records of a run; `KINSTEAD_SAMPLE=2000` takes more.
const SAMPLE: usize = 240;

/// Where children can live.
struct Homes {
    small: FacilityId,
    large: FacilityId,
    family: CarerFamilyId,
}

async fn desk() -> (Desk, Homes) {
    let mut desk = Desk::new().await;
    let homes = Homes {
        small: desk.country.facility(json!({"total": 3})),
        large: desk.country.facility(json!({"total": 400})),
        family: desk.country.family(3),
    };
    (desk, homes)
}

fn pick<T: Clone>(dice: &mut ChaCha12Rng, of: &[T]) -> T {
    of[dice.random_range(0..of.len())].clone()
}

/// Some record: of a child, or about one of those before it. Homes stand in it by their place.
fn record(dice: &mut ChaCha12Rng, number: usize, children: &mut Vec<String>) -> Value {
    let kind = if children.is_empty() { 0 } else { dice.random_range(0..10) };
    let of = if children.is_empty() { String::new() } else { pick(dice, children) };
    let name = format!("R-{number}");
    match kind {
        0..4 => {
            children.push(name.clone());
            line("child", &name, child(dice, number))
        }
        4..7 => under(line("legal_status", &name, legal_status(dice)), "child", &of),
        _ => line("placement", &name, placement(dice, &of)),
    }
}

fn child(dice: &mut ChaCha12Rng, number: usize) -> Value {
    let mostly = |dice: &mut ChaCha12Rng, sound: &str, unsound: &str| {
        (if dice.random_bool(0.95) { sound } else { unsound }).to_owned()
    };
    let born = ["2011-02-03", "2016-02-29", "2015-11-23", "2019-06-01", "2026-10-01"];
    let born = pick(dice, &born);
    let mut data = json!({
        "names": [{"use": "official", "given": format!("Zvezdana {number}"), "family": "Oblakovski"}],
        "sex": mostly(dice, "female", "seldom"),
        "birth_date": mostly(dice, born, "2016-02-30"),
        "area_code": mostly(dice, "RS-20", "XX-1"),
        "registration_basis": mostly(dice, "without_parental_care", "whim"),
    });
    match dice.random_range(0..40) {
        0 => data["colour"] = json!("red"),
        1 => data["names"] = json!([]),
        2 => drop(data.as_object_mut().unwrap().remove("sex")),
        3 => data["birth_date"] = Value::Null,
        _ => {}
    }
    data
}

fn legal_status(dice: &mut ChaCha12Rng) -> Value {
    let mut data = json!({
        "axis": pick(dice, &["care_authority", "care_authority", "guardianship", "care_authority", "care_authority", "weather"]),
        "status": pick(dice, &["emergency_order", "full_care_order", "interim_order", "emergency_order", "freedom"]),
        "valid_from": pick(dice, &["2026-03-02", "2026-06-02", "2026-09-01", "2026-10-01", "2009-01-01", "2027-01-01"]),
    });
    if dice.random_bool(0.2) {
        data["valid_to"] = json!(pick(dice, &["2026-03-01", "2026-12-01", "soon"]));
    }
    data
}

fn placement(dice: &mut ChaCha12Rng, of: &str) -> Value {
    let home = pick(dice, &["small", "small", "large", "large", "family"]);
    let care_type = if home == "family" { "foster_long_term" } else { "small_group_home" };
    let care_type = pick(dice, &[care_type, care_type, care_type, care_type, care_type, "tent"]);
    json!({
        "child_id": reference("child", of), "intent": pick(dice, &["start", "start", "start", "start", "plan"]),
        "care_type": care_type, "planned_kind": pick(dice, &["long_term", "long_term", "long_term", "long_term", "short_term"]),
        "provider": home,
        "starts_on": pick(dice, &["2026-06-02", "2026-11-20", "2026-11-22", "2026-11-22", "2026-12-24"]),
        "legal_basis": "Family Act, art. 113",
        "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": dice.random_bool(0.9)},
    })
}

fn at_home(mut record: Value, homes: &Homes) -> Value {
    let provider = match record["data"]["provider"].as_str() {
        Some("small") => json!({"kind": "facility", "facility_id": homes.small}),
        Some("large") => json!({"kind": "facility", "facility_id": homes.large}),
        Some(_) => json!({"kind": "carer_family", "carer_family_id": homes.family}),
        None => return record,
    };
    record["data"]["provider"] = provider;
    record
}

/// Writes a record alone. One that names a child who was refused cannot be sent: there is no id.
async fn alone(
    who: &Persona<'_>,
    record: &Value,
    known: &HashMap<String, String>,
) -> Option<Reply> {
    let mut data = record["data"].clone();
    let path = match record["kind"].as_str().unwrap() {
        "child" => {
            data["external_ids"] = json!([record["external"]]);
            "/v1/children".to_owned()
        }
        "placement" => {
            data["child_id"] = json!(known.get(record["data"]["child_id"]["value"].as_str()?)?);
            "/v1/placements".to_owned()
        }
        _ => {
            let of = known.get(record["of"]["value"].as_str()?)?;
            format!("/v1/children/{of}/legal-statuses")
        }
    };
    Some(who.post(&path, data).await)
}

/// What a problem says, wherever the record lies and whatever its id.
fn plain(problem: &Value, ids: &HashMap<String, String>, homes: &Homes) -> String {
    let mut problem = problem.clone();
    let members = problem.as_object_mut().unwrap();
    members.remove("instance");
    members.remove("request_id");
    for fault in members.get_mut("errors").into_iter().flat_map(|it| it.as_array_mut().unwrap()) {
        let pointer = fault["pointer"].as_str().unwrap().trim_start_matches("/data").to_owned();
        fault["pointer"] = json!(pointer);
    }
    let mut text = problem.to_string();
    for (number, id) in ids {
        text = text.replace(id, number);
    }
    for (id, name) in [
        (homes.small.to_string(), "small"),
        (homes.large.to_string(), "large"),
        (homes.family.to_string(), "family"),
    ] {
        text = text.replace(&id, name);
    }
    text
}

#[actix_web::test]
async fn what_a_file_says_of_a_record_is_what_the_single_write_says() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut dice = ChaCha12Rng::seed_from_u64(seed);
    let size = std::env::var("KINSTEAD_SAMPLE").map_or(SAMPLE, |size| size.parse().unwrap());
    let mut children = Vec::new();
    let records: Vec<Value> =
        (0..size).map(|number| record(&mut dice, number, &mut children)).collect();
    let (filed, their_homes) = desk().await;
    let file: Vec<Value> =
        records.iter().map(|record| at_home(record.clone(), &their_homes)).collect();
    let verdicts = filed.import(WHO, "", &file).await;
    let (single, homes) = desk().await;
    let who = single.world.persona(WHO);
    let (mut known, mut theirs) = (HashMap::new(), HashMap::new());
    let mut counts = HashMap::<String, u32>::new();
    for (record, verdict) in records.iter().zip(&verdicts) {
        let said = verdict["verdict"].as_str().unwrap();
        let number = record["external"]["value"].as_str().unwrap().to_owned();
        if let Some(id) = verdict["id"].as_str() {
            theirs.insert(number.clone(), id.to_owned());
        }
        let Some(reply) = alone(&who, &at_home(record.clone(), &homes), &known).await else {
            assert_eq!(verdict["problem"]["errors"][0]["code"], "unknown_reference", "{record}");
            *counts.entry("unknown_reference".to_owned()).or_default() += 1;
            continue;
        };
        if reply.status.is_success() {
            known.insert(number, reply.json()["id"].as_str().unwrap().to_owned());
            assert_eq!(said, "created", "{record} {verdict}");
            *counts.entry("created".to_owned()).or_default() += 1;
            continue;
        }
        assert_eq!(said, "refused", "{record} {}", reply.json());
        let (one, other) = (&verdict["problem"], reply.json());
        assert_eq!(plain(one, &theirs, &their_homes), plain(&other, &known, &homes), "{record}");
        let rule = other["rule"].as_str().unwrap_or(other["code"].as_str().unwrap());
        *counts.entry(rule.to_owned()).or_default() += 1;
    }
    eprintln!("{counts:?}");
    assert!(counts["created"] > 20 && counts["invalid"] > 20 && counts.len() > 5, "{counts:?}");
}
