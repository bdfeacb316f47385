//! Whatever comes between: what is taken in is written as if it had come alone.
use std::rc::Rc;

use actix_web::http::Method;
use chrono::Duration;
use diesel::{RunQueryDsl, connection::SimpleConnection as _, sql_query};
use kinstead::{
    children::ChildId,
    imports::sweep,
    platform::{
        error::Error,
        inner::{Asked, Errands},
        joint::Joint,
        source::Source,
    },
};
use serde_json::json;

use super::{
    Desk, child,
    killed::{Count, WHO, count, file, until},
    line, under, verdicts,
};

#[actix_web::test]
async fn brothers_and_sisters_are_judged_one_after_the_other() {
    let mut desk = Desk::new().await;
    let day = "2026-06-02";
    let (one, other) =
        (desk.country.child("female", "2016-05-01"), desk.country.child("male", "2017-05-01"));
    let kin =
        json!({"kind": "full_sibling", "related_child_id": other, "to_be_kept_together": "yes"});
    desk.world
        .persona("national_authority")
        .post(&format!("/v1/children/{one}/relations"), kin)
        .await
        .ok();
    let mut apart = |child: ChildId, number: &str| {
        let home = desk.country.facility(json!({"total": 4}));
        let data = json!({
            "child_id": child, "intent": "start", "care_type": "small_group_home", "planned_kind": "long_term",
            "provider": {"kind": "facility", "facility_id": home}, "starts_on": day, "legal_basis": "Family Act, art. 113",
            "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
        });
        line("placement", number, data)
    };
    let mut file = vec![apart(one, "P-1"), apart(other, "P-2")];
    file.extend((0..60).map(|number| child(&format!("K-{number}"), "Zvezdana")));
    let results = desk.import(WHO, "", &file).await;
    assert_eq!(verdicts(&results)[..3], ["created", "refused", "created"], "{:#?}", &results[..2]);
}

#[actix_web::test]
async fn a_file_that_stands_or_falls_together_names_what_came_long_before() {
    let desk = Desk::new().await;
    let status =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-06-02"});
    let status = under(line("legal_status", "S-1", status), "child", "K-1");
    let mut lines = vec![child("K-1", "Zvezdana"), status.clone()];
    lines.extend((2..131).map(|number| child(&format!("K-{number}"), "Zvezdana")));
    lines.push(status);
    for (query, children) in [("mode=validate", 0), ("atomic=file", 130)] {
        let results = desk.import(WHO, query, &lines).await;
        assert_eq!(verdicts(&results)[..131], ["created"; 131], "{query}");
        assert_eq!(verdicts(&results)[131..], ["unchanged"], "{query}");
        assert_eq!(count(&desk, "children"), children, "{query}");
    }
}

#[actix_web::test]
async fn a_newer_version_that_came_meanwhile_is_never_lost() {
    let desk = Desk::new().await;
    let platform = &desk.world.parts.platform;
    let begin =
        || Joint::begin(&platform.db, desk.world.actor(WHO), platform.clock.clone()).unwrap();
    let source = |version| Source {
        sender: begin().sender(),
        kind: "child".to_owned(),
        system: "urn:example:ministry".to_owned(),
        value: "K-1".to_owned(),
        version: Some(version),
        digest: vec![0],
    };
    let record = uuid::Uuid::from_u128(7);
    let keep = |version, record| {
        let joint = begin();
        joint.remember(source(version), record);
        joint.keep()
    };
    keep(2, record).unwrap();
    assert!(matches!(keep(1, record), Err(Error::Busy)), "an older version");
    assert!(matches!(keep(3, uuid::Uuid::from_u128(8)), Err(Error::Busy)), "another record");
    keep(3, record).unwrap();
    assert_eq!(count(&desk, "record_external_ids WHERE source_version = 3"), 1);
}

#[actix_web::test]
async fn what_is_judged_at_the_end_is_judged_for_each_record() {
    let mut desk = Desk::new().await;
    let (one, other) =
        (desk.country.child("female", "2016-05-01"), desk.country.child("male", "2017-05-01"));
    let kin =
        json!({"kind": "full_sibling", "related_child_id": other, "to_be_kept_together": "yes"});
    let national = desk.world.persona("national_authority");
    national.post(&format!("/v1/children/{one}/relations"), kin).await.ok();
    let platform = &desk.world.parts.platform;
    let joint = Joint::begin(&platform.db, desk.world.actor(WHO), platform.clock.clone()).unwrap();
    let broken = "UPDATE child_relations SET mirror_id = gen_random_uuid()";
    assert!(joint.change(|tx| Ok(tx.conn.batch_execute(broken)?)).is_err());
    joint.keep().unwrap();
}

#[actix_web::test]
async fn each_record_is_written_by_its_own_permission() {
    let mut desk = Desk::new().await;
    let home = desk.country.facility(json!({"total": 4}));
    // The first line is refused, the second one allowed, and both again: neither is judged by the other's reach.
    let inspection = json!({
        "kind": "unannounced", "inspected_on": "2026-06-02", "body": "Inspectorate", "children_spoken_to": 2,
        "rating": "good", "findings": "All rooms were seen.",
    });
    let about = |number: &str| {
        let mut line = line("facility_inspection", number, inspection.clone());
        line["of"] = json!({"kind": "facility", "system": "urn:example:homes", "value": "H-1"});
        line
    };
    let number = json!({"external_ids": [{"system": "urn:example:homes", "value": "H-1"}]});
    let national = desk.world.persona("national_authority");
    let path = format!("/v1/facilities/{home}");
    let seen = national.get(&path).await;
    national.patch(&path, seen.etag(), number).await.ok();
    let file = [about("I-1"), child("K-1", "Zvezdana"), about("I-2"), child("K-2", "Vihor")];
    let results = desk.import(WHO, "", &file).await;
    assert_eq!(verdicts(&results), ["refused", "created", "refused", "created"], "{results:#?}");
    assert_eq!(results[0]["problem"]["code"], "forbidden");
}

#[actix_web::test]
async fn what_a_request_was_allowed_is_taken_back_before_the_next() {
    let mut desk = Desk::new().await;
    let child = desk.country.child("female", "2016-05-01");
    let (platform, inner) =
        (&desk.world.parts.platform, until(&desk, [9; 2]).make().await.unwrap());
    let joint = Joint::begin(&platform.db, desk.world.actor(WHO), platform.clock.clone()).unwrap();
    let errands = Errands {
        joint: Rc::new(joint),
        purpose: None,
        on_behalf_of: None,
        legal_basis: None,
        request_id: "r-1".to_owned(),
    };
    let path = format!("/v1/children/{child}");
    let asked = Asked { method: Method::GET, path: &path, seen: None, body: None, source: None };
    assert_eq!(inner.ask(&errands, asked).await.unwrap().status, 200);
    let left = "SELECT count(*) AS count FROM unnest(ARRAY['client', 'organisation', 'child', 'family', 'now']) AS name \
        WHERE coalesce(current_setting('kinstead.' || name, true), '') <> ''";
    let left = errands.joint.work(|conn| Ok(sql_query(left).get_result::<Count>(conn)?.count));
    assert_eq!(left.unwrap(), 0);
}

#[actix_web::test]
async fn whoever_may_no_longer_import_is_no_longer_imported_for() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "", &[child("K-1", "Zvezdana")]).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let broken = desk.send(WHO, "", &[child("K-2", "Zvezdana")]).await;
    let other = broken.ok()["id"].as_str().unwrap().to_owned();
    let who = desk.world.persona(WHO);
    let path = format!("/v1/imports/{other}");
    let seen = who.get(&path).await;
    let cancelled = who.step(&format!("{path}/cancel"), seen.etag(), json!({})).await.ok();
    assert_eq!(cancelled["state"], "cancelled");
    let actor = desk.world.actor(WHO);
    let mut less = (*actor).clone();
    less.permissions.remove("imports:write");
    desk.world.parts.platform.directory.replace(vec![less]);
    desk.work().await;
    desk.world.refresh();
    let (import, _) = desk.outcome(WHO, &id).await;
    assert_eq!(import["state"], "failed");
    assert_eq!(count(&desk, "children"), 0);
    // Its organisation knows of it.
    desk.world.persona("national_authority").get(&path).await.ok();
}

#[actix_web::test]
async fn what_is_imported_is_in_the_log_and_the_journal_as_what_its_client_did() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "", &file(1)).await;
    desk.work().await;
    let request = sent.header("x-request-id");
    let client = desk.world.client(WHO);
    let looks = format!(
        "access_inbox WHERE request_id = '{request}' AND client = '{client}' AND outcome = 'changed' AND operation = "
    );
    assert_eq!(count(&desk, &format!("{looks} 'registerChild'")), 1);
    assert_eq!(count(&desk, &format!("{looks} 'setLegalStatus'")), 1);
    let journal = format!("journal WHERE actor = '{client}' AND kind IN ('child', 'legal_status')");
    assert_eq!(count(&desk, &journal), 2);
}

#[actix_web::test]
async fn files_are_kept_for_thirty_days_after_their_end() {
    let desk = Desk::new().await;
    let sent = desk.send(WHO, "", &file(1)).await;
    let id = sent.ok()["id"].as_str().unwrap().to_owned();
    let platform = desk.world.parts.platform.clone();
    desk.world.clock.advance(Duration::days(31));
    assert_eq!(sweep(&platform).unwrap(), 0, "it is still open");
    desk.work().await;
    desk.world.clock.advance(Duration::days(29));
    assert_eq!(sweep(&platform).unwrap(), 0);
    assert_eq!(desk.outcome(WHO, &id).await.1.len(), 2);
    desk.world.clock.advance(Duration::days(2));
    assert_eq!(sweep(&platform).unwrap(), 1);
    let (import, results) = desk.outcome(WHO, &id).await;
    assert_eq!((&import["state"], results.len()), (&json!("done"), 0));
    // What never came whole goes, too.
    let orphan = "INSERT INTO import_chunks (import_id, chunk, first_line, lines, records, received_at) \
        VALUES (gen_random_uuid(), 0, 1, 1, decode('01' || repeat('00', 60), 'hex'), '2026-11-22T12:00:00Z')";
    desk.world.database.owner().batch_execute(orphan).unwrap();
    assert_eq!(sweep(&platform).unwrap(), 1);
}
