//! Court cases about children: filed, heard, decided, appealed, final.
use diesel::connection::SimpleConnection as _;
use kinstead::children::ChildId;
use serde_json::{Value, json};

use crate::{
    support::{Country, Reply, World},
    trust::{add_elsewhere, elsewhere},
};

struct Scene {
    world: World,
    country: Country,
    child: ChildId,
}

/// A case that was filed in June.
pub fn court_case() -> Value {
    json!({
        "kind": "deprivation_of_parental_rights", "court": "Basic Court in Niš", "file_no": "P2 114/2026",
        "filed_by": "guardianship_authority", "filed_on": "2026-06-02", "next_hearing_on": "2026-09-14",
    })
}

/// A hearing in September, with other members than usual.
pub fn hearing(members: &[(&str, Value)]) -> Value {
    let body = json!({
        "held_on": "2026-09-14", "child_represented": true,
        "child_views": {"views": "Wants to stay with her aunt."}, "next_hearing_on": "2026-10-20",
    });
    with(body, members)
}

fn decision(members: &[(&str, Value)]) -> Value {
    let body = json!({
        "number": "P2 114/2026-9", "decided_on": "2026-10-20", "outcome": "granted",
        "appeal_until": "2026-11-04", "summary": "The father is deprived of parental rights.",
    });
    with(body, members)
}

fn with(mut body: Value, members: &[(&str, Value)]) -> Value {
    for (name, value) in members {
        body[*name] = value.clone();
    }
    body
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let child = country.child("female", "2016-05-01");
        Self { world, country, child }
    }

    async fn file(&self, new: Value) -> Reply {
        let path = format!("/v1/children/{}/court-cases", self.child);
        self.world.persona("case_worker").post(&path, new).await
    }

    async fn step(&self, of: &Reply, step: &str, body: Value) -> Reply {
        let path = format!("/v1/court-cases/{}/{step}", of.ok()["id"].as_str().unwrap());
        self.world.persona("case_worker").step(&path, of.etag(), body).await
    }

    /// The case after these steps.
    async fn after(&self, steps: &[(&str, Value)]) -> Reply {
        let mut case = self.file(court_case()).await;
        for (step, body) in steps {
            case = self.step(&case, step, body.clone()).await;
            case.ok();
        }
        case
    }

    /// A legal status of the child that rests on a court.
    async fn status(&self, child: ChildId) -> Value {
        let path = format!("/v1/children/{child}/legal-statuses");
        let new = json!({
            "axis": "parental_rights_father", "status": "deprived", "valid_from": "2026-10-20",
            "decision": {"body": "court", "kind": "court", "number": "P2 114/2026-9", "decided_on": "2026-10-20", "effective_on": "2026-10-20"},
        });
        self.world.persona("case_worker").post(&path, new).await.ok()["id"].clone()
    }
}

#[actix_web::test]
async fn a_case_is_heard_decided_appealed_returned_and_at_last_final() {
    let scene = Scene::new().await;
    let filed = scene.file(court_case()).await;
    assert_eq!((filed.status.as_u16(), &filed.ok()["state"]), (201, &json!("filed")));
    let heard = scene.step(&filed, "hear", hearing(&[])).await;
    assert_eq!(heard.ok()["next_hearing_on"], "2026-10-20");
    let set = scene.status(scene.child).await;
    let decided =
        scene.step(&heard, "decide", decision(&[("legal_status_ids", json!([set]))])).await;
    let first = &decided.ok()["decisions"][0];
    assert_eq!(
        (&first["court"], &first["legal_status_ids"]),
        (&json!("Basic Court in Niš"), &json!([set]))
    );
    assert_eq!(decided.ok().get("next_hearing_on"), None);
    let appeal = json!({"appealed_by": "father", "appealed_on": "2026-11-02"});
    let appealed = scene.step(&decided, "appeal", appeal).await;
    // Not before the appeal came.
    let early = scene.step(&appealed, "decide", decision(&[("decided_on", json!("2026-11-01"))]));
    assert_eq!(early.await.refused(422, "invalid")["errors"][0]["code"], "out_of_order");
    let back = decision(&[
        ("court", json!("Court of Appeal in Niš")),
        ("number", json!("Gž2 211/2026")),
        ("decided_on", json!("2026-11-10")),
        ("outcome", json!("returned")),
        ("appeal_until", json!("2026-11-30")),
    ]);
    let returned = scene.step(&appealed, "decide", back.clone()).await;
    let case = returned.ok();
    assert_eq!((&case["state"], &case["outcome"]), (&json!("filed"), &json!("returned")));
    let again =
        decision(&[("decided_on", json!("2026-11-15")), ("appeal_until", json!("2026-11-16"))]);
    let decided = scene.step(&returned, "decide", again).await;
    let last = scene.step(&decided, "finalise", json!({"final_on": "2026-11-17"})).await.ok();
    assert_eq!((&last["state"], &last["final_on"]), (&json!("final"), &json!("2026-11-17")));
    let courts: Vec<&Value> =
        last["decisions"].as_array().unwrap().iter().map(|it| &it["court"]).collect();
    assert_eq!(courts, ["Basic Court in Niš", "Court of Appeal in Niš", "Basic Court in Niš"]);
    // Only a court of appeal sends a case back.
    let filed = scene.file(court_case()).await;
    scene.step(&filed, "decide", back).await.refused(409, "state_conflict");
}

#[actix_web::test]
async fn what_is_withdrawn_ends_a_case_or_leaves_the_decision() {
    let scene = Scene::new().await;
    let why = json!({"reason": "The parents agreed on support at home."});
    let withdrawn = scene.after(&[("withdraw", why.clone())]).await;
    assert_eq!(withdrawn.ok()["state"], "withdrawn");
    assert_eq!(withdrawn.ok().get("next_hearing_on"), None);
    let appeal = json!({"appealed_by": "mother", "appealed_on": "2026-11-02"});
    let decided = [("decide", decision(&[])), ("appeal", appeal.clone()), ("withdraw", why)];
    let decided = scene.after(&decided).await;
    assert_eq!(decided.ok()["state"], "decided");
    scene.step(&decided, "finalise", json!({"final_on": "2026-11-05"})).await.ok();
    for (step, body) in [("hear", hearing(&[])), ("decide", decision(&[])), ("appeal", appeal)] {
        scene.step(&withdrawn, step, body).await.refused(409, "state_conflict");
    }
}

#[actix_web::test]
async fn rv_06_the_child_is_heard_in_court_or_the_reason_why_not_is_there() {
    let scene = Scene::new().await;
    let filed = scene.file(court_case()).await;
    for views in [json!({}), json!({"views": "Home.", "none_because": "Too young."})] {
        let refused = scene.step(&filed, "hear", hearing(&[("child_views", views)])).await;
        assert_eq!(refused.broke("RV-06")["errors"][0]["pointer"], "/child_views");
    }
}

#[actix_web::test]
async fn what_a_court_case_cannot_be_is_refused() {
    let mut scene = Scene::new().await;
    for (member, value, code) in [
        ("kind", json!("nonsense"), "unknown_code"),
        ("filed_by", json!("nobody"), "unknown_code"),
        ("filed_on", json!("2026-11-23"), "future_date"),
        ("next_hearing_on", json!("2026-06-02"), "out_of_order"),
    ] {
        let problem = scene.file(with(court_case(), &[(member, value)])).await;
        let problem = problem.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"));
        assert_eq!(problem["errors"][0]["code"], code);
    }
    let other = scene.country.child("male", "2015-01-01");
    let foreign = scene.status(other).await;
    let own = scene.child;
    let administrative = {
        let path = format!("/v1/children/{own}/legal-statuses");
        let new = json!({"axis": "guardianship", "status": "direct", "valid_from": "2026-10-20"});
        scene.world.persona("case_worker").post(&path, new).await.ok()["id"].clone()
    };
    let heard = scene.after(&[("hear", hearing(&[]))]).await;
    for (step, body, pointer, code) in [
        ("hear", hearing(&[("held_on", json!("2026-11-23"))]), "/held_on", "future_date"),
        ("hear", hearing(&[("held_on", json!("2026-09-13"))]), "/held_on", "out_of_order"),
        (
            "hear",
            hearing(&[("next_hearing_on", json!("2026-09-14"))]),
            "/next_hearing_on",
            "out_of_order",
        ),
        ("decide", decision(&[("decided_on", json!("2026-11-23"))]), "/decided_on", "future_date"),
        ("decide", decision(&[("decided_on", json!("2026-09-13"))]), "/decided_on", "out_of_order"),
        (
            "decide",
            decision(&[("appeal_until", json!("2026-10-20"))]),
            "/appeal_until",
            "out_of_order",
        ),
        ("decide", decision(&[("outcome", json!("maybe"))]), "/outcome", "unknown_code"),
        (
            "decide",
            decision(&[("legal_status_ids", json!([foreign]))]),
            "/legal_status_ids/0",
            "unknown_reference",
        ),
        (
            "decide",
            decision(&[("legal_status_ids", json!([administrative]))]),
            "/legal_status_ids/0",
            "not_of_a_court",
        ),
    ] {
        let problem = scene.step(&heard, step, body).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
        assert_eq!(problem["errors"][0]["code"], code, "{pointer}");
    }
    let decided = scene.step(&heard, "decide", decision(&[])).await;
    for (step, body, pointer, code) in [
        (
            "appeal",
            json!({"appealed_by": "father", "appealed_on": "2026-11-23"}),
            "/appealed_on",
            "future_date",
        ),
        (
            "appeal",
            json!({"appealed_by": "father", "appealed_on": "2026-10-19"}),
            "/appealed_on",
            "out_of_order",
        ),
        (
            "appeal",
            json!({"appealed_by": "nobody", "appealed_on": "2026-11-02"}),
            "/appealed_by",
            "unknown_code",
        ),
        ("finalise", json!({"final_on": "2026-11-23"}), "/final_on", "future_date"),
        ("finalise", json!({"final_on": "2026-10-19"}), "/final_on", "out_of_order"),
    ] {
        let problem = scene.step(&decided, step, body).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
        assert_eq!(problem["errors"][0]["code"], code, "{pointer}");
    }
}

#[actix_web::test]
async fn who_knows_of_a_child_by_its_authority_reads_its_court_cases() {
    let scene = Scene::new().await;
    add_elsewhere(&scene.world);
    let heard = scene.after(&[("hear", hearing(&[]))]).await.ok();
    let path = format!("/v1/court-cases/{}", heard["id"].as_str().unwrap());
    for role in ["case_worker", "supervisor", "regional_authority", "national_authority"] {
        assert_eq!(scene.world.persona(role).get(&path).await.ok(), heard, "{role}");
    }
    for role in ["case_worker", "supervisor", "regional_authority"] {
        scene.world.persona(&elsewhere(role)).get(&path).await.refused(404, "not_found");
        let listed = scene.world.persona(&elsewhere(role)).get("/v1/court-cases").await.ok();
        assert_eq!(listed["data"], json!([]), "{role}");
    }
    let history = scene.world.persona("case_worker").get(&format!("{path}/history")).await.ok();
    assert_eq!(history["data"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn the_calendar_of_hearings_is_a_list() {
    let scene = Scene::new().await;
    let heard = scene.after(&[("hear", hearing(&[]))]).await.ok();
    scene.after(&[("decide", decision(&[]))]).await;
    scene.file(court_case()).await.ok();
    for (query, found) in [
        ("next_hearing_on_min=2026-10-20&next_hearing_on_max=2026-10-20", 1),
        ("next_hearing_on_max=2026-10-19", 1),
        ("next_hearing_on_min=2026-10-21", 0),
        ("decided_on_min=2026-10-20&decided_on_max=2026-10-20", 1),
        ("decided_on_min=2026-10-21", 0),
        ("decided_on_max=2026-10-19", 0),
        ("filed_on_min=2026-06-02&filed_on_max=2026-06-02", 3),
        ("filed_on_min=2026-06-03", 0),
        ("filed_on_max=2026-06-01", 0),
        ("state=decided&state=filed&kind=deprivation_of_parental_rights", 3),
        ("state=decided", 1),
        ("kind=adoption", 0),
    ] {
        let path = format!("/v1/court-cases?child_id={}&{query}", scene.child);
        let listed = scene.world.persona("case_worker").get(&path).await.ok();
        assert_eq!(listed["data"].as_array().unwrap().len(), found, "{query}");
    }
    let path = "/v1/court-cases?sort=-next_hearing_on&next_hearing_on_min=2026-01-01";
    let first = scene.world.persona("case_worker").get(path).await.ok()["data"][0].clone();
    assert_eq!(first["id"], heard["id"]);
}

#[actix_web::test]
async fn the_database_holds_the_rules_by_itself() {
    let scene = Scene::new().await;
    let decided = scene.after(&[("decide", decision(&[]))]).await.ok();
    let mut conn = scene.world.database.owner();
    for change in [
        "state = 'lost'",
        "state = 'final'",
        "final_on = '2026-11-05'",
        "state = 'final', final_on = '2026-10-19'",
        "state = 'appealed'",
        "state = 'withdrawn'",
        "appealed_on = '2026-11-02'",
        "outcome = NULL",
        "decided_on = NULL, outcome = NULL",
        "decided_on = '2026-06-01'",
        "next_hearing_on = '2026-12-01'",
        "filed_on = '2026-10-21'",
    ] {
        let id = decided["id"].as_str().unwrap();
        let update = format!("UPDATE court_cases SET {change} WHERE id = '{id}'");
        let said = conn.batch_execute(&update).unwrap_err().to_string();
        assert!(said.contains("violates check constraint"), "{change}: {said}");
    }
}
