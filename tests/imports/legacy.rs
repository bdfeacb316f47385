//! History from before the registry's first day: it may break soft rules, and is told apart.
use serde_json::{Value, json};

use super::{Desk, child, line, reference, verdicts};

const WHO: &str = "sync_client";

/// A child whose home is far away from every family, and a stay with one from that day on.
async fn far_away() -> (Desk, impl Fn(&str, &str) -> [Value; 2]) {
    let mut desk = Desk::new().await;
    let family = desk.country.family(3);
    let area = "INSERT INTO areas (id, code, level, parent_code, names, lat, lon, version) \
                VALUES (gen_random_uuid(), 'RS-97', 'district', 'RS', '{\"en\": \"Far away\"}', 45.8, 19.1, 1)";
    let mut owner = desk.world.database.owner();
    diesel::RunQueryDsl::execute(diesel::sql_query(area), &mut owner).unwrap();
    desk.world.refresh();
    let lines = move |number: &str, day: &str| {
        let mut who = child(number, "Zvezdana");
        who["data"]["area_code"] = json!("RS-97");
        let stay = json!({
            "child_id": reference("child", number), "intent": "start", "care_type": "foster_long_term",
            "planned_kind": "long_term", "provider": {"kind": "carer_family", "carer_family_id": family},
            "starts_on": day, "legal_basis": "Family Act, art. 113",
            "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
        });
        [who, line("placement", number, stay)]
    };
    (desk, lines)
}

async fn go_live(desk: &Desk, day: &str) {
    let version = json!({"value": day, "valid_from": "2026-11-22", "source": "Order 1/2026"});
    let authority = desk.world.persona("national_authority");
    authority.post("/v1/parameters/go_live_on/versions", version).await.ok();
}

#[actix_web::test]
async fn history_steps_over_soft_rules_and_is_told_apart() {
    let (desk, lines) = far_away().await;
    let file = [lines("K-1", "2026-03-01"), lines("K-2", "2026-06-01")].concat();
    // Nothing is history until a first day is set.
    let results = desk.import(WHO, "on_rule=legacy", &file).await;
    assert_eq!(verdicts(&results), ["created", "refused", "created", "refused"], "{results:#?}");
    go_live(&desk, "2026-06-01").await;
    let results = desk.import(WHO, "", &file).await;
    assert_eq!(verdicts(&results), ["unchanged", "refused", "unchanged", "refused"]);
    let results = desk.import(WHO, "on_rule=legacy", &file).await;
    assert_eq!(verdicts(&results), ["unchanged", "created", "unchanged", "refused"]);
    assert_eq!(results[3]["problem"]["rule"], "PL-23");
    let supervisor = desk.world.persona("supervisor");
    let legacy = supervisor.get("/v1/overrides?kind=legacy").await.ok();
    let [one] = legacy["data"].as_array().unwrap().as_slice() else { panic!("{legacy:#}") };
    assert_eq!(
        (&one["rule_code"], &one["kind"], &one["subject_id"], &one["begins_on"]),
        (&json!("PL-23"), &json!("legacy"), &results[1]["id"], &json!("2026-03-01"))
    );
    let others = supervisor.get("/v1/overrides?kind=authorised").await.ok();
    assert_eq!(others["data"], json!([]));
    let path = format!("/v1/placements/{}/decision", results[1]["id"].as_str().unwrap());
    let decision = desk.world.persona(WHO).get(&path).await.ok();
    let findings = decision["findings"].as_array().unwrap();
    assert!(findings.iter().any(|it| it["rule"] == "PL-23" && it["outcome"] == "overridden"));
}

/// What a hard rule bars stays barred, and what somebody writes alone is no history.
#[actix_web::test]
async fn history_breaks_no_hard_rule_and_comes_in_files_alone() {
    let (desk, lines) = far_away().await;
    go_live(&desk, "2026-06-01").await;
    let mut file = lines("K-1", "2026-03-01");
    file[1]["data"]["care_entry"]["emergency"] = json!(false);
    let results = desk.import(WHO, "on_rule=legacy", &file).await;
    assert_eq!(results[1]["problem"]["rule"], "PL-14", "{results:#?}");
    let mut alone = lines("K-1", "2026-03-01")[1]["data"].clone();
    alone["child_id"] = results[0]["id"].clone();
    desk.world.persona(WHO).post("/v1/placements", alone).await.broke("PL-23");
    let import = desk.send(WHO, "on_rule=legacy", &file).await.ok();
    assert_eq!(import["on_rule"], "legacy");
}

#[actix_web::test]
async fn a_first_day_is_a_day() {
    let desk = Desk::new().await;
    let authority = desk.world.persona("national_authority");
    for value in ["soon", "2026-02-30", "2026-6-1", "20260601", "1"] {
        let version = json!({"value": value, "valid_from": "2026-11-22", "source": "Order 1/2026"});
        let refused = authority.post("/v1/parameters/go_live_on/versions", version).await;
        assert_eq!(refused.refused(422, "invalid")["errors"][0]["code"], "wrong_kind", "{value}");
    }
}
