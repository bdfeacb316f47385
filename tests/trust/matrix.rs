//! Every operation of the contract, asked by every role about a record of its own and about a foreign one:
//! with both walls, and with either one alone.
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path, sync::Arc};

use actix_web::http::Method;
use diesel::connection::SimpleConnection as _;
use kinstead::{
    clients::store::actors,
    platform::{
        clock::Clock as _,
        reach::{Place, Reach, Relation, Tie},
    },
    policy::{POLICY, RULES},
};
use serde_json::Value;

use super::{add_elsewhere, elsewhere};
use crate::support::{
    Everything, Reply,
    everything::FOREIGN_TAG,
    operations::{Operation, operations},
};

/// The example of a body, about the child and the family that there are.
fn about(all: &Everything, example: &Value) -> Value {
    let mut body = example.clone();
    replace(&mut body, "child_id", &all.child());
    replace(&mut body, "carer_family_id", &all.family());
    replace(&mut body, "family_id", &all.family_of_origin());
    replace(&mut body, "decided_by", &all.authority());
    replace(&mut body, "reviewed_by", &all.authority());
    // A number is registered once.
    if let Some(members) = body.as_object_mut() {
        members.remove("external_ids");
    }
    body
}

fn replace(value: &mut Value, name: &str, with: &str) {
    match value {
        Value::Object(members) => {
            for (known, member) in members {
                if known == name {
                    *member = Value::from(with);
                } else {
                    replace(member, name, with);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, name, with)),
        _ => {}
    }
}

pub(super) async fn ask(all: &Everything, operation: &Operation, client: &str) -> Reply {
    let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
    let mut asking = all.world.persona(client).request(method, &all.path(operation));
    if operation.has("header", "If-Match") {
        asking = asking.header("if-match", FOREIGN_TAG);
    }
    if let Some(example) = &operation.example {
        asking = asking.json(&about(all, example));
    }
    asking.send().await
}

/// What came of it: `-` no right to ask, `0` as if there were nobody, `+` reached.
fn outcome(all: &Everything, operation: &Operation, reply: &Reply) -> char {
    assert!(reply.status.as_u16() < 500, "{}: {reply:?}", operation.name());
    if reply.status.is_success() {
        // A notice may name nobody.
        let personal =
            operation.has("header", "Purpose") && !operation.path.starts_with("/v1/notices");
        return if personal && all.world.told(reply).is_empty() { '0' } else { '+' };
    }
    let problem = reply.json();
    let unknown = problem["errors"][0]["code"] == "unknown_reference";
    match problem["code"].as_str() {
        Some("forbidden") => '-',
        Some("not_found" | "out_of_reach") => '0',
        _ if unknown => '0',
        _ => '+',
    }
}

/// Outcomes of each operation: for each role of its own record and of a foreign one.
async fn outcomes(
    all: &Everything,
    which: impl Fn(&Operation) -> bool,
) -> BTreeMap<String, String> {
    let mut table = BTreeMap::new();
    for operation in operations().iter().filter(|it| it.permission.is_some()).filter(|it| which(it))
    {
        let mut line = String::new();
        for (role, _) in POLICY {
            let foreign = ask(all, operation, &elsewhere(role)).await;
            let foreign = outcome(all, operation, &foreign);
            let own = ask(all, operation, role).await;
            write!(line, " {}{foreign}", outcome(all, operation, &own)).unwrap();
        }
        table.insert(format!("{:<6} {}", operation.method, operation.path), line);
    }
    table
}

fn personal(operation: &Operation) -> bool {
    operation.has("header", "Purpose")
}

async fn scene() -> Everything {
    let all = Everything::new().await;
    add_elsewhere(&all.world);
    all
}

/// The table that a reviewer reads.
fn reviewed() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/matrix.txt");
    fs::read_to_string(path).unwrap_or_default()
}

fn written(table: &BTreeMap<String, String>) -> String {
    let mut text = String::from(
        "own record, then foreign one: + reached, 0 as if there were nobody, - no right to ask\n\n",
    );
    for (column, (role, _)) in POLICY.iter().enumerate() {
        writeln!(text, "{:65}{}{role}", "", "   ".repeat(column)).unwrap();
    }
    for (operation, line) in table {
        writeln!(text, "{operation:<64}{line}").unwrap();
    }
    text
}

#[actix_web::test]
async fn who_reaches_what_is_one_table() {
    let all = scene().await;
    let text = written(&outcomes(&all, |_| true).await);
    if std::env::var_os("KINSTEAD_UPDATE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/matrix.txt");
        fs::write(path, &text).unwrap();
    }
    let reviewed = reviewed();
    for (is, was) in text.lines().zip(reviewed.lines()) {
        assert_eq!(is, was, "run KINSTEAD_UPDATE=1 cargo test matrix, and look at the difference");
    }
    assert_eq!(text.lines().count(), reviewed.lines().count());
}

/// What the reviewed table says of the operations about persons.
fn expected(table: &BTreeMap<String, String>) {
    let reviewed = reviewed();
    for (operation, line) in table {
        let line = format!("{operation:<64}{line}");
        assert!(reviewed.lines().any(|known| known == line), "is now: {line}");
    }
}

/// Lists about several kinds of persons. Without row-level security there is somebody in them of a kind that
/// this role reaches nobody of, and the guards refuse the whole answer.
const MIXED: [&str; 2] = ["GET    /v1/alerts", "GET    /v1/deadlines"];
const OF_FAMILIES_ALONE: &str = "carer_support_officer";
/// Lists of children that are asked for after this role registered a child here and elsewhere: likewise.
const OF_BOTH: [&str; 2] = ["GET    /v1/exports/{list}.csv", "GET    /v1/exports/{list}.ndjson"];
const OF_A_CENTRE: &str = "supervisor";

/// Takes it that such a list was refused as a whole, and reads on as if it had not been.
fn refused_whole(table: &mut BTreeMap<String, String>) {
    let mixed = MIXED.map(|list| (list, OF_FAMILIES_ALONE, "+0"));
    for (list, role, else_told) in
        mixed.into_iter().chain(OF_BOTH.map(|it| (it, OF_A_CENTRE, "++")))
    {
        let column = POLICY.iter().position(|(known, _)| *known == role).unwrap();
        let line = table.get_mut(list).unwrap();
        let told = column * 3 + 1..column * 3 + 3;
        assert_eq!(&line[told.clone()], "00", "{list}");
        line.replace_range(told, else_told);
    }
}

#[actix_web::test]
async fn without_row_level_security_the_guards_deny() {
    let all = scene().await;
    let tables = "SELECT format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', relname) FROM pg_class WHERE relrowsecurity";
    let disable =
        format!("DO $$ DECLARE s text; BEGIN FOR s IN {tables} LOOP EXECUTE s; END LOOP; END $$");
    all.world.database.owner().batch_execute(&disable).unwrap();
    let mut table = outcomes(&all, personal).await;
    refused_whole(&mut table);
    expected(&table);
}

#[actix_web::test]
async fn without_the_guards_row_level_security_denies() {
    let all = scene().await;
    let now = all.world.clock.now();
    let everywhere =
        |kind| Tie { kind, relation: Relation::Everywhere, classes: &["personal", "identifying"] };
    let mut known = actors(&mut all.world.database.service(), now).unwrap();
    for actor in &mut known {
        for reach in actor.reaches.values_mut() {
            let open = RULES.kinds.iter().map(|(kind, _)| everywhere(*kind)).collect();
            *reach = Arc::new(Reach::new(&RULES, Place::default(), open).walled_as(reach));
        }
    }
    all.world.parts.platform.directory.replace(known);
    expected(&outcomes(&all, personal).await);
}
