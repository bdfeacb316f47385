//! A sealed value opens in its own place only, and with the right master key only.
use std::{fs, os::unix::fs::PermissionsExt as _};

use diesel::connection::SimpleConnection as _;
use kinstead::platform::{
    embedded::Role,
    vault::{rotation, tables},
};
use serde_json::json;

use super::{child, family};
use crate::support::{
    Country, Database, MASTER_KEY, World,
    process::{Running, folder, kinstead, postmaster, text},
};

/// Two children and a family, with what can be mixed up; the paths of the first child and of the family.
async fn records(world: &World) -> (String, String) {
    drop(Country::of(world));
    let worker = world.persona("case_worker");
    let mut paths = Vec::new();
    for value in ["N-1", "N-2"] {
        let made = worker.post("/v1/children", child(value)).await;
        let path = made.header("location").to_owned();
        let change =
            json!({"sex": "male", "correction_reason": format!("The {value} was mistyped.")});
        worker.patch(&path, made.etag(), change).await.ok();
        paths.push(path);
    }
    let made =
        world.persona("carer_support_officer").post("/v1/carer-families", family("N-1")).await;
    (paths.swap_remove(0), made.header("location").to_owned())
}

#[actix_web::test]
async fn values_that_were_put_elsewhere_do_not_open() {
    let mixed = [
        // Another row, another column, another table.
        (
            "UPDATE children a SET correction_reason = b.correction_reason FROM children b WHERE a.id <> b.id",
            0,
            "",
        ),
        (
            "UPDATE child_external_ids a SET value = b.value FROM child_external_ids b WHERE a.id <> b.id",
            0,
            "",
        ),
        ("UPDATE child_external_ids SET valid_from = '2020-01-01'", 0, ""),
        ("UPDATE carer_families SET locality = postcode", 1, ""),
        ("UPDATE carer_families SET on_hold_reason = locality, on_hold_from = '2026-01-01'", 1, ""),
        ("UPDATE children SET correction_reason = (SELECT locality FROM carer_families)", 0, ""),
        (
            "UPDATE children SET correction_reason = (SELECT after FROM journal WHERE kind = 'child' LIMIT 1)",
            0,
            "",
        ),
        (
            "UPDATE journal a SET after = b.after FROM journal b WHERE a.subject = b.subject AND a.version <> b.version",
            0,
            "/history",
        ),
        (
            "UPDATE children SET correction_reason = set_byte(correction_reason, 60, 255 - get_byte(correction_reason, 60))",
            0,
            "",
        ),
    ];
    for (statement, of, what) in mixed {
        let world = World::new().await;
        let (child, family) = records(&world).await;
        let path = format!("{}{what}", [child, family][of]);
        let worker = world.persona("case_worker");
        worker.get(&path).await.ok();
        world.database.owner().batch_execute(statement).unwrap();
        worker.get(&path).await.refused(500, "internal");
    }
}

#[test]
fn what_is_in_clear_is_refused_by_the_columns() {
    let database = Database::migrated();
    for value in ["''", "convert_to(repeat('clear', 30), 'UTF8')", "'\\x01'"] {
        let said = database.owner().batch_execute(&format!("SELECT {value}::bytea::sealed"));
        assert!(said.unwrap_err().to_string().contains("sealed_check"), "{value}");
    }
}

#[test]
fn every_sealed_column_is_known_to_the_rotation() {
    let tables = tables::all(&mut Database::migrated().owner()).unwrap();
    let lines = tables
        .iter()
        .map(|table| format!("{}: {}\n    {}\n", table.name, table.columns.join(", "), table.row));
    insta::assert_snapshot!(lines.collect::<String>());
}

#[test]
fn another_master_key_or_none_opens_nothing_and_the_sentence_says_so() {
    let (database, folder) = (Database::migrated(), folder());
    rotation::rotate(&mut database.owner(), &|_| ()).unwrap();
    let key = folder.path().join("issuer.pem");
    let public = kinstead::platform::keys::PrivateKey::generate().public().pem().unwrap();
    fs::write(&key, public).unwrap();
    let run = |command: &str, master: &str| {
        let mut command = kinstead(&[command]);
        command.env("KINSTEAD_DATA", folder.path()).env("KINSTEAD_LISTEN", "127.0.0.1:0");
        command.env("KINSTEAD_TOKEN_KEY_FILE", &key).env("KINSTEAD_MASTER_KEY", master);
        command.env("DATABASE_URL", database.url(Role::Service));
        command.env("KINSTEAD_DATABASE_OWNER_URL", database.url(Role::Owner));
        command.env("KINSTEAD_LOG_DATABASE_URL", database.url(Role::Keeper));
        let output = command.output().unwrap();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let other = MASTER_KEY.replace("Bwc", "AAA");
    for command in ["serve", "migrate", "doctor"] {
        let (code, said) = run(command, &other);
        assert_eq!(code, Some(1), "{command}: {said}");
        assert!(said.contains("the master key is not the one"), "{command}: {said}");
        assert!(!said.contains(&other), "{said}");
    }
    let (code, said) = run("serve", "");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("KINSTEAD_MASTER_KEY_FILE or KINSTEAD_MASTER_KEY is needed"), "{said}");
    let (code, said) = run("serve", "bm8ga2V5");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("32 bytes in base64") && !said.contains("bm8ga2V5"), "{said}");
    let (code, said) = run("doctor", MASTER_KEY);
    assert!(said.contains("ok       encryption: "), "{code:?} {said}");
}

#[test]
fn a_private_database_has_its_key_beside_it_and_never_gets_to_know_it() {
    let folder = folder();
    let data = folder.path().join("data");
    let serve = |master: Option<&str>| {
        let mut command = kinstead(&["serve"]);
        command.env("KINSTEAD_DATA", &data).env("KINSTEAD_LISTEN", "127.0.0.1:0");
        if let Some(master) = master {
            command.env("KINSTEAD_MASTER_KEY", master);
        }
        command
    };
    let service = Running::start(serve(None), &data);
    service.ready();
    service.stop();
    let file = data.join("master.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let key = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let refused = serve(None).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("master.key is missing"), "{}", text(&refused.stderr));
    let service = Running::start(serve(Some(key.trim())), &data);
    service.ready();
    let environment = format!("/proc/{}/environ", postmaster(&data).unwrap());
    let environment = text(&fs::read(environment).unwrap());
    assert!(environment.contains("LC_ALL") && !environment.contains("MASTER_KEY"));
    service.stop();
}
