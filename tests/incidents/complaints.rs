//! Complaints: received, resolved; and who complained, which nobody is told but who recorded it.
use diesel::{
    PgConnection, RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::BigInt,
};
use kinstead::{
    platform::{clock::Clock as _, db, embedded::Role},
    policy::POLICY,
};
use serde_json::json;

use super::{Scene, fault, home, why};
use crate::{
    support::{World, around::complaint},
    trust::{add_elsewhere, elsewhere},
};

#[actix_web::test]
async fn a_complaint_is_received_and_resolved() {
    let scene = Scene::new().await;
    let mut new = complaint("2026-06-20");
    new["concerns_on"] = json!("2026-05-18");
    let received = scene.post("complaints", new).await;
    assert_eq!(home(&received.ok()).0, json!(scene.facility));
    assert_eq!(received.ok()["state"], "received");
    let today = scene.post("complaints", complaint("2026-06-20")).await.ok();
    assert_eq!(
        (&today["concerns_on"], home(&today).1),
        (&json!("2026-06-20"), json!(scene.family))
    );
    let answer = |day: &str| json!({"resolved_on": day, "outcome": "upheld", "conclusion": "The doors stay open."});
    for (day, code) in [("2026-06-19", "out_of_order"), ("2026-11-23", "future_date")] {
        fault(&scene.step(&received, "resolve", answer(day)).await, "/resolved_on", code);
    }
    let resolved = scene.step(&received, "resolve", answer("2026-07-01")).await;
    assert_eq!(
        (&resolved.ok()["state"], &resolved.ok()["outcome"]),
        (&json!("resolved"), &json!("upheld"))
    );
    scene.step(&received, "annul", why()).await.refused(412, "stale");
    scene.step(&resolved, "resolve", answer("2026-07-02")).await.refused(409, "state_conflict");
    let annulled = scene.step(&resolved, "annul", why()).await;
    assert_eq!(annulled.ok()["state"], "entered_in_error");
    scene.step(&annulled, "annul", why()).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn a_complaint_may_come_after_death_and_concerns_a_day_before_it() {
    let scene = Scene::new().await;
    scene.dies("2026-08-12").await;
    let with = |received: &str, concerns: &str| {
        let mut new = complaint(received);
        new["concerns_on"] = json!(concerns);
        new
    };
    scene.post("complaints", with("2026-09-01", "2026-08-12")).await.ok();
    let ahead = scene.post("complaints", complaint("2026-11-23")).await;
    fault(&ahead, "/received_on", "future_date");
    let later = scene.post("complaints", with("2026-09-01", "2026-09-02")).await;
    fault(&later, "/received_on", "out_of_order");
    let unborn = scene.post("complaints", with("2026-09-01", "2016-04-30")).await;
    fault(&unborn, "/concerns_on", "before_birth");
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(conn: &mut PgConnection, of: &str) -> i64 {
    let query = sql_query(format!("SELECT count(*) AS count FROM {of}"));
    query.get_result::<Count>(conn).unwrap().count
}

/// How many rows a client sees, as far as the database goes, by the settings of one of its permissions.
fn seen(world: &World, client: &str, permission: &str, of: &str) -> i64 {
    let mut conn = db::connect(&world.database.url(Role::Service)).unwrap();
    let reach = world.actor(client).reaches[permission].settings(world.clock.now());
    conn.batch_execute(&format!("BEGIN; {reach}")).unwrap();
    count(&mut conn, of)
}

#[actix_web::test]
async fn ac_03_who_complained_is_told_to_nobody_but_the_client_that_recorded_it() {
    let scene = Scene::new().await;
    let kept = scene.post("complaints", complaint("2026-06-20")).await;
    let mut anonymous = complaint("2026-06-20");
    anonymous.as_object_mut().unwrap().remove("reporter");
    let anonymous = scene.post("complaints", anonymous).await;
    assert_eq!(
        (&kept.ok()["reporter_kept"], &anonymous.ok()["reporter_kept"]),
        (&json!(true), &json!(false))
    );
    let path = kept.header("location").to_owned();
    let reporter = format!("{path}/reporter");
    let worker = scene.world.persona("case_worker");
    assert_eq!(worker.get(&reporter).await.ok()["name"], "Ognjen Travar");
    let nobody = format!("{}/reporter", anonymous.header("location"));
    worker.get(&nobody).await.refused(404, "not_found");
    for (role, permissions) in POLICY.iter().filter(|(role, _)| *role != "case_worker") {
        let other = scene.world.persona(role);
        if permissions.contains(&"complaint_reporters:read") {
            other.get(&reporter).await.refused(404, "not_found");
        } else {
            other.get(&reporter).await.refused(403, "forbidden");
        }
    }
    // Neither the complaint, nor its history, nor the child's, nor any list says it.
    let child = format!("/v1/children/{}/history", scene.child);
    let authority = scene.world.persona("national_authority");
    for told in [&path, &format!("{path}/history"), &child, &"/v1/complaints".to_owned()] {
        for persona in [&worker, &authority] {
            let text = format!("{:?}", persona.get(told).await.ok());
            assert!(!text.contains("Ognjen"), "{told}: {text}");
        }
    }
    for (of, by) in [("complaint_reporters", 1), ("journal WHERE kind = 'complaint_reporter'", 0)] {
        let seen = |client, permission| seen(&scene.world, client, permission, of);
        assert_eq!(seen("case_worker", "complaint_reporters:read"), by, "{of}");
        assert_eq!(seen("supervisor", "complaint_reporters:read"), 0, "{of}");
        assert_eq!(seen("national_authority", "children:read"), 0, "{of}");
        assert_eq!(count(&mut scene.world.database.service(), of), 0, "{of}");
    }
    let clear = "(SELECT to_jsonb(r)::text AS row FROM complaint_reporters r \
                 UNION ALL SELECT to_jsonb(j)::text FROM journal j) AS t WHERE row LIKE '%Ognjen%'";
    assert_eq!(count(&mut scene.world.database.owner(), clear), 0);
}

#[actix_web::test]
async fn who_knows_of_a_child_by_its_authority_reads_and_lists_its_complaints() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let one = scene.post("complaints", complaint("2026-05-20")).await.ok();
    let mut by_child = complaint("2026-06-20");
    by_child["complainant"] = json!("child");
    scene.post("complaints", by_child).await.ok();
    let path = format!("/v1/complaints/{}", one["id"].as_str().unwrap());
    for role in ["case_worker", "supervisor", "regional_authority", "national_authority"] {
        assert_eq!(scene.world.persona(role).get(&path).await.ok(), one, "{role}");
    }
    for role in ["facility_officer", "inspector", "ngo", "auditor"] {
        scene.world.persona(role).get(&path).await.refused(403, "forbidden");
    }
    let stranger = scene.world.persona(&elsewhere("case_worker"));
    for part in ["", "/history", "/reporter"] {
        stranger.get(&format!("{path}{part}")).await.refused(404, "not_found");
    }
    assert_eq!(stranger.get("/v1/complaints").await.ok()["data"], json!([]));
    let worker = scene.world.persona("case_worker");
    for (query, found) in [
        (format!("child_id={}", scene.child), 2),
        (format!("facility_id={}", scene.facility), 1),
        (format!("carer_family_id={}", scene.family), 1),
        ("complainant=child".to_owned(), 1),
        ("state=resolved".to_owned(), 0),
        ("received_on_min=2026-05-21&sort=received_on".to_owned(), 1),
        ("received_on_max=2026-05-20".to_owned(), 1),
    ] {
        let list = worker.get(&format!("/v1/complaints?count=exact&{query}")).await.ok();
        assert_eq!(list["total"], found, "{query}");
    }
}
