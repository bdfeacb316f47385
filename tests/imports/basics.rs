//! What becomes of records: new, changed, known, refused.
use serde_json::{Value, json};

use super::{Desk, SYSTEM, child, line, reference, under, verdicts};

const WHO: &str = "sync_client";

#[actix_web::test]
async fn records_are_taken_in_any_mixture_and_once() {
    let mut desk = Desk::new().await;
    let home = desk.country.facility(json!({"total": 4}));
    let stay = stay(home);
    let status =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-06-02"});
    let file = [
        child("K-1", "Zvezdana"),
        child("K-2", "Vihor"),
        under(line("legal_status", "S-1", status), "child", "K-1"),
        line("placement", "P-1", stay),
    ];
    let first = desk.import(WHO, "", &file).await;
    assert_eq!(verdicts(&first), ["created"; 4], "{first:#?}");
    let again = desk.import(WHO, "", &file).await;
    assert_eq!(verdicts(&again), ["unchanged"; 4]);
    let id = |result: &Value| result["id"].as_str().unwrap().to_owned();
    assert!(first.iter().zip(&again).all(|(one, other)| id(one) == id(other)));
    let who = desk.world.persona(WHO);
    let read = who.get(&format!("/v1/children/{}", id(&first[0]))).await.ok();
    assert_eq!(read["external_ids"], json!([{"system": SYSTEM, "value": "K-1"}]));
    let placement = who.get(&format!("/v1/placements/{}", id(&first[3]))).await.ok();
    assert_eq!((&placement["child_id"], &placement["state"]), (&first[0]["id"], &json!("active")));
}

#[actix_web::test]
async fn what_is_known_changes_by_what_differs_and_never_back() {
    let desk = Desk::new().await;
    let at = |version: i64, given: &str| {
        let mut line = child("K-1", given);
        line["source_version"] = json!(version);
        line
    };
    let made = desk.import(WHO, "", &[at(3, "Zvezdana")]).await;
    let path = format!("/v1/children/{}", made[0]["id"].as_str().unwrap());
    let changed = desk.import(WHO, "", &[at(5, "Zvonka")]).await;
    assert_eq!((&changed[0]["verdict"], &changed[0]["version"]), (&json!("updated"), &json!(2)));
    let older = desk.import(WHO, "", &[at(4, "Zora")]).await;
    assert_eq!(verdicts(&older), ["unchanged"]);
    let who = desk.world.persona(WHO);
    let read = who.get(&path).await;
    assert_eq!(read.ok()["names"][0]["given"], "Zvonka");
    // What somebody changed here stays until the other system says something new.
    who.patch(&path, read.etag(), json!({"birth_registered": "yes"})).await.ok();
    assert_eq!(verdicts(&desk.import(WHO, "", &[at(5, "Zvonka")]).await), ["unchanged"]);
    let newer = desk.import(WHO, "", &[at(6, "Zora")]).await;
    assert_eq!(newer[0]["version"], 4);
    let read = who.get(&path).await.ok();
    assert_eq!(
        (&read["names"][0]["given"], &read["birth_registered"]),
        (&json!("Zora"), &json!("yes"))
    );
    // What says less says nothing new.
    let mut less = at(6, "Zora");
    less["data"].as_object_mut().unwrap().remove("sex");
    let less = desk.import(WHO, "", &[less]).await;
    assert_eq!((&less[0]["verdict"], &less[0]["version"]), (&json!("unchanged"), &json!(4)));
    // Newer, and nothing else: it is known from then on.
    assert_eq!(verdicts(&desk.import(WHO, "", &[at(8, "Zora")]).await), ["unchanged"]);
    assert_eq!(verdicts(&desk.import(WHO, "", &[at(7, "Zvonka")]).await), ["unchanged"]);
}

#[actix_web::test]
async fn steps_are_taken_once() {
    let mut desk = Desk::new().await;
    let home = desk.country.facility(json!({"total": 4}));
    let status =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-06-02"});
    let stay = stay(home);
    let mut end = line("legal_status", "S-1", json!({"ended_on": "2026-07-02"}));
    end["step"] = json!("end");
    let end = under(end, "child", "K-1");
    let file = [
        child("K-1", "Zvezdana"),
        under(line("legal_status", "S-1", status), "child", "K-1"),
        end.clone(),
        line("placement", "P-1", stay.clone()),
    ];
    let results = desk.import(WHO, "", &file).await;
    assert_eq!(verdicts(&results), ["created", "created", "updated", "created"], "{results:#?}");
    assert_eq!(results[2]["version"], 2);
    assert_eq!(verdicts(&desk.import(WHO, "", &file).await), ["unchanged"; 4]);
    // Another end is another step; a record that changes by steps says so; nobody takes a step that is none.
    let mut again = end.clone();
    again["data"]["ended_on"] = json!("2026-07-20");
    let mut other = line("placement", "P-1", stay);
    other["data"]["planned_kind"] = json!("permanent");
    let (mut none, mut nobody) = (end.clone(), end);
    none["step"] = json!("burn");
    nobody["external"]["value"] = json!("S-2");
    let results = desk.import(WHO, "", &[again, other, none, nobody]).await;
    assert_eq!(verdicts(&results), ["refused"; 4], "{results:#?}");
    let said = |index: usize| {
        let problem = &results[index]["problem"];
        let fault = &problem["errors"][0];
        (problem["code"].clone(), fault["code"].clone(), fault["pointer"].clone())
    };
    assert_eq!(results[0]["problem"]["status"], 409);
    assert_eq!(said(1), (json!("invalid"), json!("changes_by_steps"), json!("/data/planned_kind")));
    assert_eq!(said(2), (json!("invalid"), json!("unknown_step"), json!("/step")));
    assert_eq!(said(3), (json!("invalid"), json!("not_there"), json!("/external")));
}

pub fn stay(home: kinstead::facilities::FacilityId) -> Value {
    json!({
        "child_id": reference("child", "K-1"), "intent": "start", "care_type": "small_group_home",
        "planned_kind": "long_term", "provider": {"kind": "facility", "facility_id": home},
        "starts_on": "2026-06-02", "legal_basis": "Family Act, art. 113",
        "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
    })
}
