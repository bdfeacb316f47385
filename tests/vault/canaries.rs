//! Unique texts go in over HTTP; the database's files, its dump and its log are searched for them.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use diesel::{PgConnection, RunQueryDsl as _, connection::SimpleConnection as _, sql_query};
use serde_json::{Value, json};

use super::{SYSTEM, child, family, holders};
use crate::support::{
    Country, Database, World,
    around::{complaint, contact_event, contact_plan, incident, restriction, visit},
    data_folder, with_family,
};

/// What must lie nowhere in clear; each is made anew for each run.
struct Canaries(String);

impl Canaries {
    fn of(&self, what: &str) -> String {
        format!("{what}-{}", self.0)
    }

    const HIDDEN: [&str; 35] = [
        "number",
        "other",
        "address",
        "town",
        "post",
        "hold",
        "reason",
        "finding",
        "action",
        "basis",
        "decision",
        "wish",
        "state",
        "correct",
        "risk",
        "family",
        "case",
        "asked",
        "member",
        "view",
        "law",
        "goal",
        "said",
        "place",
        "note",
        "thought",
        "agreed",
        "number2",
        "account",
        "where",
        "happened",
        "found",
        "concluded",
        "told",
        "reporter",
    ];
}

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

fn ask(conn: &mut PgConnection, query: &str) -> String {
    let row: Name = sql_query(format!("SELECT ({query})::text AS name")).get_result(conn).unwrap();
    row.name
}

/// Keeps PostgreSQL from removing its log of changes while it is searched.
struct LogKept<'d>(&'d Database, String);

impl<'d> LogKept<'d> {
    fn of(database: &'d Database) -> Self {
        let slot = format!("kept_{}", uuid::Uuid::new_v4().simple());
        let make = format!("SELECT pg_create_physical_replication_slot('{slot}', true)");
        database.admin().batch_execute(&make).unwrap();
        Self(database, slot)
    }
}

impl Drop for LogKept<'_> {
    fn drop(&mut self) {
        let end = format!("SELECT pg_drop_replication_slot('{}')", self.1);
        self.0.admin().batch_execute(&end).unwrap();
    }
}

/// The files in which one of the texts stands.
fn holding(texts: &[String], places: &[PathBuf]) -> String {
    let patterns = tempfile::NamedTempFile::new().unwrap();
    fs::write(patterns.path(), texts.join("\n")).unwrap();
    let mut grep = Command::new("grep");
    grep.env("LC_ALL", "C").args(["-r", "-l", "-a", "-F", "-f"]).arg(patterns.path());
    let found = grep.args(places.iter().filter(|place| place.exists())).output().unwrap();
    String::from_utf8(found.stdout).unwrap()
}

/// The files of this database, those of the log of its changes since `from`, and what is temporary.
fn files(database: &Database, folder: &Path, from: &str) -> Vec<PathBuf> {
    let mut admin = database.admin();
    admin.batch_execute("CHECKPOINT").unwrap();
    let own = ask(&mut admin, "SELECT oid FROM pg_database WHERE datname = current_database()");
    let last = ask(&mut admin, "pg_walfile_name(pg_current_wal_lsn())");
    let segments = fs::read_dir(folder.join("pg_wal")).unwrap().map(|entry| entry.unwrap().path());
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.len() == 24 && (from..=last.as_str()).contains(&name)
    };
    let mut files: Vec<PathBuf> = segments.filter(ours).collect();
    assert!(!files.is_empty());
    files.extend([folder.join("base").join(own), folder.join("base/pgsql_tmp")]);
    files
}

/// Records with every text that is sealed.
async fn write(world: &World, canary: &Canaries) -> (String, String) {
    let mut country = Country::of(world);
    let worker = world.persona("case_worker");
    let text = |what| canary.of(what);
    let mut new = child(&text("number"));
    new["names"][0]["family"] = json!(text("Name"));
    let made = worker.post("/v1/children", new).await;
    let path = made.header("location").to_owned();
    let correction = json!({"sex": "male", "correction_reason": text("correct")});
    worker.patch(&path, made.etag(), correction).await.ok();
    let mother = json!({"kind": "full_sibling", "related_child_id": country.child("male", "2015-01-01"), "to_be_kept_together": "no", "keep_together_reason": text("wish")});
    worker.post(&format!("{path}/relations"), mother).await.ok();
    let status = json!({
        "axis": "care_authority", "status": "emergency_order", "valid_from": "2026-03-02", "basis": text("basis"),
        "decision": {"body": "court", "kind": "court", "number": text("decision"), "decided_on": "2026-03-01"},
    });
    worker.post(&format!("{path}/legal-statuses"), status).await.ok();

    let authority = world.persona("regional_authority");
    let mut new = family(&text("other"));
    new["address_lines"] = json!([text("address")]);
    (new["locality"], new["postcode"]) = (json!(text("town")), json!(text("post")));
    let made = world.persona("carer_support_officer").post("/v1/carer-families", new).await;
    let home = made.header("location").to_owned();
    let hold = json!({"on_hold_from": "2026-11-01", "on_hold_reason": text("hold")});
    let resting = authority.patch(&home, made.etag(), hold).await;
    let step = json!({"on": "2026-11-22", "reason": text("reason")});
    authority.step(&format!("{home}/submit"), resting.etag(), step).await.ok();

    let (other, family) = (country.child("female", "2016-01-01"), country.family(2));
    let review = json!({"reviewed_on": "2026-02-17", "reviewed_by": country.authority, "outcome": "suitable",
        "recommendations": text("recommended")});
    let officer = world.persona("carer_support_officer");
    officer.post(&format!("/v1/carer-families/{family}/reviews"), review).await.ok();
    let mut plan = with_family(other, family, "2026-12-01");
    (plan["intent"], plan["legal_basis"]) = (json!("plan"), json!(text("basis")));
    plan.as_object_mut().unwrap().remove("care_entry");
    plan["decision"] =
        json!({"body": "court", "number": text("decision"), "decided_on": "2026-11-01"});
    let planned = worker.post("/v1/placements", plan).await;
    let cancel = format!("{}/cancel", planned.header("location"));
    worker.step(&cancel, planned.etag(), json!({"reason": text("state")})).await.ok();

    let mut origin = json!({"family_type": "other", "area_code": "RS-20", "risk_level": "low"});
    origin["risk_reason"] = json!(text("risk"));
    let origin = worker.post("/v1/families", origin).await;
    let monitor = format!("{}/monitor", origin.header("location"));
    let step = |what| json!({"on": "2026-11-22", "reason": text(what)});
    worker.step(&monitor, origin.etag(), step("family")).await.ok();
    let case = json!({"child_id": other, "referral_source": "school", "referral_on": "2026-03-02",
        "primary_need": "abandonment", "manager": {"name": "Milica", "worker_id": "w-1"}});
    let case = worker.post("/v1/cases", case).await;
    let register = format!("{}/register", case.header("location"));
    worker.step(&register, case.etag(), step("case")).await.ok();

    let facility = country.facility(json!({"total": 3}));
    let visit = json!({
        "kind": "unannounced", "inspected_on": "2026-02-17", "body": "Inspectorate", "children_spoken_to": 1,
        "findings": text("finding"), "actions": text("action"),
    });
    let visits = format!("/v1/facilities/{facility}/inspections");
    world.persona("inspector").post(&visits, visit).await.ok();
    assess(world, &country, &path, canary).await;
    (path, home)
}

/// An assessment, up to its decision.
async fn assess(world: &World, country: &Country, child: &str, canary: &Canaries) {
    let text = |what| canary.of(what);
    let asking = world.persona("national_authority");
    let new = json!({"kind": "gatekeeping", "requested_on": "2026-02-20", "reason": text("asked")});
    let mut made = asking.post(&format!("{child}/assessments"), new).await;
    let mut plan = json!({"permanency_goal": "return_6m", "target_date": "2026-09-01", "drafted_on": "2026-03-10"});
    plan["content"] = crate::care_plans::content();
    plan["content"]["goals"][0]["goal"] = json!(text("goal"));
    asking.post(&format!("{child}/care-plans"), plan).await.ok();
    let review = json!({"kind": "placement", "due_on": "2026-06-02"});
    let review = asking.post(&format!("{child}/reviews"), review).await;
    let said = [("/minutes/child_views/views", json!(text("said")))];
    let hold = format!("{}/hold", review.header("location"));
    asking.step(&hold, review.etag(), crate::reviews::holding(&said)).await.ok();
    let mut filed = crate::court_cases::court_case();
    filed["file_no"] = json!(text("file"));
    let filed = asking.post(&format!("{child}/court-cases"), filed).await;
    let heard = [("child_views", json!({"views": text("heard")}))];
    let hear = format!("{}/hear", filed.header("location"));
    asking.step(&hear, filed.etag(), crate::court_cases::hearing(&heard)).await.ok();
    around(world, country, child, canary).await;
    let path = made.header("location").to_owned();
    let court =
        json!({"kind": "court", "name": "Court", "area_code": "RS", "valid_from": "2001-01-01"});
    let court = asking.post("/v1/organisations", court).await.ok()["id"].clone();
    let mut completion = crate::assessments::completion();
    completion["findings"]["child_views"]["views"] = json!(text("view"));
    for (step, body) in [
        (
            "start",
            json!({"started_on": "2026-02-23", "team": [{"name": text("member"), "profession": "nurse", "organisation_id": country.authority, "lead": true}]}),
        ),
        ("complete", completion),
        ("submit", json!({"submitted_on": "2026-03-03"})),
        (
            "decide",
            json!({"outcome": "approved", "decided_on": "2026-03-09", "decided_by": court, "body": "court", "reference_no": "1", "legal_basis": text("law")}),
        ),
    ] {
        made = asking.step(&format!("{path}/{step}"), made.etag(), body).await;
        made.ok();
    }
}

/// A visit, contact, an incident and a complaint.
async fn around(world: &World, country: &Country, child: &str, canary: &Canaries) {
    let text = |what| canary.of(what);
    let asking = world.persona("national_authority");
    let mut seen = visit("2026-03-02");
    (seen["place"], seen["note"]) = (json!(text("place")), json!(text("note")));
    let case = json!({"child_id": child.rsplit('/').next(), "opened_on": "2026-03-02", "referral_source": "school",
        "referral_on": "2026-03-02", "primary_need": "abandonment", "manager": {"name": "Milica", "worker_id": "w-1"}});
    asking.post("/v1/cases", case).await.ok();
    let mut plan = contact_plan();
    plan["child_views"]["views"] = json!(text("thought"));
    plan["arrangements"] = json!(text("agreed"));
    let mut restricted = restriction(&country.authority.to_string());
    restricted["decision"]["reference_no"] = json!(text("number2"));
    let mut event = contact_event("2026-05-16");
    event["account"] = json!(text("account"));
    let mut complained = complaint("2026-05-20");
    complained["description"] = json!(text("told"));
    complained["reporter"]["name"] = json!(text("reporter"));
    for (path, new) in [
        ("visits", seen),
        ("contact-plans", plan),
        ("contact-restrictions", restricted),
        ("contact-events", event),
        ("complaints", complained),
    ] {
        asking.post(&format!("{child}/{path}"), new).await.ok();
    }
    let mut happened = incident("2026-05-18");
    happened["place"] = json!(text("where"));
    happened["description"] = json!(text("happened"));
    let mut made = asking.post(&format!("{child}/incidents"), happened).await;
    let path = made.header("location").to_owned();
    for (step, body) in [
        ("investigate", json!({"started_on": "2026-05-20"})),
        ("findings", json!({"on": "2026-05-21", "by": "Police", "finding": text("found")})),
        (
            "close",
            json!({"closed_on": "2026-06-01", "outcome": "unfounded", "conclusion": text("concluded")}),
        ),
    ] {
        made = asking.step(&format!("{path}/{step}"), made.etag(), body).await;
        made.ok();
    }
}

#[actix_web::test]
async fn no_identifier_address_or_free_text_lies_in_clear_in_files_or_dumps_and_all_is_found_again()
{
    let world = World::new().await;
    let folder = data_folder();
    let kept = LogKept::of(&world.database);
    let from = ask(&mut world.database.admin(), "pg_walfile_name(pg_current_wal_lsn())");
    let canary = Canaries(format!("{:012x}", rand::random::<u64>() >> 16));
    let (path, home) = write(&world, &canary).await;

    let hidden = Canaries::HIDDEN.map(|what| canary.of(what)).to_vec();
    let name = vec![canary.of("Name")];
    let files = files(&world.database, &folder, &from);
    assert_eq!(holding(&hidden, &files), "");
    let seen = holding(&name, &files);
    drop(kept);
    assert!(
        seen.contains("pg_wal") && seen.contains("base"),
        "a name is in clear and seen: {seen}"
    );

    let dump = tempfile::NamedTempFile::new().unwrap();
    fs::write(dump.path(), world.database.dump_rows()).unwrap();
    let dump = [dump.path().to_owned()];
    assert_eq!(holding(&hidden, &dump), "");
    assert_ne!(holding(&name, &dump), "");

    let worker = world.persona("case_worker");
    assert_eq!(holders(&worker, &canary.of("number")).await, 1);
    assert_eq!(holders(&worker, &canary.of("other")).await, 0);
    let read = worker.get(&path).await.ok();
    assert_eq!(read["external_ids"], json!([{"system": SYSTEM, "value": canary.of("number")}]));
    assert_eq!(read["correction_reason"], canary.of("correct"));
    let home = worker.get(&home).await.ok();
    let lived: Vec<&Value> = [&home["address_lines"][0], &home["locality"], &home["lat"]].into();
    assert_eq!(
        lived,
        [&json!(canary.of("address")), &json!(canary.of("town")), &json!(43.320_917)]
    );
    assert_eq!(home["states"][1]["reason"], canary.of("reason"));
    let query = format!("external_system={SYSTEM}&external_value={}", canary.of("other"));
    let authority = world.persona("national_authority");
    let found = authority.get(&format!("/v1/carer-families?{query}")).await.ok();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let history = worker.get(&format!("{path}/history")).await.ok();
    assert!(history.to_string().contains(&canary.of("number")));
}

#[actix_web::test]
async fn the_log_of_the_database_quotes_no_value() {
    let world = World::new().await;
    drop(Country::of(&world));
    let mark = format!("Canary{}", uuid::Uuid::new_v4().simple());
    let mut service = world.database.service();
    let name = "INSERT INTO child_names (child_id, name_use, given, search_key) VALUES (gen_random_uuid(), 'official', $1, '')";
    let twice = "INSERT INTO areas (id, code, level, names) SELECT gen_random_uuid(), code, 'country', jsonb_build_object('en', $1) FROM areas WHERE code = 'RS'";
    for statement in [name, twice, "SELECT 1 / (length($1) - length($1))"] {
        let failed = sql_query(statement).bind::<diesel::sql_types::Text, _>(&mark);
        failed.execute(&mut service).unwrap_err();
    }
    service.batch_execute(&format!("SELECT '{mark}' FROM nowhere")).unwrap_err();
    let log = data_folder().with_file_name("postgres.log");
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("nowhere") && text.contains("division by zero"), "errors are logged");
    assert_eq!(holding(&[mark], &[log]), "");
}
