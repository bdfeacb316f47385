//! What is refused, how that is said, and what it leaves of the others.
use kinstead::{
    clients::{Manager, NewClient, store::register},
    reference::organisations,
};
use serde_json::json;

use super::{Desk, child, line, reference, under, verdicts};
use crate::{
    feed::{HERE, Scene},
    support::body,
};

const WHO: &str = "sync_client";

#[actix_web::test]
async fn lines_that_are_none_are_told_by_their_number() {
    let desk = Desk::new().await;
    let good = child("K-1", "Zvezdana").to_string();
    let twice = r#"{"kind":"child","kind":"child"}"#;
    let text =
        [good.as_bytes(), b"", b"{", b"\xff\xfe", twice.as_bytes(), b"   ", b"[]"].join(&b'\n');
    let sent = desk.send_bytes(WHO, "", text).await;
    assert_eq!((sent.status.as_u16(), &sent.json()["records"]), (202, &json!(5)));
    desk.work().await;
    let (_, results) = desk.outcome(WHO, sent.ok()["id"].as_str().unwrap()).await;
    let said: Vec<_> = results
        .iter()
        .map(|it| {
            (it["line"].as_i64().unwrap(), it["problem"]["code"].as_str().unwrap_or_default())
        })
        .collect();
    assert_eq!(
        said,
        [(1, ""), (3, "malformed_json"), (4, "malformed_json"), (5, "invalid"), (7, "invalid")]
    );
}

#[actix_web::test]
async fn a_refusal_says_what_the_single_write_says() {
    let mut desk = Desk::new().await;
    let home = desk.country.facility(json!({"total": 1}));
    let infant = {
        let mut line = child("K-1", "Zvezdana");
        line["data"]["birth_date"] = json!("2026-01-10");
        line
    };
    let made = desk.import(WHO, "", &[infant]).await;
    let mut stay = json!({
        "child_id": made[0]["id"], "intent": "start", "care_type": "small_group_home",
        "planned_kind": "long_term", "provider": {"kind": "facility", "facility_id": home},
        "starts_on": "2026-06-02", "legal_basis": "Family Act, art. 113",
        "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
    });
    let alone = desk.world.persona(WHO).post("/v1/placements", stay.clone()).await;
    stay["child_id"] = reference("child", "K-1");
    let results = desk.import(WHO, "", &[line("placement", "P-1", stay)]).await;
    let (mut told, mut said) = (results[0]["problem"].clone(), alone.json());
    assert_eq!(said["rule"], "PL-16");
    for (problem, members) in
        [(&mut said, ["instance", "request_id"]), (&mut told, ["instance", "request_id"])]
    {
        let problem = problem.as_object_mut().unwrap();
        for member in members {
            problem.remove(member);
        }
        for fault in problem.get_mut("errors").into_iter().flat_map(|it| it.as_array_mut().unwrap())
        {
            let pointer = fault["pointer"].as_str().unwrap().trim_start_matches("/data").to_owned();
            fault["pointer"] = json!(pointer);
        }
    }
    assert_eq!(told, said);
}

#[actix_web::test]
async fn to_validate_keeps_nothing_and_a_file_stands_or_falls_together() {
    let desk = Desk::new().await;
    let total = async || {
        desk.world.persona(WHO).get("/v1/children?count=exact").await.ok()["total"].clone()
    };
    let status =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-06-02"});
    let file =
        [child("K-1", "Zvezdana"), under(line("legal_status", "S-1", status), "child", "K-1")];
    let judged = desk.import(WHO, "mode=validate", &file).await;
    assert_eq!(verdicts(&judged), ["created", "created"], "{judged:#?}");
    assert_eq!(total().await, 0);
    let mut broken = file.to_vec();
    broken.push(child("K-2", ""));
    let sent = desk.send(WHO, "atomic=file", &broken).await;
    desk.work().await;
    let (import, results) = desk.outcome(WHO, sent.ok()["id"].as_str().unwrap()).await;
    assert_eq!(
        (&import["state"], verdicts(&results)),
        (&json!("failed"), vec!["created", "created", "refused"])
    );
    assert_eq!(total().await, 0);
    let kept = desk.import(WHO, "atomic=file", &file).await;
    assert_eq!((verdicts(&kept), total().await), (vec!["created", "created"], json!(1)));
    let create = [child("K-1", "Zora"), file[1].clone()];
    let refused = desk.import(WHO, "strategy=create", &create).await;
    assert_eq!(verdicts(&refused), ["refused", "unchanged"]);
    assert_eq!(refused[0]["problem"]["errors"][0]["code"], "already_there");
    let mut renamed = child("K-1", "Zora");
    renamed["source_version"] = json!(2);
    let some = desk.import(WHO, "strategy=update", &[renamed, child("K-3", "Vihor")]).await;
    assert_eq!((verdicts(&some), total().await), (vec!["updated", "refused"], json!(1)));
}

#[actix_web::test]
async fn nobody_imports_what_it_may_not_write_or_may_not_know() {
    // Two clients of two organisations, each bound to an area of its own.
    let Scene { world, country } = Scene::new().await;
    let (mut desk, here, there) = (Desk { world, country }, HERE, "sync elsewhere");
    let organisation = json!({"kind": "authority", "name": "Elsewhere", "area_code": "RS-99", "valid_from": "1990-01-01"});
    desk.country
        .change(|tx| {
            let centre = organisations::store::register(tx, &body(organisation.clone()))?;
            let new = NewClient {
                name: there.to_owned(),
                organisation_id: Some(centre.value().id),
                area_codes: vec!["RS-99".to_owned()],
                ..NewClient::of_role("sync_client")
            };
            drop(register(tx, &Manager::Operator, new)?);
            Ok(centre)
        })
        .unwrap();
    desk.world.refresh();
    desk.send("ngo", "", &[child("K-1", "Zvezdana")]).await.refused(403, "forbidden");
    let made = desk.import(here, "", &[child("K-1", "Zvezdana")]).await;
    assert_eq!(verdicts(&made), ["created"], "{made:#?}");
    // What others sent is nobody else's business.
    let sent = desk.world.persona(here).get("/v1/imports").await.ok();
    let path = format!("/v1/imports/{}", sent["data"][0]["id"].as_str().unwrap());
    let other = desk.world.persona(there);
    other.get(&path).await.refused(404, "not_found");
    other.get(&format!("{path}/results")).await.refused(404, "not_found");
    assert_eq!(other.get("/v1/imports").await.ok()["data"], json!([]));
    // Elsewhere the number is as good as one that nobody has: where it is named, and where it is sent.
    let status =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-06-02"});
    let about = |number: &str| {
        under(line("legal_status", &format!("S-{number}"), status.clone()), "child", number)
    };
    let results = desk.import(there, "", &[about("K-1"), about("K-2")]).await;
    assert_eq!(results[0]["problem"], results[1]["problem"]);
    assert_eq!(results[0]["problem"]["errors"][0]["code"], "unknown_reference");
    let results =
        desk.import(there, "strategy=update", &[child("K-1", "X"), child("K-2", "X")]).await;
    assert_eq!(results[0]["problem"], results[1]["problem"]);
    // Whoever sent it may know that it was sent; what it no longer reaches it does not change.
    let moved = desk.world.persona("national_authority");
    let path = format!("/v1/children/{}", made[0]["id"].as_str().unwrap());
    let seen = moved.get(&path).await;
    moved.patch(&path, seen.etag(), json!({"area_code": "RS-99"})).await.ok();
    let results = desk.import(here, "", &[child("K-1", "Zora")]).await;
    assert_eq!(results[0]["problem"]["code"], "not_found");
    assert_eq!(results[0].get("id"), None);
}
