//! What each side may know, before, meanwhile and afterwards.
use chrono::Duration;
use diesel::{
    RunQueryDsl as _,
    connection::SimpleConnection as _,
    sql_query,
    sql_types::{BigInt, Text, Uuid as SqlUuid},
};
use serde_json::json;

use super::Scene;
use crate::{support::Reply, trust::elsewhere};

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[actix_web::test]
async fn the_former_organisation_knows_of_the_child_for_thirty_days_more() {
    let scene = Scene::new().await;
    let (own, theirs) = ("case_worker", elsewhere("case_worker"));
    let nothing = json!({"id": "3b7e9a41-58c2-4d0f-9e63-1a2b3c4d5e05"});
    assert!(!scene.knows(&theirs, &nothing).await);
    let offered = scene.offer("transfer").await;
    let transfer = offered.ok();
    assert!(scene.knows(&theirs, &transfer).await && scene.knows(own, &transfer).await);
    scene.world.clock.advance(Duration::days(1));
    scene.step(&elsewhere("supervisor"), &offered, "accept").await.ok();
    scene.world.clock.advance(Duration::days(30) - Duration::seconds(1));
    assert!(scene.knows(&theirs, &transfer).await && scene.knows(own, &transfer).await);
    // It passes the child on to nobody.
    let path = format!("{}/transfers", scene.path());
    let back = json!({"kind": "transfer", "to_organisation_id": scene.country.authority, "reason": "Back."});
    scene.world.persona(own).post(&path, back).await.broke("TR-02");
    scene.world.clock.advance(Duration::seconds(1));
    assert!(scene.knows(&theirs, &transfer).await && !scene.knows(own, &transfer).await);
}

#[actix_web::test]
async fn whoever_knows_of_a_child_by_a_grant_alone_changes_nothing_of_it() {
    let scene = Scene::new().await;
    let (own, theirs) = ("case_worker", elsewhere("case_worker"));
    let change = async |role: &str| {
        let persona = scene.world.persona(role);
        let seen = persona.get(&scene.path()).await;
        let status = json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2026-03-02"});
        [
            persona.patch(&scene.path(), seen.etag(), json!({"languages": ["sr", "hu"]})).await,
            persona.post(&format!("{}/legal-statuses", scene.path()), status).await,
        ]
    };
    let offered = scene.offer("transfer").await;
    for refused in change(&theirs).await {
        refused.refused(403, "out_of_reach");
    }
    scene.step(&elsewhere("supervisor"), &offered, "accept").await.ok();
    for refused in change(own).await {
        refused.refused(403, "out_of_reach");
    }
    for changed in change(&theirs).await {
        changed.ok();
    }
}

#[actix_web::test]
async fn an_offer_that_came_to_nothing_tells_no_more() {
    let theirs = elsewhere("supervisor");
    for (role, step, state) in
        [(theirs.as_str(), "refuse", "refused"), ("case_worker", "revoke", "revoked")]
    {
        for kind in ["referral", "transfer"] {
            let scene = Scene::new().await;
            let offered = scene.offer(kind).await;
            let transfer = offered.ok();
            assert!(scene.knows(&theirs, &transfer).await);
            let done = scene.step(role, &offered, step).await.ok();
            assert_eq!(
                (&done["state"], &done["decision_reason"]),
                (&json!(state), &json!("As it was agreed."))
            );
            assert!(!scene.knows(&theirs, &transfer).await, "{step}");
            assert!(scene.knows("case_worker", &transfer).await);
            assert_eq!(scene.responsible().await, json!(scene.country.authority));
            // Another offer is another grant.
            let next = scene.offer(kind).await.ok();
            assert!(scene.knows(&theirs, &next).await);
        }
    }
}

#[actix_web::test]
async fn an_offer_that_is_refused_takes_no_other_right_with_it() {
    let scene = Scene::new().await;
    let (ours, theirs) = ("supervisor", elsewhere("supervisor"));
    let moved = scene.offer("transfer").await;
    scene.step(&theirs, &moved, "accept").await.ok();
    // Back to the former organisation, which refuses and still has its thirty days.
    let path = format!("{}/transfers", scene.path());
    let back = json!({"kind": "transfer", "to_organisation_id": scene.country.authority, "reason": "Back."});
    let back = scene.world.persona(&elsewhere("case_worker")).post(&path, back).await;
    scene.step(ours, &back, "refuse").await.ok();
    assert!(scene.knows(ours, &moved.ok()).await);
    scene.world.clock.advance(Duration::days(30));
    assert!(!scene.knows(ours, &moved.ok()).await);
}

#[actix_web::test]
async fn every_step_is_in_the_access_log() {
    let scene = Scene::new().await;
    let logged = |reply: &Reply, outcome: &str| {
        reply.ok();
        let sql = "SELECT count(*) FROM access_inbox WHERE request_id = $1 AND subject = $2 AND outcome = $3";
        sql_query(sql)
            .bind::<Text, _>(reply.header("x-request-id"))
            .bind::<SqlUuid, _>(scene.child.untyped())
            .bind::<Text, _>(outcome)
            .get_result::<Count>(&mut scene.world.database.owner())
            .unwrap()
            .count
    };
    let theirs = elsewhere("supervisor");
    let first = scene.offer("referral").await;
    let revoked = scene.step("case_worker", &first, "revoke").await;
    let second = scene.offer("referral").await;
    let refused = scene.step(&theirs, &second, "refuse").await;
    let third = scene.offer("referral").await;
    let accepted = scene.step(&theirs, &third, "accept").await;
    let ended = scene.step(&theirs, &accepted, "end").await;
    for reply in [first, revoked, second, refused, third, accepted, ended] {
        assert_eq!(logged(&reply, "changed"), 1, "{reply:?}");
    }
    let read = scene.world.persona("case_worker").get("/v1/transfers").await;
    assert_eq!(logged(&read, "released"), 1);
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    let offered = scene.offer("transfer").await.ok();
    let id = offered["id"].as_str().unwrap();
    let mut conn = scene.world.database.owner();
    let again = format!(
        "INSERT INTO transfers SELECT gen_random_uuid(), child_id, kind, from_organisation_id, to_organisation_id, \
         offer_reason, state, offered_at, offered_by, expires_at, decided_at, decided_by, decision_reason, ended_at, \
         ended_by, ending_reason, version FROM transfers WHERE id = '{id}'"
    );
    let said = conn.batch_execute(&again).unwrap_err().to_string();
    assert!(said.contains("tr_01_one_offer_at_a_time"), "{said}");
    for set in [
        "to_organisation_id = from_organisation_id",
        "offer_reason = 'x'",
        "state = 'accepted'",
        "state = 'refused', decided_at = now(), decided_by = offered_by",
        "state = 'ended', decided_at = now(), decided_by = offered_by, ended_at = now(), ended_by = offered_by, ending_reason = 'Done.'",
        "expires_at = offered_at",
        "version = 0",
    ] {
        let said = conn
            .batch_execute(&format!("UPDATE transfers SET {set} WHERE id = '{id}'"))
            .unwrap_err();
        assert!(said.to_string().contains("violates check constraint"), "{set}: {said}");
    }
}
