//! The family's record: members, levels of risk, risk factors, support, states.
use diesel::connection::SimpleConnection as _;
use serde_json::json;

use super::Home;

#[actix_web::test]
async fn a_family_has_members_who_are_children_of_the_registry_or_have_names() {
    let home = Home::new().await;
    let worker = home.world.persona("case_worker");
    let family = home.family().await;
    let made = family.ok();
    assert!(made["family_no"].as_str().unwrap().starts_with("FO-2026-"));
    assert_eq!(made["organisation_id"], json!(home.country.authority));
    assert_eq!((&made["state"], &made["state_since"]), (&json!("open"), &json!("2026-03-02")));
    assert_eq!(made["risk_levels"], json!([{"risk_level": "medium", "valid_from": "2026-03-02"}]));
    assert_eq!(made["members"][0]["given_name"], "Snežana");
    assert_eq!(made["members"][1]["child_id"], json!(home.child));
    let path = family.header("location").to_owned();
    assert_eq!(worker.get(&path).await.ok(), made);

    // The mother left; whoever is known keeps the id.
    let mut members = made["members"].clone();
    members[0]["in_household"] = json!(false);
    members[0]["valid_to"] = json!("2026-06-01");
    members.as_array_mut().unwrap().push(json!({"role": "grandmother", "in_household": true}));
    let changed = json!({"family_type": "grandparent", "members": members});
    let changed = worker.patch(&path, family.etag(), changed).await;
    assert_eq!(changed.ok()["members"][0], members[0]);
    assert_eq!(changed.ok()["members"].as_array().unwrap().len(), 3);
    worker.patch(&path, family.etag(), json!({"area_code": "RS"})).await.refused(412, "stale");
    let before = worker.get(&format!("{path}?known_at=2026-11-22T11:59:59Z")).await;
    before.refused(404, "not_found");
    let history = worker.get(&format!("{path}/history")).await.ok();
    assert_eq!(history["data"][0]["changed"], json!(["family_type", "members"]));

    let by_child = worker.get(&format!("/v1/families?child_id={}&count=exact", home.child)).await;
    assert_eq!(by_child.ok()["total"], 1);
    for (query, found) in [
        ("area_code=RS&state=open&risk_level=medium&family_type=grandparent", 1),
        ("state=closed", 0),
        ("risk_level=high", 0),
        ("registered_on_min=2026-03-02&registered_on_max=2026-03-02&sort=-family_no", 1),
        ("registered_on_min=2026-03-03", 0),
        ("registered_on_max=2026-03-01", 0),
    ] {
        let listed = worker.get(&format!("/v1/families?{query}")).await.ok();
        assert_eq!(listed["data"].as_array().unwrap().len(), found, "{query}");
    }
}

#[actix_web::test]
async fn members_that_cannot_be_are_refused_where_they_are_wrong() {
    let home = Home::new().await;
    let worker = home.world.persona("case_worker");
    let child = json!({"role": "child", "child_id": home.child, "in_household": true});
    let named =
        json!({"role": "child", "child_id": home.child, "given_name": "Ana", "in_household": true});
    let nobody = json!({"role": "child", "child_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90", "in_household": true});
    let unknown = json!({"id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90", "role": "mother", "in_household": true});
    let backwards = json!({"role": "mother", "in_household": true, "valid_from": "2026-03-02", "valid_to": "2026-03-02"});
    for (members, pointer, code) in [
        (json!([child, child]), "/members/1/child_id", "repeated"),
        (json!([named]), "/members/0/child_id", "one_of_two"),
        (json!([nobody]), "/members/0/child_id", "unknown_reference"),
        (json!([unknown]), "/members/0/id", "unknown_reference"),
        (json!([backwards]), "/members/0/valid_to", "out_of_order"),
        (json!([{"role": "neighbour", "in_household": true}]), "/members/0/role", "unknown_code"),
        (
            json!([{"role": "mother", "in_household": true, "parental_rights": "some"}]),
            "/members/0/parental_rights",
            "unknown_code",
        ),
    ] {
        let mut new = home.new_family();
        new["members"] = members;
        let problem = worker.post("/v1/families", new).await.refused(422, "invalid");
        let fault = &problem["errors"][0];
        assert_eq!((&fault["pointer"], &fault["code"]), (&json!(pointer), &json!(code)));
    }
    for (member, value, code) in [
        ("registered_on", "2026-11-23", "future_date"),
        ("family_type", "crowd", "unknown_code"),
        ("risk_level", "some", "unknown_code"),
        ("area_code", "XX", "unknown_area"),
    ] {
        let mut new = home.new_family();
        new[member] = json!(value);
        let problem = worker.post("/v1/families", new).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["code"], code, "{member}");
    }
}

#[actix_web::test]
async fn the_risk_has_a_history_and_each_level_its_reason() {
    let home = Home::new().await;
    let family = home.family().await;
    let assess =
        |on: &str| json!({"risk_level": "high", "on": on, "reason": "The heating is off."});
    let early = home.post(&family, "risk-levels", assess("2026-03-01")).await;
    assert_eq!(early.refused(422, "invalid")["errors"][0]["code"], "out_of_order");
    let late = home.post(&family, "risk-levels", assess("2026-11-23")).await;
    assert_eq!(late.refused(422, "invalid")["errors"][0]["code"], "future_date");
    let assessed = home.post(&family, "risk-levels", assess("2026-06-01")).await.ok();
    assert_eq!(assessed["risk_reason"], "The heating is off.");
    assert_eq!(
        assessed["risk_levels"],
        json!([{"risk_level": "medium", "valid_from": "2026-03-02", "valid_to": "2026-06-01"},
               {"risk_level": "high", "valid_from": "2026-06-01"}])
    );
    let read = home.world.persona("case_worker").get(family.header("location")).await;
    assert_eq!(read.ok(), assessed);
}

#[actix_web::test]
async fn risk_factors_and_support_have_their_days_and_end_once() {
    let home = Home::new().await;
    let family = home.family().await;
    let factor = json!({"code": "alcohol_parent", "subject": "parent", "severity": "high",
                        "identified_on": "2026-03-02", "source": "school"});
    let mut wrong = factor.clone();
    wrong["subject"] = json!("child");
    let refused = home.post(&family, "risk-factors", wrong).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "contradicts");
    let mut ahead = factor.clone();
    ahead["identified_on"] = json!("2026-11-23");
    let refused = home.post(&family, "risk-factors", ahead).await.refused(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "future_date");
    let with = home.post(&family, "risk-factors", factor).await;
    let factor = with.ok()["risk_factors"][0]["id"].clone();
    let end = |on: &str| json!({"on": on, "risk_factor_id": factor});
    let same = home.post(&with, "end-risk-factor", end("2026-03-02")).await;
    assert_eq!(same.refused(422, "invalid")["errors"][0]["code"], "out_of_order");
    let ended = home.post(&with, "end-risk-factor", end("2026-09-01")).await;
    assert_eq!(ended.ok()["risk_factors"][0]["ended_on"], "2026-09-01");
    let again = home.post(&ended, "end-risk-factor", end("2026-09-02")).await;
    again.refused(409, "state_conflict");
    let nothing =
        json!({"on": "2026-09-02", "risk_factor_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90"});
    let unknown = home.post(&ended, "end-risk-factor", nothing).await.refused(422, "invalid");
    assert_eq!(unknown["errors"][0]["pointer"], "/risk_factor_id");

    let support = json!({"service_type": "cash_benefit", "started_on": "2026-03-05",
                         "provided_by": home.country.authority});
    let with = home.post(&ended, "support", support).await;
    let given = with.ok()["support"][0].clone();
    let over = json!({"on": "2026-10-01", "outcome": "partly_achieved", "support_id": given["id"]});
    let ended = home.post(&with, "end-support", over.clone()).await;
    let given = ended.ok()["support"][0].clone();
    assert_eq!((&given["ended_on"], &given["outcome"]), (&over["on"], &over["outcome"]));
    home.post(&ended, "end-support", over).await.refused(409, "state_conflict");
    let read = home.world.persona("case_worker").get(family.header("location")).await;
    assert_eq!(read.ok(), ended.ok());
}

#[actix_web::test]
async fn a_family_is_monitored_closed_and_taken_up_again() {
    let home = Home::new().await;
    let family = home.family().await;
    let on = |day: &str| json!({"on": day, "reason": "As it was agreed."});
    home.post(&family, "reopen", on("2026-04-01")).await.refused(409, "state_conflict");
    let monitored = home.post(&family, "monitor", on("2026-04-01")).await;
    let early = home.post(&monitored, "close", on("2026-03-31")).await.refused(422, "invalid");
    assert_eq!(early["errors"][0]["code"], "out_of_order");
    let closed = home.post(&monitored, "close", on("2026-05-01")).await;
    assert_eq!(closed.ok()["state"], "closed");
    let open = home.post(&closed, "reopen", on("2026-06-01")).await.ok();
    assert_eq!((&open["state"], &open["state_since"]), (&json!("open"), &json!("2026-06-01")));
    assert_eq!(open["state_reason"], "As it was agreed.");
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let home = Home::new().await;
    home.family().await;
    let mut conn = home.world.database.owner();
    for (sql, constraint) in [
        ("UPDATE families SET state_since = registered_on - 1", "families_check"),
        (
            "UPDATE family_members SET given_name = 'Ana' WHERE child_id IS NOT NULL",
            "family_members_check",
        ),
        (
            "UPDATE family_members SET valid_from = '2026-03-02', valid_to = '2026-03-02'",
            "family_members_check",
        ),
        (
            "INSERT INTO family_members SELECT gen_random_uuid(), family_id, 5, role, child_id, NULL, NULL, true, NULL, NULL, NULL, true, false FROM family_members",
            "family_members_family_id_child_id_key",
        ),
        (
            "INSERT INTO family_support SELECT gen_random_uuid(), id, 'home_help', NULL, '2026-03-02', '2026-03-05', NULL FROM families",
            "family_support_check",
        ),
        (
            "INSERT INTO family_risk_factors SELECT gen_random_uuid(), id, 'neglect', 'child', 'high', '2026-03-02', '2026-03-02', NULL FROM families",
            "family_risk_factors_check",
        ),
    ] {
        let said = conn.batch_execute(sql).unwrap_err().to_string();
        assert!(said.contains(constraint), "{sql}: {said}");
    }
}
