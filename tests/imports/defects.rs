//! A file of some sixty kinds of defects: each is told where it is, and costs nobody else.
use serde_json::{Value, json};

use super::{Desk, child, line, reference, under, verdicts};

const WHO: &str = "sync_client";

/// A line that is sound but for this: the value at that pointer.
fn with(mut line: Value, pointer: &str, value: Value) -> String {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = line.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Array(items), value) => items[name.parse::<usize>().unwrap()] = value,
        (parent, value) => parent[name] = value,
    }
    line.to_string()
}

fn without(mut line: Value, pointer: &str) -> String {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    line.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    line.to_string()
}

fn sound() -> Value {
    child("K-9", "Zvezdana")
}

fn status() -> Value {
    let data =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-06-02"});
    under(line("legal_status", "S-9", data), "child", "K-1")
}

/// What a defect is told as: the code of the problem, that of its first fault or the rule, and where.
type Told = (String, &'static str, &'static str, &'static str);

fn told(line: String, code: &'static str, what: &'static str, pointer: &'static str) -> Told {
    (line, code, what, pointer)
}

fn of_the_form() -> Vec<Told> {
    let long = "x".repeat(65);
    vec![
        told("{".to_owned(), "malformed_json", "", ""),
        told("child;K-9;Zvezdana".to_owned(), "malformed_json", "", ""),
        told(
            r#"{"kind":"child","kind":"child"}"#.to_owned(),
            "invalid",
            "duplicate_member",
            "/kind",
        ),
        told("[]".to_owned(), "invalid", "wrong_type", ""),
        told("7".to_owned(), "invalid", "wrong_type", ""),
        told("null".to_owned(), "invalid", "wrong_type", ""),
        told("{}".to_owned(), "invalid", "missing_member", "/kind"),
        told(with(sound(), "/kind", json!("dog")), "invalid", "unknown_kind", "/kind"),
        told(with(sound(), "/kind", json!("")), "invalid", "length", "/kind"),
        told(with(sound(), "/kind", json!(7)), "invalid", "wrong_type", "/kind"),
        told(with(sound(), "/colour", json!("red")), "invalid", "unknown_member", "/colour"),
        told(with(sound(), "/source_version", json!(-1)), "invalid", "range", "/source_version"),
        told(
            with(sound(), "/source_version", json!("2")),
            "invalid",
            "wrong_type",
            "/source_version",
        ),
        told(
            with(sound(), "/source_version", json!(1.5)),
            "invalid",
            "wrong_type",
            "/source_version",
        ),
        told(
            with(sound(), "/source_version", Value::Null),
            "invalid",
            "wrong_type",
            "/source_version",
        ),
        told(without(sound(), "/external"), "invalid", "missing_member", "/external"),
        told(without(sound(), "/external/system"), "invalid", "missing_member", "/external/system"),
        told(
            with(sound(), "/external/system", json!("x")),
            "invalid",
            "length",
            "/external/system",
        ),
        told(with(sound(), "/external/value", json!("")), "invalid", "length", "/external/value"),
        told(with(sound(), "/external/value", json!(long)), "invalid", "length", "/external/value"),
        told(
            with(sound(), "/external/value", json!(42)),
            "invalid",
            "wrong_type",
            "/external/value",
        ),
        told(
            with(sound(), "/external/note", json!("")),
            "invalid",
            "unknown_member",
            "/external/note",
        ),
        told(with(sound(), "/of", reference("child", "K-1")), "invalid", "wrong_place", "/of"),
        told(without(status(), "/of"), "invalid", "wrong_place", "/of"),
        told(with(status(), "/of/kind", json!("dog")), "invalid", "unknown_kind", "/of"),
        told(with(status(), "/of/value", json!("K-8")), "invalid", "unknown_reference", "/of"),
        told(with(status(), "/of/id", json!("K-1")), "invalid", "unknown_member", "/of/id"),
        told(with(sound(), "/step", json!("../x")), "invalid", "unknown_step", "/step"),
        told(with(sound(), "/step", json!("")), "invalid", "length", "/step"),
        told(with(status(), "/step", json!("end")), "invalid", "not_there", "/external"),
        told(
            with(child("K-1", "Zora"), "/step", json!("burn")),
            "invalid",
            "unknown_step",
            "/step",
        ),
        told(without(sound(), "/data"), "invalid", "missing_member", "/data"),
        told(with(sound(), "/data", json!([])), "invalid", "wrong_type", "/data"),
        told(with(sound(), "/data", json!({})), "invalid", "missing_member", "/data/sex"),
    ]
}

fn of_what_is_said() -> Vec<Told> {
    let names = |names: Value| with(sound(), "/data/names", names);
    let name =
        |pointer: &str, value: Value| with(sound(), &format!("/data/names/0/{pointer}"), value);
    let numbers = json!([{"system": "urn:example:clinic", "value": "1"}, {"system": "urn:example:clinic", "value": "1"}]);
    vec![
        told(with(sound(), "/data/sex", json!("seldom")), "invalid", "unknown_code", "/data/sex"),
        told(without(sound(), "/data/sex"), "invalid", "missing_member", "/data/sex"),
        told(
            with(sound(), "/data/colour", json!("red")),
            "invalid",
            "unknown_member",
            "/data/colour",
        ),
        told(
            with(sound(), "/data/birth_date", json!("2016-02-30")),
            "invalid",
            "wrong_type",
            "/data/birth_date",
        ),
        told(
            with(sound(), "/data/birth_date", json!("20.5.2016")),
            "invalid",
            "wrong_type",
            "/data/birth_date",
        ),
        told(
            with(sound(), "/data/birth_date", json!("2027-01-01")),
            "invalid",
            "future_date",
            "/data/birth_date",
        ),
        told(with(sound(), "/data/birth_date", Value::Null), "invalid", "null", "/data/birth_date"),
        told(names(json!("Zora")), "invalid", "wrong_type", "/data/names"),
        told(names(json!([[]])), "invalid", "wrong_type", "/data/names/0"),
        told(names(json!([7])), "invalid", "wrong_type", "/data/names/0"),
        told(name("use", json!("nick")), "invalid", "unknown_code", "/data/names/0/use"),
        told(name("given", json!("Z".repeat(500))), "invalid", "length", "/data/names/0/given"),
        told(name("given", json!("Zora\u{0}")), "invalid", "nul_character", "/data/names/0/given"),
        told(
            with(sound(), "/data/area_code", json!("XX-1")),
            "invalid",
            "unknown_area",
            "/data/area_code",
        ),
        told(
            with(sound(), "/data/registration_basis", json!("whim")),
            "invalid",
            "unknown_code",
            "/data/registration_basis",
        ),
        told(
            with(sound(), "/data/organisation_id", reference("organisation", "O-1")),
            "invalid",
            "unknown_reference",
            "/data/organisation_id",
        ),
        told(
            with(sound(), "/data/organisation_id", reference("dog", "O-1")),
            "invalid",
            "unknown_kind",
            "/data/organisation_id",
        ),
        told(
            with(sound(), "/data/organisation_id", json!("O-1")),
            "invalid",
            "wrong_type",
            "/data/organisation_id",
        ),
        told(
            with(sound(), "/data/external_ids", numbers),
            "invalid",
            "duplicate",
            "/data/external_ids/1",
        ),
    ]
}

fn of_rules_and_states(home: &Value) -> Vec<Told> {
    let stay = |child: &str, number: &str| {
        let data = json!({
            "child_id": reference("child", child), "intent": "start", "care_type": "small_group_home",
            "planned_kind": "long_term", "provider": {"kind": "facility", "facility_id": home},
            "starts_on": "2026-06-02", "legal_basis": "Family Act, art. 113",
            "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
        });
        line("placement", number, data)
    };
    let another = || stay("K-2", "P-2");
    vec![
        told(
            with(status(), "/data/axis", json!("weather")),
            "invalid",
            "unknown_value",
            "/data/axis",
        ),
        told(
            with(status(), "/data/status", json!("freedom")),
            "invalid",
            "unknown_code",
            "/data/status",
        ),
        told(
            with(status(), "/data/valid_to", json!("2026-06-01")),
            "invalid",
            "out_of_order",
            "/data/valid_to",
        ),
        told(
            with(another(), "/data/provider/facility_id", reference("child", "K-1")),
            "invalid",
            "unknown_reference",
            "/data/provider/facility_id",
        ),
        told(
            with(another(), "/data/provider/kind", json!("hotel")),
            "invalid",
            "unknown_value",
            "/data/provider/kind",
        ),
        told(
            with(another(), "/data/care_type", json!("tent")),
            "invalid",
            "unknown_code",
            "/data/care_type",
        ),
        told(
            with(another(), "/data/planned_kind", json!("short_term")),
            "invalid",
            "missing_member",
            "/data/expected_end_on",
        ),
        told(with(another(), "/data/starts_on", json!("2026-12-24")), "rule_breached", "PL-06", ""),
        told(
            with(another(), "/data/care_entry/emergency", json!(false)),
            "rule_conflict",
            "PL-14",
            "",
        ),
        told(stay("K-3", "P-3").to_string(), "rule_breached", "PL-16", "/data/exception"),
        told(another().to_string(), "rule_conflict", "PL-12", ""),
        told(stay("K-1", "P-4").to_string(), "rule_conflict", "PL-01", ""),
        told(stay("K-8", "P-5").to_string(), "invalid", "unknown_reference", "/data/child_id"),
    ]
}

/// The file: sound lines before, between and after.
#[actix_web::test]
async fn defects_are_told_where_they_are_and_cost_nobody_else() {
    let mut desk = Desk::new().await;
    let home = json!(desk.country.facility(json!({"total": 1})));
    let mut infant = child("K-3", "Zvonka");
    infant["data"]["birth_date"] = json!("2026-01-10");
    let rules = of_rules_and_states(&home);
    // The only place goes to the first child.
    let taken = rules[11].0.replace("P-4", "P-1");
    let before = [
        child("K-1", "Zvezdana").to_string(),
        child("K-2", "Vihor").to_string(),
        infant.to_string(),
        taken,
    ];
    let defects = [of_the_form(), of_what_is_said(), rules].concat();
    let after = child("K-4", "Zora").to_string();
    let lines = defects.iter().map(|defect| defect.0.clone());
    let text: Vec<String> = before.into_iter().chain(lines).chain([after]).collect();
    let sent = desk.send_bytes(WHO, "", text.join("\n").into_bytes()).await;
    desk.work().await;
    let (import, results) = desk.outcome(WHO, sent.ok()["id"].as_str().unwrap()).await;
    assert_eq!(verdicts(&results[..4]), ["created"; 4], "{results:#?}");
    assert_eq!(results.last().unwrap()["verdict"], "created");
    let mut otherwise = Vec::new();
    for (index, (text, code, what, pointer)) in defects.iter().enumerate() {
        let result = &results[index + 4];
        assert_eq!(result["line"], json!(index + 5));
        let (problem, fault) = (&result["problem"], &result["problem"]["errors"][0]);
        let found = problem["rule"].as_str().or(fault["code"].as_str()).unwrap_or_default();
        let place = fault["pointer"].as_str().unwrap_or_default();
        if (problem["code"].as_str().unwrap_or_default(), found, place) != (*code, *what, *pointer)
        {
            otherwise.push(format!(
                "{text}\n  not {code} {what} {pointer}: {} {} {found} {place}",
                result["verdict"], problem["code"]
            ));
        }
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n"));
    assert!(defects.len() > 60);
    assert_eq!(import["progress"]["refused"], json!(defects.len()));
    let there = desk.world.persona(WHO).get("/v1/children?count=exact").await.ok();
    assert_eq!(there["total"], 4);
}
