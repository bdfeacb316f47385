//! Restrictions of contact: by decision, until an end, never as a sanction; and what goes against them.
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use super::{Scene, fault, why};

fn father(on: &str) -> Vec<(&'static str, Value)> {
    vec![("contact_with", json!("father")), ("happened_on", json!(on))]
}

#[actix_web::test]
async fn ct_02_contact_is_restricted_by_decision_until_an_end_and_never_as_a_sanction() {
    let scene = Scene::new().await;
    let endless = scene.restrict(&[("valid_to", Value::Null)]).await;
    fault(&endless, "/valid_to", "missing_member");
    for (member, value, pointer, code) in [
        ("reason", json!("sanction"), "/reason", "unknown_code"),
        ("valid_to", json!("2026-06-01"), "/valid_to", "out_of_order"),
        ("valid_from", json!("2026-05-27"), "/valid_from", "out_of_order"),
        ("decided_on", json!("2026-11-23"), "/decided_on", "future_date"),
        (
            "decided_by",
            json!("0199a5b2-0002-7000-8000-0000000000ff"),
            "/decided_by",
            "unknown_reference",
        ),
    ] {
        fault(&scene.restrict(&[(member, value)]).await, pointer, code);
    }
    let decision = |body: &str| {
        let decision =
            json!({"body": body, "reference_no": "1", "legal_basis": "Family Act, art. 61"});
        [("decision", decision)]
    };
    fault(&scene.restrict(&decision("neighbour")).await, "/decision/body", "unknown_code");
    // The personas' authority is no court.
    let refused = scene.restrict(&decision("court")).await.broke("CT-02");
    assert_eq!(refused["errors"][0]["pointer"], "/decided_by");
    let kinds = [("kinds", json!(["overnight", "visit", "visit"]))];
    let made = scene.restrict(&kinds).await.ok();
    assert_eq!(
        (&made["state"], &made["kinds"]),
        (&json!("decided"), &json!(["visit", "overnight"]))
    );
    let list = scene.world.nobody().get("/v1/code-lists/contact_restriction_reason").await.ok();
    assert_eq!(list["closed"], true);
    assert!(!list.to_string().contains("\"sanction\""));
}

#[actix_web::test]
async fn ct_04_contact_that_is_restricted_on_the_day_is_refused_or_recorded_as_a_breach() {
    let scene = Scene::new().await;
    let restriction = scene.restrict(&[]).await.ok();
    for (day, fine) in [("2026-05-31", true), ("2026-06-01", false), ("2026-11-22", false)] {
        let reply = scene.event(&father(day)).await;
        if fine {
            reply.ok();
            continue;
        }
        let refused = reply.broke("CT-04");
        assert_eq!(refused["facts"]["contact_restriction_id"], restriction["id"], "{day}");
    }
    // Another kind, another person, and contact that did not take place.
    let mut phone = father("2026-06-16");
    phone.push(("kind", json!("phone")));
    scene.event(&phone).await.ok();
    scene.event(&[]).await.ok();
    let mut missed = father("2026-06-16");
    missed.extend([("took_place", json!(false)), ("not_because", json!("restricted"))]);
    scene.event(&missed).await.ok();
    // What took place all the same is a fact.
    let broke = ("broke_restriction_id", restriction["id"].clone());
    let mut breach = father("2026-06-16");
    breach.push(broke.clone());
    let breach = scene.event(&breach).await.ok();
    assert_eq!(breach["broke_restriction_id"], restriction["id"]);
    let id = restriction["id"].as_str().unwrap();
    let worker = scene.world.persona("case_worker");
    let list = worker.get(&format!("/v1/contact-events?broke_restriction_id={id}")).await.ok();
    assert_eq!(list["data"], json!([breach]));
    // Nothing is a breach of what did not hold.
    for mut lawful in [father("2026-05-31"), phone, missed] {
        lawful.push(broke.clone());
        fault(&scene.event(&lawful).await, "/broke_restriction_id", "unknown_reference");
    }
}

#[actix_web::test]
async fn ct_04_no_contact_is_agreed_from_a_day_on_which_it_is_restricted() {
    let scene = Scene::new().await;
    scene.restrict(&[]).await.ok();
    let plan = |from: &str, kind: &str| {
        [("contact_with", json!("father")), ("valid_from", json!(from)), ("kind", json!(kind))]
    };
    scene.plan(&plan("2026-11-30", "visit")).await.broke("CT-04");
    scene.plan(&plan("2026-06-01", "overnight")).await.broke("CT-04");
    scene.plan(&plan("2026-12-01", "visit")).await.ok();
    scene.plan(&plan("2026-06-01", "letter")).await.ok();
}

#[actix_web::test]
async fn a_restriction_that_was_lifted_or_annulled_bars_no_more() {
    let scene = Scene::new().await;
    let restriction = scene.restrict(&[]).await;
    let lift = |day| json!({"lifted_on": day, "reason": "The father completed his treatment."});
    for day in ["2026-05-31", "2026-12-01"] {
        let refused = scene.step(&restriction, "lift", lift(day)).await;
        fault(&refused, "/lifted_on", "out_of_order");
    }
    let lifted = scene.step(&restriction, "lift", lift("2026-09-01")).await.ok();
    assert_eq!((&lifted["state"], &lifted["lifted_on"]), (&json!("lifted"), &json!("2026-09-01")));
    scene.step(&restriction, "lift", lift("2026-08-01")).await.refused(409, "state_conflict");
    scene.event(&father("2026-08-31")).await.broke("CT-04");
    scene.event(&father("2026-09-01")).await.ok();
    let worker = scene.world.persona("case_worker");
    for (day, found) in [("2026-05-31", 0), ("2026-06-01", 1), ("2026-08-31", 1), ("2026-09-01", 0)]
    {
        let list = worker.get(&format!("/v1/contact-restrictions?valid_on={day}")).await.ok();
        assert_eq!(list["data"].as_array().unwrap().len(), found, "{day}");
    }
    scene.step(&restriction, "annul", why()).await.ok();
    scene.event(&father("2026-08-31")).await.ok();
    scene.step(&restriction, "annul", why()).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn a_restriction_may_mean_one_sibling_and_whoever_is_not_named_may_be_this_one() {
    let scene = Scene::new().await;
    let brother = scene.relation("full_sibling", "Luka").await;
    let sister = scene.relation("full_sibling", "Ana").await;
    let with = |who: &Value| [("contact_with", json!("sibling")), ("relation_id", who.clone())];
    let restriction = scene.restrict(&with(&brother)).await;
    restriction.ok();
    scene.event(&with(&sister)).await.ok();
    scene.event(&with(&brother)).await.broke("CT-04");
    scene.event(&with(&Value::Null)).await.broke("CT-04");
    scene.step(&restriction, "annul", why()).await.ok();
    // One that names nobody means them all.
    scene.restrict(&with(&Value::Null)).await.ok();
    scene.event(&with(&sister)).await.broke("CT-04");
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    scene.plan(&[]).await.ok();
    scene.restrict(&[]).await.ok();
    scene.event(&[]).await.ok();
    let mut conn = scene.world.database.owner();
    for (table, set) in [
        ("contact_plans", "times = 0"),
        ("contact_plans", "valid_to = valid_from"),
        ("contact_plans", "state = 'ended', state_reason = child_views"),
        ("contact_plans", "state_reason = child_views"),
        ("contact_plans", "version = 0"),
        ("contact_restrictions", "kinds = '{}'"),
        ("contact_restrictions", "kinds = '{telegram}'"),
        ("contact_restrictions", "valid_to = valid_from"),
        ("contact_restrictions", "decided_on = valid_from + 1"),
        ("contact_restrictions", "reason = 'sanction'"),
        ("contact_restrictions", "lifted_on = valid_from"),
        ("contact_restrictions", "state = 'lifted', state_reason = decision"),
        (
            "contact_restrictions",
            "state = 'lifted', state_reason = decision, lifted_on = valid_to + 1",
        ),
        ("contact_restrictions", "state_reason = decision"),
        ("contact_restrictions", "version = 0"),
        ("contact_events", "took_place = false"),
        ("contact_events", "not_because = 'illness'"),
        (
            "contact_events",
            "took_place = false, not_because = 'illness', broke_restriction_id = (SELECT id FROM contact_restrictions)",
        ),
        ("contact_events", "state = 'entered_in_error'"),
        ("contact_events", "version = 0"),
    ] {
        let said =
            conn.batch_execute(&format!("UPDATE {table} SET {set}")).unwrap_err().to_string();
        assert!(said.contains("violates check constraint"), "{table} {set}: {said}");
    }
    let endless = "UPDATE contact_restrictions SET valid_to = NULL";
    let said = conn.batch_execute(endless).unwrap_err().to_string();
    assert!(said.contains("violates not-null constraint"), "{said}");
}
